/*
 * resume_token: where a list that was cut short goes on, as one opaque string: the "NextToken" that
 * the AWS CLI prints and its --starting-token takes. It is base64 of a JSON object with the
 * service's own tokens and, if a page was cut, how many of its items were printed.
 */
#ifndef INIA_RESUME_TOKEN_H
#define INIA_RESUME_TOKEN_H

#include "models/models.h"

struct resume_token {
    struct json_value
        *values; /* of the paginator's input tokens, in their order; JSON_NULL: none */
    uint32_t count;
    uint64_t skip;   /* items of the first page that were printed already */
    bool is_partial; /* skip is said, be it 0 */
};

/* No token has a value. false: no memory. */
bool resume_token_init(
    struct resume_token *token, const struct model_paginator *paginator,
    struct arena *arena) MUST_USE;

/* Takes the AWS CLI's old form (TOKEN___3) and a service's plain token too. false: it is none of
 * them (then *bad) or there is no memory. */
bool resume_token_read(
    struct resume_token *token, text written, const struct model_paginator *paginator,
    struct json_parser *parser, struct arena *arena, bool *bad) MUST_USE;

/* Absent: no memory. */
text resume_token_write(
    const struct resume_token *token, const struct model_paginator *paginator, struct arena *arena);

#endif
