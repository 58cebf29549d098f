/* fields: the header fields the endpoint looks at, found in one pass over a request's head. */
#ifndef ENDPOINT_FIELDS_H
#define ENDPOINT_FIELDS_H

#include "http/http.h"

enum field {
    FIELD_HOST,
    FIELD_AUTHORIZATION,
    FIELD_AMZ_DATE,
    FIELD_CONTENT_SHA256,
    FIELD_SECURITY_TOKEN,
    FIELD_RANGE,
    FIELD_IF_MATCH,
    FIELD_IF_NONE_MATCH,
    FIELD_IF_MODIFIED_SINCE,
    FIELD_IF_UNMODIFIED_SINCE,
    FIELD_CONTENT_TYPE,
    FIELD_CONTENT_MD5,
    FIELD_CONTENT_ENCODING,
    FIELD_DECODED_LENGTH,
    FIELD_TRAILER,
    FIELD_COPY_SOURCE,
    FIELD_COPY_RANGE,
    FIELD_COPY_IF_MATCH,
    FIELD_COPY_IF_NONE_MATCH,
    FIELD_COPY_IF_MODIFIED_SINCE,
    FIELD_COPY_IF_UNMODIFIED_SINCE,
    FIELD_METADATA_DIRECTIVE,
    FIELD_CHECKSUM_MODE,
    FIELD_CHECKSUM_ALGORITHM,
    FIELD_CHECKSUM_TYPE,
    FIELD_TARGET,
    FIELD_COUNT,
};

struct fields {
    text values[FIELD_COUNT]; /* absent: data NULL. Of several, the first */
};

void fields_scan(struct fields *fields, const struct http_request *request);

#endif
