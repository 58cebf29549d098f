#include "sigv2.h"

#include "canonical.h"
#include "formats/formats.h"

enum { BASE64_SHA256 = 44, BASE64_SHA1 = 28 };

/* ---- Version 2 ------------------------------------------------------------------------------- */

static bool is_own(text name)
{
    static const text names[] = {
        TEXT_INIT("AWSAccessKeyId"),  TEXT_INIT("SecurityToken"),    TEXT_INIT("Timestamp"),
        TEXT_INIT("SignatureMethod"), TEXT_INIT("SignatureVersion"), TEXT_INIT("Signature"),
    };
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (text_equals(names[i], name))
            return true;
    return false;
}

static void add_part(struct buffer *out, text part)
{
    if (out->size)
        buffer_add_char(out, '&');
    buffer_add(out, part);
}

static void add_parameter(struct buffer *out, text name, text value)
{
    add_part(out, name);
    buffer_add_char(out, '=');
    if (value.size)
        buffer_add_percent(out, value, PERCENT_UNRESERVED);
}

static void add_base_parameters(
    struct buffer *out, text old, const struct signing_credentials *credentials, int64_t now_s)
{
    for (text rest = old; rest.data;) {
        text value, part = text_split(rest, '&', &rest);
        if (part.size && !is_own(text_split(part, '=', &value)))
            add_part(out, part);
    }
    char timestamp[32];
    struct buffer written;
    buffer_init_fixed(&written, timestamp, sizeof timestamp);
    date_write_iso8601(&written, (struct date){now_s, 0});
    add_parameter(out, TEXT("AWSAccessKeyId"), credentials->access_key_id);
    if (credentials->session_token.size)
        add_parameter(out, TEXT("SecurityToken"), credentials->session_token);
    add_parameter(out, TEXT("Timestamp"), buffer_text(&written));
    add_parameter(out, TEXT("SignatureMethod"), TEXT("HmacSHA256"));
    add_parameter(out, TEXT("SignatureVersion"), TEXT("2"));
}

inia_status sigv2_sign(
    const struct sigv2_request *request, text *parameters, struct arena *arena, int64_t now_s)
{
    struct buffer out, to_sign;
    buffer_init(&out, arena);
    buffer_init(&to_sign, arena);
    add_base_parameters(&out, *parameters, request->credentials, now_s);
    buffer_add(&to_sign, request->method);
    buffer_add_char(&to_sign, '\n');
    if (request->host.size)
        buffer_add(&to_sign, request->host);
    buffer_add_char(&to_sign, '\n');
    buffer_add(&to_sign, request->path.size ? request->path : TEXT("/"));
    buffer_add_char(&to_sign, '\n');
    if (!buffer_ok(&out) || !buffer_ok(&to_sign) ||
        !canonical_query(&to_sign, buffer_text(&out), arena))
        return INIA_NO_MEMORY;

    struct hmac_sha256_key key;
    unsigned char mac[SHA256_SIZE];
    char signature[BASE64_SHA256];
    hmac_sha256_key_init(&key, secret_text(request->credentials->secret_key));
    hmac_sha256(mac, &key, buffer_text(&to_sign));
    memory_wipe(&key, sizeof key);
    base64_encode(signature, text_from(mac, sizeof mac));
    add_parameter(&out, TEXT("Signature"), text_from(signature, sizeof signature));
    *parameters = buffer_text(&out);
    return buffer_ok(&out) ? INIA_OK : INIA_NO_MEMORY;
}

/* ---- S3 -------------------------------------------------------------------------------------- */

static bool is_sub_resource(text name)
{
    static const char *const names[] = {
        "accelerate",
        "acl",
        "analytics",
        "cors",
        "defaultObjectAcl",
        "delete",
        "inventory",
        "lifecycle",
        "location",
        "logging",
        "metrics",
        "notification",
        "object-lock",
        "partNumber",
        "policy",
        "replication",
        "requestPayment",
        "response-cache-control",
        "response-content-disposition",
        "response-content-encoding",
        "response-content-language",
        "response-content-type",
        "response-expires",
        "restore",
        "select",
        "select-type",
        "storageClass",
        "tagging",
        "torrent",
        "uploadId",
        "uploads",
        "versionId",
        "versioning",
        "versions",
        "website",
    };
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (text_equals(name, text_of(names[i])))
            return true;
    return false;
}

