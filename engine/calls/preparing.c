/* Preparing: parameters become an HTTP request, once; for each attempt it is completed, signed and
 * written. */
#include "call.h"

#include "turns.h"

enum {
    HEADERS_OF_OURS = 20, /* at most so many are added to what protocols made */
    HEAD_ESTIMATE = 768,  /* bytes of a head that most need no more than */
};

/* ---- Once per call: in inia_submit() --------------------------------------------------------- */

static enum call_state refuse(struct call *call, const inia_error *error)
{
    call_fail(call, error->status, "%s", error->detail);
    return CALL_FINISHED;
}

static const char *wrong_with(const inia_client *client, const inia_request *request)
{
    uint64_t reserved = 0;
    for (size_t i = 0; i < COUNT_OF(request->reserved); i++)
        reserved |= request->reserved[i];
    if (reserved)
        return "a reserved field of inia_request is not zero";
    if (request->until && request->until->client != client)
        return "the request's waiter belongs to another client";
    if (request->until && request->operation && request->operation != request->until->operation)
        return "the request's operation is another than its waiter's";
    if (request->until && request->goal != INIA_SEND)
        return "a request with a waiter can only be sent";
    if (!request->until && !request->operation)
        return "the request has no operation: inia_find_operation() tells why";
    if (request->operation && request->operation->client != client)
        return "the request's operation belongs to another client";
    if (request->goal != INIA_SEND && request->goal != INIA_SIGN && request->goal != INIA_PRESIGN)
        return "the request's goal is none of inia_goal";
    return NULL;
}

static const char *wrong_with_body(const struct call *call)
{
    const struct source *source = &call->source;
    const struct protocol_plan *plan = call->operation->plan;
    const inia_client *client = call->public.client;
    if (source->from.place == INIA_NOWHERE)
        return NULL;
    if (!plan->streaming_input)
        return "this operation has no streaming body: its input is in the parameters";
    if (source->size == INIA_UNKNOWN_SIZE &&
        (client->is_s3 || plan->operation->input_stream->requires_length))
        return "the size of this operation's body must be known beforehand";
    bool hashable = source->from.place == INIA_MEMORY || plan->operation->unsigned_payload;
    bool is_shown = client->payload == INIA_PAYLOAD_SIGNED && call->goal == INIA_SIGN;
    if (!hashable && (!client->is_s3 || is_shown))
        return "a body that is signed must be in memory";
    return NULL;
}

static inia_status find_target(
    struct call *call, const struct json_value *params, inia_error *error)
{
    inia_client *client = call->public.client;
    inia_status status = client_find_target(
        client, call->operation, params, call->request.host_prefix, &call->arena, &call->target,
        error);
    hosts_hold_newer(&call->hosts);
    text endpoint = call->request.endpoint;
    if (status != INIA_OK || !endpoint.size || client->custom_endpoint)
        return status;
    status = client_aim_at(client, endpoint, &call->arena, &call->target, error);
    hosts_hold_newer(&call->hosts);
    return status;
}

/* Until the account is known, as the request of the user's need not last. */
static inia_status keep_for_account(
    struct call *call, const struct json_value *params, inia_error *error)
{
    call->params_for_account = arena_alloc(&call->arena, sizeof *call->params_for_account);
    if (call->params_for_account && json_copy(call->params_for_account, params, &call->arena))
        return INIA_OK;
    return error_set(error, INIA_NO_MEMORY, "no memory to keep the parameters");
}

inia_status call_build(struct call *call, const struct json_value *params, inia_error *error)
{
    const struct client_switches *switches = &call->public.client->switches;
    struct protocol_input input = {
        .params = params,
        .random = &call->engine->random,
        .no_compression = switches->no_compression,
        .least_compressed = switches->least_compressed,
        .encodes_names = true,
        .presigned = call->goal == INIA_PRESIGN,
    };
    inia_status status =
        protocol_build(call->operation->plan, &input, &call->arena, &call->request, error);
    if (status != INIA_OK)
        return status;
    if (!call_name_invocation(call))
        return error_set(error, INIA_NO_MEMORY, "no memory for a call's id");
    call_move_body_to_query(call);
    call->target.presigned = call->goal == INIA_PRESIGN;
    status = find_target(call, call->request.params, error);
    call->resource = turn_resource(call->operation, call->target.bucket, params);
    if (status == INIA_OK && call->target.lacks_account)
        status = keep_for_account(call, call->request.params, error);
    call->request.params = NULL; /* they are the request's of the user, and need not last */
    return status;
}

