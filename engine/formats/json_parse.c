/* Design notes
 *
 * The text is copied once, into the arena and with room behind it for simdjson's wide reads;
 * strings are unescaped where they stand in that copy. simdjson's first stage says where each piece
 * starts; a recursive descent over those starts checks the grammar. The members of the containers
 * that are still open wait on a stack in the parser, and are moved to the arena side by side when
 * theirs closes.
 */
#include "json.h"
#include "json_index.h"
#include "json_reading.h"
#include "utf8.h"

#include <stdlib.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

_Static_assert((int)JSON_PADDING >= (int)JSON_INDEX_PADDING, "the first stage reads further");

struct json_parser {
    struct json_index *index;
    struct json_value *values; /* of containers that are open */
    text *names;
    size_t count, capacity;
};

struct json_parser *json_parser_new(void)
{
    struct json_parser *parser = calloc(1, sizeof *parser);
    if (parser)
        parser->index = json_index_new();
    if (parser && !parser->index) {
        free(parser);
        return NULL;
    }
    return parser;
}

void json_parser_free(struct json_parser *parser)
{
    if (!parser)
        return;
    json_index_free(parser->index);
    free(parser->values);
    free(parser->names);
    free(parser);
}

bool json_reading_fail(struct json_reading *reading, size_t where, const char *what)
{
    if (!reading->what) {
        reading->what = what;
        reading->where = where;
    }
    return false;
}

/* ---- Scalars -------------------------------------------------------------------- */

static bool ends_scalar(const struct json_reading *reading, size_t at)
{
    static const bool ends[256] = {[' '] = 1, ['\t'] = 1, ['\r'] = 1, ['\n'] = 1, [','] = 1,
                                   [':'] = 1, [']'] = 1,  ['}'] = 1,  ['['] = 1,  ['{'] = 1};
    return at >= reading->size || ends[(unsigned char)reading->bytes[at]];
}

static size_t skip_digits(const struct json_reading *reading, size_t at)
{
    while (at < reading->size && reading->bytes[at] >= '0' && reading->bytes[at] <= '9')
        at++;
    return at;
}

static bool read_number(struct json_reading *reading, size_t start, struct json_value *value)
{
    const char *bytes = reading->bytes;
    size_t at = start + (bytes[start] == '-');
    size_t digits = at;
    at = skip_digits(reading, at);
    if (at == digits || (bytes[digits] == '0' && at > digits + 1))
        return json_reading_fail(reading, start, "not a number");
    if (at < reading->size && bytes[at] == '.') {
        digits = ++at;
        at = skip_digits(reading, at);
        if (at == digits)
            return json_reading_fail(reading, start, "a number without digits after its point");
    }
    if (at < reading->size && (bytes[at] | 0x20) == 'e') {
        at++;
        at += at < reading->size && (bytes[at] == '+' || bytes[at] == '-');
        digits = at;
        at = skip_digits(reading, at);
        if (at == digits)
            return json_reading_fail(reading, start, "a number without digits in its exponent");
    }
    if (!ends_scalar(reading, at))
        return json_reading_fail(reading, start, "not a number");
    *value = (struct json_value){.kind = JSON_NUMBER, .string = {bytes + start, at - start}};
    return true;
}

static bool read_word(
    struct json_reading *reading, size_t start, text word, enum json_kind kind,
    struct json_value *value)
{
    text here = {reading->bytes + start, reading->size - start};
    if (!text_starts_with(here, word) || !ends_scalar(reading, start + word.size))
        return json_reading_fail(reading, start, "not a value");
    *value = (struct json_value){.kind = kind};
    return true;
}

/* Four hex digits at data, or -1. */
static int read_hex4(const char *data, const char *end)
{
    unsigned char pair[2];
    if (end - data < 4 || !hex_decode(pair, (text){data, 4}))
        return -1;
    return pair[0] << 8 | pair[1];
}

/* What follows \u, surrogate pairs joined and lone ones replaced. NULL if not hexadecimal. */
static const char *unescape_code(const char *at, const char *end, char **out)
{
    int first = read_hex4(at, end);
    if (first < 0)
        return NULL;
    at += 4;
    uint32_t code = (uint32_t)first;
    if (first >= 0xD800 && first < 0xDC00 && end - at >= 6 && at[0] == '\\' && at[1] == 'u') {
        int second = read_hex4(at + 2, end);
        if (second >= 0xDC00 && second < 0xE000) {
            code = 0x10000 + ((code - 0xD800) << 10) + ((uint32_t)second - 0xDC00);
            at += 6;
        }
    }
    if (code >= 0xD800 && code < 0xE000)
        code = 0xFFFD;
    *out += utf8_encode(code, *out);
    return at;
}

