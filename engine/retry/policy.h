/* policy: the numbers that retrying goes by. */
#ifndef RETRY_POLICY_H
#define RETRY_POLICY_H

#include "base/base.h"

enum retry_mode {
    RETRY_INIA, /* as RETRY_STANDARD_2026, but budgets refill by time and no answer is in vain */
    RETRY_STANDARD,      /* what the SDKs call "standard" today */
    RETRY_STANDARD_2026, /* its revision */
    RETRY_ADAPTIVE,      /* RETRY_STANDARD's rules; the caller keeps a retry_pace as well */
    RETRY_OFF,           /* one attempt */
};

struct retry_policy {
    enum retry_mode mode;
    uint32_t max_attempts;
    uint64_t base_ns;            /* the first delay; doubles with each attempt */
    uint64_t throttling_base_ns; /* the same after a throttling error */
    uint64_t max_delay_ns;
    uint32_t tokens; /* a full budget */
    uint32_t cost, timeout_cost, throttling_cost;
    uint32_t gain;          /* tokens for a call that is well at once */
    uint32_t refill_per_s;  /* 0: only success refills */
    bool takes_retry_after; /* the Retry-After header counts */
    bool takes_amz_after;   /* x-amz-retry-after counts */
    bool spares_the_vain;   /* retry_attempt.vain counts */
    bool awaits_return;     /* of a server that was there: retry_attempt.away counts */
    bool guards_repeats;    /* what must not be done twice is not repeated in the dark */
    bool without_jitter;    /* for tests */
};

void retry_policy_init(struct retry_policy *policy, enum retry_mode mode, text service);

/* "standard", "adaptive", "legacy" (which is taken for standard), "inia", "off". */
bool retry_mode_from_name(text name, enum retry_mode *mode) MUST_USE;

#endif
