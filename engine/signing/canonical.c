#include "canonical.h"

#include <stdlib.h>

/* ---- What is hashed -------------------------------------------------------------------------- */

enum { GATHERED = 1024 };

/* Gathers short pieces, because a digest takes long ones faster. Or keeps them all: then what is
 * flushed is lost, and too_long says so. */
struct writer {
    struct sha256 *sha256; /* NULL: keeps them */
    struct buffer *copy;
    char *bytes;
    size_t size, capacity;
    bool too_long;
};

static void writer_flush(struct writer *writer)
{
    if (writer->sha256)
        sha256_add(writer->sha256, text_from(writer->bytes, writer->size));
    else
        writer->too_long = true;
    if (writer->copy)
        buffer_add(writer->copy, text_from(writer->bytes, writer->size));
    writer->size = 0;
}

static inline void put(struct writer *writer, text piece)
{
    while (__builtin_expect(piece.size > writer->capacity - writer->size, 0)) {
        size_t room = writer->capacity - writer->size;
        memcpy(writer->bytes + writer->size, piece.data, room);
        writer->size += room;
        piece = text_after(piece, room);
        writer_flush(writer);
    }
    if (piece.size)
        memcpy(writer->bytes + writer->size, piece.data, piece.size);
    writer->size += piece.size;
}

static inline void put_char(struct writer *writer, char byte)
{
    if (writer->size == writer->capacity)
        writer_flush(writer);
    writer->bytes[writer->size++] = byte;
}

/* ---- Bytes ----------------------------------------------------------------------------------- */

enum { UNRESERVED = 1, IN_PATH = 2 };

#define LETTERS4(c) [c] = 3, [(c) + 1] = 3, [(c) + 2] = 3, [(c) + 3] = 3
static const unsigned char kinds[256] = {
    LETTERS4('a'), LETTERS4('e'), LETTERS4('i'), LETTERS4('m'), LETTERS4('q'),
    LETTERS4('u'), ['y'] = 3,     ['z'] = 3,     LETTERS4('A'), LETTERS4('E'),
    LETTERS4('I'), LETTERS4('M'), LETTERS4('Q'), LETTERS4('U'), ['Y'] = 3,
    ['Z'] = 3,     LETTERS4('0'), LETTERS4('4'), ['8'] = 3,     ['9'] = 3,
    ['-'] = 3,     ['.'] = 3,     ['_'] = 3,     ['~'] = 3,     ['/'] = 2,
};

static bool all_are(text bytes, unsigned char kind)
{
    for (size_t i = 0; i < bytes.size; i++)
        if (!(kinds[(unsigned char)bytes.data[i]] & kind))
            return false;
    return true;
}

/* ---- Path ------------------------------------------------------------------------------------ */

static bool path_needs_normalizing(text path)
{
    for (size_t i = 1; i < path.size; i++)
        if (path.data[i - 1] == '/' && (path.data[i] == '/' || path.data[i] == '.'))
            return true;
    return false;
}

/* RFC 3986 section 5.2.4, and empty segments go too. out: path.size + 1. */
static size_t normalize_path(char *out, text path)
{
    size_t size = 0;
    bool ends_open = false;
    for (text rest = path; rest.data;) {
        text segment = text_split(rest, '/', &rest);
        ends_open = true;
        if (text_equals(segment, TEXT(".."))) {
            while (size > 0 && out[--size] != '/')
                ;
        } else if (segment.size && !text_equals(segment, TEXT("."))) {
            out[size++] = '/';
            memcpy(out + size, segment.data, segment.size);
            size += segment.size;
            ends_open = false;
        }
    }
    if (ends_open || size == 0)
        out[size++] = '/';
    return size;
}

static bool normalize(text *path, struct arena *arena)
{
    if (!path_needs_normalizing(*path))
        return true;
    char *normal = arena_alloc(arena, path->size + 1);
    if (normal)
        *path = text_from(normal, normalize_path(normal, *path));
    return normal != NULL;
}

static bool decode(text *path, struct arena *arena)
{
    if (text_find(*path, '%') == path->size)
        return true;
    char *decoded = arena_alloc(arena, path->size);
    if (decoded)
        *path = text_from(decoded, percent_decode(decoded, *path));
    return decoded != NULL;
}

static bool encode(text *path, struct arena *arena)
{
    if (all_are(*path, IN_PATH))
        return true;
    char *encoded = arena_alloc(arena, path->size * 3);
    if (encoded)
        *path = text_from(encoded, percent_encode(encoded, *path, PERCENT_PATH));
    return encoded != NULL;
}

