/*
 * message: the heads of HTTP/1.1 messages, read and written (RFC 9112 sections 2 to 6). Pure: no
 * sockets, no clock; the only memory is what the caller hands in.
 *
 * Reading is strict where leniency would let two parsers disagree about where a message ends: lines
 * end in CR LF (in trailers a LF will do), no bare CR, no NUL, no space before a colon, no folded
 * lines, one Content-Length, not together with Transfer-Encoding, one Transfer-Encoding and that
 * chunked; HTTP/1.0 or 1.1. Empty lines before a message are skipped.
 */
#ifndef HTTP_MESSAGE_H
#define HTTP_MESSAGE_H

#include "base/base.h"

enum { HTTP_MAX_HEADERS = 256 };

struct http_header {
    text name, value; /* each followed by a NUL; value without spaces around it */
};

/* How the body that follows a head is framed. */
enum http_framing {
    HTTP_NO_BODY,
    HTTP_LENGTH, /* content_length bytes */
    HTTP_CHUNKED,
    HTTP_UNTIL_CLOSE,
};

struct http_response {
    int status; /* 100 ... 999; 0: none came */
    int minor;  /* HTTP/1.minor */
    text reason;
    struct http_header *headers;
    size_t header_count;
    enum http_framing framing;
    uint64_t content_length; /* with HTTP_LENGTH */
    bool keep_alive;         /* the connection may be used again after this message */
};

struct http_request {
    text method, target;
    int minor;
    struct http_header *headers;
    size_t header_count;
    enum http_framing framing; /* never HTTP_UNTIL_CLOSE */
    uint64_t content_length;
    bool keep_alive;
    bool expect_continue;
};

/*
 * Where the head that starts at bytes ends: the size up to and with the empty line, or 0 when it is
 * not all there yet. checked: how much was looked at in an earlier call (0 at first); goes on from
 * there.
 */
size_t http_head_size(text bytes, size_t checked);

/*
 * Parses a whole head (http_head_size() bytes, in memory that may be written to: names and values
 * get their NUL there). Headers come from arena. Returns NULL, or what is wrong with it in a few
 * words: "a header name with a space". head_only: the answer to a HEAD request.
 */
const char *http_response_parse(
    struct http_response *response, char *bytes, size_t size, bool head_only,
    struct arena *arena) MUST_USE;
const char *http_request_parse(
    struct http_request *request, char *bytes, size_t size, struct arena *arena) MUST_USE;

/* By name without regard to case; the first of several. NULL if absent. */
const struct http_header *http_find_header(
    const struct http_header *headers, size_t count, text name);

/* What may stand in a head: a name is a token (RFC 9110 5.1); a value has no CR, LF or NUL, nor
 * other controls but tab. Whoever writes a head checks names and values that come from outside with
 * these. */
bool http_is_token(text name);
bool http_is_field_value(text value);

/* ---- A request being made ----------------------------------------------------- */

/* What protocols fill in, signing signs and http_draft_write() writes. Nothing is copied: texts
 * stay the owner's. */
struct http_draft {
    text method;
    text prefix;                 /* "http://host:port" where a proxy is asked; else absent */
    text path;                   /* percent-encoded as it goes out; starts with / */
    text query;                  /* encoded, without the ?; absent or empty: none */
    struct http_header *headers; /* names in lower case; values checked by whoever adds them */
    size_t header_count, header_capacity;
};

/* false: no memory. Does not look for a header of that name. */
bool http_draft_add(struct http_draft *draft, struct arena *arena, text name, text value) MUST_USE;
const struct http_header *http_draft_find(const struct http_draft *draft, text name);

/* The head: request line, headers in their order, empty line. */
void http_draft_write(const struct http_draft *draft, struct buffer *out);

/* ---- Bodies: chunked framing, read and written ------------------------------ */

/* Reads a chunked body from pieces of any size. Zeroed is the start. */
struct http_chunks {
    uint64_t left; /* of the chunk that is open */
    uint32_t seen; /* bytes of the line that is open: limited to 4,096; trailers in all to 16,384 */
    uint8_t state;
    bool done; /* the last chunk and the trailers are over */
};

/*
 * Takes from *input, moving its start on, up to the next run of body bytes, which it returns
 * (absent when there is none left in *input; then check done). *problem is set when it is not
 * chunked framing.
 */
text http_chunks_next(struct http_chunks *chunks, text *input, const char **problem);

/* Undoes the last http_chunks_next(), which returned data: input starts with data again. */
void http_chunks_put_back(struct http_chunks *chunks, text data, text *input);

/* The line before a chunk of size bytes ("1000\r\n"), with the CRLF that ends the one before it
 * unless first. Returns how much was written of at most 24 bytes. The last chunk: size 0, which
 * ends the body. */
size_t http_chunk_line(char out[24], uint64_t size, bool first);

#endif
