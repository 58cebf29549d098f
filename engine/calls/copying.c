/*
 * Copying: who asks a region to copy something from another one has to give it a presigned URL of
 * the same request for that other region (EC2's CopySnapshot, and what RDS, Neptune and DocDB copy
 * and replicate). It is signed, with the rest, for each attempt, and is part of the body.
 */
#include "call.h"

enum { COPY_EXPIRES_S = 3600 };

static text host_there(struct call *call)
{
    text host = call->target.route->host, here = call->public.client->region;
    size_t at = text_find_text(host, here);
    if (at == SIZE_MAX || !here.size)
        return host;
    struct buffer out;
    buffer_init(&out, &call->arena);
    buffer_add(&out, text_from(host.data, at));
    buffer_add(&out, call->request.source_region);
    buffer_add(&out, text_after(host, at + here.size));
    return buffer_ok(&out) ? buffer_text(&out) : (text){NULL, 0};
}

static inia_status presign(struct call *call, int64_t now_s, struct http_draft *draft)
{
    struct arena *arena = &call->arena;
    struct signing_credentials credentials = identity_credentials(call->query.identity);
    struct sigv4_options options = {
        .credentials = &credentials,
        .region = call->request.source_region,
        .service = call->target.route->signing_name,
        .expires_s = COPY_EXPIRES_S,
    };
    struct buffer query;
    buffer_init(&query, arena);
    buffer_add(&query, call->copied_body);
    buffer_add(&query, TEXT("&DestinationRegion="));
    buffer_add_percent(&query, call->public.client->region, PERCENT_UNRESERVED);
    *draft =
        (struct http_draft){.method = TEXT("GET"), .path = TEXT("/"), .query = buffer_text(&query)};
    text host = host_there(call);
    if (!host.data || !buffer_ok(&query) || !http_draft_add(draft, arena, TEXT("host"), host))
        return INIA_NO_MEMORY;
    return sigv4_presign(&call->public.client->signer, draft, arena, &options, now_s);
}

inia_status call_add_copy_source(struct call *call, int64_t now_s)
{
    bool is_ec2 = text_equals(call->public.client->model->service_id, TEXT("EC2"));
    struct buffer url, body;
    struct http_draft draft;
    if (!call->request.source_region.size || call->target.auth != AUTH_SIGV4)
        return INIA_OK;
    if (!call->copied_body.data)
        call->copied_body = call->request.body;
    inia_status status = presign(call, now_s, &draft);
    if (status != INIA_OK)
        return status;
    buffer_init(&url, &call->arena);
    buffer_add(&url, call->target.route->scheme);
    buffer_add(&url, TEXT("://"));
    buffer_add(&url, draft.headers[0].value);
    buffer_add(&url, TEXT("/?"));
    buffer_add(&url, draft.query);
    buffer_init(&body, &call->arena);
    buffer_add(&body, call->copied_body);
    buffer_add(&body, is_ec2 ? TEXT("&PresignedUrl=") : TEXT("&PreSignedUrl="));
    buffer_add_percent(&body, buffer_text(&url), PERCENT_UNRESERVED);
    if (is_ec2) {
        buffer_add(&body, TEXT("&DestinationRegion="));
        buffer_add_percent(&body, call->public.client->region, PERCENT_UNRESERVED);
    }
    call->request.body = buffer_text(&body);
    return buffer_ok(&url) && buffer_ok(&body) ? INIA_OK : INIA_NO_MEMORY;
}
