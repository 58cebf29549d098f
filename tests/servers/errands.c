/*
 * errands: a list of calls that is always the same, so many in flight, and a line of JSON for each
 * as it ends. errands.py does the same with boto3. Through the public API alone.
 *
 *   errands URL in_flight seconds count
 *
 * Says "ready", begins when it is told a line, and begins nothing new after so many seconds or
 * calls. Bucket errands; number n is a PUT or a GET in turn of key "small" (4 KiB), each 25th of
 * "large" (1 MiB).
 */
#include <inia/inia.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SMALL = 4096, LARGE = 1 << 20, LARGE_EACH = 25, DONE_MOST = 64 };

struct errands {
    inia_engine *engine;
    inia_client *client;
    const inia_operation *put, *get;
    size_t in_flight, number, most;
    uint64_t ends_ns;
};

struct errand {
    size_t number;
    uint64_t started_ns;
};

static char body[LARGE];

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static int is_large(size_t number)
{
    return number % LARGE_EACH == LARGE_EACH - 1;
}

static int is_put(size_t number)
{
    return is_large(number) ? number / LARGE_EACH % 2 == 0 : number % 2 == 0;
}

static int submit(struct errands *errands)
{
    size_t number = errands->number;
    const inia_param params[] = {
        {"Bucket", "errands"}, {"Key", is_large(number) ? "large" : "small"}, {0}};
    struct errand *errand = malloc(sizeof *errand);
    *errand = (struct errand){number, now_ns()};
    inia_request request = {.params = params, .user_data = errand};
    request.operation = is_put(number) ? errands->put : errands->get;
    if (is_put(number))
        request.body = inia_from_memory(body, is_large(number) ? LARGE : SMALL);
    if (!inia_submit(errands->client, &request)) {
        free(errand);
        return 0;
    }
    errands->in_flight++;
    errands->number++;
    return 1;
}

static int is_as_expected(const inia_call *call, size_t number)
{
    size_t size = is_large(number) ? LARGE : SMALL;
    return call->status == INIA_OK &&
           (is_put(number) ||
            (call->body_size == size && memcmp(call->body, body, call->body_size) == 0));
}

static void tell(struct errands *errands, inia_call *call)
{
    struct errand *errand = call->user_data;
    uint64_t now = now_ns();
    errands->in_flight--;
    printf(
        "{\"n\":%zu,\"large\":%d,\"put\":%d,\"began_s\":%.4f,\"ended_s\":%.4f,\"ok\":%d,"
        "\"attempts\":%zu,\"why\":\"%s\"}\n",
        errand->number, is_large(errand->number), is_put(errand->number),
        (double)errand->started_ns / 1e9, (double)now / 1e9, is_as_expected(call, errand->number),
        call->attempt_count, call->status ? inia_status_name(call->status) : "");
    if (call->status)
        fprintf(stderr, "%zu: %s\n", errand->number, call->message);
    free(errand);
    inia_release(call);
}

static void run(struct errands *errands, size_t in_flight)
{
    inia_call *done[DONE_MOST];
    for (;;) {
        while (now_ns() < errands->ends_ns && errands->number < errands->most &&
               errands->in_flight < in_flight && submit(errands))
            continue;
        if (!errands->in_flight)
            return;
        size_t finished = inia_wait(errands->engine, done, DONE_MOST, 1000);
        for (size_t i = 0; i < finished; i++)
            tell(errands, done[i]);
    }
}

int main(int argc, char **argv)
{
    struct errands errands = {0};
    inia_error error = {INIA_OK, ""};
    char line[16];
    if (argc < 5) {
        fprintf(stderr, "usage: errands URL in_flight seconds count\n");
        return 2;
    }
    memset(body, 'e', sizeof body);
    errands.engine = inia_engine_new(NULL, &error);
    inia_client_config client = {.service = "s3", .endpoint_url = argv[1], .path_style = true};
    errands.client = inia_client_new(errands.engine, &client, &error);
    errands.put = inia_find_operation(errands.client, "PutObject", &error);
    errands.get = inia_find_operation(errands.client, "GetObject", &error);
    if (!errands.get) {
        fprintf(stderr, "errands: %s\n", error.detail);
        return 1;
    }
    printf("ready\n");
    fflush(stdout);
    if (!fgets(line, sizeof line, stdin))
        return 1;
    errands.ends_ns = now_ns() + (uint64_t)(strtod(argv[3], NULL) * 1e9);
    errands.most = strtoul(argv[4], NULL, 10);
    run(&errands, strtoul(argv[2], NULL, 10));
    inia_stats stats;
    inia_engine_stats(errands.engine, &stats);
    printf(
        "{\"connections\":%llu,\"retries\":%llu,\"hedges\":%llu}\n",
        (unsigned long long)stats.connections_opened, (unsigned long long)stats.retries,
        (unsigned long long)stats.hedges);
    inia_engine_free(errands.engine);
    return 0;
}
