/*
 * crowd: so many calls in flight for so long, and what became of them in each tenth of a second,
 * as lines of JSON: for tests that make trouble meanwhile. Through the public API alone.
 *
 *   crowd URL in_flight seconds max_attempts [operation]
 *
 * operation: get (bucket crowd, key k: the default), put (keys k0, k1, ...), head.
 */
#include <inia/inia.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LATENCIES_MOST = 1 << 16, TICK_MS = 100, DONE_MOST = 256, BODY_SIZE = 2048, KEYS = 64 };

struct crowd {
    inia_engine *engine;
    inia_client *client;
    const inia_operation *operation;
    int is_put;
    size_t in_flight, number;
    uint64_t started_ns, tick_ns, ends_ns;
    /* Of this tick. */
    size_t ok, failed, attempts;
    uint32_t latencies_us[LATENCIES_MOST];
    size_t latency_count;
    /* Of all. */
    size_t statuses[32];
    char first_failure[300];
};

static char body[BODY_SIZE];

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static double at_share_ms(struct crowd *crowd, double share)
{
    if (!crowd->latency_count)
        return 0;
    return crowd->latencies_us[(size_t)(share * (double)(crowd->latency_count - 1))] / 1000.0;
}

static void tell_tick(struct crowd *crowd)
{
    qsort(crowd->latencies_us, crowd->latency_count, sizeof(uint32_t), compare);
    printf(
        "{\"ms\":%llu,\"ok\":%zu,\"failed\":%zu,\"attempts\":%zu,\"p50_ms\":%.2f,\"p99_ms\":%.2f,"
        "\"most_ms\":%.2f}\n",
        (unsigned long long)((crowd->tick_ns - crowd->started_ns) / 1000000), crowd->ok,
        crowd->failed, crowd->attempts, at_share_ms(crowd, 0.5), at_share_ms(crowd, 0.99),
        at_share_ms(crowd, 1));
    fflush(stdout);
    crowd->ok = crowd->failed = crowd->attempts = crowd->latency_count = 0;
    crowd->tick_ns += TICK_MS * 1000000ull;
}

static int submit(struct crowd *crowd)
{
    char key[16];
    snprintf(key, sizeof key, crowd->is_put ? "k%zu" : "k", crowd->number++ % KEYS);
    const inia_param params[] = {{"Bucket", "crowd"}, {"Key", key}, {0}};
    inia_request request = {.operation = crowd->operation, .params = params};
    if (crowd->is_put)
        request.body = inia_from_memory(body, sizeof body);
    if (!inia_submit(crowd->client, &request))
        return 0;
    crowd->in_flight++;
    return 1;
}

static void count(struct crowd *crowd, inia_call *call)
{
    uint64_t took_ns = call->attempt_count ? call->attempts[call->attempt_count - 1].ended_ns : 0;
    crowd->in_flight--;
    crowd->statuses[call->status]++;
    crowd->attempts += call->attempt_count;
    crowd->ok += call->status == INIA_OK;
    crowd->failed += call->status != INIA_OK;
    if (call->status == INIA_OK && crowd->latency_count < LATENCIES_MOST)
        crowd->latencies_us[crowd->latency_count++] = (uint32_t)(took_ns / 1000);
    if (call->status != INIA_OK && !*crowd->first_failure)
        snprintf(
            crowd->first_failure, sizeof crowd->first_failure, "%s %s after %zu attempts",
            inia_status_name(call->status), call->error_code, call->attempt_count);
    inia_release(call);
}

static void run(struct crowd *crowd, size_t most)
{
    inia_call *done[DONE_MOST];
    for (;;) {
        uint64_t now = now_ns();
        if (now >= crowd->tick_ns)
            tell_tick(crowd);
        while (now < crowd->ends_ns && crowd->in_flight < most && submit(crowd))
            continue;
        if (!crowd->in_flight)
            break;
        size_t finished = inia_wait(crowd->engine, done, DONE_MOST, 10);
        for (size_t i = 0; i < finished; i++)
            count(crowd, done[i]);
    }
    tell_tick(crowd);
}

static void tell_all(const struct crowd *crowd)
{
    inia_stats stats;
    inia_engine_stats(crowd->engine, &stats);
    printf("{\"statuses\":{");
    const char *comma = "";
    for (int status = 0; status < 32; status++) {
        if (!crowd->statuses[status])
            continue;
        printf(
            "%s\"%s\":%zu", comma, inia_status_name((inia_status)status), crowd->statuses[status]);
        comma = ",";
    }
    printf(
        "},\"attempts\":%llu,\"connections\":%llu,\"first_failure\":\"%s\"}\n",
        (unsigned long long)stats.attempts, (unsigned long long)stats.connections_opened,
        crowd->first_failure);
}

int main(int argc, char **argv)
{
    static struct crowd crowd;
    inia_error error = {INIA_OK, ""};
    if (argc < 5) {
        fprintf(stderr, "usage: crowd URL in_flight seconds max_attempts [get|put|head]\n");
        return 2;
    }
    size_t most = strtoul(argv[2], NULL, 10);
    const char *operation = argc > 5 ? argv[5] : "get";
    inia_engine_config engine = {
        .max_calls = (uint32_t)most + 16, .max_connections = (uint32_t)most};
    crowd.engine = inia_engine_new(&engine, &error);
    inia_client_config client = {
        .service = "s3",
        .endpoint_url = argv[1],
        .path_style = true,
        .attempt_ms = 5000,
        .max_attempts = (uint32_t)strtoul(argv[4], NULL, 10)};
    crowd.client = inia_client_new(crowd.engine, &client, &error);
    crowd.is_put = strcmp(operation, "put") == 0;
    crowd.operation = inia_find_operation(
        crowd.client,
        crowd.is_put                     ? "PutObject"
        : strcmp(operation, "head") == 0 ? "HeadObject"
                                         : "GetObject",
        &error);
    if (!crowd.operation) {
        fprintf(stderr, "crowd: %s\n", error.detail);
        return 1;
    }
    crowd.started_ns = now_ns();
    crowd.tick_ns = crowd.started_ns + TICK_MS * 1000000ull;
    crowd.ends_ns = crowd.started_ns + (uint64_t)(strtod(argv[3], NULL) * 1e9);
    run(&crowd, most);
    tell_all(&crowd);
    inia_engine_free(crowd.engine);
    return 0;
}
