/* The life of a call, from the public API down to a simulated network, under many seeds. */
#include "journey_fixture.h"

#include <unistd.h>

static const inia_param put_params[] = {{"Bucket", "b"}, {"Key", "k"}, {0}};

static char large_body[600000];

static void fill_large_body(void)
{
    for (size_t i = 0; i < sizeof large_body; i++)
        large_body[i] = (char)('a' + i % 23);
}

/* A small S3: GET gives 40,000 bytes, PUT checks what came, HEAD and DELETE say yes. */
static void small_s3(
    const struct world_http_request *request, struct world_http_answer *answer, void *arg)
{
    (void)arg;
    answer->status = 200;
    answer->headers = "ETag: \"e\"\r\nx-amz-request-id: R1\r\n";
    if (strcmp(request->method, "GET") == 0) {
        answer->body = large_body;
        answer->body_size = 40000;
        answer->chunked = world_random(3) == 0;
    } else if (strcmp(request->method, "PUT") == 0 && request->body) {
        bool good =
            request->body_size == 0 || memcmp(request->body, large_body, request->body_size) == 0;
        answer->status = good ? 200 : 400;
    }
}

static void check_get(struct journey *journey, inia_call *call)
{
    (void)journey;
    CHECK_EQ(call->status, INIA_OK);
    CHECK_EQ(call->http_status, 200);
    CHECK_BYTES(call->body, call->body_size, large_body, 40000);
    CHECK_TEXT(inia_get(call, "ETag"), "\"e\"");
    CHECK_TEXT(inia_get_header(call, "X-AMZ-Request-Id"), "R1");
    CHECK_EQ(call->attempt_count, 1);
}

TEST(a_hundred_gets_come_back_whole_whatever_the_pieces)
{
    fill_large_body();
    for (uint64_t seed = 1; seed <= journey_seeds(20); seed++) {
        struct journey j;
        journey_begin(&j, seed, "s3", small_s3);
        j.look = check_get;
        for (int i = 0; i < 100; i++)
            CHECK(journey_submit(&j, "GetObject", put_params, NULL) != NULL);
        journey_run(&j);
        CHECK_EQ(j.statuses[INIA_OK], 100);
        journey_end(&j);
    }
}

static ssize_t read_part(void *arg, void *buffer, size_t capacity)
{
    size_t *at = arg;
    if (world_random(4) == 0)
        return INIA_PAUSE;
    size_t left = sizeof large_body - *at;
    size_t size = 1 + world_random(50000);
    if (size > left)
        size = left;
    if (size > capacity)
        size = capacity;
    memcpy(buffer, large_body + *at, size);
    *at += size;
    return (ssize_t)size;
}

static bool rewind_part(void *arg)
{
    *(size_t *)arg = 0;
    return true;
}

TEST(bodies_from_memory_file_and_pausing_streams_arrive_as_they_are)
{
    fill_large_body();
    FILE *file = tmpfile();
    CHECK(file && fwrite(large_body, 1, sizeof large_body, file) == sizeof large_body);
    CHECK(fflush(file) == 0);
    for (uint64_t seed = 1; seed <= journey_seeds(10); seed++) {
        struct journey j;
        journey_begin_with(
            &j, seed, &(inia_client_config){.service = "s3", .payload = INIA_PAYLOAD_UNSIGNED},
            NULL, small_s3);
        size_t at = 0;
        inia_source sources[] = {
            inia_from_memory(large_body, sizeof large_body),
            inia_from_file(fileno(file), 0, INIA_UNKNOWN_SIZE),
            inia_from_stream(read_part, rewind_part, &at, sizeof large_body),
            inia_from_memory(large_body, 100),
        };
        inia_call *calls[4];
        for (size_t i = 0; i < 4; i++) {
            calls[i] =
                journey_submit(&j, "PutObject", put_params, &(inia_request){.body = sources[i]});
            CHECK(calls[i] != NULL);
        }
        for (int turns = 0; j.finished < j.accepted; turns++) {
            CHECK(turns < JOURNEY_TURNS);
            journey_turn(&j, 1);
            if (!j.finished_times[2])
                inia_resume(calls[2]);
        }
        CHECK_EQ(j.statuses[INIA_OK], 4);
        journey_end(&j);
    }
    fclose(file);
}

struct pausing {
    size_t got;
    bool pause_next;
};

