#include "reading.h"

static const char *encode(struct reading *reading, const char *token, const char *blobs)
{
    struct buffer out;
    buffer_init(&out, &reading->arena);
    page_token_encode(
        &out, reading_json(reading, token), blobs ? reading_json(reading, blobs) : NULL);
    return buffer_string(&out);
}

static const char *decode(struct reading *reading, const char *encoded)
{
    return reading_text(
        reading, page_token_decode(text_of(encoded), reading->parser, &reading->arena));
}

/* The strings on the right were written by botocore's TokenEncoder. */
TEST(a_token_is_written_as_botocore_writes_it)
{
    struct reading reading;
    reading_begin(&reading);
    CHECK_TEXT(encode(&reading, "{\"foo\":\"bar\"}", NULL), "eyJmb28iOiAiYmFyIn0=");
    CHECK_TEXT(
        encode(&reading, "{\"foo\":{\"bar\":\"YmF6\"}}", "[[\"foo\",\"bar\"]]"),
        "eyJmb28iOiB7ImJhciI6ICJZbUY2In0sICJib3RvX2VuY29kZWRfa2V5cyI6IFtbImZvbyIsICJiYXIiXV19");
    CHECK_TEXT(
        encode(
            &reading,
            "{\"\xC3\xA9\":null,\"d\":\"\\u007f\\u0001\xE2\x82\xAC\xF0\x9F\x98\x80/\\n\\\"\","
            "\"n\":[1.5,true,{}]}",
            NULL),
        "eyJcdTAwZTkiOiBudWxsLCAiZCI6ICJcdTAwN2ZcdTAwMDFcdTIwYWNcdWQ4M2RcdWRlMDAvXG5cIiIsICJuIjogWz"
        "EuNSwgdHJ1ZSwge31dfQ==");
    reading_end(&reading);
}

TEST(a_token_is_read_back_without_what_botocore_adds)
{
    static const char *const tokens[] = {
        "{\"foo\":\"bar\"}", "{}",
        "{\"a\":{\"b\":[1,\"\xC3\xA9\",null]},\"boto_truncate_amount\":3}"};
    struct reading reading;
    reading_begin(&reading);
    for (size_t i = 0; i < COUNT_OF(tokens); i++) {
        CHECK_TEXT(decode(&reading, encode(&reading, tokens[i], NULL)), tokens[i]);
        CHECK_TEXT(decode(&reading, encode(&reading, tokens[i], "[[\"a\",0]]")), tokens[i]);
    }
    reading_end(&reading);
}

TEST(what_is_no_token_is_refused)
{
    static const char *const bad[] = {"", "?", "e30", "bnVsbA==", "WzFd", "eyJmb28i", "TOKEN___3"};
    struct reading reading;
    reading_begin(&reading);
    CHECK_TEXT(decode(&reading, "e30="), "{}");
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        if (i != 2) /* padding is optional */
            CHECK_TEXT(decode(&reading, bad[i]), "-");
    }
    reading_end(&reading);
}
