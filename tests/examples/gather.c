/* boto3async's example: twenty ListBuckets gathered, and the same in series, with their times. */
#include <inia/inia.h>
#include <stdio.h>
#include <time.h>

enum { TIMES = 20 };

static inia_client *s3;
static inia_request list_buckets;

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void print(const char *how, int number, inia_call *call)
{
    printf("[%s%d] %s %s\n", how, number, inia_status_name(call->status), call->output);
}

static void gather(inia_engine *engine, void *arg)
{
    (void)engine, (void)arg;
    inia_call *calls[TIMES];
    for (int i = 0; i < TIMES; i++)
        calls[i] = inia_submit(s3, &list_buckets);
    inia_await_all(calls, TIMES);
    for (int i = 0; i < TIMES; i++) {
        print("gathered", i, calls[i]);
        inia_release(calls[i]);
    }
}

static void one_by_one(inia_engine *engine, void *arg)
{
    (void)engine, (void)arg;
    for (int i = 0; i < TIMES; i++) {
        inia_call *call = inia_await(inia_submit(s3, &list_buckets));
        print("series", i, call);
        inia_release(call);
    }
}

static double run(inia_engine *engine, inia_task *task)
{
    double start = now_ms();
    inia_spawn(engine, task, NULL);
    while (inia_pending(engine) > 0)
        inia_wait(engine, NULL, 0, -1);
    return now_ms() - start;
}

int main(void)
{
    inia_error error;
    inia_engine *engine = inia_engine_new(NULL, &error);
    s3 = inia_client_new(engine, &(inia_client_config){.service = "s3"}, &error);
    list_buckets.operation = inia_find_operation(s3, "ListBuckets", &error);
    if (!list_buckets.operation) {
        fprintf(stderr, "%s: %s\n", inia_status_name(error.status), error.detail);
        return 1;
    }
    double gathered = run(engine, gather);
    double series = run(engine, one_by_one);
    printf("%d calls: %.0f ms gathered, %.0f ms in series\n", TIMES, gathered, series);
    inia_engine_free(engine);
}
