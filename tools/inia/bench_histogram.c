#include "bench_histogram.h"

#include <string.h>

enum { LINEAR = 1 << BENCH_HISTOGRAM_BITS };

static unsigned bucket_of(uint64_t value)
{
    if (value < LINEAR)
        return (unsigned)value;
    if (value >> BENCH_HISTOGRAM_LARGEST)
        return BENCH_HISTOGRAM_BUCKETS - 1;
    unsigned shift = 63u - (unsigned)__builtin_clzll(value) - BENCH_HISTOGRAM_BITS;
    return (shift << BENCH_HISTOGRAM_BITS) + (unsigned)(value >> shift);
}

/* The largest value that falls into the bucket. */
static uint64_t top_of(unsigned bucket)
{
    if (bucket < 2 * LINEAR)
        return bucket;
    unsigned shift = (bucket >> BENCH_HISTOGRAM_BITS) - 1;
    uint64_t mantissa = bucket - (shift << BENCH_HISTOGRAM_BITS);
    return ((mantissa + 1) << shift) - 1;
}

void bench_histogram_record(struct bench_histogram *histogram, uint64_t value)
{
    histogram->counts[bucket_of(value)]++;
    histogram->count++;
    histogram->sum += value;
    if (value > histogram->largest)
        histogram->largest = value;
}

void bench_histogram_merge(struct bench_histogram *into, const struct bench_histogram *from)
{
    for (unsigned i = 0; i < BENCH_HISTOGRAM_BUCKETS; i++)
        into->counts[i] += from->counts[i];
    into->count += from->count;
    into->sum += from->sum;
    if (from->largest > into->largest)
        into->largest = from->largest;
}

void bench_histogram_clear(struct bench_histogram *histogram)
{
    memset(histogram, 0, sizeof *histogram);
}

uint64_t bench_histogram_within(const struct bench_histogram *histogram, uint64_t value)
{
    uint64_t count = 0;
    for (unsigned i = 0; i < BENCH_HISTOGRAM_BUCKETS && top_of(i) <= value; i++)
        count += histogram->counts[i];
    return count;
}

uint64_t bench_histogram_quantile(const struct bench_histogram *histogram, double share)
{
    double exact = share * (double)histogram->count;
    uint64_t wanted = (uint64_t)exact;
    if ((double)wanted < exact || wanted == 0)
        wanted++;
    uint64_t seen = 0;
    for (unsigned i = 0; i < BENCH_HISTOGRAM_BUCKETS; i++) {
        seen += histogram->counts[i];
        if (seen >= wanted)
            return top_of(i) < histogram->largest ? top_of(i) : histogram->largest;
    }
    return histogram->largest;
}
