#include "answer.h"

#include "sample.h"
#include "test.h"

void answer_xml_escape(struct buffer *out, text string)
{
    for (size_t i = 0; i < string.size; i++) {
        unsigned char byte = (unsigned char)string.data[i];
        if (byte == '<' || byte == '>' || byte == '&' || byte == '"' || byte == '\'' ||
            byte == '\r' || byte == '\n')
            buffer_add_format(out, i % 2 ? "&#%u;" : "&#x%X;", byte);
        else
            buffer_add_char(out, (char)byte);
    }
}

static text name_or(text name, const char *otherwise)
{
    return name.data ? name : text_of(otherwise);
}

static void open_element(struct answer *answer, text name)
{
    buffer_add_format(&answer->body, "<%.*s>", TEXT_ARGS(name));
}

static void close_element(struct answer *answer, text name)
{
    buffer_add_format(&answer->body, "</%.*s>", TEXT_ARGS(name));
}

static void write_scalar(
    struct answer *answer, const struct model_member *member, const struct json_value *value)
{
    struct buffer *out = &answer->body;
    if (member->shape->kind == MODEL_BOOLEAN) {
        buffer_add(out, value->kind == JSON_TRUE ? TEXT("true") : TEXT("false"));
    } else if (member->shape->kind == MODEL_TIMESTAMP) {
        const struct instant *instant = instant_of(value->string);
        CHECK(instant != NULL);
        buffer_add(
            out, text_of(
                     member->time == MODEL_TIME_EPOCH  ? instant->epoch
                     : member->time == MODEL_TIME_HTTP ? instant->http
                                                       : instant->iso8601));
    } else if (value->kind == JSON_OBJECT) { /* a policy: JSON, percent-encoded */
        buffer_add_percent(out, tree_text(answer->arena, value), PERCENT_UNRESERVED);
    } else {
        answer_xml_escape(out, value->string);
    }
}

static void write_entry(
    struct answer *answer, const struct model_shape *shape, text name, text key,
    const struct json_value *value)
{
    text key_name = name_or(shape->key->location_name, "key");
    open_element(answer, name);
    open_element(answer, key_name);
    answer_xml_escape(&answer->body, key);
    close_element(answer, key_name);
    answer_xml_element(answer, shape->value, name_or(shape->value->location_name, "value"), value);
    close_element(answer, name);
}

static void write_items(
    struct answer *answer, const struct model_member *member, text name,
    const struct json_value *value)
{
    const struct model_shape *shape = member->shape;
    for (size_t i = 0; i < value->count; i++) {
        if (shape->kind == MODEL_MAP)
            write_entry(answer, shape, name, value->names[i], &value->items[i]);
        else
            answer_xml_element(answer, shape->item, name, &value->items[i]);
        buffer_add_char(&answer->body, '\n');
    }
}

static void write_container(
    struct answer *answer, const struct model_member *member, text name,
    const struct json_value *value)
{
    const struct model_shape *shape = member->shape;
    bool is_list = shape->kind == MODEL_LIST;
    if (member->flattened) {
        text own = is_list && shape->item->location_name.data ? shape->item->location_name : name;
        write_items(answer, member, own, value);
        return;
    }
    open_element(answer, name);
    write_items(
        answer, member, is_list ? name_or(shape->item->location_name, "member") : TEXT("entry"),
        value);
    close_element(answer, name);
}

static void write_attributes(
    struct answer *answer, const struct model_shape *shape, const struct json_value *object)
{
    for (size_t i = 0; i < shape->member_count; i++) {
        const struct model_member *member = &shape->members[i];
        const struct json_value *value = json_member(object, member->name);
        if (!member->xml_attribute || !value)
            continue;
        buffer_add_format(
            &answer->body, " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" %.*s='",
            TEXT_ARGS(answer_name(member)));
        answer_xml_escape(&answer->body, value->string);
        buffer_add_char(&answer->body, '\'');
    }
}

void answer_xml_members(
    struct answer *answer, const struct model_shape *shape, const struct json_value *object)
{
    for (size_t i = 0; i < shape->member_count; i++) {
        const struct model_member *member = &shape->members[i];
        const struct json_value *value = json_member(object, member->name);
        if (value && !member->xml_attribute && answer_is_in_body(answer, member) &&
            !sample_twin(shape, member))
            answer_xml_element(answer, member, answer_name(member), value);
    }
}

void answer_xml_element(
    struct answer *answer, const struct model_member *member, text name,
    const struct json_value *value)
{
    const struct model_shape *shape = member->shape;
    if (shape->kind == MODEL_LIST || shape->kind == MODEL_MAP) {
        write_container(answer, member, name, value);
        return;
    }
    buffer_add_format(&answer->body, "<%.*s", TEXT_ARGS(name));
    if (shape->kind == MODEL_STRUCTURE)
        write_attributes(answer, shape, value);
    buffer_add_char(&answer->body, '>');
    if (shape->kind == MODEL_STRUCTURE)
        answer_xml_members(answer, shape, value);
    else
        write_scalar(answer, member, value);
    close_element(answer, name);
}
