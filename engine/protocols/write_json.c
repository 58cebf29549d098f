/* write_json: the bodies of json and rest-json requests. */
#include "writing.h"

#include "json_body.h"

static void write_value(
    struct writing *writing, const struct model_member *member, const struct json_value *value);

static void write_name(struct writing *writing, text name, bool *first)
{
    if (!*first)
        buffer_add_char(&writing->body, ',');
    *first = false;
    json_write_string(&writing->body, name);
    buffer_add_char(&writing->body, ':');
}

static void write_structure(
    struct writing *writing, const struct model_shape *shape, const struct json_value *object,
    bool located)
{
    uint32_t hint = 0;
    bool first = true;
    buffer_add_char(&writing->body, '{');
    for (size_t i = 0; i < object->count; i++) {
        const struct json_value *value = &object->items[i];
        const struct model_member *member =
            is_absent(value) ? NULL : shape_find(shape, &hint, object->names[i]);
        if (!member || (located && member->location != MODEL_IN_BODY))
            continue;
        write_name(writing, member_wire_name(member), &first);
        write_value(writing, member, value);
    }
    buffer_add_char(&writing->body, '}');
}

static void write_list(
    struct writing *writing, const struct model_shape *shape, const struct json_value *list)
{
    bool first = true;
    buffer_add_char(&writing->body, '[');
    for (size_t i = 0; i < list->count; i++) {
        const struct json_value *value = &list->items[i];
        if (is_absent(value) && !shape->sparse)
            continue;
        if (!first)
            buffer_add_char(&writing->body, ',');
        first = false;
        write_value(writing, shape->item, value);
    }
    buffer_add_char(&writing->body, ']');
}

static void write_map(
    struct writing *writing, const struct model_shape *shape, const struct json_value *map)
{
    bool first = true;
    buffer_add_char(&writing->body, '{');
    for (size_t i = 0; i < map->count; i++) {
        const struct json_value *value = &map->items[i];
        if (is_absent(value) && !shape->sparse)
            continue;
        write_name(writing, map->names[i], &first);
        write_value(writing, shape->value, value);
    }
    buffer_add_char(&writing->body, '}');
}

static void write_timestamp(
    struct writing *writing, const struct model_member *member, const struct json_value *value)
{
    text written = scalar_text(writing, member, value, writing->plan->parts->codec->time);
    bool number = (member->time == MODEL_TIME_DEFAULT ? writing->plan->parts->codec->time
                                                      : member->time) == MODEL_TIME_EPOCH;
    if (number)
        buffer_add(&writing->body, written);
    else
        json_write_string(&writing->body, written);
}

static void write_value(
    struct writing *writing, const struct model_member *member, const struct json_value *value)
{
    const struct model_shape *shape = member->shape;
    if (is_absent(value)) {
        buffer_add(&writing->body, TEXT("null"));
        return;
    }
    if (member->json_value) {
        json_write_string(&writing->body, scalar_text(writing, member, value, MODEL_TIME_EPOCH));
        return;
    }
    switch (shape->kind) {
    case MODEL_STRUCTURE:
        if (shape->document)
            json_write(&writing->body, value);
        else
            write_structure(writing, shape, value, false);
        break;
    case MODEL_LIST:
        write_list(writing, shape, value);
        break;
    case MODEL_MAP:
        write_map(writing, shape, value);
        break;
    case MODEL_TIMESTAMP:
        write_timestamp(writing, member, value);
        break;
    case MODEL_BLOB:
        json_write_string(&writing->body, blob_base64(writing, value));
        break;
    default:
        json_write(&writing->body, value);
        break;
    }
}

void json_body_members(struct writing *writing, const struct json_value *params)
{
    static const struct model_shape nothing = {.kind = MODEL_STRUCTURE};
    const struct model_shape *input = writing->plan->operation->input;
    write_structure(
        writing, input ? input : &nothing, params, writing->plan->parts->codec->uses_locations);
}

void json_body_payload(
    struct writing *writing, const struct model_member *member, const struct json_value *value)
{
    if (value)
        write_value(writing, member, value);
    else if (!member->shape->is_union && !member->shape->document)
        buffer_add(&writing->body, TEXT("{}"));
}
