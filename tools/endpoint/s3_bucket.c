#include "s3.h"

void s3_list_buckets(struct request *request)
{
    const struct index *buckets = &request->server->store.buckets;
    struct buffer out;
    s3_begin_xml(request, &out);
    buffer_add(
        &out, TEXT("<ListAllMyBucketsResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
                   "<Owner><ID>inia</ID><DisplayName>inia</DisplayName></Owner><Buckets>"));
    struct index_entry *entry = index_from(buckets, TEXT(""));
    for (; entry; entry = index_after(buckets, entry->key)) {
        const struct bucket *bucket = CONTAINER_OF(entry, struct bucket, entry);
        buffer_add(&out, TEXT("<Bucket>"));
        s3_element(&out, TEXT("Name"), bucket_name(bucket));
        s3_element_date(&out, TEXT("CreationDate"), bucket->created_ms);
        buffer_add(&out, TEXT("</Bucket>"));
    }
    buffer_add(&out, TEXT("</Buckets></ListAllMyBucketsResult>"));
    s3_end_xml(request, &out);
}

void s3_create_bucket(struct request *request)
{
    struct server *server = request->server;
    if (!bucket_name_is_good(request->bucket)) {
        request_refuse(request, &refusal_invalid_bucket, (text){0});
        return;
    }
    if (store_find_bucket(&server->store, request->bucket)) {
        request_refuse(request, &refusal_bucket_exists, (text){0});
        return;
    }
    if (!store_add_bucket(&server->store, request->bucket, server_now_ms(server))) {
        request_refuse(request, &refusal_no_memory, (text){0});
        return;
    }
    reply_begin(request, 200);
    reply_add_lines(request, TEXT("Location: /"));
    reply_add_lines(request, request->bucket);
    reply_add_lines(request, TEXT("\r\n"));
    reply_end(request);
}

void s3_head_bucket(struct request *request)
{
    if (!s3_bucket(request))
        return;
    reply_begin(request, 200);
    reply_add(request, TEXT("x-amz-bucket-region"), request->server->options.region);
    reply_end(request);
}

void s3_delete_bucket(struct request *request)
{
    struct bucket *bucket = s3_bucket(request);
    if (!bucket)
        return;
    if (bucket->objects.count) {
        request_refuse(request, &refusal_bucket_not_empty, (text){0});
        return;
    }
    store_remove_bucket(&request->server->store, bucket);
    reply_begin(request, 204);
    reply_end(request);
}

void s3_get_bucket_location(struct request *request)
{
    if (!s3_bucket(request))
        return;
    text region = request->server->options.region;
    struct buffer out;
    s3_begin_xml(request, &out);
    buffer_add(
        &out, TEXT("<LocationConstraint xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"));
    if (!text_equals(region, TEXT("us-east-1")))
        xml_write_text(&out, region);
    buffer_add(&out, TEXT("</LocationConstraint>"));
    s3_end_xml(request, &out);
}