bool call_find_account(struct call *call)
{
    inia_error error = {INIA_OK, ""};
    call->target.identity = call->query.identity;
    inia_status status = find_target(call, call->params_for_account, &error);
    call->target.identity = NULL;
    if (status != INIA_OK)
        call_fail(call, status, "%s", error.detail);
    return status == INIA_OK;
}

/* For the next page or poll: what the request points to need not last. */
static bool keep_params(struct call *call, const struct json_value *params)
{
    bool goes_again = call->until || call->operation->paginator ||
                      (call->operation->hedgeable && call->public.client->hedge_percent);
    if (call->goal != INIA_SEND || !goes_again)
        return true;
    call->params = arena_alloc(&call->arena, sizeof *call->params);
    return call->params && json_copy(call->params, params, &call->arena);
}

static inia_status build(struct call *call, const inia_request *request, inia_error *error)
{
    struct json_value *params;
    const struct protocol_plan *plan = call->operation->plan;
    if (plan->event_stream_input && call->goal == INIA_SEND)
        return error_set(
            error, INIA_UNSUPPORTED, "%.*s takes a stream of events, which needs HTTP/2",
            TEXT_ARGS(plan->operation->name));
    inia_status status = protocol_read_params(
        plan, call->engine->readers.json, text_of(request->json), request->params, &call->arena,
        &params, error);
    if (status != INIA_OK)
        return status;
    if (!keep_params(call, params))
        return error_set(error, INIA_NO_MEMORY, "no memory to keep the parameters");
    return call_build(call, params, error);
}

enum call_state call_prepare(struct call *call, const inia_request *request)
{
    inia_error error = {INIA_BAD_REQUEST, ""};
    const char *wrong = wrong_with(call->public.client, request);
    if (!wrong)
        wrong = source_init(&call->source, &request->body);
    if (!wrong)
        wrong = sink_init(&call->sink, &request->into);
    if (!wrong)
        wrong = wrong_with_body(call);
    if (!wrong && request->into.place == INIA_EVENTS && !call->operation->plan->event_stream_output)
        wrong = "this operation's output is no stream of events";
    if (wrong) {
        error_set(&error, INIA_BAD_REQUEST, "%s", wrong);
        return refuse(call, &error);
    }
    return build(call, request, &error) == INIA_OK ? CALL_QUEUED : refuse(call, &error);
}

enum call_state call_prepare_twin(struct call *twin, const struct call *of)
{
    inia_error error = {INIA_NO_MEMORY, "no memory for a second attempt"};
    const char *wrong = source_init(&twin->source, &(inia_source){.place = INIA_NOWHERE});
    check(!wrong && !sink_init(&twin->sink, &(inia_sink){.place = INIA_NOWHERE}));
    struct json_value *params = arena_alloc(&twin->arena, sizeof *params);
    if (!params || !json_copy(params, of->params, &twin->arena))
        return refuse(twin, &error);
    return call_build(twin, params, &error) == INIA_OK ? CALL_QUEUED : refuse(twin, &error);
}

/* ---- For each attempt ------------------------------------------------------------------------ */

bool call_add_header(struct call *call, text name, text value)
{
    return value.data && http_draft_add(&call->draft, &call->arena, name, value);
}

static text join_path(struct call *call)
{
    text base = call->target.route->path, path = call->request.draft.path;
    if (!base.size)
        return path;
    if (text_equals(path, TEXT("/")))
        return base;
    char *joined = arena_alloc(&call->arena, base.size + path.size);
    if (!joined)
        return (text){NULL, 0};
    memcpy(joined, base.data, base.size);
    memcpy(joined + base.size, path.data, path.size);
    return (text){joined, base.size + path.size};
}

/* S3's ContentLength parameter is a header too; the body's own size is the one that frames it. */
static bool is_length(const struct http_header *header)
{
    static const text name = TEXT_INIT("content-length");
    return header->name.size == name.size && text_equals(header->name, name);
}

/* A header of the endpoint's: it counts, where the parameters say the same or another. */
static bool put(struct call *call, text name, text value)
{
    struct http_draft *draft = &call->draft;
    for (size_t i = 0; i < draft->header_count; i++) {
        if (text_equals_ignoring_case(draft->headers[i].name, name)) {
            draft->headers[i].value = value;
            return true;
        }
    }
    return call_add_header(call, name, value);
}

