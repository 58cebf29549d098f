#include "json.h"

#include "utf8.h"

#include <math.h>
#include <stdlib.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

const struct json_value *json_member(const struct json_value *object, text name)
{
    if (!json_is(object, JSON_OBJECT))
        return NULL;
    for (size_t i = object->count; i-- > 0;) {
        if (text_equals(object->names[i], name))
            return &object->items[i];
    }
    return NULL;
}

const struct json_value *json_item(const struct json_value *list, size_t index)
{
    return json_is(list, JSON_LIST) && index < list->count ? &list->items[index] : NULL;
}

text json_text(const struct json_value *string)
{
    return json_is(string, JSON_STRING) ? string->string : (text){NULL, 0};
}

/* false: its text is longer than any sensible number's. */
static bool as_double(const struct json_value *number, double *real)
{
    enum { LONGEST = 63 };
    char digits[LONGEST + 1];
    if (number->string.size > LONGEST)
        return false;
    memcpy(digits, number->string.data, number->string.size);
    digits[number->string.size] = '\0';
    *real = strtod(digits, NULL);
    return true;
}

int64_t json_i64(const struct json_value *number, int64_t fallback)
{
    if (!json_is(number, JSON_NUMBER))
        return fallback;
    int64_t value;
    double real;
    if (text_to_i64(number->string, &value))
        return value;
    if (!as_double(number, &real))
        return fallback;
    bool whole = real == floor(real) && real >= -9.2e18 && real <= 9.2e18;
    return whole ? (int64_t)real : fallback;
}

bool json_is_true(const struct json_value *value)
{
    return json_is(value, JSON_TRUE);
}

bool json_is_nothing(const struct json_value *value)
{
    double real;
    switch (value->kind) {
    case JSON_NULL:
    case JSON_FALSE:
        return true;
    case JSON_TRUE:
        return false;
    case JSON_NUMBER:
        return as_double(value, &real) && real == 0;
    case JSON_STRING:
        return value->string.size == 0;
    case JSON_LIST:
    case JSON_OBJECT:
        break;
    }
    return value->count == 0;
}

static bool equal_numbers(const struct json_value *a, const struct json_value *b)
{
    double left, right;
    return text_equals(a->string, b->string) ||
           (as_double(a, &left) && as_double(b, &right) && left == right);
}

bool json_equal(const struct json_value *a, const struct json_value *b)
{
    if (a->kind != b->kind || a->count != b->count)
        return false;
    if (a->kind == JSON_NUMBER)
        return equal_numbers(a, b);
    if (a->kind == JSON_STRING)
        return text_equals(a->string, b->string);
    for (uint32_t i = 0; i < a->count; i++) {
        if (a->kind == JSON_OBJECT && !text_equals(a->names[i], b->names[i]))
            return false;
        if (!json_equal(&a->items[i], &b->items[i]))
            return false;
    }
    return true;
}

static bool copy_text(text *copy, text original, struct arena *arena)
{
    *copy = original.data ? arena_copy(arena, original) : original;
    return copy->data || !original.data;
}

void json_put(struct json_value *object, text name, const struct json_value *value)
{
    size_t at = 0;
    while (at < object->count && !text_equals(object->names[at], name))
        at++;
    object->names[at] = name;
    object->items[at] = *value;
    object->count += at == object->count;
}

static bool copy_members(
    struct json_value *copy, const struct json_value *original, struct arena *arena)
{
    copy->items = arena_alloc(arena, original->count * sizeof *copy->items);
    if (!copy->items)
        return false;
    if (original->kind == JSON_OBJECT) {
        copy->names = arena_alloc(arena, original->count * sizeof *copy->names);
        for (uint32_t i = 0; copy->names && i < original->count; i++) {
            if (!copy_text(&copy->names[i], original->names[i], arena))
                return false;
        }
        if (!copy->names)
            return false;
    }
    for (uint32_t i = 0; i < original->count; i++) {
        if (!json_copy(&copy->items[i], &original->items[i], arena))
            return false;
    }
    return true;
}

bool json_copy(struct json_value *copy, const struct json_value *original, struct arena *arena)
{
    *copy = (struct json_value){.kind = original->kind, .count = original->count};
    if (original->count)
        return copy_members(copy, original, arena);
    return copy_text(&copy->string, original->string, arena);
}

/* ---- Writing ---------------------------------------------------------------------- */

static inline bool is_plain(unsigned char byte)
{
    return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

/* Whether all eight bytes stand for themselves. Subtracting from each byte borrows only where a
 * lower one has given the answer already. */
static inline bool is_plain8(uint64_t word)
{
    const uint64_t ones = UINT64_MAX / 255;
    uint64_t quotes = word ^ ones * '"', backslashes = word ^ ones * '\\';
    uint64_t odd = (word - ones * 0x20) | (quotes - ones) | (backslashes - ones) | word;
    return (odd & ones * 0x80) == 0;
}

/* A bit for each of 16 bytes that does not stand for itself. */
static inline unsigned find_odd16(const char *at)
{
#ifdef __SSE2__
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
    __m128i outside = _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20)); /* from 0x80 on: negative */
    __m128i quotes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
    __m128i backslashes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
    return (unsigned)_mm_movemask_epi8(_mm_or_si128(outside, _mm_or_si128(quotes, backslashes)));
