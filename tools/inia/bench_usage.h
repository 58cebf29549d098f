/* bench_usage: what this process has used so far, as the kernel counts it. */
#ifndef INIA_BENCH_USAGE_H
#define INIA_BENCH_USAGE_H

#include <stdbool.h>
#include <stdint.h>

struct bench_usage {
    uint64_t at_ns; /* of the monotonic clock */
    uint64_t user_us, system_us;
    uint64_t rss, rss_peak; /* bytes */
};

uint64_t bench_now_ns(void);
struct bench_usage bench_usage_now(void);

/* Pins the calling thread. */
bool bench_pin(int cpu);

/* As many descriptors as the hard limit allows. */
void bench_raise_descriptor_limit(void);

#endif
