#include "http/http.h"
#include "test.h"

#include <stdio.h>

static struct budget memory;
static struct slab blocks;
static struct arena arena;
static char bytes[65536];

static void start(void)
{
    budget_init(&memory, 16 << 20);
    slab_init(&blocks, &memory, ARENA_BLOCK_SIZE, 16);
    arena_init(&arena, &blocks);
}

static void stop(void)
{
    arena_release(&arena);
    slab_release(&blocks);
}

static const char *parse_response(struct http_response *response, const char *head)
{
    size_t size = strlen(head);
    memcpy(bytes, head, size);
    return http_response_parse(response, bytes, size, false, &arena);
}

static const char *parse_request(struct http_request *request, const char *head)
{
    size_t size = strlen(head);
    memcpy(bytes, head, size);
    return http_request_parse(request, bytes, size, &arena);
}

#define FIRST "HTTP/1.1 200 OK\r\n"

TEST(a_response_head_is_cut_into_its_parts)
{
    start();
    struct http_response response;
    CHECK_TEXT(
        parse_response(
            &response, FIRST "Content-Length: 42\r\nx-amz-id-2: \t a b \t\r\nEmpty:\r\n\r\n"),
        NULL);
    CHECK_EQ(response.status, 200);
    CHECK_EQ(response.minor, 1);
    CHECK_TEXT(response.reason.data, "OK");
    CHECK_EQ(response.header_count, 3);
    CHECK_TEXT(response.headers[0].name.data, "Content-Length");
    CHECK_TEXT(response.headers[1].value.data, "a b");
    CHECK_EQ(response.headers[1].value.size, 3);
    CHECK_TEXT(response.headers[2].value.data, "");
    CHECK_EQ(response.framing, HTTP_LENGTH);
    CHECK_EQ(response.content_length, 42);
    CHECK(response.keep_alive);
    const struct http_header *found = http_find_header(response.headers, 3, TEXT("X-AMZ-ID-2"));
    CHECK(found == &response.headers[1]);
    CHECK(http_find_header(response.headers, 3, TEXT("absent")) == NULL);
    stop();
}

