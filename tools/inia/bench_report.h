/* bench_report: what a bench found, for people and as JSON. */
#ifndef INIA_BENCH_REPORT_H
#define INIA_BENCH_REPORT_H

#include "bench_options.h"
#include "bench_tally.h"
#include "bench_usage.h"

#include <stdio.h>

/* Of all cores together; stats and CPU of the measured window alone. */
struct bench_result {
    struct bench_tally tally;
    inia_stats stats;
    struct bench_usage ready, start, end;
    uint64_t in_flight; /* the most there were */
    uint64_t lost;
    bool stopped_early;
    uint64_t limit;             /* at the end, with --adaptive */
    inia_limited_by limited_by; /* the first core */
};

/* ", 60 of at most 64 in flight, p50 1.2 ms, limited by the server": of a core, lately. */
void bench_report_load(
    char *out, size_t capacity, const inia_load *load, const struct bench_histogram *lately);

void bench_report_text(
    FILE *out, const struct bench_options *options, const struct bench_result *result);
void bench_report_json(
    FILE *out, const struct bench_options *options, const struct bench_result *result);

/* later - earlier of what only grows, later's of the rest; added to sum. */
void bench_stats_add(inia_stats *sum, const inia_stats *earlier, const inia_stats *later);

#endif
