/*
 * verify: whether a request, and its body, were signed with the endpoint's key: SigV4 in headers or
 * in the query, the body hashed, unsigned, or in signed chunks.
 */
#ifndef ENDPOINT_VERIFY_H
#define ENDPOINT_VERIFY_H

#include "signing/signing.h"

struct request;

enum payload_proof {
    PAYLOAD_UNSIGNED,
    PAYLOAD_HASHED,          /* hash is that of the whole body */
    PAYLOAD_CHUNKS_UNSIGNED, /* aws-chunked with a trailer */
    PAYLOAD_CHUNKS_SIGNED,
};

struct verdict {
    enum payload_proof payload;
    bool has_trailers; /* they are signed if the chunks are */
    bool is_verified;  /* false: under --no-verify, or of a public path */
    text hash;         /* hex */
    struct sigv4_chain chain;
};

struct verifier {
    struct sigv4_signer signer;
    struct secret secret;
    text access_key;
    bool is_off;
};

bool verifier_init(struct verifier *verifier, text access_key, text secret_key) MUST_USE;
void verifier_release(struct verifier *verifier);

static inline void verdict_clear(struct verdict *verdict)
{
    memset(verdict, 0, offsetof(struct verdict, chain));
}

static inline bool verdict_is_chunked(const struct verdict *verdict)
{
    return verdict->payload >= PAYLOAD_CHUNKS_UNSIGNED;
}

void verdict_move(struct verdict *verdict, const char *from, size_t size, const char *to);

/* Each of these refuses the request when something is wrong. */
void verify_request(struct request *request);
void verify_chunk(struct request *request, text bytes); /* its signature is in body.aws */
void verify_payload(struct request *request);           /* when the whole body is there */

#endif
