#include "s3.h"

enum level { LEVEL_SERVICE, LEVEL_BUCKET, LEVEL_OBJECT };

struct route {
    enum level level;
    text method;
    text parameter;    /* must be in the query; absent: need not */
    enum field header; /* must be there; FIELD_COUNT: need not */
    struct operation operation;
};

#define OPERATION(name, body, answer)                                                              \
    {                                                                                              \
        TEXT_INIT(name), body, answer                                                              \
    }
#define ROUTE(level, method, name, body, answer)                                                   \
    {                                                                                              \
        level, TEXT_INIT(method), {NULL, 0}, FIELD_COUNT, OPERATION(name, body, answer)            \
    }
#define ROUTE_WITH(level, method, parameter, name, body, answer)                                   \
    {                                                                                              \
        level, TEXT_INIT(method), TEXT_INIT(parameter), FIELD_COUNT, OPERATION(name, body, answer) \
    }

/* The first that fits. */
static const struct route routes[] = {
    ROUTE_WITH(LEVEL_OBJECT, "GET", "uploadId", "ListParts", BODY_NONE, s3_list_parts),
    ROUTE(LEVEL_OBJECT, "GET", "GetObject", BODY_NONE, s3_get_object),
    {LEVEL_OBJECT, TEXT_INIT("PUT"), TEXT_INIT("uploadId"), FIELD_COPY_SOURCE,
     OPERATION("UploadPartCopy", BODY_NONE, s3_upload_part_copy)},
    ROUTE_WITH(LEVEL_OBJECT, "PUT", "uploadId", "UploadPart", BODY_OBJECT, s3_upload_part),
    {LEVEL_OBJECT,
     TEXT_INIT("PUT"),
     {NULL, 0},
     FIELD_COPY_SOURCE,
     OPERATION("CopyObject", BODY_NONE, s3_copy_object)},
    ROUTE(LEVEL_OBJECT, "PUT", "PutObject", BODY_OBJECT, s3_put_object),
    ROUTE(LEVEL_OBJECT, "HEAD", "HeadObject", BODY_NONE, s3_get_object),
    ROUTE_WITH(
        LEVEL_OBJECT, "DELETE", "uploadId", "AbortMultipartUpload", BODY_NONE, s3_abort_upload),
    ROUTE(LEVEL_OBJECT, "DELETE", "DeleteObject", BODY_NONE, s3_delete_object),
    ROUTE_WITH(
        LEVEL_OBJECT, "POST", "uploads", "CreateMultipartUpload", BODY_NONE, s3_create_upload),
    ROUTE_WITH(
        LEVEL_OBJECT, "POST", "uploadId", "CompleteMultipartUpload", BODY_TEXT, s3_complete_upload),
    ROUTE_WITH(LEVEL_BUCKET, "GET", "session", "CreateSession", BODY_NONE, s3_create_session),
    ROUTE_WITH(
        LEVEL_BUCKET, "GET", "location", "GetBucketLocation", BODY_NONE, s3_get_bucket_location),
    ROUTE_WITH(LEVEL_BUCKET, "GET", "uploads", "ListMultipartUploads", BODY_NONE, s3_list_uploads),
    ROUTE_WITH(LEVEL_BUCKET, "GET", "list-type", "ListObjectsV2", BODY_NONE, s3_list_objects_v2),
    ROUTE(LEVEL_BUCKET, "GET", "ListObjects", BODY_NONE, s3_list_objects),
    ROUTE(LEVEL_BUCKET, "PUT", "CreateBucket", BODY_TEXT, s3_create_bucket),
    ROUTE(LEVEL_BUCKET, "HEAD", "HeadBucket", BODY_NONE, s3_head_bucket),
    ROUTE(LEVEL_BUCKET, "DELETE", "DeleteBucket", BODY_NONE, s3_delete_bucket),
    ROUTE_WITH(LEVEL_BUCKET, "POST", "delete", "DeleteObjects", BODY_TEXT, s3_delete_objects),
    ROUTE(LEVEL_SERVICE, "GET", "ListBuckets", BODY_NONE, s3_list_buckets),
};

