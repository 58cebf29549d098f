/*
 * rules: a rule set as it is once compiled. Made by compile*.c, walked by resolve.c.
 *
 * Design notes. Types are checked when a rule set is loaded, so the walk never is in doubt about
 * what a value is, and getAttr is an offset into a struct. What a rule asks of parameters alone
 * (is it set, is it true) is gathered into one mask per rule, so that most rules are passed over
 * with one comparison; only what else they ask is evaluated, in order.
 */
#ifndef ENDPOINTS_RULES_H
#define ENDPOINTS_RULES_H

#include "endpoints.h"

/* Kinds that only variables have; they go on after enum endpoint_kind. */
enum {
    VALUE_NUMBER = ENDPOINT_STRING_LIST + 1, /* a literal only; in expression.number */
    VALUE_PARTITION,                         /* struct endpoint_partition */
    VALUE_ARN,                               /* struct arn */
    VALUE_URL,                               /* struct parsed_url */
};

struct type {
    uint8_t kind;
    bool optional;
};

enum operation {
    OPERATION_CONSTANT,
    OPERATION_PARAMETER, /* number: its slot */
    OPERATION_VARIABLE,  /* number: its slot */
    OPERATION_TEMPLATE,  /* its arguments, put together */
    OPERATION_FIELD,     /* number: an offset into the record its argument is */
    OPERATION_ITEM, /* number: an index into the list its argument is; negative: from its end */
    OPERATION_IS_SET,
    OPERATION_NOT,
    OPERATION_STRING_EQUALS,
    OPERATION_BOOLEAN_EQUALS,
    OPERATION_SUBSTRING,
    OPERATION_PARSE_URL,
    OPERATION_PARSE_ARN,
    OPERATION_PARTITION,
    OPERATION_IS_HOST_LABEL,
    OPERATION_IS_VIRTUAL_HOSTABLE_BUCKET,
    OPERATION_URI_ENCODE,
    OPERATION_COALESCE,
    OPERATION_IF_THEN_ELSE,
    OPERATION_SPLIT,
};

struct expression {
    uint8_t operation; /* enum operation */
    uint8_t count;     /* of arguments */
    struct type type;
    int32_t number;
    union {
        struct endpoint_value constant;
        const struct expression *const *arguments;
    };
};

/* Not gathered into the rule's mask. */
struct condition {
    const struct expression *expression;
    int32_t variable; /* what it assigns; -1: nothing */
};

/* A bit for each parameter: in the lower half set or true, in the upper half unset or false. */
struct parameter_state {
    uint64_t presence, truth;
};

enum rule_kind { RULE_ENDPOINT, RULE_ERROR, RULE_TREE };

struct rule {
    struct parameter_state needs;
    uint8_t kind; /* enum rule_kind */
    uint8_t condition_count;
    uint16_t rule_count;
    const struct condition *conditions;
    union {
        const struct rule *rules;
        const struct expression *error;
        const struct endpoint_plan *endpoint;
    };
};

struct header_plan {
    text name;
    const struct expression *const *values;
    size_t count;
};

/* A text of one auth scheme that depends on the call. */
struct auth_text_plan {
    uint16_t scheme;
    uint16_t offset; /* of the text in struct endpoint_auth_scheme */
    const struct expression *value;
};

struct auth_regions_plan {
    size_t scheme;
    const struct expression *const *values;
    size_t count;
};

/* A property other than authSchemes and backend. Made only as far as it depends on the call. */
struct property_plan {
    const struct json_value *fixed;  /* the whole of it, or NULL */
    const struct expression *string; /* its template, or NULL */
    const struct json_value *shape;  /* else kind and names of a list or object */
    const struct property_plan *items;
};

struct endpoint_plan {
    const struct expression *url;
    const struct header_plan *headers;
    size_t header_count;
    const struct endpoint_auth_scheme *auth_schemes; /* with all that is fixed */
    size_t auth_scheme_count;
    const struct auth_text_plan *auth_texts;
    size_t auth_text_count;
    const struct auth_regions_plan *auth_regions;
    size_t auth_regions_count;
    const struct expression *backend; /* or NULL */
    const text *property_names;
    const struct property_plan *properties;
    size_t property_count;
};

struct endpoint_rules {
    const struct endpoint_partitions *partitions;
    size_t parameter_count;
    struct endpoint_parameter parameters[ENDPOINT_MAX_PARAMETERS];
    uint32_t required, used, booleans, lists; /* a bit for each */
    int bucket, path_style;                   /* slots of S3's, or -1 */
    const struct rule *rules;
    size_t rule_count;
};

/* What values say of the parameters, in masks. */
static inline struct parameter_state parameter_state_of(const struct endpoint_values *values)
{
    return (struct parameter_state){
        values->set | (uint64_t)~values->set << 32,
        values->is_true | (uint64_t)values->is_false << 32};
}

#endif
