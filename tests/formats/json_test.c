#include "room.h"

#include <stdlib.h>
#include <string.h>

static struct json_problem problem;

static const struct json_value *parse(struct room *room, const char *written)
{
    return json_parse(room->json, text_of(written), &room->arena, &problem);
}

static const char *rewrite(struct room *room, const char *written)
{
    const struct json_value *root = parse(room, written);
    if (!root)
        FAIL("%s: %s", written, problem.what);
    struct buffer out;
    buffer_init(&out, &room->arena);
    json_write(&out, root);
    return buffer_string(&out);
}

TEST(a_value_is_written_as_it_was_read)
{
    static const char *const written[] = {
        "null",
        "true",
        "false",
        "0",
        "-1",
        "1.50",
        "1e400",
        "123456789012345678901234567890",
        "\"\"",
        "\"a\"",
        "[]",
        "{}",
        "[1,[2,[3]],{}]",
        "{\"a\":{\"b\":[null,true]},\"c\":\"d\"}",
        "\"\xC3\xA9\xF0\x9F\x90\xAC\""};
    struct room room;
    open_room(&room);
    for (size_t i = 0; i < COUNT_OF(written); i++)
        CHECK_TEXT(rewrite(&room, written[i]), written[i]);
    close_room(&room);
}

TEST(white_space_means_nothing_between_values)
{
    struct room room;
    open_room(&room);
    CHECK_TEXT(rewrite(&room, " \t\r\n{ \"a\" :\n[ 1 , 2 ] } \n"), "{\"a\":[1,2]}");
    close_room(&room);
}

TEST(escapes_are_undone_and_done_again)
{
    struct room room;
    open_room(&room);
    const struct json_value *value =
        parse(&room, "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\u20AC\\uD83D\\uDC2C\"");
    const char *expected = "\"\\/\b\f\n\r\tA\xC3\xA9\xE2\x82\xAC\xF0\x9F\x90\xAC";
    CHECK_TEXT(json_text(value).data, expected);
    CHECK_TEXT(
        rewrite(&room, "\"\\u0000\\u001F\\n\\\"\\\\\\u007f\""),
        "\"\\u0000\\u001f\\n\\\"\\\\\x7F\"");
    close_room(&room);
}

TEST(a_lone_surrogate_becomes_the_replacement_character)
{
    struct room room;
    open_room(&room);
    CHECK_TEXT(
        rewrite(&room, "\"a\\uD83Db\""), "\"a\xEF\xBF\xBD"
                                         "b\"");
    CHECK_TEXT(
        rewrite(&room, "\"\\uDC2C\\uD83D\\u0041\""), "\"\xEF\xBF\xBD\xEF\xBF\xBD"
                                                     "A\"");
    close_room(&room);
}

TEST(bytes_that_are_not_utf8_are_replaced_when_written)
{
    struct room room;
    open_room(&room);
    struct buffer out;
    buffer_init(&out, &room.arena);
    json_write_string(&out, TEXT("a\xFFz\xC3"));
    CHECK_TEXT(buffer_string(&out), "\"a\xEF\xBF\xBDz\xEF\xBF\xBD\"");
    close_room(&room);
}

TEST(the_last_of_repeated_members_counts)
{
    struct room room;
    open_room(&room);
    const struct json_value *root = parse(&room, "{\"a\":1,\"b\":2,\"a\":3}");
    CHECK_EQ(json_i64(json_member(root, TEXT("a")), 0), 3);
    close_room(&room);
}

TEST(a_member_can_be_left_out_while_reading)
{
    struct room room;
    open_room(&room);
    const char *written = "{\"doc\":{\"x\":[1,{}]},\"a\":{\"doc\":\"\\n\",\"b\":1},\"doc\":\"}\"}";
    const struct json_value *root =
        json_parse_without(room.json, text_of(written), TEXT("doc"), &room.arena, &problem);
    CHECK(root);
    CHECK_EQ(root->count, 1);
    CHECK_EQ(json_member(root, TEXT("a"))->count, 1);
    CHECK(!json_parse_without(room.json, TEXT("{\"doc\":}"), TEXT("doc"), &room.arena, &problem));
    close_room(&room);
}

