/* Who gets a connection, how long it lives, and who has to wait. */
#include "http_fixture.h"

enum { CALLS = 40 };

static struct call calls[CALLS];
static int order[CALLS], finished_count;

static void note_order(struct call *call)
{
    order[finished_count++] = (int)(call - calls);
}

static void start_calls(int count)
{
    finished_count = 0;
    for (int i = 0; i < count; i++) {
        call_init(&calls[i], "GET", "");
        calls[i].on_finished = note_order;
        http_start(&calls[i].exchange, origin);
    }
}

static void serve_hello(struct visit *visit)
{
    while (hear_request(visit) && say(visit, OK_HELLO))
        ;
}

/* Lets each answer wait until the test says go. */
static void serve_when_told(struct visit *visit)
{
    while (hear_request(visit)) {
        wait_for_go(visit);
        if (!say(visit, OK_HELLO))
            break;
    }
}

/* ---- Limits ---------------------------------------------------------------------------------- */

TEST(more_exchanges_than_connections_wait_their_turn)
{
    fixture_start_with(serve_hello, &(struct http_pool_config){.max_connections = 3});
    start_calls(CALLS);
    CHECK_EQ(http_counters(pool)->connections, 3);
    CHECK_EQ(http_counters(pool)->waiting, CALLS - 3);
    UNTIL(finished_count == CALLS);
    for (int i = 0; i < CALLS; i++) {
        check_answer(&calls[i], 200, "hello");
        call_release(&calls[i]);
    }
    CHECK_EQ(http_counters(pool)->connections_opened, 3);
    CHECK_EQ(http_counters(pool)->waiting, 0);
    fixture_stop();
}

/* ---- Ahead of need ------------------------------------------------------------------------ */

static void finish_calls(int count, bool new_connections)
{
    UNTIL(finished_count == count);
    for (int i = 0; i < count; i++) {
        check_answer(&calls[i], 200, "hello");
        CHECK_EQ(calls[i].exchange.new_connection, new_connections);
        call_release(&calls[i]);
    }
}

TEST(connections_opened_ahead_of_need_serve_those_who_come)
{
    fixture_start(serve_hello);
    http_origin_warm(origin, 3);
    UNTIL(http_counters(pool)->idle == 3);
    start_calls(3);
    finish_calls(3, false);
    CHECK_EQ(http_counters(pool)->connections_opened, 3);
    fixture_stop();
}

TEST(who_comes_while_they_are_being_opened_takes_one_of_them)
{
    fixture_start(serve_hello);
    http_origin_warm(origin, 3);
    start_calls(2);
    finish_calls(2, true);
    UNTIL(http_counters(pool)->idle == 3);
    CHECK_EQ(http_counters(pool)->connections_opened, 3);
    fixture_stop();
}

TEST(no_more_are_opened_ahead_than_the_limits_allow)
{
    fixture_start_with(serve_hello, &(struct http_pool_config){.max_connections = 2});
    http_origin_warm(origin, 5);
    CHECK_EQ(http_counters(pool)->connections, 2);
    start_calls(6);
    UNTIL(finished_count == 6);
    for (int i = 0; i < 6; i++)
        call_release(&calls[i]);
    CHECK_EQ(http_counters(pool)->connections_opened, 2);
    fixture_stop();
}

TEST(others_are_opened_for_those_that_were_idle_for_too_long)
{
    fixture_start_with(serve_hello, &(struct http_pool_config){.idle_ms = 50});
    http_origin_warm(origin, 2);
    UNTIL(http_counters(pool)->connections_opened >= 6);
    CHECK(http_counters(pool)->connections <= 2);
    fixture_stop();
}

TEST(a_server_that_is_not_there_is_not_sought_again_ahead_of_need)
{
    fixture_start(serve_hello);
    struct http_origin *nobody = find_origin(TEXT("127.0.0.1"), 1);
    http_origin_warm(nobody, 2);
    turn_for_ms(100);
    CHECK_EQ(http_counters(pool)->connections_opened, 2);
    CHECK_EQ(http_counters(pool)->connections, 0);
    http_origin_put(nobody);
    fixture_stop();
}