/* What a query may name that is not built. */
static const text not_implemented[] = {
    TEXT_INIT("accelerate"),
    TEXT_INIT("acl"),
    TEXT_INIT("analytics"),
    TEXT_INIT("attributes"),
    TEXT_INIT("cors"),
    TEXT_INIT("encryption"),
    TEXT_INIT("intelligent-tiering"),
    TEXT_INIT("inventory"),
    TEXT_INIT("legal-hold"),
    TEXT_INIT("lifecycle"),
    TEXT_INIT("logging"),
    TEXT_INIT("metrics"),
    TEXT_INIT("notification"),
    TEXT_INIT("object-lock"),
    TEXT_INIT("ownershipControls"),
    TEXT_INIT("policy"),
    TEXT_INIT("policyStatus"),
    TEXT_INIT("publicAccessBlock"),
    TEXT_INIT("replication"),
    TEXT_INIT("requestPayment"),
    TEXT_INIT("restore"),
    TEXT_INIT("retention"),
    TEXT_INIT("select"),
    TEXT_INIT("tagging"),
    TEXT_INIT("torrent"),
    TEXT_INIT("versioning"),
    TEXT_INIT("versions"),
    TEXT_INIT("website"),
};

static bool is_implemented(const struct request *request)
{
    for (size_t i = 0; i < request->query.count; i++)
        for (size_t j = 0; j < COUNT_OF(not_implemented); j++)
            if (text_equals(request->query.parameters[i].name, not_implemented[j]))
                return false;
    return true;
}

/* bucket.localhost, bucket.s3.localhost and bucket.s3.us-east-1.amazonaws.com name a bucket. */
static text bucket_of_host(text host)
{
    text name = text_split(host, ':', &(text){0});
    text bucket = text_split(name, '.', &(text){0});
    if (text_ends_with(name, TEXT(".amazonaws.com"))) {
        size_t end = text_find_text(name, TEXT(".s3"));
        return end == SIZE_MAX ? (text){0} : (text){name.data, end};
    }
    if (!text_ends_with(name, TEXT(".localhost")) || text_equals(bucket, TEXT("s3")))
        return (text){0};
    name.size -= TEXT(".localhost").size;
    if (text_ends_with(name, TEXT(".s3")))
        name.size -= TEXT(".s3").size;
    return name;
}

static bool find_names(struct request *request)
{
    text rest = text_after(request->path, 1);
    request->bucket = bucket_of_host(request_field(request, FIELD_HOST));
    if (!request->bucket.data)
        request->bucket = text_split(rest, '/', &rest);
    request->key = text_decode(rest, request->arena);
    request->bucket = text_decode(request->bucket, request->arena);
    return request->key.data && request->bucket.data;
}

static const struct operation *find_operation(const struct request *request, enum level level)
{
    for (size_t i = 0; i < COUNT_OF(routes); i++) {
        const struct route *route = &routes[i];
        if (route->level != level || !text_equals(route->method, request->http.method))
            continue;
        if (route->parameter.data && !query_has(&request->query, route->parameter))
            continue;
        if (route->header == FIELD_COUNT || request_field(request, route->header).data)
            return &route->operation;
    }
    return NULL;
}

void s3_route(struct request *request)
{
    request->service = SERVICE_S3;
    if (!find_names(request)) {
        request_refuse(request, &refusal_no_memory, (text){0});
        return;
    }
    enum level level = request->key.size      ? LEVEL_OBJECT
                       : request->bucket.size ? LEVEL_BUCKET
                                              : LEVEL_SERVICE;
    const struct operation *operation = find_operation(request, level);
    if (operation)
        request->operation = operation;
    if (!is_implemented(request))
        request_refuse(request, &refusal_not_implemented, (text){0});
    else if (!operation)
        request_refuse(request, &refusal_method_not_allowed, (text){0});
    else if (request->key.size > KEY_MOST)
        request_refuse(request, &refusal_key_too_long, (text){0});
}
