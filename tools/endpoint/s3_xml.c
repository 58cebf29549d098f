#include "echo.h"
#include "s3.h"

void s3_element(struct buffer *out, text name, text value)
{
    buffer_add_char(out, '<');
    buffer_add(out, name);
    buffer_add_char(out, '>');
    xml_write_text(out, value);
    buffer_add(out, TEXT("</"));
    buffer_add(out, name);
    buffer_add_char(out, '>');
}

void s3_element_u64(struct buffer *out, text name, uint64_t value)
{
    char digits[24];
    struct buffer number;
    buffer_init_fixed(&number, digits, sizeof digits);
    buffer_add_u64(&number, value);
    s3_element(out, name, buffer_text(&number));
}

void s3_element_date(struct buffer *out, text name, int64_t ms)
{
    char written[40];
    struct buffer date;
    buffer_init_fixed(&date, written, sizeof written);
    date_write_iso8601(&date, (struct date){ms / 1000, (uint32_t)(ms % 1000) * 1000000});
    s3_element(out, name, buffer_text(&date));
}

void s3_element_etag(struct buffer *out, text etag)
{
    buffer_add(out, TEXT("<ETag>&quot;"));
    buffer_add(out, etag);
    buffer_add(out, TEXT("&quot;</ETag>"));
}

void s3_begin_xml(struct request *request, struct buffer *out)
{
    reply_begin_text(request, out);
    buffer_add(out, TEXT("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"));
}

void s3_end_xml(struct request *request, struct buffer *out)
{
    reply_begin(request, 200);
    reply_end_text(request, TEXT("application/xml"), out);
}

void s3_write_refusal(struct request *request)
{
    const struct refusal *refusal = request->refusal;
    text detail = request->refusal_detail;
    bool is_wrapped = request->service == SERVICE_ECHO && echo_speaks_query(request);
    struct buffer out;
    s3_begin_xml(request, &out);
    buffer_add(&out, is_wrapped ? TEXT("<ErrorResponse><Error>") : TEXT("<Error>"));
    s3_element(&out, TEXT("Code"), refusal->code);
    s3_element(&out, TEXT("Message"), detail.data ? detail : refusal->message);
    if (request->bucket.size)
        s3_element(&out, TEXT("BucketName"), request->bucket);
    if (request->key.size)
        s3_element(&out, TEXT("Key"), request->key);
    s3_element(&out, TEXT("Resource"), request->path);
    if (request->verdict.string_to_sign.data) {
        s3_element(&out, TEXT("StringToSign"), request->verdict.string_to_sign);
        s3_element(&out, TEXT("CanonicalRequest"), request->verdict.canonical_request);
    }
    buffer_add_format(&out, "<RequestId>%016llx</RequestId>", (unsigned long long)request->number);
    buffer_add(&out, TEXT("<HostId>inia-endpoint</HostId></Error>"));
    if (is_wrapped)
        buffer_add(&out, TEXT("</ErrorResponse>"));
    reply_begin(request, refusal->status);
    reply_end_text(request, TEXT("application/xml"), &out);
}

struct bucket *s3_bucket(struct request *request)
{
    struct bucket *bucket = store_find_bucket(&request->server->store, request->bucket);
    if (!bucket)
        request_refuse(request, &refusal_no_such_bucket, (text){0});
    return bucket;
}

struct object *s3_object(struct request *request)
{
    struct bucket *bucket = s3_bucket(request);
    if (!bucket)
        return NULL;
    struct object *object = bucket_find(bucket, request->key);
    if (!object)
        request_refuse(request, &refusal_no_such_key, (text){0});
    return object;
}