TEST(what_is_opened_ahead_goes_with_the_last_owner)
{
    fixture_start(serve_hello);
    struct http_origin *other = find_origin(TEXT("127.0.0.2"), server.port);
    http_origin_warm(other, 2);
    http_origin_put(other);
    UNTIL(http_counters(pool)->connections == 0);
    http_origin_warm(origin, 2); /* and with the pool */
    fixture_stop();
}

TEST(who_came_first_is_served_first)
{
    fixture_start_with(serve_hello, &(struct http_pool_config){.max_connections_per_origin = 1});
    start_calls(20);
    CHECK_EQ(http_counters(pool)->connections, 1);
    UNTIL(finished_count == 20);
    for (int i = 0; i < 20; i++) {
        CHECK_EQ(order[i], i);
        CHECK_EQ(calls[i].exchange.new_connection, i == 0);
        call_release(&calls[i]);
    }
    fixture_stop();
}

TEST(a_waiting_exchange_can_be_cancelled)
{
    fixture_start_with(serve_when_told, &(struct http_pool_config){.max_connections = 1});
    start_calls(3);
    UNTIL(atomic_load(&server.asked) == 1);
    CHECK(http_waits_for_owner(&calls[1].exchange));
    http_cancel(&calls[1].exchange);
    http_cancel(&calls[1].exchange);
    CHECK_EQ(calls[1].finished, 0);
    UNTIL(calls[1].finished);
    CHECK_EQ(calls[1].status, INIA_CANCELLED);
    CHECK(!calls[1].exchange.request_begun);
    for (int answered = 0; answered < 2; answered++) {
        atomic_store(&server.go, true);
        UNTIL(finished_count == answered + 2);
    }
    check_answer(&calls[2], 200, "hello");
    CHECK_EQ(atomic_load(&server.asked), 2);
    for (int i = 0; i < 3; i++)
        call_release(&calls[i]);
    fixture_stop();
}

TEST(when_the_connection_is_lost_the_next_in_line_gets_a_new_one)
{
    fixture_start_with(serve_when_told, &(struct http_pool_config){.max_connections = 1});
    start_calls(2);
    UNTIL(atomic_load(&server.asked) == 1);
    http_cancel(&calls[0].exchange);
    UNTIL(calls[0].finished);
    UNTIL(atomic_load(&server.asked) == 2);
    atomic_store(&server.go, true); /* for both visits: the first finds nobody */
    for (int i = 0; i < 200 && !calls[1].finished; i++) {
        turn_for_ms(5);
        atomic_store(&server.go, true);
    }
    check_answer(&calls[1], 200, "hello");
    CHECK(calls[1].exchange.new_connection);
    for (int i = 0; i < 2; i++)
        call_release(&calls[i]);
    fixture_stop();
}

TEST(a_fresh_connection_takes_the_place_of_an_idle_one_at_the_limit)
{
    for (int of_origin = 0; of_origin < 2; of_origin++) {
        fixture_start_with(
            serve_hello, of_origin ? &(struct http_pool_config){.max_connections_per_origin = 1}
                                   : &(struct http_pool_config){.max_connections = 1});
        call_get(&calls[0]);
        call_release(&calls[0]);
        call_init(&calls[1], "GET", "");
        calls[1].exchange.fresh_connection = true;
        http_start(&calls[1].exchange, origin);
        UNTIL(calls[1].finished);
        check_answer(&calls[1], 200, "hello");
        CHECK(calls[1].exchange.new_connection);
        CHECK_EQ(http_counters(pool)->connections, 1);
        CHECK_EQ(http_counters(pool)->connections_opened, 2);
        call_release(&calls[1]);
        fixture_stop();
    }
}

/* ---- Several origins ------------------------------------------------------------------------- */

