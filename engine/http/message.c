/* Design notes
 *
 * A head is read in two passes over hot bytes: one finds its end, 16 bytes at a time, and one cuts
 * it into lines. The second relies on the last byte being a LF, which no token contains, so that
 * scanning a name needs no comparison with the end. Headers are collected on the stack, because
 * their number is known only at the end and the arena should get exactly that many.
 */
#include "message.h"

#include "scan.h"

const bool http_token_bytes[256] = {
    ['!'] = 1, ['#'] = 1, ['$'] = 1, ['%'] = 1, ['&'] = 1, ['\''] = 1, ['*'] = 1, ['+'] = 1,
    ['-'] = 1, ['.'] = 1, ['^'] = 1, ['_'] = 1, ['`'] = 1, ['|'] = 1,  ['~'] = 1, ['0'] = 1,
    ['1'] = 1, ['2'] = 1, ['3'] = 1, ['4'] = 1, ['5'] = 1, ['6'] = 1,  ['7'] = 1, ['8'] = 1,
    ['9'] = 1, ['A'] = 1, ['B'] = 1, ['C'] = 1, ['D'] = 1, ['E'] = 1,  ['F'] = 1, ['G'] = 1,
    ['H'] = 1, ['I'] = 1, ['J'] = 1, ['K'] = 1, ['L'] = 1, ['M'] = 1,  ['N'] = 1, ['O'] = 1,
    ['P'] = 1, ['Q'] = 1, ['R'] = 1, ['S'] = 1, ['T'] = 1, ['U'] = 1,  ['V'] = 1, ['W'] = 1,
    ['X'] = 1, ['Y'] = 1, ['Z'] = 1, ['a'] = 1, ['b'] = 1, ['c'] = 1,  ['d'] = 1, ['e'] = 1,
    ['f'] = 1, ['g'] = 1, ['h'] = 1, ['i'] = 1, ['j'] = 1, ['k'] = 1,  ['l'] = 1, ['m'] = 1,
    ['n'] = 1, ['o'] = 1, ['p'] = 1, ['q'] = 1, ['r'] = 1, ['s'] = 1,  ['t'] = 1, ['u'] = 1,
    ['v'] = 1, ['w'] = 1, ['x'] = 1, ['y'] = 1, ['z'] = 1,
};

const char http_no_memory_for_headers[] = "more headers than there is memory for";

/* A head while it is read: what its fields say about framing. */
struct head {
    char *at, *end;
    const char *problem;
    struct http_header headers[HTTP_MAX_HEADERS];
    size_t header_count;
    uint64_t content_length;
    bool has_length, is_chunked;
    bool says_close, says_keep_alive, expects_continue;
};

/* ---- Where a head ends ------------------------------------------------------- */

/* Empty lines before a message are no part of it, but must not be taken for its end. */
static size_t skip_empty_lines(const char *head, size_t size)
{
    size_t at = 0;
    while (size - at >= 2 && head[at] == '\r' && head[at + 1] == '\n')
        at += 2;
    return at;
}

size_t http_head_size(text bytes, size_t checked)
{
    if (bytes.size == 0)
        return 0;
    size_t start = skip_empty_lines(bytes.data, bytes.size);
    /* The LF of the last line may have been seen without the two bytes that follow it. */
    if (checked > start + 2)
        start = checked - 2;
    const char *found = scan_empty_line(bytes.data + start, bytes.data + bytes.size);
    return found ? (size_t)(found - bytes.data) : 0;
}

/* ---- Lines ------------------------------------------------------------------- */

static bool fail(struct head *head, const char *problem)
{
    head->problem = problem;
    return false;
}

static bool fail_line(struct head *head)
{
    if (head->at < head->end && *head->at == '\r')
        return fail(head, "a CR without LF");
    if (head->at < head->end && *head->at == '\n')
        return fail(head, "a line that ends without CR");
    return fail(head, "a control character");
}

/* At the end of a line: puts a NUL there and goes to the next one. */
static inline bool end_line(struct head *head)
{
    char *at = head->at;
    /* A CR is never the last byte. */
    if (at < head->end && at[0] == '\r' && at[1] == '\n') {
        *at = '\0';
        head->at = at + 2;
        return true;
    }
    return fail_line(head);
}

static bool start_head(struct head *head, char *bytes, size_t size)
{
    size_t start = skip_empty_lines(bytes, size);
    head->at = bytes + start;
    head->end = bytes + size;
    head->problem = NULL;
    head->header_count = 0;
    head->content_length = 0;
    head->has_length = head->is_chunked = false;
    head->says_close = head->says_keep_alive = head->expects_continue = false;
    if (start == size || bytes[size - 1] != '\n')
        return fail(head, "no empty line at its end");
    return true;
}

/* ---- Fields that frame the body ------------------------------------------------ */

static bool read_content_length(struct head *head, text value)
{
    if (head->has_length)
        return fail(head, "more than one Content-Length");
    if (!text_to_u64(value, &head->content_length) || head->content_length > INT64_MAX)
        return fail(head, "a Content-Length that is no number or too large");
    head->has_length = true;
    return true;
}

