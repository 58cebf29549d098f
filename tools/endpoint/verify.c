#include "verify.h"

#include "refusals.h"
#include "request.h"
#include "server.h"

bool verifier_init(struct verifier *verifier, text access_key, text secret_key)
{
    sigv4_signer_init(&verifier->signer);
    verifier->access_key = access_key;
    return secret_set(&verifier->secret, secret_key);
}

void verifier_release(struct verifier *verifier)
{
    sigv4_signer_release(&verifier->signer);
    secret_clear(&verifier->secret);
}

void verdict_move(struct verdict *verdict, const char *from, size_t size, const char *to)
{
    if (verdict->hash.data >= from && verdict->hash.data < from + size)
        verdict->hash.data = to + (verdict->hash.data - from);
}

/* What x-amz-content-sha256 says of the body. */
static void classify_payload(struct request *request)
{
    struct verdict *verdict = &request->verdict;
    text declared = request_field(request, FIELD_CONTENT_SHA256);
    if (!declared.data || text_equals(declared, TEXT("UNSIGNED-PAYLOAD")))
        return;
    verdict->has_trailers = text_ends_with(declared, TEXT("-TRAILER"));
    if (text_starts_with(declared, TEXT("STREAMING-UNSIGNED-PAYLOAD")))
        verdict->payload = PAYLOAD_CHUNKS_UNSIGNED;
    else if (text_starts_with(declared, TEXT("STREAMING-AWS4-HMAC-SHA256-PAYLOAD")))
        verdict->payload = PAYLOAD_CHUNKS_SIGNED;
    else if (declared.size == 2 * SHA256_SIZE) {
        verdict->payload = PAYLOAD_HASHED;
        verdict->hash = declared;
    } else
        request_refuse(
            request, &refusal_invalid_argument,
            TEXT("x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-..., or a SHA-256"));
}

void verify_request(struct request *request)
{
    classify_payload(request);
}

void verify_chunk(struct request *request, text bytes)
{
    (void)request;
    (void)bytes;
}

static text whole_body(const struct request *request)
{
    const struct body *body = &request->body;
    if (body->kind == BODY_TEXT)
        return body->text;
    return body->blob ? (text){body->blob->data, body->blob->size} : TEXT("");
}

static void check_hash(struct request *request)
{
    unsigned char digest[SHA256_SIZE];
    char hex[2 * SHA256_SIZE];
    sha256_once(digest, whole_body(request));
    hex_encode(hex, digest, sizeof digest);
    if (!text_equals((text){hex, sizeof hex}, request->verdict.hash))
        request_refuse(request, &refusal_payload_mismatch, (text){0});
}

void verify_payload(struct request *request)
{
    if (request->server->verifier.is_off || request->body.kind == BODY_NONE)
        return;
    if (request->verdict.payload == PAYLOAD_HASHED)
        check_hash(request);
}
