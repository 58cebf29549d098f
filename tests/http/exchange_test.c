/* One exchange at a time: what a server may do, and what its client makes of it. */
#include "http_fixture.h"

static struct call call, other;

/* ---- Answers of every kind ------------------------------------------------------------------- */

static void serve_hello(struct visit *visit)
{
    while (hear_request(visit) && say(visit, OK_HELLO))
        ;
}

static void serve_noise(struct visit *visit)
{
    static const char *const noises[] = {"SSH-2.0-x", "HTTX", "\r\nhello", "HTTP/2"};
    if (hear_request(visit) && say(visit, noises[visit->number % 4]))
        wait_for_go(visit); /* the connection stays: no end tells that it was noise */
}

TEST(what_cannot_become_http_is_refused_without_waiting_for_its_end)
{
    fixture_start(serve_noise);
    for (int i = 0; i < 4; i++) {
        call_get(&call);
        check_failure(
            &call, INIA_BAD_RESPONSE,
            "sent a response that is not HTTP: no HTTP/1.1 where that should stand");
        call_release(&call);
        atomic_store(&server.go, true);
        while (atomic_load(&server.go))
            rest_ms(1);
    }
    fixture_stop();
}

TEST(one_connection_serves_one_exchange_after_another)
{
    fixture_start(serve_hello);
    for (int i = 0; i < 5; i++) {
        call_get(&call);
        check_answer(&call, 200, "hello");
        CHECK_EQ(call.exchange.new_connection, i == 0);
        CHECK(call.exchange.request_begun && call.exchange.response_begun);
        CHECK(call.exchange.times.started_ns <= call.exchange.times.connected_ns);
        CHECK(call.exchange.times.connected_ns <= call.exchange.times.first_byte_ns);
        call_release(&call);
    }
    CHECK_EQ(http_counters(pool)->connections_opened, 1);
    CHECK_EQ(http_counters(pool)->connections_reused, 4);
    CHECK_EQ(http_counters(pool)->exchanges, 5);
    CHECK_EQ(http_counters(pool)->idle, 1);
    fixture_stop();
}

TEST(a_fresh_connection_is_opened_when_asked_for)
{
    fixture_start(serve_hello);
    call_get(&call);
    call_release(&call);
    call_init(&call, "GET", "");
    call.exchange.fresh_connection = true;
    http_start(&call.exchange, origin);
    UNTIL(call.finished);
    check_answer(&call, 200, "hello");
    CHECK(call.exchange.new_connection);
    CHECK_EQ(http_counters(pool)->connections, 2);
    call_release(&call);
    fixture_stop();
}

