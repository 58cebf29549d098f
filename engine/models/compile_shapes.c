#include "compile.h"
#include "source.h"

#include <stdlib.h>

struct flag {
    text name;
    size_t offset;
};

#define SHAPE_FLAG(name, member)                                                                   \
    {                                                                                              \
        TEXT_INIT(name), offsetof(struct model_shape, member)                                      \
    }
static const struct flag shape_flags[] = {
    SHAPE_FLAG("exception", exception),
    SHAPE_FLAG("fault", fault),
    SHAPE_FLAG("box", box),
    SHAPE_FLAG("flattened", flattened),
    SHAPE_FLAG("wrapper", wrapper),
    SHAPE_FLAG("document", document),
    SHAPE_FLAG("union", is_union),
    SHAPE_FLAG("sparse", sparse),
    SHAPE_FLAG("sensitive", sensitive),
    SHAPE_FLAG("streaming", streaming),
    SHAPE_FLAG("requiresLength", requires_length),
    SHAPE_FLAG("event", event),
    SHAPE_FLAG("eventstream", event_stream),
    SHAPE_FLAG("deprecated", deprecated),
};

#define MEMBER_FLAG(name, member)                                                                  \
    {                                                                                              \
        TEXT_INIT(name), offsetof(struct model_member, member)                                     \
    }
static const struct flag member_flags[] = {
    MEMBER_FLAG("flattened", flattened),
    MEMBER_FLAG("idempotencyToken", idempotency_token),
    MEMBER_FLAG("hostLabel", host_label),
    MEMBER_FLAG("xmlAttribute", xml_attribute),
    MEMBER_FLAG("jsonvalue", json_value),
    MEMBER_FLAG("streaming", streaming),
    MEMBER_FLAG("requiresLength", requires_length),
    MEMBER_FLAG("eventpayload", event_payload),
    MEMBER_FLAG("eventheader", event_header),
    MEMBER_FLAG("deprecated", deprecated),
};

static bool set_flag(const struct flag *flags, size_t count, text name, void *record)
{
    for (size_t i = 0; i < count; i++) {
        if (text_equals(flags[i].name, name)) {
            *(bool *)((char *)record + flags[i].offset) = true;
            return true;
        }
    }
    return false;
}

static enum model_time time_of(text format)
{
    if (text_equals(format, TEXT("iso8601")))
        return MODEL_TIME_ISO8601;
    if (text_equals(format, TEXT("unixTimestamp")))
        return MODEL_TIME_EPOCH;
    return text_equals(format, TEXT("rfc822")) ? MODEL_TIME_HTTP : MODEL_TIME_DEFAULT;
}

static bool location_of(text name, enum model_location *location)
{
    static const struct {
        text name;
        enum model_location location;
    } locations[] = {
        {TEXT_INIT("uri"), MODEL_IN_PATH},          {TEXT_INIT("querystring"), MODEL_IN_QUERY},
        {TEXT_INIT("header"), MODEL_IN_HEADER},     {TEXT_INIT("headers"), MODEL_IN_HEADERS},
        {TEXT_INIT("statusCode"), MODEL_IN_STATUS},
    };
    for (size_t i = 0; i < COUNT_OF(locations); i++) {
        if (text_equals(locations[i].name, name)) {
            *location = locations[i].location;
            return true;
        }
    }
    return false;
}

static bool kind_of(text type, enum model_kind *kind)
{
    static const struct {
        text name;
        enum model_kind kind;
    } kinds[] = {
        {TEXT_INIT("string"), MODEL_STRING},      {TEXT_INIT("structure"), MODEL_STRUCTURE},
        {TEXT_INIT("list"), MODEL_LIST},          {TEXT_INIT("map"), MODEL_MAP},
        {TEXT_INIT("integer"), MODEL_INTEGER},    {TEXT_INIT("long"), MODEL_INTEGER},
        {TEXT_INIT("boolean"), MODEL_BOOLEAN},    {TEXT_INIT("timestamp"), MODEL_TIMESTAMP},
        {TEXT_INIT("double"), MODEL_FLOAT},       {TEXT_INIT("float"), MODEL_FLOAT},
        {TEXT_INIT("blob"), MODEL_BLOB},          {TEXT_INIT("short"), MODEL_INTEGER},
        {TEXT_INIT("byte"), MODEL_INTEGER},       {TEXT_INIT("character"), MODEL_STRING},
        {TEXT_INIT("bigInteger"), MODEL_INTEGER}, {TEXT_INIT("bigDecimal"), MODEL_FLOAT},
    };
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (text_equals(kinds[i].name, type)) {
            *kind = kinds[i].kind;
            return true;
        }
    }
    return false;
}

struct model_shape *compile_find_shape(struct compilation *compilation, text name)
{
    return compilation->run ? source_find_shape(compilation, name)
                            : map_find(&compilation->model->shape_names, name);
}

