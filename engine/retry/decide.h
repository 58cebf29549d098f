/* decide: another attempt or not, out of what budget, after what delay. */
#ifndef RETRY_DECIDE_H
#define RETRY_DECIDE_H

#include "attempt.h"

/* What is left for retries, shared by all calls that may overload the same thing. */
struct retry_budget {
    const struct retry_policy *policy; /* must live as long */
    uint32_t tokens;
    uint64_t refilled_ns;
};

void retry_budget_init(
    struct retry_budget *budget, const struct retry_policy *policy, uint64_t now_ns);

enum retry_why {
    RETRY_AGAIN,
    RETRY_HOPELESS,           /* not an error that goes away */
    RETRY_ATTEMPTS_EXHAUSTED, /* max_attempts */
    RETRY_BUDGET_EXHAUSTED,
    RETRY_UNSAFE, /* the service may have acted upon it, and twice would be too much */
    RETRY_NO_BODY,
    RETRY_NO_TIME, /* the deadline is over before the delay is */
};

const char *retry_why_text(enum retry_why why); /* "no retry: the budget is spent" */

struct retry_decision {
    bool again;
    enum retry_why why;
    enum retry_class class;
    bool awaited;      /* it is no attempt that counts: a server is waited for */
    uint64_t delay_ns; /* wait this long, even before failing if not 0 */
    uint64_t
        asked_ns;  /* of that the server's wish, within bounds; told if there is no retry, too */
    uint32_t cost; /* tokens taken, to be given back by retry_succeeded() */
};

/* now_s is Unix time by the server's clock, for a Retry-After that is a date. */
struct retry_decision retry_decide(
    struct retry_budget *budget, const struct retry_attempt *attempt, uint64_t now_ns,
    int64_t now_s, struct random_source *random);

/* A call is over and well: gives back what its last retry cost (0: it had none). */
void retry_succeeded(struct retry_budget *budget, uint32_t last_cost, uint64_t now_ns);

#endif
