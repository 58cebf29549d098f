#include "event_stream.h"

#include "crypto/crypto.h"
#include "utf8.h"

enum {
    PRELUDE_SIZE = 12, /* with its CRC */
    CRC_SIZE = 4,
    FRAME_SIZE = PRELUDE_SIZE + CRC_SIZE, /* of a message without anything in it */
    UUID_SIZE = 16,
};

/* The bytes of a number of this kind; 0 if it is none. */
static size_t number_size(enum event_header_kind kind)
{
    switch (kind) {
    case EVENT_BYTE:
        return 1;
    case EVENT_SHORT:
        return 2;
    case EVENT_INTEGER:
        return 4;
    case EVENT_LONG:
    case EVENT_TIMESTAMP:
        return 8;
    default:
        return 0;
    }
}

/* ---- Headers ---------------------------------------------------------------------------- */

static void take_value(struct cursor *headers, struct event_header *header)
{
    switch (header->kind) {
    case EVENT_TRUE:
    case EVENT_FALSE:
        break;
    case EVENT_BYTE:
        header->number = (int8_t)cursor_u8(headers);
        break;
    case EVENT_SHORT:
        header->number = (int16_t)cursor_u16(headers);
        break;
    case EVENT_INTEGER:
        header->number = (int32_t)cursor_u32(headers);
        break;
    case EVENT_LONG:
    case EVENT_TIMESTAMP:
        header->number = (int64_t)cursor_u64(headers);
        break;
    case EVENT_BYTES:
    case EVENT_STRING:
        header->bytes = cursor_take(headers, cursor_u16(headers));
        break;
    case EVENT_UUID:
        header->bytes = cursor_take(headers, UUID_SIZE);
        break;
    default:
        headers->failed = true;
    }
}

static bool header_is_good(const struct event_header *header)
{
    if (!header->name.size || header->name.size > EVENT_MAX_NAME_SIZE ||
        !utf8_is_valid(header->name))
        return false;
    return header->kind != EVENT_STRING || utf8_is_valid(header->bytes);
}

bool event_header_take(struct cursor *headers, struct event_header *header)
{
    if (!cursor_ok(headers) || cursor_is_done(headers))
        return false;
    *header = (struct event_header){.name = cursor_take(headers, cursor_u8(headers))};
    header->kind = (enum event_header_kind)cursor_u8(headers);
    take_value(headers, header);
    if (cursor_ok(headers) && !header_is_good(header))
        headers->failed = true;
    return cursor_ok(headers);
}

bool event_message_find(const struct event_message *message, text name, struct event_header *header)
{
    struct cursor headers = cursor_of(message->headers);
    while (event_header_take(&headers, header)) {
        if (text_equals(header->name, name))
            return true;
    }
    return false;
}

/* What is wrong with them, or NULL. */
static const char *headers_problem(text bytes)
{
    text names[EVENT_MAX_HEADERS];
    struct cursor headers = cursor_of(bytes);
    struct event_header header;
    size_t count = 0;
    while (event_header_take(&headers, &header)) {
        if (count == EVENT_MAX_HEADERS)
            return "too many headers";
        for (size_t i = 0; i < count; i++) {
            if (text_equals(names[i], header.name))
                return "a header that is there twice";
        }
        names[count++] = header.name;
    }
    return cursor_ok(&headers) ? NULL : "a header that is none";
}

/* ---- Reading ---------------------------------------------------------------------------- */

void event_reader_init(struct event_reader *reader, struct arena *arena)
{
    *reader = (struct event_reader){0};
    buffer_init(&reader->frame, arena);
}

bool event_reader_is_between(const struct event_reader *reader)
{
    return !reader->what && (reader->is_shown || reader->frame.size == 0);
}

static enum event_answer fail(struct event_reader *reader, const char *what)
{
    reader->what = what;
    return EVENT_BAD;
}

/* The size of the whole message, or 0 when this is no start of one. */
static size_t read_prelude(struct event_reader *reader, text prelude, size_t *headers_size)
{
    struct cursor cursor = cursor_of(prelude);
    size_t total = cursor_u32(&cursor);
    *headers_size = cursor_u32(&cursor);
    if (crc32_add(0, text_from(prelude.data, PRELUDE_SIZE - CRC_SIZE)) != cursor_u32(&cursor))
        fail(reader, "a prelude whose checksum is wrong");
    else if (total < FRAME_SIZE)
        fail(reader, "a message shorter than an empty one");
    else if (*headers_size > total - FRAME_SIZE)
        fail(reader, "headers longer than their message");
    else if (*headers_size > EVENT_MAX_HEADERS_SIZE)
        fail(reader, "headers too long");
    else if (total - FRAME_SIZE - *headers_size > EVENT_MAX_PAYLOAD_SIZE)
        fail(reader, "a payload too long");
    return reader->what ? 0 : total;
}

static enum event_answer read_frame(
    struct event_reader *reader, text frame, size_t headers_size, struct event_message *message)
{
    struct cursor cursor = cursor_of(frame);
    text summed = cursor_take(&cursor, frame.size - CRC_SIZE);
    if (crc32_add(0, summed) != cursor_u32(&cursor))
        return fail(reader, "a message whose checksum is wrong");
    summed = text_after(summed, PRELUDE_SIZE);
    message->headers = text_from(summed.data, headers_size);
    message->payload = text_after(summed, headers_size);
    const char *problem = headers_problem(message->headers);
    return problem ? fail(reader, problem) : EVENT_MESSAGE;
}

