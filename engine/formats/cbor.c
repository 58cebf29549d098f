#include "cbor.h"

#include "utf8.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- Heads ------------------------------------------------------------------------------ */

static uint64_t take_value(struct cursor *cursor, unsigned info)
{
    switch (info) {
    case 24:
        return cursor_u8(cursor);
    case 25:
        return cursor_u16(cursor);
    case 26:
        return cursor_u32(cursor);
    case 27:
        return cursor_u64(cursor);
    default:
        return info;
    }
}

bool cbor_take_head(struct cursor *cursor, struct cbor_head *head)
{
    unsigned first = cursor_u8(cursor), info = first & 31;
    *head = (struct cbor_head){.kind = (enum cbor_kind)(first >> 5)};
    head->value = take_value(cursor, info);
    if (!cursor_ok(cursor) || (info > 27 && info < 31))
        return false;
    if (head->kind == CBOR_SIMPLE) {
        head->float_size = (uint8_t)(info == 25 ? 2 : info == 26 ? 4 : info == 27 ? 8 : 0);
        return info != 24 || head->value >= 32;
    }
    head->indefinite = info == 31;
    return !head->indefinite || (head->kind >= CBOR_BYTES && head->kind <= CBOR_MAP);
}

static double half_float(uint64_t bits)
{
    int exponent = (int)(bits >> 10 & 31);
    double fraction = (double)(bits & 1023);
    double number = exponent == 0    ? ldexp(fraction, -24)
                    : exponent == 31 ? (fraction != 0 ? (double)NAN : (double)INFINITY)
                                     : ldexp(fraction + 1024, exponent - 25);
    return bits >> 15 ? -number : number;
}

double cbor_float(const struct cbor_head *head)
{
    if (head->float_size == 2)
        return half_float(head->value);
    if (head->float_size == 4) {
        uint32_t bits = (uint32_t)head->value;
        float number;
        memcpy(&number, &bits, sizeof number);
        return (double)number;
    }
    double number;
    memcpy(&number, &head->value, sizeof number);
    return number;
}

/* ---- Trees ------------------------------------------------------------------------------- */

struct reading {
    struct cursor cursor;
    struct arena *arena;
    const char *what;
};

static bool fail(struct reading *reading, const char *what)
{
    if (!reading->what)
        reading->what = what;
    return false;
}

static bool read_item(struct reading *reading, unsigned depth, struct json_value *value);

static bool take_break(struct reading *reading)
{
    return cursor_skip(&reading->cursor, TEXT("\xFF"));
}

/* The bytes of a string, its chunks joined. */
static bool read_string(struct reading *reading, const struct cbor_head *head, text *string)
{
    struct buffer joined;
    if (!head->indefinite) {
        *string = cursor_take(&reading->cursor, head->value);
        return cursor_ok(&reading->cursor) || fail(reading, "a string that ends too early");
    }
    buffer_init(&joined, reading->arena);
    buffer_add_char(&joined, ' ');
    while (!take_break(reading)) {
        struct cbor_head chunk;
        text part;
        if (!cbor_take_head(&reading->cursor, &chunk) || chunk.kind != head->kind ||
            chunk.indefinite || !read_string(reading, &chunk, &part))
            return fail(reading, "a string with a chunk that is none");
        buffer_add(&joined, part);
    }
    if (!buffer_ok(&joined))
        return fail(reading, "out of memory");
    *string = text_after(buffer_text(&joined), 1);
    return true;
}

static bool read_text(struct reading *reading, const struct cbor_head *head, text *string)
{
    if (!read_string(reading, head, string))
        return false;
    if (!utf8_is_valid(*string))
        return fail(reading, "a text that is not UTF-8");
    *string = arena_copy(reading->arena, *string);
    return string->data || fail(reading, "out of memory");
}

static bool read_bytes(
    struct reading *reading, const struct cbor_head *head, struct json_value *value)
{
    text bytes;
    if (!read_string(reading, head, &bytes))
        return false;
    size_t size = base64_encoded_size(bytes.size);
    char *encoded = arena_alloc(reading->arena, size + 1);
    if (!encoded)
        return fail(reading, "out of memory");
    base64_encode(encoded, bytes);
    encoded[size] = '\0';
    *value = (struct json_value){.kind = JSON_STRING, .string = {encoded, size}};
    return true;
}

static bool set_number(struct reading *reading, const char *written, struct json_value *value)
{
    value->kind = JSON_NUMBER;
    value->string = arena_copy(reading->arena, text_of(written));
    return value->string.data || fail(reading, "out of memory");
}

static bool read_integer(
    struct reading *reading, const struct cbor_head *head, struct json_value *value)
{
    char written[24];
    unsigned long long number = head->value;
    if (head->kind == CBOR_UNSIGNED)
        snprintf(written, sizeof written, "%llu", number);
    else if (number == UINT64_MAX)
        snprintf(written, sizeof written, "-18446744073709551616");
    else
        snprintf(written, sizeof written, "-%llu", number + 1);
    return set_number(reading, written, value);
}

static bool read_float(
    struct reading *reading, const struct cbor_head *head, struct json_value *value)
{
    double number = cbor_float(head);
    char written[40];
    if (!isfinite(number)) {
        text name = isnan(number) ? TEXT("NaN") : number > 0 ? TEXT("Infinity") : TEXT("-Infinity");
        *value = (struct json_value){.kind = JSON_STRING, .string = name};
        return true;
    }
    for (int digits = head->float_size == 8 ? 15 : 6; digits <= 17; digits++) {
        snprintf(written, sizeof written, "%.*g", digits, number);
        double back = strtod(written, NULL);
        if (back == number || (head->float_size < 8 && (float)back == (float)number))
            break;
    }
    return set_number(reading, written, value);
}

