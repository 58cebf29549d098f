/* Connections that die while idle, and servers that go away and come back. */
#include "faults_fixture.h"

static const char exact_answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

static void serve_exactly(
    const struct world_http_request *request, struct world_http_answer *answer, void *arg)
{
    struct tally *tally = ((struct journey *)arg)->own;
    (void)request;
    tally->executed++;
    answer->raw = exact_answer;
    answer->raw_size = sizeof exact_answer - 1;
}

TEST(connections_that_die_while_idle_are_replaced_and_no_call_notices)
{
    static const enum world_fault_kind kinds[] = {WORLD_RESET, WORLD_CUT};
    for (int i = 0; i < 2; i++) {
        struct tally all = {0};
        for (uint64_t seed = 1; seed <= journey_seeds(5); seed++) {
            struct journey j;
            begin(&j, seed, &all, (inia_client_config){0}, serve_exactly);
            for (int n = 0; n < CALLS; n++)
                world_fault_next(
                    j.server.endpoint,
                    &(struct world_fault){kinds[i], .after_bytes = sizeof exact_answer - 1});
            submit_calls(&j, false);
            journey_run(&j);
            all.started_ns = world_now_ns();
            submit_calls(&j, true);
            journey_run(&j);
            CHECK_EQ(j.statuses[INIA_OK], 2 * CALLS);
            journey_end(&j);
        }
        report(i ? "close" : "reset", "idle", &all);
        CHECK(all.most_ns <= 2500 * 1000000ull);
    }
}

static void go_silent(struct world_peer *peer, void *arg)
{
    (void)arg;
    world_peer_stop_reading(peer);
}

/* A gateway that forgot them, or a machine that is gone: nothing tells us. */
TEST(one_attempt_is_lost_to_idle_connections_gone_silent_however_many_there_are)
{
    struct tally all = {0};
    for (uint64_t seed = 1; seed <= journey_seeds(5); seed++) {
        struct journey j;
        begin(&j, seed, &all, (inia_client_config){0}, serve_well);
        submit_calls(&j, false);
        journey_run(&j);
        world_each_peer(j.server.endpoint, go_silent, NULL);
        for (int i = 0; i < 2; i++) {
            all = (struct tally){.started_ns = world_now_ns()};
            CHECK(journey_submit(&j, "GetObject", object_params, NULL));
            journey_run(&j);
            CHECK(all.attempts <= 2);
            CHECK(all.most_ns <= (ATTEMPT_MS + 500) * 1000000ull);
        }
        CHECK_EQ(all.attempts, 1); /* the other idle ones are not believed any more */
        CHECK_EQ(j.statuses[INIA_OK], CALLS + 2);
        journey_end(&j);
    }
    report("silence", "idle", &all);
}

static void close_peer(struct world_peer *peer, void *arg)
{
    (void)arg;
    world_peer_close(peer, 0);
}

/* As count(), where a server is waited for. */
static void count_all(struct journey *journey, inia_call *call)
{
    struct tally *tally = journey->own;
    uint64_t took_ns = world_now_ns() - tally->started_ns;
    tally->most_ns = took_ns > tally->most_ns ? took_ns : tally->most_ns;
    tally->calls++;
    tally->attempts += call->attempt_count;
    if (call->attempt_count > tally->most_attempts)
        tally->most_attempts = call->attempt_count;
}

static void end_of_server(void *arg)
{
    world_endpoint_close(arg);
}

static void server_again(void *arg)
{
    struct journey *journey = arg;
    world_http_listen(&journey->server, "10.0.0.1", 80);
}

TEST(a_server_that_goes_away_and_comes_back_is_found_again)
{
    struct tally all = {0};
    size_t well = 0;
    for (uint64_t seed = 1; seed <= journey_seeds(5); seed++) {
        struct journey j;
        begin(&j, seed, &all, (inia_client_config){0}, serve_well);
        j.look = count_all;
        submit_calls(&j, false);
        journey_run(&j);
        world_at(0, end_of_server, j.server.endpoint);
        world_at(40000000, server_again, &j);
        for (int i = 0; i < 20; i++) {
            submit_calls(&j, false);
            journey_turn(&j, 5);
        }
        journey_run(&j);
        all.started_ns = world_now_ns();
        all.most_ns = 0;
        size_t well_before = j.statuses[INIA_OK];
        submit_calls(&j, false);
        journey_run(&j);
        CHECK_EQ(j.statuses[INIA_OK], well_before + CALLS);
        well += j.statuses[INIA_OK];
        journey_end(&j);
    }
    report("the server restarts", "", &all);
    CHECK(well > 0 && all.most_ns < 500 * 1000000u);
}

/* Sixteen times as many calls as a budget pays retries for. */
TEST(no_call_fails_while_a_server_restarts_that_has_answered_before)
{
    struct tally all = {0};
    for (uint64_t seed = 1; seed <= journey_seeds(5); seed++) {
        struct journey j;
        begin(&j, seed, &all, (inia_client_config){0}, serve_well);
        submit_calls(&j, false);
        journey_run(&j);
        world_endpoint_close(j.server.endpoint);
        world_each_peer(j.server.endpoint, close_peer, NULL);
        world_at(1500000000, server_again, &j);
        all.started_ns = world_now_ns();
        all.most_attempts = 0;
        j.look = count_all;
        for (int i = 0; i < 40; i++)
            submit_calls(&j, i % 2);
        journey_run(&j);
        CHECK_EQ(j.statuses[INIA_OK], 41 * CALLS);
        journey_end(&j);
    }
    report("the server restarts in 1.5 s", "", &all);
    CHECK(all.most_ns <= 3000 * 1000000ull);
}

TEST(a_server_that_never_answered_is_not_waited_for)
{
    for (uint64_t seed = 1; seed <= journey_seeds(5); seed++) {
        struct tally all = {0};
        struct journey j;
        begin(&j, seed, &all, (inia_client_config){0}, serve_well);
        world_endpoint_close(j.server.endpoint);
        submit_calls(&j, false);
        journey_run(&j);
        CHECK_EQ(j.statuses[INIA_CONNECT_FAILED], CALLS);
        CHECK_EQ(all.attempts, ATTEMPTS * CALLS);
        CHECK(all.most_ns <= 500 * 1000000ull);
        journey_end(&j);
    }
}
