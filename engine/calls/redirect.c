/* Redirects: S3, asked for a bucket in a region where it is not, says where it is. It is asked
 * there, once for each call, and other calls for that bucket go there at once. */
#include "call.h"

enum { REGION_MOST = 32 };

struct bucket_region {
    char name[REGION_MOST];
    size_t size;
};

/* ---- What is known of buckets ---------------------------------------------------------------- */

text client_bucket_region(const inia_client *client, text bucket)
{
    const struct bucket_region *region = NULL;
    if (client->hosts->bucket_regions.count && bucket.size)
        region = map_find(&client->hosts->bucket_regions, bucket);
    return region ? text_from(region->name, region->size) : (text){NULL, 0};
}

static bool remember(inia_client *client, text bucket, text name)
{
    struct bucket_region *region = map_find(&client->hosts->bucket_regions, bucket);
    if (!region) {
        if (!hosts_make_room(client))
            return false;
        struct hosts *hosts = client->hosts;
        text key = arena_copy(&hosts->arena, bucket);
        region = arena_alloc(&hosts->arena, sizeof *region);
        if (!key.data || !region || !map_put(&hosts->bucket_regions, key, region))
            return false;
    }
    memcpy(region->name, name.data, name.size);
    region->size = name.size;
    return true;
}

/* ---- What an answer says --------------------------------------------------------------------- */

static bool is_region(text name)
{
    for (size_t i = 0; i < name.size; i++) {
        char c = name.data[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c == '-' && i > 0)))
            return false;
    }
    return name.size > 0 && name.size <= REGION_MOST;
}

/* Of S3's error document. */
static text region_element(text body)
{
    size_t start = text_find_text(body, TEXT("<Region>"));
    if (start == SIZE_MAX)
        return (text){NULL, 0};
    text rest = text_after(body, start + sizeof "<Region>" - 1);
    return text_from(rest.data, text_find(rest, '<'));
}

static text region_told(const struct call *call)
{
    const struct http_response *response = &call->exchange.response;
    const struct http_header *header =
        http_find_header(response->headers, response->header_count, TEXT("x-amz-bucket-region"));
    return header ? header->value : region_element(sink_collected(&call->sink));
}

static bool is_elsewhere(const struct call *call)
{
    int status = call->exchange.response.status;
    text code = text_of(call->public.error_code), name = call->operation->model->name;
    if (status == 301 || status == 302 || status == 307 ||
        text_equals(code, TEXT("PermanentRedirect")) ||
        text_equals(code, TEXT("AuthorizationHeaderMalformed")))
        return true;
    if (text_equals(code, TEXT("IllegalLocationConstraintException")))
        return !text_equals(name, TEXT("CreateBucket"));
    bool is_head = text_equals(name, TEXT("HeadObject")) || text_equals(name, TEXT("HeadBucket"));
    return is_head && status == 400; /* there is no body to say more */
}

/* ---- There ----------------------------------------------------------------------------------- */

static bool aim(struct call *call)
{
    struct json_value bucket = {.kind = JSON_STRING, .string = call->target.bucket};
    text name = TEXT("Bucket");
    const struct json_value params = {JSON_OBJECT, 1, {NULL, 0}, &bucket, &name};
    inia_error error;
    call->draft = (struct http_draft){0}; /* its path depends on the endpoint */
    inia_status status = client_find_target(
        call->public.client, call->operation, &params, call->request.host_prefix, &call->arena,
        &call->target, &error);
    hosts_hold_newer(&call->hosts);
    return status == INIA_OK;
}

bool call_redirect(struct call *call)
{
    inia_client *client = call->public.client;
    text bucket = call->target.bucket;
    if (!client->is_s3 || !bucket.size || text_starts_with(bucket, TEXT("arn:")) ||
        call->redirected || call->public.status != INIA_SERVICE_ERROR || !is_elsewhere(call))
        return false;
    text region = text_trim(region_told(call));
    if (!is_region(region) || text_equals(region, call->target.signing_region) ||
        !remember(client, bucket, region))
        return false;
    LOG(&call->engine->log, LOG_LEVEL_INFO,
        "bucket %.*s is in %.*s: a client for that region saves a detour", TEXT_ARGS(bucket),
        TEXT_ARGS(region));
    call->redirected = true;
    return aim(call);
}
