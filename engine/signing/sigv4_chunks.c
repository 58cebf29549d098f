#include "sigv4_chunks.h"

/* ---- Signatures in a row --------------------------------------------------------------------- */

#define EMPTY_HASH "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void add_line(struct buffer *out, text line)
{
    buffer_add(out, line);
    buffer_add_char(out, '\n');
}

enum { MESSAGE_MOST = 384 + SIGV4_SCOPE_MOST + 2 * SHA256_SIZE };

/* What is signed next. kind: "PAYLOAD"; before: the line before the hash; empty: none. */
struct message {
    char memory[MESSAGE_MOST];
    struct buffer text;
};

static text write_message(
    struct message *message, const struct sigv4_chain *chain, text kind, text before,
    const unsigned char hash[SHA256_SIZE])
{
    struct buffer *out = &message->text;
    buffer_init_fixed(out, message->memory, sizeof message->memory);
    buffer_add(
        out, chain->asymmetric ? TEXT("AWS4-ECDSA-P256-SHA256-") : TEXT("AWS4-HMAC-SHA256-"));
    add_line(out, kind);
    add_line(out, text_from(chain->date, sizeof chain->date));
    add_line(out, text_from(chain->scope, chain->scope_size));
    add_line(out, text_from(chain->previous, chain->previous_size));
    if (before.size)
        add_line(out, before);
    buffer_add_hex(out, text_from(hash, SHA256_SIZE));
    check(buffer_ok(out));
    return buffer_text(out);
}

static bool sign_next(struct sigv4_chain *chain, text message, struct buffer *to_sign)
{
    if (to_sign)
        buffer_add(to_sign, message);
    if (chain->asymmetric) {
        chain->previous_size =
            sigv4a_signature(chain->previous, &chain->ecdsa, &chain->asymmetric->random, message);
        return chain->previous_size > 0;
    }
    unsigned char mac[SHA256_SIZE];
    hmac_sha256(mac, &chain->hmac, message);
    hex_encode(chain->previous, mac, sizeof mac);
    chain->previous_size = SIGV4_SIGNATURE_SIZE;
    return true;
}

/* The reader's side: signature is what came. */
static bool fits_next(struct sigv4_chain *chain, text message, text signature)
{
    if (!chain->asymmetric) {
        bool was_signed = sign_next(chain, message, NULL);
        check(was_signed);
        return secret_equals(text_from(chain->previous, chain->previous_size), signature);
    }
    while (signature.size && signature.data[signature.size - 1] == '*')
        signature.size--;
    if (!signature.size || signature.size > sizeof chain->previous ||
        !sigv4a_is_signature(signature, &chain->ecdsa, message))
        return false;
    memcpy(chain->previous, signature.data, signature.size);
    chain->previous_size = signature.size;
    return true;
}

static text message_of_chunk(
    struct message *message, const struct sigv4_chain *chain,
    const unsigned char data_hash[SHA256_SIZE])
{
    return write_message(message, chain, TEXT("PAYLOAD"), TEXT(EMPTY_HASH), data_hash);
}

static text message_of_trailer(
    struct message *message, const struct sigv4_chain *chain,
    const unsigned char trailer_hash[SHA256_SIZE])
{
    return write_message(message, chain, TEXT("TRAILER"), (text){NULL, 0}, trailer_hash);
}

bool sigv4_sign_chunk(
    struct sigv4_chain *chain, const unsigned char data_hash[SHA256_SIZE], struct buffer *to_sign)
{
    struct message message;
    return sign_next(chain, message_of_chunk(&message, chain, data_hash), to_sign);
}

bool sigv4_sign_trailer(
    struct sigv4_chain *chain, const unsigned char trailer_hash[SHA256_SIZE],
    struct buffer *to_sign)
{
    struct message message;
    return sign_next(chain, message_of_trailer(&message, chain, trailer_hash), to_sign);
}

