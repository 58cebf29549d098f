/* Streams to names with several addresses, in the simulated world. */
#include "world_fixture.h"

#include "net/race.h"
#include "net/state.h"

enum { SEEDS = 30, MS = 1000000 };

static const struct world_service silent_service;

struct end {
    struct net_stream stream; /* first */
    bool is_opened, is_closed;
    inia_status status;
    char detail[300], peer[64];
    uint64_t took_ms;
};

static struct net *the_net;

static void opened(struct net_stream *stream, inia_status status, const char *detail)
{
    struct end *end = (struct end *)(void *)stream;
    CHECK(!end->is_opened);
    end->is_opened = true;
    end->status = status;
    snprintf(end->detail, sizeof end->detail, "%s", detail);
    net_stream_peer(stream, end->peer);
    end->took_ms = (world_now_ns() - stream->times.started_ns) / MS;
}

static void closed(struct net_stream *stream)
{
    struct end *end = (struct end *)(void *)stream;
    CHECK(!end->is_closed);
    end->is_closed = true;
}

static const struct net_stream_events events = {.opened = opened, .closed = closed};

static void begin_net(uint64_t seed)
{
    inia_error error;
    begin(seed);
    the_net = net_new(&(struct net_config){.ring = the_ring, .memory = &the_memory}, &error);
    CHECK(the_net);
}

static void finish_net(void)
{
    net_free(the_net);
    finish();
}

static void start(struct end *end, const char *host, uint32_t connect_ms)
{
    *end = (struct end){0};
    net_stream_init(&end->stream, the_net, &events);
    struct net_target target = {.host = text_of(host), .port = 80, .connect_ms = connect_ms};
    net_stream_open(&end->stream, &target);
}

static void end_close(struct end *end)
{
    net_stream_close(&end->stream);
    UNTIL(end->is_closed);
}

/* Opens and closes one; what became of it is in end. */
static void visit(struct end *end, const char *host)
{
    start(end, host, 0);
    UNTIL(end->is_opened);
    end_close(end);
}

static void listen_to(const char *ip)
{
    world_listen(ip, 80, &silent_service, NULL);
}

/* Connections to it are never answered, nor refused. */
static void swallow_all(const char *ip)
{
    struct world_endpoint *endpoint = world_listen(ip, 80, &silent_service, NULL);
    for (int i = 0; i < 100; i++)
        world_fault_next(endpoint, &(struct world_fault){.kind = WORLD_NO_ANSWER});
}

static bool is_about(uint64_t ms, uint64_t expected_ms)
{
    return ms >= expected_ms && ms <= expected_ms + 15;
}

TEST(ipv6_is_tried_first_and_kept_when_it_works)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct end end;
        begin_net(seed);
        listen_to("10.0.0.1");
        listen_to("fd00::1");
        world_name("both.example", 60, "10.0.0.1 fd00::1");
        for (int i = 0; i < 5; i++) {
            visit(&end, "both.example");
            CHECK_TEXT(end.peer, "[fd00::1]:80");
            CHECK(end.took_ms < 15);
        }
        CHECK_EQ(world_counters()->connections, 5);
        finish_net();
    }
}

TEST(where_ipv6_leads_nowhere_ipv4_costs_a_quarter_of_a_second_once)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct end end;
        begin_net(seed);
        listen_to("10.0.0.1");
        swallow_all("fd00::1");
        world_name("both.example", 60, "fd00::1 10.0.0.1");
        visit(&end, "both.example");
        CHECK_TEXT(end.peer, "10.0.0.1:80");
        CHECK(is_about(end.took_ms, RACE_DELAY_MS));
        CHECK_EQ(net_counters(the_net)->connect_failures, 1);
        visit(&end, "both.example");
        CHECK_TEXT(end.peer, "10.0.0.1:80");
        CHECK(end.took_ms < 15);
        finish_net();
    }
}

TEST(the_one_tried_first_may_still_win_when_the_others_answer_late)
{
    struct end end;
    begin_net(1);
    listen_to("10.0.0.1");
    listen_to("10.0.0.2");
    world_network()->connect_ns = 600 * (uint64_t)MS;
    world_name("far.example", 60, "10.0.0.1 10.0.0.2");
    visit(&end, "far.example");
    CHECK_EQ(end.status, INIA_OK);
    CHECK(is_about(end.took_ms, 600));
    CHECK_EQ(net_counters(the_net)->connect_failures, 0);
    finish_net();
}

TEST(an_address_that_refuses_gives_way_at_once)
{
    struct end end;
    begin_net(2);
    listen_to("10.0.0.9");
    world_name("many.example", 60, "fd00::1 fd00::2 fd00::3 10.0.0.7 10.0.0.8 10.0.0.9");
    visit(&end, "many.example");
    CHECK_EQ(end.status, INIA_OK);
    CHECK(end.took_ms < 50);
    finish_net();
}

