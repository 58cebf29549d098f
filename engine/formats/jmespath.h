/*
 * jmespath: JMESPath expressions (jmespath.org), compiled once and searched with often.
 *
 * Knows the whole grammar and all functions of the specification. A compiled expression never
 * changes and may be used by many threads; it lives in the arena it was compiled into, and so does
 * nothing else. What is found shares memory with the value searched in and with the expression:
 * all three belong together.
 *
 * Numbers keep their text as long as nothing is computed, and are compared as doubles. Of members
 * with the same name, [*], keys() and values() show each.
 *
 *   struct jmespath_problem problem;
 *   const struct jmespath *path = jmespath_compile(TEXT("Contents[-1].Key"), &arena, &problem);
 *   if (!path) ... jmespath_error_name(problem.error), problem.what, problem.offset ...
 *   const struct json_value *key = jmespath_search(path, page, &arena, &problem);
 */
#ifndef FORMATS_JMESPATH_H
#define FORMATS_JMESPATH_H

#include "json.h"

enum {
    JMESPATH_MAX_SIZE = 1 << 16, /* bytes of an expression */
    JMESPATH_MAX_DEPTH = 256,    /* of expressions in expressions */
    JMESPATH_MAX_STEPS = 1 << 25 /* values looked at or made by one search, its result included */
};

enum jmespath_error {
    JMESPATH_SYNTAX = 1,
    JMESPATH_INVALID_ARITY,
    JMESPATH_INVALID_TYPE,
    JMESPATH_INVALID_VALUE,
    JMESPATH_UNKNOWN_FUNCTION,
    JMESPATH_TOO_LARGE, /* beyond one of the limits above */
    JMESPATH_NO_MEMORY
};
const char *jmespath_error_name(enum jmespath_error error); /* "invalid-arity" */

struct jmespath_problem {
    enum jmespath_error error;
    const char *what; /* "a string that does not end" */
    size_t offset;    /* bytes into the expression: where it was noticed */
};

/* NULL with *problem. The expression is copied. Functions that are not known or get the wrong
 * number of arguments, and slices with a step of 0, are found here; the rest while searching. */
struct jmespath *jmespath_compile(
    text expression, struct arena *arena, struct jmespath_problem *problem) MUST_USE;

/* NULL with *problem. What is not there gives a value of JSON_NULL. */
const struct json_value *jmespath_search(
    const struct jmespath *path, const struct json_value *value, struct arena *arena,
    struct jmespath_problem *problem) MUST_USE;

#endif
