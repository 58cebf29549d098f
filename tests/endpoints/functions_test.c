#include "endpoints/functions.h"

#include "fixture.h"

TEST(a_host_label_has_letters_digits_and_inner_hyphens)
{
    CHECK(is_host_label(TEXT("a-1B"), false));
    CHECK(!is_host_label(TEXT(""), false));
    CHECK(!is_host_label(TEXT("-a"), false));
    CHECK(!is_host_label(TEXT("a-"), false));
    CHECK(!is_host_label(TEXT("a_b"), false));
    CHECK(!is_host_label(TEXT("a.b"), false));
    CHECK(!is_host_label(TEXT("\xc3\xa4"), false));
    CHECK(!is_host_label(
        TEXT("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), false));
    CHECK(is_host_label(TEXT("a.b-c.d"), true));
    CHECK(!is_host_label(TEXT("a..b"), true));
    CHECK(!is_host_label(TEXT("a.b."), true));
    CHECK(!is_host_label(TEXT("a.-b"), true));
}

TEST(a_bucket_can_be_a_host_name_when_it_is_lower_case_and_no_address)
{
    CHECK(is_virtual_hostable_bucket(TEXT("abc"), false));
    CHECK(!is_virtual_hostable_bucket(TEXT("ab"), false));
    CHECK(!is_virtual_hostable_bucket(TEXT("Abc"), false));
    CHECK(!is_virtual_hostable_bucket(TEXT("a_c"), false));
    CHECK(!is_virtual_hostable_bucket(TEXT("a.c"), false));
    CHECK(is_virtual_hostable_bucket(TEXT("a.c"), true));
    CHECK(!is_virtual_hostable_bucket(TEXT("127.0.0.1"), true));
    CHECK(!is_virtual_hostable_bucket(TEXT("999.0.0.1"), true));
    CHECK(is_virtual_hostable_bucket(TEXT("127.0.0"), true));
    CHECK(is_virtual_hostable_bucket(TEXT("1270.0.0.1"), true));
}

TEST(a_substring_is_there_only_when_the_text_is_long_enough_and_ascii)
{
    struct fixture f;
    fixture_init(&f);
    CHECK_TEXT(fixture_string(&f, rules_substring(TEXT("abcdef"), 1, 3, false)), "bc");
    CHECK_TEXT(fixture_string(&f, rules_substring(TEXT("abcdef"), 1, 3, true)), "de");
    CHECK(rules_substring(TEXT("abc"), 0, 4, false).data == NULL);
    CHECK(rules_substring(TEXT("abc"), 2, 2, false).data == NULL);
    CHECK(rules_substring(TEXT("abc"), -1, 2, false).data == NULL);
    CHECK(rules_substring(TEXT("abcdefghij\xc3\xa4"), 0, 2, false).data == NULL);
    fixture_release(&f);
}

TEST(an_arn_has_six_parts_of_which_three_are_not_empty)
{
    struct fixture f;
    struct arn arn;
    bool known;
    fixture_init(&f);
    CHECK(arn_parse(&arn, TEXT("arn:aws:s3::1:a/b:c"), &f.arena, &known) && known);
    CHECK_TEXT(fixture_string(&f, arn.service), "s3");
    CHECK_TEXT(fixture_string(&f, arn.region), "");
    CHECK_EQ(arn.resource_count, 3);
    CHECK_TEXT(fixture_string(&f, arn.resource[2]), "c");
    CHECK(arn_parse(&arn, TEXT("arn:aws:s3:r:1:/"), &f.arena, &known) && known);
    CHECK_EQ(arn.resource_count, 2);
    CHECK(arn_parse(&arn, TEXT("arn:aws:s3:r:1:"), &f.arena, &known) && !known);
    CHECK(arn_parse(&arn, TEXT("arn:aws:s3:r:1"), &f.arena, &known) && !known);
    CHECK(arn_parse(&arn, TEXT("arn::s3:r:1:x"), &f.arena, &known) && !known);
    CHECK(arn_parse(&arn, TEXT("arn:aws::r:1:x"), &f.arena, &known) && !known);
    CHECK(arn_parse(&arn, TEXT("bucket"), &f.arena, &known) && !known);
    CHECK(arn_parse(&arn, TEXT(""), &f.arena, &known) && !known);
    fixture_release(&f);
}

TEST(a_url_is_taken_apart_unless_it_has_a_query)
{
    struct fixture f;
    struct parsed_url url;
    bool known;
    fixture_init(&f);
    CHECK(parsed_url_parse(&url, TEXT("https://h.example:1/a/b"), &f.arena, &known) && known);
    CHECK_TEXT(fixture_string(&f, url.authority), "h.example:1");
    CHECK_TEXT(fixture_string(&f, url.path), "/a/b");
    CHECK_TEXT(fixture_string(&f, url.normalized_path), "/a/b/");
    CHECK(!url.is_ip);
    CHECK(parsed_url_parse(&url, TEXT("http://127.0.0.1"), &f.arena, &known) && known);
    CHECK_TEXT(fixture_string(&f, url.normalized_path), "/");
    CHECK(url.is_ip);
    CHECK(parsed_url_parse(&url, TEXT("http://[::1]:80/"), &f.arena, &known) && url.is_ip);
    CHECK(parsed_url_parse(&url, TEXT("http://127.0.0.256"), &f.arena, &known) && !url.is_ip);
    CHECK(parsed_url_parse(&url, TEXT("http://1.2.3.4.5"), &f.arena, &known) && !url.is_ip);
    CHECK(parsed_url_parse(&url, TEXT("https://h?q"), &f.arena, &known) && !known);
    CHECK(parsed_url_parse(&url, TEXT("ftp://h"), &f.arena, &known) && !known);
    fixture_release(&f);
}

TEST(a_split_keeps_empty_pieces_and_stops_at_its_limit)
{
    struct fixture f;
    size_t count;
    fixture_init(&f);
    const text *pieces = text_list_split(TEXT("--a--b"), TEXT("--"), 0, &f.arena, &count);
    CHECK_EQ(count, 3);
    CHECK_TEXT(fixture_string(&f, pieces[0]), "");
    CHECK_TEXT(fixture_string(&f, pieces[2]), "b");
    pieces = text_list_split(TEXT("a--b--c"), TEXT("--"), 2, &f.arena, &count);
    CHECK_EQ(count, 2);
    CHECK_TEXT(fixture_string(&f, pieces[1]), "b--c");
    pieces = text_list_split(TEXT("a-b"), TEXT(""), 0, &f.arena, &count);
    CHECK_EQ(count, 1);
    pieces = text_list_split(TEXT(""), TEXT("--"), 0, &f.arena, &count);
    CHECK_EQ(count, 1);
    fixture_release(&f);
}