bool sigv4_sign_event(
    struct sigv4_chain *chain, const char date[16], const unsigned char headers_hash[SHA256_SIZE],
    const unsigned char payload_hash[SHA256_SIZE], struct buffer *to_sign)
{
    struct message message;
    char headers[2 * SHA256_SIZE];
    hex_encode(headers, headers_hash, SHA256_SIZE);
    memcpy(chain->date, date, sizeof chain->date);
    text whole = write_message(
        &message, chain, TEXT("PAYLOAD"), text_from(headers, sizeof headers), payload_hash);
    return sign_next(chain, whole, to_sign);
}

/* ---- Writing --------------------------------------------------------------------------------- */

static const text signature_name = TEXT_INIT(";chunk-signature=");
static const text trailer_signature_name = TEXT_INIT("x-amz-trailer-signature");

static void add_hex_size(struct buffer *out, uint64_t size)
{
    char digits[16];
    size_t at = sizeof digits;
    do {
        digits[--at] = "0123456789abcdef"[size & 15];
        size >>= 4;
    } while (size);
    buffer_add(out, text_from(digits + at, sizeof digits - at));
}

/* SigV4a's signatures differ in size; padded, so that Content-Length is known beforehand. */
static void add_signature(struct buffer *out, const struct sigv4_chain *chain)
{
    buffer_add(out, text_from(chain->previous, chain->previous_size));
    for (size_t i = chain->previous_size; chain->asymmetric && i < SIGV4A_SIGNATURE_MOST; i++)
        buffer_add_char(out, '*');
}

static bool add_chunk_line(
    struct buffer *out, uint64_t size, bool first, struct sigv4_chain *chain,
    const unsigned char *data_hash)
{
    if (!first)
        buffer_add(out, TEXT("\r\n"));
    add_hex_size(out, size);
    if (chain) {
        if (!sigv4_sign_chunk(chain, data_hash, NULL))
            return false;
        buffer_add(out, signature_name);
        add_signature(out, chain);
    }
    buffer_add(out, TEXT("\r\n"));
    check(buffer_ok(out));
    return true;
}

size_t sigv4_chunk_line(
    char out[SIGV4_CHUNK_LINE_MOST], uint64_t size, bool first, struct sigv4_chain *chain,
    const unsigned char *data_hash)
{
    check(size > 0);
    struct buffer line;
    buffer_init_fixed(&line, out, SIGV4_CHUNK_LINE_MOST);
    return add_chunk_line(&line, size, first, chain, data_hash) ? line.size : 0;
}

static bool add_trailer_signature(struct buffer *out, struct sigv4_chain *chain, text line)
{
    unsigned char hash[SHA256_SIZE];
    struct sha256 sha256;
    sha256_init(&sha256);
    sha256_add(&sha256, line);
    sha256_add(&sha256, TEXT("\n"));
    sha256_finish(&sha256, hash);
    if (!sigv4_sign_trailer(chain, hash, NULL))
        return false;
    buffer_add(out, trailer_signature_name);
    buffer_add_char(out, ':');
    add_signature(out, chain);
    buffer_add(out, TEXT("\r\n"));
    return true;
}

size_t sigv4_chunk_end(
    char out[SIGV4_CHUNK_END_MOST], bool empty, struct sigv4_chain *chain, text trailer_name,
    text trailer_value)
{
    check(trailer_name.size + trailer_value.size <= SIGV4_TRAILER_MOST);
    unsigned char hash_of_nothing[SHA256_SIZE];
    bool decoded = hex_decode(hash_of_nothing, TEXT(EMPTY_HASH));
    check(decoded);
    struct buffer end;
    buffer_init_fixed(&end, out, SIGV4_CHUNK_END_MOST);
    if (!add_chunk_line(&end, 0, empty, chain, hash_of_nothing))
        return 0;
    if (trailer_name.size) {
        size_t start = end.size;
        buffer_add(&end, trailer_name);
        buffer_add_char(&end, ':');
        buffer_add(&end, trailer_value);
        text line = text_from(out + start, end.size - start);
        buffer_add(&end, TEXT("\r\n"));
        if (chain && !add_trailer_signature(&end, chain, line))
            return 0;
    }
    buffer_add(&end, TEXT("\r\n"));
    check(buffer_ok(&end));
    return end.size;
}

