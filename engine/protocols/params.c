/* params: both kinds of parameters made into one JSON object. */
#include "writing.h"

struct gathering {
    const struct protocol_plan *plan;
    struct json_parser *parser;
    struct arena *arena;
    inia_error *error;
};

static inia_status unknown(struct gathering *gathering, text name)
{
    text nearest = model_nearest_member(gathering->plan->operation->input, name);
    return error_set(
        gathering->error, INIA_BAD_REQUEST, "%.*s: unknown parameter of %.*s%s%.*s%s",
        TEXT_ARGS(name), TEXT_ARGS(gathering->plan->operation->name),
        nearest.data ? ": did you mean '" : "", TEXT_ARGS(nearest), nearest.data ? "'?" : "");
}

static inia_status no_memory(struct gathering *gathering)
{
    return error_set(gathering->error, INIA_NO_MEMORY, "out of memory reading the parameters");
}

/* hint: what is wanted, if it is not clear from where it stands. */
static inia_status parse(
    struct gathering *gathering, text name, text written, const char *hint,
    struct json_value **value)
{
    struct json_problem problem;
    *value = json_parse(gathering->parser, written, gathering->arena, &problem);
    if (*value)
        return INIA_OK;
    if (strcmp(problem.what, "out of memory") == 0)
        return no_memory(gathering);
    return error_set(
        gathering->error, INIA_BAD_REQUEST, "%.*s: not JSON at line %zu, column %zu: %s%s",
        TEXT_ARGS(name), problem.line, problem.column, problem.what, hint);
}

static bool is_number(text written)
{
    struct cursor cursor = cursor_of(written);
    cursor_skip(&cursor, TEXT("-"));
    int first = cursor_peek(&cursor);
    for (int byte; (byte = cursor_peek(&cursor)) >= 0; cursor_u8(&cursor)) {
        if (!strchr("0123456789.eE+-", byte))
            return false;
    }
    return first >= '0' && first <= '9';
}

static bool is_special(text written)
{
    return text_equals(written, TEXT("NaN")) || text_equals(written, TEXT("Infinity")) ||
           text_equals(written, TEXT("-Infinity"));
}

static inia_status read_number(
    struct gathering *gathering, text name, text written, struct json_value *value)
{
    struct json_value *parsed;
    if (is_special(written)) {
        *value = (struct json_value){.kind = JSON_STRING, .string = written};
        return INIA_OK;
    }
    if (!is_number(written))
        return error_set(
            gathering->error, INIA_BAD_REQUEST, "%.*s: a number is wanted, not '%.*s'",
            TEXT_ARGS(name), TEXT_ARGS(written));
    inia_status status = parse(gathering, name, written, "", &parsed);
    if (status == INIA_OK)
        *value = *parsed;
    return status;
}

static inia_status read_boolean(
    struct gathering *gathering, text name, text written, struct json_value *value)
{
    bool is_true = text_equals_ignoring_case(written, TEXT("true"));
    if (!is_true && !text_equals_ignoring_case(written, TEXT("false")))
        return error_set(
            gathering->error, INIA_BAD_REQUEST, "%.*s: true or false is wanted, not '%.*s'",
            TEXT_ARGS(name), TEXT_ARGS(written));
    *value = (struct json_value){.kind = is_true ? JSON_TRUE : JSON_FALSE};
    return INIA_OK;
}

static inia_status read_param(
    struct gathering *gathering, const struct model_member *member, text written,
    struct json_value *value)
{
    struct json_value *parsed;
    const char *hint;
    inia_status status;
    switch (member->shape->kind) {
    case MODEL_INTEGER:
    case MODEL_FLOAT:
        return read_number(gathering, member->name, written, value);
    case MODEL_BOOLEAN:
        return read_boolean(gathering, member->name, written, value);
    case MODEL_STRUCTURE:
    case MODEL_LIST:
    case MODEL_MAP:
        hint = member->shape->kind == MODEL_LIST ? " (a list is wanted: [...])"
                                                 : " (an object is wanted: {...})";
        status = parse(gathering, member->name, written, hint, &parsed);
        if (status == INIA_OK)
            *value = *parsed;
        return status;
    default:
        *value = (struct json_value){.kind = JSON_STRING, .string = written};
        return INIA_OK;
    }
}

static struct json_value *with_room(
    struct gathering *gathering, const struct json_value *object, size_t more)
{
    struct json_value *merged = arena_alloc_zeroed(gathering->arena, sizeof *merged);
    size_t count = object ? object->count : 0;
    if (!merged)
        return NULL;
    merged->kind = JSON_OBJECT;
    merged->count = (uint32_t)count;
    merged->items = arena_alloc(gathering->arena, (count + more) * sizeof *merged->items);
    merged->names = arena_alloc(gathering->arena, (count + more) * sizeof *merged->names);
    if (!merged->items || !merged->names)
        return NULL;
    if (count) {
        memcpy(merged->items, object->items, count * sizeof *merged->items);
        memcpy(merged->names, object->names, count * sizeof *merged->names);
    }
    return merged;
}

/* One that the operation has, and whose text is one of its shape. */
static inia_status read_named(
    struct gathering *gathering, const inia_param *param, uint32_t *hint, struct json_value *value)
{
    const struct model_shape *input = gathering->plan->operation->input;
    text name = text_of(param->name), written = param->value ? text_of(param->value) : TEXT("");
    const struct model_member *member = input ? shape_find(input, hint, name) : NULL;
    return member ? read_param(gathering, member, written, value) : unknown(gathering, name);
}

/* The problems of all of them, each with its name; what does not fit is cut off with dots. */
static inia_status add_params(
    struct gathering *gathering, const inia_param *params, struct json_value **object)
{
    struct buffer problems;
    size_t count = 0;
    buffer_init(&problems, gathering->arena);
    while (params[count].name)
        count++;
    struct json_value *merged = with_room(gathering, *object, count);
    if (!merged)
        return no_memory(gathering);
    uint32_t hint = 0;
    for (size_t i = 0; i < count; i++) {
        struct json_value value;
        inia_status status = read_named(gathering, &params[i], &hint, &value);
        if (status == INIA_NO_MEMORY)
            return status;
        if (status == INIA_OK) {
            json_put(merged, text_of(params[i].name), &value);
        } else {
            buffer_add(&problems, problems.size ? TEXT("; ") : TEXT(""));
            buffer_add(&problems, text_of(gathering->error->detail));
        }
    }
    if (problems.size && buffer_ok(&problems))
        return error_set(
            gathering->error, INIA_BAD_REQUEST, "%.*s", TEXT_ARGS(buffer_text(&problems)));
    if (!buffer_ok(&problems))
        return no_memory(gathering);
    *object = merged;
    return INIA_OK;
}

inia_status protocol_read_params(
    const struct protocol_plan *plan, struct json_parser *parser, text json,
    const inia_param *params, struct arena *arena, struct json_value **object, inia_error *error)
{
    struct gathering gathering = {plan, parser, arena, error};
    *object = NULL;
    if (json.size) {
        inia_status status = parse(&gathering, TEXT("parameters"), json, "", object);
        if (status != INIA_OK)
            return status;
        if ((*object)->kind != JSON_OBJECT)
            return error_set(error, INIA_BAD_REQUEST, "parameters: a JSON object is wanted");
    }
    if (params && params->name)
        return add_params(&gathering, params, object);
    if (!*object && !(*object = with_room(&gathering, NULL, 1)))
        return no_memory(&gathering);
    return INIA_OK;
}
