#include "endpoint/s3.h"
#include "test.h"

static void check_range(const char *range, size_t size, size_t offset, size_t length)
{
    size_t o = 77, l = 77;
    CHECK_EQ(s3_range(text_of(range), size, &o, &l), RANGE_GOOD);
    CHECK_EQ(o, offset);
    CHECK_EQ(l, length);
}

static enum range_verdict verdict(const char *range, size_t size)
{
    size_t offset, length;
    return s3_range(text_of(range), size, &offset, &length);
}

TEST(ranges_are_cut_to_the_object)
{
    check_range("bytes=0-0", 10, 0, 1);
    check_range("bytes=2-5", 10, 2, 4);
    check_range("bytes=9-", 10, 9, 1);
    check_range("bytes=0-18446744073709551615", 10, 0, 10);
    check_range("bytes=-1", 10, 9, 1);
    check_range("bytes=-11", 10, 0, 10);
}

TEST(ranges_outside_the_object_are_bad_and_nonsense_is_none)
{
    CHECK_EQ(verdict("bytes=10-", 10), RANGE_BAD);
    CHECK_EQ(verdict("bytes=0-", 0), RANGE_BAD);
    CHECK_EQ(verdict("bytes=-0", 10), RANGE_BAD);
    CHECK_EQ(verdict("bytes=-5", 0), RANGE_BAD);
    CHECK_EQ(verdict("bytes=5-2", 10), RANGE_NONE);
    CHECK_EQ(verdict("bytes=-", 10), RANGE_NONE);
    CHECK_EQ(verdict("bytes=a-b", 10), RANGE_NONE);
    CHECK_EQ(verdict("bytes=1", 10), RANGE_NONE);
    CHECK_EQ(verdict("bytes=0-1,3-4", 10), RANGE_NONE);
    CHECK_EQ(verdict("bytes=18446744073709551616-", 10), RANGE_NONE);
    CHECK_EQ(verdict("lines=1-2", 10), RANGE_NONE);
    CHECK_EQ(verdict("", 10), RANGE_NONE);
    CHECK_EQ(verdict(NULL, 10), RANGE_NONE);
}

static struct object an_object(void)
{
    return (struct object){.etag = "abc", .etag_size = 3, .modified_ms = 1576540098500};
}

static int judge(
    const char *if_match, const char *if_none_match, const char *if_modified,
    const char *if_unmodified)
{
    struct object object = an_object();
    struct conditions conditions = {
        text_of(if_match), text_of(if_none_match), text_of(if_modified), text_of(if_unmodified)};
    return s3_judge(&conditions, &object);
}

TEST(conditions_on_the_etag)
{
    CHECK_EQ(judge(NULL, NULL, NULL, NULL), 200);
    CHECK_EQ(judge("\"abc\"", NULL, NULL, NULL), 200);
    CHECK_EQ(judge("abc", NULL, NULL, NULL), 200);
    CHECK_EQ(judge("\"x\", \"abc\"", NULL, NULL, NULL), 200);
    CHECK_EQ(judge("\"x\"", NULL, NULL, NULL), 412);
    CHECK_EQ(judge("*", NULL, NULL, NULL), 200);
    CHECK_EQ(judge(NULL, "\"abc\"", NULL, NULL), 304);
    CHECK_EQ(judge(NULL, "W/\"abc\"", NULL, NULL), 304);
    CHECK_EQ(judge(NULL, "\"x\"", NULL, NULL), 200);
    CHECK_EQ(judge(NULL, "*", NULL, NULL), 304);
    struct conditions conditions = {.if_match = TEXT("*")};
    CHECK_EQ(s3_judge(&conditions, NULL), 412);
    conditions = (struct conditions){.if_none_match = TEXT("*")};
    CHECK_EQ(s3_judge(&conditions, NULL), 200);
}

TEST(conditions_on_the_time)
{
    CHECK_EQ(judge(NULL, NULL, "Mon, 16 Dec 2019 23:48:17 GMT", NULL), 200);
    CHECK_EQ(judge(NULL, NULL, "Mon, 16 Dec 2019 23:48:18 GMT", NULL), 304);
    CHECK_EQ(judge(NULL, NULL, NULL, "Mon, 16 Dec 2019 23:48:18 GMT"), 200);
    CHECK_EQ(judge(NULL, NULL, NULL, "Mon, 16 Dec 2019 23:48:17 GMT"), 412);
    CHECK_EQ(judge(NULL, NULL, "yesterday", "tomorrow"), 200);
    CHECK_EQ(judge("abc", NULL, NULL, "Mon, 16 Dec 2019 23:48:17 GMT"), 200);
    CHECK_EQ(judge(NULL, "\"x\"", "Mon, 16 Dec 2019 23:48:18 GMT", NULL), 200);
}

TEST(queries_and_forms_are_decoded)
{
    struct budget memory;
    struct slab blocks;
    struct arena arena;
    struct query query;
    budget_init(&memory, 1 << 20);
    slab_init(&blocks, &memory, ARENA_BLOCK_SIZE, 4);
    arena_init(&arena, &blocks);
    CHECK(query_parse(&query, TEXT("a=1&b&c=%2f+%&=x&&a=2"), false, &arena));
    CHECK_EQ(query.count, 5);
    CHECK(text_equals(query_value(&query, TEXT("a")), TEXT("1")));
    CHECK(query_has(&query, TEXT("b")) && query_value(&query, TEXT("b")).size == 0);
    CHECK(text_equals(query_value(&query, TEXT("c")), TEXT("/+%")));
    CHECK(!query_has(&query, TEXT("d")));
    CHECK(query_parse(&query, TEXT("c=%2f+x"), true, &arena));
    CHECK(text_equals(query_value(&query, TEXT("c")), TEXT("/ x")));
    char many[2 * (QUERY_MOST + 1)];
    for (size_t i = 0; i < sizeof many; i++)
        many[i] = i % 2 ? '&' : 'a';
    CHECK(!query_parse(&query, (text){many, sizeof many}, false, &arena));
    arena_release(&arena);
    slab_release(&blocks);
}
