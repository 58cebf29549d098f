/* Design notes
 *
 *   SIZE -> digits -> [; extension]* CR LF -> DATA -> CR LF -> SIZE ...
 *                                   size 0 -> TRAILER lines -> empty line -> done
 *
 * Lines are read byte by byte: they are short. Extensions are checked and dropped (RFC 9112 7.1.1),
 * trailers too. The lines that frame data must end in CR LF; those of the trailers, which frame
 * nothing, may end in a bare LF.
 */
#include "message.h"

#include "scan.h"

enum { CHUNK_LINE_MOST = 4096, CHUNK_TRAILERS_MOST = 16384 };

enum chunk_state {
    CHUNK_SIZE_START,
    CHUNK_SIZE,
    CHUNK_BEFORE_EXTENSION, /* spaces, then ; */
    CHUNK_NAME_START,       /* behind ; */
    CHUNK_NAME,
    CHUNK_BEFORE_VALUE, /* spaces behind a name, then ; or = */
    CHUNK_VALUE_START,  /* behind = */
    CHUNK_VALUE,
    CHUNK_QUOTED,
    CHUNK_ESCAPED,
    CHUNK_QUOTED_END,
    CHUNK_SIZE_LF,
    CHUNK_DATA,
    CHUNK_DATA_CR,
    CHUNK_DATA_LF,
    CHUNK_TRAILER_START,
    CHUNK_TRAILER_NAME,
    CHUNK_TRAILER_VALUE,
    CHUNK_TRAILER_LF,
    CHUNK_LAST_LF,
};

static const char bad_size[] = "a chunk size that is no hexadecimal number or too large";
static const char bad_extension[] = "a chunk extension that is not well formed";
static const char bad_line_end[] = "a chunk line without CR LF at its end";
static const char bad_data_end[] = "a chunk without CR LF behind its data";
static const char bad_trailer[] = "a trailer that is no header";

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\t';
}

