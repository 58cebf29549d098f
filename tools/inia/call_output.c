#include "call_output.h"

#include "calls/calls.h"

#include <stdio.h>

static uint32_t find(const struct json_value *object, text name)
{
    uint32_t at = 0;
    while (at < object->count && !text_equals(object->names[at], name))
        at++;
    return at;
}

/* Swaps the member of that name to where the others before it end. */
static void take(struct json_value *object, text name, uint32_t *taken)
{
    uint32_t at = find(object, name);
    if (at == object->count || at < *taken)
        return;
    text found = object->names[at];
    struct json_value value = object->items[at];
    size_t between = at - *taken;
    memmove(object->names + *taken + 1, object->names + *taken, between * sizeof found);
    memmove(object->items + *taken + 1, object->items + *taken, between * sizeof value);
    object->names[*taken] = found;
    object->items[*taken] = value;
    ++*taken;
}

static void order_structure(struct json_value *object, const struct model_shape *shape, bool top)
{
    uint32_t taken = 0;
    for (uint32_t i = 0; top && i < shape->member_count; i++) {
        if (shape->members[i].location != MODEL_IN_BODY)
            take(object, shape->members[i].name, &taken);
    }
    for (uint32_t i = 0; i < shape->member_count; i++)
        take(object, shape->members[i].name, &taken);
}

static void order(struct json_value *value, const struct model_shape *shape, bool top)
{
    if (value->kind == JSON_OBJECT && shape->kind == MODEL_STRUCTURE && !shape->document) {
        order_structure(value, shape, top);
        for (uint32_t i = 0; i < value->count; i++) {
            const struct model_member *member = model_find_member(shape, value->names[i]);
            if (member)
                order(&value->items[i], member->shape, false);
        }
    } else if (value->kind == JSON_OBJECT && shape->kind == MODEL_MAP) {
        for (uint32_t i = 0; i < value->count; i++)
            order(&value->items[i], shape->value->shape, false);
    } else if (value->kind == JSON_LIST && shape->kind == MODEL_LIST) {
        for (uint32_t i = 0; i < value->count; i++)
            order(&value->items[i], shape->item->shape, false);
    }
}

struct json_value *call_output(
    const inia_call *call, struct workspace *workspace, struct arena *arena)
{
    struct json_problem problem;
    struct json_value *value =
        json_parse(workspace->parser, text_from(call->output, call->output_size), arena, &problem);
    const struct model_shape *shape = call->operation->model->output;
    if (!value)
        fprintf(stderr, "inia: the output: line %zu: %s\n", problem.line, problem.what);
    else if (shape)
        order(value, shape, true);
    return value;
}
