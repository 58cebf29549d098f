#include "s3.h"

#include <stdio.h>

/* What comes of the parts while they are put together. */
struct assembly {
    struct request *request;
    const struct upload *upload;
    struct object *object;
    struct md5 etags; /* over the parts' own, as bytes */
    struct checksum composite;
    uint64_t crc;       /* of all, when the checksum is of the full object */
    bool has_checksums; /* every part so far had the upload's */
    size_t count;
};

static bool refuse(struct assembly *assembly, const struct refusal *refusal)
{
    request_refuse(assembly->request, refusal, (text){0});
    return false;
}

static void add_checksum(struct assembly *assembly, const struct object *part)
{
    enum checksum_algorithm algorithm = assembly->upload->checksum_algorithm;
    unsigned char bytes[2 * CHECKSUM_MOST];
    if (algorithm == CHECKSUM_NONE || part->checksum_algorithm != algorithm) {
        assembly->has_checksums = false;
        return;
    }
    size_t size = base64_decode(bytes, object_checksum(part));
    if (!assembly->upload->checksum_is_full) {
        checksum_add(&assembly->composite, (text){(const char *)bytes, size});
        return;
    }
    uint64_t crc = 0;
    for (size_t i = 0; i < size && size <= sizeof crc; i++)
        crc = crc << 8 | bytes[i];
    assembly->crc = assembly->count ? crc_combine(algorithm, assembly->crc, crc, part->size) : crc;
}

static bool check_order(struct assembly *assembly, const struct xml_node *root)
{
    uint64_t number, last = 0;
    const struct xml_node *node = xml_child(root, TEXT("Part"));
    for (; node; node = xml_next_named(node, TEXT("Part"))) {
        const struct xml_node *written = xml_child(node, TEXT("PartNumber"));
        if (!written || !text_to_u64(text_trim(written->value), &number))
            return refuse(assembly, &refusal_malformed_xml);
        if (number <= last)
            return refuse(assembly, &refusal_part_order);
        last = number;
    }
    return last || refuse(assembly, &refusal_malformed_xml);
}

static bool add_part(struct assembly *assembly, const struct xml_node *node)
{
    const struct xml_node *number_node = xml_child(node, TEXT("PartNumber"));
    const struct xml_node *etag_node = xml_child(node, TEXT("ETag"));
    uint64_t number = 0;
    if (!etag_node || !text_to_u64(text_trim(number_node->value), &number))
        return refuse(assembly, &refusal_malformed_xml);
    const struct object *part = upload_part(assembly->upload, number);
    if (!part || !text_equals(s3_unquoted(text_trim(etag_node->value)), object_etag(part)))
        return refuse(assembly, &refusal_bad_upload_part);
    if (part->size < S3_PART_LEAST && xml_next_named(node, TEXT("Part")))
        return refuse(assembly, &refusal_entity_too_small);
    unsigned char etag[MD5_SIZE];
    check(part->etag_size == 2 * MD5_SIZE && hex_decode(etag, object_etag(part)));
    md5_add(&assembly->etags, (text){(const char *)etag, sizeof etag});
    add_checksum(assembly, part);
    assembly->count++;
    struct object_room *room = &assembly->request->server->store.objects;
    if (!object_append(room, assembly->object, part, 0, part->size))
        return refuse(assembly, &refusal_no_memory);
    return true;
}

static void set_checksum(struct assembly *assembly)
{
    struct object *object = assembly->object;
    enum checksum_algorithm algorithm = assembly->upload->checksum_algorithm;
    unsigned char bytes[CHECKSUM_MOST];
    size_t size = checksum_size(algorithm);
    if (!assembly->has_checksums || algorithm == CHECKSUM_NONE)
        return;
    if (assembly->upload->checksum_is_full) {
        if (algorithm > CHECKSUM_CRC64NVME)
            return;
        for (size_t i = size; i-- > 0; assembly->crc >>= 8)
            bytes[i] = (unsigned char)assembly->crc;
    } else {
        checksum_finish(&assembly->composite, bytes);
    }
    object->checksum_algorithm = algorithm;
    object->checksum_size = base64_encoded_size(size);
    base64_encode(object->checksum, (text){(const char *)bytes, size});
    if (assembly->upload->checksum_is_full)
        return;
    object->checksum_is_composite = true;
    char *end = object->checksum + object->checksum_size;
    object->checksum_size += (size_t)snprintf(
        end, sizeof object->checksum - object->checksum_size, "-%zu", assembly->count);
}