#else
    unsigned odd = 0;
    for (unsigned i = 0; i < 16; i++)
        odd |= (unsigned)!is_plain((unsigned char)at[i]) << i;
    return odd;
#endif
}

/* Of less than 16 bytes: two halves that overlap. */
static inline size_t copy_plain_short(char *out, text string)
{
    size_t at = 0;
    if (string.size >= 8) {
        uint64_t first, last;
        memcpy(&first, string.data, 8);
        memcpy(&last, string.data + string.size - 8, 8);
        if (is_plain8(first) && is_plain8(last)) {
            memcpy(out, &first, 8);
            memcpy(out + string.size - 8, &last, 8);
            return string.size;
        }
    } else if (string.size >= 4) {
        uint32_t first, last;
        memcpy(&first, string.data, 4);
        memcpy(&last, string.data + string.size - 4, 4);
        if (is_plain8((uint64_t)last << 32 | first)) {
            memcpy(out, &first, 4);
            memcpy(out + string.size - 4, &last, 4);
            return string.size;
        }
    }
    for (; at < string.size && is_plain((unsigned char)string.data[at]); at++)
        out[at] = string.data[at];
    return at;
}

static inline unsigned find_odd64(const char *at)
{
    return find_odd16(at) | find_odd16(at + 16) | find_odd16(at + 32) | find_odd16(at + 48);
}

/* Copies what stands for itself, as far as that goes; out holds all of the string. */
static inline size_t copy_plain(char *out, text string)
{
    if (string.size < 16)
        return copy_plain_short(out, string);
    size_t last = string.size - 16, at = 0;
    for (; string.size - at >= 64 && !find_odd64(string.data + at); at += 64)
        memcpy(out + at, string.data + at, 64);
    if (at > last)
        at = last;
    for (;; at = at + 16 < last ? at + 16 : last) {
        unsigned odd = find_odd16(string.data + at);
        memcpy(out + at, string.data + at, 16);
        if (odd)
            return at + (size_t)__builtin_ctz(odd);
        if (at == last)
            return string.size;
    }
}

static void write_escape(struct buffer *out, unsigned char byte)
{
    static const char letters[] = "\b\t\n\f\r\"\\", escapes[] = "btnfr\"\\";
    const char *found = byte ? strchr(letters, byte) : NULL;
    if (found) {
        buffer_add(out, (text){(char[]){'\\', escapes[found - letters]}, 2});
    } else {
        buffer_add(out, TEXT("\\u00"));
        buffer_add_hex(out, (text){(const char *)&byte, 1});
    }
}

/* The character at the start, which does not stand for itself; returns its size. */
static size_t write_odd(struct buffer *out, text string)
{
    if ((unsigned char)string.data[0] < 0x80) {
        write_escape(out, (unsigned char)string.data[0]);
        return 1;
    }
    size_t size = utf8_sequence_size(string);
    buffer_add(out, size ? (text){string.data, size} : TEXT("\xEF\xBF\xBD"));
    return size ? size : 1;
}

void json_write_string(struct buffer *out, text string)
{
    char *room = string.size < SIZE_MAX - 2 ? buffer_reserve(out, string.size + 2) : NULL;
    if (!room)
        return;
    *room = '"';
    size_t whole = copy_plain(room + 1, string);
    if (whole == string.size) {
        room[whole + 1] = '"';
        out->size += whole + 2;
        return;
    }
    out->size++;
    while (string.size) {
        room = buffer_reserve(out, string.size + 1);
        if (!room)
            return;
        size_t plain = copy_plain(room, string);
        out->size += plain;
        string = text_after(string, plain);
        if (string.size)
            string = text_after(string, write_odd(out, string));
    }
    buffer_add_char(out, '"');
}

static void write_container(struct buffer *out, const struct json_value *value)
{
    bool object = value->kind == JSON_OBJECT;
    buffer_add_char(out, object ? '{' : '[');
    for (size_t i = 0; i < value->count; i++) {
        if (i)
            buffer_add_char(out, ',');
        if (object) {
            json_write_string(out, value->names[i]);
            buffer_add_char(out, ':');
        }
        json_write(out, &value->items[i]);
    }
    buffer_add_char(out, object ? '}' : ']');
}

void json_write(struct buffer *out, const struct json_value *value)
{
    switch (value->kind) {
    case JSON_NULL:
        buffer_add(out, TEXT("null"));
        break;
    case JSON_FALSE:
        buffer_add(out, TEXT("false"));
        break;
    case JSON_TRUE:
        buffer_add(out, TEXT("true"));
        break;
    case JSON_NUMBER:
        buffer_add(out, value->string);
        break;
    case JSON_STRING:
        json_write_string(out, value->string);
        break;
    case JSON_LIST:
    case JSON_OBJECT:
        write_container(out, value);
        break;
    }
}
