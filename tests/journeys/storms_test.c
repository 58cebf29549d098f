/*
 * Storms: a thousand calls in flight, each replaced by another when it ends, while a server refuses
 * some or all of them for a time. What is wasted stays bounded, and soon after the storm all goes
 * as before it. What it cost is printed.
 */
#include "journey.h"

#include <stdio.h>

enum {
    IN_FLIGHT = 1000,
    ANSWER_MS = 200,
    MOST_S = 64,
    HOSTS = 2,
#ifdef __SANITIZE_ADDRESS__
    STORM_S = 10, /* five times as slow */
#else
    STORM_S = 30,
#endif
};

static const uint64_t ms = 1000000;
static const uint64_t second = 1000000000;

struct host {
    struct world_http server;
    inia_client *client;
    uint64_t storm_from_ns, storm_to_ns;
    unsigned refused_of_1000;
    struct world_http_answer refusal;
    uint64_t requests, refused, finished, well;
    uint64_t well_in[MOST_S], requests_in[MOST_S];
};

struct storm {
    inia_engine *engine;
    struct host hosts[HOSTS];
    uint64_t started_ns, ends_ns;
    const char *operation;
    const inia_param *params;
    size_t in_flight;
};

static struct storm storm;

static size_t second_now(void)
{
    size_t now = (size_t)((world_now_ns() - storm.started_ns) / second);
    return now < MOST_S ? now : MOST_S - 1;
}

static void answer(
    const struct world_http_request *request, struct world_http_answer *answer, void *arg)
{
    struct host *host = arg;
    uint64_t now = world_now_ns() - storm.started_ns;
    bool storms = now >= host->storm_from_ns && now < host->storm_to_ns;
    (void)request;
    host->requests++;
    host->requests_in[second_now()]++;
    answer->delay_ns = ANSWER_MS * ms;
    if (!storms || world_random(1000) >= host->refused_of_1000)
        return;
    host->refused++;
    *answer = host->refusal;
    answer->body_size = answer->body ? strlen(answer->body) : 0;
    answer->delay_ns = 10 * ms; /* a refusal is quick */
}

static void submit(struct host *host);

static void on_done(inia_call *call)
{
    struct host *host = call->user_data;
    host->finished++;
    if (call->status == INIA_OK) {
        host->well++;
        host->well_in[second_now()]++;
    }
    storm.in_flight--;
    inia_release(call);
    if (world_now_ns() < storm.ends_ns)
        submit(host);
}

static void submit(struct host *host)
{
    inia_error error = {INIA_OK, ""};
    inia_request request = {
        .operation = inia_find_operation(host->client, storm.operation, &error),
        .params = storm.params,
        .on_done = on_done,
        .user_data = host};
    CHECK(request.operation != NULL);
    CHECK(inia_submit(host->client, &request) != NULL);
    storm.in_flight++;
}

static void begin(uint64_t seed, size_t hosts, inia_client_config config)
{
    static const char *const addresses[HOSTS] = {"10.0.0.1", "10.0.0.2"};
    static const inia_credentials credentials = {"AKID", "secret", NULL, 0};
    inia_error error = {INIA_OK, ""};
    world_start(seed);
    for (size_t i = 0; i < hosts; i++) {
        storm.hosts[i].server = (struct world_http){.answer = answer, .arg = &storm.hosts[i]};
        world_http_listen(&storm.hosts[i].server, addresses[i], 80);
    }
    storm.engine = inia_engine_new(&(inia_engine_config){.max_connections = 2048}, &error);
    CHECK(storm.engine != NULL);
    for (size_t i = 0; i < hosts; i++) {
        char url[32];
        snprintf(url, sizeof url, "http://%s", addresses[i]);
        config.region = "us-east-1";
        config.endpoint_url = url;
        config.credentials = &credentials;
        storm.hosts[i].client = inia_client_new(storm.engine, &config, &error);
        if (!storm.hosts[i].client)
            FAIL("%s", error.detail);
    }
    storm.started_ns = world_now_ns();
}

static void run(size_t hosts, uint64_t seconds, inia_stats *stats)
{
    storm.ends_ns = storm.started_ns + seconds * second;
    for (size_t i = 0; i < hosts; i++) {
        for (int n = 0; n < IN_FLIGHT; n++)
            submit(&storm.hosts[i]);
    }
    while (storm.in_flight > 0)
        (void)inia_wait(storm.engine, NULL, 0, -1);
    inia_engine_stats(storm.engine, stats);
    for (size_t i = 0; i < hosts; i++)
        CHECK_EQ(storm.hosts[i].requests, storm.hosts[i].server.requests);
}

static void end(void)
{
    inia_engine_free(storm.engine);
    world_end();
}

static const char slow_down[] = "<Error><Code>SlowDown</Code></Error>";
static const inia_param object[] = {{"Bucket", "b"}, {"Key", "k"}, {0}};

static double ratio(uint64_t a, uint64_t b)
{
    return b ? (double)a / (double)b : 0;
}