static bool put_path(struct writer *writer, text path, unsigned flags, struct arena *arena)
{
    if (path.size == 0)
        path = TEXT("/");
    if ((flags & CANONICAL_PATH_NORMALIZED && !normalize(&path, arena)) ||
        (flags & CANONICAL_PATH_DECODED && !decode(&path, arena)) ||
        (flags & CANONICAL_PATH_ENCODED && !encode(&path, arena)))
        return false;
    put(writer, path);
    return true;
}

/* ---- Query ----------------------------------------------------------------------------------- */

struct parameter {
    text name, value;
};

static int parameter_compare(const void *left, const void *right)
{
    const struct parameter *a = left, *b = right;
    int order = text_compare(a->name, b->name);
    return order ? order : text_compare(a->value, b->value);
}

static bool is_upper_hex(char digit)
{
    return (digit >= '0' && digit <= '9') || (digit >= 'A' && digit <= 'F');
}

/* Whether decoding and encoding would change nothing. */
static bool is_encoded(text part)
{
    for (size_t i = 0; i < part.size; i++) {
        if (kinds[(unsigned char)part.data[i]] & UNRESERVED)
            continue;
        if (part.data[i] != '%' || part.size - i < 3 || !is_upper_hex(part.data[i + 1]) ||
            !is_upper_hex(part.data[i + 2]))
            return false;
        char byte;
        if (!hex_decode(&byte, text_from(part.data + i + 1, 2)))
            return false;
        if (kinds[(unsigned char)byte] & UNRESERVED)
            return false;
        i += 2;
    }
    return true;
}

static bool encode_part(text *part, struct arena *arena)
{
    if (is_encoded(*part))
        return true;
    char *decoded = arena_alloc(arena, part->size * 4);
    if (!decoded)
        return false;
    size_t size = percent_decode(decoded, *part);
    char *encoded = decoded + part->size;
    *part =
        text_from(encoded, percent_encode(encoded, text_from(decoded, size), PERCENT_UNRESERVED));
    return true;
}

static void sort_parameters(struct parameter *parameters, size_t count)
{
    enum { FEW = 32 };
    if (count > FEW) {
        qsort(parameters, count, sizeof *parameters, parameter_compare);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        struct parameter moved = parameters[i];
        size_t at = i;
        for (; at > 0 && parameter_compare(&moved, &parameters[at - 1]) < 0; at--)
            parameters[at] = parameters[at - 1];
        parameters[at] = moved;
    }
}

struct parameters {
    struct parameter few[16], *all;
    size_t count;
};

static bool read_parameters(struct parameters *parameters, text query, struct arena *arena)
{
    size_t most = 1;
    for (size_t i = 0; i < query.size; i++)
        most += query.data[i] == '&';
    parameters->count = 0;
    parameters->all = parameters->few;
    if (most > COUNT_OF(parameters->few))
        parameters->all = arena_alloc(arena, most * sizeof *parameters->all);
    if (!parameters->all)
        return false;
    for (text rest = query; rest.data;) {
        text part = text_split(rest, '&', &rest), value;
        text name = text_split(part, '=', &value);
        if (part.size == 0)
            continue;
        if (!encode_part(&name, arena) || !encode_part(&value, arena))
            return false;
        parameters->all[parameters->count++] = (struct parameter){name, value};
    }
    sort_parameters(parameters->all, parameters->count);
    return true;
}

static bool put_query(struct writer *writer, text query, struct arena *arena)
{
    struct parameters parameters;
    if (!read_parameters(&parameters, query, arena))
        return false;
    for (size_t i = 0; i < parameters.count; i++) {
        if (i)
            put_char(writer, '&');
        put(writer, parameters.all[i].name);
        put_char(writer, '=');
        put(writer, parameters.all[i].value);
    }
    return true;
}

bool canonical_query(struct buffer *out, text query, struct arena *arena)
{
    struct parameters parameters;
    if (!read_parameters(&parameters, query, arena))
        return false;
    for (size_t i = 0; i < parameters.count; i++) {
        if (i)
            buffer_add_char(out, '&');
        buffer_add(out, parameters.all[i].name);
        buffer_add_char(out, '=');
        if (parameters.all[i].value.size)
            buffer_add(out, parameters.all[i].value);
    }
    return buffer_ok(out);
}

/* ---- Headers --------------------------------------------------------------------------------- */

