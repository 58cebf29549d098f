#include "answer.h"

#include "test.h"

static void write_value(
    struct answer *answer, const struct model_member *member, const struct json_value *value);

/* Everything that is not ASCII, and a slash, is escaped: what any JSON parser must read. */
static void write_string(struct buffer *out, text string)
{
    struct buffer plain;
    buffer_init(&plain, out->arena);
    json_write_string(&plain, string);
    for (size_t i = 0; i < plain.size; i++) {
        if (plain.data[i] == '/')
            buffer_add_char(out, '\\');
        buffer_add_char(out, plain.data[i]);
    }
}

static void write_time(
    struct buffer *out, const struct model_member *member, const struct json_value *value)
{
    const struct instant *instant = instant_of(value->string);
    CHECK(instant != NULL);
    if (member->time == MODEL_TIME_ISO8601)
        write_string(out, text_of(instant->iso8601));
    else if (member->time == MODEL_TIME_HTTP)
        write_string(out, text_of(instant->http));
    else
        buffer_add(out, text_of(instant->epoch));
}

static void write_list(
    struct answer *answer, const struct model_member *item, const struct json_value *list)
{
    buffer_add(&answer->body, TEXT("[ "));
    for (size_t i = 0; i < list->count; i++) {
        buffer_add(&answer->body, i ? TEXT(", ") : TEXT(""));
        write_value(answer, item, &list->items[i]);
    }
    buffer_add(&answer->body, TEXT(" ]"));
}

static void write_map(
    struct answer *answer, const struct model_member *of_values, const struct json_value *map)
{
    buffer_add_char(&answer->body, '{');
    for (size_t i = 0; i < map->count; i++) {
        buffer_add(&answer->body, i ? TEXT(",\n") : TEXT(""));
        write_string(&answer->body, map->names[i]);
        buffer_add(&answer->body, TEXT(" : "));
        write_value(answer, of_values, &map->items[i]);
    }
    buffer_add_char(&answer->body, '}');
}

static void write_structure(
    struct answer *answer, const struct model_shape *shape, const struct json_value *object)
{
    buffer_add(&answer->body, TEXT("{"));
    bool first = true;
    for (size_t i = shape->member_count; i-- > 0;) { /* in no order that a model has */
        const struct model_member *member = &shape->members[i];
        const struct json_value *value = json_member(object, member->name);
        if (!value)
            continue;
        buffer_add(&answer->body, first ? TEXT("") : TEXT(","));
        first = false;
        write_string(&answer->body, answer_name(member));
        buffer_add_char(&answer->body, ':');
        write_value(answer, member, value);
    }
    buffer_add_char(&answer->body, '}');
}

static void write_value(
    struct answer *answer, const struct model_member *member, const struct json_value *value)
{
    const struct model_shape *shape = member->shape;
    struct buffer *out = &answer->body;
    if (value->kind == JSON_NULL)
        buffer_add(out, TEXT("null"));
    else if (member->json_value)
        write_string(out, value->string);
    else if (shape->document)
        json_write(out, value);
    else if (shape->kind == MODEL_STRUCTURE)
        write_structure(answer, shape, value);
    else if (shape->kind == MODEL_LIST)
        write_list(answer, shape->item, value);
    else if (shape->kind == MODEL_MAP)
        write_map(answer, shape->value, value);
    else if (shape->kind == MODEL_TIMESTAMP)
        write_time(out, member, value);
    else if (value->kind == JSON_STRING)
        write_string(out, value->string);
    else
        json_write(out, value);
}

void answer_json_members(
    struct answer *answer, const struct model_shape *shape, const struct json_value *object,
    text type, text message)
{
    struct buffer *out = &answer->body;
    buffer_add_char(out, '{');
    if (type.data) {
        buffer_add(out, TEXT("\"__type\":\"com.amazonaws.example#"));
        buffer_add(out, type);
        buffer_add_char(out, '"');
    }
    if (message.data) {
        buffer_add(out, type.data ? TEXT(",\"message\":") : TEXT("\"message\":"));
        write_string(out, message);
    }
    bool first = !type.data && !message.data;
    for (size_t i = 0; shape && i < shape->member_count; i++) {
        const struct model_member *member = &shape->members[i];
        const struct json_value *value = json_member(object, member->name);
        if (!value || !answer_is_in_body(answer, member))
            continue;
        buffer_add(out, first ? TEXT("") : TEXT(","));
        first = false;
        write_string(out, answer_name(member));
        buffer_add_char(out, ':');
        write_value(answer, member, value);
    }
    buffer_add_char(out, '}');
}

void answer_json_payload(
    struct answer *answer, const struct model_member *member, const struct json_value *value)
{
    write_value(answer, member, value);
}