static char simple_escape(char letter)
{
    static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    const char *found = letter ? strchr(letters, letter) : NULL;
    return found ? meanings[found - letters] : '\0';
}

/* From the first backslash on; ends at the closing quote. Every escape is longer than what it
 * means. */
static bool unescape(struct json_reading *reading, char *from, text *string, char **close)
{
    char *at = from, *out = from, *end = reading->bytes + reading->size;
    while (at < end && *at != '"') {
        if (*at != '\\') {
            *out++ = *at++;
            continue;
        }
        char letter = at + 1 < end ? at[1] : '\0';
        char meaning = simple_escape(letter);
        if (meaning) {
            *out++ = meaning;
            at += 2;
            continue;
        }
        const char *next = letter == 'u' ? unescape_code(at + 2, end, &out) : NULL;
        if (!next)
            return json_reading_fail(
                reading, (size_t)(at - reading->bytes), "an escape that JSON does not know");
        at = reading->bytes + (next - reading->bytes);
    }
    string->size = (size_t)(out - string->data);
    *close = at;
    *out = '\0';
    return at < end;
}

/* The first quote or backslash; end or behind it if there is none. The padding there is read. */
static char *find_quote(char *at, const char *end)
{
#ifdef __SSE2__
    for (; at < end; at += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
        __m128i found = _mm_or_si128(
            _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
        unsigned mask = (unsigned)_mm_movemask_epi8(found);
        if (mask)
            return at + __builtin_ctz(mask);
    }
    return at;
#else
    while (at < end && *at != '"' && *at != '\\')
        at++;
    return at;
#endif
}

/* The same of a string that starts here, as long as it has an end: a long one without backslashes
 * ends where the next piece starts, but for white space, and libc is quicker to see that. */
static char *find_string_end(const struct json_reading *reading, char *first)
{
    enum { LONG = 64 };
    bool is_last = reading->at >= reading->start_count;
    size_t next = is_last ? reading->size : reading->starts[reading->at];
    char *end = reading->bytes + next;
    if (end - first > LONG) {
        while (end > first && json_is_space(end[-1]))
            end--;
        size_t size = (size_t)(end - first);
        if (size && end[-1] == '"' && !memchr(first, '\\', size))
            return end - 1;
    }
    return find_quote(first, reading->bytes + reading->size);
}

static bool read_string(struct json_reading *reading, size_t start, text *string)
{
    const char *end = reading->bytes + reading->size;
    char *first = reading->bytes + start + 1, *close = find_string_end(reading, first);
    if (close >= end)
        return json_reading_fail(reading, start, "a string that does not end");
    *string = (text){first, (size_t)(close - first)};
    if (*close == '\\' && !unescape(reading, close, string, &close))
        return json_reading_fail(reading, start, "a string that does not end");
    if (!ends_scalar(reading, (size_t)(close - reading->bytes) + 1))
        return json_reading_fail(
            reading, (size_t)(close - reading->bytes) + 1, "something right after a string");
    first[string->size] = '\0';
    return true;
}

/* ---- Containers ------------------------------------------------------------------ */

static bool read_value(struct json_reading *reading, unsigned depth, struct json_value *value);

static bool push(struct json_reading *reading, text name, const struct json_value *value)
{
    struct json_parser *parser = reading->parser;
    if (parser->count == parser->capacity) {
        size_t capacity = parser->capacity ? parser->capacity * 2 : 64;
        struct json_value *values = realloc(parser->values, capacity * sizeof *values);
        if (values)
            parser->values = values;
        text *names = realloc(parser->names, capacity * sizeof *names);
        if (names)
            parser->names = names;
        if (!values || !names)
            return json_reading_fail(reading, 0, "out of memory");
        parser->capacity = capacity;
    }
    parser->values[parser->count] = *value;
    parser->names[parser->count++] = name;
    return true;
}

/* Past a value whose content does not matter, checking no more than that its brackets match. */
static bool skip_value(struct json_reading *reading)
{
    size_t depth = 0;
    do {
        char byte = json_reading_take(reading);
        if (byte == '\0')
            return json_reading_fail(reading, reading->size, "the text ends too early");
        if (depth == 0 && (byte == '}' || byte == ']'))
            return json_reading_fail(
                reading, json_reading_last_start(reading), "a value is missing");
        depth = json_depth_after(depth, byte);
    } while (depth);
    return true;
}

static bool is_outlined(const struct json_reading *reading, text name)
{
    const text *outlined = reading->outlined;
    while (outlined && outlined->data && !text_equals(*outlined, name))
        outlined++;
    return outlined && outlined->data;
}

static bool read_member(struct json_reading *reading, unsigned depth)
{
    text name;
    struct json_value value;
    size_t start = json_reading_last_start(reading);
    if (reading->bytes[start] != '"')
        return json_reading_fail(reading, start, "a member's name is missing");
    if (!read_string(reading, start, &name))
        return false;
    if (json_reading_take(reading) != ':')
        return json_reading_fail(reading, json_reading_last_start(reading), "a colon is missing");
    if (reading->without.data && text_equals(name, reading->without))
        return skip_value(reading);
    if (depth == 1)
        reading->outlines = is_outlined(reading, name);
    return read_value(reading, depth, &value) && push(reading, name, &value);
}

static bool close_container(
    struct json_reading *reading, size_t first, enum json_kind kind, struct json_value *value)
{
    struct json_parser *parser = reading->parser;
    size_t count = parser->count - first;
    *value = (struct json_value){.kind = kind, .count = (uint32_t)count};
    parser->count = first;
    if (count == 0)
        return true;
    value->items = arena_alloc(reading->arena, count * sizeof *value->items);
    if (value->items)
        memcpy(value->items, parser->values + first, count * sizeof *value->items);
    if (kind == JSON_OBJECT) {
        value->names = arena_alloc(reading->arena, count * sizeof *value->names);
        if (value->names)
            memcpy(value->names, parser->names + first, count * sizeof *value->names);
    }
    return (value->items && (value->names || kind == JSON_LIST)) ||
           json_reading_fail(reading, 0, "out of memory");
}

static bool read_container(struct json_reading *reading, unsigned depth, struct json_value *value)
{
    size_t start = json_reading_last_start(reading), first = reading->parser->count;
    bool object = reading->bytes[start] == '{';
    char end = object ? '}' : ']';
    if (depth >= JSON_MAX_DEPTH)
        return json_reading_fail(reading, start, "nested too deeply");
    char next = json_reading_take(reading);
    if (next == '\0')
        return json_reading_fail(reading, reading->size, "the text ends too early");
    if (next != end) {
        for (;; next = json_reading_take(reading)) {
            struct json_value item;
            if (object ? !read_member(reading, depth + 1)
                       : (reading->at--, !read_value(reading, depth + 1, &item)) ||
                             !push(reading, (text){NULL, 0}, &item))
                return false;
            next = json_reading_take(reading);
            if (next == end)
                break;
            if (next == '\0')
                return json_reading_fail(reading, reading->size, "the text ends too early");
            if (next != ',')
                return json_reading_fail(
                    reading, json_reading_last_start(reading),
                    object ? "a comma or } is missing" : "a comma or ] is missing");
            if (reading->at >= reading->start_count)
                return json_reading_fail(reading, reading->size, "the text ends too early");
        }
    }
    return close_container(reading, first, object ? JSON_OBJECT : JSON_LIST, value);
}

static bool read_value(struct json_reading *reading, unsigned depth, struct json_value *value)
{
    char byte = json_reading_take(reading);
    size_t start = json_reading_last_start(reading);
    switch (byte) {
    case '\0':
        return json_reading_fail(reading, reading->size, "the text ends too early");
    case '{':
    case '[':
        if (reading->outlines && depth > 1)
            return json_outline_container(reading, value);
        return read_container(reading, depth, value);
    case '"':
        *value = (struct json_value){.kind = JSON_STRING};
        return read_string(reading, start, &value->string);
    case 't':
        return read_word(reading, start, TEXT("true"), JSON_TRUE, value);
    case 'f':
        return read_word(reading, start, TEXT("false"), JSON_FALSE, value);
    case 'n':
        return read_word(reading, start, TEXT("null"), JSON_NULL, value);
    case '}':
    case ']':
    case ',':
    case ':':
        return json_reading_fail(reading, start, "a value is missing");
    default:
        return read_number(reading, start, value);
    }
}

/* ---- Problems --------------------------------------------------------------------- */

/* Where the first stage, which only says that something is wrong, must have met it. */
static size_t locate(text bytes, enum json_index_answer answer)
{
    size_t quote = 0;
    bool inside = false;
    for (size_t at = 0; at < bytes.size;) {
        unsigned char byte = (unsigned char)bytes.data[at];
        size_t size = byte < 0x80 ? 1 : utf8_sequence_size(text_after(bytes, at));
        if (size == 0 && answer == JSON_INDEX_NOT_UTF8)
            return at;
        if (inside && byte < 0x20 && answer == JSON_INDEX_CONTROL_CHARACTER)
            return at;
        if (byte == '"') {
            inside = !inside;
            quote = at;
        }
        at += inside && byte == '\\' ? 2 : size ? size : 1;
    }
    return quote;
}

static const char *index_problem(enum json_index_answer answer)
{
    switch (answer) {
    case JSON_INDEX_EMPTY:
        return "the text is empty";
    case JSON_INDEX_NOT_UTF8:
        return "bytes that are not UTF-8";
    case JSON_INDEX_OPEN_STRING:
        return "a string that does not end";
    case JSON_INDEX_CONTROL_CHARACTER:
        return "a control character in a string";
    case JSON_INDEX_TOO_LARGE:
        return "too large a text";
    default:
        return "out of memory";
    }
}

static void describe(text bytes, size_t where, const char *what, struct json_problem *problem)
{
    *problem = (struct json_problem){what, 1, 1};
    for (size_t i = 0; i < where && i < bytes.size; i++) {
        problem->column++;
        if (bytes.data[i] == '\n') {
            problem->line++;
            problem->column = 1;
        }
    }
}

/* ---- The door --------------------------------------------------------------------- */

static bool find_pieces(struct json_reading *reading, text bytes)
{
    memset(reading->bytes + bytes.size, ' ', JSON_PADDING);
    enum json_index_answer answer = json_index_run(
        reading->parser->index, reading->bytes, bytes.size, &reading->starts,
        &reading->start_count);
    return answer == JSON_INDEX_OK ||
           json_reading_fail(reading, locate(bytes, answer), index_problem(answer));
}

static bool copy_text(struct json_reading *reading, text bytes)
{
    reading->bytes = bytes.size < SIZE_MAX - JSON_PADDING
                         ? arena_alloc(reading->arena, bytes.size + JSON_PADDING)
                         : NULL;
    if (!reading->bytes)
        return json_reading_fail(reading, 0, "out of memory");
    if (bytes.size)
        memcpy(reading->bytes, bytes.data, bytes.size);
    return true;
}

struct json_value *json_reading_run(
    struct json_reading *reading, text bytes, struct json_problem *problem)
{
    reading->size = bytes.size;
    reading->parser->count = 0;
    struct json_value *root = arena_alloc(reading->arena, sizeof *root);
    bool good = root != NULL || json_reading_fail(reading, 0, "out of memory");
    good = good && (reading->bytes || copy_text(reading, bytes)) && find_pieces(reading, bytes) &&
           read_value(reading, 0, root);
    if (good && reading->at < reading->start_count)
        good =
            json_reading_fail(reading, reading->starts[reading->at], "something after the value");
    if (!good)
        describe(bytes, reading->where, reading->what, problem);
    return good ? root : NULL;
}

struct json_value *json_parse_without(
    struct json_parser *parser, text bytes, text name, struct arena *arena,
    struct json_problem *problem)
{
    struct json_reading reading = {.parser = parser, .arena = arena, .without = name};
    return json_reading_run(&reading, bytes, problem);
}

struct json_value *json_parse(
    struct json_parser *parser, text bytes, struct arena *arena, struct json_problem *problem)
{
    return json_parse_without(parser, bytes, (text){NULL, 0}, arena, problem);
}

struct json_value *json_parse_in_place(
    struct json_parser *parser, char *bytes, size_t size, struct arena *arena,
    struct json_problem *problem)
{
    struct json_reading reading = {.parser = parser, .arena = arena, .bytes = bytes};
    return json_reading_run(&reading, text_from(bytes, size), problem);
}