static ssize_t write_part(void *arg, const void *bytes, size_t size)
{
    struct pausing *pausing = arg;
    if (world_random(3) == 0)
        return INIA_PAUSE;
    CHECK(pausing->got + size <= 40000);
    CHECK(memcmp(bytes, large_body + pausing->got, size) == 0);
    pausing->got += size;
    return (ssize_t)size;
}

TEST(bodies_to_memory_file_and_pausing_streams_arrive_as_they_are)
{
    fill_large_body();
    for (uint64_t seed = 1; seed <= journey_seeds(10); seed++) {
        struct journey j;
        FILE *file = tmpfile();
        static char memory[40000];
        struct pausing pausing = {0};
        memset(memory, 0, sizeof memory);
        journey_begin(&j, seed, "s3", small_s3);
        inia_sink sinks[] = {
            inia_to_memory(memory, sizeof memory),
            inia_to_file(fileno(file), 7),
            inia_to_stream(write_part, &pausing),
        };
        inia_call *calls[3];
        for (size_t i = 0; i < 3; i++)
            calls[i] =
                journey_submit(&j, "GetObject", put_params, &(inia_request){.into = sinks[i]});
        for (int turns = 0; j.finished < j.accepted; turns++) {
            CHECK(turns < JOURNEY_TURNS);
            journey_turn(&j, 1);
            if (!j.finished_times[2])
                inia_resume(calls[2]);
        }
        CHECK_EQ(j.statuses[INIA_OK], 3);
        CHECK_BYTES(memory, sizeof memory, large_body, 40000);
        CHECK_EQ(pausing.got, 40000);
        static char back[40007];
        CHECK_EQ(pread(fileno(file), back, sizeof back, 0), 40007);
        CHECK_BYTES(back + 7, 40000, large_body, 40000);
        fclose(file);
        journey_end(&j);
    }
}

static void slow_server(
    const struct world_http_request *request, struct world_http_answer *answer, void *arg)
{
    small_s3(request, answer, arg);
    answer->delay_ns = world_random(200) * 1000000u;
    answer->hang = world_random(4) == 0;
}

TEST(a_deadline_ends_what_would_not_end_and_says_so)
{
    fill_large_body();
    for (uint64_t seed = 1; seed <= journey_seeds(20); seed++) {
        struct journey j;
        journey_begin(&j, seed, "s3", slow_server);
        for (int i = 0; i < 40; i++)
            journey_submit(&j, "GetObject", put_params, &(inia_request){.deadline_ms = 150});
        uint64_t started = world_now_ns();
        journey_run(&j);
        CHECK(world_now_ns() - started < 250 * 1000000u);
        CHECK_EQ(j.statuses[INIA_OK] + j.statuses[INIA_TIMED_OUT], 40);
        CHECK(j.statuses[INIA_TIMED_OUT] > 0);
        journey_end(&j);
    }
}

TEST(a_call_may_be_cancelled_in_any_turn_and_finishes_once)
{
    fill_large_body();
    for (uint64_t turn = 0; turn < 30; turn++) {
        struct journey j;
        journey_begin(&j, turn + 1, "s3", small_s3);
        inia_call *calls[6];
        for (size_t i = 0; i < 6; i++) {
            bool put = i % 2;
            calls[i] = journey_submit(
                &j, put ? "PutObject" : "GetObject", put_params,
                put ? &(inia_request){.body = inia_from_memory(large_body, sizeof large_body)}
                    : NULL);
        }
        for (uint64_t i = 0; i < turn; i++)
            journey_turn(&j, 0);
        for (size_t i = 0; i < 6; i++) {
            if (!j.finished_times[i])
                inia_cancel(calls[i]);
        }
        journey_run(&j);
        CHECK_EQ(j.statuses[INIA_OK] + j.statuses[INIA_CANCELLED], 6);
        journey_end(&j);
    }
}

TEST(freeing_the_engine_in_any_turn_ends_what_is_left_and_leaks_nothing)
{
    fill_large_body();
    for (uint64_t turn = 0; turn < 30; turn++) {
        struct journey j;
        journey_begin(&j, turn + 1, "s3", small_s3);
        for (size_t i = 0; i < 6; i++)
            journey_submit(
                &j, "PutObject", put_params,
                &(inia_request){.body = inia_from_memory(large_body, sizeof large_body)});
        for (uint64_t i = 0; i < turn; i++)
            journey_turn(&j, 0);
        j.accepted = j.finished;
        journey_end(&j);
    }
}

