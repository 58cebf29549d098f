#include "echo_signature.h"

#include "refusals.h"
#include "server.h"

#include <stddef.h>

static const text unsigned_payload = TEXT_INIT("UNSIGNED-PAYLOAD");

static bool has(text where, text what)
{
    return text_find_text(where, what) != SIZE_MAX;
}

static text scheme_of(const struct request *request)
{
    text authorization = request_field(request, FIELD_AUTHORIZATION);
    text query = request->query_text, body = request->body.text;
    if (text_starts_with(authorization, TEXT("AWS4-HMAC-SHA256")) ||
        has(query, TEXT("X-Amz-Algorithm=AWS4-HMAC-SHA256")))
        return TEXT("sigv4");
    if (text_starts_with(authorization, TEXT("AWS4-ECDSA-P256-SHA256")) ||
        has(query, TEXT("X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256")))
        return TEXT("sigv4a");
    if (text_starts_with_ignoring_case(authorization, TEXT("bearer ")))
        return TEXT("bearer");
    if (text_starts_with(authorization, TEXT("AWS ")) || has(query, TEXT("SignatureVersion=2")) ||
        has(body, TEXT("SignatureVersion=2")))
        return TEXT("sigv2");
    return TEXT("none");
}

static enum sigv4_verdict verify(struct request *request, text payload)
{
    struct server *server = request->server;
    return sigv4_verify(
        &server->verifier.sigv4, &request->http, payload, request->arena,
        server_now_ms(server) / 1000, &request->verdict.claim);
}

/* A request that does not say what stands for its body was signed with the body's hash, or with
 * none, as some operations are. */
static bool verify_sigv4(struct request *request, text hash)
{
    struct sigv4_claim *claim = &request->verdict.claim;
    enum sigv4_verdict verdict = verify(request, hash);
    if (verdict == SIGV4_MISMATCH && !request_field(request, FIELD_CONTENT_SHA256).data)
        verdict = verify(request, unsigned_payload);
    if (verdict == SIGV4_MISMATCH) {
        request->verdict.canonical_request = claim->canonical_request;
        request->verdict.string_to_sign = claim->string_to_sign;
    }
    if (verdict != SIGV4_VALID)
        request_refuse(
            request, verify_refusal_of(verdict),
            text_of(verdict == SIGV4_MALFORMED ? claim->problem : NULL));
    return verdict == SIGV4_VALID;
}

static bool is_chunked(text declared)
{
    return sigv4_chunks_are_signed(declared) ||
           text_equals(declared, SIGV4_STREAMING_UNSIGNED_TRAILER);
}

static void read_chunks(struct request *request, text declared, struct echo_signature *signature)
{
    bool is_signed =
        signature->verified && !text_equals(declared, SIGV4_STREAMING_UNSIGNED_TRAILER);
    text how = is_signed ? declared : SIGV4_STREAMING_UNSIGNED_TRAILER;
    struct sigv4_chunks *chunks = &request->body.aws;
    struct buffer whole;
    text input = request->body.text;
    const char *problem = NULL;
    buffer_init(&whole, request->arena);
    if (!sigv4_chunks_init(chunks, how, is_signed ? &request->verdict.claim.chain : NULL)) {
        request_refuse(request, &refusal_bad_chunks, (text){0});
        return;
    }
    while (input.size && !problem)
        buffer_add(&whole, sigv4_chunks_next(chunks, &input, &problem));
    if (problem)
        verify_refuse_chunks(request, problem);
    else if (!chunks->done)
        request_refuse(request, &refusal_incomplete_body, (text){0});
    else if (!buffer_ok(&whole))
        request_refuse(request, &refusal_no_memory, (text){0});
    signature->body = whole.data ? buffer_text(&whole) : TEXT("");
}

void echo_signature_check(struct request *request, struct echo_signature *signature)
{
    char hex[2 * SHA256_SIZE];
    unsigned char digest[SHA256_SIZE];
    text declared = request_field(request, FIELD_CONTENT_SHA256), hash = {hex, sizeof hex};
    *signature = (struct echo_signature){.scheme = scheme_of(request), .body = request->body.text};
    sha256_once(digest, request->body.text);
    hex_encode(hex, digest, sizeof digest);
    bool is_known = text_equals(signature->scheme, TEXT("sigv4")) ||
                    text_equals(signature->scheme, TEXT("sigv4a"));
    if (is_known && !request->server->verifier.is_off)
        signature->verified = verify_sigv4(request, hash);
    if (declared.size == hash.size && !text_equals(declared, hash))
        request_refuse(request, &refusal_payload_mismatch, (text){0});
    if (!request->refusal && is_chunked(declared))
        read_chunks(request, declared, signature);
}
