/* Calls to hosts with names: what becomes of them when the name servers change or fail. */
#include "journey_fixture.h"

enum { SECOND = 1000000000, TTL_S = 30 };

static const inia_param params[] = {{"Bucket", "b"}, {"Key", "k"}, {0}};
static struct world_http old_server, new_server;

static void say_yes(
    const struct world_http_request *request, struct world_http_answer *answer, void *arg)
{
    (void)request;
    (void)arg;
    answer->status = 200;
}

static void must_succeed(struct journey *journey, inia_call *call)
{
    (void)journey;
    if (call->status != INIA_OK)
        FAIL("%s", call->message);
    CHECK_EQ(call->attempt_count, 1);
}

static void begin_named(struct journey *journey, uint64_t seed)
{
    static const inia_credentials credentials = {"AKID", "secret", NULL, 0};
    inia_error error = {INIA_OK, ""};
    inia_client_config config = {
        .service = "s3",
        .region = "us-east-1",
        .endpoint_url = "http://s3.example",
        .path_style = true,
        .credentials = &credentials,
    };
    journey_begin(journey, seed, "s3", say_yes);
    inia_client_free(journey->client);
    journey->client = inia_client_new(journey->engine, &config, &error);
    if (!journey->client)
        FAIL("%s", error.detail);
    journey->look = must_succeed;
    old_server = new_server = (struct world_http){.answer = say_yes};
    world_http_listen(&old_server, "10.0.0.2", 80);
    world_http_listen(&new_server, "10.0.0.3", 80);
    world_name("s3.example", TTL_S, "10.0.0.2");
}

static void calls(struct journey *journey, int count)
{
    for (int i = 0; i < count; i++)
        CHECK(journey_submit(journey, "DeleteObject", params, NULL) != NULL);
    journey_run(journey);
}

TEST(a_name_that_moves_is_followed_when_its_time_to_live_is_over)
{
    for (uint64_t seed = 1; seed <= journey_seeds(10); seed++) {
        struct journey j;
        begin_named(&j, seed);
        calls(&j, 8);
        CHECK_EQ(old_server.requests, 8);
        CHECK_EQ(world_name_servers()->questions, 2);
        world_name("s3.example", TTL_S, "10.0.0.3");
        calls(&j, 8);
        CHECK_EQ(old_server.requests, 16);
        CHECK_EQ(world_name_servers()->questions, 2);
        journey_pass(&j, TTL_S + 1);
        calls(&j, 8);
        CHECK_EQ(old_server.requests, 16);
        CHECK_EQ(new_server.requests, 8);
        journey_end(&j);
    }
}

TEST(an_outage_of_the_name_servers_fails_no_call_to_a_name_known_before)
{
    for (uint64_t seed = 1; seed <= journey_seeds(10); seed++)
        for (int silent = 0; silent <= 1; silent++) {
            struct journey j;
            begin_named(&j, seed);
            calls(&j, 4);
            journey_pass(&j, TTL_S + 1);
            world_name_servers()->are_silent = silent;
            world_name_servers()->are_broken = !silent;
            for (int round = 0; round < 5; round++) {
                calls(&j, 4);
                journey_pass(&j, 2 * TTL_S);
            }
            CHECK_EQ(old_server.requests, 24);
            world_name_servers()->are_silent = world_name_servers()->are_broken = false;
            world_name("s3.example", TTL_S, "10.0.0.3");
            journey_pass(&j, TTL_S);
            calls(&j, 4); /* one may find the stale answer once more */
            journey_pass(&j, TTL_S);
            uint64_t before = old_server.requests;
            calls(&j, 4);
            CHECK_EQ(old_server.requests, before);
            CHECK(new_server.requests >= 4);
            journey_end(&j);
        }
}

static void must_fail_by_name(struct journey *journey, inia_call *call)
{
    (void)journey;
    CHECK_EQ(call->status, INIA_CONNECT_FAILED);
    CHECK(strstr(call->message, "cannot resolve s3.example: no such name") != NULL);
}

TEST(a_name_that_is_gone_is_asked_for_once_in_a_while_and_found_when_it_is_back)
{
    struct journey j;
    begin_named(&j, 1);
    world_name("s3.example", TTL_S, NULL);
    j.look = must_fail_by_name;
    calls(&j, 16);
    CHECK(world_name_servers()->questions <= 6);
    world_name("s3.example", TTL_S, "10.0.0.2");
    journey_pass(&j, 6);
    j.look = must_succeed;
    calls(&j, 16);
    CHECK_EQ(old_server.requests, 16);
    journey_end(&j);
}
