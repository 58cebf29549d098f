#include "room.h"

#include <stdio.h>
#include <string.h>

static struct jmespath_problem problem;

static const struct json_value *value_of(struct room *room, const char *json)
{
    struct json_problem json_problem;
    const struct json_value *value =
        json_parse(room->json, text_of(json), &room->arena, &json_problem);
    CHECK(value);
    return value;
}

static const struct json_value *find(struct room *room, text expression, const char *json)
{
    const struct jmespath *path = jmespath_compile(expression, &room->arena, &problem);
    if (!path)
        return NULL;
    return jmespath_search(path, value_of(room, json), &room->arena, &problem);
}

/* As JSON, or the name of the error. */
static const char *answer(struct room *room, const char *expression, const char *json)
{
    struct buffer out;
    const struct json_value *found = find(room, text_of(expression), json);
    if (!found)
        return jmespath_error_name(problem.error);
    buffer_init(&out, &room->arena);
    json_write(&out, found);
    return buffer_string(&out);
}

struct question {
    const char *expression, *json, *answer;
};

static void ask(const struct question *questions, size_t count)
{
    struct room room;
    open_room(&room);
    for (size_t i = 0; i < count; i++) {
        const char *got = answer(&room, questions[i].expression, questions[i].json);
        if (strcmp(got, questions[i].answer) != 0)
            FAIL("%s: %s, not %s", questions[i].expression, got, questions[i].answer);
    }
    close_room(&room);
}

TEST(numbers_keep_their_text_and_are_compared_by_value)
{
    static const struct question questions[] = {
        {"a", "{\"a\":12345678901234567890123}", "12345678901234567890123"},
        {"a", "{\"a\":1.50}", "1.50"},
        {"a == `1.5`", "{\"a\":1.50}", "true"},
        {"a == `1000`", "{\"a\":1e3}", "true"},
        {"abs(a)", "{\"a\":-12345678901234567890123}", "12345678901234567890123"},
        {"floor(a)", "{\"a\":-0.5}", "-1"},
        {"ceil(a)", "{\"a\":-0.5}", "0"},
        {"ceil(a)", "{\"a\":1e3}", "1000"},
        {"sum(a)", "{\"a\":[1e20,1e20]}", "200000000000000000000"},
        {"sum(a)", "{\"a\":[0.1,0.2]}", "0.30000000000000004"},
        {"sum(a)", "{\"a\":[1e308,1e308]}", "invalid-value"},
        {"avg(a)", "{\"a\":[1,2]}", "1.5"},
        {"max(a)", "{\"a\":[1,2.50,2.5]}", "2.50"},
        {"to_number('-1.5e3')", "0", "-1.5e3"},
        {"to_number('01')", "0", "null"},
        {"to_number('1.')", "0", "null"},
        {"to_number(' 1')", "0", "null"},
        {"to_number('0x10')", "0", "null"},
        {"to_number('')", "0", "null"},
        {"a < b", "{\"a\":9,\"b\":10}", "true"},
        {"a < b", "{\"a\":\"9\",\"b\":10}", "null"},
    };
    ask(questions, COUNT_OF(questions));
}

TEST(strings_are_measured_in_characters)
{
    static const struct question questions[] = {
        {"length(@)", "\"a\xC3\xA9\xF0\x9F\x98\x80\"", "3"},
        {"reverse(@)", "\"a\xC3\xA9z\"",
         "\"z\xC3\xA9"
         "a\""},
        {"sort(@)", "[\"\xF0\x9F\x98\x80\",\"\xEF\xBF\xBD\",\"a\",\"\"]",
         "[\"\",\"a\",\"\xEF\xBF\xBD\",\"\xF0\x9F\x98\x80\"]"},
        {"contains(@, '')", "\"a\"", "true"},
        {"contains(@, `1`)", "\"1\"", "false"},
        {"to_string(@)", "{\"a\": [1, \"b\"]}", "\"{\\\"a\\\":[1,\\\"b\\\"]}\""},
        {"'it\\'s' ", "0", "\"it's\""},
        {"'a\\\\b'", "0", "\"a\\\\\\\\b\""},
        {"`\"a\\`b\"`", "0", "\"a`b\""},
        {"\"a\\u0062\"", "{\"ab\":1}", "1"},
        {"\"\"", "{\"\":1}", "1"},
    };
    ask(questions, COUNT_OF(questions));
}

