#include "payload.h"

#include "call.h"

text payload_in_memory(const struct call *call)
{
    const struct source *source = &call->source;
    if (source->from.place == INIA_MEMORY)
        return text_from(source->from.data, (size_t)source->size);
    return call->request.body;
}

struct http_body payload_for_exchange(const struct call *call)
{
    const struct source *source = &call->source;
    if (source_is_pulled(source))
        return (struct http_body){
            .pulled = true, .size = source->framing ? framing_size(source->framing) : source->size};
    text body = payload_in_memory(call);
    return (struct http_body){.data = body.data, .size = body.size};
}

static bool add_number(struct call *call, text name, uint64_t number)
{
    struct buffer digits;
    char *room = arena_alloc(&call->arena, 24);
    if (!room)
        return false;
    buffer_init_fixed(&digits, room, 24);
    buffer_add_u64(&digits, number);
    return call_add_header(call, name, buffer_text(&digits));
}

/* ---- Which checksum -------------------------------------------------------------------------- */

static bool brings_checksum(const struct call *call)
{
    const struct http_draft *draft = &call->request.draft;
    for (size_t i = 0; i < draft->header_count; i++) {
        if (checksum_from_header(draft->headers[i].name) != CHECKSUM_NONE)
            return true;
    }
    return false;
}

static text header_of(const struct model_member *member)
{
    bool in_header = member && member->location == MODEL_IN_HEADER && member->location_name.size;
    return in_header ? member->location_name : (text){NULL, 0};
}

static const struct http_header *parameter(const struct call *call, const struct model_member *of)
{
    const struct http_draft *draft = &call->request.draft;
    text name = header_of(of);
    return name.size ? http_find_header(draft->headers, draft->header_count, name) : NULL;
}

/*
 * The user's own wins, then the algorithm that a parameter asks for, then CRC32, as the SDKs send
 * since 2025. A name that is none of ours goes out as it is: the service knows what to say to it.
 */
static enum checksum_algorithm algorithm_of(const struct call *call, bool *is_default)
{
    const struct model_operation *operation = call->operation->model;
    const struct client_switches *switches = &call->public.client->switches;
    *is_default = false;
    if (!operation->checksum_algorithm && !operation->checksum_required)
        return CHECKSUM_NONE;
    if (brings_checksum(call))
        return CHECKSUM_NONE;
    const struct http_header *asked = parameter(call, operation->checksum_algorithm);
    if (asked)
        return checksum_from_name(asked->value);
    bool express = call->target.auth == AUTH_S3_EXPRESS; /* that is S3 itself, and takes no MD5 */
    bool supported = (switches->request_checksums || express) && operation->checksum_algorithm;
    if (!supported && (!operation->checksum_required || switches->md5_when_required))
        return CHECKSUM_NONE;
    *is_default = true;
    return CHECKSUM_CRC32;
}

static bool needs_md5(const struct call *call)
{
    const struct model_operation *operation = call->operation->model;
    return operation->checksum_required && call->public.client->switches.md5_when_required &&
           call->target.auth != AUTH_S3_EXPRESS &&
           !parameter(call, operation->checksum_algorithm) && !brings_checksum(call) &&
           !http_draft_find(&call->draft, TEXT("content-md5"));
}

static bool add_digest(struct call *call, enum checksum_algorithm algorithm, text name)
{
    unsigned char digest[CHECKSUM_MOST];
    size_t size = checksum_once(digest, algorithm, payload_in_memory(call));
    struct buffer encoded;
    buffer_init(&encoded, &call->arena);
    buffer_add_base64(&encoded, text_from(digest, size));
    return buffer_ok(&encoded) && call_add_header(call, name, buffer_text(&encoded));
}

static bool add_in_lower_case(struct call *call, text name, text value)
{
    char *lower = arena_alloc(&call->arena, name.size);
    for (size_t i = 0; lower && i < name.size; i++)
        lower[i] =
            (char)(name.data[i] >= 'A' && name.data[i] <= 'Z' ? name.data[i] | 0x20 : name.data[i]);
    return lower && call_add_header(call, text_from(lower, name.size), value);
}

static bool add_checksum(struct call *call)
{
    bool is_default;
    enum checksum_algorithm algorithm = algorithm_of(call, &is_default);
    if (algorithm == CHECKSUM_NONE)
        return source_is_pulled(&call->source) || !needs_md5(call) ||
               add_digest(call, CHECKSUM_MD5, TEXT("content-md5"));
    if (source_is_pulled(&call->source) && !call->source.framing)
        return true; /* only shown, so it will not be read here */
    text name = header_of(call->operation->model->checksum_algorithm);
    if (is_default && name.size && !add_in_lower_case(call, name, checksum_name(algorithm)))
        return false;
    return call->source.framing || add_digest(call, algorithm, checksum_header(algorithm));
}

static bool ask_for_checksum(struct call *call)
{
    const struct model_member *mode = call->operation->model->checksum_validation;
    call->sink.is_checked = false;
    if (!mode)
        return true;
    call->sink.is_checked = true;
    if (parameter(call, mode))
        return true;
    call->sink.is_checked =
        call->public.client->switches.response_checksums && header_of(mode).size;
    return !call->sink.is_checked || add_in_lower_case(call, header_of(mode), TEXT("ENABLED"));
}

/* ---- How it is framed ------------------------------------------------------------------------ */