/* A copy that may be changed, as long as the room. */
static const struct json_value *outline(struct room *room, const char *written)
{
    static const text outlined[] = {TEXT_INIT("in"), TEXT_INIT("too"), {NULL, 0}};
    size_t size = strlen(written);
    char *bytes = arena_alloc(&room->arena, size + JSON_PADDING);
    memcpy(bytes, written, size);
    return json_outline(room->json, bytes, size, outlined, TEXT("doc"), &room->arena, &problem);
}

TEST(an_outline_keeps_the_text_of_what_is_inside)
{
    struct room room;
    open_room(&room);
    const struct json_value *root = outline(
        &room,
        " { \"out\":{\"a\":[1],\"in\":{\"b\":{}}},\"doc\":{}, \"too\":[ { } , 1 ],\"in\":{\"a\" : "
        "{ "
        "\"doc\" : \"} \\\" ,\" , \"b\" : [ 1 , 2 ] , \"doc\" : \"x\" } ,\n"
        "\"doc\":\"gone\", \"n\\u0041\" : 7 , \"s\" : \"{\\n\" , \"l\" : [ ],"
        "\"k\":{\"doc\":\"only\"},\"o\":{\"doc\":{\"no\":\"string\"},\"t\":\" two  words \"}},"
        "\"after\":{\"c\":[2]}}");
    CHECK(root);
    CHECK_EQ(root->count, 4);
    CHECK_EQ(json_i64(json_item(json_member(json_member(root, TEXT("out")), TEXT("a")), 0), 0), 1);
    CHECK(json_is(
        json_member(json_member(json_member(root, TEXT("out")), TEXT("in")), TEXT("b")),
        JSON_OBJECT));
    CHECK(json_is(json_member(json_member(root, TEXT("after")), TEXT("c")), JSON_LIST));
    CHECK(text_equals(json_text(json_item(json_member(root, TEXT("too")), 0)), TEXT("{}")));
    root = json_member(root, TEXT("in"));
    CHECK_EQ(root->count, 6);
    CHECK(text_equals(json_text(json_member(root, TEXT("a"))), TEXT("{\"b\":[1,2]}")));
    CHECK_EQ(json_i64(json_member(root, TEXT("nA")), 0), 7);
    CHECK(text_equals(json_text(json_member(root, TEXT("s"))), TEXT("{\n")));
    CHECK(text_equals(json_text(json_member(root, TEXT("l"))), TEXT("[]")));
    CHECK(text_equals(json_text(json_member(root, TEXT("k"))), TEXT("{}")));
    CHECK(text_equals(
        json_text(json_member(root, TEXT("o"))),
        TEXT("{\"doc\":{\"no\":\"string\"},\"t\":\" two  words \"}")));
    close_room(&room);
}

TEST(an_outline_of_a_bad_text_is_refused_or_keeps_it)
{
    static const char *const bad[] = {
        "",
        "{\"in\":{\"a\":{\"b\":1}",
        "{\"in\":{\"a\":[",
        "{\"in\":{\"a\":{\"doc\":\"x\"",
        "{\"in\":{\"a\":{\"doc\":\"x\",",
        "{\"in\":{\"a\":{}}}}",
        "{\"in\":{\"a\":{\"doc\":",
        "{\"in\":{\"a\":{\"doc\"",
        "{\"in\":{\"a\" {}}}",
        "{\"in\" {}}",
    };
    struct room room;
    open_room(&room);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        if (outline(&room, bad[i]))
            FAIL("taken: %s", bad[i]);
    }
    const struct json_value *root =
        json_member(outline(&room, "{\"in\":{\"a\":{\"doc\":\"x\" \"y\":}}}"), TEXT("in"));
    CHECK(root);
    CHECK(!json_parse(room.json, json_text(json_member(root, TEXT("a"))), &room.arena, &problem));
    close_room(&room);
}