static bool read_transfer_encoding(struct head *head, text value)
{
    if (head->is_chunked || !text_equals_ignoring_case(value, TEXT("chunked")))
        return fail(head, "a Transfer-Encoding other than chunked");
    head->is_chunked = true;
    return true;
}

static void read_connection(struct head *head, text value)
{
    text rest = value;
    while (rest.data) {
        text option = text_trim(text_split(rest, ',', &rest));
        if (text_equals_ignoring_case(option, TEXT("close")))
            head->says_close = true;
        else if (text_equals_ignoring_case(option, TEXT("keep-alive")))
            head->says_keep_alive = true;
    }
}

static inline uint64_t lower_word(const char *at)
{
    uint64_t word;
    memcpy(&word, at, 8);
    return word | 0x2020202020202020u;
}

/* lower has the size of name; of token bytes, those of the names below differ from no others in
 * that bit alone. */
static inline bool name_is(text name, const char *lower)
{
    size_t at = 0;
    for (; name.size - at >= 8; at += 8) {
        if (lower_word(name.data + at) != lower_word(lower + at))
            return false;
    }
    for (; at < name.size; at++) {
        if ((name.data[at] | 0x20) != lower[at])
            return false;
    }
    return true;
}

static bool read_framing_field(struct head *head, const struct http_header *header)
{
    switch (header->name.size) {
    case sizeof("expect") - 1:
        if (name_is(header->name, "expect"))
            head->expects_continue |=
                text_equals_ignoring_case(header->value, TEXT("100-continue"));
        return true;
    case sizeof("connection") - 1:
        if (name_is(header->name, "connection"))
            read_connection(head, header->value);
        return true;
    case sizeof("content-length") - 1:
        if (name_is(header->name, "content-length"))
            return read_content_length(head, header->value);
        return true;
    case sizeof("transfer-encoding") - 1:
        if (name_is(header->name, "transfer-encoding"))
            return read_transfer_encoding(head, header->value);
        return true;
    default:
        return true;
    }
}

/* ---- Fields ------------------------------------------------------------------- */

static bool fail_name(struct head *head, const char *name)
{
    char byte = *head->at;
    if (byte == ':')
        return fail(head, "a header without a name");
    if (head->at == name && (byte == ' ' || byte == '\t'))
        return fail(head, "a folded line, or a space before a header name");
    if (byte == ' ' || byte == '\t')
        return fail(head, "a header name with a space");
    if (byte == '\r' || byte == '\n')
        return fail(head, "a header without a colon");
    return fail(head, "a header name with a character that may not be there");
}

/* Reads one line. Its end is found before that of the head, whose last byte is a LF. */
static inline bool read_field(struct head *head, struct http_header *header)
{
    char *name = head->at, *colon = scan_token(name, head->end);
    if (colon == name || *colon != ':') {
        head->at = colon;
        return fail_name(head, name);
    }
    char *start = colon + 1;
    while (*start == ' ' || *start == '\t')
        start++;
    char *stop = (char *)(uintptr_t)scan_control(start, head->end);
    if (stop[0] != '\r' || stop[1] != '\n') {
        head->at = stop;
        return fail_line(head);
    }
    head->at = stop + 2;
    while (stop > start && (stop[-1] == ' ' || stop[-1] == '\t'))
        stop--;
    *colon = *stop = '\0';
    header->name = text_from(name, (size_t)(colon - name));
    header->value = text_from(start, (size_t)(stop - start));
    return true;
}

static bool read_fields(struct head *head)
{
    while (head->at < head->end && *head->at != '\r' && *head->at != '\n') {
        if (head->header_count == HTTP_MAX_HEADERS)
            return fail(head, "more than 256 headers");
        struct http_header *header = &head->headers[head->header_count];
        if (!read_field(head, header) || !read_framing_field(head, header))
            return false;
        head->header_count++;
    }
    if (head->at == head->end)
        return fail(head, "no empty line at its end");
    if (!end_line(head))
        return false;
    if (head->at != head->end)
        return fail(head, "an empty line in the middle");
    if (head->is_chunked && head->has_length)
        return fail(head, "both Content-Length and Transfer-Encoding");
    return true;
}

static bool keep_headers(struct head *head, struct http_header **headers, struct arena *arena)
{
    size_t size = head->header_count * sizeof(struct http_header);
    *headers = arena_alloc(arena, size ? size : 1);
    if (!*headers)
        return fail(head, http_no_memory_for_headers);
    memcpy(*headers, head->headers, size);
    return true;
}

static bool keeps_alive(const struct head *head, int minor)
{
    return !head->says_close && (minor == 1 || head->says_keep_alive);
}

/* ---- Responses ------------------------------------------------------------------ */

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool read_version(struct head *head, int *minor)
{
    static const char start[] = "HTTP/1.";
    const size_t size = sizeof(start) - 1;
    if (head->end - head->at < (ptrdiff_t)size + 1 || memcmp(head->at, start, size) != 0)
        return fail(head, "no HTTP/1.1 where that should stand");
    char digit = head->at[size];
    if (digit != '0' && digit != '1')
        return fail(head, "a version of HTTP that is neither 1.0 nor 1.1");
    *minor = digit - '0';
    head->at += size + 1;
    return true;
}