static uint64_t name_start(text name)
{
    uint64_t start = 0;
    if (name.size >= 8)
        memcpy(&start, name.data, 8);
    else if (name.size)
        memcpy(&start, name.data, name.size);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    start = __builtin_bswap64(start);
#endif
    return start;
}

bool canonical_headers_add(struct canonical_headers *headers, text name, text value)
{
    if (headers->count == COUNT_OF(headers->items))
        return false;
    struct canonical_header added = {name_start(name), name, value};
    size_t at = headers->count++;
    for (; at > 0; at--) {
        const struct canonical_header *before = &headers->items[at - 1];
        if (before->start < added.start ||
            (before->start == added.start && text_compare(before->name, name) <= 0))
            break;
        headers->items[at] = *before;
    }
    headers->items[at] = added;
    return true;
}

static bool continues(const struct canonical_headers *headers, size_t i)
{
    return i > 0 && headers->items[i].start == headers->items[i - 1].start &&
           text_equals(headers->items[i].name, headers->items[i - 1].name);
}

size_t canonical_signed_headers(const struct canonical_headers *headers, char *out)
{
    size_t size = 0;
    for (size_t i = 0; i < headers->count; i++) {
        text name = headers->items[i].name;
        if (continues(headers, i))
            continue;
        if (i)
            out[size++] = ';';
        memcpy(out + size, name.data, name.size);
        size += name.size;
    }
    return size;
}

static bool is_blank(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static bool has_blank(text value)
{
    size_t i = 0;
    for (; value.size - i >= 8; i += 8) {
        uint64_t bytes;
        memcpy(&bytes, value.data + i, 8);
        if ((bytes - 0x2121212121212121u) & ~bytes & 0x8080808080808080u)
            return true;
    }
    for (; i < value.size; i++)
        if ((unsigned char)value.data[i] <= ' ')
            return true;
    return false;
}

/* Without blanks at its ends, and with one space for each run of them within. */
static void put_value(struct writer *writer, text value)
{
    if (!has_blank(value)) {
        put(writer, value);
        return;
    }
    bool first = true;
    for (size_t i = 0; i < value.size;) {
        size_t start = i;
        while (i < value.size && !is_blank(value.data[i]))
            i++;
        if (i > start) {
            if (!first)
                put_char(writer, ' ');
            put(writer, text_from(value.data + start, i - start));
            first = false;
        }
        while (i < value.size && is_blank(value.data[i]))
            i++;
    }
}

static void put_headers(struct writer *writer, const struct canonical_headers *headers)
{
    for (size_t i = 0; i < headers->count; i++) {
        const struct canonical_header *header = &headers->items[i];
        if (continues(headers, i)) {
            put_char(writer, ',');
        } else {
            if (i)
                put_char(writer, '\n');
            put(writer, header->name);
            put_char(writer, ':');
        }
        put_value(writer, header->value);
    }
    put(writer, TEXT("\n\n"));
    for (size_t i = 0; i < headers->count; i++) {
        if (continues(headers, i))
            continue;
        if (i)
            put_char(writer, ';');
        put(writer, headers->items[i].name);
    }
}

static bool put_request(
    struct writer *writer, const struct canonical_request *request, struct arena *arena)
{
    put(writer, request->method);
    put_char(writer, '\n');
    if (!put_path(writer, request->path, request->path_flags, arena))
        return false;
    put_char(writer, '\n');
    if (request->query.size && !put_query(writer, request->query, arena))
        return false;
    put_char(writer, '\n');
    put_headers(writer, request->headers);
    put_char(writer, '\n');
    put(writer, request->payload);
    return true;
}

bool canonical_hash(
    unsigned char hash[SHA256_SIZE], const struct canonical_request *request, struct arena *arena,
    struct buffer *copy)
{
    struct sha256 sha256;
    char bytes[GATHERED];
    struct writer writer = {
        .sha256 = &sha256, .copy = copy, .bytes = bytes, .capacity = sizeof bytes};
    sha256_init(&sha256);
    if (!put_request(&writer, request, arena))
        return false;
    writer_flush(&writer);
    sha256_finish(&sha256, hash);
    return true;
}

size_t canonical_write(
    char *out, size_t capacity, const struct canonical_request *request, struct arena *arena)
{
    struct writer writer = {.bytes = out, .capacity = capacity};
    bool good = capacity > 0 && put_request(&writer, request, arena) && !writer.too_long;
    return good ? writer.size : 0;
}
