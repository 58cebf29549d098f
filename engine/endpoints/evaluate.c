#include "evaluate.h"

/* A list stands in a record as it does in a value. */
_Static_assert(
    offsetof(struct arn, resource_count) - offsetof(struct arn, resource) ==
        offsetof(struct endpoint_value, list.count) - offsetof(struct endpoint_value, list.items),
    "struct arn's list");

static void set_text(struct endpoint_value *value, text string)
{
    value->kind = string.data ? ENDPOINT_STRING : ENDPOINT_UNSET;
    value->string = string;
}

static void set_boolean(struct endpoint_value *value, bool boolean)
{
    value->kind = ENDPOINT_BOOLEAN;
    value->boolean = boolean;
}

static void set_record(struct endpoint_value *value, unsigned kind, const void *record)
{
    value->kind = record ? kind : ENDPOINT_UNSET;
    value->record = record;
}

static void *take(struct run *run, size_t size)
{
    void *memory = arena_alloc(run->arena, size);
    run->no_memory |= memory == NULL;
    return memory;
}

static void evaluate_template(
    struct run *run, const struct expression *expression, struct endpoint_value *value)
{
    text pieces[UINT8_MAX];
    size_t size = 0;
    for (size_t i = 0; i < expression->count; i++) {
        pieces[i] = rules_evaluate_text(run, expression->arguments[i]);
        size += pieces[i].size;
    }
    char *out = take(run, size + 1);
    set_text(value, text_from(out, size));
    for (size_t i = 0; out && i < expression->count; i++) {
        if (pieces[i].size)
            memcpy(out, pieces[i].data, pieces[i].size);
        out += pieces[i].size;
    }
    if (out)
        *out = '\0';
}

static void evaluate_field(
    struct run *run, const struct expression *expression, struct endpoint_value *value)
{
    struct endpoint_value scratch;
    const struct endpoint_value *base = rules_evaluated(run, expression->arguments[0], &scratch);
    const char *at = (const char *)base->record + expression->number;
    value->kind = expression->type.kind;
    if (base->kind == ENDPOINT_UNSET)
        value->kind = ENDPOINT_UNSET;
    else if (value->kind == ENDPOINT_STRING)
        memcpy(&value->string, at, sizeof value->string);
    else if (value->kind == ENDPOINT_BOOLEAN)
        memcpy(&value->boolean, at, sizeof value->boolean);
    else
        memcpy(&value->list, at, sizeof value->list);
}

static void evaluate_item(
    struct run *run, const struct expression *expression, struct endpoint_value *value)
{
    struct endpoint_value scratch;
    const struct endpoint_value *list = rules_evaluated(run, expression->arguments[0], &scratch);
    size_t count = list->kind == ENDPOINT_STRING_LIST ? list->list.count : 0;
    size_t index = (size_t)(int64_t)expression->number + (expression->number < 0 ? count : 0);
    value->kind = ENDPOINT_UNSET;
    if (index < count)
        set_text(value, list->list.items[index]);
}

static void evaluate_partition(struct run *run, text region, struct endpoint_value *value)
{
    if (!region.data) {
        value->kind = ENDPOINT_UNSET;
        return;
    }
    if (!run->partition || !text_equals(run->partition_region, region)) {
        run->partition_region = region;
        run->partition = endpoint_partitions_find(run->rules->partitions, region);
    }
    set_record(value, VALUE_PARTITION, run->partition);
}

static void evaluate_url(struct run *run, text written, struct endpoint_value *value)
{
    bool known;
    if (!run->url_written.data || !text_equals(run->url_written, written)) {
        struct parsed_url *url = take(run, sizeof *url);
        if (url && !parsed_url_parse(url, written, run->arena, &known))
            run->no_memory = true;
        run->url_written = written;
        run->url = !run->no_memory && known ? url : NULL;
    }
    set_record(value, VALUE_URL, run->url);
}

static void evaluate_arn(struct run *run, text written, struct endpoint_value *value)
{
    bool known;
    struct arn read;
    value->kind = ENDPOINT_UNSET;
    if (!arn_parse(&read, written, run->arena, &known)) {
        run->no_memory = true;
    } else if (known) {
        struct arn *kept = take(run, sizeof *kept);
        if (kept)
            *kept = read;
        set_record(value, VALUE_ARN, kept);
    }
}

static void evaluate_split(
    struct run *run, const struct expression *expression, struct endpoint_value *value)
{
    text whole = rules_evaluate_text(run, expression->arguments[0]);
    text delimiter = rules_evaluate_text(run, expression->arguments[1]);
    value->list.count = 0;
    value->list.items = text_list_split(
        whole, delimiter, expression->arguments[2]->number, run->arena, &value->list.count);
    value->kind = value->list.items ? ENDPOINT_STRING_LIST : ENDPOINT_UNSET;
    run->no_memory |= !value->list.items;
}