static bool read_status(struct head *head, int *status)
{
    const char *at = head->at;
    if (head->end - at < 5 || at[0] != ' ' || at[1] < '1' || at[1] > '9' || !is_digit(at[2]) ||
        !is_digit(at[3]) || is_digit(at[4]))
        return fail(head, "a status code that is not three digits");
    *status = (at[1] - '0') * 100 + (at[2] - '0') * 10 + (at[3] - '0');
    head->at += 4;
    return true;
}

static bool read_reason(struct head *head, text *reason)
{
    if (*head->at == ' ')
        head->at++;
    else if (*head->at != '\r' && *head->at != '\n')
        return fail(head, "a status code with something behind it");
    char *start = head->at;
    head->at += scan_control(start, head->end) - start;
    *reason = text_from(start, (size_t)(head->at - start));
    return end_line(head);
}

static void frame_response(struct http_response *response, const struct head *head, bool head_only)
{
    int status = response->status;
    response->content_length = head->content_length;
    response->keep_alive = keeps_alive(head, response->minor);
    if (head_only || status < 200 || status == 204 || status == 304) {
        response->framing = HTTP_NO_BODY;
    } else if (head->is_chunked) {
        response->framing = HTTP_CHUNKED;
        /* RFC 9112 6.1: who speaks 1.0 should not chunk; its connection is not to be trusted. */
        response->keep_alive &= response->minor == 1;
    } else if (head->has_length) {
        response->framing = HTTP_LENGTH;
    } else {
        response->framing = HTTP_UNTIL_CLOSE;
        response->keep_alive = false;
    }
}

const char *http_response_parse(
    struct http_response *response, char *bytes, size_t size, bool head_only, struct arena *arena)
{
    struct head head;
    bool well = start_head(&head, bytes, size) && read_version(&head, &response->minor) &&
                read_status(&head, &response->status) && read_reason(&head, &response->reason) &&
                read_fields(&head) && keep_headers(&head, &response->headers, arena);
    if (!well)
        return head.problem;
    response->header_count = head.header_count;
    frame_response(response, &head, head_only);
    return NULL;
}

/* ---- Requests -------------------------------------------------------------------- */

static bool read_method(struct head *head, text *method)
{
    char *start = head->at, *at = scan_token(start, head->end);
    if (at == start || *at != ' ')
        return fail(head, "a method that is no token followed by a space");
    *method = text_from(start, (size_t)(at - start));
    *at = '\0';
    head->at = at + 1;
    return true;
}

static bool read_target(struct head *head, text *target)
{
    char *start = head->at, *at = start;
    while (*at > ' ' && *at < 0x7f)
        at++;
    if (at == start || *at != ' ')
        return fail(head, "a target that is empty, or has a character that may not be there");
    *target = text_from(start, (size_t)(at - start));
    *at = '\0';
    head->at = at + 1;
    return true;
}

static bool read_request_line(struct head *head, struct http_request *request)
{
    return read_method(head, &request->method) && read_target(head, &request->target) &&
           read_version(head, &request->minor) && end_line(head);
}

static bool frame_request(struct http_request *request, struct head *head)
{
    if (head->is_chunked && request->minor == 0)
        return fail(head, "Transfer-Encoding in HTTP/1.0");
    request->framing = HTTP_NO_BODY;
    if (head->is_chunked)
        request->framing = HTTP_CHUNKED;
    else if (head->has_length)
        request->framing = HTTP_LENGTH;
    request->content_length = head->content_length;
    request->keep_alive = keeps_alive(head, request->minor);
    request->expect_continue = head->expects_continue && request->minor == 1;
    return true;
}

const char *http_request_parse(
    struct http_request *request, char *bytes, size_t size, struct arena *arena)
{
    struct head head;
    bool well = start_head(&head, bytes, size) && read_request_line(&head, request) &&
                read_fields(&head) && frame_request(request, &head) &&
                keep_headers(&head, &request->headers, arena);
    if (!well)
        return head.problem;
    request->header_count = head.header_count;
    return NULL;
}

/* ---- Looking things up ------------------------------------------------------------ */

const struct http_header *http_find_header(
    const struct http_header *headers, size_t count, text name)
{
    for (size_t i = 0; i < count; i++) {
        if (headers[i].name.size == name.size && text_equals_ignoring_case(headers[i].name, name))
            return &headers[i];
    }
    return NULL;
}

bool http_is_token(text name)
{
    for (size_t i = 0; i < name.size; i++) {
        if (!scan_is_token_byte(name.data[i]))
            return false;
    }
    return name.size > 0;
}

bool http_is_field_value(text value)
{
    if (value.size == 0)
        return true;
    const char *end = value.data + value.size;
    return scan_control(value.data, end) == end;
}
