#include "writing.h"

const struct model_member *shape_find(const struct model_shape *shape, uint32_t *hint, text name)
{
    uint32_t count = shape->member_count;
    for (uint32_t i = 0, at = *hint; i < count; i++, at++) {
        if (at >= count)
            at = 0;
        if (text_equals(shape->members[at].name, name)) {
            *hint = at + 1;
            return &shape->members[at];
        }
    }
    return NULL;
}

text member_wire_name(const struct model_member *member)
{
    return member->location_name.data ? member->location_name : member->name;
}

text flattened_wire_name(const struct model_member *member)
{
    const struct model_shape *shape = member->shape;
    bool by_items =
        shape->kind == MODEL_LIST && shape->flattened && shape->item->location_name.data;
    return by_items ? shape->item->location_name : member_wire_name(member);
}

bool value_to_date(const struct json_value *value, struct date *date)
{
    if (json_is(value, JSON_NUMBER))
        return date_parse_epoch(value->string, date);
    return json_is(value, JSON_STRING) && date_parse(value->string, date);
}

static text date_text(
    struct writing *writing, const struct model_member *member, const struct json_value *value,
    enum model_time fallback)
{
    struct date date = {0};
    struct buffer out;
    enum model_time time = member->time == MODEL_TIME_DEFAULT ? fallback : member->time;
    buffer_init_fixed(&out, writing->scratch, sizeof writing->scratch);
    if (!value_to_date(value, &date))
        return TEXT("");
    if (time == MODEL_TIME_HTTP)
        date_write_http(&out, date);
    else if (time == MODEL_TIME_EPOCH)
        date_write_epoch(&out, date);
    else
        date_write_iso8601(&out, date);
    return buffer_text(&out);
}

text blob_bytes(struct writing *writing, const struct json_value *value)
{
    text encoded = value->string;
    if (writing->input->blobs_are_text)
        return encoded;
    char *bytes = arena_alloc(writing->arena, encoded.size / 4 * 3 + 3);
    size_t size = bytes ? base64_decode(bytes, encoded) : SIZE_MAX;
    writing->failed = writing->failed || !bytes;
    return size == SIZE_MAX ? TEXT("") : (text){bytes, size};
}

text blob_base64(struct writing *writing, const struct json_value *value)
{
    text encoded = value->string;
    if (!writing->input->blobs_are_text && encoded.size % 4 == 0)
        return encoded;
    text bytes = blob_bytes(writing, value);
    size_t size = base64_encoded_size(bytes.size);
    char *out = arena_alloc(writing->arena, size + 1);
    writing->failed = writing->failed || !out;
    if (!out)
        return TEXT("");
    base64_encode(out, bytes);
    return (text){out, size};
}

static text json_value_text(struct writing *writing, const struct json_value *value)
{
    struct buffer out;
    buffer_init(&out, writing->arena);
    json_write(&out, value);
    writing->failed = writing->failed || !buffer_ok(&out);
    return buffer_text(&out);
}

text scalar_text(
    struct writing *writing, const struct model_member *member, const struct json_value *value,
    enum model_time fallback)
{
    if (member->json_value && value->kind != JSON_STRING)
        return json_value_text(writing, value);
    switch (member->shape->kind) {
    case MODEL_TIMESTAMP:
        return date_text(writing, member, value, fallback);
    case MODEL_BLOB:
        return blob_base64(writing, value);
    default:
        break;
    }
    switch (value->kind) {
    case JSON_TRUE:
        return TEXT("true");
    case JSON_FALSE:
        return TEXT("false");
    case JSON_NUMBER:
    case JSON_STRING:
        return value->string;
    default:
        return TEXT("");
    }
}
