#include "inia/bench_options.h"

#include "inia/command.h"
#include "test.h"

#include <stdlib.h>

static struct bench_options options;

enum { MOST = 16 };

/* Arguments up to NULL; returns what bench_options_read() does. */
static int read_options(const char *const *arguments)
{
    static char *copies[MOST];
    int count = 0;
    for (; arguments[count]; count++)
        copies[count] = (char *)(uintptr_t)arguments[count];
    unsetenv("AWS_ENDPOINT_URL");
    unsetenv("AWS_ENDPOINT_URL_TLS");
    return bench_options_read(&options, count, copies);
}

#define READ(...) read_options((const char *const[]){__VA_ARGS__, NULL})

TEST(sizes_have_units)
{
    uint64_t size;
    CHECK(bench_options_size("512", 1 << 30, &size));
    CHECK_EQ(size, 512);
    CHECK(bench_options_size("8k", 1 << 30, &size));
    CHECK_EQ(size, 8192);
    CHECK(bench_options_size("8M", 1 << 30, &size));
    CHECK_EQ(size, 8 << 20);
    CHECK(bench_options_size("1g", 1 << 30, &size));
    CHECK_EQ(size, 1 << 30);
}

TEST(what_is_no_size_is_refused)
{
    static const char *const wrong[] = {
        "", "k", "8kk", "8 k", "-1", "+1", "8.5k", "8x", "99999999999999999999", "2g", "0x10"};
    uint64_t size;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        CHECK(!bench_options_size(wrong[i], 1 << 30, &size));
}

TEST(a_workload_alone_takes_the_defaults)
{
    CHECK_EQ(READ("get"), -1);
    CHECK_EQ(options.size, 8192);
    CHECK_EQ(options.in_flight, 64);
    CHECK_EQ(options.connections, 64);
    CHECK_EQ(options.duration_ms, 5000);
    CHECK_EQ(options.warmup_ms, 1000);
    CHECK_EQ(options.cores, 1);
    CHECK_EQ(options.pin, -1);
    CHECK(options.prepare);
    CHECK(!options.sink_memory);
    CHECK_TEXT(options.client.service, "s3");
}

TEST(a_message_is_smaller_than_an_object_unless_told_otherwise)
{
    CHECK_EQ(READ("sqs-send"), -1);
    CHECK_EQ(options.size, 1024);
    CHECK_TEXT(options.client.service, "sqs");
    CHECK_EQ(READ("sqs-send", "--size", "300k"), EXIT_USAGE);
    CHECK_EQ(READ("sqs-send", "--size", "0"), EXIT_USAGE);
}

TEST(a_value_may_follow_or_be_joined)
{
    CHECK_EQ(
        READ("put", "--size=64k", "--in-flight", "7", "--duration=250ms", "--warmup", "0"), -1);
    CHECK_EQ(options.size, 64 << 10);
    CHECK_EQ(options.in_flight, 7);
    CHECK_EQ(options.duration_ms, 250);
    CHECK_EQ(options.warmup_ms, 0);
}

TEST(large_bodies_go_to_memory_of_the_callers)
{
    CHECK_EQ(READ("get", "--size", "1m"), -1);
    CHECK(options.sink_memory);
    CHECK_EQ(READ("get", "--size", "1m", "--engine-memory"), -1);
    CHECK(!options.sink_memory);
    CHECK_EQ(READ("get", "--caller-memory"), -1);
    CHECK(options.sink_memory);
}

TEST(rates_may_have_a_fraction_or_a_k)
{
    CHECK_EQ(READ("get", "--rate", "2.5k"), -1);
    CHECK(options.rate > 2499 && options.rate < 2501);
    CHECK_EQ(READ("get", "--rate", "0.5"), -1);
    CHECK(options.rate > 0.4 && options.rate < 0.6);
}

TEST(an_endpoint_of_ones_own_needs_no_region_and_has_buckets_in_the_path)
{
    unsetenv("AWS_REGION");
    unsetenv("AWS_DEFAULT_REGION");
    CHECK_EQ(READ("get", "--endpoint-url", "http://127.0.0.1:9"), -1);
    CHECK(options.client.path_style);
    CHECK_TEXT(options.client.region, "us-east-1");
    CHECK_EQ(READ("get"), -1);
    CHECK(!options.client.path_style);
    CHECK(options.client.region == NULL);
}

TEST(bad_arguments_are_a_matter_of_usage)
{
    CHECK_EQ(read_options((const char *const[]){NULL}), EXIT_USAGE);
    CHECK_EQ(READ("fetch"), EXIT_USAGE);
    CHECK_EQ(READ("--size"), EXIT_USAGE);
    CHECK_EQ(READ("get", "--sise", "8k"), EXIT_USAGE);
    CHECK_EQ(READ("get", "--size"), EXIT_USAGE);
    CHECK_EQ(READ("get", "8k"), EXIT_USAGE);
    CHECK_EQ(READ("get", "--size", "6g"), EXIT_USAGE);
    CHECK_EQ(READ("get", "--in-flight", "0"), EXIT_USAGE);
    CHECK_EQ(READ("get", "--in-flight", "many"), EXIT_USAGE);
    CHECK_EQ(READ("get", "--rate", "-5"), EXIT_USAGE);
    CHECK_EQ(READ("get", "--rate", "nan"), EXIT_USAGE);
    CHECK_EQ(READ("get", "--duration", "0"), EXIT_USAGE);
    CHECK_EQ(READ("get", "--duration", "5 days"), EXIT_USAGE);
    CHECK_EQ(READ("get", "--pin", "-1"), EXIT_USAGE);
    CHECK_EQ(READ("get", "--json=yes"), EXIT_USAGE);
    CHECK_EQ(READ("get", "--tls"), EXIT_USAGE);
    CHECK_EQ(READ("get", "--tls", "--endpoint-url", "http://127.0.0.1:9"), EXIT_USAGE);
    CHECK_EQ(READ("put", "--signed-payload", "--unsigned-payload"), EXIT_USAGE);
    CHECK_EQ(READ("sqs-send", "--no-prepare"), EXIT_USAGE);
}