static uint64_t line_size(uint64_t size, size_t signature_size)
{
    uint64_t digits = 1;
    while (size >>= 4)
        digits++;
    return digits + 2 + (signature_size ? signature_name.size + signature_size : 0);
}

uint64_t sigv4_chunked_size(
    uint64_t size, uint64_t chunk_size, size_t signature_size, size_t trailer_name_size,
    size_t trailer_value_size)
{
    check(chunk_size > 0);
    uint64_t whole = size / chunk_size, rest = size % chunk_size;
    uint64_t total = whole * (line_size(chunk_size, signature_size) + chunk_size + 2);
    if (rest)
        total += line_size(rest, signature_size) + rest + 2;
    total += line_size(0, signature_size) + 2;
    if (trailer_name_size) {
        total += trailer_name_size + 1 + trailer_value_size + 2;
        if (signature_size)
            total += trailer_signature_name.size + 1 + signature_size + 2;
    }
    return total;
}

/* ---- Reading --------------------------------------------------------------------------------- */

enum { AT_LINE, AT_DATA, AT_DATA_END, AT_TRAILER, AT_END };

bool sigv4_chunks_are_signed(text payload)
{
    return text_equals(payload, SIGV4_STREAMING_SIGNED) ||
           text_equals(payload, SIGV4_STREAMING_SIGNED_TRAILER) ||
           text_equals(payload, SIGV4A_STREAMING_SIGNED) ||
           text_equals(payload, SIGV4A_STREAMING_SIGNED_TRAILER);
}

bool sigv4_chunks_init(struct sigv4_chunks *chunks, text payload, const struct sigv4_chain *chain)
{
    chunks->is_signed = sigv4_chunks_are_signed(payload);
    chunks->has_trailer = text_ends_with(payload, TEXT("-TRAILER"));
    chunks->done = chunks->trailer_signed = false;
    chunks->state = AT_LINE;
    chunks->left = chunks->line_size = chunks->trailers_size = 0;
    if (!chunks->is_signed)
        return text_equals(payload, SIGV4_STREAMING_UNSIGNED_TRAILER);
    check(chain != NULL);
    chunks->chain = *chain;
    return true;
}

/* Gathers a line in chunks->line. true: it is whole, and without its end. */
static bool take_line(struct sigv4_chunks *chunks, text *input, const char **problem)
{
    size_t end = text_find(*input, '\n');
    bool whole = end < input->size;
    if (end > sizeof chunks->line - chunks->line_size) {
        *problem = "a line that is too long";
        return false;
    }
    if (end)
        memcpy(chunks->line + chunks->line_size, input->data, end);
    chunks->line_size += end;
    *input = text_after(*input, whole ? end + 1 : end);
    if (whole && chunks->line_size && chunks->line[chunks->line_size - 1] == '\r')
        chunks->line_size--;
    return whole;
}

static bool read_size(text digits, uint64_t *size)
{
    *size = 0;
    if (digits.size == 0 || digits.size > 15)
        return false;
    for (size_t i = 0; i < digits.size; i++) {
        char digit = digits.data[i];
        unsigned value = digit >= '0' && digit <= '9'   ? (unsigned)(digit - '0')
                         : digit >= 'a' && digit <= 'f' ? (unsigned)(digit - 'a' + 10)
                         : digit >= 'A' && digit <= 'F' ? (unsigned)(digit - 'A' + 10)
                                                        : 16;
        if (value > 15)
            return false;
        *size = *size << 4 | value;
    }
    return true;
}

static const char *check_chunk(struct sigv4_chunks *chunks)
{
    unsigned char hash[SHA256_SIZE];
    if (!chunks->is_signed)
        return NULL;
    sha256_finish(&chunks->data, hash);
    struct message message;
    text whole = message_of_chunk(&message, &chunks->chain, hash);
    return fits_next(&chunks->chain, whole, text_from(chunks->signature, chunks->signature_size))
               ? NULL
               : "a chunk's signature does not match";
}