static void flaky_server(
    const struct world_http_request *request, struct world_http_answer *answer, void *arg)
{
    small_s3(request, answer, arg);
    unsigned luck = (unsigned)world_random(10);
    if (luck < 2) {
        answer->status = 503;
        answer->chunked = false;
        answer->body = "<Error><Code>SlowDown</Code><Message>later</Message></Error>";
        answer->body_size = strlen(answer->body);
    }
    answer->close = luck == 3;
    answer->reset = luck == 4;
    if (luck == 5) {
        answer->cut = true;
        answer->cut_at = answer->body_size / 2;
    }
}

TEST(each_call_finishes_once_whatever_the_network_and_the_server_do)
{
    fill_large_body();
    for (uint64_t seed = 1; seed <= journey_seeds(60); seed++) {
        struct journey j;
        journey_begin(&j, seed, "s3", flaky_server);
        world_fault_often(j.server.endpoint, 200);
        for (int i = 0; i < 40; i++) {
            inia_request request = {.deadline_ms = 30000};
            bool put = world_random(2);
            if (put)
                request.body = inia_from_memory(large_body, world_random(100000));
            journey_submit(&j, put ? "PutObject" : "GetObject", put_params, &request);
        }
        journey_run(&j);
        CHECK(j.statuses[INIA_OK] > 0);
        journey_end(&j);
    }
}

static void closing_server(
    const struct world_http_request *request, struct world_http_answer *answer, void *arg)
{
    small_s3(request, answer, arg);
    answer->close = request->number == 3;
}

TEST(a_server_that_closes_kept_connections_costs_no_call)
{
    fill_large_body();
    for (uint64_t seed = 1; seed <= journey_seeds(20); seed++) {
        struct journey j;
        journey_begin(&j, seed, "s3", closing_server);
        for (int round = 0; round < 10; round++) {
            for (int i = 0; i < 8; i++)
                journey_submit(&j, "GetObject", put_params, NULL);
            journey_run(&j);
        }
        CHECK_EQ(j.statuses[INIA_OK], 80);
        journey_end(&j);
    }
}

TEST(a_full_engine_says_NULL_and_takes_calls_again_after_a_release)
{
    fill_large_body();
    struct journey j;
    journey_begin_with(
        &j, 1, &(inia_client_config){.service = "s3"}, &(inia_engine_config){.max_calls = 10},
        small_s3);
    for (int i = 0; i < 10; i++)
        CHECK(journey_submit(&j, "GetObject", put_params, NULL) != NULL);
    CHECK(journey_submit(&j, "GetObject", put_params, NULL) == NULL);
    while (journey_turn(&j, -1) == 0)
        ;
    CHECK(journey_submit(&j, "GetObject", put_params, NULL) != NULL);
    journey_run(&j);
    journey_end(&j);
}

TEST(every_allocation_may_fail_and_each_call_still_finishes_once)
{
    fill_large_body();
    bool failed_some = false, all_well = false;
    for (uint64_t nth = 1; nth < 400 && !all_well; nth++) {
        struct journey j;
        journey_begin(&j, 1, "s3", small_s3);
        CHECK(inia_find_operation(j.client, "GetObject", NULL) != NULL);
        CHECK(inia_find_operation(j.client, "PutObject", NULL) != NULL);
        budget_fail_after(nth);
        for (int i = 0; i < 4; i++) {
            journey_submit(&j, "GetObject", put_params, NULL);
            journey_submit(
                &j, "PutObject", put_params,
                &(inia_request){.body = inia_from_memory(large_body, 300000)});
        }
        journey_run(&j);
        budget_fail_after(0);
        all_well = j.statuses[INIA_OK] == 8;
        failed_some = failed_some || !all_well;
        journey_end(&j);
    }
    CHECK(failed_some && all_well);
}

static void on_done(inia_call *call)
{
    (*(int *)call->user_data)++;
    inia_release(call);
}

TEST(callbacks_run_in_wait_and_never_in_submit)
{
    fill_large_body();
    struct journey j;
    journey_begin(&j, 1, "s3", small_s3);
    inia_error error;
    int ran = 0;
    inia_request request = {
        .operation = inia_find_operation(j.client, "GetObject", &error),
        .params = put_params,
        .on_done = on_done,
        .user_data = &ran,
    };
    inia_request bad = request;
    bad.params = NULL;
    CHECK(inia_submit(j.client, &request) && inia_submit(j.client, &bad));
    CHECK_EQ(ran, 0);
    while (ran < 2)
        CHECK_EQ(inia_wait(j.engine, NULL, 0, -1), 0);
    journey_end(&j);
}
