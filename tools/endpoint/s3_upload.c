#include "s3.h"

static struct upload *find_upload(struct request *request, struct bucket *bucket)
{
    struct upload *upload =
        upload_find(bucket, request->key, query_value(&request->query, TEXT("uploadId")));
    if (!upload)
        request_refuse(request, &refusal_no_such_upload, (text){0});
    return upload;
}

struct upload *s3_upload(struct request *request, struct bucket *bucket, uint64_t *number)
{
    text part = query_value(&request->query, TEXT("partNumber"));
    if (!text_to_u64(part, number) || *number < 1 || *number > PART_NUMBER_MOST) {
        request_refuse(
            request, &refusal_invalid_argument,
            TEXT("Part number must be an integer between 1 and 10000, inclusive"));
        return NULL;
    }
    return find_upload(request, bucket);
}

void s3_create_upload(struct request *request)
{
    struct server *server = request->server;
    struct bucket *bucket = s3_bucket(request);
    text fields = bucket ? s3_own_fields(request) : (text){0};
    if (!fields.data)
        return;
    struct upload *upload =
        upload_new(&server->store, bucket, request->key, fields, server_now_ms(server));
    if (!upload) {
        request_refuse(request, &refusal_no_memory, (text){0});
        return;
    }
    text algorithm = request_field(request, FIELD_CHECKSUM_ALGORITHM);
    text type = request_field(request, FIELD_CHECKSUM_TYPE);
    upload->checksum_algorithm = checksum_from_name(algorithm);
    upload->checksum_is_full = text_equals_ignoring_case(type, TEXT("FULL_OBJECT")) ||
                               upload->checksum_algorithm == CHECKSUM_CRC64NVME;
    struct buffer out;
    s3_begin_xml(request, &out);
    buffer_add(
        &out, TEXT("<InitiateMultipartUploadResult "
                   "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"));
    s3_element(&out, TEXT("Bucket"), request->bucket);
    s3_element(&out, TEXT("Key"), request->key);
    s3_element(&out, TEXT("UploadId"), upload_id(upload));
    buffer_add(&out, TEXT("</InitiateMultipartUploadResult>"));
    reply_begin(request, 200);
    if (upload->checksum_algorithm != CHECKSUM_NONE) {
        reply_add(
            request, TEXT("x-amz-checksum-algorithm"), checksum_name(upload->checksum_algorithm));
        reply_add(
            request, TEXT("x-amz-checksum-type"),
            upload->checksum_is_full ? TEXT("FULL_OBJECT") : TEXT("COMPOSITE"));
    }
    reply_end_text(request, TEXT("application/xml"), &out);
}

bool s3_keep_part(
    struct request *request, struct upload *upload, uint64_t number, struct object *part)
{
    struct store *store = &request->server->store;
    if (upload_put_part(store, upload, (size_t)number, part))
        return true;
    object_drop(&store->objects, part);
    request_refuse(request, &refusal_no_memory, (text){0});
    return false;
}

void s3_upload_part(struct request *request)
{
    struct bucket *bucket = s3_bucket(request);
    uint64_t number;
    struct upload *upload = bucket ? s3_upload(request, bucket, &number) : NULL;
    struct object *part = upload ? s3_take_object(request) : NULL;
    if (!part)
        return;
    if (!s3_keep_part(request, upload, number, part))
        return;
    reply_begin(request, 200);
    reply_add_lines(request, TEXT("ETag: \""));
    reply_add_lines(request, object_etag(part));
    reply_add_lines(request, TEXT("\"\r\n"));
    if (part->checksum_algorithm != CHECKSUM_NONE)
        reply_add(request, checksum_header(part->checksum_algorithm), object_checksum(part));
    reply_end(request);
}

void s3_abort_upload(struct request *request)
{
    struct bucket *bucket = s3_bucket(request);
    struct upload *upload = bucket ? find_upload(request, bucket) : NULL;
    if (!upload)
        return;
    upload_free(&request->server->store, bucket, upload);
    reply_begin(request, 204);
    reply_end(request);
}

static size_t number_parameter(const struct request *request, text name, size_t fallback)
{
    uint64_t number;
    if (!text_to_u64(query_value(&request->query, name), &number))
        return fallback;
    return number < fallback || !fallback ? (size_t)number : fallback;
}

