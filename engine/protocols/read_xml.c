/* read_xml: bodies of rest-xml, query and ec2 responses. */
#include "customs.h"
#include "xml_body.h"

static bool read_value(
    struct reading *reading, const struct model_member *member, const struct xml_node *node);

static text local_part(text name)
{
    size_t colon = text_find(name, ':');
    return colon < name.size ? text_after(name, colon + 1) : name;
}

static const struct xml_attribute *find_attribute(const struct xml_node *node, text name)
{
    const struct xml_attribute *attribute = node->attributes;
    while (attribute && !text_equals(attribute->name, name))
        attribute = attribute->next;
    return attribute;
}

static bool read_items(
    struct reading *reading, const struct model_member *item, const struct xml_node *node,
    text name)
{
    buffer_add_char(&reading->out, '[');
    for (; node; node = name.data ? xml_next_named(node, name) : node->next) {
        out_item(&reading->out);
        if (!read_value(reading, item, node))
            return false;
    }
    buffer_add_char(&reading->out, ']');
    return true;
}

static bool read_entries(
    struct reading *reading, const struct model_shape *shape, const struct xml_node *entry,
    text name)
{
    text key_name = shape->key->location_name.data ? shape->key->location_name : TEXT("key");
    text value_name =
        shape->value->location_name.data ? shape->value->location_name : TEXT("value");
    buffer_add_char(&reading->out, '{');
    for (; entry; entry = name.data ? xml_next_named(entry, name) : entry->next) {
        const struct xml_node *key = xml_child(entry, key_name);
        const struct xml_node *value = xml_child(entry, value_name);
        if (!key)
            return reading_fail(reading, "a map's entry without a key");
        if (!value)
            continue;
        out_name(&reading->out, key->value);
        if (!read_value(reading, shape->value, value))
            return false;
    }
    buffer_add_char(&reading->out, '}');
    return true;
}

static bool read_flattened(
    struct reading *reading, const struct model_member *member, const struct xml_node *first,
    text name)
{
    return member->shape->kind == MODEL_LIST ? read_items(reading, member->shape->item, first, name)
                                             : read_entries(reading, member->shape, first, name);
}

static bool read_member_of(
    struct reading *reading, const struct model_member *member, const struct xml_node *node)
{
    if (member->xml_attribute) {
        const struct xml_attribute *attribute = find_attribute(node, member_wire_name(member));
        if (!attribute)
            return true;
        out_name(&reading->out, member->name);
        return out_scalar(reading, member, attribute->value, MODEL_TIME_ISO8601);
    }
    text name = local_part(flattened_wire_name(member));
    const struct xml_node *child = xml_child(node, name);
    if (!child)
        return true;
    out_name(&reading->out, member->name);
    reading->where = member->name;
    if (member->flattened &&
        (member->shape->kind == MODEL_LIST || member->shape->kind == MODEL_MAP))
        return read_flattened(reading, member, child, name);
    return read_value(reading, member, child);
}

static bool read_structure(
    struct reading *reading, const struct model_shape *shape, const struct xml_node *node)
{
    buffer_add_char(&reading->out, '{');
    size_t start = reading->out.size;
    for (size_t i = 0; i < shape->member_count; i++) {
        if (!read_member_of(reading, &shape->members[i], node))
            return false;
    }
    if (shape->is_union && reading->out.size == start && node->first_child) {
        out_name(&reading->out, TEXT("SDK_UNKNOWN_MEMBER"));
        buffer_add(&reading->out, TEXT("{\"name\":"));
        json_write_string(&reading->out, node->first_child->name);
        buffer_add_char(&reading->out, '}');
    }
    buffer_add_char(&reading->out, '}');
    return true;
}

/* A JSON document in a string; a string if it is none after all. */
static bool read_document(
    struct reading *reading, const struct model_member *member, const struct xml_node *node)
{
    struct json_problem problem;
    text document = node->value;
    if (reading->plan->parts->documents.percent_encoded) {
        char *decoded = arena_alloc(reading->arena, node->value.size + 1);
        if (!decoded)
            return reading_fail(reading, "out of memory");
        document = (text){decoded, percent_decode(decoded, node->value)};
    }
    const struct json_value *value =
        json_parse(reading->readers->json, document, reading->arena, &problem);
    if (!json_is(value, JSON_OBJECT))
        return out_scalar(reading, member, node->value, MODEL_TIME_ISO8601);
    json_write(&reading->out, value);
    return true;
}