static void evaluate_coalesce(
    struct run *run, const struct expression *expression, struct endpoint_value *value)
{
    value->kind = ENDPOINT_UNSET;
    for (size_t i = 0; i < expression->count && value->kind == ENDPOINT_UNSET; i++)
        rules_evaluate(run, expression->arguments[i], value);
}

bool rules_evaluate_boolean(struct run *run, const struct expression *expression)
{
    struct endpoint_value scratch;
    const struct expression *const *arguments = expression->arguments;
    const struct endpoint_value *value;
    switch ((enum operation)expression->operation) {
    case OPERATION_IS_SET:
        return rules_evaluated(run, arguments[0], &scratch)->kind != ENDPOINT_UNSET;
    case OPERATION_NOT:
        return !rules_evaluate_boolean(run, arguments[0]);
    case OPERATION_STRING_EQUALS:
        return text_equals(
            rules_evaluate_text(run, arguments[0]), rules_evaluate_text(run, arguments[1]));
    case OPERATION_BOOLEAN_EQUALS:
        return rules_evaluate_boolean(run, arguments[0]) ==
               rules_evaluate_boolean(run, arguments[1]);
    case OPERATION_IS_HOST_LABEL:
        return is_host_label(
            rules_evaluate_text(run, arguments[0]), rules_evaluate_boolean(run, arguments[1]));
    case OPERATION_IS_VIRTUAL_HOSTABLE_BUCKET:
        return is_virtual_hostable_bucket(
            rules_evaluate_text(run, arguments[0]), rules_evaluate_boolean(run, arguments[1]));
    default:
        value = rules_evaluated(run, expression, &scratch);
        return value->kind == ENDPOINT_BOOLEAN && value->boolean;
    }
}

static void evaluate_text_function(
    struct run *run, const struct expression *expression, struct endpoint_value *value)
{
    const struct expression *const *arguments = expression->arguments;
    text subject = rules_evaluate_text(run, arguments[0]);
    switch ((enum operation)expression->operation) {
    case OPERATION_SUBSTRING:
        set_text(
            value, rules_substring(
                       subject, arguments[1]->number, arguments[2]->number,
                       rules_evaluate_boolean(run, arguments[3])));
        return;
    case OPERATION_PARSE_URL:
        evaluate_url(run, subject, value);
        return;
    case OPERATION_PARSE_ARN:
        evaluate_arn(run, subject, value);
        return;
    case OPERATION_PARTITION:
        evaluate_partition(run, subject, value);
        return;
    default:
        check(expression->operation == OPERATION_URI_ENCODE);
        set_text(value, uri_encoded(subject, run->arena));
        run->no_memory |= value->kind == ENDPOINT_UNSET;
    }
}

void rules_evaluate(
    struct run *run, const struct expression *expression, struct endpoint_value *value)
{
    switch ((enum operation)expression->operation) {
    case OPERATION_CONSTANT:
    case OPERATION_PARAMETER:
    case OPERATION_VARIABLE:
        *value = *rules_evaluated(run, expression, value);
        return;
    case OPERATION_TEMPLATE:
        evaluate_template(run, expression, value);
        return;
    case OPERATION_FIELD:
        evaluate_field(run, expression, value);
        return;
    case OPERATION_ITEM:
        evaluate_item(run, expression, value);
        return;
    case OPERATION_COALESCE:
        evaluate_coalesce(run, expression, value);
        return;
    case OPERATION_IF_THEN_ELSE:
        rules_evaluate(
            run,
            expression->arguments[rules_evaluate_boolean(run, expression->arguments[0]) ? 1 : 2],
            value);
        return;
    case OPERATION_SPLIT:
        evaluate_split(run, expression, value);
        return;
    case OPERATION_IS_SET:
    case OPERATION_NOT:
    case OPERATION_STRING_EQUALS:
    case OPERATION_BOOLEAN_EQUALS:
    case OPERATION_IS_HOST_LABEL:
    case OPERATION_IS_VIRTUAL_HOSTABLE_BUCKET:
        set_boolean(value, rules_evaluate_boolean(run, expression));
        return;
    default:
        evaluate_text_function(run, expression, value);
    }
}

bool rules_evaluate_condition(struct run *run, const struct condition *condition)
{
    struct endpoint_value value;
    if (condition->variable < 0 && condition->expression->type.kind == ENDPOINT_BOOLEAN &&
        !condition->expression->type.optional)
        return rules_evaluate_boolean(run, condition->expression);
    rules_evaluate(run, condition->expression, &value);
    if (condition->variable >= 0)
        run->variables[condition->variable] = value;
    return value.kind != ENDPOINT_UNSET && (value.kind != ENDPOINT_BOOLEAN || value.boolean);
}
