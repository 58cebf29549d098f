#include "sample.h"
#include "taken.h"

static struct json_value *read_element(
    struct taken *taken, const struct model_member *member, const struct xml_node *node);

static text name_or(text name, const char *otherwise)
{
    return name.data ? name : text_of(otherwise);
}

static text after_colon(text name)
{
    size_t colon = text_find(name, ':');
    return colon < name.size ? text_after(name, colon + 1) : name;
}

static bool add_entry(
    struct taken *taken, const struct model_shape *shape, const struct xml_node *entry,
    struct json_value *map)
{
    const struct xml_node *key = xml_child(entry, name_or(shape->key->location_name, "key"));
    const struct xml_node *value = xml_child(entry, name_or(shape->value->location_name, "value"));
    if (!key || !value)
        return taken_fail(taken, "an entry without key or value", entry->name);
    struct json_value *read = read_element(taken, shape->value, value);
    if (read)
        tree_add(taken->arena, map, key->value, read);
    return read != NULL;
}

/* One more item of a list, or entry of a map. */
static bool add_item(
    struct taken *taken, const struct model_shape *shape, const struct xml_node *node,
    struct json_value *container)
{
    if (shape->kind == MODEL_MAP)
        return add_entry(taken, shape, node, container);
    struct json_value *read = read_element(taken, shape->item, node);
    if (read)
        tree_add(taken->arena, container, (text){NULL, 0}, read);
    return read != NULL;
}

static struct json_value *read_wrapped(
    struct taken *taken, const struct model_shape *shape, const struct xml_node *node)
{
    bool is_map = shape->kind == MODEL_MAP;
    text name = is_map ? TEXT("entry") : name_or(shape->item->location_name, "member");
    struct json_value *container = tree_new(taken->arena, is_map ? JSON_OBJECT : JSON_LIST);
    for (const struct xml_node *child = node->first_child; child; child = child->next) {
        if (!text_equals(child->name, name)) {
            taken_fail(taken, "an item with another name", child->name);
            return NULL;
        }
        if (!add_item(taken, shape, child, container))
            return NULL;
    }
    return container;
}

static const struct model_member *find_member(const struct model_shape *shape, text name)
{
    for (size_t i = 0; i < shape->member_count; i++) {
        const struct model_member *member = &shape->members[i];
        if (member->location == MODEL_IN_BODY && !member->xml_attribute &&
            text_equals(taken_name(member), name) && !sample_twin(shape, member))
            return member;
    }
    return NULL;
}

static bool is_flat(const struct model_member *member)
{
    return member->flattened &&
           (member->shape->kind == MODEL_LIST || member->shape->kind == MODEL_MAP);
}

static bool read_member(
    struct taken *taken, const struct model_member *member, const struct xml_node *node,
    struct json_value *object)
{
    struct json_value *value = tree_member(object, member->name);
    if (is_flat(member)) {
        bool is_map = member->shape->kind == MODEL_MAP;
        if (!value)
            tree_add(
                taken->arena, object, member->name,
                tree_new(taken->arena, is_map ? JSON_OBJECT : JSON_LIST));
        return add_item(taken, member->shape, node, tree_member(object, member->name));
    }
    if (value)
        return taken_fail(taken, "an element that comes twice", node->name);
    value = read_element(taken, member, node);
    if (value)
        tree_add(taken->arena, object, member->name, value);
    return value != NULL;
}

static bool read_members(
    struct taken *taken, const struct model_shape *shape, const struct xml_node *node,
    struct json_value *object)
{
    for (size_t i = 0; i < shape->member_count; i++) {
        const struct model_member *member = &shape->members[i];
        const struct xml_attribute *attribute = member->xml_attribute ? node->attributes : NULL;
        for (; attribute; attribute = attribute->next)
            if (text_equals(after_colon(attribute->name), after_colon(taken_name(member))))
                tree_add(
                    taken->arena, object, member->name,
                    tree_string(taken->arena, attribute->value));
    }
    for (const struct xml_node *child = node->first_child; child; child = child->next) {
        const struct model_member *member = find_member(shape, child->name);
        if (!member)
            return taken_fail(taken, "an element of no member", child->name);
        if (!read_member(taken, member, child, object))
            return false;
    }
    return true;
}

static struct json_value *read_element(
    struct taken *taken, const struct model_member *member, const struct xml_node *node)
{
    const struct model_shape *shape = member->shape;
    if (shape->kind == MODEL_LIST || shape->kind == MODEL_MAP)
        return read_wrapped(taken, shape, node);
    if (shape->kind != MODEL_STRUCTURE)
        return taken_scalar(taken, member, node->value, MODEL_TIME_ISO8601);
    struct json_value *object = tree_new(taken->arena, JSON_OBJECT);
    return read_members(taken, shape, node, object) ? object : NULL;
}

static text root_name(const struct model_operation *operation)
{
    const struct model_shape *input = operation->input;
    const struct model_member *payload = input->payload;
    if (!payload)
        return operation->input_location_name.data ? operation->input_location_name : input->name;
    if (payload->location_name.data)
        return payload->location_name;
    return payload->shape->location_name.data ? payload->shape->location_name
                                              : payload->shape->name;
}

bool taken_xml_body(struct taken *taken)
{
    const struct model_operation *operation = taken->operation;
    const struct model_member *payload = operation->input->payload;
    struct xml_problem problem;
    const struct xml_node *root = xml_parse(taken->xml, taken->body, taken->arena, &problem);
    if (!root)
        return taken_fail(taken, problem.what, taken->body);
    if (!text_equals(root->name, root_name(operation)))
        return taken_fail(taken, "another root", root->name);
    if (!payload)
        return read_members(taken, operation->input, root, taken->params);
    struct json_value *value = read_element(taken, payload, root);
    if (value)
        tree_add(taken->arena, taken->params, payload->name, value);
    return value != NULL;
}