static bool read_value(
    struct reading *reading, const struct model_member *member, const struct xml_node *node)
{
    const char *documents = reading->plan->parts->documents.shape;
    if (documents && text_equals(member->shape->name, text_of(documents)))
        return read_document(reading, member, node);
    switch (member->shape->kind) {
    case MODEL_STRUCTURE:
        return read_structure(reading, member->shape, node);
    case MODEL_LIST:
        return read_items(reading, member->shape->item, node->first_child, (text){NULL, 0});
    case MODEL_MAP:
        return read_entries(reading, member->shape, node->first_child, (text){NULL, 0});
    default:
        return reading->has_odd_strings && member->shape->kind == MODEL_STRING
                   ? customs_read_string(reading, member, node->value)
                   : out_scalar(reading, member, node->value, MODEL_TIME_ISO8601);
    }
}

bool xml_parse_body(struct reading *reading, text body)
{
    struct xml_problem problem;
    reading->xml = NULL;
    if (text_trim(body).size == 0)
        return true;
    reading->xml = xml_parse(reading->readers->xml, body, reading->arena, &problem);
    return reading->xml || reading_fail(reading, problem.what);
}

/* The result stands in a wrapper, the request id beside it. */
bool xml_parse_query_body(struct reading *reading, text body)
{
    if (!xml_parse_body(reading, body))
        return false;
    const struct xml_node *root = reading->xml;
    const struct model_operation *operation = reading->plan->operation;
    const struct xml_node *metadata = xml_child(root, TEXT("ResponseMetadata"));
    const struct xml_node *id = xml_child(metadata ? metadata : root, TEXT("RequestId"));
    if (!id)
        id = xml_child(root, TEXT("requestId"));
    if (id)
        reading->output->request_id = id->value;
    if (reading->plan->protocol == MODEL_EC2 || !root)
        return true;
    struct buffer wrapper;
    buffer_init(&wrapper, reading->arena);
    buffer_add(&wrapper, operation->result_wrapper);
    if (!operation->result_wrapper.data) {
        buffer_add(&wrapper, operation->name);
        buffer_add(&wrapper, TEXT("Result"));
    }
    const struct xml_node *wrapped = xml_child(root, buffer_text(&wrapper));
    if (wrapped)
        reading->xml = wrapped;
    return buffer_ok(&wrapper) || reading_fail(reading, "out of memory");
}

/* S3's GetBucketLocation: the root is the member. */
static bool is_root(const struct xml_node *root, const struct model_member *member)
{
    return !root->first_child && member->shape->kind == MODEL_STRING &&
           text_equals(root->name, member_wire_name(member));
}

bool xml_read_member(struct reading *reading, const struct model_member *member)
{
    if (!reading->xml)
        return true;
    if (!is_root(reading->xml, member))
        return read_member_of(reading, member, reading->xml);
    if (!reading->xml->value.size && !has_custom(reading->plan, CUSTOM_LOCATION))
        return true;
    out_name(&reading->out, member->name);
    if (!reading->xml->value.size) {
        buffer_add(&reading->out, TEXT("null"));
        return true;
    }
    return read_value(reading, member, reading->xml);
}

bool xml_read_payload(struct reading *reading, const struct model_member *member)
{
    if (!reading->xml)
        return true;
    out_name(&reading->out, member->name);
    return read_value(reading, member, reading->xml);
}

/* ---- Errors -------------------------------------------------------------------------------- */

static text child_value(const struct xml_node *node, text name)
{
    const struct xml_node *child = xml_child(node, name);
    return child ? text_trim(child->value) : (text){NULL, 0};
}

static text either(text first, text second)
{
    return first.data ? first : second;
}

/* <ErrorResponse><Error>, <Response><Errors><Error>, or <Error> alone. */
void xml_read_error(struct reading *reading, text body)
{
    struct xml_problem problem;
    struct protocol_output *output = reading->output;
    const struct xml_node *root =
        body.size ? xml_parse(reading->readers->xml, body, reading->arena, &problem) : NULL;
    const struct xml_node *error = root;
    if (xml_child(root, TEXT("Errors")))
        error = xml_child(xml_child(root, TEXT("Errors")), TEXT("Error"));
    else if (xml_child(root, TEXT("Error")))
        error = xml_child(root, TEXT("Error"));
    reading->xml = error;
    output->error_code = child_value(error, TEXT("Code"));
    output->message =
        either(child_value(error, TEXT("Message")), child_value(error, TEXT("message")));
    const struct xml_node *metadata = xml_child(root, TEXT("ResponseMetadata"));
    text id = either(child_value(root, TEXT("RequestId")), child_value(root, TEXT("RequestID")));
    id = either(id, child_value(error, TEXT("RequestId")));
    output->request_id = either(id, child_value(metadata, TEXT("RequestId")));
    output->host_id = either(child_value(error, TEXT("HostId")), child_value(root, TEXT("HostId")));
}