const struct model_shape *compile_reference(
    struct compilation *compilation, text where, text member, const struct json_value *reference)
{
    text name = json_text(json_member(reference, TEXT("shape")));
    if (!name.data) {
        compile_fail(compilation, where, member, "no shape is named");
        return NULL;
    }
    struct model_shape *shape = compile_find_shape(compilation, name);
    if (!shape)
        compile_fail(compilation, where, member, "no shape '%.*s'", TEXT_ARGS(name));
    return shape;
}

/* The traits of one member, one by one; those that have no effect on the wire are passed over. */
static bool compile_trait(
    struct compilation *compilation, struct model_member *member, text where, text name,
    const struct json_value *value)
{
    if (text_equals(name, TEXT("locationName"))) {
        member->location_name = compile_text(compilation, value);
    } else if (text_equals(name, TEXT("location"))) {
        if (!location_of(json_text(value), &member->location))
            return compile_fail(
                compilation, where, member->name, "location '%.*s' is unknown",
                TEXT_ARGS(json_text(value)));
    } else if (text_equals(name, TEXT("queryName"))) {
        member->query_name = compile_text(compilation, value);
    } else if (text_equals(name, TEXT("timestampFormat"))) {
        member->time = time_of(json_text(value));
    } else if (text_equals(name, TEXT("xmlNamespace"))) {
        member->xml_namespace = compile_namespace(compilation, value);
    } else if (text_equals(name, TEXT("contextParam"))) {
        member->context_param = compile_text(compilation, json_member(value, TEXT("name")));
    } else if (json_is_true(value)) {
        set_flag(member_flags, COUNT_OF(member_flags), name, member);
    }
    return !compilation->failed;
}

static bool compile_member(
    struct compilation *compilation, struct model_member *member, text where, text name,
    const struct json_value *value)
{
    member->name = name;
    if (!json_is(value, JSON_OBJECT))
        return compile_fail(compilation, where, name, "not an object");
    member->shape = compile_reference(compilation, where, name, value);
    if (!member->shape)
        return false;
    for (size_t i = 0; i < value->count; i++) {
        if (!compile_trait(compilation, member, where, value->names[i], &value->items[i]))
            return false;
    }
    return true;
}

/* What members take from their shapes, once those are all known. */
static void inherit(struct model_member *member)
{
    if (member->time == MODEL_TIME_DEFAULT)
        member->time = member->shape->time;
    member->flattened = member->flattened || member->shape->flattened;
    if (member->location == MODEL_IN_BODY)
        member->location = member->shape->location;
    member->streaming = member->streaming || member->shape->streaming;
    member->requires_length = member->requires_length || member->shape->requires_length;
    /* A structure's own name counts only where it is the root of a document. */
    if (!member->location_name.data && member->shape->kind != MODEL_STRUCTURE)
        member->location_name = member->shape->location_name;
    if (!member->xml_namespace.uri.data)
        member->xml_namespace = member->shape->xml_namespace;
}

static bool compile_members(
    struct compilation *compilation, struct model_shape *shape, const struct json_value *value)
{
    const struct json_value *members = json_member(value, TEXT("members"));
    const struct json_value *required = json_member(value, TEXT("required"));
    if (members && !json_is(members, JSON_OBJECT))
        return compile_fail(compilation, shape->name, TEXT("members"), "not an object");
    shape->member_count = members ? members->count : 0;
    shape->members = compile_alloc(compilation, shape->member_count, sizeof *shape->members);
    for (size_t i = 0; shape->members && i < shape->member_count; i++) {
        text name = arena_copy(&compilation->model->arena, members->names[i]);
        if (!name.data)
            return compile_fail(compilation, shape->name, name, "out of memory");
        if (!compile_member(compilation, &shape->members[i], shape->name, name, &members->items[i]))
            return false;
    }
    for (size_t i = 0; required && !compilation->failed && i < required->count; i++) {
        text name = json_text(json_item(required, i));
        struct model_member *member = NULL;
        for (size_t k = 0; k < shape->member_count && !member; k++)
            member = text_equals(shape->members[k].name, name) ? &shape->members[k] : NULL;
        if (!member)
            return compile_fail(
                compilation, shape->name, TEXT("required"), "no member '%.*s'", TEXT_ARGS(name));
        member->required = true;
    }
    text payload = json_text(json_member(value, TEXT("payload")));
    if (payload.data && !compilation->failed) {
        shape->payload = model_find_member(shape, payload);
        if (!shape->payload)
            return compile_fail(
                compilation, shape->name, TEXT("payload"), "no member '%.*s'", TEXT_ARGS(payload));
    }
    return !compilation->failed;
}

static const struct model_member *compile_part(
    struct compilation *compilation, const struct model_shape *shape,
    const struct json_value *value, text part)
{
    struct model_member *member = compile_alloc(compilation, 1, sizeof *member);
    const struct json_value *written = json_member(value, part);
    if (!member)
        return NULL;
    if (!written) {
        compile_fail(compilation, shape->name, part, "is missing");
        return NULL;
    }
    return compile_member(compilation, member, shape->name, (text){NULL, 0}, written) ? member
                                                                                      : NULL;
}

