/*
 * Tasks in a simulated network, under many seeds: whatever happens to the calls they await, each
 * task runs to its end once, no call is lost, and all memory is back. A check would jump out of a
 * task's stack: tasks count what they see.
 */
#include "journey_fixture.h"

#include "base/base.h"

enum { TASKS = 24, BODY = 20000, CHUNK = 6000 };

static char body[BODY];
static const inia_param params[] = {{"Bucket", "b"}, {"Key", "k"}, {0}};

/* Of one journey. */
static struct seen {
    const inia_operation *get, *put;
    size_t begun, ended, thens, spawned;
    size_t good, bad; /* calls, by whether what came is what it should be */
    size_t statuses[32];
    size_t corrupted; /* bodies that reached the server other than they were sent */
    bool client_is_gone;
} seen;

static void fill(char *bytes, size_t size, char first)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (char)(first + (char)(i % 19));
}

/* A body says by its first byte what the others are. */
static void serve(
    const struct world_http_request *request, struct world_http_answer *answer, void *arg)
{
    (void)arg;
    static char expected[CHUNK];
    if (strcmp(request->method, "GET") == 0) {
        answer->body = body;
        answer->body_size = BODY;
    } else if (request->body_size == CHUNK) {
        fill(expected, CHUNK, ((const char *)request->body)[0]);
        seen.corrupted += memcmp(expected, request->body, CHUNK) != 0;
    }
    answer->delay_ns = world_random(20) * 1000000u;
}

static void serve_badly(
    const struct world_http_request *request, struct world_http_answer *answer, void *arg)
{
    serve(request, answer, arg);
    unsigned luck = (unsigned)world_random(12);
    answer->status = luck < 2 ? 503 : 200;
    answer->close = luck == 3;
    answer->reset = luck == 4;
}

static void begin(
    struct journey *journey, uint64_t seed, const inia_engine_config *config,
    void (*answer)(const struct world_http_request *, struct world_http_answer *, void *))
{
    inia_error error;
    fill(body, BODY, 'a');
    journey_begin_with(
        journey, seed, &(inia_client_config){.service = "s3", .payload = INIA_PAYLOAD_UNSIGNED},
        config, answer);
    seen = (struct seen){
        .get = inia_find_operation(journey->client, "GetObject", &error),
        .put = inia_find_operation(journey->client, "PutObject", &error)};
    CHECK(seen.get && seen.put);
}

static void count(inia_call *call, size_t body_size)
{
    bool whole = call->body_size == body_size &&
                 (body_size == 0 || memcmp(call->body, body, body_size) == 0);
    seen.statuses[call->status]++;
    seen.good += call->status == INIA_OK && whole;
    seen.bad += call->status == INIA_OK && !whole;
}

static inia_call *get(inia_client *client)
{
    return inia_submit(
        client, &(inia_request){.operation = seen.get, .params = params, .deadline_ms = 30000});
}

static inia_call *put(inia_client *client, const char *bytes)
{
    return inia_submit(
        client, &(inia_request){
                    .operation = seen.put,
                    .params = params,
                    .body = inia_from_memory(bytes, CHUNK),
                    .deadline_ms = 30000});
}

static void then(inia_engine *engine, void *arg)
{
    (void)engine, (void)arg;
    seen.thens++;
}

/* A bit of everything, by chance; leaves calls behind whose bodies lie on its stack. */
static void work(inia_engine *engine, void *arg)
{
    struct journey *journey = arg;
    char mine[CHUNK];
    seen.begun++;
    fill(mine, CHUNK, (char)('A' + world_random(26)));
    if (!seen.client_is_gone) {
        inia_call *first = inia_await(get(journey->client));
        count(first, BODY);
        inia_release(first);
    }
    inia_sleep(engine, (uint32_t)world_random(30));
    if (seen.client_is_gone) {
        seen.ended++;
        return;
    }
    inia_call *race[3] = {get(journey->client), put(journey->client, mine), NULL};
    size_t won = inia_await_any(race, 3);
    count(race[won], race[won]->operation == seen.get ? BODY : 0);
    if (world_random(2)) {
        inia_await_all(race, 3);
        inia_release(race[0]);
        inia_release(race[1]);
    }
    if (world_random(2) && !seen.client_is_gone)
        (void)!put(journey->client, mine);
    seen.ended++;
}