TEST(long_strings_end_where_they_should)
{
    struct room room;
    open_room(&room);
    for (size_t size = 40; size < 200; size++) {
        for (int kind = 0; kind < 4; kind++) {
            char written[300] = "[\"", inside[256], *at = written + 2;
            memset(inside, 'x', size);
            if (kind & 1)
                inside[size / 2] = '\n';
            for (size_t i = 0; i < size; i++) {
                if (inside[i] == '\n')
                    *at++ = '\\';
                *at++ = inside[i] == '\n' ? 'n' : inside[i];
            }
            strcpy(at, kind & 2 ? "\" \n , \"y\" ]" : "\",\"y\"]");
            const struct json_value *root = parse(&room, written);
            CHECK(root && text_equals(root->items[0].string, text_from(inside, size)));
            CHECK(text_equals(root->items[1].string, TEXT("y")));
            struct buffer out;
            buffer_init(&out, &room.arena);
            json_write_string(&out, root->items[0].string);
            CHECK(text_equals(buffer_text(&out), text_from(written + 1, (size_t)(at - written))));
            strcpy(at, "\"y\",\"\"]");
            CHECK(!parse(&room, written));
        }
    }
    close_room(&room);
}

TEST(accessors_take_what_is_not_there)
{
    struct room room;
    open_room(&room);
    const struct json_value *root = parse(&room, "{\"n\":12,\"x\":1.5,\"e\":1e3,\"s\":\"t\"}");
    CHECK(!json_member(NULL, TEXT("a")) && !json_member(root, TEXT("a")));
    CHECK(!json_item(root, 0) && !json_item(NULL, 0));
    CHECK(!json_text(json_member(root, TEXT("n"))).data);
    CHECK_EQ(json_i64(json_member(root, TEXT("n")), 0), 12);
    CHECK_EQ(json_i64(json_member(root, TEXT("e")), 0), 1000);
    CHECK_EQ(json_i64(json_member(root, TEXT("x")), -7), -7);
    CHECK_EQ(json_i64(json_member(root, TEXT("s")), -7), -7);
    CHECK(!json_is_true(root));
    close_room(&room);
}

TEST(a_bad_text_is_refused_with_its_place)
{
    static const struct {
        const char *written, *what;
        size_t line, column;
    } bad[] = {
        {"", "the text is empty", 1, 1},
        {" \n ", "the text is empty", 1, 1},
        {"{\n  \"a\": x\n}", "not a number", 2, 8},
        {"{\"a\" 1}", "a colon is missing", 1, 6},
        {"{\"a\":1", "the text ends too early", 1, 7},
        {"{\"a\":1,", "the text ends too early", 1, 8},
        {"{\"a\":1,}", "a member's name is missing", 1, 8},
        {"[1,]", "a value is missing", 1, 4},
        {"[1 2]", "a comma or ] is missing", 1, 4},
        {"[1]]", "something after the value", 1, 4},
        {"[01]", "not a number", 1, 2},
        {"[1.]", "a number without digits after its point", 1, 2},
        {"[1e]", "a number without digits in its exponent", 1, 2},
        {"[-]", "not a number", 1, 2},
        {"[1\f]", "not a number", 1, 2},
        {"tru", "not a value", 1, 1},
        {"truex", "not a value", 1, 1},
        {"\"a", "a string that does not end", 1, 1},
        {"[\"a\\q\"]", "an escape that JSON does not know", 1, 4},
        {"\"\\u12g4\"", "an escape that JSON does not know", 1, 2},
        {"\"a\nb\"", "a control character in a string", 1, 3},
        {"[\n\"\xFF\"]", "bytes that are not UTF-8", 2, 2},
        {"{1:2}", "a member's name is missing", 1, 2},
        {"\"a\"b", "something right after a string", 1, 4},
    };
    struct room room;
    open_room(&room);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        if (parse(&room, bad[i].written))
            FAIL("taken: %s", bad[i].written);
        if (strcmp(problem.what, bad[i].what) != 0 || problem.line != bad[i].line ||
            problem.column != bad[i].column)
            FAIL("%s: %s at %zu:%zu", bad[i].written, problem.what, problem.line, problem.column);
    }
    close_room(&room);
}

TEST(nesting_is_limited)
{
    struct room room;
    char deep[2 * JSON_MAX_DEPTH + 3];
    open_room(&room);
    memset(deep, '[', JSON_MAX_DEPTH);
    memset(deep + JSON_MAX_DEPTH, ']', JSON_MAX_DEPTH);
    deep[2 * JSON_MAX_DEPTH] = '\0';
    CHECK(parse(&room, deep));
    memset(deep, '[', JSON_MAX_DEPTH + 1);
    memset(deep + JSON_MAX_DEPTH + 1, ']', JSON_MAX_DEPTH + 1);
    deep[2 * JSON_MAX_DEPTH + 2] = '\0';
    CHECK(!parse(&room, deep));
    CHECK_TEXT(problem.what, "nested too deeply");
    close_room(&room);
}