TEST(the_status_and_the_headers_say_how_the_body_is_framed)
{
    static const struct {
        const char *head;
        enum http_framing framing;
        bool keep_alive;
    } cases[] = {
        {FIRST "\r\n", HTTP_UNTIL_CLOSE, false},
        {FIRST "Content-Length: 0\r\n\r\n", HTTP_LENGTH, true},
        {FIRST "content-length: 007\r\nConnection: x, Close\r\n\r\n", HTTP_LENGTH, false},
        {FIRST "TRANSFER-ENCODING: Chunked\r\n\r\n", HTTP_CHUNKED, true},
        {"HTTP/1.1 204 No Content\r\n\r\n", HTTP_NO_BODY, true},
        {"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", HTTP_NO_BODY, true},
        {"HTTP/1.1 100 Continue\r\n\r\n", HTTP_NO_BODY, true},
        {"HTTP/1.0 204 None\r\n\r\n", HTTP_NO_BODY, false},
        {"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 1\r\n\r\n", HTTP_LENGTH,
         true},
        {"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n",
         HTTP_CHUNKED, false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        start();
        struct http_response response;
        CHECK_TEXT(parse_response(&response, cases[i].head), NULL);
        CHECK_EQ(response.framing, cases[i].framing);
        CHECK_EQ(response.keep_alive, cases[i].keep_alive);
        stop();
    }
}

TEST(the_answer_to_head_has_no_body_whatever_its_headers_say)
{
    start();
    char head[] = FIRST "Content-Length: 100\r\n\r\n";
    struct http_response response;
    CHECK_TEXT(http_response_parse(&response, head, sizeof(head) - 1, true, &arena), NULL);
    CHECK_EQ(response.framing, HTTP_NO_BODY);
    CHECK_EQ(response.content_length, 100);
    CHECK(response.keep_alive);
    stop();
}

TEST(a_bad_response_head_is_refused_with_its_reason)
{
    static const struct {
        const char *head, *problem;
    } cases[] = {
        {"", "no empty line at its end"},
        {"\r\n\r\n", "no empty line at its end"},
        {FIRST, "no empty line at its end"},
        {FIRST "A: b\r\n", "no empty line at its end"},
        {FIRST "A: b\r\n\r\nC: d\r\n\r\n", "an empty line in the middle"},
        {"HTTP/1.1 200 OK\n\n", "a line that ends without CR"},
        {FIRST "A: b\n\r\n", "a line that ends without CR"},
        {FIRST "A: b\r\n\n", "a line that ends without CR"},
        {FIRST "A: b\rC: d\r\n\r\n", "a CR without LF"},
        {FIRST "A: b\x01\r\n\r\n", "a control character"},
        {FIRST "A: b\x7f\r\n\r\n", "a control character"},
        {FIRST "A: 0123456789abcdefghij\x0b\r\n\r\n", "a control character"},
        {FIRST " A: b\r\n\r\n", "a folded line, or a space before a header name"},
        {FIRST "A: b\r\n\tc\r\n\r\n", "a folded line, or a space before a header name"},
        {FIRST "A : b\r\n\r\n", "a header name with a space"},
        {FIRST ": b\r\n\r\n", "a header without a name"},
        {FIRST "A\r\n\r\n", "a header without a colon"},
        {FIRST "A@: b\r\n\r\n", "a header name with a character that may not be there"},
        {FIRST "Content-Length: 1\r\nContent-Length: 1\r\n\r\n", "more than one Content-Length"},
        {FIRST "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
         "both Content-Length and Transfer-Encoding"},
        {FIRST "Content-Length: 1, 1\r\n\r\n", "a Content-Length that is no number or too large"},
        {FIRST "Content-Length: -1\r\n\r\n", "a Content-Length that is no number or too large"},
        {FIRST "Content-Length:\r\n\r\n", "a Content-Length that is no number or too large"},
        {FIRST "Content-Length: 18446744073709551615\r\n\r\n",
         "a Content-Length that is no number or too large"},
        {FIRST "Transfer-Encoding: gzip, chunked\r\n\r\n",
         "a Transfer-Encoding other than chunked"},
        {FIRST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
         "a Transfer-Encoding other than chunked"},
        {"HTTP/2.0 200 OK\r\n\r\n", "no HTTP/1.1 where that should stand"},
        {"HTTP/1.2 200 OK\r\n\r\n", "a version of HTTP that is neither 1.0 nor 1.1"},
        {"HTTP/1.1 20 OK\r\n\r\n", "a status code that is not three digits"},
        {"HTTP/1.1 2000 OK\r\n\r\n", "a status code that is not three digits"},
        {"HTTP/1.1  200 OK\r\n\r\n", "a status code that is not three digits"},
        {"HTTP/1.1 000 OK\r\n\r\n", "a status code that is not three digits"},
        {"HTTP/1.1 200X\r\n\r\n", "a status code with something behind it"},
        {"<html>\r\n\r\n", "no HTTP/1.1 where that should stand"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        start();
        struct http_response response;
        const char *problem = parse_response(&response, cases[i].head);
        if (!problem || strcmp(problem, cases[i].problem) != 0)
            FAIL("%s: %s", cases[i].head, problem ? problem : "was taken");
        stop();
    }
}

TEST(a_nul_in_a_head_is_refused_wherever_it_stands)
{
    static const char whole[] = FIRST "Name: some longer value\r\n\r\n";
    for (size_t i = 0; i < sizeof(whole) - 1; i++) {
        start();
        memcpy(bytes, whole, sizeof(whole) - 1);
        bytes[i] = '\0';
        struct http_response response;
        CHECK(http_response_parse(&response, bytes, sizeof(whole) - 1, false, &arena) != NULL);
        stop();
    }
}

TEST(headers_have_a_limit)
{
    for (size_t count = HTTP_MAX_HEADERS; count <= HTTP_MAX_HEADERS + 1; count++) {
        start();
        size_t size = sizeof(FIRST) - 1;
        memcpy(bytes, FIRST, size);
        for (size_t i = 0; i < count; i++)
            size += (size_t)snprintf(bytes + size, sizeof(bytes) - size, "h%zu: v\r\n", i);
        memcpy(bytes + size, "\r\n", 2);
        struct http_response response;
        const char *problem = http_response_parse(&response, bytes, size + 2, false, &arena);
        CHECK_TEXT(problem, count == HTTP_MAX_HEADERS ? NULL : "more than 256 headers");
        stop();
    }
}

TEST(the_end_of_a_head_is_found_however_its_bytes_arrive)
{
    static const char whole[] = "\r\n" FIRST "A: b\r\nCc: 0123456789abcdef\r\n\r\nbody\r\n\r\n";
    size_t size = sizeof(whole) - 1 - 8;
    for (size_t step = 1; step < sizeof(whole); step++) {
        size_t checked = 0, found = 0;
        for (size_t have = step; found == 0; have += step) {
            if (have > sizeof(whole) - 1)
                have = sizeof(whole) - 1;
            found = http_head_size((text){whole, have}, checked);
            CHECK(found || have < size);
            checked = have;
        }
        CHECK_EQ(found, size);
    }
    CHECK_EQ(http_head_size(TEXT(FIRST "\n"), 0), sizeof(FIRST));
    CHECK_EQ(http_head_size(TEXT("\r\n\r\n\r\n"), 0), 0);
    CHECK_EQ(http_head_size((text){NULL, 0}, 0), 0);
}

TEST(a_request_head_is_cut_into_its_parts)
{
    start();
    struct http_request request;
    CHECK_TEXT(
        parse_request(
            &request, "\r\nPUT /a%20b?x=1 HTTP/1.1\r\nHost: h:1\r\nContent-Length: 3\r\n"
                      "Expect: 100-Continue\r\n\r\n"),
        NULL);
    CHECK_TEXT(request.method.data, "PUT");
    CHECK_TEXT(request.target.data, "/a%20b?x=1");
    CHECK_EQ(request.header_count, 3);
    CHECK_EQ(request.framing, HTTP_LENGTH);
    CHECK_EQ(request.content_length, 3);
    CHECK(request.keep_alive);
    CHECK(request.expect_continue);
    CHECK_TEXT(parse_request(&request, "GET / HTTP/1.0\r\n\r\n"), NULL);
    CHECK_EQ(request.framing, HTTP_NO_BODY);
    CHECK(!request.keep_alive);
    CHECK(!request.expect_continue);
    stop();
}

TEST(a_bad_request_head_is_refused)
{
    static const char *const cases[] = {
        "GET /\r\n\r\n",
        " GET / HTTP/1.1\r\n\r\n",
        "GET  / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1 \r\n\r\n",
        "GET / HTTP/1.1x\r\n\r\n",
        "GET /a b HTTP/1.1\r\n\r\n",
        "GET /\xc3\xa4 HTTP/1.1\r\n\r\n",
        "GET /\x7f HTTP/1.1\r\n\r\n",
        "G@T / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        start();
        struct http_request request;
        if (!parse_request(&request, cases[i]))
            FAIL("was taken: %s", cases[i]);
        stop();
    }
}

TEST(a_head_there_is_no_memory_for_is_a_problem_and_nothing_worse)
{
    start();
    struct http_response response;
    budget_fail_after(1);
    const char *problem = parse_response(&response, FIRST "A: b\r\n\r\n");
    budget_fail_after(0);
    CHECK_TEXT(problem, "more headers than there is memory for");
    stop();
}

TEST(what_would_break_a_head_is_no_field_value_and_no_token)
{
    CHECK(http_is_field_value(TEXT("a b\tc \xc3\xa4 ~")));
    CHECK(http_is_field_value((text){NULL, 0}));
    CHECK(!http_is_field_value(TEXT("a\r\nEvil: 1")));
    CHECK(!http_is_field_value(TEXT("a\n")));
    CHECK(!http_is_field_value(TEXT("a\r")));
    CHECK(!http_is_field_value(text_from("a\0b", 3)));
    CHECK(!http_is_field_value(TEXT("0123456789abcdef0123456789\x1b")));
    CHECK(!http_is_field_value(TEXT("\x7f")));
    CHECK(http_is_token(TEXT("x-amz-meta-A_b.c~")));
    CHECK(!http_is_token(TEXT("")));
    CHECK(!http_is_token((text){NULL, 0}));
    CHECK(!http_is_token(TEXT("a b")));
    CHECK(!http_is_token(TEXT("a:")));
    CHECK(!http_is_token(TEXT("\xc3\xa4")));
}

TEST(a_draft_is_written_as_the_head_it_describes)
{
    start();
    struct http_draft draft = {
        .method = TEXT_INIT("GET"), .path = TEXT_INIT("/a"), .query = TEXT_INIT("b=c")};
    for (int i = 0; i < 20; i++)
        CHECK(http_draft_add(&draft, &arena, TEXT("name"), TEXT("value")));
    CHECK(http_draft_add(&draft, &arena, TEXT("host"), TEXT("h")));
    CHECK_EQ(draft.header_count, 21);
    CHECK_TEXT(http_draft_find(&draft, TEXT("host"))->value.data, "h");
    CHECK(http_draft_find(&draft, TEXT("none")) == NULL);
    draft.header_count = 1;
    struct buffer out;
    buffer_init(&out, &arena);
    http_draft_write(&draft, &out);
    CHECK_TEXT(buffer_string(&out), "GET /a?b=c HTTP/1.1\r\nname: value\r\n\r\n");
    draft.query = (text){NULL, 0};
    draft.header_count = 0;
    buffer_clear(&out);
    http_draft_write(&draft, &out);
    CHECK_TEXT(buffer_string(&out), "GET /a HTTP/1.1\r\n\r\n");
    struct buffer small;
    buffer_init_fixed(&small, bytes, 10);
    http_draft_write(&draft, &small);
    CHECK(!buffer_ok(&small));
    stop();
}
