#include "room.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct cbor_problem problem;

static text from_hex(struct room *room, text hex)
{
    char *bytes = arena_alloc(&room->arena, hex.size / 2 + 1);
    CHECK(hex_decode(bytes, hex));
    return (text){bytes, hex.size / 2};
}

static const char *as_json(struct room *room, const char *hex)
{
    const struct json_value *root =
        cbor_parse(from_hex(room, text_of(hex)), &room->arena, &problem);
    if (!root)
        return NULL;
    struct buffer out;
    buffer_init(&out, &room->arena);
    json_write(&out, root);
    return buffer_string(&out);
}

TEST(items_of_all_kinds_become_json)
{
    static const struct {
        const char *hex, *json;
    } good[] = {
        {"00", "0"},
        {"1bffffffffffffffff", "18446744073709551615"},
        {"3bffffffffffffffff", "-18446744073709551616"},
        {"29", "-10"},
        {"4401020304", "\"AQIDBA==\""},
        {"5f42010243030405ff", "\"AQIDBAU=\""},
        {"6461c3a962", "\"a\xC3\xA9"
                       "b\""},
        {"7f61616162ff", "\"ab\""},
        {"83010203", "[1,2,3]"},
        {"9f0102ff", "[1,2]"},
        {"a2616101616202", "{\"a\":1,\"b\":2}"},
        {"bf6161f5ff", "{\"a\":true}"},
        {"c11a514b67b0", "1363896240"},
        {"f4", "false"},
        {"f6", "null"},
        {"f7", "null"},
        {"f93e00", "1.5"},
        {"f90001", "5.9604645e-08"},
        {"fa47c35000", "100000"},
        {"fb3ff199999999999a", "1.1"},
        {"f97e00", "\"NaN\""},
        {"f9fc00", "\"-Infinity\""},
    };
    struct room room;
    open_room(&room);
    for (size_t i = 0; i < COUNT_OF(good); i++)
        CHECK_TEXT(as_json(&room, good[i].hex), good[i].json);
    close_room(&room);
}

TEST(what_is_no_item_is_refused)
{
    static const char *const bad[] = {
        "ff",   "a10001", "bf6161ff", "5f6161ff",           "7fff01",     "0000", "f800",
        "61ff", "1f",     "c1",       "9b00000000ffffffff", "a1616101ff", "fb00"};
    struct room room;
    open_room(&room);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        if (as_json(&room, bad[i]))
            FAIL("taken: %s", bad[i]);
        CHECK(problem.what);
    }
    char deep[2 * CBOR_MAX_DEPTH + 8];
    for (size_t i = 0; i <= CBOR_MAX_DEPTH; i++)
        memcpy(deep + 2 * i, "81", 2);
    strcpy(deep + 2 * (CBOR_MAX_DEPTH + 1), "00");
    CHECK(!as_json(&room, deep));
    CHECK_TEXT(problem.what, "nested too deeply");
    close_room(&room);
}

TEST(heads_take_as_few_bytes_as_they_can)
{
    static const struct {
        uint64_t value;
        const char *hex;
    } heads[] = {{23, "17"},      {24, "1818"},          {255, "18ff"},
                 {256, "190100"}, {65536, "1a00010000"}, {UINT64_MAX, "1bffffffffffffffff"}};
    struct room room;
    open_room(&room);
    for (size_t i = 0; i < COUNT_OF(heads); i++) {
        struct buffer out, hex;
        buffer_init(&out, &room.arena);
        buffer_init(&hex, &room.arena);
        cbor_write_head(&out, CBOR_UNSIGNED, heads[i].value);
        buffer_add_hex(&hex, buffer_text(&out));
        CHECK_TEXT(buffer_string(&hex), heads[i].hex);
    }
    close_room(&room);
}

/* ---- Vectors ---------------------------------------------------------------------------- */

static bool fits(struct cursor *cursor, const struct json_value *expected);

static bool fits_string(
    struct cursor *cursor, const struct cbor_head *head, const struct json_value *expected)
{
    size_t at = 0;
    struct cbor_head part = *head;
    bool list = json_is(expected, JSON_LIST);
    size_t size = list ? expected->count : expected->string.size;
    for (;;) {
        if (head->indefinite && (!cbor_take_head(cursor, &part) || part.kind == CBOR_SIMPLE))
            break;
        text bytes = cursor_take(cursor, part.value);
        for (size_t i = 0; i < bytes.size; i++, at++) {
            int64_t wanted = at >= size ? -1
                             : list     ? json_i64(&expected->items[at], -1)
                                        : (int64_t)(unsigned char)expected->string.data[at];
            if (wanted != (unsigned char)bytes.data[i])
                return false;
        }
        if (!head->indefinite)
            break;
    }
    return at == size;
}

static bool at_end(struct cursor *cursor, const struct cbor_head *head, uint64_t done)
{
    return head->indefinite ? cursor_skip(cursor, TEXT("\xFF")) : done == head->value;
}

