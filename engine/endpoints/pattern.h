/*
 * pattern: the regular expressions of partitions.json, which choose the partition of a region not
 * listed yet. Literals, \w \d and escaped punctuation, '.', [sets], groups, |, ? * +, and ^ $ at
 * the ends; anything else is refused when it is loaded. Time is linear in the text.
 */
#ifndef ENDPOINTS_PATTERN_H
#define ENDPOINTS_PATTERN_H

#include "base/base.h"

enum { PATTERN_MAX_STEPS = 250, PATTERN_MAX_DEPTH = 8 };

struct pattern_step;

struct pattern {
    struct pattern_step *steps;
    size_t count;
    bool to_the_end; /* it ended in $ */
};

/* NULL, or what is wrong with it. A match begins at the start of the text, ^ or not. */
MUST_USE const char *pattern_compile(struct pattern *pattern, text written, struct arena *arena);

bool pattern_matches(const struct pattern *pattern, text subject);

#endif
