/* read_json: bodies of json and rest-json responses. */
#include "json_body.h"

static bool read_value(
    struct reading *reading, const struct model_member *member, const struct json_value *value);

/* A union's unknown member is told by name, as botocore does. */
static void read_unknown_member(
    struct reading *reading, const struct model_shape *shape, const struct json_value *object)
{
    for (size_t i = 0; i < object->count; i++) {
        if (is_absent(&object->items[i]) || text_equals(object->names[i], TEXT("__type")))
            continue;
        for (size_t k = 0; k < shape->member_count; k++) {
            if (text_equals(member_wire_name(&shape->members[k]), object->names[i]))
                return;
        }
        out_name(&reading->out, TEXT("SDK_UNKNOWN_MEMBER"));
        buffer_add(&reading->out, TEXT("{\"name\":"));
        json_write_string(&reading->out, object->names[i]);
        buffer_add_char(&reading->out, '}');
        return;
    }
}

static bool read_structure(
    struct reading *reading, const struct model_shape *shape, const struct json_value *object)
{
    if (object->kind != JSON_OBJECT)
        return reading_fail(reading, "not an object");
    buffer_add_char(&reading->out, '{');
    for (size_t i = 0; i < shape->member_count; i++) {
        const struct model_member *member = &shape->members[i];
        const struct json_value *value = json_member(object, member_wire_name(member));
        if (is_absent(value))
            continue;
        out_name(&reading->out, member->name);
        if (!read_value(reading, member, value))
            return false;
    }
    if (shape->is_union)
        read_unknown_member(reading, shape, object);
    buffer_add_char(&reading->out, '}');
    return true;
}

static bool read_list(
    struct reading *reading, const struct model_shape *shape, const struct json_value *list)
{
    if (list->kind != JSON_LIST)
        return reading_fail(reading, "not a list");
    buffer_add_char(&reading->out, '[');
    for (size_t i = 0; i < list->count; i++) {
        out_item(&reading->out);
        if (!read_value(reading, shape->item, &list->items[i]))
            return false;
    }
    buffer_add_char(&reading->out, ']');
    return true;
}

static bool read_map(
    struct reading *reading, const struct model_shape *shape, const struct json_value *map)
{
    if (map->kind != JSON_OBJECT)
        return reading_fail(reading, "not an object");
    buffer_add_char(&reading->out, '{');
    for (size_t i = 0; i < map->count; i++) {
        if (is_absent(&map->items[i]) && !shape->sparse)
            continue;
        out_name(&reading->out, map->names[i]);
        if (!read_value(reading, shape->value, &map->items[i]))
            return false;
    }
    buffer_add_char(&reading->out, '}');
    return true;
}

static bool read_scalar(
    struct reading *reading, const struct model_member *member, const struct json_value *value)
{
    if (value->kind == JSON_LIST || value->kind == JSON_OBJECT)
        return reading_fail(reading, "neither a list nor an object is wanted");
    if (member->shape->kind == MODEL_TIMESTAMP)
        return out_scalar(reading, member, value->string, MODEL_TIME_EPOCH);
    if (value->kind == JSON_STRING &&
        (member->shape->kind == MODEL_INTEGER || member->shape->kind == MODEL_FLOAT))
        return out_scalar(reading, member, value->string, MODEL_TIME_EPOCH);
    json_write(&reading->out, value);
    return true;
}

static bool read_value(
    struct reading *reading, const struct model_member *member, const struct json_value *value)
{
    if (is_absent(value)) {
        buffer_add(&reading->out, TEXT("null"));
        return true;
    }
    if (value->kind == JSON_STRING && member->shape->kind == MODEL_STRING) {
        json_write_string(&reading->out, value->string);
        return true;
    }
    switch (member->shape->kind) {
    case MODEL_STRUCTURE:
        if (member->shape->document) {
            json_write(&reading->out, value);
            return true;
        }
        return read_structure(reading, member->shape, value);
    case MODEL_LIST:
        return read_list(reading, member->shape, value);
    case MODEL_MAP:
        return read_map(reading, member->shape, value);
    default:
        return read_scalar(reading, member, value);
    }
}

bool json_parse_body(struct reading *reading, text body)
{
    static const struct json_value nothing = {.kind = JSON_OBJECT};
    struct json_problem problem;
    reading->json = &nothing;
    if (text_trim(body).size == 0)
        return true;
    reading->json = json_parse(reading->readers->json, body, reading->arena, &problem);
    return reading->json || reading_fail(reading, problem.what);
}

bool json_read_member(struct reading *reading, const struct model_member *member)
{
    if (!json_is(reading->json, JSON_OBJECT))
        return reading_fail(reading, "the body is not an object");
    const struct json_value *value = json_member(reading->json, member_wire_name(member));
    if (is_absent(value))
        return true;
    out_name(&reading->out, member->name);
    return read_value(reading, member, value);
}

bool json_read_payload(struct reading *reading, const struct model_member *member)
{
    if (is_absent(reading->json))
        return true;
    out_name(&reading->out, member->name);
    return read_value(reading, member, reading->json);
}

/* ---- Errors ------------------------------------------------------------------------------ */

/* "namespace#Code:http://..." has more than the code. */
static text bare_code(text code)
{
    size_t colon = text_find(code, ':');
    code.size = colon < code.size ? colon : code.size;
    size_t hash = text_find_last(code, '#');
    return hash < code.size ? text_after(code, hash + 1) : code;
}

static text first_text(const struct json_value *object, const text *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct json_value *value = json_member(object, names[i]);
        if (json_is(value, JSON_STRING) || json_is(value, JSON_NUMBER))
            return value->string;
    }
    return (text){NULL, 0};
}

void json_take_error(struct reading *reading)
{
    static const text codes[] = {TEXT_INIT("__type"), TEXT_INIT("code"), TEXT_INIT("Code")};
    static const text messages[] = {
        TEXT_INIT("message"), TEXT_INIT("Message"), TEXT_INIT("errorMessage"),
        TEXT_INIT("error_description")}; /* OAuth, RFC 6749 section 5.2 */
    struct protocol_output *output = reading->output;
    if (!json_is(reading->json, JSON_OBJECT))
        reading->json = NULL;
    text code = header_value(reading, TEXT("x-amzn-errortype"));
    if (!code.size)
        code = first_text(reading->json, codes, COUNT_OF(codes));
    output->error_code = bare_code(code);
    text message = first_text(reading->json, messages, COUNT_OF(messages));
    if (!message.data)
        message = header_value(reading, TEXT("x-amzn-error-message"));
    output->message = message;
}

void json_read_error(struct reading *reading, text body)
{
    struct json_problem problem;
    reading->json =
        body.size ? json_parse(reading->readers->json, body, reading->arena, &problem) : NULL;
    json_take_error(reading);
}