TEST(slices_go_both_ways_and_stop_at_the_ends)
{
    static const struct question questions[] = {
        {"[1:3]", "[0,1,2,3]", "[1,2]"},
        {"[::-1]", "[0,1,2,3]", "[3,2,1,0]"},
        {"[-2:]", "[0,1,2,3]", "[2,3]"},
        {"[:-2]", "[0,1,2,3]", "[0,1]"},
        {"[10:0:-2]", "[0,1,2,3]", "[3,1]"},
        {"[-9223372036854775808:9223372036854775807:9223372036854775807]", "[0,1]", "[0]"},
        {"[::-9223372036854775808]", "[0,1]", "[1]"},
        {"[-9223372036854775808]", "[0,1]", "null"},
        {"[9223372036854775807]", "[0,1]", "null"},
        {"[9223372036854775808]", "[0,1]", "syntax"},
        {"[::0]", "[0,1]", "invalid-value"},
        {"[0:2].a", "[{\"a\":1},{\"b\":1},{\"a\":2}]", "[1]"},
        {"[:2]", "\"abc\"", "null"},
        {"[:2]", "[]", "[]"},
    };
    ask(questions, COUNT_OF(questions));
}

TEST(projections_go_on_until_a_pipe)
{
    static const struct question questions[] = {
        {"a[*].b[0]", "{\"a\":[{\"b\":[1]},{\"b\":[2]}]}", "[1,2]"},
        {"a[*].b | [0]", "{\"a\":[{\"b\":[1]},{\"b\":[2]}]}", "[1]"},
        {"(a[*].b)[0]", "{\"a\":[{\"b\":[1]},{\"b\":[2]}]}", "[1]"},
        {"a[].b[]", "{\"a\":[{\"b\":[1]},{\"b\":[2]}]}", "[1,2]"},
        {"*.a", "{\"x\":{\"a\":1},\"y\":2,\"z\":{\"a\":3}}", "[1,3]"},
        {"[?a > `1`].b", "[{\"a\":1,\"b\":1},{\"a\":2,\"b\":2}]", "[2]"},
        {"[?!a]", "[{\"a\":[]},{\"a\":1}]", "[{\"a\":[]}]"},
        {"a.{x: b, y: @.b}", "{\"a\":{\"b\":1}}", "{\"x\":1,\"y\":1}"},
        {"{x: a, y: b, x: b}", "{\"a\":1,\"b\":2}", "{\"x\":2,\"y\":2}"},
        {"a.[b]", "{\"a\":null}", "null"},
        {"a || b && c", "{\"a\":\"\",\"b\":1,\"c\":2}", "2"},
        {"merge(@, {a: `2`})", "{\"a\":1,\"b\":1}", "{\"a\":2,\"b\":1}"},
        {"@ == `{\"b\": 1, \"a\": [1]}`", "{\"a\":[1],\"b\":1}", "true"},
        {"@ == `{\"a\": [1]}`", "{\"a\":[1],\"b\":1}", "false"},
    };
    ask(questions, COUNT_OF(questions));
}