static void serve_bodiless(struct visit *visit)
{
    char head[1024];
    static const char *const answers[] = {
        "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n",
        "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 304 Not Modified\r\nContent-Length: 77\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    };
    for (size_t i = 0; i < COUNT_OF(answers) && hear_head(visit, head, sizeof head); i++)
        say(visit, answers[i]);
}

TEST(answers_without_a_body_end_with_their_head)
{
    static const int statuses[] = {200, 204, 304, 200, 200};
    fixture_start(serve_bodiless);
    for (size_t i = 0; i < COUNT_OF(statuses); i++) {
        call_init(&call, i == 0 ? "HEAD" : "GET", "");
        http_start(&call.exchange, origin);
        UNTIL(call.finished);
        check_answer(&call, statuses[i], "");
        call_release(&call);
    }
    CHECK_EQ(http_counters(pool)->connections_opened, 1);
    fixture_stop();
}

static const char chunked_answer[] =
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nx-long: "
    "0123456789012345678901234567890123456789012345678901234567890123456789\r\n\r\n"
    "5\r\nhello\r\n1;a=b\r\n \r\n00a\r\n0123456789\r\n0\r\nTrailer: value\r\n\r\n";

static void serve_in_pieces(struct visit *visit)
{
    unsigned seed = 7;
    while (hear_request(visit)) {
        size_t left = sizeof(chunked_answer) - 1, at = 0;
        while (left) {
            size_t piece = visit->number == 0 ? 1 : 1 + (size_t)rand_r(&seed) % 40;
            if (piece > left)
                piece = left;
            if (!say_bytes(visit, chunked_answer + at, piece))
                return;
            at += piece;
            left -= piece;
            rest_ms(visit->number == 0 ? 1 : (long)(seed % 3));
        }
    }
}

TEST(an_answer_in_pieces_of_any_size_is_one_answer)
{
    fixture_start(serve_in_pieces);
    call_get(&call); /* byte by byte */
    check_answer(&call, 200, "hello 0123456789");
    call_release(&call);
    for (int i = 0; i < 20; i++) {
        call_init(&call, "GET", "");
        call.exchange.fresh_connection = i == 0;
        http_start(&call.exchange, origin);
        UNTIL(call.finished);
        check_answer(&call, 200, "hello 0123456789");
        CHECK_EQ(call.exchange.response.header_count, 2);
        call_release(&call);
    }
    fixture_stop();
}

static void serve_until_close(struct visit *visit)
{
    if (hear_request(visit))
        say(visit, "HTTP/1.1 200 OK\r\n\r\nuntil the end");
    if (visit->number) {
        wait_for_go(visit);
        break_off(visit);
    }
}

TEST(a_body_may_end_with_its_connection_but_not_with_a_broken_one)
{
    fixture_start(serve_until_close);
    call_get(&call);
    check_answer(&call, 200, "until the end");
    call_release(&call);
    call_init(&call, "GET", "");
    http_start(&call.exchange, origin);
    UNTIL(call.body_size == 13);
    atomic_store(&server.go, true);
    UNTIL(call.finished);
    check_failure(
        &call, INIA_CONNECTION_LOST,
        "broke off the connection in the middle of a body (after 13 bytes)");
    call_release(&call);
    CHECK_EQ(http_counters(pool)->connections_reused, 0);
    fixture_stop();
}

static void serve_once_and_say_so(struct visit *visit)
{
    if (hear_request(visit))
        say(visit, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello");
    hear_request(visit);
}

TEST(a_connection_the_server_wants_closed_is_not_used_again)
{
    fixture_start(serve_once_and_say_so);
    for (int i = 0; i < 3; i++) {
        call_get(&call);
        check_answer(&call, 200, "hello");
        CHECK(call.exchange.new_connection);
        call_release(&call);
    }
    CHECK_EQ(http_counters(pool)->idle, 0);
    fixture_stop();
}

/* ---- Servers that go away -------------------------------------------------------------------- */

static void serve_one(struct visit *visit)
{
    if (hear_request(visit))
        say(visit, OK_HELLO);
}

TEST(a_server_that_closes_an_idle_connection_is_noticed)
{
    fixture_start(serve_one);
    for (int i = 0; i < 3; i++) {
        call_get(&call);
        check_answer(&call, 200, "hello");
        CHECK(call.exchange.new_connection);
        call_release(&call);
        UNTIL(http_counters(pool)->connections == 0);
    }
    CHECK_EQ(http_counters(pool)->connections_lost_idle, 3);
    fixture_stop();
}

static void serve_too_much(struct visit *visit)
{
    static const char *const answers[] = {
        OK_HELLO "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 204 None\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n\r\n",
    };
    if (hear_request(visit))
        say(visit, answers[visit->number % 3]);
    hear_request(visit);
}

TEST(bytes_behind_an_answer_cost_the_connection_but_not_the_exchange)
{
    static const int statuses[] = {200, 204, 200};
    fixture_start(serve_too_much);
    for (int i = 0; i < 3; i++) {
        call_get(&call);
        check_answer(&call, statuses[i], i == 0 ? "hello" : "");
        CHECK(call.exchange.new_connection);
        CHECK_EQ(http_counters(pool)->idle, 0);
        call_release(&call);
    }
    fixture_stop();
}

static void serve_unasked(struct visit *visit)
{
    if (!hear_request(visit) || !say(visit, OK_HELLO))
        return;
    rest_ms(30);
    say(visit, "HTTP/1.1 408 Request Timeout\r\n\r\n");
    hear_request(visit);
}

TEST(an_idle_connection_that_speaks_is_closed)
{
    fixture_start(serve_unasked);
    call_get(&call);
    check_answer(&call, 200, "hello");
    call_release(&call);
    UNTIL(http_counters(pool)->connections == 0);
    CHECK_EQ(http_counters(pool)->connections_lost_idle, 1);
    fixture_stop();
}

static void serve_and_leave_early(struct visit *visit)
{
    static const char *const answers[] = {
        "",
        "HTTP/1.1 200 OK\r\nContent-Le",
        "HTTP/1.1 200 OK\r\nContent-Length: 8192\r\n\r\n01234567",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n",
        OK_HELLO,
    };
    if (hear_request(visit))
        say(visit, answers[visit->number]);
    if (visit->number == 4) { /* keeps it open until the next request is there */
        hear_request(visit);
        break_off(visit);
    }
}

TEST(a_server_that_closes_too_early_is_told_with_the_place)
{
    static const char *const details[] = {
        "closed the connection before answering",
        "closed the connection in the middle of a response head",
        "closed the connection in the middle of a body (8 of 8,192 bytes)",
        "closed the connection in the middle of a body (after 2 bytes)",
    };
    fixture_start(serve_and_leave_early);
    for (size_t i = 0; i < COUNT_OF(details); i++) {
        call_get(&call);
        check_failure(&call, INIA_CONNECTION_LOST, details[i]);
        CHECK(call.exchange.request_begun && call.exchange.new_connection);
        CHECK_EQ(call.exchange.response_begun, i > 0);
        call_release(&call);
    }
    call_get(&call);
    check_answer(&call, 200, "hello");
    call_release(&call);
    call_get(&call);
    check_failure(&call, INIA_CONNECTION_LOST, "broke off the connection before answering");
    CHECK(!call.exchange.new_connection && call.exchange.request_begun);
    CHECK(!call.exchange.response_begun);
    call_release(&call);
    fixture_stop();
}

TEST(nobody_listening_is_a_failed_connect)
{
    fixture_start(serve_hello);
    server_stop(&server);
    call_get(&call);
    CHECK_EQ(call.status, INIA_CONNECT_FAILED);
    CHECK(strstr(call.detail, "refused") != NULL);
    CHECK(!call.exchange.request_begun);
    call_release(&call);
    server_start(&server, serve_hello);
    fixture_stop();
}

/* ---- Servers that talk nonsense -------------------------------------------------------------- */

static void serve_nonsense(struct visit *visit)
{
    static const char *const answers[] = {
        "<html>no</html>\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\nC: d\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
    };
    if (!hear_request(visit))
        return;
    if (visit->number < (int)COUNT_OF(answers))
        say(visit, answers[visit->number]);
    else if (visit->number == (int)COUNT_OF(answers))
        while (say(visit, "HTTP/1.1 102 Wait\r\n\r\n"))
            ;
    else if (say(visit, "HTTP/1.1 200 OK\r\n"))
        while (say(visit, "Header: for ever and ever and ever and ever and ever and ever\r\n"))
            ;
    hear_request(visit);
}

TEST(what_is_not_http_is_told_with_the_reason)
{
    static const char *const details[] = {
        "sent a response that is not HTTP: no HTTP/1.1 where that should stand",
        "sent a response that is not HTTP: a line that ends without CR",
        "sent a response that is not HTTP: both Content-Length and Transfer-Encoding",
        "sent a response that is not HTTP: a chunk size that is no hexadecimal number or too large",
        "sent a response that is not HTTP: it switched to a protocol nobody asked for",
        "sent a response that is not HTTP: more than 16 heads that announce another",
        "sent a response head larger than 65536 bytes",
    };
    fixture_start(serve_nonsense);
    for (size_t i = 0; i < COUNT_OF(details); i++) {
        call_get(&call);
        check_failure(&call, INIA_BAD_RESPONSE, details[i]);
        call_release(&call);
    }
    CHECK_EQ(http_counters(pool)->idle, 0);
    fixture_stop();
}

/* ---- Steady state ---------------------------------------------------------------------------- */

static void start_again(struct call *again)
{
    int *left = again->own;
    if (--*left == 0)
        return;
    again->finished = 0;
    again->heads = 0;
    again->body_size = 0;
    arena_clear(&again->arena);
    http_exchange_init(&again->exchange, &call_events, &again->arena);
    again->exchange.head = text_of(again->head);
    http_start(&again->exchange, origin);
}

TEST(the_next_exchange_may_start_where_the_last_one_finishes_and_needs_no_new_memory)
{
    fixture_start(serve_hello);
    uint64_t allocations = 0;
    for (int round = 0; round < 2; round++) {
        int left = 500;
        call_init(&call, "GET", "");
        call.own = &left;
        call.on_finished = start_again;
        http_start(&call.exchange, origin);
        UNTIL(left == 0);
        check_answer(&call, 200, "hello");
        call_release(&call);
        if (round == 0)
            allocations = memory.allocations;
    }
    CHECK_EQ(memory.allocations, allocations);
    CHECK_EQ(http_counters(pool)->connections_opened, 1);
    fixture_stop();
}

TEST(no_memory_for_a_connection_ends_the_exchange_later)
{
    fixture_start(serve_hello);
    call_init(&call, "GET", "");
    budget_fail_after(1);
    http_start(&call.exchange, origin);
    CHECK_EQ(call.finished, 0);
    UNTIL(call.finished);
    budget_fail_after(0);
    CHECK_EQ(call.status, INIA_NO_MEMORY);
    call_release(&call);
    fixture_stop();
}

TEST(a_failing_allocation_anywhere_ends_the_exchange_and_nothing_more)
{
    for (uint64_t nth = 1; nth < 12; nth++) {
        fixture_start(serve_hello);
        call_init(&call, "GET", "");
        budget_fail_after(nth);
        http_start(&call.exchange, origin);
        UNTIL(call.finished);
        budget_fail_after(0);
        if (call.status == INIA_OK)
            check_answer(&call, 200, "hello");
        CHECK_EQ(http_counters(pool)->waiting, 0);
        call_release(&call);
        call_get(&other);
        check_answer(&other, 200, "hello");
        call_release(&other);
        fixture_stop();
    }
}
