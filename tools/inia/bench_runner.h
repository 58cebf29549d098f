/*
 * bench_runner: drives one engine on one core, keeping requests in flight (closed loop) or keeping
 * to a schedule (open loop).
 *
 *   bench_runner_open(&runner)     engine, client and operations
 *   bench_runner_run(&runner)      warm-up, the measured window, and what is then left in flight
 *   bench_runner_close(&runner)
 *
 * Each runner belongs to its thread; others may read `answered` and `failures`, and call
 * bench_runner_stop().
 */
#ifndef INIA_BENCH_RUNNER_H
#define INIA_BENCH_RUNNER_H

#include "bench_metrics.h"
#include "bench_options.h"
#include "bench_tally.h"
#include "bench_usage.h"

#include <stdatomic.h>

/* One request in flight, again and again. */
struct bench_slot {
    struct bench_slot *next; /* of the free ones */
    char *memory;            /* NULL: the engine's */
    uint64_t late_ns;
    enum bench_action action;
};

struct bench_runner {
    const struct bench_options *options;
    const struct bench_job *job;
    uint32_t number;
    struct bench_metrics *metrics; /* that it puts its counts in; NULL: none */
    /* Called by the runner itself, about once a second; NULL: not at all. */
    void (*progress)(struct bench_runner *runner);
    void *arg;

    inia_engine *engine;
    inia_client *client;
    const inia_operation *operations[BENCH_ACTIONS];

    struct bench_slot *slots, *free_slots;
    char *memory; /* of all slots */
    size_t memory_size, slot_memory;
    uint64_t serial;
    uint32_t in_flight, most_in_flight;
    double interval_ns;     /* open loop: between two arrivals of this runner; 0: closed */
    double next_arrival_ns; /* since the runner's start */

    struct bench_tally tally;
    struct bench_histogram lately; /* of all, since progress was last told of; if it is adaptive */
    inia_load load;                /* then or at the window's end; likewise */
    struct bench_usage ready, start, end; /* before the first request, and around the window */
    inia_stats stats_start, stats_end, stats_last;
    uint64_t lost; /* calls that never came back */
    bool measuring, stopped_early;
    char failure[252]; /* why it could not run; empty: it could */

    atomic_ullong answered, failures; /* from the first request on */
    atomic_bool stop;
};

/* options, job and number are set. False, with failure: it cannot be. */
bool bench_runner_open(struct bench_runner *runner) __attribute__((warn_unused_result));
void bench_runner_run(struct bench_runner *runner);
void bench_runner_close(struct bench_runner *runner);

/* Any thread; signal-safe; only between open and close. */
void bench_runner_stop(struct bench_runner *runner);

#endif