static bool read_simple(
    struct reading *reading, const struct cbor_head *head, struct json_value *value)
{
    if (head->float_size)
        return read_float(reading, head, value);
    switch (head->value) {
    case CBOR_FALSE:
        value->kind = JSON_FALSE;
        return true;
    case CBOR_TRUE:
        value->kind = JSON_TRUE;
        return true;
    case CBOR_NULL:
    case CBOR_UNDEFINED:
        value->kind = JSON_NULL;
        return true;
    default:
        return fail(reading, "a simple value without meaning");
    }
}

/* Room for one more: items, and names of a map. */
static bool make_room(struct reading *reading, struct json_value *value, size_t *capacity, bool map)
{
    if (value->count < *capacity)
        return true;
    size_t larger = *capacity ? *capacity * 2 : 8;
    value->items = arena_grow(
        reading->arena, value->items, *capacity * sizeof *value->items,
        larger * sizeof *value->items);
    if (map)
        value->names = arena_grow(
            reading->arena, value->names, *capacity * sizeof *value->names,
            larger * sizeof *value->names);
    *capacity = larger;
    return (value->items && (value->names || !map)) || fail(reading, "out of memory");
}

static bool read_container(
    struct reading *reading, const struct cbor_head *head, unsigned depth, struct json_value *value)
{
    bool map = head->kind == CBOR_MAP;
    size_t capacity = 0;
    *value = (struct json_value){.kind = map ? JSON_OBJECT : JSON_LIST};
    if (depth >= CBOR_MAX_DEPTH)
        return fail(reading, "nested too deeply");
    if (!head->indefinite && head->value > cursor_left(&reading->cursor))
        return fail(reading, "more items than bytes");
    for (uint64_t i = 0; head->indefinite ? !take_break(reading) : i < head->value; i++) {
        struct cbor_head key;
        if (!make_room(reading, value, &capacity, map))
            return false;
        if (map && (!cbor_take_head(&reading->cursor, &key) || key.kind != CBOR_TEXT))
            return fail(reading, "a map's key that is not text");
        if (map && !read_text(reading, &key, &value->names[value->count]))
            return false;
        if (!read_item(reading, depth + 1, &value->items[value->count]))
            return false;
        value->count++;
    }
    return true;
}

static bool read_item(struct reading *reading, unsigned depth, struct json_value *value)
{
    struct cbor_head head;
    *value = (struct json_value){.kind = JSON_NULL};
    if (!cbor_take_head(&reading->cursor, &head))
        return fail(
            reading, cursor_ok(&reading->cursor) ? "an item that is none" : "the end too early");
    switch (head.kind) {
    case CBOR_UNSIGNED:
    case CBOR_NEGATIVE:
        return read_integer(reading, &head, value);
    case CBOR_BYTES:
        return read_bytes(reading, &head, value);
    case CBOR_TEXT:
        value->kind = JSON_STRING;
        return read_text(reading, &head, &value->string);
    case CBOR_LIST:
    case CBOR_MAP:
        return read_container(reading, &head, depth, value);
    case CBOR_TAG:
        return depth < CBOR_MAX_DEPTH ? read_item(reading, depth + 1, value)
                                      : fail(reading, "nested too deeply");
    case CBOR_SIMPLE:
        break;
    }
    return read_simple(reading, &head, value);
}

struct json_value *cbor_parse(text bytes, struct arena *arena, struct cbor_problem *problem)
{
    struct reading reading = {.cursor = cursor_of(bytes), .arena = arena};
    struct json_value *root = arena_alloc(arena, sizeof *root);
    bool good = (root || fail(&reading, "out of memory")) && read_item(&reading, 0, root);
    if (good && !cursor_is_done(&reading.cursor))
        good = fail(&reading, "something after the item");
    if (!good)
        *problem = (struct cbor_problem){
            reading.what, bytes.data ? (size_t)(reading.cursor.at - bytes.data) : 0};
    return good ? root : NULL;
}

/* ---- Writing ------------------------------------------------------------------------------- */

static void write_big_endian(struct buffer *out, uint64_t value, unsigned size)
{
    char *room = buffer_reserve(out, size);
    for (unsigned i = 0; room && i < size; i++)
        room[i] = (char)(value >> 8 * (size - 1 - i) & 0xFF);
    if (room)
        out->size += size;
}

void cbor_write_head(struct buffer *out, enum cbor_kind kind, uint64_t value)
{
    unsigned info = value < 24            ? (unsigned)value
                    : value <= UINT8_MAX  ? 24
                    : value <= UINT16_MAX ? 25
                    : value <= UINT32_MAX ? 26
                                          : 27;
    buffer_add_char(out, (char)((unsigned)kind << 5 | info));
    if (info >= 24)
        write_big_endian(out, value, 1u << (info - 24));
}

void cbor_write_double(struct buffer *out, double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    buffer_add_char(out, (char)0xFB);
    write_big_endian(out, bits, 8);
}

void cbor_write_text(struct buffer *out, text string)
{
    cbor_write_head(out, CBOR_TEXT, string.size);
    buffer_add(out, string);
}

void cbor_write_bytes(struct buffer *out, text bytes)
{
    cbor_write_head(out, CBOR_BYTES, bytes.size);
    buffer_add(out, bytes);
}
