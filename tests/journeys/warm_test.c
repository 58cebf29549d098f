/* Connections opened ahead of need, as a program sees them. */
#include "journey_fixture.h"

enum { WARM = 4 };

static const inia_param params[] = {{"Bucket", "b"}, {"Key", "k"}, {0}};
static const inia_client_config config = {
    .service = "s3", .path_style = true, .warm_connections = WARM, .no_verification = true};

static void say_yes(
    const struct world_http_request *request, struct world_http_answer *answer, void *arg)
{
    (void)request;
    (void)arg;
    answer->status = 200;
}

static void must_be_warm(struct journey *journey, inia_call *call)
{
    (void)journey;
    CHECK_EQ(call->status, INIA_OK);
    CHECK_EQ(call->attempt_count, 1);
    CHECK(!call->attempts[0].new_connection);
}

TEST(the_first_calls_find_connections_that_stand_and_so_do_later_ones)
{
    for (uint64_t seed = 1; seed <= journey_seeds(10); seed++) {
        struct journey j;
        journey_begin_with(&j, seed, &config, NULL, say_yes);
        j.look = must_be_warm;
        for (int minutes = 0; minutes < 3; minutes++) {
            journey_pass(&j, minutes ? 65 : 1);
            for (int i = 0; i < WARM; i++)
                CHECK(journey_submit(&j, "DeleteObject", params, NULL) != NULL);
            journey_run(&j);
        }
        CHECK_EQ(world_endpoint_connections(j.server.endpoint) % WARM, 0);
        journey_end(&j);
    }
}

TEST(a_client_may_go_while_its_connections_are_being_opened)
{
    for (uint64_t seed = 1; seed <= journey_seeds(20); seed++) {
        struct journey j;
        journey_begin_with(&j, seed, &config, NULL, say_yes);
        for (uint64_t turns = 0; turns < seed % 8; turns++)
            journey_turn(&j, 0);
        if (seed % 2) {
            inia_client_free(j.client);
            j.client = NULL;
        }
        journey_end(&j);
    }
}
