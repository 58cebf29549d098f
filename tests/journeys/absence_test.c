/* A program that does something else for minutes between one inia_wait() and the next. */
#include "journey_fixture.h"

enum { MINUTES = 20 };

#define SECOND_NS UINT64_C(1000000000)
#define MIDNIGHT_MS INT64_C(1767225600000) /* 2026-01-01T00:00:00Z, when the world begins */

static const inia_param params[] = {{"Bucket", "b"}, {"Key", "k"}, {0}};

struct seen {
    int requests, connections;
    char date[32];
};

static void serve(
    const struct world_http_request *request, struct world_http_answer *answer, void *arg)
{
    struct seen *seen = ((struct journey *)arg)->own;
    seen->requests++;
    seen->connections = (int)request->connection;
    CHECK(world_http_header(request, "x-amz-date", seen->date, sizeof seen->date));
    answer->status = 200;
    answer->delay_ns = SECOND_NS / 5;
}

static void check_one_attempt(struct journey *journey, inia_call *call)
{
    (void)journey;
    CHECK_EQ(call->status, INIA_OK);
    CHECK_EQ(call->attempt_count, 1);
}

static void begin(struct journey *journey, struct seen *seen, uint64_t seed)
{
    *seen = (struct seen){0};
    journey_begin(journey, seed, "s3", serve);
    journey->own = seen;
    journey->look = check_one_attempt;
    world_set_wall_ms(MIDNIGHT_MS);
}

static void call_once(struct journey *journey)
{
    CHECK(journey_submit(journey, "PutObject", params, NULL) != NULL);
    journey_run(journey);
}

TEST(what_is_sent_after_minutes_away_is_signed_with_the_time_it_is_sent)
{
    for (uint64_t seed = 1; seed <= journey_seeds(5); seed++) {
        struct journey j;
        struct seen seen;
        begin(&j, &seen, seed);
        call_once(&j);
        CHECK_EQ(strncmp(seen.date, "20260101T0000", 13), 0);
        world_look_away(MINUTES * 60 * SECOND_NS);
        call_once(&j);
        CHECK_EQ(strncmp(seen.date, "20260101T0020", 13), 0);
        CHECK_EQ(seen.requests, 2);
        journey_end(&j);
    }
}

TEST(what_connects_or_waits_after_minutes_away_has_all_its_time)
{
    for (uint64_t seed = 1; seed <= journey_seeds(5); seed++) {
        struct journey j;
        struct seen seen;
        begin(&j, &seen, seed);
        world_network()->connect_ns = SECOND_NS;
        for (int i = 0; i < 3; i++) {
            world_look_away(MINUTES * 60 * SECOND_NS);
            call_once(&j);
        }
        CHECK_EQ(seen.requests, 3);
        journey_end(&j);
    }
}

TEST(a_connection_that_was_kept_for_too_long_meanwhile_is_not_used_again)
{
    struct journey j;
    struct seen seen;
    begin(&j, &seen, 1);
    call_once(&j);
    call_once(&j);
    CHECK_EQ(seen.connections, 1);
    world_look_away(MINUTES * 60 * SECOND_NS);
    call_once(&j);
    CHECK_EQ(seen.connections, 2);
    journey_end(&j);
}
