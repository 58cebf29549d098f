#include "s3.h"

/* Query parameters that take the place of stored header fields. */
static const struct {
    text parameter, name;
} overrides[] = {
    {TEXT_INIT("response-content-type"), TEXT_INIT("Content-Type")},
    {TEXT_INIT("response-content-language"), TEXT_INIT("Content-Language")},
    {TEXT_INIT("response-expires"), TEXT_INIT("Expires")},
    {TEXT_INIT("response-cache-control"), TEXT_INIT("Cache-Control")},
    {TEXT_INIT("response-content-disposition"), TEXT_INIT("Content-Disposition")},
    {TEXT_INIT("response-content-encoding"), TEXT_INIT("Content-Encoding")},
};

static bool is_overridden(const struct request *request, text line)
{
    for (size_t i = 0; i < COUNT_OF(overrides); i++)
        if (text_starts_with_ignoring_case(line, overrides[i].name) &&
            line.data[overrides[i].name.size] == ':')
            return query_has(&request->query, overrides[i].parameter);
    return false;
}

static void add_fields(struct request *request, const struct object *object)
{
    text fields = {object->fields, object->fields_size};
    if (!request->query.count) {
        reply_add_lines(request, fields);
        return;
    }
    while (fields.size) {
        size_t size = text_find(fields, '\n') + 1;
        text line = {fields.data, size};
        fields = text_after(fields, size);
        if (!is_overridden(request, line))
            reply_add_lines(request, line);
    }
    for (size_t i = 0; i < COUNT_OF(overrides); i++) {
        text value = query_value(&request->query, overrides[i].parameter);
        if (value.data && http_is_field_value(value))
            reply_add(request, overrides[i].name, value);
    }
}

static void add_content_range(struct request *request, size_t offset, size_t length, size_t size)
{
    struct buffer *head = &request->reply.head;
    buffer_add(head, TEXT("Content-Range: bytes "));
    buffer_add_u64(head, offset);
    buffer_add_char(head, '-');
    buffer_add_u64(head, offset + length - 1);
    buffer_add_char(head, '/');
    buffer_add_u64(head, size);
    buffer_add(head, TEXT("\r\n"));
}

void s3_add_checksum(struct request *request, const struct object *object)
{
    if (object->checksum_algorithm == CHECKSUM_NONE)
        return;
    reply_add(request, checksum_header(object->checksum_algorithm), object_checksum(object));
    reply_add(
        request, TEXT("x-amz-checksum-type"),
        object->checksum_is_composite ? TEXT("COMPOSITE") : TEXT("FULL_OBJECT"));
}

static void answer_range(
    struct request *request, struct object *object, int status, size_t offset, size_t length)
{
    reply_begin(request, status);
    add_fields(request, object);
    if (status == 206)
        add_content_range(request, offset, length, object->size);
    else if (text_equals_ignoring_case(
                 request_field(request, FIELD_CHECKSUM_MODE), TEXT("ENABLED")))
        s3_add_checksum(request, object);
    reply_end_object(request, object, offset, length);
}

void s3_get_object(struct request *request)
{
    struct object *object = s3_object(request);
    if (!object)
        return;
    struct conditions conditions = s3_conditions(request);
    int verdict = s3_judge(&conditions, object);
    if (verdict == 412) {
        request_refuse(request, &refusal_precondition_failed, (text){0});
        return;
    }
    if (verdict == 304) {
        reply_begin(request, 304);
        add_fields(request, object);
        reply_end(request);
        return;
    }
    size_t offset = 0, length = object->size;
    switch (s3_range(request_field(request, FIELD_RANGE), object->size, &offset, &length)) {
    case RANGE_NONE:
        answer_range(request, object, 200, 0, object->size);
        break;
    case RANGE_GOOD:
        answer_range(request, object, 206, offset, length);
        break;
    case RANGE_BAD:
        request_refuse(request, &refusal_invalid_range, (text){0});
        break;
    }
}
