#include "bench_workload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GET9                                                                                       \
    BENCH_GET, BENCH_GET, BENCH_GET, BENCH_GET, BENCH_GET, BENCH_GET, BENCH_GET, BENCH_GET,        \
        BENCH_GET

/* The shares of `mixed` are those of MinIO's warp: 45 % GET, 30 % HEAD, 15 % PUT, 10 % DELETE. */
static const struct bench_workload workloads[] = {
    {"get", "GetObject", "s3", "8k", {BENCH_GET}, 1},
    {"put", "PutObject", "s3", "8k", {BENCH_PUT}, 1},
    {"head", "HeadObject", "s3", "8k", {BENCH_HEAD}, 1},
    {"mixed",
     "45 % GetObject, 30 % HeadObject, 15 % PutObject, 10 % DeleteObject",
     "s3",
     "8k",
     {GET9, BENCH_HEAD, BENCH_HEAD, BENCH_HEAD, BENCH_HEAD, BENCH_HEAD, BENCH_HEAD, BENCH_PUT,
      BENCH_PUT, BENCH_PUT, BENCH_DELETE, BENCH_DELETE},
     20},
    {"list", "ListObjectsV2 of the objects prepared", "s3", "0", {BENCH_LIST}, 1},
    {"sqs-send", "SendMessage", "sqs", "1k", {BENCH_SEND}, 1},
    {"sqs-send-batch", "SendMessageBatch of ten", "sqs", "1k", {BENCH_SEND_BATCH}, 1},
    {"sqs-receive", "ReceiveMessage of up to ten", "sqs", "1k", {BENCH_RECEIVE}, 1},
};

const char *bench_action_operation(enum bench_action action)
{
    static const char *const names[BENCH_ACTIONS] = {
        [BENCH_GET] = "GetObject",
        [BENCH_PUT] = "PutObject",
        [BENCH_HEAD] = "HeadObject",
        [BENCH_DELETE] = "DeleteObject",
        [BENCH_LIST] = "ListObjectsV2",
        [BENCH_SEND] = "SendMessage",
        [BENCH_SEND_BATCH] = "SendMessageBatch",
        [BENCH_RECEIVE] = "ReceiveMessage",
    };
    return names[action];
}

const struct bench_workload *bench_workload_at(size_t i)
{
    return i < sizeof workloads / sizeof workloads[0] ? &workloads[i] : NULL;
}

const struct bench_workload *bench_workload_find(const char *name)
{
    for (size_t i = 0; i < sizeof workloads / sizeof workloads[0]; i++) {
        if (strcmp(workloads[i].name, name) == 0)
            return &workloads[i];
    }
    return NULL;
}

bool bench_workload_uses(const struct bench_workload *workload, enum bench_action action)
{
    for (size_t i = 0; i < workload->round; i++) {
        if (workload->actions[i] == action)
            return true;
    }
    return false;
}

enum bench_action bench_workload_action(const struct bench_workload *workload, uint64_t serial)
{
    return workload->actions[serial % workload->round];
}

static bool name_keys(struct bench_job *job, const char *key, uint32_t objects)
{
    job->keys = calloc(objects, sizeof *job->keys);
    if (!job->keys)
        return false;
    for (; job->key_count < objects; job->key_count++) {
        char name[32];
        snprintf(name, sizeof name, "object-%06u", job->key_count);
        job->keys[job->key_count] = strdup(key ? key : name);
        if (!job->keys[job->key_count])
            return false;
    }
    return true;
}

static bool make_body(struct bench_job *job, uint64_t size)
{
    job->size = size;
    job->body = malloc(size + 1);
    if (!job->body)
        return false;
    for (uint64_t i = 0; i < size; i++)
        job->body[i] = (char)('a' + i % 26);
    job->body[size] = '\0';
    return true;
}

static bool make_batch(struct bench_job *job)
{
    size_t size = BENCH_BATCH * (job->size + 64) + sizeof "{\"Entries\":[]}";
    job->batch_json = malloc(size);
    if (!job->batch_json)
        return false;
    size_t at = (size_t)sprintf(job->batch_json, "{\"Entries\":[");
    for (int i = 0; i < BENCH_BATCH; i++) {
        at += (size_t)snprintf(
            job->batch_json + at, size - at, "%s{\"Id\":\"m%d\",\"MessageBody\":\"%s\"}",
            i ? "," : "", i, job->body);
    }
    snprintf(job->batch_json + at, size - at, "]}");
    return true;
}

bool bench_job_init(
    struct bench_job *job, const struct bench_workload *workload, const char *bucket,
    const char *key, uint32_t objects, uint64_t size)
{
    *job = (struct bench_job){.workload = workload, .bucket = bucket};
    return make_body(job, size) && name_keys(job, key, key ? 1 : objects) &&
           (strcmp(workload->service, "sqs") != 0 || make_batch(job));
}

void bench_job_release(struct bench_job *job)
{
    for (uint32_t i = 0; i < job->key_count; i++)
        free(job->keys[i]);
    free(job->keys);
    free(job->queue_url);
    free(job->body);
    free(job->batch_json);
    *job = (struct bench_job){0};
}

void bench_job_fill(
    const struct bench_job *job, uint64_t serial, inia_request *request, inia_param *params)
{
    request->params = params;
    const char *key = job->keys[serial % job->key_count];
    switch (bench_workload_action(job->workload, serial)) {
    case BENCH_PUT:
        request->body = inia_from_memory(job->body, job->size);
        /* fall through */
    case BENCH_GET:
    case BENCH_HEAD:
        *params++ = (inia_param){"Bucket", job->bucket};
        *params++ = (inia_param){"Key", key};
        break;
    case BENCH_DELETE:
        /* One that nobody gets: deleting what is not there succeeds as well. */
        *params++ = (inia_param){"Bucket", job->bucket};
        *params++ = (inia_param){"Key", "object-deleted"};
        break;
    case BENCH_LIST:
        *params++ = (inia_param){"Bucket", job->bucket};
        break;
    case BENCH_SEND:
        *params++ = (inia_param){"QueueUrl", job->queue_url};
        *params++ = (inia_param){"MessageBody", job->body};
        break;
    case BENCH_SEND_BATCH:
        *params++ = (inia_param){"QueueUrl", job->queue_url};
        request->json = job->batch_json;
        break;
    case BENCH_RECEIVE:
        *params++ = (inia_param){"QueueUrl", job->queue_url};
        *params++ = (inia_param){"MaxNumberOfMessages", "10"};
        *params++ = (inia_param){"VisibilityTimeout", "0"};
        break;
    case BENCH_ACTIONS:
        break;
    }
    *params = (inia_param){0};
}

uint64_t bench_job_payload(
    const struct bench_job *job, enum bench_action action, const inia_call *call)
{
    switch (action) {
    case BENCH_GET:
        return call->body_size;
    case BENCH_PUT:
    case BENCH_SEND:
        return job->size;
    case BENCH_SEND_BATCH:
        return BENCH_BATCH * job->size;
    case BENCH_LIST:
    case BENCH_RECEIVE:
        return call->output_size;
    case BENCH_HEAD:
    case BENCH_DELETE:
    case BENCH_ACTIONS:
        break;
    }
    return 0;
}
