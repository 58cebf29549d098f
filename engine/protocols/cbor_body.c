#include "cbor_body.h"

#include "json_body.h"

#include <math.h>
#include <stdlib.h>

static void write_value(
    struct writing *writing, const struct model_member *member, const struct json_value *value);

static size_t count_present(const struct json_value *container, bool sparse)
{
    size_t count = 0;
    for (size_t i = 0; i < container->count; i++)
        count += sparse || !is_absent(&container->items[i]);
    return count;
}

static void write_structure(
    struct writing *writing, const struct model_shape *shape, const struct json_value *object)
{
    uint32_t hint = 0;
    cbor_write_head(&writing->body, CBOR_MAP, count_present(object, false));
    for (size_t i = 0; i < object->count; i++) {
        if (is_absent(&object->items[i]))
            continue;
        const struct model_member *member = shape_find(shape, &hint, object->names[i]);
        check(member != NULL);
        cbor_write_text(&writing->body, member_wire_name(member));
        write_value(writing, member, &object->items[i]);
    }
}

static void write_container(
    struct writing *writing, const struct model_shape *shape, const struct json_value *container)
{
    bool map = shape->kind == MODEL_MAP;
    const struct model_member *item = map ? shape->value : shape->item;
    cbor_write_head(
        &writing->body, map ? CBOR_MAP : CBOR_LIST, count_present(container, shape->sparse));
    for (size_t i = 0; i < container->count; i++) {
        if (is_absent(&container->items[i]) && !shape->sparse)
            continue;
        if (map)
            cbor_write_text(&writing->body, container->names[i]);
        write_value(writing, item, &container->items[i]);
    }
}

/* Documents, which no model of this protocol has, but which parameters may. */
static void write_document(struct writing *writing, const struct json_value *value)
{
    struct buffer json;
    buffer_init(&json, writing->arena);
    json_write(&json, value);
    cbor_write_text(&writing->body, buffer_text(&json));
}

static double real_of(text number)
{
    char digits[64] = "";
    if (number.size < sizeof digits)
        memcpy(digits, number.data, number.size);
    return strtod(digits, NULL); /* NaN and Infinity too */
}

static void write_integer(struct writing *writing, text number)
{
    int64_t value;
    uint64_t magnitude;
    if (text_to_u64(number, &magnitude))
        cbor_write_head(&writing->body, CBOR_UNSIGNED, magnitude);
    else if (text_to_i64(number, &value))
        cbor_write_head(&writing->body, CBOR_NEGATIVE, (uint64_t)(-1 - value));
    else
        cbor_write_double(&writing->body, real_of(number));
}

static void write_timestamp(struct writing *writing, const struct json_value *value)
{
    struct date date = {0};
    if (!value_to_date(value, &date))
        return;
    cbor_write_head(&writing->body, CBOR_TAG, 1);
    if (date.nanoseconds)
        cbor_write_double(&writing->body, (double)date.seconds + (double)date.nanoseconds / 1e9);
    else if (date.seconds < 0)
        cbor_write_head(&writing->body, CBOR_NEGATIVE, (uint64_t)(-1 - date.seconds));
    else
        cbor_write_head(&writing->body, CBOR_UNSIGNED, (uint64_t)date.seconds);
}

static void write_value(
    struct writing *writing, const struct model_member *member, const struct json_value *value)
{
    struct buffer *out = &writing->body;
    if (is_absent(value)) {
        cbor_write_head(out, CBOR_SIMPLE, CBOR_NULL);
        return;
    }
    switch (member->shape->kind) {
    case MODEL_STRUCTURE:
        if (member->shape->document)
            write_document(writing, value);
        else
            write_structure(writing, member->shape, value);
        break;
    case MODEL_LIST:
    case MODEL_MAP:
        write_container(writing, member->shape, value);
        break;
    case MODEL_STRING:
        cbor_write_text(out, value->string);
        break;
    case MODEL_BLOB:
        cbor_write_bytes(out, blob_bytes(writing, value));
        break;
    case MODEL_BOOLEAN:
        cbor_write_head(out, CBOR_SIMPLE, json_is_true(value) ? CBOR_TRUE : CBOR_FALSE);
        break;
    case MODEL_INTEGER:
        write_integer(writing, value->string);
        break;
    case MODEL_FLOAT:
        cbor_write_double(out, real_of(value->string));
        break;
    case MODEL_TIMESTAMP:
        write_timestamp(writing, value);
        break;
    }
}

/* An operation without input sends nothing at all. */
void cbor_body_members(struct writing *writing, const struct json_value *params)
{
    if (writing->plan->operation->input)
        write_structure(writing, writing->plan->operation->input, params);
}

void cbor_body_payload(
    struct writing *writing, const struct model_member *member, const struct json_value *value)
{
    if (value)
        write_value(writing, member, value);
}

bool cbor_parse_body(struct reading *reading, text body)
{
    static const struct json_value nothing = {.kind = JSON_OBJECT};
    struct cbor_problem problem;
    reading->json = &nothing;
    if (body.size == 0)
        return true;
    reading->json = cbor_parse(body, reading->arena, &problem);
    return reading->json || reading_fail(reading, problem.what);
}

void cbor_read_error(struct reading *reading, text body)
{
    struct cbor_problem problem;
    reading->json = body.size ? cbor_parse(body, reading->arena, &problem) : NULL;
    json_take_error(reading);
}
