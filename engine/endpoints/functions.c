#include "functions.h"

#include "formats/formats.h"

static size_t count_of(text whole, const char *either, size_t most)
{
    size_t count = 0;
    for (size_t i = 0; i < whole.size && count < most; i++)
        count += whole.data[i] == either[0] || whole.data[i] == either[1];
    return count;
}

static bool split_resource(struct arn *arn, text resource, struct arena *arena)
{
    size_t count = count_of(resource, ":/", SIZE_MAX) + 1;
    text *pieces = arena_alloc(arena, count * sizeof *pieces);
    if (!pieces)
        return false;
    size_t piece = 0, start = 0;
    for (size_t i = 0; i <= resource.size; i++) {
        if (i == resource.size || resource.data[i] == ':' || resource.data[i] == '/') {
            pieces[piece++] = text_from(resource.data + start, i - start);
            start = i + 1;
        }
    }
    arn->resource = pieces;
    arn->resource_count = count;
    return true;
}

bool arn_parse(struct arn *arn, text written, struct arena *arena, bool *known)
{
    *known = false;
    if (!text_starts_with(written, TEXT("arn:")) || count_of(written, "::", 5) < 5)
        return true;
    text rest = text_after(written, 4);
    arn->partition = text_split(rest, ':', &rest);
    arn->service = text_split(rest, ':', &rest);
    arn->region = text_split(rest, ':', &rest);
    arn->account_id = text_split(rest, ':', &rest);
    if (!arn->partition.size || !arn->service.size || !rest.size)
        return true;
    *known = true;
    return split_resource(arn, rest, arena);
}

static bool is_ipv4(text host)
{
    int dots = 0;
    uint64_t number;
    text rest = host;
    do {
        text part = text_split(rest, '.', &rest);
        if (part.size == 0 || part.size > 3 || !text_to_u64(part, &number) || number > 255)
            return false;
        dots++;
    } while (rest.data && dots <= 4);
    return dots == 4;
}

static text normalized(text path, struct arena *arena)
{
    if (path.size == 0 || text_equals(path, TEXT("/")))
        return TEXT("/");
    if (text_starts_with(path, TEXT("/")) && text_ends_with(path, TEXT("/")))
        return path;
    struct buffer out;
    buffer_init(&out, arena);
    if (!buffer_reserve(&out, path.size + 2))
        return text_from(NULL, 0);
    if (path.data[0] != '/')
        buffer_add_char(&out, '/');
    buffer_add(&out, path);
    if (path.data[path.size - 1] != '/')
        buffer_add_char(&out, '/');
    return buffer_text(&out);
}

bool parsed_url_parse(struct parsed_url *url, text written, struct arena *arena, bool *known)
{
    struct uri uri;
    *known = false;
    if (uri_parse(&uri, written) || uri.query.data)
        return true;
    *known = true;
    url->scheme = uri.secure ? TEXT("https") : TEXT("http");
    url->authority = uri.authority;
    url->path = uri.path;
    url->normalized_path = normalized(uri.path, arena);
    url->is_ip = text_starts_with(uri.authority, TEXT("[")) || is_ipv4(uri.host);
    return url->normalized_path.data != NULL;
}

static bool is_ascii(text whole)
{
    uint64_t word, seen = 0;
    size_t i = 0;
    for (; i + sizeof word <= whole.size; i += sizeof word) {
        memcpy(&word, whole.data + i, sizeof word);
        seen |= word;
    }
    for (; i < whole.size; i++)
        seen |= (unsigned char)whole.data[i];
    return (seen & 0x8080808080808080U) == 0;
}

text rules_substring(text whole, int64_t start, int64_t stop, bool reverse)
{
    text none = {NULL, 0};
    if (start < 0 || start >= stop || (uint64_t)stop > whole.size || !is_ascii(whole))
        return none;
    size_t first = reverse ? whole.size - (size_t)stop : (size_t)start;
    return text_from(whole.data + first, (size_t)(stop - start));
}

enum { LOWER = 1, UPPER = 2, DIGIT = 4, HYPHEN = 8, DOT = 16, OTHER = 32 };