TEST(an_origin_is_the_same_for_the_same_scheme_host_and_port)
{
    fixture_start(serve_hello);
    struct http_origin *again = find_origin(TEXT("127.0.0.1"), server.port);
    struct http_origin *other = find_origin(TEXT("127.0.0.1"), 1);
    struct http_origin *named = find_origin(TEXT("localhost"), server.port);
    CHECK(again == origin);
    CHECK(other && other != origin && named && named != origin && named != other);
    http_origin_put(again);
    http_origin_put(other);
    http_origin_put(named);
    http_origin_put(NULL);
    fixture_stop();
}

TEST(with_its_last_owner_an_origin_loses_its_idle_connections)
{
    fixture_start(serve_hello);
    call_get(&calls[0]);
    CHECK_EQ(http_counters(pool)->idle, 1);
    http_origin_put(origin);
    CHECK_EQ(http_counters(pool)->idle, 0);
    origin = find_origin(TEXT("127.0.0.1"), server.port);
    call_release(&calls[0]);
    call_get(&calls[0]);
    CHECK(calls[0].exchange.new_connection);
    check_answer(&calls[0], 200, "hello");
    call_release(&calls[0]);
    fixture_stop();
}

static void start_and_leave(struct call *call)
{
    http_start(&call->exchange, origin);
    http_origin_put(origin);
}

TEST(an_exchange_holds_its_origin_by_itself)
{
    fixture_start(serve_hello);
    call_init(&calls[0], "GET", "");
    start_and_leave(&calls[0]);
    UNTIL(calls[0].finished);
    check_answer(&calls[0], 200, "hello");
    call_release(&calls[0]);
    UNTIL(http_pool_is_empty(pool));
    origin = NULL;
    fixture_stop();
}

TEST(the_connection_idle_longest_makes_room_for_another_origin)
{
    fixture_start_with(serve_hello, &(struct http_pool_config){.max_connections = 2});
    struct http_origin *second = find_origin(TEXT("127.0.0.2"), server.port);
    struct sockaddr_storage address = {0};
    struct sockaddr_in *loopback = (struct sockaddr_in *)(void *)&address;
    loopback->sin_family = AF_INET;
    loopback->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(net_pin_name(net, TEXT("second.test"), &address, 1));
    http_origin_put(second);
    second = find_origin(TEXT("second.test"), server.port);
    start_calls(2);
    UNTIL(finished_count == 2);
    CHECK_EQ(http_counters(pool)->idle, 2);
    call_init(&calls[2], "GET", "");
    http_start(&calls[2].exchange, second);
    UNTIL(calls[2].finished);
    check_answer(&calls[2], 200, "hello");
    CHECK_EQ(http_counters(pool)->connections, 2);
    CHECK_EQ(http_counters(pool)->connections_opened, 3);
    call_get(&calls[3]);
    CHECK(!calls[3].exchange.new_connection);
    for (int i = 0; i < 4; i++)
        call_release(&calls[i]);
    http_origin_put(second);
    fixture_stop();
}

static struct http_origin *two_origins[2];
static int rounds_of[2], most_rounds;

/* Each of these calls is started again as soon as it is over. */
static void go_round(struct call *call)
{
    int which = (int)(uintptr_t)call->own;
    rounds_of[which]++;
    if (rounds_of[0] + rounds_of[1] >= most_rounds)
        return;
    arena_release(&call->arena);
    call_init(call, "GET", "");
    call->own = (void *)(uintptr_t)which;
    call->on_finished = go_round;
    http_start(&call->exchange, two_origins[which]);
}