static bool fits_container(
    struct cursor *cursor, const struct cbor_head *head, const struct json_value *expected)
{
    for (size_t i = 0;; i++) {
        if (at_end(cursor, head, i))
            return i == expected->count;
        if (i >= expected->count)
            return false;
        struct cbor_head key;
        const struct json_value *wanted = &expected->items[i];
        if (head->kind == CBOR_MAP) {
            if (!cbor_take_head(cursor, &key) || key.kind != CBOR_TEXT)
                return false;
            wanted = json_member(expected, cursor_take(cursor, key.value));
        }
        if (!wanted || !fits(cursor, wanted))
            return false;
    }
}

static bool fits_number(const struct cbor_head *head, text name, const struct json_value *expected)
{
    char written[32];
    if (text_equals(name, TEXT("float32")) || text_equals(name, TEXT("float64"))) {
        bool small = text_equals(name, TEXT("float32"));
        uint64_t bits = 0;
        double number = cbor_float(head);
        float single = (float)number;
        uint32_t single_bits;
        memcpy(&single_bits, &single, 4);
        memcpy(&bits, &number, 8);
        snprintf(written, sizeof written, "%llu", (unsigned long long)(small ? single_bits : bits));
        return text_equals(text_of(written), expected->string) || isnan(number);
    }
    if (head->kind == CBOR_NEGATIVE && head->value == UINT64_MAX)
        return text_equals(expected->string, TEXT("-18446744073709551616"));
    snprintf(
        written, sizeof written, "%s%llu", head->kind == CBOR_NEGATIVE ? "-" : "",
        (unsigned long long)(head->value + (head->kind == CBOR_NEGATIVE)));
    return text_equals(text_of(written), expected->string);
}

static bool fits(struct cursor *cursor, const struct json_value *expected)
{
    static const char *const kinds[] = {"uint", "negint", "bytestring", "string",
                                        "list", "map",    "tag"};
    struct cbor_head head;
    text name = expected->names[0];
    const struct json_value *value = &expected->items[0];
    if (!cbor_take_head(cursor, &head))
        return false;
    if (head.kind == CBOR_SIMPLE) {
        if (head.float_size)
            return fits_number(&head, name, value);
        if (text_equals(name, TEXT("bool")))
            return head.value == (json_is_true(value) ? CBOR_TRUE : CBOR_FALSE);
        return head.value == (text_equals(name, TEXT("null")) ? CBOR_NULL : CBOR_UNDEFINED);
    }
    if (!text_equals(name, text_of(kinds[head.kind])))
        return false;
    switch (head.kind) {
    case CBOR_BYTES:
    case CBOR_TEXT:
        return fits_string(cursor, &head, value);
    case CBOR_LIST:
    case CBOR_MAP:
        return fits_container(cursor, &head, value);
    case CBOR_TAG:
        return head.value == (uint64_t)json_i64(json_member(value, TEXT("id")), -1) &&
               fits(cursor, json_member(value, TEXT("value")));
    default:
        return fits_number(&head, name, value);
    }
}

static const struct json_value *read_cases(struct room *room, const char *name)
{
    char path[4096];
    size_t size;
    struct json_problem json_problem;
    snprintf(path, sizeof path, "%s/protocols/cbor/%s", test_vectors(), name);
    char *file = test_read_file(path, &size);
    const struct json_value *cases =
        json_parse(room->json, text_from(file, size), &room->arena, &json_problem);
    free(file);
    CHECK(json_is(cases, JSON_LIST));
    return cases;
}

TEST(items_of_the_vectors_are_decoded)
{
    struct room room;
    open_room(&room);
    const struct json_value *cases = read_cases(&room, "decode-success-tests.json");
    for (size_t i = 0; i < cases->count; i++) {
        const struct json_value *one = json_item(cases, i);
        text bytes = from_hex(&room, json_text(json_member(one, TEXT("input"))));
        struct cursor cursor = cursor_of(bytes);
        const char *description = json_text(json_member(one, TEXT("description"))).data;
        if (!fits(&cursor, json_member(one, TEXT("expect"))) || !cursor_is_done(&cursor))
            FAIL("%s", description);
        if (!cbor_parse(bytes, &room.arena, &problem))
            FAIL("%s: %s", description, problem.what);
    }
    printf("protocols/cbor/decode-success: %u/%u\n", cases->count, cases->count);
    close_room(&room);
}

TEST(errors_of_the_vectors_are_refused)
{
    struct room room;
    open_room(&room);
    const struct json_value *cases = read_cases(&room, "decode-error-tests.json");
    for (size_t i = 0; i < cases->count; i++) {
        const struct json_value *one = json_item(cases, i);
        text bytes = from_hex(&room, json_text(json_member(one, TEXT("input"))));
        if (cbor_parse(bytes, &room.arena, &problem))
            FAIL("%s", json_text(json_member(one, TEXT("description"))).data);
    }
    printf("protocols/cbor/decode-error: %u/%u\n", cases->count, cases->count);
    close_room(&room);
}
