#include "compile.h"

enum { ANY = 255 };

struct function {
    text name;
    uint8_t operation;
    uint8_t count; /* of arguments */
    uint8_t arguments[4];
    struct type result;
};

static const struct function functions[] = {
    {TEXT_INIT("isSet"), OPERATION_IS_SET, 1, {ANY}, {ENDPOINT_BOOLEAN, false}},
    {TEXT_INIT("not"), OPERATION_NOT, 1, {ENDPOINT_BOOLEAN}, {ENDPOINT_BOOLEAN, false}},
    {TEXT_INIT("stringEquals"),
     OPERATION_STRING_EQUALS,
     2,
     {ENDPOINT_STRING, ENDPOINT_STRING},
     {ENDPOINT_BOOLEAN, false}},
    {TEXT_INIT("booleanEquals"),
     OPERATION_BOOLEAN_EQUALS,
     2,
     {ENDPOINT_BOOLEAN, ENDPOINT_BOOLEAN},
     {ENDPOINT_BOOLEAN, false}},
    {TEXT_INIT("substring"),
     OPERATION_SUBSTRING,
     4,
     {ENDPOINT_STRING, VALUE_NUMBER, VALUE_NUMBER, ENDPOINT_BOOLEAN},
     {ENDPOINT_STRING, true}},
    {TEXT_INIT("parseURL"), OPERATION_PARSE_URL, 1, {ENDPOINT_STRING}, {VALUE_URL, true}},
    {TEXT_INIT("aws.parseArn"), OPERATION_PARSE_ARN, 1, {ENDPOINT_STRING}, {VALUE_ARN, true}},
    {TEXT_INIT("aws.partition"),
     OPERATION_PARTITION,
     1,
     {ENDPOINT_STRING},
     {VALUE_PARTITION, true}},
    {TEXT_INIT("isValidHostLabel"),
     OPERATION_IS_HOST_LABEL,
     2,
     {ENDPOINT_STRING, ENDPOINT_BOOLEAN},
     {ENDPOINT_BOOLEAN, false}},
    {TEXT_INIT("aws.isVirtualHostableS3Bucket"),
     OPERATION_IS_VIRTUAL_HOSTABLE_BUCKET,
     2,
     {ENDPOINT_STRING, ENDPOINT_BOOLEAN},
     {ENDPOINT_BOOLEAN, false}},
    {TEXT_INIT("uriEncode"), OPERATION_URI_ENCODE, 1, {ENDPOINT_STRING}, {ENDPOINT_STRING, false}},
    {TEXT_INIT("split"),
     OPERATION_SPLIT,
     3,
     {ENDPOINT_STRING, ENDPOINT_STRING, VALUE_NUMBER},
     {ENDPOINT_STRING_LIST, false}},
    {TEXT_INIT("coalesce"), OPERATION_COALESCE, 0, {0}, {ENDPOINT_UNSET, false}},
    {TEXT_INIT("ite"), OPERATION_IF_THEN_ELSE, 0, {0}, {ENDPOINT_UNSET, false}},
};

static bool compile_arguments(
    struct compiler *compiler, const struct json_value *list, const struct expression **arguments)
{
    for (uint32_t i = 0; i < list->count; i++) {
        rules_compile_enter_item(compiler, "argv", i);
        arguments[i] = rules_compile_expression(compiler, &list->items[i]);
        if (!arguments[i])
            return false;
        rules_compile_leave(compiler);
    }
    return true;
}

/* From here on in this rule what was asked about is set, or else the condition did not hold. */
static void learn_that_it_is_set(struct compiler *compiler, const struct expression *asked)
{
    bool is_parameter = asked->operation == OPERATION_PARAMETER;
    if (!is_parameter && asked->operation != OPERATION_VARIABLE)
        return;
    for (size_t i = 0; i < compiler->name_count; i++) {
        struct known_name *known = &compiler->names[i];
        if (known->is_parameter == is_parameter && known->slot == asked->number)
            known->type.optional = false;
    }
}

