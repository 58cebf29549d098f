/* bench_prepare: the bucket and objects, or the queue and messages, that a workload needs. */
#ifndef INIA_BENCH_PREPARE_H
#define INIA_BENCH_PREPARE_H

#include "bench_options.h"

/*
 * Creates what is not there yet, with an engine of its own, and sets job->queue_url. False, having
 * said why on stderr, when it cannot.
 */
bool bench_prepare(const struct bench_options *options, struct bench_job *job)
    __attribute__((warn_unused_result));

#endif
