/* A thousand calls to a server that answers so many at a time: how many are worth sending at once
 * is found out. */
#include "journey.h"

#include <stdio.h>

enum { CALLERS = 1000, WORKERS = 100, SERVICE_MS = 20, SECONDS = 20 };

static const uint64_t ms = 1000000;

static struct crowd_scene {
    inia_engine *engine;
    inia_client *client;
    struct world_http server;
    uint64_t free_ns[WORKERS], ends_ns, measured_from_ns;
    uint64_t answered, waited_ns;
    size_t in_flight, workers;
    inia_load load; /* as it was towards the end */
} scene;

static void answer(
    const struct world_http_request *request, struct world_http_answer *answer, void *arg)
{
    size_t first = 0;
    char target[64];
    (void)arg;
    if (world_http_header(request, "x-amz-target", target, sizeof target) &&
        strcmp(target, "DynamoDB_20120810.DescribeTable") == 0) {
        answer->status = 400;
        answer->body = "{\"__type\":\"ThrottlingException\"}";
        answer->body_size = strlen(answer->body);
        return;
    }
    for (size_t i = 1; i < scene.workers; i++) {
        if (scene.free_ns[i] < scene.free_ns[first])
            first = i;
    }
    uint64_t now = world_now_ns();
    uint64_t start = scene.free_ns[first] > now ? scene.free_ns[first] : now;
    scene.free_ns[first] = start + SERVICE_MS * ms;
    answer->delay_ns = scene.free_ns[first] - now;
    answer->body = "{}";
    answer->body_size = 2;
}

static void submit(void);

static void on_done(inia_call *call)
{
    CHECK_EQ(call->status, INIA_OK);
    const inia_attempt *attempt = call->attempts;
    if (world_now_ns() >= scene.measured_from_ns && world_now_ns() < scene.ends_ns) {
        scene.answered++;
        scene.waited_ns += attempt->first_byte_ns - attempt->started_ns;
        inia_client_load(scene.client, &scene.load);
    }
    scene.in_flight--;
    inia_release(call);
    if (world_now_ns() < scene.ends_ns)
        submit();
}

static void submit(void)
{
    inia_error error;
    const inia_operation *list = inia_find_operation(scene.client, "ListTables", &error);
    CHECK(inia_submit(scene.client, &(inia_request){.operation = list, .on_done = on_done}));
    scene.in_flight++;
}

static bool is_busy;       /* the thread that calls */
static bool has_hot_table; /* which all calls to are refused */

static void call_hot_table(inia_call *last)
{
    static const inia_param params[] = {{"TableName", "hot"}, {0}};
    inia_error error;
    const inia_operation *describe = inia_find_operation(scene.client, "DescribeTable", &error);
    const inia_request request = {
        .operation = describe, .params = params, .on_done = call_hot_table};
    if (last) {
        CHECK_EQ(last->status, INIA_SERVICE_ERROR);
        inia_release(last);
        scene.in_flight--;
    }
    if (world_now_ns() >= scene.ends_ns)
        return;
    CHECK(inia_submit(scene.client, &request));
    scene.in_flight++;
}

static void run(uint64_t seed, bool adaptive, size_t callers, uint32_t connections)
{
    static const inia_credentials credentials = {"AKID", "secret", NULL, 0};
    inia_error error;
    scene = (struct crowd_scene){.workers = WORKERS, .server = {.answer = answer}};
    world_start(seed);
    if (is_busy)
        world_set_busy();
    world_http_listen(&scene.server, "10.0.0.1", 80);
    scene.engine = inia_engine_new(&(inia_engine_config){.max_connections = connections}, &error);
    CHECK(scene.engine != NULL);
    scene.client = inia_client_new(
        scene.engine,
        &(inia_client_config){
            .service = "dynamodb",
            .region = "us-east-1",
            .endpoint_url = "http://10.0.0.1",
            .credentials = &credentials,
            .adaptive_concurrency = adaptive},
        &error);
    CHECK(scene.client != NULL);
    scene.ends_ns = world_now_ns() + SECONDS * 1000 * ms;
    scene.measured_from_ns = scene.ends_ns - 5000 * ms;
    for (size_t i = 0; i < callers; i++)
        submit();
    if (has_hot_table)
        call_hot_table(NULL);
    while (scene.in_flight > 0)
        (void)inia_wait(scene.engine, NULL, 0, -1);
    printf(
        "%s: limit %u, %.0f answers/s, the first byte after %.1f ms, limited by %d\n",
        adaptive ? "adaptive" : "not", scene.load.limit, (double)scene.answered / 5,
        (double)scene.waited_ns / 1e6 / (double)scene.answered, (int)scene.load.limited_by);
    inia_engine_free(scene.engine);
    world_end();
}

TEST(as_much_is_answered_and_much_sooner_when_no_more_are_sent_than_is_worth_it)
{
    const uint64_t capacity = 5 * WORKERS * 1000 / SERVICE_MS;
    run(1, false, CALLERS, 2048);
    CHECK_EQ(scene.load.limit, 0);
    uint64_t answered = scene.answered, waited_ns = scene.waited_ns / scene.answered;
    CHECK(answered >= capacity * 95 / 100);
    run(1, true, CALLERS, 2048);
    CHECK(scene.answered >= capacity * 95 / 100);
    CHECK(scene.waited_ns / scene.answered * 3 < waited_ns);
    CHECK(scene.load.limit >= WORKERS && scene.load.limit < 3 * WORKERS);
    CHECK_EQ(scene.load.limited_by, INIA_LIMITED_BY_SERVER);
    CHECK(scene.load.best_ns >= SERVICE_MS * ms && scene.load.waiting > 0);
}

TEST(a_table_that_throttles_lifts_the_limit_for_no_other)
{
    has_hot_table = true;
    run(5, true, CALLERS, 2048);
    has_hot_table = false;
    CHECK(scene.answered >= 5 * WORKERS * 1000 / SERVICE_MS * 95 / 100);
    CHECK(scene.waited_ns / scene.answered < 3 * SERVICE_MS * ms);
}

TEST(what_limits_is_named)
{
    run(2, true, 8, 2048);
    CHECK_EQ(scene.load.limited_by, INIA_LIMITED_BY_DEMAND);
    CHECK(scene.load.waiting == 0 && scene.load.in_flight <= 8);
    run(3, true, CALLERS, 20);
    CHECK_EQ(scene.load.limited_by, INIA_LIMITED_BY_CONNECTIONS);
    is_busy = true;
    run(4, true, CALLERS, 2048);
    CHECK_EQ(scene.load.limited_by, INIA_LIMITED_BY_CPU);
    is_busy = false;
}