TEST(running_out_of_memory_is_said)
{
    struct room room;
    open_room(&room);
    char *large = malloc(100000);
    CHECK(large);
    memset(large, ' ', 100000);
    large[99999] = '1';
    for (uint64_t nth = 1; nth < 3; nth++) {
        budget_fail_after(nth);
        const struct json_value *root =
            json_parse(room.json, text_from(large, 100000), &room.arena, &problem);
        budget_fail_after(0);
        CHECK(root || strcmp(problem.what, "out of memory") == 0);
        CHECK(nth > 1 || !root);
    }
    free(large);
    close_room(&room);
}

TEST(a_parser_reads_small_after_large)
{
    struct room room;
    open_room(&room);
    size_t size = (size_t)1 << 20;
    char *large = malloc(size);
    CHECK(large);
    large[0] = '[';
    for (size_t i = 1; i + 1 < size; i++)
        large[i] = i % 2 ? '1' : ',';
    large[size - 1] = ']';
    large[size - 2] = ' ';
    large[size - 3] = '1';
    const struct json_value *root =
        json_parse(room.json, text_from(large, size), &room.arena, &problem);
    CHECK(root);
    CHECK_EQ(root->count, size / 2 - 1);
    free(large);
    CHECK_TEXT(rewrite(&room, "[1]"), "[1]");
    close_room(&room);
}

TEST(what_counts_as_nothing_is_what_python_takes_for_false)
{
    static const char *const nothing[] = {"null", "false", "0",  "-0", "0.00",
                                          "0e9",  "\"\"",  "[]", "{}"};
    static const char *const something[] = {"true",     "1",    "-0.1",    "1e-300",
                                            "\"none\"", "[[]]", "{\"\":0}"};
    struct room room;
    open_room(&room);
    for (size_t i = 0; i < COUNT_OF(nothing); i++)
        CHECK(json_is_nothing(parse(&room, nothing[i])));
    for (size_t i = 0; i < COUNT_OF(something); i++)
        CHECK(!json_is_nothing(parse(&room, something[i])));
    close_room(&room);
}

TEST(values_are_equal_by_what_they_mean_and_copies_share_nothing)
{
    static const char *const different[] = {
        "null",
        "true",
        "1",
        "\"1\"",
        "\"1 \"",
        "[]",
        "[1]",
        "[1,1]",
        "[\"1\"]",
        "{}",
        "{\"a\":1}",
        "{\"b\":1}",
        "{\"a\":[{\"b\":\"c\"}]}",
        "{\"a\":1,\"b\":2}"};
    struct room room, other;
    open_room(&room);
    open_room(&other);
    for (size_t i = 0; i < COUNT_OF(different); i++) {
        struct json_value copy;
        CHECK(json_copy(&copy, parse(&room, different[i]), &other.arena));
        arena_clear(&room.arena);
        for (size_t k = 0; k < COUNT_OF(different); k++)
            CHECK_EQ(json_equal(&copy, parse(&room, different[k])), i == k);
    }
    CHECK(json_equal(parse(&room, "[1.0,2e1]"), parse(&room, "[1,20]")));
    CHECK(!json_equal(parse(&room, "{\"a\":1,\"b\":2}"), parse(&room, "{\"b\":2,\"a\":1}")));
    close_room(&other);
    close_room(&room);
}

TEST(a_copy_that_finds_no_memory_says_so)
{
    struct room room, other;
    open_room(&room);
    const struct json_value *value = parse(&room, "{\"a\":[1,\"b\",{\"c\":null}]}");
    struct json_value copy;
    open_room(&other);
    budget_fail_after(1);
    CHECK(!json_copy(&copy, value, &other.arena));
    budget_fail_after(0);
    CHECK(json_copy(&copy, value, &other.arena) && json_equal(&copy, value));
    close_room(&other);
    close_room(&room);
}
