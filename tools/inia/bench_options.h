/* bench_options: what may follow `inia bench`. Errors are told in one line on stderr. */
#ifndef INIA_BENCH_OPTIONS_H
#define INIA_BENCH_OPTIONS_H

#include "bench_workload.h"

#include <inia/inia.h>

struct bench_options {
    const struct bench_workload *workload;
    inia_client_config client; /* its service is the workload's */
    const char *bucket;        /* also the queue's name when there is none */
    const char *queue;         /* a name, or a URL that is then used as it is */
    const char *key;           /* NULL: objects of our own */
    uint64_t size;
    uint32_t objects;
    uint32_t in_flight; /* for each core */
    uint32_t connections;
    uint32_t batch_us;
    double rate; /* requests a second over all cores; 0: closed loop */
    uint32_t duration_ms, warmup_ms;
    uint32_t deadline_ms;
    uint32_t cores;
    int pin;               /* the first CPU; -1: none */
    uint32_t metrics_port; /* 0: none are served */
    bool prepare;
    bool sink_memory; /* bodies into memory of ours instead of the engine's */
    bool as_json;
    bool debug;
};

/* Returns -1, or the exit code to end with at once. argv must outlive options. */
int bench_options_read(struct bench_options *options, int argc, char **argv);

/* "8k", "16m", "1g", "512"; false if it is none of them or more than most. */
bool bench_options_size(const char *written, uint64_t most, uint64_t *size);

#endif
