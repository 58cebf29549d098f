/* Requests with bodies: how they are sent, waited with, and cut short. */
#include "http_fixture.h"

static struct call call;

static char large[8 << 20];

static void fill_large(void)
{
    for (size_t i = 0; i < sizeof large; i++)
        large[i] = (char)(i * 31 + i / 4096);
}

/* Answers with the body it got, or "same" when it is all of large. */
static void serve_echo(struct visit *visit)
{
    char head[1024];
    char *got = malloc(sizeof large);
    while (got && hear_head(visit, head, sizeof head)) {
        const char *length = strstr(head, "Content-Length: ");
        size_t size = length ? (size_t)atoll(length + 16) : 0;
        if (size > sizeof large || !hear_bytes(visit, got, size))
            break;
        bool same = size == sizeof large && memcmp(got, large, size) == 0;
        char answer[128];
        snprintf(
            answer, sizeof answer, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n",
            same ? 4 : size);
        say(visit, answer);
        say_bytes(visit, same ? "same" : got, same ? 4 : size);
    }
    free(got);
}

static void start_put(struct call *put, const void *bytes, size_t size, const char *headers)
{
    char lines[200];
    snprintf(lines, sizeof lines, "Content-Length: %zu\r\n%s", size, headers);
    call_init(put, "PUT", lines);
    put->exchange.body = (struct http_body){.data = bytes, .size = size};
    http_start(&put->exchange, origin);
}

TEST(a_body_in_memory_arrives_whatever_its_size)
{
    static const size_t sizes[] = {0, 1, 4096, 4097, 16384, 60000};
    fill_large();
    fixture_start(serve_echo);
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        start_put(&call, large, sizes[i], "");
        UNTIL(call.finished);
        CHECK_TEXT(call.detail, "");
        CHECK_BYTES(call.body, call.body_size, large, sizes[i]);
        call_release(&call);
    }
    for (int i = 0; i < 3; i++) {
        start_put(&call, large, sizeof large, "");
        UNTIL(call.finished);
        check_answer(&call, 200, "same");
        call_release(&call);
    }
    CHECK_EQ(http_counters(pool)->connections_opened, 1);
    fixture_stop();
}

static void push_next(struct call *pushing)
{
    size_t left = sizeof large - (size_t)(uintptr_t)pushing->own;
    size_t size = left < 300000 ? left : 300000;
    const char *at = large + (uintptr_t)pushing->own;
    pushing->own = (char *)pushing->own + size;
    http_push(&pushing->exchange, at, size);
}

TEST(a_pulled_body_of_known_size_arrives)
{
    fill_large();
    fixture_start(serve_echo);
    for (int later = 0; later < 2; later++) {
        char lines[64];
        snprintf(lines, sizeof lines, "Content-Length: %zu\r\n", sizeof large);
        call_init(&call, "PUT", lines);
        call.exchange.body = (struct http_body){.size = sizeof large, .pulled = true};
        call.on_pull = later ? NULL : push_next;
        http_start(&call.exchange, origin);
        for (int told = 0; later && (size_t)(uintptr_t)call.own < sizeof large; told++) {
            UNTIL(call.pulls > told);
            CHECK(http_waits_for_owner(&call.exchange));
            turn_for_ms(1);
            CHECK_EQ(call.pulls, told + 1);
            push_next(&call);
            CHECK(!http_waits_for_owner(&call.exchange));
        }
        UNTIL(call.finished);
        check_answer(&call, 200, "same");
        CHECK_EQ(call.pulls, (sizeof large + 299999) / 300000);
        call_release(&call);
    }
    CHECK_EQ(http_counters(pool)->connections_opened, 1);
    fixture_stop();
}

