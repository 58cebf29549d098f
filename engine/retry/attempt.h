/* attempt: how one went, and what kind of trouble that is. */
#ifndef RETRY_ATTEMPT_H
#define RETRY_ATTEMPT_H

#include "policy.h"

/* What may have become of the request before it failed. */
enum retry_reach {
    RETRY_UNSENT,   /* not a byte of it can have been acted upon */
    RETRY_SENT,     /* the service may have acted upon it */
    RETRY_ANSWERED, /* the service has said so itself */
};

/* What the model says of an error. */
enum retry_modelled { RETRY_UNMODELLED, RETRY_MODELLED, RETRY_MODELLED_THROTTLING };

struct retry_attempt {
    uint32_t number;       /* from 1 */
    uint32_t max_attempts; /* 0: the policy's */
    inia_status status;    /* INIA_SERVICE_ERROR: the two below say more */
    int http_status;       /* 0: no response */
    text error_code;       /* the service's, without namespace; absent or empty: none */
    text service;          /* as its model is named: "sts", "dynamodb" */
    enum retry_modelled modelled;
    enum retry_reach reach;
    bool away;            /* a server that has answered before cannot be reached just now */
    bool not_repeatable;  /* from the model: done twice is not the same as done once */
    bool not_done;        /* the service says that it has done nothing, however it says so */
    bool clock_off;       /* the answer's Date is minutes away from the time that was signed */
    bool body_lost;       /* the source cannot be rewound */
    bool long_polling;    /* fails only after a delay, lest the caller polls in a tight loop */
    bool vain;            /* to be slower has not helped: retry_gate_is_vain() */
    bool remedied;        /* the cause is out of the way: a corrected clock, renewed credentials */
    uint64_t left_ns;     /* until the call's deadline; 0: it has none */
    text retry_after;     /* the header Retry-After; absent: none */
    text amz_retry_after; /* the header x-amz-retry-after; absent: none */
};

enum retry_class {
    RETRY_NOT,       /* the same request would fail again */
    RETRY_TRANSIENT, /* bad luck or a server's trouble */
    RETRY_TIMEOUT,   /* the same, found out by waiting */
    RETRY_THROTTLED, /* too fast */
    RETRY_SKEWED,    /* our clock is off */
    RETRY_EXPIRED,   /* the credentials are */
};

enum retry_class retry_classify(enum retry_mode mode, const struct retry_attempt *attempt);

/* The parts of it that go by the response alone, as the SDKs specify them. */
bool retry_is_transient(int http_status, text error_code);
bool retry_is_throttling(text error_code);

#endif
