/* Proxies: their URLs, what NO_PROXY keeps from them, and what they answer. */
#include "http/http.h"
#include "test.h"

#include <strings.h>

static struct budget memory;
static struct slab blocks;
static struct arena arena;

static void start(void)
{
    budget_init(&memory, 1 << 20);
    slab_init(&blocks, &memory, ARENA_BLOCK_SIZE, 4);
    arena_init(&arena, &blocks);
}

static void stop(void)
{
    arena_release(&arena);
    slab_release(&blocks);
    CHECK_EQ(memory.used, 0);
}

TEST(the_url_of_a_proxy_says_where_it_is_and_who_may_use_it)
{
    static const struct {
        const char *url, *host, *authorization;
        uint16_t port;
    } cases[] = {
        {"http://proxy.example:3128", "proxy.example", "", 3128},
        {"proxy.example:3128", "proxy.example", "", 3128},
        {"HTTP://proxy.example/", "proxy.example", "", 80},
        {"http://[::1]:8080", "::1", "", 8080},
        {"http://user:pass@proxy.example:3128", "proxy.example", "Basic dXNlcjpwYXNz", 3128},
        {"user:p%40ss@proxy.example", "proxy.example", "Basic dXNlcjpwQHNz", 80},
        {"http://user@proxy.example", "proxy.example", "Basic dXNlcjo=", 80},
        {"http://u:a@b@proxy.example", "proxy.example", "Basic dTphQGI=", 80},
        {"https://u:p@proxy.example", "proxy.example", "Basic dTpw", 443},
        {"HTTPS://proxy.example:3128", "proxy.example", "", 3128},
    };
    start();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct http_proxy proxy;
        const char *problem = http_proxy_parse(&proxy, text_of(cases[i].url), &arena);
        if (problem)
            FAIL("%s: %s", cases[i].url, problem);
        CHECK(text_equals(proxy.host, text_of(cases[i].host)));
        CHECK_EQ(proxy.port, cases[i].port);
        CHECK_EQ(proxy.is_secure, strncasecmp(cases[i].url, "https:", 6) == 0);
        CHECK(text_equals(proxy.authorization, text_of(cases[i].authorization)));
    }
    stop();
}

TEST(the_url_of_a_proxy_that_is_none_is_refused)
{
    static const char *const urls[] = {
        "https://",
        "socks5://proxy.example",
        "http://",
        "http://user:pass@",
        "http://proxy.example:none",
        "http://pro xy.example",
        "http://[::1",
        "://",
        "http://proxy.example:0",
        "http://proxy:70000",
        "http://a\"b/",
    };
    start();
    for (size_t i = 0; i < COUNT_OF(urls); i++) {
        struct http_proxy proxy;
        if (!http_proxy_parse(&proxy, text_of(urls[i]), &arena))
            FAIL("accepted: %s", urls[i]);
    }
    stop();
}

/* What Python's urllib.request.proxy_bypass_environment() says, but for networks, which are curl's.
 */
TEST(no_proxy_names_hosts_and_all_that_is_below_them)
{
    static const struct {
        const char *list, *host;
        bool unwanted;
    } cases[] = {
        {"", "s3.example", false},
        {"*", "s3.example", true},
        {" * ", "s3.example", true},
        {"other,*", "s3.example", false},
        {"example", "s3.example", true},
        {".example", "s3.example", true},
        {"..example", "s3.example", true},
        {"s3.example", "s3.example", true},
        {"S3.EXAMPLE", "s3.example", true},
        {"3.example", "s3.example", false},
        {"a.s3.example", "s3.example", false},
        {"one, s3.example ,two", "s3.example", true},
        {",,", "s3.example", false},
        {"s3.example:443", "s3.example", true},
        {"s3.example:80", "s3.example", false},
        {"169.254.169.254", "169.254.169.254", true},
        {"10.0.0.0/8", "10.1.2.3", true},
        {"10.0.0.0/8", "11.1.2.3", false},
        {"10.1.2.0/23", "10.1.3.9", true},
        {"10.1.2.0/23", "10.1.4.9", false},
        {"10.0.0.0/33", "10.0.0.0", false},
        {"10.0.0.0/", "10.0.0.0", false},
        {"0.0.0.0/0", "10.1.2.3", true},
        {"0.0.0.0/0", "::1", false},
        {"10.0.0.0/8", "s3.example", false},
        {"::1", "::1", true},
        {"[::1]", "::1", true},
        {"fd00::/8", "fd12::1", true},
        {"fd00::/8", "fe80::1", false},
        {"localhost", "localhost", true},
        {"localhost", "127.0.0.1", false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        bool unwanted = http_proxy_is_unwanted(text_of(cases[i].list), text_of(cases[i].host), 443);
        if (unwanted != cases[i].unwanted)
            FAIL("NO_PROXY=%s %s", cases[i].list, cases[i].host);
    }
}

TEST(a_tunnel_stands_once_the_whole_answer_is_there)
{
    static const char answer[] = "HTTP/1.1 200 Connection established\r\nVia: p\r\n\r\n";
    char detail[200];
    for (size_t size = 1; size < sizeof answer - 1; size++)
        CHECK_EQ(http_proxy_heard(text_from(answer, size), detail, sizeof detail), NET_TUNNEL_MORE);
    CHECK_EQ(http_proxy_heard(text_of(answer), detail, sizeof detail), NET_TUNNEL_STANDS);
}

TEST(an_answer_that_makes_no_tunnel_is_refused_in_words)
{
    static const struct {
        const char *answer, *detail;
    } cases[] = {
        {"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n<html>",
         "refuses: 407 Proxy Authentication Required (its URL has no user and password, or wrong "
         "ones)"},
        {"HTTP/1.0 503 \x1b[31m\r\n\r\n", "refuses: 503 ?[31m"},
        {"HTTP/1.1 100 Continue\r\n\r\n", "refuses: 100 Continue"},
        {"HTTP/1.1 abc\r\n\r\n", "does not speak HTTP"},
        {"HTTP/1.1\r\n\r\n", "does not speak HTTP"},
        {"SSH-2.0-x", "does not speak HTTP"},
        {"\r\n", "does not speak HTTP"},
        {"HTTP/1.1 200 OK\r\n\r\nhello", "sent bytes that nobody asked for"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char detail[200];
        CHECK_EQ(
            http_proxy_heard(text_of(cases[i].answer), detail, sizeof detail), NET_TUNNEL_REFUSED);
        CHECK_TEXT(detail, cases[i].detail);
    }
}

TEST(the_request_for_a_tunnel_names_the_target_and_who_asks)
{
    char line[400];
    struct http_proxy proxy = {.authorization = TEXT("Basic dTpw")};
    text name = TEXT("s3.example:443");
    size_t most = http_proxy_request_most(&proxy, TEXT("s3.example"));
    CHECK(most <= sizeof line);
    text request = http_proxy_write_request(&proxy, name, line);
    CHECK(request.size < most);
    CHECK_TEXT(
        line, "CONNECT s3.example:443 HTTP/1.1\r\nHost: s3.example:443\r\n"
              "Proxy-Authorization: Basic dTpw\r\n\r\n");
}
