#include "policy.h"

enum { MS = 1000000 };

/* Of those that go wrong at first a half can be tried again if as many are well: where one of two
 * is refused, three requests are sent for two calls. */
static void make_inias(struct retry_policy *policy)
{
    policy->tokens = 1000;
    policy->throttling_cost = 10;
    policy->cost = policy->timeout_cost = 28;
    policy->gain = 5;
    policy->refill_per_s = 100;
    policy->takes_retry_after = true;
    policy->spares_the_vain = true;
    policy->awaits_return = true;
    policy->guards_repeats = true;
}

void retry_policy_init(struct retry_policy *policy, enum retry_mode mode, text service)
{
    *policy = (struct retry_policy){
        .mode = mode,
        .max_attempts = mode == RETRY_OFF ? 1 : 3,
        .base_ns = (uint64_t)1000 * MS,
        .throttling_base_ns = (uint64_t)1000 * MS,
        .max_delay_ns = (uint64_t)20000 * MS,
        .tokens = 500,
        .cost = 5,
        .timeout_cost = 10,
        .throttling_cost = 5,
        .gain = 1,
    };
    if (mode != RETRY_INIA && mode != RETRY_STANDARD_2026)
        return;
    policy->base_ns = (uint64_t)50 * MS;
    policy->cost = policy->timeout_cost = 14;
    policy->takes_amz_after = true;
    if (text_equals(service, TEXT("dynamodb"))) {
        policy->base_ns = (uint64_t)25 * MS;
        policy->max_attempts = 4;
    }
    if (mode == RETRY_INIA)
        make_inias(policy);
}

bool retry_mode_from_name(text name, enum retry_mode *mode)
{
    static const struct {
        text name;
        enum retry_mode mode;
    } modes[] = {
        {TEXT_INIT("standard"), RETRY_STANDARD}, {TEXT_INIT("adaptive"), RETRY_ADAPTIVE},
        {TEXT_INIT("legacy"), RETRY_STANDARD},   {TEXT_INIT("inia"), RETRY_INIA},
        {TEXT_INIT("off"), RETRY_OFF},
    };
    for (size_t i = 0; i < COUNT_OF(modes); i++) {
        if (text_equals_ignoring_case(name, modes[i].name)) {
            *mode = modes[i].mode;
            return true;
        }
    }
    return false;
}