/* clang-format off */
static const uint8_t classes[128] = {
#define L LOWER
#define U UPPER
#define D DIGIT
#define H HYPHEN
#define P DOT
#define O OTHER
    O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O,
    O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O,
    O, O, O, O, O, O, O, O, O, O, O, O, O, H, P, O,
    D, D, D, D, D, D, D, D, D, D, O, O, O, O, O, O,
    O, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U,
    U, U, U, U, U, U, U, U, U, U, U, O, O, O, O, O,
    O, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L,
    L, L, L, L, L, L, L, L, L, L, L, O, O, O, O, O,
#undef L
#undef U
#undef D
#undef H
#undef P
#undef O
};
/* clang-format on */

static unsigned classes_in(text whole)
{
    unsigned seen = 0;
    for (size_t i = 0; i < whole.size; i++) {
        unsigned byte = (unsigned char)whole.data[i];
        seen |= classes[byte & 127U] | (byte & 128U ? OTHER : 0U);
    }
    return seen;
}

/* Their bytes were looked at: this is about where they stand. */
static bool is_label_in_shape(text label)
{
    return label.size > 0 && label.size <= 63 && label.data[0] != '-' &&
           label.data[label.size - 1] != '-';
}

static bool are_labels_in_shape(text labels)
{
    text rest = labels;
    do {
        if (!is_label_in_shape(text_split(rest, '.', &rest)))
            return false;
    } while (rest.data);
    return true;
}

bool is_host_label(text label, bool dots_allowed)
{
    unsigned seen = classes_in(label);
    if (seen & OTHER || (seen & DOT && !dots_allowed))
        return false;
    return seen & DOT ? are_labels_in_shape(label) : is_label_in_shape(label);
}

/* Four groups of one to three digits, whatever their value. */
static bool looks_like_ipv4(text bucket)
{
    size_t groups = 0, digits = 0;
    for (size_t i = 0; i <= bucket.size; i++) {
        bool at_end = i == bucket.size || bucket.data[i] == '.';
        if (at_end && (digits == 0 || digits > 3))
            return false;
        groups += at_end;
        digits = at_end ? 0 : digits + 1;
    }
    return groups == 4;
}

bool is_virtual_hostable_bucket(text bucket, bool dots_allowed)
{
    if (bucket.size < 3 || bucket.size > 63)
        return false;
    unsigned seen = classes_in(bucket);
    if (seen & (OTHER | UPPER) || (seen & DOT && !dots_allowed))
        return false;
    if ((seen & (LOWER | HYPHEN)) == 0 && looks_like_ipv4(bucket))
        return false;
    return seen & DOT ? are_labels_in_shape(bucket) : is_label_in_shape(bucket);
}

text uri_encoded(text whole, struct arena *arena)
{
    char *out = whole.size < SIZE_MAX / 3 ? arena_alloc(arena, 3 * whole.size + 1) : NULL;
    if (!out)
        return text_from(NULL, 0);
    return text_from(out, percent_encode(out, whole, PERCENT_UNRESERVED));
}

/* The first delimiter at or after start; whole.size if there is none. */
static size_t find_delimiter(text whole, text delimiter, size_t start)
{
    size_t found = delimiter.size ? text_find_text(text_after(whole, start), delimiter) : SIZE_MAX;
    return found == SIZE_MAX ? whole.size : start + found;
}

const text *text_list_split(
    text whole, text delimiter, int64_t limit, struct arena *arena, size_t *count)
{
    size_t most = limit > 0 ? (size_t)limit : SIZE_MAX;
    size_t pieces = 1;
    for (size_t at = 0; pieces < most; pieces++) {
        at = find_delimiter(whole, delimiter, at);
        if (at == whole.size)
            break;
        at += delimiter.size;
    }
    text *list = arena_alloc(arena, pieces * sizeof *list);
    if (!list)
        return NULL;
    size_t start = 0;
    for (size_t i = 0; i < pieces; i++) {
        size_t end = i + 1 < pieces ? find_delimiter(whole, delimiter, start) : whole.size;
        list[i] = text_from(whole.data + start, end - start);
        start = end + delimiter.size;
    }
    *count = pieces;
    return list;
}
