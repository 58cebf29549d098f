#include "decide.h"

#include "formats/formats.h"

enum { SECOND_NS = 1000000000, MS_NS = 1000000 };

/* How far a server's word may take a delay beyond our own: with the SDKs' modes and with inia's. */
#define MOST_AMZ_AFTER_NS ((uint64_t)5 * SECOND_NS)
#define MOST_ASKED_NS ((uint64_t)60 * SECOND_NS)

/* Between two looks whether a server is back. */
#define MOST_AWAY_NS ((uint64_t)1 * SECOND_NS)

void retry_budget_init(
    struct retry_budget *budget, const struct retry_policy *policy, uint64_t now_ns)
{
    *budget = (struct retry_budget){policy, policy->tokens, now_ns};
}

static void give(struct retry_budget *budget, uint64_t tokens)
{
    uint32_t room = budget->policy->tokens - budget->tokens;
    budget->tokens += tokens < room ? (uint32_t)tokens : room;
}

static void refill(struct retry_budget *budget, uint64_t now_ns)
{
    uint32_t rate = budget->policy->refill_per_s;
    if (!rate || now_ns <= budget->refilled_ns)
        return;
    uint64_t token_ns = SECOND_NS / rate;
    uint64_t tokens = (now_ns - budget->refilled_ns) / token_ns;
    budget->refilled_ns += tokens * token_ns;
    give(budget, tokens);
}

void retry_succeeded(struct retry_budget *budget, uint32_t last_cost, uint64_t now_ns)
{
    refill(budget, now_ns);
    give(budget, last_cost ? last_cost : budget->policy->gain);
}

static uint32_t cost_of(const struct retry_policy *policy, enum retry_class class)
{
    if (class == RETRY_THROTTLED)
        return policy->throttling_cost;
    return class == RETRY_TIMEOUT ? policy->timeout_cost : policy->cost;
}

/* Where it does not help to be slower, throttling is a failure like others. */
static uint64_t base_of(
    const struct retry_policy *policy, const struct retry_attempt *attempt, enum retry_class class)
{
    bool is_vain = policy->spares_the_vain && attempt->vain;
    return class == RETRY_THROTTLED && !is_vain ? policy->throttling_base_ns : policy->base_ns;
}

static uint64_t back_off(
    const struct retry_policy *policy, const struct retry_attempt *attempt, enum retry_class class,
    struct random_source *random)
{
    uint64_t delay = base_of(policy, attempt, class);
    for (uint32_t i = 1; i < attempt->number && delay < policy->max_delay_ns; i++)
        delay *= 2;
    if (delay > policy->max_delay_ns)
        delay = policy->max_delay_ns;
    if (policy->without_jitter)
        return delay;
    return (uint64_t)(random_fraction(random) * (double)delay);
}

static uint64_t at_least(uint64_t own_ns, uint64_t asked_ns, uint64_t most_more_ns)
{
    if (asked_ns < own_ns)
        return own_ns;
    return asked_ns - own_ns < most_more_ns ? asked_ns : own_ns + most_more_ns;
}

/* However long it is. false: it is not made of digits. */
static bool read_number(text value, uint64_t *number)
{
    for (size_t i = 0; i < value.size; i++) {
        if (value.data[i] < '0' || value.data[i] > '9')
            return false;
    }
    if (!text_to_u64(value, number))
        *number = UINT64_MAX;
    return value.size > 0;
}

/* So many units, within bounds. */
static uint64_t wish(uint64_t count, uint64_t unit_ns)
{
    return count < MOST_ASKED_NS / unit_ns ? count * unit_ns : MOST_ASKED_NS;
}

/* RFC 9110, section 10.2.3: seconds, or a date. false: neither. */
static bool read_retry_after(text value, int64_t now_s, uint64_t *asked_ns)
{
    uint64_t seconds = 0;
    struct date date;
    value = text_trim(value);
    if (!read_number(value, &seconds)) {
        if (!date_parse_http(value, &date))
            return false;
        seconds = date.seconds > now_s ? (uint64_t)(date.seconds - now_s) : 0;
    }
    *asked_ns = wish(seconds, SECOND_NS);
    return true;
}

/* Milliseconds. */
static bool read_amz_after(text value, uint64_t *asked_ns)
{
    uint64_t ms;
    if (!read_number(value, &ms))
        return false;
    *asked_ns = wish(ms, MS_NS);
    return true;
}

/* What the server wishes of us. */
static uint64_t asked_by(
    const struct retry_policy *policy, const struct retry_attempt *attempt, int64_t now_s)
{
    uint64_t asked_ns;
    if (policy->takes_amz_after && read_amz_after(attempt->amz_retry_after, &asked_ns))
        return asked_ns;
    if (policy->takes_retry_after && read_retry_after(attempt->retry_after, now_s, &asked_ns))
        return asked_ns;
    return 0;
}

/* It is no burden to a server that it cannot be reached: neither attempts nor the budget count. */
static bool is_awaited(const struct retry_policy *policy, const struct retry_attempt *attempt)
{
    return policy->awaits_return && attempt->away && attempt->max_attempts != 1;
}