static bool start_draft(struct call *call)
{
    const struct http_draft *from = &call->request.draft;
    struct http_draft *draft = &call->draft;
    if (!draft->headers) {
        draft->header_capacity = from->header_count + HEADERS_OF_OURS;
        draft->headers =
            arena_alloc(&call->arena, draft->header_capacity * sizeof(struct http_header));
        draft->path = join_path(call);
    }
    if (!draft->headers || !draft->path.data)
        return false;
    draft->method = from->method;
    draft->query = from->query;
    draft->header_count = 0;
    const struct client_route *route = call->target.route;
    bool good = call_add_header(call, TEXT("host"), route->host);
    for (size_t i = 0; i < from->header_count; i++) {
        if (!is_length(&from->headers[i]))
            draft->headers[draft->header_count++] = from->headers[i];
    }
    for (size_t i = 0; good && i < route->header_count; i++) {
        if (route->headers[i].count)
            good = put(call, route->headers[i].name, route->headers[i].values[0]);
    }
    return good;
}

static bool write_payload(struct call *call, text *payload, const unsigned char digest[SHA256_SIZE])
{
    char *hex = arena_alloc(&call->arena, 2 * SHA256_SIZE);
    if (!hex)
        return false;
    hex_encode(hex, digest, SHA256_SIZE);
    *payload = text_from(hex, 2 * SHA256_SIZE);
    return true;
}

/* Whoever sends the request frames it: for curl with a signed request that is curl. */
static const text never_signed[] = {
    TEXT_INIT("content-length"), TEXT_INIT("amz-sdk-invocation-id"), TEXT_INIT("amz-sdk-request")};

static struct sigv4_options signing_options(
    const struct call *call, text payload, const struct signing_credentials *credentials)
{
    const struct client_target *target = &call->target;
    const struct client_route *route = target->route;
    inia_client *client = call->public.client;
    struct framing *framing = call->source.framing;
    return (struct sigv4_options){
        .credentials = credentials,
        .region = target->signing_region,
        .service = route->signing_name,
        .asymmetric = target->auth == AUTH_SIGV4A ? &client->asymmetric : NULL,
        .s3_session = target->auth == AUTH_S3_EXPRESS,
        .payload = payload,
        .payload_header = client->is_s3 || call->operation->model->unsigned_payload ||
                          call->operation->plan->tree_hashed ||
                          call->operation->plan->event_stream_input,
        .chain = framing && framing->signing != FRAMING_UNSIGNED ? &framing->chain : NULL,
        .path_encoded_once = route->path_encoded_once,
        .path_not_normalized = route->path_encoded_once,
        .expires_s = call->expires_s,
        .unsigned_headers = never_signed,
        .unsigned_header_count = COUNT_OF(never_signed),
    };
}

static int64_t servers_time_s(struct call *call)
{
    call->skew_s = call->public.client->skew_s;
    return ring_wall_ms(call->engine->ring) / 1000 + call->skew_s;
}

static inia_status add_signature(struct call *call)
{
    inia_client *client = call->public.client;
    if (call->target.auth == AUTH_NONE || call->target.auth == AUTH_SIGV2)
        return INIA_OK;
    if (call->target.auth == AUTH_BEARER)
        return call_add_token(call);
    text body = {NULL, 0}, payload = payload_for_signature(call, &body);
    if (body.size) {
        unsigned char digest[SHA256_SIZE];
        sha256_once(digest, body);
        if (!write_payload(call, &payload, digest))
            return INIA_NO_MEMORY;
    }
    struct signing_credentials credentials = identity_credentials(call->query.identity);
    struct sigv4_options options = signing_options(call, payload, &credentials);
    int64_t now_s = servers_time_s(call);
    if (call->goal == INIA_PRESIGN)
        return sigv4_presign(&client->signer, &call->draft, &call->arena, &options, now_s);
    return sigv4_sign_headers(&client->signer, &call->draft, &call->arena, &options, now_s);
}

inia_status call_begin_signature(
    struct call *call, struct sigv4_job *job, text payload,
    const unsigned char body_hash[SHA256_SIZE])
{
    if (body_hash && !write_payload(call, &payload, body_hash))
        return INIA_NO_MEMORY;
    struct signing_credentials credentials = identity_credentials(call->query.identity);
    struct sigv4_options options = signing_options(call, payload, &credentials);
    return sigv4_job_begin(
        job, &call->public.client->signer, &call->draft, &call->arena, &options,
        servers_time_s(call));
}

/* http by a proxy: the request says all of the URL, and who asks. */
static bool address_proxy(struct call *call)
{
    const struct client_route *route = call->target.route;
    struct buffer prefix;
    if (!route->is_asked_of_proxy)
        return true;
    buffer_init(&prefix, &call->arena);
    buffer_add(&prefix, TEXT("http://"));
    buffer_add(&prefix, route->host);
    call->draft.prefix = buffer_text(&prefix);
    text authorization = call->public.client->proxies->http.authorization;
    return buffer_ok(&prefix) &&
           (!authorization.size ||
            http_draft_add(&call->draft, &call->arena, TEXT("proxy-authorization"), authorization));
}

