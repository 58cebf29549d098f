/* bench_tally: what came of the requests of one core: latencies by stage, and errors by class. */
#ifndef INIA_BENCH_TALLY_H
#define INIA_BENCH_TALLY_H

#include "bench_histogram.h"

#include <inia/inia.h>

enum bench_stage {
    BENCH_QUEUE,      /* until a connection was had */
    BENCH_CONNECT,    /* of it, for the requests that had to open theirs */
    BENCH_FIRST_BYTE, /* from then on */
    BENCH_TOTAL,
    BENCH_STAGES
};

enum { BENCH_ERROR_CLASSES = 24 };

struct bench_error {
    inia_status status;
    int http_status;
    char code[48];
    char message[160]; /* of the first one */
    uint64_t count;
};

struct bench_tally {
    struct bench_histogram stages[BENCH_STAGES];
    uint64_t requests; /* finished, failed ones included */
    uint64_t failed;
    uint64_t bytes;  /* payload of those that succeeded */
    uint64_t missed; /* arrivals that found everything in flight */
    struct bench_error errors[BENCH_ERROR_CLASSES];
    unsigned error_classes;
    uint64_t other_errors; /* of classes for which there was no room */
};

/* late_ns: how long after its intended start the call was submitted. */
void bench_tally_count(
    struct bench_tally *tally, const inia_call *call, uint64_t bytes, uint64_t late_ns);
void bench_tally_merge(struct bench_tally *into, const struct bench_tally *from);
void bench_tally_clear(struct bench_tally *tally);

#endif