static void spawn(struct journey *journey, size_t tasks)
{
    for (size_t i = 0; i < tasks; i++)
        seen.spawned += inia_spawn_then(journey->engine, work, journey, then) == INIA_OK;
}

static void run(struct journey *journey)
{
    for (int turns = 0; inia_pending(journey->engine) > 0; turns++) {
        CHECK(turns < JOURNEY_TURNS);
        inia_wait(journey->engine, NULL, 0, 1000);
    }
}

static void check_ended(void)
{
    CHECK_EQ(seen.begun, seen.spawned);
    CHECK_EQ(seen.ended, seen.spawned);
    CHECK_EQ(seen.thens, seen.spawned);
    CHECK_EQ(seen.bad, 0);
    CHECK_EQ(seen.corrupted, 0);
}

TEST(each_task_ends_once_whatever_the_network_and_the_server_do)
{
    for (uint64_t seed = 1; seed <= journey_seeds(30); seed++) {
        struct journey j;
        begin(&j, seed, NULL, serve_badly);
        world_fault_often(j.server.endpoint, 100);
        spawn(&j, TASKS);
        run(&j);
        CHECK(seen.good > 0);
        seen.bad = seen.corrupted = 0; /* garbage on the wire looks like any body */
        check_ended();
        journey_end(&j);
    }
}

TEST(tasks_share_what_little_room_there_is)
{
    for (uint64_t seed = 1; seed <= journey_seeds(20); seed++) {
        struct journey j;
        begin(&j, seed, &(inia_engine_config){.max_calls = 3, .max_connections = 2}, serve);
        spawn(&j, TASKS);
        run(&j);
        check_ended();
        CHECK_EQ(seen.statuses[INIA_OK] + seen.statuses[INIA_TOO_LARGE], 2 * TASKS);
        journey_end(&j);
    }
}

static void begin_and_turn(struct journey *journey, uint64_t turns)
{
    begin(journey, turns + 1, NULL, serve);
    spawn(journey, TASKS);
    for (uint64_t i = 0; i < turns; i++)
        inia_wait(journey->engine, NULL, 0, 1);
}

TEST(tasks_are_cancelled_in_any_turn_and_run_to_their_end)
{
    for (uint64_t turn = 0; turn < 40; turn++) {
        struct journey j;
        begin_and_turn(&j, turn);
        inia_cancel_tasks(j.engine, &j);
        run(&j);
        check_ended();
        journey_end(&j);
    }
}

TEST(the_client_is_freed_in_any_turn)
{
    for (uint64_t turn = 0; turn < 20; turn++) {
        struct journey j;
        begin_and_turn(&j, turn);
        inia_client_free(j.client);
        seen.client_is_gone = true;
        run(&j);
        check_ended();
        journey_end(&j);
    }
}

TEST(the_engine_is_freed_in_any_turn)
{
    for (uint64_t turn = 0; turn < 40; turn++) {
        struct journey j;
        begin_and_turn(&j, turn);
        journey_end(&j);
        check_ended();
    }
}

TEST(each_allocation_may_fail_and_each_task_still_ends)
{
    bool failed_some = false, all_well = false;
    for (uint64_t nth = 1; nth < 400 && !all_well; nth++) {
        struct journey j;
        begin(&j, 1, NULL, serve);
        budget_fail_after(nth);
        spawn(&j, 3);
        run(&j);
        budget_fail_after(0);
        check_ended();
        all_well = seen.spawned == 3 && seen.statuses[INIA_OK] == 6;
        failed_some = failed_some || !all_well;
        journey_end(&j);
    }
    CHECK(failed_some && all_well);
}

/* ---- Holding on ------------------------------------------------------------------------------ */

/* Never heeds that it is cancelled. */
static void hold_on(inia_engine *engine, void *arg)
{
    struct journey *journey = arg;
    char mine[CHUNK];
    fill(mine, CHUNK, 'z');
    (void)engine;
    for (;;)
        inia_release(inia_await(put(journey->client, mine)));
}

TEST(one_that_holds_on_for_ever_does_not_keep_the_engine_from_being_freed)
{
    for (uint64_t turn = 0; turn < 10; turn++) {
        struct journey j;
        begin(&j, turn + 1, NULL, serve);
        CHECK_EQ(inia_spawn(j.engine, hold_on, &j), INIA_OK);
        spawn(&j, 3);
        for (uint64_t i = 0; i < turn; i++)
            inia_wait(j.engine, NULL, 0, 1);
        journey_end(&j);
        check_ended();
    }
}
