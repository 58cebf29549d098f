#include "fields.h"

static const text names[FIELD_COUNT] = {
    [FIELD_HOST] = TEXT_INIT("host"),
    [FIELD_AUTHORIZATION] = TEXT_INIT("authorization"),
    [FIELD_AMZ_DATE] = TEXT_INIT("x-amz-date"),
    [FIELD_CONTENT_SHA256] = TEXT_INIT("x-amz-content-sha256"),
    [FIELD_SECURITY_TOKEN] = TEXT_INIT("x-amz-security-token"),
    [FIELD_RANGE] = TEXT_INIT("range"),
    [FIELD_IF_MATCH] = TEXT_INIT("if-match"),
    [FIELD_IF_NONE_MATCH] = TEXT_INIT("if-none-match"),
    [FIELD_IF_MODIFIED_SINCE] = TEXT_INIT("if-modified-since"),
    [FIELD_IF_UNMODIFIED_SINCE] = TEXT_INIT("if-unmodified-since"),
    [FIELD_CONTENT_TYPE] = TEXT_INIT("content-type"),
    [FIELD_CONTENT_MD5] = TEXT_INIT("content-md5"),
    [FIELD_CONTENT_ENCODING] = TEXT_INIT("content-encoding"),
    [FIELD_DECODED_LENGTH] = TEXT_INIT("x-amz-decoded-content-length"),
    [FIELD_TRAILER] = TEXT_INIT("x-amz-trailer"),
    [FIELD_COPY_SOURCE] = TEXT_INIT("x-amz-copy-source"),
    [FIELD_COPY_RANGE] = TEXT_INIT("x-amz-copy-source-range"),
    [FIELD_COPY_IF_MATCH] = TEXT_INIT("x-amz-copy-source-if-match"),
    [FIELD_COPY_IF_NONE_MATCH] = TEXT_INIT("x-amz-copy-source-if-none-match"),
    [FIELD_COPY_IF_MODIFIED_SINCE] = TEXT_INIT("x-amz-copy-source-if-modified-since"),
    [FIELD_COPY_IF_UNMODIFIED_SINCE] = TEXT_INIT("x-amz-copy-source-if-unmodified-since"),
    [FIELD_METADATA_DIRECTIVE] = TEXT_INIT("x-amz-metadata-directive"),
    [FIELD_CHECKSUM_MODE] = TEXT_INIT("x-amz-checksum-mode"),
    [FIELD_CHECKSUM_ALGORITHM] = TEXT_INIT("x-amz-checksum-algorithm"),
    [FIELD_CHECKSUM_TYPE] = TEXT_INIT("x-amz-checksum-type"),
    [FIELD_TARGET] = TEXT_INIT("x-amz-target"),
};

/* Most headers differ from most names in their size or their last letter. */
static bool is_named(text name, text header)
{
    char last = header.data[header.size - 1];
    if (last >= 'A' && last <= 'Z')
        last = (char)(last - 'A' + 'a');
    return last == name.data[name.size - 1] && text_equals_ignoring_case(name, header);
}

static void take(struct fields *fields, const struct http_header *header)
{
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        if (names[i].size != header->name.size || !is_named(names[i], header->name))
            continue;
        if (!fields->values[i].data)
            fields->values[i] = header->value;
        return;
    }
}

void fields_scan(struct fields *fields, const struct http_request *request)
{
    memset(fields, 0, sizeof *fields);
    for (size_t i = 0; i < request->header_count; i++)
        take(fields, &request->headers[i]);
}