/* All that were refused together have been told the same: inia's own spreads them behind it. */
static uint64_t delay_of(
    const struct retry_policy *policy, const struct retry_attempt *attempt,
    const struct retry_decision *decision, struct random_source *random)
{
    if (decision->class == RETRY_SKEWED || decision->class == RETRY_EXPIRED)
        return 0;
    uint64_t own = back_off(policy, attempt, decision->class, random);
    if (is_awaited(policy, attempt))
        own %= MOST_AWAY_NS;
    if (policy->mode == RETRY_INIA)
        return own + decision->asked_ns;
    return at_least(own, decision->asked_ns, MOST_AMZ_AFTER_NS);
}

/* By a service that has no time for it, or that its model or itself says has not carried it out. */
static bool was_refused(const struct retry_attempt *attempt)
{
    return attempt->status == INIA_SERVICE_ERROR &&
           (attempt->http_status == 503 || attempt->http_status == 408 ||
            attempt->http_status == 425 || attempt->modelled != RETRY_UNMODELLED ||
            attempt->not_done);
}

/* Refused outright, the request has done nothing; otherwise it may have been carried out. */
static bool is_unsafe(
    const struct retry_policy *policy, const struct retry_attempt *attempt, enum retry_class class)
{
    if (!policy->guards_repeats || !attempt->not_repeatable || attempt->reach == RETRY_UNSENT)
        return false;
    return (class == RETRY_TRANSIENT || class == RETRY_TIMEOUT) && !was_refused(attempt);
}

/* All that are under way to a server are lost with it, however many: once for each call that costs
 * nothing, or a restart would fail what the budget does not reach. */
static uint32_t price(
    const struct retry_policy *policy, const struct retry_attempt *attempt, enum retry_class class)
{
    bool is_lost = attempt->status == INIA_CONNECTION_LOST && attempt->number == 1;
    if (policy->awaits_return && is_lost)
        return 0;
    bool is_busy = policy->mode == RETRY_INIA && attempt->http_status == 503;
    return is_busy ? policy->throttling_cost : cost_of(policy, class);
}

static enum retry_why judge(
    const struct retry_budget *budget, const struct retry_attempt *attempt, enum retry_class class)
{
    const struct retry_policy *policy = budget->policy;
    uint32_t most = attempt->max_attempts ? attempt->max_attempts : policy->max_attempts;
    if (class == RETRY_NOT)
        return RETRY_HOPELESS;
    if ((class == RETRY_SKEWED || class == RETRY_EXPIRED) && !attempt->remedied)
        return RETRY_HOPELESS;
    if (is_unsafe(policy, attempt, class))
        return RETRY_UNSAFE;
    if (attempt->body_lost)
        return RETRY_NO_BODY;
    if (is_awaited(policy, attempt))
        return RETRY_AGAIN;
    if (attempt->number >= most)
        return RETRY_ATTEMPTS_EXHAUSTED;
    return budget->tokens < price(policy, attempt, class) ? RETRY_BUDGET_EXHAUSTED : RETRY_AGAIN;
}

struct retry_decision retry_decide(
    struct retry_budget *budget, const struct retry_attempt *attempt, uint64_t now_ns,
    int64_t now_s, struct random_source *random)
{
    const struct retry_policy *policy = budget->policy;
    refill(budget, now_ns);
    struct retry_decision decision = {.class = retry_classify(policy->mode, attempt)};
    decision.asked_ns = asked_by(policy, attempt, now_s);
    decision.why = judge(budget, attempt, decision.class);
    bool slows_poller =
        attempt->long_polling && decision.why == RETRY_BUDGET_EXHAUSTED && policy->takes_amz_after;
    if (decision.why == RETRY_AGAIN || slows_poller)
        decision.delay_ns = delay_of(policy, attempt, &decision, random);
    if (attempt->left_ns && decision.delay_ns >= attempt->left_ns) {
        decision.why = RETRY_NO_TIME;
        decision.delay_ns = 0;
    }
    decision.again = decision.why == RETRY_AGAIN;
    decision.awaited = decision.again && is_awaited(policy, attempt);
    if (decision.again && !decision.awaited) {
        decision.cost = price(policy, attempt, decision.class);
        budget->tokens -= decision.cost;
    }
    return decision;
}

const char *retry_why_text(enum retry_why why)
{
    static const char *const texts[] = {
        [RETRY_AGAIN] = "tried again",
        [RETRY_HOPELESS] = "no retry: this error does not go away",
        [RETRY_ATTEMPTS_EXHAUSTED] = "no retry: all attempts are used up",
        [RETRY_BUDGET_EXHAUSTED] = "no retry: the budget for retries is spent",
        [RETRY_UNSAFE] = "no retry: the service may have acted upon the request already",
        [RETRY_NO_BODY] = "no retry: the body cannot be read again",
        [RETRY_NO_TIME] = "no retry: the deadline would be over before it",
    };
    return texts[why];
}
