/*
 * bench_metrics: what a bench counts, served to Prometheus while it runs: any GET on 127.0.0.1.
 * Each runner puts in what it has counted so far, about once a second; a thread of its own answers.
 */
#ifndef INIA_BENCH_METRICS_H
#define INIA_BENCH_METRICS_H

#include "bench_histogram.h"

#include <inia/inia.h>

struct bench_metrics;

/* NULL with a line on stderr: no memory, or the port cannot be had. */
struct bench_metrics *bench_metrics_new(uint16_t port, uint32_t cores);
void bench_metrics_free(struct bench_metrics *metrics); /* NULL does nothing */

/* What a core's engine has counted since it was made, and the latencies measured. Any thread. */
void bench_metrics_put(
    struct bench_metrics *metrics, uint32_t core, const inia_stats *stats,
    const struct bench_histogram *latency);

/* A histogram in seconds, written as snprintf() does; returns the size of the whole. */
size_t bench_metrics_write_latency(
    const struct bench_histogram *latency, char *buffer, size_t capacity);

#endif
