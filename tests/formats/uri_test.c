#include "formats/formats.h"
#include "test.h"

static bool is(text actual, const char *expected)
{
    return text_equals(actual, text_of(expected)) && (expected != NULL || actual.data == NULL);
}

TEST(a_uri_falls_into_its_parts)
{
    struct uri uri;
    CHECK_TEXT(uri_parse(&uri, TEXT("https://Example.com:8443/a/b?x=1&y")), NULL);
    CHECK(uri.secure && uri.port_written);
    CHECK_EQ(uri.port, 8443);
    CHECK(is(uri.host, "Example.com") && is(uri.authority, "Example.com:8443"));
    CHECK(is(uri.path, "/a/b") && is(uri.query, "x=1&y"));
}

TEST(what_is_not_written_takes_its_default)
{
    struct uri uri;
    CHECK_TEXT(uri_parse(&uri, TEXT("HTTP://host")), NULL);
    CHECK(!uri.secure && !uri.port_written);
    CHECK_EQ(uri.port, 80);
    CHECK(is(uri.path, "") && is(uri.query, NULL));
    CHECK_TEXT(uri_parse(&uri, TEXT("https://host?q")), NULL);
    CHECK_EQ(uri.port, 443);
    CHECK(is(uri.path, "") && is(uri.query, "q") && is(uri.host, "host"));
    CHECK_TEXT(uri_parse(&uri, TEXT("http://host:/p?")), NULL);
    CHECK_EQ(uri.port, 80);
    CHECK(is(uri.query, ""));
}

TEST(an_ipv6_address_stands_in_brackets)
{
    struct uri uri;
    CHECK_TEXT(uri_parse(&uri, TEXT("http://[fd00:ec2::254]:81/")), NULL);
    CHECK(is(uri.host, "fd00:ec2::254") && is(uri.authority, "[fd00:ec2::254]:81"));
    CHECK_EQ(uri.port, 81);
    CHECK_TEXT(uri_parse(&uri, TEXT("http://[::1]")), NULL);
    CHECK(is(uri.host, "::1"));
}

TEST(what_is_no_uri_is_refused)
{
    static const char *const bad[] = {
        "",
        "host",
        "ftp://host",
        "http:/host",
        "http://",
        "http:///p",
        "http://:80/",
        "http://user@host/",
        "http://host:0/",
        "http://host:65536/",
        "http://host:8x/",
        "http://host/a b",
        "http://host/\n",
        "http://host/#f",
        "http://[::1",
        "http://[]/",
        "http://[::1]x/",
        "http://[::g]/",
        "http://a\"b/",
        "http://a\\b/"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct uri uri;
        if (!uri_parse(&uri, text_of(bad[i])))
            FAIL("taken: %s", bad[i]);
    }
}
