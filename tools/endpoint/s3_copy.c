#include "s3.h"

/* The object that x-amz-copy-source names, when its conditions hold; else NULL, refused. */
static struct object *find_source(struct request *request, text *bucket_out, text *key_out)
{
    text source = request_field(request, FIELD_COPY_SOURCE);
    source = text_split(source, '?', &(text){0});
    if (text_starts_with(source, TEXT("/")))
        source = text_after(source, 1);
    text key, name = text_split(source, '/', &key);
    *bucket_out = text_decode(name, request->arena);
    *key_out = text_decode(key, request->arena);
    if (!name.size || !key.size) {
        request_refuse(
            request, &refusal_invalid_argument,
            TEXT("Copy Source must mention the source bucket and key: sourcebucket/sourcekey"));
        return NULL;
    }
    struct bucket *bucket = store_find_bucket(&request->server->store, *bucket_out);
    struct object *object = bucket ? bucket_find(bucket, *key_out) : NULL;
    if (!object) {
        request_refuse(request, bucket ? &refusal_no_such_key : &refusal_no_such_bucket, (text){0});
        return NULL;
    }
    struct conditions conditions = s3_copy_conditions(request);
    if (s3_judge(&conditions, object) == 200)
        return object;
    request_refuse(request, &refusal_precondition_failed, (text){0});
    return NULL;
}

static struct object *share(
    struct request *request, const struct object *source, size_t offset, size_t size)
{
    struct object_room *room = &request->server->store.objects;
    struct object *object = object_new(room, server_now_ms(request->server));
    if (object && object_append(room, object, source, offset, size)) {
        s3_set_etag(request->server, object);
        return object;
    }
    object_drop(room, object);
    request_refuse(request, &refusal_no_memory, (text){0});
    return NULL;
}

static void answer(struct request *request, text element, text etag, int64_t modified_ms)
{
    struct buffer out;
    s3_begin_xml(request, &out);
    buffer_add_format(
        &out, "<%.*s xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">", TEXT_ARGS(element));
    s3_element_date(&out, TEXT("LastModified"), modified_ms);
    s3_element_etag(&out, etag);
    buffer_add_format(&out, "</%.*s>", TEXT_ARGS(element));
    s3_end_xml(request, &out);
}

static bool set_fields(
    struct request *request, struct object *object, const struct object *source, bool is_replaced)
{
    text fields = is_replaced ? s3_own_fields(request) : object_own_fields(source);
    if (!fields.data)
        return false;
    if (object_set_fields(&request->server->store.objects, object, fields))
        return true;
    request_refuse(request, &refusal_no_memory, (text){0});
    return false;
}

void s3_copy_object(struct request *request)
{
    struct object_room *room = &request->server->store.objects;
    struct bucket *bucket = s3_bucket(request);
    text source_bucket, source_key;
    struct object *source = bucket ? find_source(request, &source_bucket, &source_key) : NULL;
    if (!source)
        return;
    bool is_replaced = text_equals_ignoring_case(
        request_field(request, FIELD_METADATA_DIRECTIVE), TEXT("REPLACE"));
    if (!is_replaced && text_equals(source_bucket, request->bucket) &&
        text_equals(source_key, request->key)) {
        request_refuse(
            request, &refusal_invalid_request,
            TEXT("This copy request is illegal because it is trying to copy an object to itself "
                 "without changing the object's metadata."));
        return;
    }
    struct object *object = share(request, source, 0, source->size);
    if (!object)
        return;
    if (!source->checksum_is_composite) {
        object->checksum_algorithm = source->checksum_algorithm;
        object->checksum_size = source->checksum_size;
        memcpy(object->checksum, source->checksum, source->checksum_size);
    }
    if (!set_fields(request, object, source, is_replaced)) {
        object_drop(room, object);
        return;
    }
    if (s3_store(request, bucket, object))
        answer(request, TEXT("CopyObjectResult"), object_etag(object), object->modified_ms);
}

void s3_upload_part_copy(struct request *request)
{
    struct bucket *bucket = s3_bucket(request);
    text source_bucket, source_key;
    uint64_t number = 0;
    struct upload *upload = bucket ? s3_upload(request, bucket, &number) : NULL;
    struct object *source = upload ? find_source(request, &source_bucket, &source_key) : NULL;
    if (!source)
        return;
    size_t offset = 0, size = source->size;
    text range = request_field(request, FIELD_COPY_RANGE);
    if (range.data && s3_range(range, source->size, &offset, &size) != RANGE_GOOD) {
        request_refuse(request, &refusal_invalid_range, (text){0});
        return;
    }
    struct object *part = share(request, source, offset, size);
    if (!part)
        return;
    if (!s3_keep_part(request, upload, number, part))
        return;
    answer(request, TEXT("CopyPartResult"), object_etag(part), part->modified_ms);
}