static void compile_error_trait(
    struct compilation *compilation, struct model_shape *shape, const struct json_value *value)
{
    const struct json_value *trait = json_member(value, TEXT("error"));
    const struct json_value *retryable = json_member(value, TEXT("retryable"));
    shape->error_code = compile_text(compilation, json_member(trait, TEXT("code")));
    if (!shape->error_code.data)
        shape->error_code = shape->name;
    shape->exception = shape->exception || trait != NULL;
    shape->http_status = (int)json_i64(json_member(trait, TEXT("httpStatusCode")), 0);
    shape->sender_fault = json_is_true(json_member(trait, TEXT("senderFault")));
    shape->retryable = retryable != NULL;
    shape->throttling = json_is_true(json_member(retryable, TEXT("throttling")));
}

static double number_of(const struct json_value *value)
{
    char digits[64] = "";
    if (json_is(value, JSON_NUMBER) && value->string.size < sizeof digits)
        memcpy(digits, value->string.data, value->string.size);
    return strtod(digits, NULL);
}

bool compile_shape(
    struct compilation *compilation, struct model_shape *shape, const struct json_value *value)
{
    if (!json_is(value, JSON_OBJECT))
        return compile_fail(compilation, shape->name, (text){NULL, 0}, "not an object");
    for (size_t i = 0; i < value->count; i++) {
        if (json_is_true(&value->items[i]))
            set_flag(shape_flags, COUNT_OF(shape_flags), value->names[i], shape);
    }
    const struct json_value *min = json_member(value, TEXT("min"));
    const struct json_value *max = json_member(value, TEXT("max"));
    shape->has_min = min != NULL;
    shape->has_max = max != NULL;
    shape->min = number_of(min);
    shape->max = number_of(max);
    location_of(json_text(json_member(value, TEXT("location"))), &shape->location);
    shape->pattern = compile_text(compilation, json_member(value, TEXT("pattern")));
    shape->time = time_of(json_text(json_member(value, TEXT("timestampFormat"))));
    shape->location_name = compile_text(compilation, json_member(value, TEXT("locationName")));
    shape->xml_namespace = compile_namespace(compilation, json_member(value, TEXT("xmlNamespace")));
    shape->enum_values =
        compile_texts(compilation, json_member(value, TEXT("enum")), &shape->enum_count);
    compile_error_trait(compilation, shape, value);
    switch (shape->kind) {
    case MODEL_STRUCTURE:
        return compile_members(compilation, shape, value);
    case MODEL_LIST:
        shape->item = compile_part(compilation, shape, value, TEXT("member"));
        break;
    case MODEL_MAP:
        shape->key = compile_part(compilation, shape, value, TEXT("key"));
        if (shape->key)
            shape->value = compile_part(compilation, shape, value, TEXT("value"));
        break;
    default:
        break;
    }
    return !compilation->failed;
}

bool compile_shape_kind(
    struct compilation *compilation, struct model_shape *shape, text name,
    const struct json_value *value)
{
    shape->name = name;
    shape->type = compile_text(compilation, json_member(value, TEXT("type")));
    return kind_of(shape->type, &shape->kind) ||
           compile_fail(
               compilation, name, (text){NULL, 0}, "type '%.*s' is unknown",
               TEXT_ARGS(shape->type));
}

/* Names and kinds first, for shapes refer to shapes that come later. */
static bool name_shapes(struct compilation *compilation, const struct json_value *shapes)
{
    struct model *model = compilation->model;
    model->shape_count = shapes->count;
    model->shapes = compile_alloc(compilation, model->shape_count, sizeof *model->shapes);
    for (size_t i = 0; model->shapes && i < shapes->count; i++) {
        struct model_shape *shape = &model->shapes[i];
        text name = arena_copy(&model->arena, shapes->names[i]);
        if (!name.data || !map_put(&model->shape_names, name, shape))
            return compile_fail(compilation, name, (text){NULL, 0}, "out of memory");
        if (!compile_shape_kind(compilation, shape, name, &shapes->items[i]))
            return false;
    }
    return !compilation->failed;
}

void compile_inheritance(struct model_shape *shape)
{
    for (size_t i = 0; i < shape->member_count; i++)
        inherit(&shape->members[i]);
    const struct model_member *parts[] = {shape->item, shape->key, shape->value};
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        if (parts[i])
            inherit((struct model_member *)(uintptr_t)parts[i]);
    }
}

bool compile_shapes(struct compilation *compilation)
{
    const struct json_value *shapes = json_member(compilation->root, TEXT("shapes"));
    if (!json_is(shapes, JSON_OBJECT))
        return compile_fail(compilation, TEXT("shapes"), (text){NULL, 0}, "not an object");
    if (!name_shapes(compilation, shapes))
        return false;
    struct model *model = compilation->model;
    for (size_t i = 0; i < model->shape_count; i++) {
        if (!compile_shape(compilation, &model->shapes[i], &shapes->items[i]))
            return false;
    }
    for (size_t i = 0; i < model->shape_count; i++)
        compile_inheritance(&model->shapes[i]);
    return true;
}
