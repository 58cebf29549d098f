/*
 * pages: how an operation's output is asked for page by page: a service's paginators-1.json. Which
 * members of an output are the tokens that the next request takes, and which hold the results.
 * Rules as botocore's paginate.py.
 */
#ifndef MODELS_PAGES_H
#define MODELS_PAGES_H

#include "base/base.h"
#include "formats/formats.h"

struct model;

struct model_path {
    text written;                /* absent: there is none */
    const struct jmespath *path; /* the same compiled */
};

struct model_paginator {
    text operation;
    uint32_t token_count, result_count, fixed_count;
    text *input_tokens;               /* members of the input */
    struct model_path *output_tokens; /* of an output, as many: what they are set to */
    struct model_path more_results;   /* not true: this was the last page */
    struct model_path *results;       /* result_key: of the first, items are counted */
    struct model_path *fixed;         /* non_aggregate_keys: the same on every page */
    text limit_key;                   /* a member of the input: items of a page; absent if none */
};

struct model_paginators {
    struct map by_operation;
};

/* Those of a loaded model, in arena; a service may have none. false with one line in error, as
 * model_load(): an expression that does not compile is wrong too. */
bool paginators_load(
    struct model_paginators *paginators, const char *folders, const struct model *model,
    struct arena *arena, inia_error *error) MUST_USE;

/* The same from bytes in memory, as model_parse(). */
bool paginators_parse(
    struct model_paginators *paginators, text file, text bytes, text extras, struct arena *arena,
    inia_error *error) MUST_USE;

/* NULL: its output comes in one piece. */
const struct model_paginator *paginators_find(
    const struct model_paginators *paginators, text operation);

enum page_after { PAGE_NONE, PAGE_MORE, PAGE_UNKNOWN };

/*
 * What comes after the page that output is. PAGE_MORE: tokens[i], token_count of them, is the value
 * of input_tokens[i]; NULL: that one is to be left out. PAGE_UNKNOWN: *problem tells why.
 */
enum page_after page_after(
    const struct model_paginator *paginator, const struct json_value *output, struct arena *arena,
    const struct json_value ***tokens, struct jmespath_problem *problem) MUST_USE;

/* Whether params hold these tokens already: such a service would give the same page for ever. */
bool page_is_repeated(
    const struct model_paginator *paginator, const struct json_value *params,
    const struct json_value *const *tokens);

/* A deep copy of params, an object, with these tokens. NULL: no memory. */
struct json_value *page_params(
    const struct model_paginator *paginator, const struct json_value *params,
    const struct json_value *const *tokens, struct arena *arena) MUST_USE;

#endif
