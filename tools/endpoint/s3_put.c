#include "s3.h"

#include <ctype.h>

/* What is kept of an object's header fields besides x-amz-meta-*. */
static const struct {
    text name, written;
} kept_fields[] = {
    {TEXT_INIT("content-type"), TEXT_INIT("Content-Type")},
    {TEXT_INIT("cache-control"), TEXT_INIT("Cache-Control")},
    {TEXT_INIT("content-disposition"), TEXT_INIT("Content-Disposition")},
    {TEXT_INIT("content-encoding"), TEXT_INIT("Content-Encoding")},
    {TEXT_INIT("content-language"), TEXT_INIT("Content-Language")},
    {TEXT_INIT("expires"), TEXT_INIT("Expires")},
    {TEXT_INIT("x-amz-website-redirect-location"), TEXT_INIT("x-amz-website-redirect-location")},
};

static void add_line(struct buffer *out, text name, text value)
{
    buffer_add(out, name);
    buffer_add(out, TEXT(": "));
    buffer_add(out, value);
    buffer_add(out, TEXT("\r\n"));
}

static void add_metadata(struct buffer *out, const struct http_header *header)
{
    for (size_t i = 0; i < header->name.size; i++)
        buffer_add_char(out, (char)tolower((unsigned char)header->name.data[i]));
    buffer_add(out, TEXT(": "));
    buffer_add(out, header->value);
    buffer_add(out, TEXT("\r\n"));
}

/* Of Content-Encoding, "aws-chunked" says how it came here, not what it is. */
static text without_aws_chunked(text encoding, struct arena *arena)
{
    struct buffer out;
    buffer_init(&out, arena);
    while (encoding.data) {
        text item = text_trim(text_split(encoding, ',', &encoding));
        if (!item.size || text_equals_ignoring_case(item, TEXT("aws-chunked")))
            continue;
        if (out.size)
            buffer_add(&out, TEXT(", "));
        buffer_add(&out, item);
    }
    return buffer_text(&out);
}

static void add_kept(struct request *request, struct buffer *out, const struct http_header *header)
{
    for (size_t i = 0; i < COUNT_OF(kept_fields); i++) {
        if (!text_equals_ignoring_case(header->name, kept_fields[i].name))
            continue;
        text value = header->value;
        if (text_find_text(value, TEXT("aws-chunked")) != SIZE_MAX)
            value = without_aws_chunked(value, request->arena);
        if (value.size)
            add_line(out, kept_fields[i].written, value);
    }
}

text s3_own_fields(struct request *request)
{
    struct buffer out;
    size_t metadata = 0;
    buffer_init(&out, request->arena);
    if (!request_field(request, FIELD_CONTENT_TYPE).size)
        buffer_add(&out, TEXT("Content-Type: binary/octet-stream\r\n"));
    for (size_t i = 0; i < request->http.header_count; i++) {
        const struct http_header *header = &request->http.headers[i];
        if (text_starts_with_ignoring_case(header->name, TEXT("x-amz-meta-"))) {
            metadata += header->name.size - TEXT("x-amz-meta-").size + header->value.size;
            add_metadata(&out, header);
        } else {
            add_kept(request, &out, header);
        }
    }
    if (metadata > S3_METADATA_MOST || out.size > OBJECT_FIELDS_MOST - 256) {
        request_refuse(request, &refusal_metadata_too_large, (text){0});
        return (text){0};
    }
    if (!buffer_ok(&out)) {
        request_refuse(request, &refusal_no_memory, (text){0});
        return (text){0};
    }
    return buffer_text(&out);
}

static void digest_object(const struct object *object, struct checksum *checksum)
{
    for (size_t i = 0; i < object->segment_count; i++) {
        const struct segment *segment = &object->segments[i];
        checksum_add(checksum, (text){segment->blob->data + segment->offset, segment->size});
    }
}

static size_t object_digest(
    const struct object *object, enum checksum_algorithm algorithm, unsigned char *out)
{
    struct checksum checksum;
    checksum_init(&checksum, algorithm);
    digest_object(object, &checksum);
    return checksum_finish(&checksum, out);
}

void s3_set_etag(const struct server *server, struct object *object)
{
    unsigned char digest[CHECKSUM_MOST];
    if (server->options.fast_etags) {
        uint64_t size = object->size;
        object_digest(object, CHECKSUM_CRC64NVME, digest);
        memcpy(digest + 8, &size, sizeof size);
    } else {
        object_digest(object, CHECKSUM_MD5, digest);
    }
    hex_encode(object->etag, digest, MD5_SIZE);
    object->etag_size = 2 * MD5_SIZE;
}

