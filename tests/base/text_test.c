#include "base/base.h"
#include "test.h"

TEST(numbers_are_whole_and_fit_or_are_refused)
{
    uint64_t u;
    int64_t i;
    CHECK(text_to_u64(TEXT("18446744073709551615"), &u) && u == UINT64_MAX);
    CHECK(!text_to_u64(TEXT("18446744073709551616"), &u));
    CHECK(!text_to_u64(TEXT(""), &u) && !text_to_u64(TEXT("1 "), &u));
    CHECK(!text_to_u64(TEXT("-1"), &u) && !text_to_u64(TEXT("+1"), &u));
    CHECK(text_to_i64(TEXT("-9223372036854775808"), &i) && i == INT64_MIN);
    CHECK(!text_to_i64(TEXT("9223372036854775808"), &i));
}

TEST(splitting_goes_on_with_what_is_left)
{
    text rest = TEXT("a,b,");
    CHECK(text_equals(text_split(rest, ',', &rest), TEXT("a")));
    CHECK(text_equals(text_split(rest, ',', &rest), TEXT("b")));
    CHECK(rest.data != NULL && rest.size == 0);
    text_split(rest, ',', &rest);
    CHECK(rest.data == NULL);
}

TEST(case_is_ignored_for_letters_alone)
{
    CHECK(text_equals_ignoring_case(TEXT("Content-Type"), TEXT("content-TYPE")));
    CHECK(!text_equals_ignoring_case(TEXT("a@"), TEXT("a`")));
    CHECK(text_starts_with_ignoring_case(TEXT("X-Amz-Date"), TEXT("x-amz-")));
}

TEST(absent_texts_are_as_good_as_empty_ones)
{
    text absent = {NULL, 0};
    CHECK(text_equals(absent, TEXT("")));
    CHECK_EQ(text_find(absent, 'x'), 0);
    CHECK(text_trim(absent).size == 0);
    CHECK(text_starts_with(absent, absent) && text_ends_with(TEXT("a"), absent));
    CHECK_EQ(text_distance(absent, TEXT("abc")), 3);
}

TEST(ends_and_parts_are_found)
{
    CHECK(text_ends_with(TEXT("bucket.localhost"), TEXT(".localhost")));
    CHECK_EQ(text_find_text(TEXT("a=b&c=d"), TEXT("c=")), 4);
    CHECK(text_find_text(TEXT("abc"), TEXT("x")) == SIZE_MAX);
    CHECK_EQ(text_find_last(TEXT("a:b:c"), ':'), 3);
    CHECK(text_equals(text_trim(TEXT(" \t a b\r\n")), TEXT("a b")));
}