TEST(an_origin_that_never_rests_lets_another_have_its_share)
{
    fixture_start_with(serve_hello, &(struct http_pool_config){.max_connections = 4});
    struct sockaddr_storage address = {0};
    struct sockaddr_in *loopback = (struct sockaddr_in *)(void *)&address;
    loopback->sin_family = AF_INET;
    loopback->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(net_pin_name(net, TEXT("second.test"), &address, 1));
    two_origins[0] = origin;
    two_origins[1] = find_origin(TEXT("second.test"), server.port);
    rounds_of[0] = rounds_of[1] = 0;
    most_rounds = 3000;
    for (int i = 0; i < 24; i++) { /* the first origin takes all connections, and has a queue */
        int which = i >= 12;
        call_init(&calls[i], "GET", "");
        calls[i].own = (void *)(uintptr_t)which;
        calls[i].on_finished = go_round;
        http_start(&calls[i].exchange, two_origins[which]);
    }
    UNTIL(http_counters(pool)->idle == 4 || http_counters(pool)->exchanges >= 3024 - 1);
    UNTIL(http_counters(pool)->idle == http_counters(pool)->connections);
    CHECK(rounds_of[1] > most_rounds / 4);
    CHECK(rounds_of[0] > most_rounds / 4);
    CHECK(http_counters(pool)->connections_opened < 10);
    for (int i = 0; i < 24; i++)
        call_release(&calls[i]);
    http_origin_put(two_origins[1]);
    fixture_stop();
}

/* ---- Growing old ----------------------------------------------------------------------------- */

TEST(an_idle_connection_is_closed_in_time_and_one_in_use_is_not)
{
    fixture_start_with(serve_hello, &(struct http_pool_config){.idle_ms = 60});
    for (int i = 0; i < 8; i++) { /* used again and again, longer than it may be idle */
        call_get(&calls[0]);
        CHECK_EQ(calls[0].exchange.new_connection, i == 0);
        call_release(&calls[0]);
        turn_for_ms(20);
    }
    CHECK_EQ(http_counters(pool)->idle, 1);
    uint64_t start = ring_clock_ns(ring);
    UNTIL(http_counters(pool)->connections == 0);
    CHECK(ring_clock_ns(ring) - start < UINT64_C(1000000000));
    CHECK_EQ(http_counters(pool)->idle, 0);
    CHECK_EQ(http_counters(pool)->connections_lost_idle, 0);
    fixture_stop();
}

static void serve_impatiently(struct visit *visit)
{
    char byte;
    hear_request(visit);
    say(visit, OK_HELLO);
    setsockopt(visit->fd, SOL_SOCKET, SO_RCVTIMEO, &(struct timeval){1, 200000}, 16);
    (void)recv(visit->fd, &byte, 1, 0);
}

TEST(how_long_a_server_keeps_idle_connections_is_learnt)
{
    fixture_start(serve_impatiently);
    for (int i = 0; i < 2; i++) {
        call_get(&calls[0]);
        call_release(&calls[0]);
        CHECK_EQ(http_counters(pool)->idle, 1);
        UNTIL(http_counters(pool)->connections == 0);
        CHECK_EQ(http_counters(pool)->connections_lost_idle, 1);
    }
    fixture_stop();
}

static void serve_and_tell(struct visit *visit)
{
    while (hear_request(visit) && say(visit, "HTTP/1.1 200 OK\r\nKeep-Alive: max=9, timeout=1\r\n"
                                             "Content-Length: 0\r\n\r\n"))
        ;
}

TEST(what_a_server_tells_of_idle_connections_is_believed)
{
    fixture_start(serve_and_tell);
    call_get(&calls[0]);
    call_release(&calls[0]);
    CHECK_EQ(http_counters(pool)->idle, 1);
    UNTIL(http_counters(pool)->connections == 0); /* not after the 20 s that are ours */
    CHECK_EQ(http_counters(pool)->connections_lost_idle, 0);
    fixture_stop();
}

TEST(of_idle_connections_the_one_used_last_is_taken_first)
{
    fixture_start_with(serve_hello, &(struct http_pool_config){.idle_ms = 100});
    start_calls(4);
    UNTIL(finished_count == 4);
    for (int i = 0; i < 4; i++)
        call_release(&calls[i]);
    CHECK_EQ(http_counters(pool)->idle, 4);
    for (int i = 0; i < 20; i++) {
        call_get(&calls[0]);
        CHECK(!calls[0].exchange.new_connection);
        call_release(&calls[0]);
        turn_for_ms(10);
    }
    CHECK_EQ(http_counters(pool)->connections, 1); /* the others had no use and went */
    fixture_stop();
}