static bool check_md5(struct request *request, const struct object *object)
{
    text written = request_field(request, FIELD_CONTENT_MD5);
    unsigned char wanted[64], digest[CHECKSUM_MOST];
    if (!written.data)
        return true;
    if (written.size > 32 || base64_decode(wanted, written) != MD5_SIZE) {
        request_refuse(request, &refusal_invalid_digest, (text){0});
        return false;
    }
    object_digest(object, CHECKSUM_MD5, digest);
    if (memcmp(digest, wanted, MD5_SIZE) == 0)
        return true;
    request_refuse(
        request, &refusal_bad_digest,
        TEXT("The Content-MD5 you specified did not match what we received."));
    return false;
}

static text trailer_value(const struct request *request, text name)
{
    text value = {0};
    if (request->body.is_aws_chunked)
        value = sigv4_chunks_trailer(&request->body.aws, name);
    return value;
}

/* What the client says its checksum is: from a header, or from the trailer that a header announces.
 */
static enum checksum_algorithm find_checksum(const struct request *request, text *value)
{
    text trailer = request_field(request, FIELD_TRAILER);
    if (trailer.data) {
        *value = trailer_value(request, text_trim(trailer));
        return checksum_from_header(text_trim(trailer));
    }
    for (size_t i = 0; i < request->http.header_count; i++) {
        const struct http_header *header = &request->http.headers[i];
        if (!text_starts_with_ignoring_case(header->name, TEXT("x-amz-checksum-")))
            continue;
        enum checksum_algorithm algorithm = checksum_from_header(header->name);
        *value = header->value;
        if (algorithm != CHECKSUM_NONE)
            return algorithm;
    }
    return CHECKSUM_NONE;
}

static bool check_checksum(struct request *request, struct object *object)
{
    text value = {0};
    enum checksum_algorithm algorithm = find_checksum(request, &value);
    if (algorithm == CHECKSUM_NONE)
        return true;
    unsigned char digest[CHECKSUM_MOST];
    size_t size = object_digest(object, algorithm, digest);
    object->checksum_algorithm = algorithm;
    object->checksum_size = base64_encoded_size(size);
    base64_encode(object->checksum, (text){(const char *)digest, size});
    if (text_equals(object_checksum(object), value))
        return true;
    request_refuse(request, &refusal_bad_digest, (text){0});
    return false;
}

struct object *s3_take_object(struct request *request)
{
    struct server *server = request->server;
    struct object *object = object_new(&server->store.objects, server_now_ms(server));
    if (!object) {
        request_refuse(request, &refusal_no_memory, (text){0});
        return NULL;
    }
    object_set_blob(object, request->body.blob);
    request->body.blob = NULL;
    s3_set_etag(server, object);
    if (check_md5(request, object) && check_checksum(request, object))
        return object;
    object_drop(&server->store.objects, object);
    return NULL;
}

bool s3_store(struct request *request, struct bucket *bucket, struct object *object)
{
    struct store *store = &request->server->store;
    if (bucket_put(store, bucket, request->key, object))
        return true;
    object_drop(&store->objects, object);
    request_refuse(request, &refusal_no_memory, (text){0});
    return false;
}

void s3_put_object(struct request *request)
{
    struct store *store = &request->server->store;
    struct bucket *bucket = s3_bucket(request);
    if (!bucket)
        return;
    struct conditions conditions = s3_conditions(request);
    struct object *before = bucket_find(bucket, request->key);
    if (conditions.if_match.data && !before) {
        request_refuse(request, &refusal_no_such_key, (text){0});
        return;
    }
    if (s3_judge(&conditions, before) != 200) {
        request_refuse(request, &refusal_precondition_failed, (text){0});
        return;
    }
    text fields = s3_own_fields(request);
    struct object *object = fields.data ? s3_take_object(request) : NULL;
    if (!object)
        return;
    if (!object_set_fields(&store->objects, object, fields)) {
        object_drop(&store->objects, object);
        request_refuse(request, &refusal_no_memory, (text){0});
        return;
    }
    if (!s3_store(request, bucket, object))
        return;
    reply_begin(request, 200);
    reply_add_lines(request, TEXT("ETag: \""));
    reply_add_lines(request, object_etag(object));
    reply_add_lines(request, TEXT("\"\r\n"));
    s3_add_checksum(request, object);
    reply_end(request);
}
