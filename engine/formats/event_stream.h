/*
 * event_stream: application/vnd.amazon.eventstream, read in pieces of any size and written.
 *
 *   total size, headers' size, CRC of these two; headers; payload; CRC of all before
 *
 * The reader checks both CRCs, every size and every header before it shows a message; after the
 * first bad byte it says so for ever.
 *
 *   struct event_reader reader;
 *   event_reader_init(&reader, &arena);
 *   struct cursor piece = cursor_of(bytes);
 *   enum event_answer answer;
 *   while ((answer = event_reader_take(&reader, &piece, &message)) == EVENT_MESSAGE)
 *       if (event_message_find(&message, TEXT(":event-type"), &header)) ... header.bytes ...
 *   if (answer == EVENT_BAD) ... reader.what ...
 */
#ifndef FORMATS_EVENT_STREAM_H
#define FORMATS_EVENT_STREAM_H

#include "base/base.h"

#define EVENT_STREAM_TYPE TEXT("application/vnd.amazon.eventstream")

enum {
    EVENT_MAX_PAYLOAD_SIZE = 24 << 20, /* what botocore takes; AWS sends at most 16 MiB */
    EVENT_MAX_HEADERS_SIZE = 128 << 10,
    EVENT_MAX_HEADERS = 1024,
    EVENT_MAX_NAME_SIZE = 255,
    EVENT_MAX_VALUE_SIZE = UINT16_MAX
};

enum event_header_kind { /* the numbers are those on the wire */
                         EVENT_TRUE,
                         EVENT_FALSE,
                         EVENT_BYTE,
                         EVENT_SHORT,
                         EVENT_INTEGER,
                         EVENT_LONG,
                         EVENT_BYTES,
                         EVENT_STRING,
                         EVENT_TIMESTAMP,
                         EVENT_UUID
};

struct event_header {
    text name; /* UTF-8, not empty, unlike all others of its message */
    enum event_header_kind kind;
    int64_t number; /* EVENT_BYTE to _LONG; EVENT_TIMESTAMP: ms since 1970 */
    text bytes;     /* EVENT_BYTES; EVENT_STRING: UTF-8; EVENT_UUID: 16 of them */
};

struct event_message {
    text headers; /* as on the wire: for event_header_take() */
    text payload;
};

/* The next of a message's headers; false at the end, or with the cursor marked at what is none. */
bool event_header_take(struct cursor *headers, struct event_header *header) MUST_USE;
/* False: it has none of this name. */
bool event_message_find(
    const struct event_message *message, text name, struct event_header *header) MUST_USE;

enum event_answer {
    EVENT_MORE,    /* the piece is used up */
    EVENT_MESSAGE, /* there may be more in the piece */
    EVENT_BAD      /* what says why; "out of memory": there was none */
};

struct event_reader {
    struct buffer frame; /* of the message that began in an earlier piece */
    bool is_shown;       /* it is complete, and the next call drops it */
    const char *what;
};

/* The arena holds what spans pieces: at most twice the largest message, used again for the next. */
void event_reader_init(struct event_reader *reader, struct arena *arena);
/* The message stays until the next call, in the piece if it is wholly there. */
enum event_answer event_reader_take(
    struct event_reader *reader, struct cursor *piece, struct event_message *message) MUST_USE;
/* Whether the stream may end here: no message has begun. */
bool event_reader_is_between(const struct event_reader *reader);

/* Adds a message; false without one if it breaks a limit or a rule above, or the buffer failed. */
bool event_message_write(
    struct buffer *out, const struct event_header *headers, size_t count, text payload) MUST_USE;

#endif