/* Adds to the frame until it has this size. */
static bool fill(struct event_reader *reader, struct cursor *piece, size_t size)
{
    size_t missing = reader->frame.size < size ? size - reader->frame.size : 0;
    size_t left = cursor_left(piece);
    buffer_add(&reader->frame, cursor_take(piece, left < missing ? left : missing));
    if (!buffer_ok(&reader->frame))
        fail(reader, "out of memory");
    return !reader->what && left >= missing;
}

enum event_answer event_reader_take(
    struct event_reader *reader, struct cursor *piece, struct event_message *message)
{
    size_t headers_size;
    if (reader->what)
        return EVENT_BAD;
    if (reader->is_shown)
        buffer_clear(&reader->frame);
    reader->is_shown = false;
    if (!reader->frame.size && cursor_left(piece) >= PRELUDE_SIZE) {
        size_t total = read_prelude(reader, text_from(piece->at, PRELUDE_SIZE), &headers_size);
        if (total && total <= cursor_left(piece))
            return read_frame(reader, cursor_take(piece, total), headers_size, message);
    }
    if (reader->what || !fill(reader, piece, PRELUDE_SIZE))
        return reader->what ? EVENT_BAD : EVENT_MORE;
    text prelude = text_from(reader->frame.data, PRELUDE_SIZE);
    size_t total = read_prelude(reader, prelude, &headers_size);
    if (!total || !fill(reader, piece, total))
        return reader->what ? EVENT_BAD : EVENT_MORE;
    reader->is_shown = true;
    return read_frame(reader, buffer_text(&reader->frame), headers_size, message);
}

/* ---- Writing ---------------------------------------------------------------------------- */

static void add_number(struct buffer *out, uint64_t number, size_t size)
{
    for (size_t i = size; i-- > 0;)
        buffer_add_char(out, (char)(number >> 8 * i & 0xFF));
}

static bool number_fits(int64_t number, size_t size)
{
    int64_t most = INT64_MAX >> 8 * (8 - size);
    return number >= -most - 1 && number <= most;
}

static bool header_may_be_written(const struct event_header *header)
{
    size_t size = number_size(header->kind);
    if (size)
        return header_is_good(header) && number_fits(header->number, size);
    switch (header->kind) {
    case EVENT_TRUE:
    case EVENT_FALSE:
        return header_is_good(header);
    case EVENT_BYTES:
    case EVENT_STRING:
        return header_is_good(header) && header->bytes.size <= EVENT_MAX_VALUE_SIZE;
    default:
        return header_is_good(header) && header->kind == EVENT_UUID &&
               header->bytes.size == UUID_SIZE;
    }
}

static bool has_size(const struct event_header *header)
{
    return header->kind == EVENT_BYTES || header->kind == EVENT_STRING;
}

static bool has_bytes(const struct event_header *header)
{
    return has_size(header) || header->kind == EVENT_UUID;
}

static void add_header(struct buffer *out, const struct event_header *header)
{
    add_number(out, header->name.size, 1);
    buffer_add(out, header->name);
    add_number(out, (uint64_t)header->kind, 1);
    add_number(out, (uint64_t)header->number, number_size(header->kind));
    if (has_size(header))
        add_number(out, header->bytes.size, 2);
    if (has_bytes(header))
        buffer_add(out, header->bytes);
}

static size_t header_size(const struct event_header *header)
{
    size_t size = 2 + header->name.size + number_size(header->kind);
    return size + (has_size(header) ? 2 : 0) + (has_bytes(header) ? header->bytes.size : 0);
}

/* SIZE_MAX if they may not be written. */
static size_t headers_size_of(const struct event_header *headers, size_t count)
{
    size_t size = 0;
    if (count > EVENT_MAX_HEADERS)
        return SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        if (!header_may_be_written(&headers[i]))
            return SIZE_MAX;
        for (size_t j = 0; j < i; j++) {
            if (text_equals(headers[i].name, headers[j].name))
                return SIZE_MAX;
        }
        size += header_size(&headers[i]);
    }
    return size <= EVENT_MAX_HEADERS_SIZE ? size : SIZE_MAX;
}

bool event_message_write(
    struct buffer *out, const struct event_header *headers, size_t count, text payload)
{
    size_t headers_size = headers_size_of(headers, count);
    if (headers_size == SIZE_MAX || payload.size > EVENT_MAX_PAYLOAD_SIZE)
        return false;
    size_t start = out->size, total = FRAME_SIZE + headers_size + payload.size;
    if (!buffer_reserve(out, total))
        return false;
    add_number(out, total, 4);
    add_number(out, headers_size, 4);
    add_number(out, crc32_add(0, text_after(buffer_text(out), start)), CRC_SIZE);
    for (size_t i = 0; i < count; i++)
        add_header(out, &headers[i]);
    buffer_add(out, payload);
    add_number(out, crc32_add(0, text_after(buffer_text(out), start)), CRC_SIZE);
    check(out->size == start + total);
    return true;
}
