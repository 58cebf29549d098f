#include "taken.h"

static const struct model_member *find_member(const struct model_shape *shape, text name)
{
    for (size_t i = 0; i < shape->member_count; i++)
        if (text_equals(taken_name(&shape->members[i]), name))
            return &shape->members[i];
    return NULL;
}

bool taken_json_members(
    struct taken *taken, const struct model_shape *shape, const struct json_value *body,
    bool located, struct json_value *object)
{
    if (body->kind != JSON_OBJECT)
        return taken_fail(taken, "not an object", tree_text(taken->arena, body));
    for (size_t i = 0; i < body->count; i++) {
        const struct model_member *member = shape ? find_member(shape, body->names[i]) : NULL;
        if (!member || (located && member->location != MODEL_IN_BODY))
            return taken_fail(taken, "a name of no member", body->names[i]);
        struct json_value *value = taken_json_value(taken, member, &body->items[i]);
        if (!value)
            return false;
        tree_add(taken->arena, object, member->name, value);
    }
    return true;
}

static struct json_value *read_items(
    struct taken *taken, const struct model_member *item, const struct json_value *from)
{
    struct json_value *container = tree_new(taken->arena, from->kind);
    for (size_t i = 0; i < from->count; i++) {
        struct json_value *value = taken_json_value(taken, item, &from->items[i]);
        if (!value)
            return NULL;
        text name = from->kind == JSON_OBJECT ? from->names[i] : (text){NULL, 0};
        tree_add(taken->arena, container, name, value);
    }
    return container;
}

static struct json_value *mismatch(struct taken *taken, const struct json_value *value)
{
    taken_fail(taken, "another kind of value", tree_text(taken->arena, value));
    return NULL;
}

/* Numbers stand for instants as numbers, all else as strings. */
static struct json_value *read_time(
    struct taken *taken, const struct model_member *member, const struct json_value *value)
{
    bool epoch = member->time == MODEL_TIME_DEFAULT || member->time == MODEL_TIME_EPOCH ||
                 taken->protocol == MODEL_CBOR;
    if (value->kind != (epoch ? JSON_NUMBER : JSON_STRING))
        return mismatch(taken, value);
    if (taken->protocol == MODEL_CBOR)
        return tree_number(taken->arena, value->string);
    return taken_scalar(taken, member, value->string, MODEL_TIME_EPOCH);
}

static bool is_kind(enum model_kind kind, const struct json_value *value)
{
    switch (kind) {
    case MODEL_STRUCTURE:
    case MODEL_MAP:
        return value->kind == JSON_OBJECT;
    case MODEL_LIST:
        return value->kind == JSON_LIST;
    case MODEL_BOOLEAN:
        return value->kind == JSON_TRUE || value->kind == JSON_FALSE;
    case MODEL_INTEGER:
        return value->kind == JSON_NUMBER;
    case MODEL_FLOAT:
        return value->kind == JSON_NUMBER || value->kind == JSON_STRING;
    case MODEL_TIMESTAMP:
        return value->kind == JSON_NUMBER || value->kind == JSON_STRING;
    default:
        return value->kind == JSON_STRING;
    }
}

struct json_value *taken_json_value(
    struct taken *taken, const struct model_member *member, const struct json_value *value)
{
    const struct model_shape *shape = member->shape;
    if (value->kind == JSON_NULL || shape->document)
        return (struct json_value *)(uintptr_t)value;
    if (member->json_value)
        return value->kind == JSON_STRING ? taken_json_text(taken, value->string)
                                          : mismatch(taken, value);
    if (!is_kind(shape->kind, value))
        return mismatch(taken, value);
    if (shape->kind == MODEL_LIST)
        return read_items(taken, shape->item, value);
    if (shape->kind == MODEL_MAP)
        return read_items(taken, shape->value, value);
    if (shape->kind == MODEL_TIMESTAMP)
        return read_time(taken, member, value);
    if (shape->kind != MODEL_STRUCTURE)
        return (struct json_value *)(uintptr_t)value;
    struct json_value *object = tree_new(taken->arena, JSON_OBJECT);
    return taken_json_members(taken, shape, value, false, object) ? object : NULL;
}
