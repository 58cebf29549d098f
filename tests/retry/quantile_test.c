#include "retry/retry.h"

#include "test.h"

static uint64_t learn(
    struct retry_quantile *quantile, struct random_source *random, uint64_t least, uint64_t spread,
    int count)
{
    for (int i = 0; i < count; i++)
        retry_quantile_observe(quantile, least + random_below(random, spread));
    return retry_quantile_get(quantile);
}

TEST(nothing_is_known_of_the_first_few)
{
    struct retry_quantile quantile;
    struct random_source random;
    random_init(&random, 1);
    retry_quantile_init(&quantile, 0.95);
    CHECK_EQ(learn(&quantile, &random, 1000000, 1000000, QUANTILE_FIRST - 1), 0);
    CHECK(learn(&quantile, &random, 1000000, 1000000, 1) >= 1000000);
}

TEST(the_estimate_settles_where_it_should_and_follows)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct retry_quantile quantile;
        struct random_source random;
        random_init(&random, seed);
        retry_quantile_init(&quantile, 0.95);
        uint64_t p95 = learn(&quantile, &random, 10000000, 10000000, 2000);
        CHECK(p95 > 17000000 && p95 < 22500000); /* of 10 ... 20 ms: 19.5 */
        p95 = learn(&quantile, &random, 100000000, 100000000, 1000);
        CHECK(p95 > 170000000 && p95 < 225000000);
        p95 = learn(&quantile, &random, 10000000, 10000000, 2000);
        CHECK(p95 > 17000000 && p95 < 22500000);
    }
}

TEST(one_slow_server_of_fifty_does_not_raise_it)
{
    struct retry_quantile quantile;
    struct random_source random;
    random_init(&random, 3);
    retry_quantile_init(&quantile, 0.95);
    for (int i = 0; i < 5000; i++)
        retry_quantile_observe(
            &quantile, i % 50 == 0 ? 1000000000 : 10000000 + random_below(&random, 1000000));
    CHECK(retry_quantile_get(&quantile) < 15000000);
}
