#include "s3.h"

text s3_unquoted(text etag)
{
    if (etag.size >= 2 && etag.data[0] == '"' && etag.data[etag.size - 1] == '"')
        return (text){etag.data + 1, etag.size - 2};
    return etag;
}

struct conditions s3_conditions(const struct request *request)
{
    return (struct conditions){
        request_field(request, FIELD_IF_MATCH),
        request_field(request, FIELD_IF_NONE_MATCH),
        request_field(request, FIELD_IF_MODIFIED_SINCE),
        request_field(request, FIELD_IF_UNMODIFIED_SINCE),
    };
}

struct conditions s3_copy_conditions(const struct request *request)
{
    return (struct conditions){
        request_field(request, FIELD_COPY_IF_MATCH),
        request_field(request, FIELD_COPY_IF_NONE_MATCH),
        request_field(request, FIELD_COPY_IF_MODIFIED_SINCE),
        request_field(request, FIELD_COPY_IF_UNMODIFIED_SINCE),
    };
}

/* Whether one of a list of etags, or *, is that of the object. */
static bool matches(text list, const struct object *object)
{
    if (!object)
        return false;
    while (list.data) {
        text item = text_trim(text_split(list, ',', &list));
        if (text_starts_with(item, TEXT("W/")))
            item = text_after(item, 2);
        if (text_equals(item, TEXT("*")) || text_equals(s3_unquoted(item), object_etag(object)))
            return true;
    }
    return false;
}

/* A date that cannot be read counts as if it were not there. */
static bool is_newer(const struct object *object, text since, bool otherwise)
{
    struct date date;
    if (!object || !date_parse_http(since, &date))
        return otherwise;
    return object->modified_ms / 1000 > date.seconds;
}

int s3_judge(const struct conditions *conditions, const struct object *object)
{
    if (conditions->if_match.data) {
        if (!matches(conditions->if_match, object))
            return 412;
    } else if (conditions->if_unmodified_since.data) {
        if (is_newer(object, conditions->if_unmodified_since, false))
            return 412;
    }
    if (conditions->if_none_match.data) {
        if (matches(conditions->if_none_match, object))
            return 304;
    } else if (conditions->if_modified_since.data) {
        if (!is_newer(object, conditions->if_modified_since, true))
            return 304;
    }
    return 200;
}

enum range_verdict s3_range(text range, size_t size, size_t *offset, size_t *length)
{
    if (!text_starts_with(range, TEXT("bytes=")))
        return RANGE_NONE;
    text end, start = text_split(text_after(range, 6), '-', &end);
    uint64_t first = 0, last = UINT64_MAX;
    if (!end.data || (!start.size && !end.size) || (start.size && !text_to_u64(start, &first)) ||
        (end.size && !text_to_u64(end, &last)))
        return RANGE_NONE;
    if (!start.size) {
        if (!last || !size)
            return RANGE_BAD;
        *length = last < size ? (size_t)last : size;
        *offset = size - *length;
        return RANGE_GOOD;
    }
    if (last < first)
        return RANGE_NONE;
    if (first >= size)
        return RANGE_BAD;
    *offset = (size_t)first;
    *length = last < size ? (size_t)(last - first) + 1 : size - *offset;
    return RANGE_GOOD;
}