/* Undoes the chunks and compares. */
static void serve_chunked_echo(struct visit *visit)
{
    char input[16384];
    while (hear_request(visit)) {
        struct http_chunks chunks = {0};
        size_t at = 0;
        bool same = true;
        while (!chunks.done) {
            ssize_t size = recv(visit->fd, input, sizeof input, 0);
            if (size <= 0)
                return;
            text rest = {input, (size_t)size};
            while (rest.size && !chunks.done) {
                const char *problem = NULL;
                text run = http_chunks_next(&chunks, &rest, &problem);
                same &= !problem && (!run.size || memcmp(run.data, large + at, run.size) == 0);
                at += run.size;
            }
        }
        say(visit, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n");
        say(visit, same && at == sizeof large ? "same" : "else");
    }
}

TEST(a_pulled_body_of_unknown_size_goes_in_chunks)
{
    fill_large();
    fixture_start(serve_chunked_echo);
    for (int i = 0; i < 2; i++) {
        call_init(&call, "PUT", "Transfer-Encoding: chunked\r\n");
        call.exchange.body = (struct http_body){.size = INIA_UNKNOWN_SIZE, .pulled = true};
        call.on_pull = push_next; /* the last push is one of nothing */
        http_start(&call.exchange, origin);
        UNTIL(call.finished);
        check_answer(&call, 200, "same");
        call_release(&call);
    }
    CHECK_EQ(http_counters(pool)->connections_opened, 1);
    fixture_stop();
}

/* ---- Expect: 100-continue -------------------------------------------------------------------- */

static void serve_continue(struct visit *visit)
{
    char body[5];
    if (!hear_request(visit))
        return;
    if (visit->number == 0)
        say(visit, "HTTP/1.1 100 Continue\r\n\r\n");
    if (visit->number == 2) {
        say(visit, "HTTP/1.1 417 Expectation Failed\r\nContent-Length: 2\r\n\r\nno");
    } else if (hear_bytes(visit, body, sizeof body)) {
        say(visit, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
        say_bytes(visit, body, sizeof body);
    }
    hear_request(visit);
}

static void put_expecting(bool fresh)
{
    call_init(&call, "PUT", "Content-Length: 5\r\nExpect: 100-continue\r\n");
    call.exchange.body = (struct http_body){.data = "hello", .size = 5};
    call.exchange.expect_continue = true;
    call.exchange.fresh_connection = fresh;
    http_start(&call.exchange, origin);
    UNTIL(call.finished);
}

TEST(a_body_that_waits_for_100_goes_at_once_when_it_comes_and_later_when_not)
{
    fixture_start(serve_continue);
    put_expecting(false);
    check_answer(&call, 200, "hello");
    uint64_t took = call.exchange.times.progress_ns - call.exchange.times.started_ns;
    CHECK(took < 900 * UINT64_C(1000000));
    CHECK_EQ(http_counters(pool)->idle, 1);
    call_release(&call);
    put_expecting(true);
    check_answer(&call, 200, "hello");
    took = call.exchange.times.progress_ns - call.exchange.times.started_ns;
    CHECK(took >= 1000 * UINT64_C(1000000));
    CHECK_EQ(http_counters(pool)->idle, 2);
    call_release(&call);
    put_expecting(true);
    check_answer(&call, 417, "no");
    CHECK_EQ(http_counters(pool)->idle, 2); /* whose body is still owed */
    call_release(&call);
    fixture_stop();
}

/* ---- Answers that come early ----------------------------------------------------------------- */

static void serve_refusal(struct visit *visit)
{
    char some[1000];
    if (!hear_request(visit) || !hear_bytes(visit, some, sizeof some))
        return;
    say(visit, "HTTP/1.1 403 Forbidden\r\nContent-Length: 6\r\n\r\ndenied");
    if (visit->number == 0)
        wait_for_go(visit); /* keeps the connection, and reads no more */
}

TEST(an_answer_during_an_upload_is_delivered_and_its_connection_closed)
{
    fixture_start(serve_refusal);
    for (int i = 0; i < 3; i++) {
        start_put(&call, large, sizeof large, "");
        UNTIL(call.finished);
        check_answer(&call, 403, "denied");
        CHECK_EQ(http_counters(pool)->idle, 0);
        call_release(&call);
        atomic_store(&server.go, true);
    }
    fixture_stop();
}

TEST(an_answer_during_a_pulled_upload_ends_the_pulling)
{
    fixture_start(serve_refusal);
    char lines[64];
    snprintf(lines, sizeof lines, "Content-Length: %zu\r\n", sizeof large);
    call_init(&call, "PUT", lines);
    call.exchange.body = (struct http_body){.size = sizeof large, .pulled = true};
    http_start(&call.exchange, origin);
    UNTIL(call.pulls == 1);
    http_push(&call.exchange, large, 2000);
    UNTIL(call.finished);
    check_answer(&call, 403, "denied");
    http_push(&call.exchange, large, 2000); /* too late: nothing happens */
    call_release(&call);
    atomic_store(&server.go, true);
    fixture_stop();
}
