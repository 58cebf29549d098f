/* Ten thousand calls are in flight to a server that keeps them all waiting, and are cancelled. */
#include "journey.h"

#include <stdio.h>

enum { MANY = 10000, AT_ONCE = 256 };

static const uint64_t second = 1000000000;
static const inia_param object[] = {{"Bucket", "b"}, {"Key", "k"}, {0}};

static struct crowd {
    inia_engine *engine;
    inia_client *client;
    struct world_http server;
    inia_call *calls[MANY];
    unsigned char finished[MANY];
    size_t finished_count;
    bool answers;
} crowd;

static void answer(
    const struct world_http_request *request, struct world_http_answer *answer, void *arg)
{
    (void)request;
    (void)arg;
    answer->delay_ns = crowd.answers ? 0 : 3600 * second;
}

static void begin(uint32_t connections)
{
    static const inia_credentials credentials = {"AKID", "secret", NULL, 0};
    inia_error error = {INIA_OK, ""};
    crowd = (struct crowd){.server = {.answer = answer}};
    world_start(1);
    world_http_listen(&crowd.server, "10.0.0.1", 80);
    crowd.engine = inia_engine_new(
        &(inia_engine_config){.max_calls = MANY, .max_connections = connections}, &error);
    CHECK(crowd.engine != NULL);
    crowd.client = inia_client_new(
        crowd.engine,
        &(inia_client_config){
            .service = "s3",
            .region = "us-east-1",
            .endpoint_url = "http://10.0.0.1",
            .credentials = &credentials},
        &error);
    CHECK(crowd.client != NULL);
}

static void submit_all(void)
{
    inia_error error;
    const inia_operation *get = inia_find_operation(crowd.client, "GetObject", &error);
    memset(crowd.finished, 0, sizeof crowd.finished);
    crowd.finished_count = 0;
    for (size_t i = 0; i < MANY; i++) {
        crowd.calls[i] = inia_submit(
            crowd.client,
            &(inia_request){.operation = get, .params = object, .user_data = (void *)i});
        CHECK(crowd.calls[i] != NULL);
    }
    inia_request one_more = {.operation = get, .params = object};
    CHECK(inia_submit(crowd.client, &one_more) == NULL); /* all places are taken */
}

static size_t collect(inia_status status, int timeout_ms)
{
    inia_call *done[AT_ONCE];
    size_t count = inia_wait(crowd.engine, done, AT_ONCE, timeout_ms);
    for (size_t i = 0; i < count; i++) {
        CHECK_EQ(done[i]->status, status);
        CHECK_EQ(crowd.finished[(size_t)done[i]->user_data]++, 0);
        inia_release(done[i]);
    }
    crowd.finished_count += count;
    return count;
}

static void collect_all(inia_status status)
{
    while (crowd.finished_count < MANY)
        CHECK(collect(status, -1) > 0);
    CHECK_EQ(collect(status, 0), 0);
    inia_stats stats;
    inia_engine_stats(crowd.engine, &stats);
    CHECK_EQ(stats.calls, 0);
}

/* Until as many requests as there are connections have been sent. */
static void let_them_go_out(uint32_t connections)
{
    uint64_t end_ns = world_now_ns() + 5 * second;
    while (crowd.server.requests < connections && world_now_ns() < end_ns)
        CHECK_EQ(collect(INIA_OK, 10), 0);
    CHECK_EQ(crowd.server.requests, connections);
}

static void cancel_all(void)
{
    uint64_t began_ns = world_now_ns();
    for (size_t i = 0; i < MANY; i++)
        inia_cancel(crowd.calls[i]);
    collect_all(INIA_CANCELLED);
    CHECK(world_now_ns() - began_ns < second);
}

static void cancel_twice_and_go_on(uint32_t connections)
{
    begin(connections);
    submit_all();
    let_them_go_out(connections);
    cancel_all();
    submit_all(); /* at once, and cancelled before they have gone out */
    cancel_all();
    crowd.answers = true;
    submit_all();
    collect_all(INIA_OK);
    inia_engine_free(crowd.engine);
    world_end();
}

TEST(ten_thousand_in_flight_are_cancelled_once_each_and_as_many_more_go_out_at_once)
{
    cancel_twice_and_go_on(MANY);
}

TEST(those_that_wait_for_a_connection_are_cancelled_as_well)
{
    cancel_twice_and_go_on(100);
}
