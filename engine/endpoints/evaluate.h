/* evaluate: what an expression is worth during one walk through the rules. */
#ifndef ENDPOINTS_EVALUATE_H
#define ENDPOINTS_EVALUATE_H

#include "functions.h"
#include "rules.h"

/* One walk. Rules ask the same of the same text again and again, so the last answers are kept. */
struct run {
    const struct endpoint_rules *rules;
    const struct endpoint_value *parameters;
    struct arena *arena;
    struct parameter_state has;
    bool no_memory;
    text partition_region;
    const struct endpoint_partition *partition;
    text url_written;
    const struct parsed_url *url; /* NULL: it is none */
    struct endpoint_value variables[ENDPOINT_MAX_VARIABLES];
};

/* ENDPOINT_UNSET where the rules would say so, and with run->no_memory. */
void rules_evaluate(
    struct run *run, const struct expression *expression, struct endpoint_value *value);

/* The same without a copy where there is one already; scratch is for where there is not. */
static inline const struct endpoint_value *rules_evaluated(
    struct run *run, const struct expression *expression, struct endpoint_value *scratch)
{
    if (expression->operation == OPERATION_PARAMETER)
        return &run->parameters[expression->number];
    if (expression->operation == OPERATION_VARIABLE)
        return &run->variables[expression->number];
    if (expression->operation == OPERATION_CONSTANT)
        return &expression->constant;
    rules_evaluate(run, expression, scratch);
    return scratch;
}

/* Of an expression of type string: absent if there was no memory. */
static inline text rules_evaluate_text(struct run *run, const struct expression *expression)
{
    struct endpoint_value scratch;
    const struct endpoint_value *value = rules_evaluated(run, expression, &scratch);
    return value->kind == ENDPOINT_STRING ? value->string : text_from(NULL, 0);
}

/* Of an expression of type boolean. */
bool rules_evaluate_boolean(struct run *run, const struct expression *expression);

/* A condition holds if its value is set and is not false. */
bool rules_evaluate_condition(struct run *run, const struct condition *condition);

#endif