/* What chunks would be signed with. */
static enum framing_signing scheme_of(const struct call *call)
{
    switch (call->target.auth) {
    case AUTH_SIGV4:
    case AUTH_S3_EXPRESS:
        return FRAMING_SIGV4;
    case AUTH_SIGV4A:
        return FRAMING_SIGV4A;
    default:
        return FRAMING_UNSIGNED;
    }
}

static enum framing_signing signing_of(const struct call *call, bool has_checksum)
{
    inia_payload wanted = call->public.client->payload;
    bool is_exposed = has_checksum && !call->target.route->secure;
    bool signs = wanted == INIA_PAYLOAD_SIGNED || (wanted == INIA_PAYLOAD_AUTO && is_exposed);
    return signs && !call->operation->model->unsigned_payload ? scheme_of(call) : FRAMING_UNSIGNED;
}

bool payload_frame(struct call *call)
{
    struct source *source = &call->source;
    bool is_framed = source_is_pulled(source) && source->size != INIA_UNKNOWN_SIZE &&
                     call->public.client->is_s3 && call->goal == INIA_SEND;
    check(!source->framing);
    if (!is_framed)
        return true;
    bool is_default;
    enum checksum_algorithm algorithm = algorithm_of(call, &is_default);
    enum framing_signing signing = signing_of(call, algorithm != CHECKSUM_NONE);
    if (algorithm == CHECKSUM_NONE && signing == FRAMING_UNSIGNED)
        return true;
    struct framing *framing = arena_alloc(&call->arena, sizeof *framing);
    if (!framing)
        return false;
    framing_init(framing, source->size, algorithm, signing);
    source->framing = framing;
    return true;
}

static bool add_encoding(struct call *call)
{
    struct http_draft *draft = &call->draft;
    for (size_t i = 0; i < draft->header_count; i++) {
        struct buffer value;
        if (!text_equals(draft->headers[i].name, TEXT("content-encoding")))
            continue;
        buffer_init(&value, &call->arena);
        buffer_add(&value, draft->headers[i].value);
        buffer_add(&value, TEXT(",aws-chunked"));
        draft->headers[i].value = buffer_text(&value);
        return buffer_ok(&value);
    }
    return call_add_header(call, TEXT("content-encoding"), TEXT("aws-chunked"));
}

static bool add_framing(struct call *call)
{
    const struct framing *framing = call->source.framing;
    if (!framing)
        return true;
    text trailer = framing_trailer(framing);
    if (trailer.size && !call_add_header(call, TEXT("x-amz-trailer"), trailer))
        return false;
    if (scheme_of(call) == FRAMING_UNSIGNED &&
        !call_add_header(call, TEXT("x-amz-content-sha256"), framing_payload(framing)))
        return false;
    return add_encoding(call) &&
           add_number(call, TEXT("x-amz-decoded-content-length"), framing->size);
}

/* ---- All of it ------------------------------------------------------------------------------- */

static bool may_have_body(text method)
{
    return text_equals(method, TEXT("PUT")) || text_equals(method, TEXT("POST")) ||
           text_equals(method, TEXT("PATCH"));
}

static bool add_length(struct call *call)
{
    uint64_t size = payload_for_exchange(call).size;
    if (size == INIA_UNKNOWN_SIZE && source_is_pulled(&call->source))
        return call_add_header(call, TEXT("transfer-encoding"), TEXT("chunked"));
    if (!size && !call->request.has_body && !may_have_body(call->draft.method))
        return true;
    if (size >= EXPECT_CONTINUE_LEAST && call->public.client->is_s3 &&
        !call_add_header(call, TEXT("expect"), TEXT("100-continue")))
        return false;
    return add_number(call, TEXT("content-length"), size);
}

/* Glacier's own checksum. */
static bool add_tree_hash(struct call *call)
{
    text name = TEXT("x-amz-sha256-tree-hash");
    struct tree_hash tree;
    unsigned char hash[SHA256_SIZE];
    if (!call->operation->plan->tree_hashed || source_is_pulled(&call->source) ||
        http_draft_find(&call->draft, name))
        return true;
    tree_hash_init(&tree);
    tree_hash_add(&tree, payload_in_memory(call));
    tree_hash_finish(&tree, hash);
    char *hex = arena_alloc(&call->arena, 2 * SHA256_SIZE);
    if (hex)
        hex_encode(hex, hash, sizeof hash);
    return hex && call_add_header(call, name, text_from(hex, 2 * SHA256_SIZE));
}

bool payload_describe(struct call *call)
{
    return add_length(call) && add_checksum(call) && add_framing(call) && add_tree_hash(call) &&
           ask_for_checksum(call);
}

text payload_for_signature(const struct call *call, text *hashed)
{
    const inia_client *client = call->public.client;
    const struct source *source = &call->source;
    if (call->operation->plan->event_stream_input)
        return SIGV4_STREAMING_EVENTS;
    if (source->framing)
        return framing_payload(source->framing);
    bool unsigned_s3 = client->is_s3 && source->from.place != INIA_NOWHERE &&
                       (source_is_pulled(source) || client->payload == INIA_PAYLOAD_UNSIGNED ||
                        (client->payload == INIA_PAYLOAD_AUTO && call->target.route->secure));
    if (unsigned_s3 || (call->goal == INIA_PRESIGN && client->is_s3) ||
        call->operation->model->unsigned_payload)
        return TEXT("UNSIGNED-PAYLOAD");
    *hashed = payload_in_memory(call); /* signing knows the hash of nothing */
    return (text){NULL, 0};
}
