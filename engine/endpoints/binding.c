#include "endpoints.h"

#include "gather.h"
#include "models/models.h"
#include "rules.h"

/* ---- What an operation gives its rules ------------------------------------------------------- */

/* One of: a value, a member's name, a path. */
struct bound {
    int slot;
    enum endpoint_kind kind;
    struct endpoint_value value; /* ENDPOINT_UNSET: from the input */
    text member;
    const struct gather *path;
};

struct endpoint_binding {
    size_t count;
    struct bound bounds[]; /* the last one wins */
};

static bool bind_static(
    struct bound *bound, const struct model_named_value *source, struct arena *arena)
{
    bound->value.kind = ENDPOINT_UNSET;
    if (source->kind == JSON_LIST) {
        text *items = arena_alloc(arena, (source->item_count + 1) * sizeof *items);
        for (uint32_t i = 0; items && i < source->item_count; i++)
            items[i] = arena_copy(arena, source->items[i]);
        bound->value.kind = ENDPOINT_STRING_LIST;
        bound->value.list.items = items;
        bound->value.list.count = source->item_count;
        return items != NULL;
    }
    if (source->kind == JSON_STRING) {
        bound->value.kind = ENDPOINT_STRING;
        bound->value.string = arena_copy(arena, source->value);
        return bound->value.string.data != NULL;
    }
    bound->value.kind = ENDPOINT_BOOLEAN;
    bound->value.boolean = source->kind == JSON_TRUE;
    return true;
}

/* The next one to fill, or NULL if no rule looks at this parameter. */
static struct bound *add_bound(
    struct endpoint_binding *binding, const struct endpoint_rules *rules, text parameter)
{
    int slot = endpoint_rules_parameter(rules, parameter);
    if (slot < 0 || !rules->parameters[slot].used)
        return NULL;
    struct bound *bound = &binding->bounds[binding->count++];
    bound->slot = slot;
    bound->kind = rules->parameters[slot].kind;
    return bound;
}

static const char *bind_all(
    struct endpoint_binding *binding, const struct endpoint_rules *rules,
    const struct model_operation *operation, struct arena *arena)
{
    const char *problem;
    const struct model_shape *input = operation->input;
    struct bound *bound;
    for (uint32_t i = 0; i < operation->dynamic_count; i++) {
        bound = add_bound(binding, rules, operation->dynamic_context[i].name);
        if (bound) {
            bound->path = gather_new(operation->dynamic_context[i].value, arena, &problem);
            if (!bound->path)
                return problem;
        }
    }
    for (uint32_t i = 0; input && i < input->member_count; i++) {
        bound = input->members[i].context_param.data
                    ? add_bound(binding, rules, input->members[i].context_param)
                    : NULL;
        if (bound)
            bound->member = input->members[i].name;
    }
    for (uint32_t i = 0; i < operation->static_count; i++) {
        bound = add_bound(binding, rules, operation->static_context[i].name);
        if (bound && !bind_static(bound, &operation->static_context[i], arena))
            return "out of memory";
        if (bound && bound->value.kind != (unsigned)bound->kind)
            return "a static parameter of the wrong type";
    }
    return NULL;
}

struct endpoint_binding *endpoint_binding_new(
    const struct endpoint_rules *rules, const struct model_operation *operation,
    struct arena *arena, inia_error *error)
{
    size_t most = operation->dynamic_count + operation->static_count +
                  (operation->input ? operation->input->member_count : 0);
    struct endpoint_binding *binding =
        arena_alloc_zeroed(arena, sizeof *binding + most * sizeof *binding->bounds);
    if (!binding) {
        error_set(error, INIA_NO_MEMORY, "out of memory");
        return NULL;
    }
    const char *problem = bind_all(binding, rules, operation, arena);
    if (!problem)
        return binding;
    error_set(
        error, INIA_BAD_CONFIG, "%.*s: endpoint parameters: %s", TEXT_ARGS(operation->name),
        problem);
    return NULL;
}

/* ---- For one call ---------------------------------------------------------------------------- */

/* A path that finds nothing sets nothing; an empty list is one. */
static bool fill_list(
    const struct bound *bound, const struct gather *path, const struct json_value *value,
    struct arena *arena, struct endpoint_values *values)
{
    size_t count = gather_strings(path, value, NULL, 0);
    if (path && count == 0)
        return true;
    text *items = arena_alloc(arena, (count + 1) * sizeof *items);
    if (!items)
        return false;
    gather_strings(path, value, items, count);
    endpoint_value_set_list(values, bound->slot, items, count);
    return true;
}

/* Values of another type than the parameter's are left to the check of the input. */
static bool fill_from_member(
    const struct bound *bound, const struct json_value *value, struct arena *arena,
    struct endpoint_values *values)
{
    if (!value)
        return true;
    if (bound->kind == ENDPOINT_STRING_LIST && value->kind == JSON_LIST)
        return fill_list(bound, NULL, value, arena, values);
    if (bound->kind == ENDPOINT_STRING && value->kind == JSON_STRING)
        endpoint_value_set_string(values, bound->slot, value->string);
    if (bound->kind == ENDPOINT_BOOLEAN && (value->kind == JSON_TRUE || value->kind == JSON_FALSE))
        endpoint_value_set_boolean(values, bound->slot, value->kind == JSON_TRUE);
    return true;
}

static bool fill_from_path(
    const struct bound *bound, const struct json_value *input, struct arena *arena,
    struct endpoint_values *values)
{
    text string;
    if (bound->kind == ENDPOINT_STRING_LIST)
        return fill_list(bound, bound->path, input, arena, values);
    if (gather_strings(bound->path, input, &string, 1) > 0)
        endpoint_value_set_string(values, bound->slot, string);
    return true;
}

bool endpoint_binding_fill(
    const struct endpoint_binding *binding, const struct json_value *input, struct arena *arena,
    struct endpoint_values *values)
{
    bool filled = true;
    for (size_t i = 0; i < binding->count && filled; i++) {
        const struct bound *bound = &binding->bounds[i];
        if (bound->value.kind != ENDPOINT_UNSET)
            endpoint_value_set(values, bound->slot, bound->value);
        else if (bound->path)
            filled = fill_from_path(bound, input, arena, values);
        else
            filled = fill_from_member(bound, json_member(input, bound->member), arena, values);
    }
    return filled;
}