static const struct expression *make_fixed(
    struct compiler *compiler, const struct function *function, size_t count,
    const struct expression **arguments)
{
    if (count != function->count)
        return rules_compile_fail(
            compiler, "%s takes %d arguments, not %zu", function->name.data, function->count,
            count);
    for (size_t i = 0; i < count; i++) {
        struct type type = arguments[i]->type;
        if (function->arguments[i] == ANY)
            continue;
        /* SimpleDB asks for the partition of a region that may be unset: then that is, too. */
        bool may_be_unset = function->operation == OPERATION_PARTITION;
        if ((type.optional && !may_be_unset) || type.kind != function->arguments[i])
            return rules_compile_fail(
                compiler, "argv[%zu] of %s is %s, not %s", i, function->name.data,
                rules_compile_type_name(type),
                rules_compile_type_name((struct type){function->arguments[i], false}));
    }
    struct expression made = {
        .operation = function->operation, .count = (uint8_t)count, .type = function->result};
    const struct expression *result = rules_compile_made(compiler, &made, arguments);
    if (result &&
        (function->operation == OPERATION_IS_SET || function->operation == OPERATION_PARTITION))
        learn_that_it_is_set(compiler, arguments[0]);
    return result;
}

/* The first that is set: of one kind all, and set if one of them is. */
static const struct expression *make_coalesce(
    struct compiler *compiler, size_t count, const struct expression **arguments)
{
    if (count < 2)
        return rules_compile_fail(compiler, "coalesce takes two arguments at least");
    struct type type = arguments[0]->type;
    for (size_t i = 1; i < count; i++) {
        if (arguments[i]->type.kind != type.kind)
            return rules_compile_fail(compiler, "coalesce of different kinds");
        type.optional = type.optional && arguments[i]->type.optional;
    }
    struct expression made = {
        .operation = OPERATION_COALESCE, .count = (uint8_t)count, .type = type};
    return rules_compile_made(compiler, &made, arguments);
}

static const struct expression *make_if_then_else(
    struct compiler *compiler, size_t count, const struct expression **arguments)
{
    if (count != 3)
        return rules_compile_fail(compiler, "ite takes 3 arguments, not %zu", count);
    struct type asked = arguments[0]->type, type = arguments[1]->type;
    if (asked.kind != ENDPOINT_BOOLEAN || asked.optional)
        return rules_compile_fail(
            compiler, "ite asks %s, not a boolean", rules_compile_type_name(asked));
    if (type.kind != arguments[2]->type.kind)
        return rules_compile_fail(compiler, "ite of different kinds");
    type.optional = type.optional || arguments[2]->type.optional;
    struct expression made = {.operation = OPERATION_IF_THEN_ELSE, .count = 3, .type = type};
    return rules_compile_made(compiler, &made, arguments);
}

static const struct expression *compile_get_attribute(
    struct compiler *compiler, const struct json_value *list)
{
    if (list->count != 2 || list->items[1].kind != JSON_STRING)
        return rules_compile_fail(compiler, "getAttr takes a value and a path");
    const struct expression *base = rules_compile_expression(compiler, &list->items[0]);
    return base ? rules_compile_attribute(compiler, base, list->items[1].string) : NULL;
}

static const struct expression *make_function(
    struct compiler *compiler, text name, const struct json_value *list)
{
    const struct expression *arguments[COMPILE_MAX_ARGUMENTS];
    const struct function *function = functions;
    const struct function *end = functions + COUNT_OF(functions);
    while (function < end && !text_equals(function->name, name))
        function++;
    if (function == end)
        return rules_compile_fail(compiler, "an unknown function \"%.*s\"", TEXT_ARGS(name));
    if (list->count > COMPILE_MAX_ARGUMENTS)
        return rules_compile_fail(compiler, "more than %d arguments", COMPILE_MAX_ARGUMENTS);
    /* What is learnt within not() does not hold outside. */
    struct scope_mark mark;
    rules_scope_save(compiler, &mark);
    if (!compile_arguments(compiler, list, arguments))
        return NULL;
    if (function->operation == OPERATION_NOT)
        rules_scope_restore(compiler, &mark);
    if (function->operation == OPERATION_COALESCE)
        return make_coalesce(compiler, list->count, arguments);
    if (function->operation == OPERATION_IF_THEN_ELSE)
        return make_if_then_else(compiler, list->count, arguments);
    return make_fixed(compiler, function, list->count, arguments);
}

const struct expression *rules_compile_function(
    struct compiler *compiler, const struct json_value *source)
{
    const struct json_value *name = json_member(source, TEXT("fn"));
    const struct json_value *list = json_member(source, TEXT("argv"));
    if (!json_is(name, JSON_STRING) || !json_is(list, JSON_LIST))
        return rules_compile_fail(compiler, "a function without fn or argv");
    if (text_equals(name->string, TEXT("getAttr")))
        return compile_get_attribute(compiler, list);
    return make_function(compiler, name->string, list);
}
