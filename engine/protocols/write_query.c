/* write_query: the bodies of query and ec2 requests, which differ in names and in what a list looks
 * like. */
#include "query_body.h"

struct flat {
    struct writing *writing;
    struct buffer prefix; /* "Filter.1.Value" */
    bool ec2;
};

static void write_value(
    struct flat *flat, const struct model_member *member, const struct json_value *value);

static void write_pair(struct flat *flat, text value)
{
    struct buffer *out = &flat->writing->body;
    buffer_add_char(out, '&');
    buffer_add_percent(out, buffer_text(&flat->prefix), PERCENT_UNRESERVED);
    buffer_add_char(out, '=');
    buffer_add_percent(out, value, PERCENT_UNRESERVED);
}

static void add_part(struct flat *flat, text part)
{
    if (flat->prefix.size)
        buffer_add_char(&flat->prefix, '.');
    buffer_add(&flat->prefix, part);
}

static void add_index(struct flat *flat, size_t index)
{
    buffer_add_char(&flat->prefix, '.');
    buffer_add_u64(&flat->prefix, index);
}

/* ec2 capitalises the names that the model gives for XML. */
static void add_member_name(struct flat *flat, const struct model_member *member)
{
    if (!flat->ec2) {
        add_part(flat, member_wire_name(member));
        return;
    }
    if (member->query_name.data) {
        add_part(flat, member->query_name);
        return;
    }
    add_part(flat, member_wire_name(member));
    size_t start = flat->prefix.size - member_wire_name(member).size;
    if (buffer_ok(&flat->prefix) && start < flat->prefix.size) {
        char *first = &flat->prefix.data[start];
        *first = (char)(*first >= 'a' && *first <= 'z' ? *first - 0x20 : *first);
    }
}

static void write_structure(
    struct flat *flat, const struct model_shape *shape, const struct json_value *object)
{
    uint32_t hint = 0;
    size_t start = flat->prefix.size;
    for (size_t i = 0; object->kind == JSON_OBJECT && i < object->count; i++) {
        const struct json_value *value = &object->items[i];
        const struct model_member *member =
            is_absent(value) ? NULL : shape_find(shape, &hint, object->names[i]);
        if (!member)
            continue;
        add_member_name(flat, member);
        write_value(flat, member, value);
        flat->prefix.size = start;
    }
}

/* A flattened list's items take the place of the list's own name, if they have one. */
static void rename_last(struct flat *flat, text name)
{
    size_t dot = text_find_last(buffer_text(&flat->prefix), '.');
    flat->prefix.size = dot == flat->prefix.size ? 0 : dot;
    add_part(flat, name);
}

static void write_list(
    struct flat *flat, const struct model_member *member, const struct json_value *list)
{
    const struct model_member *item = member->shape->item;
    if (list->count == 0) {
        if (!flat->ec2)
            write_pair(flat, TEXT(""));
        return;
    }
    if (!flat->ec2 && !member->flattened)
        add_part(flat, item->location_name.data ? item->location_name : TEXT("member"));
    else if (!flat->ec2 && member->shape->flattened && item->location_name.data)
        rename_last(flat, item->location_name);
    size_t start = flat->prefix.size, number = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (is_absent(&list->items[i]))
            continue;
        add_index(flat, ++number);
        write_value(flat, item, &list->items[i]);
        flat->prefix.size = start;
    }
}

static void write_map(
    struct flat *flat, const struct model_member *member, const struct json_value *map)
{
    const struct model_member *key = member->shape->key, *value = member->shape->value;
    if (!member->flattened)
        add_part(flat, TEXT("entry"));
    size_t start = flat->prefix.size, number = 0;
    for (size_t i = 0; i < map->count; i++) {
        if (is_absent(&map->items[i]))
            continue;
        add_index(flat, ++number);
        size_t entry = flat->prefix.size;
        add_part(flat, key->location_name.data ? key->location_name : TEXT("key"));
        write_pair(flat, map->names[i]);
        flat->prefix.size = entry;
        add_part(flat, value->location_name.data ? value->location_name : TEXT("value"));
        write_value(flat, value, &map->items[i]);
        flat->prefix.size = start;
    }
}

static void write_value(
    struct flat *flat, const struct model_member *member, const struct json_value *value)
{
    switch (member->shape->kind) {
    case MODEL_STRUCTURE:
        write_structure(flat, member->shape, value);
        break;
    case MODEL_LIST:
        write_list(flat, member, value);
        break;
    case MODEL_MAP:
        write_map(flat, member, value);
        break;
    default:
        write_pair(flat, scalar_text(flat->writing, member, value, MODEL_TIME_ISO8601));
        break;
    }
}

void query_body_members(struct writing *writing, const struct json_value *params)
{
    const struct model_operation *operation = writing->plan->operation;
    struct flat flat = {.writing = writing, .ec2 = writing->plan->protocol == MODEL_EC2};
    buffer_init(&flat.prefix, writing->arena);
    buffer_add(&writing->body, TEXT("Action="));
    buffer_add_percent(&writing->body, operation->name, PERCENT_UNRESERVED);
    buffer_add(&writing->body, TEXT("&Version="));
    buffer_add_percent(&writing->body, operation->model->api_version, PERCENT_UNRESERVED);
    if (operation->input)
        write_structure(&flat, operation->input, params);
    writing->failed = writing->failed || !buffer_ok(&flat.prefix);
}
