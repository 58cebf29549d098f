/* write_xml: the bodies of rest-xml requests. */
#include "writing.h"

#include "xml_body.h"

static void write_value(
    struct writing *writing, const struct model_member *member, text name,
    const struct json_value *value);

static void write_namespace(struct buffer *out, const struct model_namespace *space)
{
    if (!space->uri.data)
        return;
    buffer_add(out, TEXT(" xmlns"));
    if (space->prefix.data) {
        buffer_add_char(out, ':');
        buffer_add(out, space->prefix);
    }
    buffer_add(out, TEXT("=\""));
    xml_write_attribute(out, space->uri);
    buffer_add_char(out, '"');
}

static void open_tag(struct buffer *out, text name, const struct model_namespace *space)
{
    buffer_add_char(out, '<');
    buffer_add(out, name);
    if (space)
        write_namespace(out, space);
}

static void close_tag(struct buffer *out, text name)
{
    buffer_add(out, TEXT("</"));
    buffer_add(out, name);
    buffer_add_char(out, '>');
}

static void write_attributes(
    struct writing *writing, const struct model_shape *shape, const struct json_value *object)
{
    uint32_t hint = 0;
    for (size_t i = 0; i < object->count; i++) {
        const struct model_member *member = shape_find(shape, &hint, object->names[i]);
        if (!member || !member->xml_attribute || is_absent(&object->items[i]))
            continue;
        buffer_add_char(&writing->body, ' ');
        buffer_add(&writing->body, member_wire_name(member));
        buffer_add(&writing->body, TEXT("=\""));
        xml_write_attribute(
            &writing->body, scalar_text(writing, member, &object->items[i], MODEL_TIME_ISO8601));
        buffer_add_char(&writing->body, '"');
    }
}

static void write_structure(
    struct writing *writing, const struct model_shape *shape, text name,
    const struct model_namespace *space, const struct json_value *object, bool located)
{
    uint32_t hint = 0;
    static const struct json_value nothing = {.kind = JSON_OBJECT};
    if (object->kind != JSON_OBJECT) /* a document, which XML has no place for */
        object = &nothing;
    open_tag(&writing->body, name, space);
    write_attributes(writing, shape, object);
    buffer_add_char(&writing->body, '>');
    for (size_t i = 0; i < object->count; i++) {
        const struct json_value *value = &object->items[i];
        const struct model_member *member =
            is_absent(value) ? NULL : shape_find(shape, &hint, object->names[i]);
        if (member && !member->xml_attribute && !(located && member->location != MODEL_IN_BODY))
            write_value(writing, member, member_wire_name(member), value);
    }
    close_tag(&writing->body, name);
}

static void write_list(
    struct writing *writing, const struct model_member *member, text name,
    const struct json_value *list)
{
    const struct model_member *item = member->shape->item;
    text item_name = member->flattened          ? name
                     : item->location_name.data ? item->location_name
                                                : TEXT("member");
    if (!member->flattened) {
        open_tag(&writing->body, name, &member->xml_namespace);
        buffer_add_char(&writing->body, '>');
    }
    for (size_t i = 0; i < list->count; i++) {
        if (!is_absent(&list->items[i]))
            write_value(writing, item, item_name, &list->items[i]);
        else if (member->shape->sparse)
            buffer_add_format(
                &writing->body, "<%.*s></%.*s>", TEXT_ARGS(item_name), TEXT_ARGS(item_name));
    }
    if (!member->flattened)
        close_tag(&writing->body, name);
}

static void write_map(
    struct writing *writing, const struct model_member *member, text name,
    const struct json_value *map)
{
    const struct model_member *key = member->shape->key, *value = member->shape->value;
    text entry = member->flattened ? name : TEXT("entry");
    text key_name = key->location_name.data ? key->location_name : TEXT("key");
    text value_name = value->location_name.data ? value->location_name : TEXT("value");
    if (!member->flattened) {
        open_tag(&writing->body, name, &member->xml_namespace);
        buffer_add_char(&writing->body, '>');
    }
    for (size_t i = 0; i < map->count; i++) {
        if (is_absent(&map->items[i]))
            continue;
        open_tag(&writing->body, entry, member->flattened ? &member->xml_namespace : NULL);
        buffer_add_char(&writing->body, '>');
        open_tag(&writing->body, key_name, &key->xml_namespace);
        buffer_add_char(&writing->body, '>');
        xml_write_text(&writing->body, map->names[i]);
        close_tag(&writing->body, key_name);
        write_value(writing, value, value_name, &map->items[i]);
        close_tag(&writing->body, entry);
    }
    if (!member->flattened)
        close_tag(&writing->body, name);
}

static void write_value(
    struct writing *writing, const struct model_member *member, text name,
    const struct json_value *value)
{
    switch (member->shape->kind) {
    case MODEL_STRUCTURE:
        write_structure(writing, member->shape, name, &member->xml_namespace, value, false);
        break;
    case MODEL_LIST:
        write_list(writing, member, name, value);
        break;
    case MODEL_MAP:
        write_map(writing, member, name, value);
        break;
    default:
        open_tag(&writing->body, name, &member->xml_namespace);
        buffer_add_char(&writing->body, '>');
        xml_write_text(&writing->body, scalar_text(writing, member, value, MODEL_TIME_ISO8601));
        close_tag(&writing->body, name);
        break;
    }
}

static bool has_body_params(const struct model_shape *input, const struct json_value *params)
{
    uint32_t hint = 0;
    for (size_t i = 0; i < params->count; i++) {
        const struct model_member *member = shape_find(input, &hint, params->names[i]);
        if (member && member->location == MODEL_IN_BODY && !is_absent(&params->items[i]))
            return true;
    }
    return false;
}

void xml_body_members(struct writing *writing, const struct json_value *params)
{
    const struct model_operation *operation = writing->plan->operation;
    const struct model_shape *input = operation->input;
    text name = input ? input->location_name : (text){NULL, 0};
    if (!name.data && input)
        name = operation->input_location_name.data ? operation->input_location_name : input->name;
    const struct model_namespace *space = operation->input_namespace.uri.data
                                              ? &operation->input_namespace
                                              : &operation->model->xml_namespace;
    if (input && input->xml_namespace.uri.data)
        space = &input->xml_namespace;
    if (input && has_body_params(input, params))
        write_structure(writing, input, name, space, params, true);
}

/* A locationName that only repeats the member's name, as models have it where nothing was said,
 * gives way to the shape's own or the shape's name; beside a namespace of the member's own it was
 * said (s3's PutBucketLifecycleConfiguration). */
static text payload_root(const struct model_member *member)
{
    const struct model_shape *shape = member->shape;
    text name = member->location_name, space = member->xml_namespace.uri;
    bool own = name.data && !text_equals(name, member->name);
    bool own_space = space.data && space.data != shape->xml_namespace.uri.data;
    if (own || (name.data && own_space && !shape->location_name.data))
        return name;
    return shape->location_name.data ? shape->location_name : shape->name;
}

void xml_body_payload(
    struct writing *writing, const struct model_member *member, const struct json_value *value)
{
    text name = payload_root(member);
    if (!value)
        return;
    if (member->xml_namespace.uri.data || member->shape->kind != MODEL_STRUCTURE)
        write_value(writing, member, name, value);
    else
        write_structure(
            writing, member->shape, name, &writing->plan->operation->model->xml_namespace, value,
            false);
}
