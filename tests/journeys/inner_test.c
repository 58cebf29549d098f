/* Calls that the engine makes for itself, beside those of a user, in a simulated world. */
#include "journey_fixture.h"

#include "calls/calls.h"

static const inia_param object_params[] = {{"Bucket", "b"}, {"Key", "k"}, {0}};

struct asker {
    struct inner_call inner;
    int told;
    inia_status status;
    size_t again; /* so many more it asks for, once told */
    struct journey *journey;
};

static void serve(
    const struct world_http_request *request, struct world_http_answer *answer, void *arg)
{
    (void)request, (void)arg;
    answer->body = "inner";
    answer->body_size = 5;
}

static bool ask(struct asker *asker);

static void told(struct inner_call *inner, const inia_call *call)
{
    struct asker *asker = CONTAINER_OF(inner, struct asker, inner);
    CHECK(!inner->call);
    asker->told++;
    asker->status = call->status;
    if (call->status == INIA_OK)
        CHECK_BYTES(call->body, call->body_size, "inner", 5);
    else
        CHECK(*call->message);
    if (asker->again) {
        asker->again--;
        CHECK(ask(asker));
    }
}

static bool ask(struct asker *asker)
{
    struct journey *j = asker->journey;
    asker->inner.done = told;
    return inner_submit(
        &asker->inner, j->client,
        &(inia_request){
            .operation = inia_find_operation(j->client, "GetObject", NULL),
            .params = object_params});
}

static void turns_until_told(struct asker *asker, int times)
{
    for (int turns = 0; asker->told < times; turns++) {
        CHECK(turns < JOURNEY_TURNS);
        journey_turn(asker->journey, 10);
    }
}

TEST(it_is_told_to_who_asked_and_counted_nowhere_even_when_the_engine_is_full)
{
    struct journey j;
    journey_begin_with(
        &j, 1, &(inia_client_config){.service = "s3"}, &(inia_engine_config){.max_calls = 2},
        serve);
    CHECK(journey_submit(&j, "GetObject", object_params, NULL) != NULL);
    CHECK(journey_submit(&j, "GetObject", object_params, NULL) != NULL);
    CHECK(journey_submit(&j, "GetObject", object_params, NULL) == NULL);
    struct asker asker = {.journey = &j};
    CHECK(ask(&asker));
    CHECK_EQ(asker.told, 0);
    CHECK_EQ(inia_pending(j.engine), 2);
    turns_until_told(&asker, 1);
    CHECK_EQ(asker.status, INIA_OK);
    journey_run(&j);
    inia_stats stats;
    inia_engine_stats(j.engine, &stats);
    CHECK_EQ(stats.calls_submitted, 2);
    CHECK_EQ(stats.calls_finished, 2);
    CHECK_EQ(stats.calls, 0);
    CHECK_EQ(stats.attempts, 3);
    journey_end(&j);
    CHECK_EQ(asker.told, 1);
}

TEST(who_is_told_may_ask_again_at_once)
{
    struct journey j;
    journey_begin(&j, 1, "s3", serve);
    struct asker asker = {.journey = &j, .again = 3};
    CHECK(ask(&asker));
    turns_until_told(&asker, 4);
    CHECK_EQ(asker.status, INIA_OK);
    journey_end(&j);
    CHECK_EQ(asker.told, 4);
}

TEST(one_with_bad_parameters_is_told_so_in_a_turn_and_not_within_its_submission)
{
    struct journey j;
    journey_begin(&j, 1, "s3", serve);
    struct asker asker = {.journey = &j, .inner.done = told};
    inia_request bad = {.operation = inia_find_operation(j.client, "GetObject", NULL)};
    CHECK(inner_submit(&asker.inner, j.client, &bad));
    CHECK_EQ(asker.told, 0);
    inia_call *none[1];
    CHECK_EQ(inia_wait(j.engine, none, 1, 0), 0);
    CHECK_EQ(asker.told, 1);
    CHECK_EQ(asker.status, INIA_BAD_REQUEST);
    journey_end(&j);
}

TEST(its_clients_end_cancels_it_in_any_turn_and_who_asked_is_told)
{
    size_t cancelled = 0;
    for (uint64_t turn = 0; turn < 12; turn++) {
        struct journey j;
        journey_begin(&j, turn + 1, "s3", serve);
        struct asker asker = {.journey = &j};
        CHECK(ask(&asker));
        for (uint64_t i = 0; i < turn; i++)
            journey_turn(&j, 0);
        inia_client_free(j.client);
        turns_until_told(&asker, 1);
        CHECK(asker.status == INIA_OK || asker.status == INIA_CANCELLED);
        cancelled += asker.status == INIA_CANCELLED;
        journey_end(&j);
        CHECK_EQ(asker.told, 1);
    }
    CHECK(cancelled > 3);
}

TEST(it_may_be_forgotten_in_any_turn_and_leaks_nothing)
{
    for (uint64_t turn = 0; turn < 12; turn++) {
        struct journey j;
        journey_begin(&j, turn + 1, "s3", serve);
        struct asker asker = {.journey = &j};
        CHECK(ask(&asker));
        for (uint64_t i = 0; i < turn; i++)
            journey_turn(&j, 0);
        int before = asker.told;
        inner_forget(&asker.inner);
        inner_forget(&asker.inner);
        journey_submit(&j, "GetObject", object_params, NULL);
        journey_run(&j);
        journey_end(&j);
        CHECK_EQ(asker.told, before);
    }
}

TEST(the_engine_may_be_freed_in_any_turn_and_who_asked_is_told)
{
    for (uint64_t turn = 0; turn < 12; turn++) {
        struct journey j;
        journey_begin(&j, turn + 1, "s3", serve);
        struct asker asker = {.journey = &j};
        CHECK(ask(&asker));
        for (uint64_t i = 0; i < turn; i++)
            journey_turn(&j, 0);
        journey_end(&j);
        CHECK_EQ(asker.told, 1);
    }
}

TEST(each_allocation_may_fail_and_who_asked_is_told_or_was_refused)
{
    bool all_well = false;
    for (uint64_t nth = 1; nth < 200 && !all_well; nth++) {
        struct journey j;
        journey_begin(&j, 1, "s3", serve);
        CHECK(inia_find_operation(j.client, "GetObject", NULL) != NULL);
        struct asker asker = {.journey = &j};
        budget_fail_after(nth);
        bool asked = ask(&asker);
        if (asked)
            turns_until_told(&asker, 1);
        budget_fail_after(0);
        all_well = asked && asker.status == INIA_OK;
        journey_end(&j);
        CHECK_EQ(asker.told, asked);
    }
    CHECK(all_well);
}
