#include "inia/bench_histogram.h"

#include "test.h"

static struct bench_histogram histogram, other;

static void clear(void)
{
    bench_histogram_clear(&histogram);
    bench_histogram_clear(&other);
}

TEST(an_empty_histogram_has_no_latency)
{
    clear();
    CHECK_EQ(bench_histogram_quantile(&histogram, 0.5), 0);
    CHECK_EQ(histogram.count, 0);
}

TEST(small_values_are_exact)
{
    clear();
    for (uint64_t i = 1; i <= 100; i++)
        bench_histogram_record(&histogram, i);
    CHECK_EQ(bench_histogram_quantile(&histogram, 0), 1);
    CHECK_EQ(bench_histogram_quantile(&histogram, 0.5), 50);
    CHECK_EQ(bench_histogram_quantile(&histogram, 0.99), 99);
    CHECK_EQ(bench_histogram_quantile(&histogram, 1), 100);
}

TEST(every_value_comes_back_to_within_a_64th_and_never_smaller)
{
    for (uint64_t value = 1; value < (uint64_t)1 << 41; value = value * 21 / 20 + 1) {
        clear();
        bench_histogram_record(&histogram, value);
        bench_histogram_record(&histogram, value * 2);
        uint64_t seen = bench_histogram_quantile(&histogram, 0.5);
        CHECK(seen >= value);
        CHECK(seen - value <= value / 64);
    }
}

TEST(the_largest_is_exact_and_no_quantile_exceeds_it)
{
    clear();
    bench_histogram_record(&histogram, 1000001);
    CHECK_EQ(histogram.largest, 1000001);
    CHECK_EQ(bench_histogram_quantile(&histogram, 0.999), 1000001);
}

TEST(a_value_beyond_the_last_bucket_is_kept)
{
    clear();
    bench_histogram_record(&histogram, UINT64_MAX);
    CHECK_EQ(histogram.count, 1);
    CHECK(bench_histogram_quantile(&histogram, 1) >= (uint64_t)1 << 41);
}

TEST(merged_histograms_are_as_one)
{
    clear();
    for (uint64_t i = 1; i <= 50; i++) {
        bench_histogram_record(&histogram, i);
        bench_histogram_record(&other, i + 50);
    }
    bench_histogram_merge(&histogram, &other);
    CHECK_EQ(histogram.count, 100);
    CHECK_EQ(bench_histogram_quantile(&histogram, 0.75), 75);
    CHECK_EQ(histogram.largest, 100);
}