TEST(of_many_addresses_that_swallow_everything_the_last_is_reached_in_time)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct end end;
        begin_net(seed);
        swallow_all("fd00::1");
        swallow_all("fd00::2");
        swallow_all("fd00::3");
        swallow_all("fd00::4");
        swallow_all("fd00::5");
        swallow_all("fd00::6");
        swallow_all("fd00::7");
        listen_to("fd00::8");
        world_name(
            "eight.example", 60, "fd00::1 fd00::2 fd00::3 fd00::4 fd00::5 fd00::6 fd00::7 fd00::8");
        visit(&end, "eight.example");
        CHECK_EQ(end.status, INIA_OK);
        CHECK(end.took_ms <= 8 * RACE_DELAY_MS + 15);
        finish_net();
    }
}

TEST(when_nobody_answers_the_deadline_is_kept_and_the_first_is_named)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct end end;
        begin_net(seed);
        swallow_all("fd00::1");
        swallow_all("10.0.0.1");
        world_name("both.example", 60, "fd00::1 10.0.0.1");
        start(&end, "both.example", 3100);
        UNTIL(end.is_opened);
        CHECK_EQ(end.status, INIA_CONNECT_FAILED);
        CHECK(is_about(end.took_ms, 3100));
        CHECK_EQ(
            strncmp(end.detail, "both.example ([fd00::1]:80): no connection within 31", 52), 0);
        end_close(&end);
        finish_net();
    }
}

TEST(ipv4_waits_a_moment_for_ipv6_but_no_longer)
{
    struct end end;
    begin_net(3);
    listen_to("10.0.0.1");
    listen_to("fd00::1");
    world_name("both.example", 1, "10.0.0.1 fd00::1");
    world_name_servers()->ipv6_later_ns = 30 * (uint64_t)MS;
    visit(&end, "both.example");
    CHECK_TEXT(end.peer, "[fd00::1]:80");
    world_name("slow.example", 1, "10.0.0.1 fd00::1");
    world_name_servers()->ipv6_later_ns = 5000 * (uint64_t)MS;
    visit(&end, "slow.example");
    CHECK_TEXT(end.peer, "10.0.0.1:80");
    CHECK(is_about(end.took_ms, 50));
    finish_net();
}

TEST(what_the_other_family_answers_late_is_tried_all_the_same)
{
    struct end end;
    begin_net(4);
    swallow_all("10.0.0.1");
    listen_to("fd00::1");
    world_name("late.example", 60, "10.0.0.1 fd00::1");
    world_name_servers()->ipv6_later_ns = 1200 * (uint64_t)MS;
    visit(&end, "late.example");
    CHECK_TEXT(end.peer, "[fd00::1]:80");
    CHECK(end.took_ms < 1200 + RACE_DELAY_MS + 15);
    finish_net();
}

TEST(an_address_is_not_blamed_for_what_the_program_did_before_it_connected)
{
    struct end end;
    int visits[2] = {0};
    begin_net(5);
    listen_to("10.0.0.1");
    listen_to("10.0.0.2");
    world_name("two.example", 600, "10.0.0.1 10.0.0.2");
    visit(&end, "two.example");
    world_look_away(1000 * (uint64_t)MS);
    for (int i = 0; i < 10; i++) {
        visit(&end, "two.example");
        visits[strcmp(end.peer, "10.0.0.1:80") == 0]++;
    }
    CHECK_EQ(visits[0], 5);
    CHECK_EQ(visits[1], 5);
    finish_net();
}

TEST(a_race_can_be_left_at_any_time)
{
    for (uint64_t seed = 1; seed <= 4 * (uint64_t)SEEDS; seed++) {
        struct end end;
        begin_net(seed);
        swallow_all("fd00::1");
        swallow_all("fd00::2");
        listen_to("10.0.0.1");
        world_name("mixed.example", 60, "fd00::1 fd00::2 10.0.0.1 10.0.0.2");
        start(&end, "mixed.example", 0);
        for (uint64_t turns = seed; turns > 0; turns--)
            ring_turn(the_ring, 20 * MS);
        end_close(&end);
        finish_net();
    }
}

TEST(a_race_that_runs_out_of_memory_ends_cleanly)
{
    bool was_enough = false;
    for (uint64_t left = 1; left < 200 && !was_enough; left++) {
        struct end end;
        begin_net(7);
        swallow_all("fd00::1");
        listen_to("10.0.0.1");
        world_name("both.example", 60, "fd00::1 10.0.0.1");
        budget_fail_after(left);
        start(&end, "both.example", 0);
        UNTIL(end.is_opened);
        was_enough = end.status == INIA_OK;
        budget_fail_after(0);
        end_close(&end);
        finish_net();
    }
    CHECK(was_enough);
}