static const char *read_chunk_line(struct sigv4_chunks *chunks)
{
    text extension, line = text_from(chunks->line, chunks->line_size);
    text size = text_split(line, ';', &extension);
    if (!read_size(size, &chunks->left))
        return "a chunk's size that is not one";
    if (chunks->is_signed) {
        const text start = TEXT("chunk-signature=");
        if (!text_starts_with(extension, start) || extension.size == start.size ||
            extension.size > start.size + sizeof chunks->signature)
            return "a chunk without its signature";
        chunks->signature_size = extension.size - start.size;
        memcpy(chunks->signature, extension.data + start.size, chunks->signature_size);
        sha256_init(&chunks->data);
    }
    if (chunks->left) {
        chunks->state = AT_DATA;
        return NULL;
    }
    chunks->state = AT_TRAILER;
    return check_chunk(chunks);
}

static const char *finish_trailers(struct sigv4_chunks *chunks)
{
    chunks->state = AT_END;
    if (chunks->is_signed && chunks->has_trailer && !chunks->trailer_signed)
        return "trailers without their signature";
    chunks->done = true;
    return NULL;
}

static const char *check_trailers(struct sigv4_chunks *chunks, text signature)
{
    unsigned char hash[SHA256_SIZE];
    sha256_once(hash, text_from(chunks->trailers, chunks->trailers_size));
    chunks->trailer_signed = true;
    struct message message;
    text whole = message_of_trailer(&message, &chunks->chain, hash);
    return fits_next(&chunks->chain, whole, signature) ? NULL
                                                       : "the trailers' signature does not match";
}

static const char *read_trailer(struct sigv4_chunks *chunks)
{
    text value, line = text_from(chunks->line, chunks->line_size);
    if (line.size == 0)
        return finish_trailers(chunks);
    text name = text_trim(text_split(line, ':', &value));
    value = text_trim(value);
    if (!chunks->has_trailer || chunks->trailer_signed || name.size == 0 || !value.data)
        return "a trailer that should not be there";
    if (chunks->is_signed && text_equals_ignoring_case(name, trailer_signature_name))
        return check_trailers(chunks, value);
    if (name.size + value.size + 2 > sizeof chunks->trailers - chunks->trailers_size)
        return "too many trailers";
    char *at = chunks->trailers + chunks->trailers_size;
    for (size_t i = 0; i < name.size; i++) {
        char byte = name.data[i];
        *at++ = byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
    }
    *at++ = ':';
    if (value.size)
        memcpy(at, value.data, value.size);
    at[value.size] = '\n';
    chunks->trailers_size += name.size + value.size + 2;
    return NULL;
}

static text take_data(struct sigv4_chunks *chunks, text *input)
{
    size_t size = input->size < chunks->left ? input->size : (size_t)chunks->left;
    text data = text_from(input->data, size);
    *input = text_after(*input, size);
    chunks->left -= size;
    if (chunks->is_signed)
        sha256_add(&chunks->data, data);
    if (chunks->left == 0)
        chunks->state = AT_DATA_END;
    return data;
}

static const char *read_line(struct sigv4_chunks *chunks)
{
    switch (chunks->state) {
    case AT_DATA_END:
        chunks->state = AT_LINE;
        return chunks->line_size ? "a chunk that is longer than it says" : check_chunk(chunks);
    case AT_LINE:
        return read_chunk_line(chunks);
    default:
        return read_trailer(chunks);
    }
}

text sigv4_chunks_next(struct sigv4_chunks *chunks, text *input, const char **problem)
{
    *problem = NULL;
    while (input->size && !*problem) {
        if (chunks->state == AT_DATA)
            return take_data(chunks, input);
        if (chunks->state == AT_END)
            *problem = "bytes after the end";
        else if (take_line(chunks, input, problem)) {
            *problem = read_line(chunks);
            chunks->line_size = 0;
        }
    }
    if (*problem) {
        chunks->done = false;
        chunks->state = AT_END;
    }
    return (text){NULL, 0};
}

text sigv4_chunks_trailer(const struct sigv4_chunks *chunks, text name)
{
    text rest = text_from(chunks->trailers, chunks->trailers_size);
    while (rest.data && rest.size) {
        text value, key = text_split(text_split(rest, '\n', &rest), ':', &value);
        if (text_equals(key, name))
            return value;
    }
    return (text){NULL, 0};
}
