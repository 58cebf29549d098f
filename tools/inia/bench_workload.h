/*
 * bench_workload: what `inia bench` can do again and again: a name and the actions it goes round.
 *
 *   get = {GET}, mixed = {GET, GET, HEAD, PUT, ...}
 *
 * bench_job_fill() makes the nth request of a workload from a job: the things that all
 * requests share, which stay as they are while the bench runs.
 */
#ifndef INIA_BENCH_WORKLOAD_H
#define INIA_BENCH_WORKLOAD_H

#include <inia/inia.h>

enum bench_action {
    BENCH_GET,
    BENCH_PUT,
    BENCH_HEAD,
    BENCH_DELETE,
    BENCH_LIST,
    BENCH_SEND,
    BENCH_SEND_BATCH,
    BENCH_RECEIVE,
    BENCH_ACTIONS
};

enum {
    BENCH_ROUND = 20, /* actions of a workload, after which it starts over */
    BENCH_MAX_PARAMS = 4,
    BENCH_BATCH = 10, /* messages of a batch: SQS's most */
    BENCH_MAX_MESSAGE = 256 << 10,
};

struct bench_workload {
    const char *name, *purpose, *service;
    const char *size; /* when none is asked for */
    uint8_t actions[BENCH_ROUND];
    uint8_t round; /* how many of them are used */
};

/* Shared by all requests and all cores. */
struct bench_job {
    const struct bench_workload *workload;
    const char *bucket;
    char **keys; /* of the objects that were put beforehand */
    uint32_t key_count;
    char *queue_url;
    char *body;       /* size bytes and a NUL, of letters: an object, or a message's text */
    char *batch_json; /* the Entries of a batch, as JSON */
    uint64_t size;
};

/* The workload of that name, or NULL. */
const struct bench_workload *bench_workload_find(const char *name);
/* The ith, NULL after the last. */
const struct bench_workload *bench_workload_at(size_t i);
bool bench_workload_uses(const struct bench_workload *workload, enum bench_action action);
enum bench_action bench_workload_action(const struct bench_workload *workload, uint64_t serial);

const char *bench_action_operation(enum bench_action action); /* "GetObject" */

/*
 * Names, body and batch, without touching the network. key (may be NULL) is the one object to use
 * instead of `objects` objects of our own. False: no memory.
 */
bool bench_job_init(
    struct bench_job *job, const struct bench_workload *workload, const char *bucket,
    const char *key, uint32_t objects, uint64_t size) __attribute__((warn_unused_result));
void bench_job_release(struct bench_job *job);

/* Parameters and body of the nth request; params has room for BENCH_MAX_PARAMS + 1. */
void bench_job_fill(
    const struct bench_job *job, uint64_t serial, inia_request *request, inia_param *params);

/* Bytes that a request of this kind is there to move, when it succeeds. */
uint64_t bench_job_payload(
    const struct bench_job *job, enum bench_action action, const inia_call *call);

#endif
