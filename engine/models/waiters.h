/*
 * waiters: what to look at, how often, and what ends the wait, until something has come about: a
 * service's waiters-2.json. Rules as botocore's waiter.py.
 */
#ifndef MODELS_WAITERS_H
#define MODELS_WAITERS_H

#include "pages.h"

enum waiter_matcher {
    WAITER_PATH,     /* what argument finds is what is expected */
    WAITER_PATH_ALL, /* it finds a list, not empty, and all of its items are */
    WAITER_PATH_ANY, /* one of them is */
    WAITER_STATUS,   /* the HTTP status is */
    WAITER_ERROR,    /* the error code is; true: any error; false: none */
};
enum waiter_state { WAITER_SUCCESS, WAITER_FAILURE, WAITER_RETRY };

struct waiter_acceptor {
    enum waiter_matcher matcher;
    enum waiter_state state;
    struct model_path argument; /* of the first three matchers */
    const struct json_value *expected;
};

struct model_waiter {
    text name, operation;
    uint32_t delay_s, max_attempts;
    uint32_t acceptor_count;
    struct waiter_acceptor *acceptors; /* the first that matches decides */
};

struct model_waiters {
    text service;
    struct map by_name;
};

/* As paginators_load(). */
bool waiters_load(
    struct model_waiters *waiters, const char *folders, const struct model *model,
    struct arena *arena, inia_error *error) MUST_USE;
bool waiters_parse(
    struct model_waiters *waiters, text service, text file, text bytes, text extras,
    struct arena *arena, inia_error *error) MUST_USE;

/* NULL with "s3 has no waiter 'BucketExist': did you mean 'BucketExists'?" */
const struct model_waiter *waiters_require(
    const struct model_waiters *waiters, text name, inia_error *error);

struct waiter_answer {
    int http_status;
    text error_code;                 /* absent: no error */
    const struct json_value *output; /* not looked at in an error */
};

/* The acceptor that matches, or NULL: none does. problem->what is NULL, or says why an expression
 * could not be searched with; none matches then. */
const struct waiter_acceptor *waiter_accepts(
    const struct model_waiter *waiter, const struct waiter_answer *answer, struct arena *arena,
    struct jmespath_problem *problem);

/* What it matched, for a person: "Table.TableStatus is DELETING". */
void waiter_explain(const struct waiter_acceptor *acceptor, struct buffer *out);

#endif
