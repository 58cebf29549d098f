#include "verify.h"

#include "refusals.h"
#include "request.h"
#include "server.h"

static const struct secret *find_secret(void *arg, text access_key)
{
    struct verifier *verifier = arg;
    if (text_equals(access_key, verifier->access_key))
        return &verifier->secret;
    bool is_session = session_of_key(&verifier->session, &verifier->secret, access_key);
    return is_session ? &verifier->session.secret_key : NULL;
}

bool verifier_init(struct verifier *verifier, text access_key, text secret_key)
{
    verifier->sigv4.find_secret = find_secret;
    verifier->sigv4.arg = verifier;
    sigv4_signer_init(&verifier->sigv4.signer);
    verifier->access_key = access_key;
    return secret_set(&verifier->secret, secret_key);
}

void verifier_release(struct verifier *verifier)
{
    sigv4_signer_release(&verifier->sigv4.signer);
    sigv4a_signer_release(&verifier->sigv4.asymmetric);
    secret_clear(&verifier->secret);
    secret_clear(&verifier->session.secret_key);
}

const struct refusal *verify_refusal_of(enum sigv4_verdict verdict)
{
    switch (verdict) {
    case SIGV4_VALID:
        return NULL;
    case SIGV4_MISSING:
        return &refusal_access_denied;
    case SIGV4_MALFORMED:
        return &refusal_malformed_authorization;
    case SIGV4_UNKNOWN_KEY:
        return &refusal_invalid_access_key;
    case SIGV4_EXPIRED:
        return &refusal_request_expired;
    case SIGV4_SKEWED:
        return &refusal_time_skewed;
    case SIGV4_MISMATCH:
        return &refusal_signature;
    case SIGV4_NO_MEMORY:
        return &refusal_no_memory;
    }
    return &refusal_internal;
}

/* Where a request would be noted; NULL: it has no signature in its headers. */
static struct verified *place_of(struct request *request)
{
    text authorization = request_field(request, FIELD_AUTHORIZATION);
    uint64_t end;
    if (authorization.size < sizeof end)
        return NULL;
    memcpy(&end, authorization.data + authorization.size - sizeof end, sizeof end);
    /* Hex digits differ in their lower half. */
    end &= UINT64_C(0x0f0f0f0f0f0f0f0f);
    size_t which = (end ^ end >> 12 ^ end >> 28) % VERIFIED_COUNT;
    return &request->server->verifier.lately[which];
}

static bool is_verified(struct request *request, text payload, int64_t now_s)
{
    const struct verified *verified = place_of(request);
    return verified && verified->now_s == now_s &&
           request->verdict.payload != PAYLOAD_CHUNKS_SIGNED &&
           text_equals(request->head, (text){verified->head, verified->head_size}) &&
           text_equals(payload, (text){verified->payload, verified->payload_size});
}

static void note_verified(struct request *request, text payload, int64_t now_s)
{
    struct verified *verified = place_of(request);
    if (!verified || request->head.size > VERIFIED_HEAD_MOST ||
        payload.size > sizeof verified->payload)
        return;
    memcpy(verified->head, request->head.data, request->head.size);
    memcpy(verified->payload, payload.data, payload.size);
    verified->head_size = request->head.size;
    verified->payload_size = payload.size;
    verified->now_s = now_s;
}

/* A valid signature, but for another service, or of a session that is not good for it. */
static const struct refusal *wrong_with_scope(const struct request *request, int64_t now_s)
{
    const struct verifier *verifier = &request->server->verifier;
    const struct sigv4_claim *claim = &request->verdict.claim;
    const struct session *session = &verifier->session;
    bool is_session = !text_equals(claim->access_key_id, verifier->access_key);
    bool is_express =
        request->service == SERVICE_S3 && text_equals(claim->service, TEXT("s3express"));
    text service = request->service == SERVICE_SQS ? TEXT("sqs") : TEXT("s3");
    if (!is_express && (is_session || !text_equals(claim->service, service)))
        return &refusal_malformed_authorization;
    if (is_session &&
        !secret_equals(claim->session_token, text_from(session->token, sizeof session->token)))
        return &refusal_invalid_token;
    return is_session && session->expires_s <= now_s ? &refusal_expired_token : NULL;
}

