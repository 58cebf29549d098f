/*
 * bench_histogram: how often each duration was seen, to within 1.6 %, in fixed memory.
 *
 *   static struct bench_histogram histogram;
 *   bench_histogram_record(&histogram, ns);
 *   uint64_t p99 = bench_histogram_quantile(&histogram, 0.99);
 *
 * All-zero is empty. Buckets are linear within each power of two.
 */
#ifndef INIA_BENCH_HISTOGRAM_H
#define INIA_BENCH_HISTOGRAM_H

#include <stdint.h>

enum {
    BENCH_HISTOGRAM_BITS = 6,     /* 64 buckets for each power of two */
    BENCH_HISTOGRAM_LARGEST = 42, /* powers of two of nanoseconds: 73 minutes */
    BENCH_HISTOGRAM_BUCKETS = (BENCH_HISTOGRAM_LARGEST - BENCH_HISTOGRAM_BITS + 1)
                              << BENCH_HISTOGRAM_BITS,
};

struct bench_histogram {
    uint64_t counts[BENCH_HISTOGRAM_BUCKETS];
    uint64_t count, largest, sum; /* the last two are exact */
};

void bench_histogram_record(struct bench_histogram *histogram, uint64_t value);
void bench_histogram_merge(struct bench_histogram *into, const struct bench_histogram *from);
void bench_histogram_clear(struct bench_histogram *histogram);

/* How many are not above value, to within 1.6 %. */
uint64_t bench_histogram_within(const struct bench_histogram *histogram, uint64_t value);

/* The value that a share (0 to 1) of all does not exceed; 0 of an empty histogram. */
uint64_t bench_histogram_quantile(const struct bench_histogram *histogram, double share);

#endif