static int hex_digit(char byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    char lower = (char)(byte | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static const char *go_to(struct http_chunks *chunks, enum chunk_state state)
{
    chunks->state = (uint8_t)state;
    return NULL;
}

/* What may follow a size or an extension's value. */
static const char *take_delimiter(struct http_chunks *chunks, char byte, const char *problem)
{
    if (byte == '\r')
        return go_to(chunks, CHUNK_SIZE_LF);
    if (byte == ';')
        return go_to(chunks, CHUNK_NAME_START);
    if (is_space(byte))
        return go_to(chunks, CHUNK_BEFORE_EXTENSION);
    return problem;
}

static const char *take_size(struct http_chunks *chunks, char byte)
{
    int digit = hex_digit(byte);
    if (digit < 0)
        return chunks->state == CHUNK_SIZE ? take_delimiter(chunks, byte, bad_size) : bad_size;
    if (chunks->left >> 60)
        return bad_size;
    chunks->left = chunks->left << 4 | (uint64_t)digit;
    return go_to(chunks, CHUNK_SIZE);
}

static const char *take_extension_name(struct http_chunks *chunks, char byte)
{
    if (scan_is_token_byte(byte))
        return go_to(chunks, CHUNK_NAME);
    if (chunks->state == CHUNK_NAME_START)
        return is_space(byte) ? NULL : bad_extension;
    if (byte == '=')
        return go_to(chunks, CHUNK_VALUE_START);
    if (is_space(byte))
        return go_to(chunks, CHUNK_BEFORE_VALUE);
    return take_delimiter(chunks, byte, bad_extension);
}

static const char *take_extension_value(struct http_chunks *chunks, char byte)
{
    if (scan_is_token_byte(byte))
        return go_to(chunks, CHUNK_VALUE);
    if (chunks->state == CHUNK_VALUE)
        return take_delimiter(chunks, byte, bad_extension);
    if (byte == '"')
        return go_to(chunks, CHUNK_QUOTED);
    return is_space(byte) ? NULL : bad_extension;
}

static const char *take_quoted(struct http_chunks *chunks, char byte)
{
    if (scan_is_control(byte))
        return bad_extension;
    if (chunks->state == CHUNK_ESCAPED)
        return go_to(chunks, CHUNK_QUOTED);
    if (byte == '\\')
        return go_to(chunks, CHUNK_ESCAPED);
    return byte == '"' ? go_to(chunks, CHUNK_QUOTED_END) : NULL;
}

static const char *take_extension(struct http_chunks *chunks, char byte)
{
    switch (chunks->state) {
    case CHUNK_BEFORE_EXTENSION:
        if (byte == ';')
            return go_to(chunks, CHUNK_NAME_START);
        return is_space(byte) ? NULL : bad_size;
    case CHUNK_BEFORE_VALUE:
        if (byte == ';')
            return go_to(chunks, CHUNK_NAME_START);
        if (byte == '=')
            return go_to(chunks, CHUNK_VALUE_START);
        return is_space(byte) ? NULL : bad_extension;
    case CHUNK_NAME_START:
    case CHUNK_NAME:
        return take_extension_name(chunks, byte);
    case CHUNK_VALUE_START:
    case CHUNK_VALUE:
        return take_extension_value(chunks, byte);
    case CHUNK_QUOTED_END:
        return take_delimiter(chunks, byte, bad_extension);
    default:
        return take_quoted(chunks, byte);
    }
}

static const char *end_size_line(struct http_chunks *chunks, char byte)
{
    if (byte != '\n')
        return bad_line_end;
    chunks->seen = 0;
    return go_to(chunks, chunks->left ? CHUNK_DATA : CHUNK_TRAILER_START);
}

static const char *end_data(struct http_chunks *chunks, char byte)
{
    if (chunks->state == CHUNK_DATA_CR)
        return byte == '\r' ? go_to(chunks, CHUNK_DATA_LF) : bad_data_end;
    return byte == '\n' ? go_to(chunks, CHUNK_SIZE_START) : bad_data_end;
}

static const char *take_trailer(struct http_chunks *chunks, char byte)
{
    switch (chunks->state) {
    case CHUNK_TRAILER_START:
        if (byte == '\r')
            return go_to(chunks, CHUNK_LAST_LF);
        chunks->done = byte == '\n';
        if (chunks->done)
            return NULL;
        return scan_is_token_byte(byte) ? go_to(chunks, CHUNK_TRAILER_NAME) : bad_trailer;
    case CHUNK_TRAILER_NAME:
        if (byte == ':')
            return go_to(chunks, CHUNK_TRAILER_VALUE);
        return scan_is_token_byte(byte) ? NULL : bad_trailer;
    case CHUNK_TRAILER_VALUE:
        if (byte == '\r')
            return go_to(chunks, CHUNK_TRAILER_LF);
        if (byte == '\n')
            return go_to(chunks, CHUNK_TRAILER_START);
        return scan_is_control(byte) ? bad_trailer : NULL;
    case CHUNK_TRAILER_LF:
        return byte == '\n' ? go_to(chunks, CHUNK_TRAILER_START) : bad_trailer;
    default:
        chunks->done = byte == '\n';
        return chunks->done ? NULL : bad_line_end;
    }
}

static const char *take_line_byte(struct http_chunks *chunks, char byte)
{
    chunks->seen++;
    if (chunks->state >= CHUNK_TRAILER_START) {
        if (chunks->seen > CHUNK_TRAILERS_MOST)
            return "trailers of more than 16384 bytes";
        return take_trailer(chunks, byte);
    }
    if (chunks->seen > CHUNK_LINE_MOST)
        return "a chunk line of more than 4096 bytes";
    if (chunks->state <= CHUNK_SIZE)
        return take_size(chunks, byte);
    if (chunks->state < CHUNK_SIZE_LF)
        return take_extension(chunks, byte);
    return chunks->state == CHUNK_SIZE_LF ? end_size_line(chunks, byte) : end_data(chunks, byte);
}

static text take_data(struct http_chunks *chunks, text *input)
{
    text data = {input->data, input->size};
    if (data.size > chunks->left)
        data.size = (size_t)chunks->left;
    *input = text_after(*input, data.size);
    chunks->left -= data.size;
    if (chunks->left == 0) {
        chunks->state = CHUNK_DATA_CR;
        chunks->seen = 0;
    }
    return data;
}

text http_chunks_next(struct http_chunks *chunks, text *input, const char **problem)
{
    while (input->size && !chunks->done) {
        if (chunks->state == CHUNK_DATA)
            return take_data(chunks, input);
        const char *found = take_line_byte(chunks, *input->data);
        if (found) {
            *problem = found;
            break;
        }
        *input = text_after(*input, 1);
    }
    return (text){NULL, 0};
}

void http_chunks_put_back(struct http_chunks *chunks, text data, text *input)
{
    check(data.data + data.size == input->data);
    *input = text_from(data.data, data.size + input->size);
    chunks->left += data.size;
    chunks->state = CHUNK_DATA;
}

size_t http_chunk_line(char out[24], uint64_t size, bool first)
{
    char digits[16];
    size_t count = 0, at = 0;
    for (uint64_t left = size; left || count == 0; left >>= 4)
        digits[count++] = "0123456789abcdef"[left & 15];
    if (!first) {
        out[at++] = '\r';
        out[at++] = '\n';
    }
    while (count)
        out[at++] = digits[--count];
    const char *end = size ? "\r\n" : "\r\n\r\n";
    size_t end_size = strlen(end);
    memcpy(out + at, end, end_size);
    return at + end_size;
}