TEST(sorting_keeps_equals_in_their_order)
{
    static const struct question questions[] = {
        {"sort_by(@, &k)[].v",
         "[{\"k\":2,\"v\":1},{\"k\":1,\"v\":2},{\"k\":2,\"v\":3},"
         "{\"k\":1,\"v\":4},{\"k\":2,\"v\":5}]",
         "[2,4,1,3,5]"},
        {"max_by(@, &k).v", "[{\"k\":2,\"v\":1},{\"k\":2,\"v\":2}]", "1"},
        {"min_by(@, &k).v", "[{\"k\":2,\"v\":1},{\"k\":2,\"v\":2}]", "1"},
        {"sort_by(@, &k)", "[{\"k\":2},{\"k\":\"a\"}]", "invalid-type"},
        {"sort_by(@, &k)", "[{\"k\":true}]", "invalid-type"},
        {"sort(@)", "[3,20,1]", "[1,3,20]"},
    };
    ask(questions, COUNT_OF(questions));
}

TEST(an_expression_that_is_none_says_where)
{
    static const struct {
        const char *expression, *error;
        size_t offset;
    } bad[] = {
        {"", "syntax", 0},
        {"a.", "syntax", 2},
        {"a b", "syntax", 2},
        {"a[", "syntax", 2},
        {"a[b]", "syntax", 2},
        {"a[0, 1]", "syntax", 3},
        {"a[:::]", "syntax", 4},
        {"a = b", "syntax", 2},
        {"&a", "syntax", 0},
        {"[&a]", "syntax", 1},
        {"a(@", "syntax", 3},
        {"abs(@,)", "syntax", 6},
        {"(a)(b)", "syntax", 3},
        {"\"abs\"(a)", "syntax", 5},
        {"'a", "syntax", 0},
        {"'a\\'", "syntax", 0},
        {"a || \"b", "syntax", 5},
        {"`{`", "syntax", 0},
        {"`a`", "syntax", 0},
        {"\"\\x\"", "syntax", 0},
        {"-", "syntax", 0},
        {"a.`1`", "syntax", 2},
        {"{a}", "syntax", 2},
        {"{}", "syntax", 1},
        {"a.#", "syntax", 2},
        {"a $ b", "syntax", 2},
        {"b || no(a)", "unknown-function", 5},
        {"b || abs(a, b)", "invalid-arity", 5},
        {"b || not_null()", "invalid-arity", 5},
        {"b[::0]", "invalid-value", 1},
    };
    struct room room;
    open_room(&room);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        const struct jmespath *path =
            jmespath_compile(text_of(bad[i].expression), &room.arena, &problem);
        if (path)
            FAIL("compiles: %s", bad[i].expression);
        CHECK_TEXT(jmespath_error_name(problem.error), bad[i].error);
        if (problem.offset != bad[i].offset)
            FAIL("%s: at %zu", bad[i].expression, problem.offset);
        CHECK(problem.what);
    }
    close_room(&room);
}

TEST(an_argument_of_the_wrong_type_says_where)
{
    struct room room;
    open_room(&room);
    CHECK_TEXT(answer(&room, "a || abs('x')", "{}"), "invalid-type");
    CHECK_EQ(problem.offset, 9);
    CHECK_TEXT(answer(&room, "abs(&a)", "{}"), "invalid-type");
    CHECK_TEXT(answer(&room, "to_string(&a)", "{}"), "invalid-type");
    CHECK_TEXT(answer(&room, "map(a, @)", "[]"), "invalid-type");
    CHECK_TEXT(answer(&room, "join(',', [`1`])", "{}"), "invalid-type");
    CHECK_TEXT(answer(&room, "merge({a: `1`}, `[]`)", "{}"), "invalid-type");
    close_room(&room);
}

static text repeated(struct room *room, const char *start, const char *part, unsigned times)
{
    struct buffer all;
    buffer_init(&all, &room->arena);
    buffer_add(&all, text_of(start));
    for (unsigned i = 0; i < times; i++)
        buffer_add(&all, text_of(part));
    return buffer_text(&all);
}

