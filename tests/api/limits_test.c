/* Time, memory and numbers: what an engine does at each of its limits. */
#include "rig.h"

TEST(a_deadline_of_1_ms_ends_calls_in_whatever_state_they_are)
{
    struct rig rig;
    rig_begin(&rig);
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < 10; i++)
            CHECK(rig_submit(
                &rig, "GetObject", i % 2 ? "never" : "after-20",
                &(inia_request){.deadline_ms = 1}));
        uint64_t started = monotonic_ns();
        rig_finish(&rig, 10);
        CHECK(monotonic_ns() - started < 5000 * 1000000ull);
    }
    CHECK_EQ(rig.statuses[INIA_TIMED_OUT], 100);
    rig_end(&rig);
}

TEST(a_deadline_covers_the_time_before_the_first_wait)
{
    struct rig rig;
    rig_begin(&rig);
    CHECK(rig_submit(&rig, "GetObject", "never", &(inia_request){.deadline_ms = 20}) != NULL);
    CHECK(rig_submit(&rig, "GetObject", "size-1", NULL) != NULL);
    usleep(40000);
    uint64_t started = monotonic_ns();
    inia_call *first = rig_next(&rig), *second = rig_next(&rig);
    CHECK(monotonic_ns() - started < 1000 * 1000000ull);
    CHECK_EQ(rig.statuses[INIA_TIMED_OUT], 1);
    CHECK_EQ(rig.statuses[INIA_OK], 1);
    inia_call *late = first->status == INIA_TIMED_OUT ? first : second;
    CHECK(strstr(late->message, "20 ms") != NULL);
    inia_release(first);
    inia_release(second);
    rig_end(&rig);
}

TEST(a_client_has_a_deadline_for_calls_that_set_none)
{
    struct rig rig;
    rig_begin_with(&rig, NULL, (inia_client_config){.deadline_ms = 20});
    rig_get(&rig, "never");
    CHECK(rig_submit(&rig, "GetObject", "after-60", &(inia_request){.deadline_ms = 5000}));
    rig_finish(&rig, 2);
    CHECK_EQ(rig.statuses[INIA_TIMED_OUT], 1);
    CHECK_EQ(rig.statuses[INIA_OK], 1);
    rig_end(&rig);
}

TEST(a_deadline_ends_the_wait_for_a_connection)
{
    struct rig rig;
    rig_begin_with(&rig, &(inia_engine_config){.max_connections = 1}, (inia_client_config){0});
    rig_get(&rig, "after-100");
    CHECK_EQ(inia_wait(rig.engine, NULL, 0, 10), 0);
    for (int i = 0; i < 5; i++)
        CHECK(rig_submit(&rig, "GetObject", "size-1", &(inia_request){.deadline_ms = 20}));
    for (int i = 0; i < 5; i++) {
        inia_call *call = rig_next(&rig);
        CHECK_EQ(call->status, INIA_TIMED_OUT);
        CHECK(strstr(call->message, "connection") != NULL);
        inia_release(call);
    }
    rig_finish(&rig, 1);
    CHECK_EQ(rig.statuses[INIA_OK], 1);
    CHECK_EQ(atomic_load(&rig.server->connections), 1);
    rig_end(&rig);
}

TEST(an_attempt_without_progress_is_given_up_for_another)
{
    struct rig rig;
    rig_begin_with(&rig, NULL, (inia_client_config){.attempt_ms = 40, .max_attempts = 2});
    rig_get(&rig, "never");
    inia_call *call = rig_next(&rig);
    CHECK_EQ(call->status, INIA_TIMED_OUT);
    CHECK_EQ(call->attempt_count, 2);
    CHECK_EQ(call->attempts[0].status, INIA_TIMED_OUT);
    CHECK_EQ(call->attempts[1].status, INIA_TIMED_OUT);
    CHECK(call->attempts[0].ended_ns - call->attempts[0].started_ns >= 39 * 1000000u);
    CHECK(strstr(call->message, "40 ms") != NULL);
    CHECK_EQ(atomic_load(&rig.server->requests), 2);
    inia_release(call);
    rig_end(&rig);
}

TEST(refused_connections_are_tried_again_and_then_said_to_be_refused)
{
    struct rig rig;
    rig_begin(&rig);
    snprintf(rig.url, sizeof rig.url, "http://127.0.0.1:1");
    rig.s3 = rig_client(&rig, (inia_client_config){0});
    rig_get(&rig, "k");
    inia_call *call = rig_next(&rig);
    CHECK_EQ(call->status, INIA_CONNECT_FAILED);
    CHECK_EQ(call->attempt_count, 3);
    CHECK(strstr(call->message, "127.0.0.1") != NULL);
    inia_release(call);
    rig_end(&rig);
}

/* ---- Full ----------------------------------------------------------------------------------- */

TEST(a_full_engine_says_NULL_until_a_call_is_released)
{
    struct rig rig;
    rig_begin_with(&rig, &(inia_engine_config){.max_calls = 4}, (inia_client_config){0});
    inia_call *calls[4];
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 4; i++)
            rig_get(&rig, "size-1");
        CHECK(rig_submit(&rig, "GetObject", "size-1", NULL) == NULL);
        for (int i = 0; i < 4; i++)
            calls[i] = rig_next(&rig);
        CHECK(rig_submit(&rig, "GetObject", "size-1", NULL) == NULL);
        for (int i = 0; i < 4; i++)
            inia_release(calls[i]);
    }
    inia_stats stats;
    inia_engine_stats(rig.engine, &stats);
    CHECK_EQ(stats.calls, 0);
    CHECK_EQ(stats.calls_submitted, 12);
    rig_end(&rig);
}