static void report(const char *what, const struct host *host, const inia_stats *stats)
{
    printf(
        "%s: %llu calls, %llu well, %llu requests, %llu refused, %llu retries, %llu waits\n", what,
        (unsigned long long)host->finished, (unsigned long long)host->well,
        (unsigned long long)host->requests, (unsigned long long)host->refused,
        (unsigned long long)stats->retries, (unsigned long long)stats->waits);
    printf("  requests and what went well in each second:");
    for (size_t i = 0; i <= second_now(); i++)
        printf(
            " %llu/%llu", (unsigned long long)host->requests_in[i],
            (unsigned long long)host->well_in[i]);
    printf("\n");
}

TEST(half_of_all_refused_for_long_wastes_little_and_leaves_no_trace_after_five_seconds)
{
    storm = (struct storm){.operation = "HeadObject", .params = object};
    storm.hosts[0] = (struct host){
        .storm_from_ns = 5 * second,
        .storm_to_ns = (5 + STORM_S) * second,
        .refused_of_1000 = 500,
        .refusal = {.status = 503, .body = slow_down}};
    begin(1, 1, (inia_client_config){.service = "s3"});
    inia_stats stats;
    run(1, STORM_S + 15, &stats);
    struct host *host = &storm.hosts[0];
    report("503 to one half for long", host, &stats);
    uint64_t before = host->well_in[3], storm_requests = 0, storm_well = 0;
    for (size_t i = 5; i < 5 + STORM_S; i++) {
        storm_requests += host->requests_in[i];
        storm_well += host->well_in[i];
    }
    printf(
        "  requests for each call: %.2f; in the storm for each that went well: %.2f\n",
        ratio(host->requests, host->finished), ratio(storm_requests, storm_well));
    CHECK(ratio(host->requests, host->finished) <= 1.6);
    CHECK(ratio(storm_requests, storm_well) <= 2.2); /* no less than 2: one half is refused */
    CHECK(storm_well >= STORM_S * before / 2);       /* it does not depend on how many are sent */
    for (size_t i = STORM_S + 10; i < STORM_S + 14; i++)
        CHECK(host->well_in[i] >= before * 95 / 100);
    end();
}

TEST(all_are_told_to_come_back_later_and_nobody_comes_sooner)
{
    storm = (struct storm){.operation = "ListTables"};
    storm.hosts[0] = (struct host){
        .storm_from_ns = 3 * second,
        .storm_to_ns = 6 * second,
        .refused_of_1000 = 1000,
        .refusal = {
            .status = 429,
            .headers = "Retry-After: 2\r\n",
            .body = "{\"__type\":\"ThrottlingException\"}"}};
    begin(2, 1, (inia_client_config){.service = "dynamodb"});
    inia_stats stats;
    run(1, 15, &stats);
    struct host *host = &storm.hosts[0];
    report("429 with Retry-After: 2 for 3 s", host, &stats);
    CHECK(host->requests_in[4] < 50); /* those on their way when the first was told */
    CHECK(ratio(host->requests, host->finished) <= 1.2);
    for (size_t i = 11; i < 14; i++)
        CHECK(host->well_in[i] >= host->well_in[1] * 95 / 100);
    end();
}

TEST(what_one_host_spends_on_retries_is_not_missing_at_another)
{
    storm = (struct storm){.operation = "HeadObject", .params = object};
    for (size_t i = 0; i < HOSTS; i++)
        storm.hosts[i] = (struct host){.refusal = {.status = 503, .body = slow_down}};
    storm.hosts[0].storm_to_ns = 60 * second;
    storm.hosts[0].refused_of_1000 = 1000;
    begin(3, HOSTS, (inia_client_config){.service = "s3"});
    inia_stats stats;
    run(HOSTS, 8, &stats);
    report("503 to all of one host", &storm.hosts[0], &stats);
    report("the other", &storm.hosts[1], &stats);
    CHECK_EQ(storm.hosts[0].well, 0);
    CHECK_EQ(storm.hosts[1].well, storm.hosts[1].finished);
    CHECK_EQ(storm.hosts[1].requests, storm.hosts[1].finished);
    CHECK(storm.hosts[1].well_in[6] >= 4900);
    CHECK(stats.retries_unaffordable > 0);
    end();
}

TEST(the_adaptive_mode_holds_calls_back_before_they_go_out)
{
    uint64_t requests[2] = {0};
    for (int adaptive = 0; adaptive < 2; adaptive++) {
        storm = (struct storm){.operation = "ListTables"};
        storm.hosts[0] = (struct host){
            .storm_from_ns = 3 * second,
            .storm_to_ns = 8 * second,
            .refused_of_1000 = 500,
            .refusal = {.status = 400, .body = "{\"__type\":\"ThrottlingException\"}"}};
        begin(
            4, 1,
            (inia_client_config){
                .service = "dynamodb",
                .retry = adaptive ? INIA_RETRY_ADAPTIVE : INIA_RETRY_STANDARD});
        inia_stats stats;
        run(1, 12, &stats);
        struct host *host = &storm.hosts[0];
        report(adaptive ? "adaptive" : "standard", host, &stats);
        for (size_t i = 4; i < 8; i++)
            requests[adaptive] += host->requests_in[i];
        CHECK_EQ(stats.waits > 0, adaptive);
        CHECK(host->well_in[11] > 0);
        end();
    }
    CHECK(requests[1] * 4 < requests[0]);
}