TEST(depth_and_size_are_limited)
{
    static const char *const parts[] = {"[", "(", "!", "a.", "@|", "a||", "[*].", "abs(", "{a:"};
    struct room room;
    open_room(&room);
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        text deep = repeated(&room, "", parts[i], 4 * JMESPATH_MAX_DEPTH);
        struct buffer whole;
        buffer_init(&whole, &room.arena);
        buffer_add(&whole, deep);
        buffer_add(&whole, TEXT("a"));
        CHECK(!jmespath_compile(buffer_text(&whole), &room.arena, &problem));
        CHECK_EQ(problem.error, JMESPATH_TOO_LARGE);
    }
    CHECK(jmespath_compile(repeated(&room, "a", "[*].b", 200), &room.arena, &problem));
    text longest = repeated(&room, "", "a", JMESPATH_MAX_SIZE);
    CHECK(jmespath_compile(longest, &room.arena, &problem));
    longest = repeated(&room, "", "a", JMESPATH_MAX_SIZE + 1);
    CHECK(!jmespath_compile(longest, &room.arena, &problem));
    CHECK_EQ(problem.error, JMESPATH_TOO_LARGE);
    close_room(&room);
}

TEST(results_that_grow_without_end_are_refused)
{
    struct room room;
    open_room(&room);
    CHECK(find(&room, repeated(&room, "@", "|[@,@]", 10), "1"));
    CHECK(!find(&room, repeated(&room, "@", "|[@,@]", 60), "1"));
    CHECK_EQ(problem.error, JMESPATH_TOO_LARGE);
    CHECK(!find(&room, repeated(&room, "@", "|[@,@][]", 60), "1"));
    CHECK(problem.error == JMESPATH_TOO_LARGE || problem.error == JMESPATH_NO_MEMORY);
    CHECK(!find(&room, repeated(&room, "@", "|{a:@,b:@}", 60), "1"));
    CHECK_EQ(problem.error, JMESPATH_TOO_LARGE);
    close_room(&room);
}

TEST(a_result_that_was_doubled_too_often_is_not_compared_or_written)
{
    struct room room;
    struct buffer expression;
    open_room(&room);
    buffer_init(&expression, &room.arena);
    buffer_add(&expression, repeated(&room, "@", "|[@,@]", 60));
    buffer_add(&expression, TEXT("|to_string(@)"));
    CHECK(!find(&room, buffer_text(&expression), "1"));
    CHECK_EQ(problem.error, JMESPATH_TOO_LARGE);
    buffer_clear(&expression);
    buffer_add(&expression, repeated(&room, "(@", "|[@,@]", 40));
    buffer_add(&expression, repeated(&room, ")==(@", "|[@,@]", 40));
    buffer_add(&expression, TEXT(")"));
    CHECK(!find(&room, buffer_text(&expression), "1"));
    CHECK_EQ(problem.error, JMESPATH_TOO_LARGE);
    close_room(&room);
}

TEST(no_memory_is_an_answer_at_every_allocation)
{
    static const char expression[] =
        "sort_by(a[?b > `0`].{n: b, s: to_string(b), t: 'x'}, &n)[0:2] | "
        "[merge([0], `{\"z\": [1]}`), reverse(keys([0])), join('-', [*].s), sum([*].n)]";
    struct room room;
    bool found = false;
    size_t failures = 0;
    for (size_t limit = 0; !found; limit += 256) {
        struct budget budget;
        struct slab blocks;
        struct arena arena;
        open_room(&room);
        const struct json_value *value = value_of(&room, "{\"a\":[{\"b\":2},{\"b\":1.5}]}");
        budget_init(&budget, limit);
        slab_init(&blocks, &budget, ARENA_BLOCK_SIZE, 1);
        arena_init(&arena, &blocks);
        const struct jmespath *path = jmespath_compile(TEXT(expression), &arena, &problem);
        found = path && jmespath_search(path, value, &arena, &problem);
        if (!found)
            CHECK_EQ(problem.error, JMESPATH_NO_MEMORY);
        failures += !found;
        arena_release(&arena);
        slab_release(&blocks);
        close_room(&room);
    }
    CHECK(failures > 3);
}
