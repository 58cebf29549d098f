/*
 * Design notes
 *
 * A message keeps its attributes as they will be given back: for each the name, a NUL, its JSON
 * object, a NUL. The MD5 is that of SQS: of names, types and values in the order of the names, each
 * after its size.
 */
#include "sqs.h"

enum { ATTRIBUTES_MOST = 10, ATTRIBUTE_NAME_MOST = 256 };

struct attribute {
    text name, type, value;
    bool is_binary;
    const struct json_value *written;
};

static bool name_is_good(text name)
{
    if (!name.size || name.size > ATTRIBUTE_NAME_MOST)
        return false;
    for (size_t i = 0; i < name.size; i++) {
        char c = name.data[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
            c != '-' && c != '_' && c != '.')
            return false;
    }
    return true;
}

static const struct refusal *read_value(
    struct attribute *attribute, const struct json_value *value, struct arena *arena)
{
    attribute->type = json_text(json_member(value, TEXT("DataType")));
    attribute->written = value;
    attribute->is_binary = text_starts_with(attribute->type, TEXT("Binary"));
    if (!attribute->is_binary) {
        attribute->value = json_text(json_member(value, TEXT("StringValue")));
        bool is_known = text_starts_with(attribute->type, TEXT("String")) ||
                        text_starts_with(attribute->type, TEXT("Number"));
        return is_known && attribute->value.size ? NULL : &refusal_bad_parameter;
    }
    text encoded = json_text(json_member(value, TEXT("BinaryValue")));
    char *decoded = arena_alloc(arena, encoded.size + 4);
    if (!decoded)
        return &refusal_sqs_full;
    attribute->value = (text){decoded, base64_decode(decoded, encoded)};
    return attribute->value.size && attribute->value.size != SIZE_MAX ? NULL
                                                                      : &refusal_bad_parameter;
}

static const struct refusal *read_all(
    struct attribute attributes[ATTRIBUTES_MOST], const struct json_value *object,
    struct arena *arena)
{
    for (size_t i = 0; i < object->count; i++) {
        struct attribute attribute = {.name = object->names[i]};
        if (!name_is_good(attribute.name))
            return &refusal_bad_parameter;
        const struct refusal *refusal = read_value(&attribute, &object->items[i], arena);
        if (refusal)
            return refusal;
        size_t at = i;
        for (; at > 0 && text_compare(attributes[at - 1].name, attribute.name) > 0; at--)
            attributes[at] = attributes[at - 1];
        attributes[at] = attribute;
    }
    return NULL;
}

static void add_sized(struct md5 *md5, text bytes)
{
    unsigned char size[4] = {
        (unsigned char)(bytes.size >> 24), (unsigned char)(bytes.size >> 16),
        (unsigned char)(bytes.size >> 8), (unsigned char)bytes.size};
    md5_add(md5, (text){(const char *)size, sizeof size});
    md5_add(md5, bytes);
}

static void digest(unsigned char out[MD5_SIZE], const struct attribute *attributes, size_t count)
{
    struct md5 md5;
    md5_init(&md5);
    for (size_t i = 0; i < count; i++) {
        add_sized(&md5, attributes[i].name);
        add_sized(&md5, attributes[i].type);
        md5_add(&md5, attributes[i].is_binary ? TEXT("\2") : TEXT("\1"));
        add_sized(&md5, attributes[i].value);
    }
    md5_finish(&md5, out);
}

const struct refusal *sqs_read_attributes(
    struct request *request, const struct json_value *object, text *kept,
    unsigned char md5[MD5_SIZE])
{
    struct attribute attributes[ATTRIBUTES_MOST];
    *kept = (text){0};
    if (!json_is(object, JSON_OBJECT) || !object->count)
        return NULL;
    if (object->count > ATTRIBUTES_MOST)
        return &refusal_bad_parameter;
    const struct refusal *refusal = read_all(attributes, object, request->arena);
    if (refusal)
        return refusal;
    digest(md5, attributes, object->count);
    struct buffer out;
    buffer_init(&out, request->arena);
    for (size_t i = 0; i < object->count; i++) {
        buffer_add(&out, attributes[i].name);
        buffer_add_char(&out, '\0');
        json_write(&out, attributes[i].written);
        buffer_add_char(&out, '\0');
    }
    *kept = buffer_text(&out);
    return buffer_ok(&out) ? NULL : &refusal_sqs_full;
}

/* Names are whole, "All", or a start followed by ".*" . */
static bool is_asked_for(text name, const struct json_value *names)
{
    for (size_t i = 0; json_is(names, JSON_LIST) && i < names->count; i++) {
        text wanted = json_text(json_item(names, i));
        if (text_equals(wanted, TEXT("All")) || text_equals(wanted, name))
            return true;
        if (text_ends_with(wanted, TEXT(".*")) &&
            text_starts_with(name, (text){wanted.data, wanted.size - 2}))
            return true;
    }
    return false;
}

/* Of a subset, the MD5 is made anew from what is written. */
static bool digest_written(struct request *request, text written, unsigned char md5[MD5_SIZE])
{
    struct json_problem problem;
    text kept;
    const struct json_value *object =
        json_parse(request->server->json, written, request->arena, &problem);
    return object && !sqs_read_attributes(request, object, &kept, md5);
}

void sqs_write_attributes(
    struct request *request, struct buffer *out, const struct message *message,
    const struct json_value *names)
{
    text rest = message_attributes(message);
    if (!rest.size || !names)
        return;
    struct buffer object;
    buffer_init(&object, request->arena);
    while (rest.size) {
        text name = text_split(rest, '\0', &rest);
        text value = text_split(rest, '\0', &rest);
        if (!is_asked_for(name, names))
            continue;
        buffer_add_char(&object, object.size ? ',' : '{');
        json_write_string(&object, name);
        buffer_add_char(&object, ':');
        buffer_add(&object, value);
    }
    if (!object.size)
        return;
    buffer_add_char(&object, '}');
    unsigned char md5[MD5_SIZE];
    char hex[2 * MD5_SIZE];
    if (!buffer_ok(&object) || !digest_written(request, buffer_text(&object), md5))
        return;
    hex_encode(hex, md5, sizeof md5);
    sqs_member(out, TEXT("MD5OfMessageAttributes"), (text){hex, sizeof hex});
    buffer_add(out, TEXT(",\"MessageAttributes\":"));
    buffer_add(out, buffer_text(&object));
}