/* payload: as sigv4_verify() wants it. */
static void verify_signature(struct request *request, text payload)
{
    struct server *server = request->server;
    struct verdict *verdict = &request->verdict;
    struct sigv4_claim *claim = &verdict->claim;
    if (server->verifier.is_off)
        return;
    int64_t now_s = server_now_ms(server) / 1000;
    if (is_verified(request, payload, now_s))
        return;
    enum sigv4_verdict result = sigv4_verify(
        &server->verifier.sigv4, &request->http, payload, request->arena, now_s, claim);
    if (result == SIGV4_MISMATCH) {
        verdict->canonical_request = claim->canonical_request;
        verdict->string_to_sign = claim->string_to_sign;
    }
    if (result != SIGV4_VALID) {
        text problem = text_of(result == SIGV4_MALFORMED ? claim->problem : NULL);
        request_refuse(request, verify_refusal_of(result), problem);
        return;
    }
    const struct refusal *wrong = wrong_with_scope(request, now_s);
    if (!wrong)
        note_verified(request, payload, now_s);
    else
        request_refuse(
            request, wrong,
            wrong == &refusal_malformed_authorization
                ? TEXT("The credential should be scoped to the correct service.")
                : (text){0});
}

/* What x-amz-content-sha256 says of the body. */
static void classify_payload(struct request *request)
{
    struct verdict *verdict = &request->verdict;
    text declared = request_field(request, FIELD_CONTENT_SHA256);
    verdict->declared = declared;
    if (!declared.data || text_equals(declared, TEXT("UNSIGNED-PAYLOAD")))
        return;
    if (text_equals(declared, SIGV4_STREAMING_UNSIGNED_TRAILER))
        verdict->payload = PAYLOAD_CHUNKS_UNSIGNED;
    else if (sigv4_chunks_are_signed(declared))
        verdict->payload = PAYLOAD_CHUNKS_SIGNED;
    else if (declared.size == 2 * SHA256_SIZE)
        verdict->payload = PAYLOAD_HASHED;
    else
        request_refuse(
            request, &refusal_invalid_argument,
            TEXT("x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-..., or a SHA-256"));
}

static bool needs_body(const struct request *request)
{
    return request->service == SERVICE_SQS && !request->verdict.declared.data;
}

void verify_head(struct request *request)
{
    classify_payload(request);
    if (!needs_body(request))
        verify_signature(request, TEXT("UNSIGNED-PAYLOAD"));
}

bool verify_chunks(struct request *request, struct sigv4_chunks *chunks)
{
    const struct verdict *verdict = &request->verdict;
    bool is_signed = verdict->payload == PAYLOAD_CHUNKS_SIGNED && !request->server->verifier.is_off;
    text payload = is_signed ? verdict->declared : SIGV4_STREAMING_UNSIGNED_TRAILER;
    return sigv4_chunks_init(chunks, payload, is_signed ? &verdict->claim.chain : NULL);
}

void verify_refuse_chunks(struct request *request, const char *problem)
{
    text why = text_of(problem);
    bool is_signature = text_find_text(why, TEXT("signature")) != SIZE_MAX;
    request_refuse(request, is_signature ? &refusal_signature : &refusal_bad_chunks, why);
}

static text whole_body(const struct request *request)
{
    const struct body *body = &request->body;
    if (body->kind == BODY_TEXT)
        return body->text;
    return body->blob ? (text){body->blob->data, body->blob->size} : TEXT("");
}

static void hash_body(struct request *request, char hex[2 * SHA256_SIZE])
{
    unsigned char digest[SHA256_SIZE];
    text body = whole_body(request), declared = request->verdict.declared;
    size_t which = declared.size ? (unsigned char)declared.data[declared.size - 1] : body.size;
    struct hashed *hashed = &request->server->verifier.hashed[which % HASHED_COUNT];
    if (body.size && text_equals(body, (text){hashed->body, hashed->size})) {
        memcpy(hex, hashed->hex, sizeof hashed->hex);
        return;
    }
    sha256_once(digest, body);
    hex_encode(hex, digest, sizeof digest);
    if (body.size > HASHED_BODY_MOST || !body.size)
        return;
    memcpy(hashed->body, body.data, body.size);
    memcpy(hashed->hex, hex, sizeof hashed->hex);
    hashed->size = body.size;
}

void verify_body(struct request *request)
{
    char hex[2 * SHA256_SIZE];
    text computed = {hex, sizeof hex};
    if (request->server->verifier.is_off || request->service == SERVICE_ADMIN ||
        request->service == SERVICE_ECHO)
        return;
    if (needs_body(request)) {
        hash_body(request, hex);
        verify_signature(request, computed);
    } else if (request->verdict.payload == PAYLOAD_HASHED && request->body.kind != BODY_NONE) {
        hash_body(request, hex);
        if (!text_equals(computed, request->verdict.declared))
            request_refuse(request, &refusal_payload_mismatch, (text){0});
    }
}