static bool write_head(struct call *call)
{
    struct buffer head;
    if (!address_proxy(call))
        return false;
    buffer_init(&head, &call->arena);
    buffer_reserve(&head, HEAD_ESTIMATE + call->draft.path.size + call->draft.query.size);
    http_draft_write(&call->draft, &head);
    struct http_exchange *exchange = &call->exchange;
    http_exchange_init(exchange, &call_exchange_events, &call->arena);
    exchange->head = buffer_text(&head);
    exchange->head_only = call->operation->plan->head_only;
    exchange->body = payload_for_exchange(call);
    exchange->expect_continue = http_draft_find(&call->draft, TEXT("expect")) != NULL;
    exchange->fresh_connection = call->fresh_connection;
    exchange->apart_from = call->apart_from;
    return buffer_ok(&head);
}

/* ---- Goals that stop here -------------------------------------------------------------------- */

static bool show_headers(struct call *call, inia_signed_request *shown)
{
    const struct http_draft *draft = &call->draft;
    inia_header *headers =
        arena_alloc(&call->arena, (draft->header_count + 1) * sizeof(inia_header));
    for (size_t i = 0; headers && i < draft->header_count; i++) {
        headers[i].name = arena_string(&call->arena, draft->headers[i].name);
        headers[i].value = arena_string(&call->arena, draft->headers[i].value);
        if (!headers[i].name || !headers[i].value)
            return false;
    }
    shown->headers = headers;
    shown->header_count = draft->header_count;
    return headers != NULL;
}

static enum call_state show(struct call *call)
{
    const struct client_route *route = call->target.route;
    const struct http_draft *draft = &call->draft;
    inia_signed_request *shown = arena_alloc_zeroed(&call->arena, sizeof *shown);
    struct buffer url;
    buffer_init(&url, &call->arena);
    buffer_add(&url, route->scheme);
    buffer_add(&url, TEXT("://"));
    buffer_add(&url, route->host);
    buffer_add(&url, draft->path);
    if (draft->query.size) {
        buffer_add_char(&url, '?');
        buffer_add(&url, draft->query);
    }
    const char *written = buffer_string(&url);
    if (!shown || !written || !show_headers(call, shown)) {
        call_fail(call, INIA_NO_MEMORY, "no memory for the signed request");
        return CALL_FINISHED;
    }
    text body = payload_in_memory(call);
    shown->method = arena_string(&call->arena, draft->method);
    shown->url = written;
    shown->body = body.size ? body.data : NULL;
    shown->body_size = body.size;
    call->public.signed_request = shown;
    return CALL_FINISHED;
}

bool call_complete_draft(struct call *call)
{
    if (!start_draft(call) || !payload_frame(call))
        return false;
    if (call->goal != INIA_PRESIGN && call_add_copy_source(call, servers_time_s(call)) != INIA_OK)
        return false;
    if (call->target.auth == AUTH_SIGV2 &&
        call_sign_parameters(call, servers_time_s(call)) != INIA_OK)
        return false;
    return call->goal == INIA_PRESIGN || (payload_describe(call) && call_introduce(call));
}

static enum call_state go_out(struct call *call, inia_status status)
{
    if (status == INIA_OK && call->goal != INIA_SEND)
        return show(call);
    if (status == INIA_OK && write_head(call))
        return CALL_EXCHANGING;
    call_fail(
        call, status == INIA_OK ? INIA_NO_MEMORY : status, "the request could not be %s: %s",
        status == INIA_OK ? "written" : "signed", inia_status_name(status));
    return CALL_FINISHED;
}

static enum call_state sign_alone(struct call *call)
{
    return go_out(call, call_complete_draft(call) ? add_signature(call) : INIA_NO_MEMORY);
}

void call_go_signed(struct call *call, bool has_signature)
{
    call_go(call, has_signature ? go_out(call, INIA_OK) : sign_alone(call));
}

enum call_state call_sign(struct call *call)
{
    enum auth_scheme auth = call->target.auth;
    bool is_hashed = auth == AUTH_SIGV4 || auth == AUTH_S3_EXPRESS;
    bool in_steps = is_hashed && call->goal != INIA_PRESIGN && !source_is_pulled(&call->source);
    if (in_steps && batch_join(call->engine->batch, call))
        return CALL_SIGNING;
    return sign_alone(call);
}
