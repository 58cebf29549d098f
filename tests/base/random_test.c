#include "base/base.h"
#include "test.h"

TEST(the_same_seed_gives_the_same_row)
{
    struct random_source a, b;
    random_init(&a, 42);
    random_init(&b, 42);
    for (int i = 0; i < 100; i++)
        CHECK(random_u64(&a) == random_u64(&b));
}

TEST(numbers_below_a_limit_reach_all_of_it_and_no_more)
{
    struct random_source random;
    random_init(&random, 1);
    unsigned seen = 0;
    for (int i = 0; i < 1000; i++) {
        uint64_t number = random_below(&random, 10);
        CHECK(number < 10);
        seen |= 1u << number;
        double fraction = random_fraction(&random);
        CHECK(fraction >= 0 && fraction < 1);
    }
    CHECK_EQ(seen, 0x3ff);
}

TEST(a_uuid_looks_like_version_4)
{
    struct random_source random;
    random_init(&random, 7);
    char uuid[37] = {0};
    random_uuid(&random, uuid);
    CHECK_EQ(strlen(uuid), 36);
    CHECK(uuid[8] == '-' && uuid[13] == '-' && uuid[18] == '-' && uuid[23] == '-');
    CHECK(uuid[14] == '4' && strchr("89ab", uuid[19]) != NULL);
}
