/* What takes long because of us, or because a service works long and shows it, is not given up. */
#include "journey_fixture.h"

enum { BODY = 300000, ATTEMPT_MS = 2000, LONG_MS = 10 * ATTEMPT_MS, CONNECTIONS = 8 };

static const uint64_t ms = 1000000;
static const inia_param params[] = {{"Bucket", "b"}, {"Key", "k"}, {0}};
static const inia_param copy_params[] = {
    {"Bucket", "b"}, {"Key", "k"}, {"CopySource", "b/other"}, {0}};
static const inia_client_config config = {
    .service = "s3",
    .attempt_ms = ATTEMPT_MS,
    .max_attempts = 1,
    .payload = INIA_PAYLOAD_UNSIGNED,
    .no_verification = true,
};
static char body[BODY];

static void serve(
    const struct world_http_request *request, struct world_http_answer *answer, void *arg)
{
    (void)arg;
    if (strcmp(request->method, "GET") == 0) {
        answer->body = body;
        answer->body_size = BODY;
    }
}

static void must_be_well(struct journey *journey, inia_call *call)
{
    (void)journey;
    if (call->status != INIA_OK)
        FAIL("%s", call->message);
    CHECK_EQ(call->attempt_count, 1);
}

static void begin(struct journey *journey, uint64_t seed, const inia_engine_config *engine)
{
    journey_begin_with(journey, seed, &config, engine, serve);
    journey->look = must_be_well;
}

static void let_pass(struct journey *journey, uint64_t duration_ms)
{
    uint64_t until_ns = world_now_ns() + duration_ms * ms;
    while (world_now_ns() < until_ns)
        journey_turn(journey, 100);
}

/* ---- Programs that are not ready ------------------------------------------------------------- */

struct program {
    bool ready;
    size_t moved;
};

static ssize_t take(void *arg, const void *bytes, size_t size)
{
    struct program *program = arg;
    (void)bytes;
    if (!program->ready && program->moved > 0)
        return INIA_PAUSE;
    program->moved += size;
    return (ssize_t)size;
}

static ssize_t give(void *arg, void *buffer, size_t capacity)
{
    struct program *program = arg;
    size_t left = BODY - program->moved;
    size_t size = left < 10000 ? left : 10000;
    if (!program->ready && program->moved > 0)
        return INIA_PAUSE;
    size = size < capacity ? size : capacity;
    memset(buffer, 'x', size);
    program->moved += size;
    return (ssize_t)size;
}

TEST(who_is_slow_to_take_an_answer_is_waited_for)
{
    for (uint64_t seed = 1; seed <= journey_seeds(10); seed++) {
        struct program program = {0};
        struct journey j;
        begin(&j, seed, NULL);
        inia_request request = {.into = inia_to_stream(take, &program)};
        inia_call *call = journey_submit(&j, "GetObject", params, &request);
        CHECK(call != NULL);
        let_pass(&j, LONG_MS);
        CHECK(j.finished == 0 && program.moved < BODY);
        program.ready = true;
        inia_resume(call);
        journey_run(&j);
        CHECK_EQ(program.moved, BODY);
        journey_end(&j);
    }
}

TEST(who_is_slow_to_give_a_body_is_waited_for)
{
    for (uint64_t seed = 1; seed <= journey_seeds(10); seed++) {
        struct program program = {0};
        struct journey j;
        begin(&j, seed, NULL);
        inia_request request = {.body = inia_from_stream(give, NULL, &program, BODY)};
        inia_call *call = journey_submit(&j, "PutObject", params, &request);
        CHECK(call != NULL);
        let_pass(&j, LONG_MS);
        CHECK(j.finished == 0 && program.moved < BODY);
        program.ready = true;
        inia_resume(call);
        journey_run(&j);
        CHECK_EQ(program.moved, BODY);
        journey_end(&j);
    }
}

TEST(uploads_that_pause_hold_up_nobody_else)
{
    struct program programs[CONNECTIONS - 1] = {{0}};
    inia_call *paused[CONNECTIONS - 1];
    struct journey j;
    begin(&j, 1, &(inia_engine_config){.max_connections = CONNECTIONS});
    for (int i = 0; i < CONNECTIONS - 1; i++) {
        inia_request request = {.body = inia_from_stream(give, NULL, &programs[i], BODY)};
        paused[i] = journey_submit(&j, "PutObject", params, &request);
    }
    let_pass(&j, 10);
    inia_stats before, after;
    inia_engine_stats(j.engine, &before);
    for (int i = 0; i < 100; i++)
        CHECK(journey_submit(&j, "DeleteObject", params, NULL));
    let_pass(&j, LONG_MS);
    inia_engine_stats(j.engine, &after);
    CHECK_EQ(j.finished, 100);
    CHECK(after.memory_used <= before.memory_used + (1 << 20));
    for (int i = 0; i < CONNECTIONS - 1; i++) {
        programs[i].ready = true;
        inia_resume(paused[i]);
    }
    journey_run(&j);
    journey_end(&j);
}

/* ---- Queues and services that take their time ------------------------------------------------ */

static void serve_late(
    const struct world_http_request *request, struct world_http_answer *answer, void *arg)
{
    (void)request;
    (void)arg;
    answer->delay_ns = (ATTEMPT_MS - 500) * ms;
}

TEST(the_time_in_a_queue_for_a_connection_is_no_stall)
{
    struct journey j;
    journey_begin_with(&j, 1, &config, &(inia_engine_config){.max_connections = 1}, serve_late);
    j.look = must_be_well;
    uint64_t started_ns = world_now_ns();
    for (int i = 0; i < 10; i++)
        CHECK(journey_submit(&j, "DeleteObject", params, NULL));
    journey_run(&j);
    CHECK(world_now_ns() - started_ns > 5 * ATTEMPT_MS * ms);
    journey_end(&j);
}

/* S3 says 200 at once, a blank now and then, and in the end what it has done. */
static void copy_slowly(
    const struct world_http_request *request, struct world_http_answer *answer, void *arg)
{
    static const char result[] = "<?xml version=\"1.0\"?>\n                              "
                                 "<CopyObjectResult><ETag>\"e\"</ETag></CopyObjectResult>";
    (void)request;
    (void)arg;
    answer->body = result;
    answer->body_size = sizeof result - 1;
}

static void must_have_copied(struct journey *journey, inia_call *call)
{
    must_be_well(journey, call);
    CHECK_TEXT(inia_get(call, "CopyObjectResult.ETag"), "\"e\"");
}

TEST(a_copy_that_shows_only_now_and_then_that_it_goes_on_is_waited_for)
{
    static const struct world_fault slow = {.kind = WORLD_SLOW, .ns_per_byte = 200000000};
    struct journey j;
    journey_begin_with(&j, 1, &config, NULL, copy_slowly);
    j.look = must_have_copied;
    world_network()->fragment = 4;
    world_fault_next(j.server.endpoint, &slow);
    uint64_t started_ns = world_now_ns();
    CHECK(journey_submit(&j, "CopyObject", copy_params, NULL));
    journey_run(&j);
    CHECK(world_now_ns() - started_ns > LONG_MS * ms);
    journey_end(&j);
}