static void add_part(struct buffer *out, size_t number, const struct object *part)
{
    buffer_add(out, TEXT("<Part>"));
    s3_element_u64(out, TEXT("PartNumber"), number);
    s3_element_date(out, TEXT("LastModified"), part->modified_ms);
    s3_element_etag(out, object_etag(part));
    s3_element_u64(out, TEXT("Size"), part->size);
    buffer_add(out, TEXT("</Part>"));
}

void s3_list_parts(struct request *request)
{
    struct bucket *bucket = s3_bucket(request);
    struct upload *upload = bucket ? find_upload(request, bucket) : NULL;
    if (!upload)
        return;
    size_t most = number_parameter(request, TEXT("max-parts"), 1000);
    size_t after = number_parameter(request, TEXT("part-number-marker"), 0);
    size_t count = 0, last = after;
    bool is_truncated = false;
    struct buffer out;
    s3_begin_xml(request, &out);
    buffer_add(&out, TEXT("<ListPartsResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"));
    s3_element(&out, TEXT("Bucket"), request->bucket);
    s3_element(&out, TEXT("Key"), request->key);
    s3_element(&out, TEXT("UploadId"), upload_id(upload));
    for (size_t i = after; i < upload->part_capacity; i++) {
        if (!upload->parts[i])
            continue;
        if (count == most) {
            is_truncated = true;
            break;
        }
        add_part(&out, i + 1, upload->parts[i]);
        last = i + 1;
        count++;
    }
    s3_element_u64(&out, TEXT("PartNumberMarker"), after);
    s3_element_u64(&out, TEXT("NextPartNumberMarker"), last);
    s3_element_u64(&out, TEXT("MaxParts"), most);
    s3_element(&out, TEXT("IsTruncated"), is_truncated ? TEXT("true") : TEXT("false"));
    buffer_add(&out, TEXT("<StorageClass>STANDARD</StorageClass></ListPartsResult>"));
    s3_end_xml(request, &out);
}

/* Where the list goes on: behind key-marker and upload-id-marker. */
static struct index_entry *first_upload(const struct request *request, const struct bucket *bucket)
{
    text key = query_value(&request->query, TEXT("key-marker"));
    text id = query_value(&request->query, TEXT("upload-id-marker"));
    char name[KEY_MOST + 1 + UPLOAD_ID_SIZE];
    if (!key.size || key.size > KEY_MOST || id.size > UPLOAD_ID_SIZE)
        return index_from(&bucket->uploads, TEXT(""));
    memcpy(name, key.data, key.size);
    name[key.size] = id.size ? '\0' : '\1';
    if (id.size)
        memcpy(name + key.size + 1, id.data, id.size);
    return index_after(&bucket->uploads, (text){name, key.size + 1 + id.size});
}

void s3_list_uploads(struct request *request)
{
    struct bucket *bucket = s3_bucket(request);
    if (!bucket)
        return;
    text prefix = query_value(&request->query, TEXT("prefix"));
    size_t most = number_parameter(request, TEXT("max-uploads"), 1000), count = 0;
    const struct upload *last = NULL;
    struct buffer out;
    s3_begin_xml(request, &out);
    buffer_add(
        &out,
        TEXT("<ListMultipartUploadsResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"));
    s3_element(&out, TEXT("Bucket"), request->bucket);
    struct index_entry *entry = first_upload(request, bucket);
    for (; entry && count < most; entry = index_after(&bucket->uploads, entry->key)) {
        const struct upload *upload = CONTAINER_OF(entry, struct upload, entry);
        if (!text_starts_with(upload_key(upload), prefix))
            continue;
        buffer_add(&out, TEXT("<Upload>"));
        s3_element(&out, TEXT("Key"), upload_key(upload));
        s3_element(&out, TEXT("UploadId"), upload_id(upload));
        s3_element_date(&out, TEXT("Initiated"), upload->started_ms);
        buffer_add(&out, TEXT("<StorageClass>STANDARD</StorageClass></Upload>"));
        last = upload;
        count++;
    }
    if (entry && last) {
        s3_element(&out, TEXT("NextKeyMarker"), upload_key(last));
        s3_element(&out, TEXT("NextUploadIdMarker"), upload_id(last));
    }
    s3_element_u64(&out, TEXT("MaxUploads"), most);
    s3_element(&out, TEXT("IsTruncated"), entry && last ? TEXT("true") : TEXT("false"));
    buffer_add(&out, TEXT("</ListMultipartUploadsResult>"));
    s3_end_xml(request, &out);
}