static size_t fill_with(struct rig *rig, const char *key, size_t most)
{
    size_t accepted = 0;
    while (accepted < most && rig_submit(rig, "GetObject", key, NULL))
        accepted++;
    return accepted;
}

TEST(a_small_memory_budget_makes_an_engine_full_and_never_stuck)
{
    struct rig rig;
    inia_engine_config config = {.max_memory = 12 << 20, .max_connections = 64};
    rig_begin_with(&rig, &config, (inia_client_config){0});
    inia_stats stats;
    for (int round = 0; round < 4; round++) {
        size_t accepted = fill_with(&rig, round % 2 ? "size-100000" : "size-10", 5000);
        CHECK(accepted > 100 && accepted < 5000);
        size_t well = rig.statuses[INIA_OK];
        rig_finish(&rig, accepted);
        if (round % 2 == 0)
            CHECK_EQ(rig.statuses[INIA_OK] - well, accepted); /* room was kept for their needs */
        inia_engine_stats(rig.engine, &stats);
        CHECK(stats.memory_peak <= 12 << 20);
        CHECK_EQ(stats.calls, 0);
    }
    CHECK_EQ(rig.statuses[INIA_OK] + rig.statuses[INIA_NO_MEMORY], rig.done);

    rig_get(&rig, "size-100");
    inia_call *call = rig_next(&rig);
    CHECK_EQ(call->status, INIA_OK);
    inia_release(call);
    rig_end(&rig);
}

TEST(any_budget_however_small_gives_an_engine_or_an_error)
{
    int engines = 0, clients = 0, answers = 0;
    for (size_t memory = 1 << 16; memory <= 12 << 20; memory += memory / 4) {
        inia_error error = {INIA_OK, ""};
        inia_engine *engine = inia_engine_new(&(inia_engine_config){.max_memory = memory}, &error);
        inia_credentials credentials = {"AKID", "secret", NULL, 0};
        inia_client_config config = {
            .service = "s3",
            .region = "us-east-1",
            .credentials = &credentials,
            .endpoint_url = "http://127.0.0.1:1"};
        inia_client *client = inia_client_new(engine, &config, &error);
        const inia_operation *get = inia_find_operation(client, "GetObject", &error);
        if (!get)
            CHECK_EQ(error.status, INIA_NO_MEMORY);
        inia_call *call = get ? inia_submit(client, &(inia_request){.operation = get}) : NULL;
        if (call)
            CHECK_EQ(inia_wait(engine, &call, 1, 1000), 1);
        engines += engine != NULL;
        clients += client != NULL;
        answers += call != NULL;
        inia_engine_free(engine);
    }
    CHECK(answers > 0 && clients >= answers && engines >= clients);
}

/* ---- The rest -------------------------------------------------------------------------------- */

TEST(an_engine_that_gathers_completions_still_keeps_its_times)
{
    struct rig rig;
    rig_begin_with(&rig, &(inia_engine_config){.batch_us = 2000}, (inia_client_config){0});
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < 20; i++)
            rig_get(&rig, i % 4 ? "size-5000" : "after-3");
        CHECK(rig_submit(&rig, "GetObject", "never", &(inia_request){.deadline_ms = 20}));
        rig_finish(&rig, 21);
    }
    CHECK_EQ(rig.statuses[INIA_OK], 100);
    CHECK_EQ(rig.statuses[INIA_TIMED_OUT], 5);
    inia_call *call;
    uint64_t started = monotonic_ns();
    CHECK_EQ(inia_wait(rig.engine, &call, 1, 20), 0);
    CHECK(monotonic_ns() - started < 2000 * 1000000ull);
    rig_end(&rig);
}

TEST(statistics_add_up)
{
    struct rig rig;
    rig_begin(&rig);
    for (int i = 0; i < 50; i++)
        rig_get(&rig, "size-1000");
    CHECK(rig_submit(&rig, "GetObject", "never", &(inia_request){.deadline_ms = 30}));
    rig_get(&rig, "flaky-1");
    inia_stats stats;
    inia_engine_stats(rig.engine, &stats);
    CHECK_EQ(stats.calls, 52);
    CHECK_EQ(stats.calls_finished, 0);
    CHECK_EQ(inia_pending(rig.engine), 52);
    rig_finish(&rig, 52);
    inia_engine_stats(rig.engine, &stats);
    CHECK_EQ(stats.calls_submitted, 52);
    CHECK_EQ(stats.calls_finished, 52);
    CHECK_EQ(stats.calls_failed, 1);
    CHECK_EQ(stats.retries, 1);
    CHECK_EQ(stats.attempts, 53);
    CHECK_EQ(stats.connections_opened, atomic_load(&rig.server->connections));
    CHECK_EQ(stats.connections_opened + stats.connections_reused, 53);
    CHECK(stats.bytes_received > 50000 && stats.bytes_sent > 53 * 200);
    CHECK(stats.kernel_entries > 0 && stats.completions > 0);
    CHECK(stats.memory_used > 0 && stats.memory_used <= stats.memory_peak);
    CHECK_EQ(stats.calls, 0);
    CHECK_EQ(stats.handshakes, 0);
    rig_end(&rig);
}
