#include "endpoint/faults.h"
#include "test.h"

static bool is_set(struct faults *faults, const char *name, const char *value)
{
    return faults_set(faults, text_of(name), text_of(value)) == NULL;
}

TEST(durations_and_sizes_have_units)
{
    uint64_t value;
    CHECK(duration_parse(TEXT("100ms"), &value) && value == 100000000);
    CHECK(duration_parse(TEXT("2s"), &value) && value == 2000000000);
    CHECK(duration_parse(TEXT("5us"), &value) && value == 5000);
    CHECK(duration_parse(TEXT("1h"), &value) && value == UINT64_C(3600000000000));
    CHECK(duration_parse(TEXT("0"), &value) && value == 0);
    CHECK(!duration_parse(TEXT("100"), &value));
    CHECK(!duration_parse(TEXT("ms"), &value));
    CHECK(!duration_parse(TEXT("-1s"), &value));
    CHECK(!duration_parse(TEXT("99999999999999s"), &value));
    CHECK(size_parse(TEXT("64k"), &value) && value == 65536);
    CHECK(size_parse(TEXT("1G"), &value) && value == 1 << 30);
    CHECK(size_parse(TEXT("12"), &value) && value == 12);
    CHECK(!size_parse(TEXT(""), &value));
    CHECK(!size_parse(TEXT("k"), &value));
    CHECK(!size_parse(TEXT("99999999999g"), &value));
}

TEST(faults_are_off_until_one_is_set)
{
    struct faults faults = {0};
    CHECK(is_set(&faults, "reset", "0%") && !faults.active);
    CHECK(is_set(&faults, "reset", "1.5%") && faults.active);
    CHECK(faults.share[FAULT_RESET] > 0.0149 && faults.share[FAULT_RESET] < 0.0151);
    CHECK(is_set(&faults, "reset", "0"));
    CHECK(is_set(&faults, "slow", "64k") && faults.active && faults.slow == 65536);
}

TEST(what_is_no_fault_is_refused)
{
    struct faults faults = {0};
    CHECK(!is_set(&faults, "reset", "101%"));
    CHECK(!is_set(&faults, "reset", "100.1%"));
    CHECK(!is_set(&faults, "reset", "-1%"));
    CHECK(!is_set(&faults, "reset", ""));
    CHECK(!is_set(&faults, "delay", "2s-1s"));
    CHECK(!is_set(&faults, "delay", "soon"));
    CHECK(!is_set(&faults, "unknown", "1%"));
    CHECK(!is_set(&faults, "", ""));
}

TEST(a_share_of_all_requests_is_struck)
{
    struct faults faults = {0};
    struct random_source random;
    random_init(&random, 3);
    CHECK(is_set(&faults, "reset", "25%"));
    int struck = 0;
    for (int i = 0; i < 10000; i++) {
        struck += faults_strike(&faults, FAULT_RESET, &random);
        CHECK(!faults_strike(&faults, FAULT_CORRUPT, &random));
    }
    CHECK(struck > 2300 && struck < 2700);
    CHECK(is_set(&faults, "reset", "100%"));
    for (int i = 0; i < 1000; i++)
        CHECK(faults_strike(&faults, FAULT_RESET, &random));
}

TEST(a_delay_lies_between_its_bounds)
{
    struct faults faults = {0};
    struct random_source random;
    random_init(&random, 3);
    CHECK(is_set(&faults, "delay", "10ms-20ms"));
    uint64_t least = UINT64_MAX, most = 0;
    for (int i = 0; i < 1000; i++) {
        uint64_t delay = faults_delay_ns(&faults, &random);
        CHECK(delay >= 10000000 && delay <= 20000000);
        least = delay < least ? delay : least;
        most = delay > most ? delay : most;
    }
    CHECK(least < 11000000 && most > 19000000);
}