/* The sub-resources in their order, values decoded. */
static bool add_resource(
    struct buffer *to_sign, const struct http_draft *draft, struct arena *arena)
{
    struct canonical_headers parts = {.count = 0};
    for (text rest = draft->query; rest.data;) {
        text value, part = text_split(rest, '&', &rest);
        text name = text_split(part, '=', &value);
        if (!is_sub_resource(name))
            continue;
        char *decoded = value.size ? arena_alloc(arena, value.size) : NULL;
        if (decoded)
            value = text_from(decoded, percent_decode(decoded, value));
        if ((value.size && !decoded) || !canonical_headers_add(&parts, name, value))
            return false;
    }
    buffer_add(to_sign, draft->path);
    for (size_t i = 0; i < parts.count; i++) {
        buffer_add_char(to_sign, i ? '&' : '?');
        buffer_add(to_sign, parts.items[i].name);
        if (parts.items[i].value.data) {
            buffer_add_char(to_sign, '=');
            if (parts.items[i].value.size)
                buffer_add(to_sign, parts.items[i].value);
        }
    }
    return true;
}

static void add_value(struct buffer *to_sign, const struct http_draft *draft, const char *name)
{
    const struct http_header *header = http_draft_find(draft, text_of(name));
    text value = header ? text_trim(header->value) : (text){NULL, 0};
    if (value.size)
        buffer_add(to_sign, value);
    buffer_add_char(to_sign, '\n');
}

static bool add_amz_headers(struct buffer *to_sign, const struct http_draft *draft)
{
    struct canonical_headers amz = {.count = 0};
    for (size_t i = 0; i < draft->header_count; i++)
        if (text_starts_with(draft->headers[i].name, TEXT("x-amz-")) &&
            !canonical_headers_add(&amz, draft->headers[i].name, draft->headers[i].value))
            return false;
    for (size_t i = 0; i < amz.count; i++) {
        bool again = i && text_equals(amz.items[i].name, amz.items[i - 1].name);
        if (again) {
            to_sign->size--;
            buffer_add_char(to_sign, ',');
        } else {
            buffer_add(to_sign, amz.items[i].name);
            buffer_add_char(to_sign, ':');
        }
        text value = text_trim(amz.items[i].value);
        if (value.size)
            buffer_add(to_sign, value);
        buffer_add_char(to_sign, '\n');
    }
    return true;
}

/* expires: stands for the date in a URL; absent: the headers say when. */
static inia_status sign_s3(
    char signature[BASE64_SHA1], const struct http_draft *draft, struct arena *arena,
    const struct signing_credentials *credentials, text expires)
{
    struct buffer to_sign;
    buffer_init(&to_sign, arena);
    buffer_add(&to_sign, draft->method);
    buffer_add_char(&to_sign, '\n');
    add_value(&to_sign, draft, "content-md5");
    add_value(&to_sign, draft, "content-type");
    if (expires.size) {
        buffer_add(&to_sign, expires);
        buffer_add_char(&to_sign, '\n');
    } else {
        add_value(&to_sign, draft, http_draft_find(draft, TEXT("x-amz-date")) ? "" : "date");
    }
    if (!add_amz_headers(&to_sign, draft) || !add_resource(&to_sign, draft, arena) ||
        !buffer_ok(&to_sign))
        return INIA_NO_MEMORY;
    unsigned char mac[SHA1_SIZE];
    hmac_sha1(mac, secret_text(credentials->secret_key), buffer_text(&to_sign));
    base64_encode(signature, text_from(mac, sizeof mac));
    return INIA_OK;
}

static bool set_header(struct http_draft *draft, struct arena *arena, text name, text value)
{
    for (size_t i = 0; i < draft->header_count; i++) {
        if (text_equals(draft->headers[i].name, name)) {
            draft->headers[i].value = value;
            return true;
        }
    }
    return http_draft_add(draft, arena, name, value);
}

static bool add_date(struct http_draft *draft, struct arena *arena, int64_t now_s)
{
    if (http_draft_find(draft, TEXT("date")) || http_draft_find(draft, TEXT("x-amz-date")))
        return true;
    struct buffer date;
    buffer_init(&date, arena);
    date_write_http(&date, (struct date){now_s, 0});
    return buffer_ok(&date) && http_draft_add(draft, arena, TEXT("date"), buffer_text(&date));
}

