#include "bench_usage.h"

#include <sched.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

uint64_t bench_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static uint64_t microseconds(struct timeval time)
{
    return (uint64_t)time.tv_sec * 1000000u + (uint64_t)time.tv_usec;
}

/* getrusage's peak is no good: it starts with that of whoever started us. */
static void read_resident(struct bench_usage *usage)
{
    char line[128];
    unsigned long kib;
    FILE *file = fopen("/proc/self/status", "re");
    while (file && fgets(line, sizeof line, file)) {
        if (sscanf(line, "VmHWM: %lu", &kib) == 1)
            usage->rss_peak = (uint64_t)kib << 10;
        else if (sscanf(line, "VmRSS: %lu", &kib) == 1)
            usage->rss = (uint64_t)kib << 10;
    }
    if (file)
        fclose(file);
}

struct bench_usage bench_usage_now(void)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    struct bench_usage usage = {
        .at_ns = bench_now_ns(),
        .user_us = microseconds(used.ru_utime),
        .system_us = microseconds(used.ru_stime),
    };
    read_resident(&usage);
    return usage;
}

bool bench_pin(int cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)cpu, &set);
    return sched_setaffinity(0, sizeof set, &set) == 0;
}

void bench_raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}
