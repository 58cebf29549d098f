#include "bench_prepare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    AT_ONCE = 32,
    ANSWER_WITHIN_MS = 10000,
    MESSAGES = 1000, /* in the queue that is received from */
};

struct preparation {
    const struct bench_options *options;
    struct bench_job *job;
    inia_engine *engine;
    inia_client *client;
    bool failed;
};

static void write_log(void *arg, int level, const char *line)
{
    (void)arg, (void)level;
    fprintf(stderr, "inia bench: %s\n", line);
}

static bool open_client(struct preparation *preparation)
{
    inia_error error = {0};
    inia_engine_config config = {
        .log = write_log,
        .log_level = preparation->options->debug ? 7 : 4,
        .max_connections = AT_ONCE,
    };
    preparation->engine = inia_engine_new(&config, &error);
    preparation->client =
        inia_client_new(preparation->engine, &preparation->options->client, &error);
    if (!preparation->client)
        fprintf(stderr, "inia bench: %s\n", error.detail);
    return preparation->client != NULL;
}

static const inia_operation *find(struct preparation *preparation, const char *name)
{
    inia_error error = {0};
    const inia_operation *operation = inia_find_operation(preparation->client, name, &error);
    if (!operation)
        fprintf(stderr, "inia bench: %s\n", error.detail);
    return operation;
}

/* There already, and ours. */
static bool is_there_already(const inia_call *call)
{
    return strcmp(call->error_code, "BucketAlreadyOwnedByYou") == 0 ||
           strcmp(call->error_code, "BucketAlreadyExists") == 0;
}

static void complain(const char *what, const inia_call *call)
{
    const char *name = *call->error_code ? call->error_code : inia_status_name(call->status);
    fprintf(stderr, "inia bench: cannot prepare: %s: %s: %s\n", what, name, call->message);
}

static inia_call *ask(struct preparation *preparation, const char *name, const inia_param *params)
{
    inia_request request = {
        .operation = find(preparation, name),
        .params = params,
        .deadline_ms = ANSWER_WITHIN_MS,
    };
    inia_call *call = request.operation ? inia_submit(preparation->client, &request) : NULL;
    while (call && inia_wait(preparation->engine, &call, 1, -1) == 0)
        ;
    return call;
}

static bool make_bucket(struct preparation *preparation)
{
    inia_param params[] = {{"Bucket", preparation->options->bucket}, {0}};
    inia_call *call = ask(preparation, "CreateBucket", params);
    bool good = call && (call->status == INIA_OK || is_there_already(call));
    if (call && !good)
        complain("CreateBucket", call);
    inia_release(call);
    return good;
}

static bool make_queue(struct preparation *preparation)
{
    inia_param params[] = {{"QueueName", preparation->options->queue}, {0}};
    inia_call *call = ask(preparation, "CreateQueue", params);
    const char *url = call && call->status == INIA_OK ? inia_get(call, "QueueUrl") : NULL;
    if (url)
        preparation->job->queue_url = strdup(url);
    else if (call)
        complain("CreateQueue", call);
    inia_release(call);
    return preparation->job->queue_url != NULL;
}

static void take(struct preparation *preparation, const char *name, inia_call *call)
{
    if (call->status != INIA_OK && !preparation->failed) {
        complain(name, call);
        preparation->failed = true;
    }
    inia_release(call);
}

/* count requests of one kind, a few at a time: those a job makes of workload. */
static bool repeat(struct preparation *preparation, const char *workload, uint64_t count)
{
    struct bench_job job = *preparation->job;
    job.workload = bench_workload_find(workload);
    const char *name = bench_action_operation(bench_workload_action(job.workload, 0));
    inia_request request = {.operation = find(preparation, name), .deadline_ms = ANSWER_WITHIN_MS};
    if (!request.operation)
        return false;
    for (uint64_t sent = 0, answered = 0; answered < count && !preparation->failed;) {
        inia_param params[BENCH_MAX_PARAMS + 1];
        bench_job_fill(&job, sent, &request, params);
        if (sent < count && sent - answered < AT_ONCE &&
            inia_submit(preparation->client, &request)) {
            sent++;
            continue;
        }
        inia_call *call;
        if (inia_wait(preparation->engine, &call, 1, -1)) {
            take(preparation, name, call);
            answered++;
        }
    }
    return !preparation->failed;
}

static bool prepare_s3(struct preparation *preparation)
{
    const struct bench_workload *workload = preparation->options->workload;
    bool reads = bench_workload_uses(workload, BENCH_GET) ||
                 bench_workload_uses(workload, BENCH_HEAD) ||
                 bench_workload_uses(workload, BENCH_LIST);
    return make_bucket(preparation) &&
           (!reads || repeat(preparation, "put", preparation->job->key_count));
}

static bool prepare_sqs(struct preparation *preparation)
{
    bool reads = bench_workload_uses(preparation->options->workload, BENCH_RECEIVE);
    return (preparation->job->queue_url || make_queue(preparation)) &&
           (!reads || repeat(preparation, "sqs-send", MESSAGES));
}

bool bench_prepare(const struct bench_options *options, struct bench_job *job)
{
    if (strstr(options->queue, "://")) {
        job->queue_url = strdup(options->queue);
        if (!job->queue_url)
            return false;
    }
    if (!options->prepare)
        return true;
    struct preparation preparation = {.options = options, .job = job};
    bool good = open_client(&preparation);
    if (good)
        good = strcmp(options->workload->service, "sqs") == 0 ? prepare_sqs(&preparation)
                                                              : prepare_s3(&preparation);
    inia_engine_free(preparation.engine);
    return good;
}