static bool add_token(
    struct http_draft *draft, struct arena *arena, const struct signing_credentials *credentials)
{
    return !credentials->session_token.size ||
           set_header(draft, arena, TEXT("x-amz-security-token"), credentials->session_token);
}

inia_status sigv2_sign_s3(
    struct http_draft *draft, struct arena *arena, const struct signing_credentials *credentials,
    int64_t now_s)
{
    char signature[BASE64_SHA1];
    if (!add_date(draft, arena, now_s) || !add_token(draft, arena, credentials))
        return INIA_NO_MEMORY;
    inia_status status = sign_s3(signature, draft, arena, credentials, (text){NULL, 0});
    if (status != INIA_OK)
        return status;
    struct buffer value;
    buffer_init(&value, arena);
    buffer_add(&value, TEXT("AWS "));
    buffer_add(&value, credentials->access_key_id);
    buffer_add_char(&value, ':');
    buffer_add(&value, text_from(signature, sizeof signature));
    return buffer_ok(&value) && set_header(draft, arena, TEXT("authorization"), buffer_text(&value))
               ? INIA_OK
               : INIA_NO_MEMORY;
}

/* A browser that follows the URL sends no headers, so those that count are said in the URL. */
static void move_headers(struct buffer *query, struct http_draft *draft)
{
    size_t kept = 0;
    for (size_t i = 0; i < draft->header_count; i++) {
        struct http_header header = draft->headers[i];
        bool counts = text_starts_with(header.name, TEXT("x-amz-")) ||
                      text_equals(header.name, TEXT("content-type")) ||
                      text_equals(header.name, TEXT("content-md5"));
        if (counts)
            add_parameter(query, header.name, text_trim(header.value));
        else
            draft->headers[kept++] = header;
    }
    draft->header_count = kept;
}

inia_status sigv2_presign_s3(
    struct http_draft *draft, struct arena *arena, const struct signing_credentials *credentials,
    int64_t expires_s)
{
    char digits[24], signature[BASE64_SHA1];
    struct buffer expires, query;
    buffer_init_fixed(&expires, digits, sizeof digits);
    buffer_add_i64(&expires, expires_s);
    if (!add_token(draft, arena, credentials))
        return INIA_NO_MEMORY;
    inia_status status = sign_s3(signature, draft, arena, credentials, buffer_text(&expires));
    if (status != INIA_OK)
        return status;
    buffer_init(&query, arena);
    if (draft->query.size)
        buffer_add(&query, draft->query);
    add_parameter(&query, TEXT("AWSAccessKeyId"), credentials->access_key_id);
    add_parameter(&query, TEXT("Signature"), text_from(signature, sizeof signature));
    move_headers(&query, draft);
    add_parameter(&query, TEXT("Expires"), buffer_text(&expires));
    draft->query = buffer_text(&query);
    return buffer_ok(&query) ? INIA_OK : INIA_NO_MEMORY;
}

/* ---- Version 3 ------------------------------------------------------------------------------- */

inia_status sigv3_sign(
    struct http_draft *draft, struct arena *arena, const struct signing_credentials *credentials,
    int64_t now_s)
{
    if (!add_date(draft, arena, now_s) || !add_token(draft, arena, credentials))
        return INIA_NO_MEMORY;
    const struct http_header *date = http_draft_find(draft, TEXT("date"));
    if (!date)
        date = http_draft_find(draft, TEXT("x-amz-date"));
    struct hmac_sha256_key key;
    unsigned char mac[SHA256_SIZE];
    char signature[BASE64_SHA256];
    hmac_sha256_key_init(&key, secret_text(credentials->secret_key));
    hmac_sha256(mac, &key, text_trim(date->value));
    memory_wipe(&key, sizeof key);
    base64_encode(signature, text_from(mac, sizeof mac));
    struct buffer value;
    buffer_init(&value, arena);
    buffer_add(&value, TEXT("AWS3-HTTPS AWSAccessKeyId="));
    buffer_add(&value, credentials->access_key_id);
    buffer_add(&value, TEXT(",Algorithm=HmacSHA256,Signature="));
    buffer_add(&value, text_from(signature, sizeof signature));
    return buffer_ok(&value) &&
                   set_header(draft, arena, TEXT("x-amzn-authorization"), buffer_text(&value))
               ? INIA_OK
               : INIA_NO_MEMORY;
}