static void set_etag(struct assembly *assembly)
{
    struct object *object = assembly->object;
    unsigned char digest[MD5_SIZE];
    md5_finish(&assembly->etags, digest);
    hex_encode(object->etag, digest, sizeof digest);
    object->etag_size = 2 * MD5_SIZE;
    object->etag_size += (size_t)snprintf(
        object->etag + object->etag_size, ETAG_MOST - object->etag_size, "-%zu", assembly->count);
}

static bool assemble(struct assembly *assembly, const struct xml_node *root)
{
    enum checksum_algorithm algorithm = assembly->upload->checksum_algorithm;
    md5_init(&assembly->etags);
    if (algorithm != CHECKSUM_NONE)
        checksum_init(&assembly->composite, algorithm);
    assembly->has_checksums = true;
    if (!check_order(assembly, root))
        return false;
    const struct xml_node *node = xml_child(root, TEXT("Part"));
    for (; node; node = xml_next_named(node, TEXT("Part")))
        if (!add_part(assembly, node))
            return false;
    set_etag(assembly);
    set_checksum(assembly);
    text fields = {assembly->upload->own_fields, assembly->upload->own_fields_size};
    struct object_room *room = &assembly->request->server->store.objects;
    if (!object_set_fields(room, assembly->object, fields))
        return refuse(assembly, &refusal_no_memory);
    return true;
}

static void answer(struct request *request, const struct object *object)
{
    struct buffer out;
    s3_begin_xml(request, &out);
    buffer_add(
        &out, TEXT("<CompleteMultipartUploadResult "
                   "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"));
    buffer_add(&out, TEXT("<Location>http://"));
    xml_write_text(&out, request_field(request, FIELD_HOST));
    xml_write_text(&out, request->path);
    buffer_add(&out, TEXT("</Location>"));
    s3_element(&out, TEXT("Bucket"), request->bucket);
    s3_element(&out, TEXT("Key"), request->key);
    s3_element_etag(&out, object_etag(object));
    if (object->checksum_algorithm != CHECKSUM_NONE) {
        char name[32];
        struct buffer element;
        buffer_init_fixed(&element, name, sizeof name);
        buffer_add(&element, TEXT("Checksum"));
        buffer_add(&element, checksum_name(object->checksum_algorithm));
        s3_element(&out, buffer_text(&element), object_checksum(object));
        s3_element(
            &out, TEXT("ChecksumType"),
            object->checksum_is_composite ? TEXT("COMPOSITE") : TEXT("FULL_OBJECT"));
    }
    buffer_add(&out, TEXT("</CompleteMultipartUploadResult>"));
    s3_end_xml(request, &out);
}

void s3_complete_upload(struct request *request)
{
    struct store *store = &request->server->store;
    struct bucket *bucket = s3_bucket(request);
    if (!bucket)
        return;
    text id = query_value(&request->query, TEXT("uploadId"));
    struct upload *upload = upload_find(bucket, request->key, id);
    if (!upload) {
        request_refuse(request, &refusal_no_such_upload, (text){0});
        return;
    }
    struct conditions conditions = s3_conditions(request);
    if (s3_judge(&conditions, bucket_find(bucket, request->key)) != 200) {
        request_refuse(request, &refusal_precondition_failed, (text){0});
        return;
    }
    struct xml_problem problem;
    const struct xml_node *root =
        xml_parse(request->server->xml, request->body.text, request->arena, &problem);
    struct assembly assembly = {.request = request, .upload = upload};
    assembly.object = object_new(&store->objects, server_now_ms(request->server));
    if (!root || !text_equals(root->name, TEXT("CompleteMultipartUpload")))
        refuse(&assembly, &refusal_malformed_xml);
    else if (!assembly.object)
        refuse(&assembly, &refusal_no_memory);
    else if (assemble(&assembly, root)) {
        if (!s3_store(request, bucket, assembly.object))
            return;
        upload_free(store, bucket, upload);
        answer(request, assembly.object);
        return;
    }
    object_drop(&store->objects, assembly.object);
}
