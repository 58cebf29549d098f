/*
 * verify: whether a request, and its body, were signed with the endpoint's key: SigV4 in headers or
 * in the query, or SigV4a; with the endpoint's key or, S3 Express, with a session's; the body
 * hashed, unsigned, or in chunks. Each function here refuses the request
 * when something is wrong. Where the signature needs the body's hash, it is looked at when the body
 * is there; S3's requests say that hash in their head.
 */
#ifndef ENDPOINT_VERIFY_H
#define ENDPOINT_VERIFY_H

#include "session.h"
#include "signing/signing.h"

struct refusal;
struct request;

enum payload_proof {
    PAYLOAD_UNSIGNED,
    PAYLOAD_HASHED,          /* declared is the hash of the whole body */
    PAYLOAD_CHUNKS_UNSIGNED, /* aws-chunked with a trailer */
    PAYLOAD_CHUNKS_SIGNED,
};

struct verdict {
    enum payload_proof payload;
    text declared;                          /* x-amz-content-sha256 */
    text canonical_request, string_to_sign; /* ours, when the signature does not match */
    struct sigv4_claim claim;
};

/*
 * What was verified lately. The same bytes in the same second have the same signature: a request
 * that a client sends again and again is verified once a second. Found by the end of its signature.
 */
enum {
    VERIFIED_COUNT = 256, /* a power of two */
    VERIFIED_HEAD_MOST = 1024,
};

struct verified {
    int64_t now_s;
    size_t head_size; /* 0: nothing */
    size_t payload_size;
    char payload[2 * SHA256_SIZE]; /* as sigv4_verify() got it */
    char head[VERIFIED_HEAD_MOST]; /* as http_request_parse() left it */
};

/* A body hashed lately: comparing with it is thirty times cheaper than hashing it again. */
enum {
    HASHED_COUNT = 16, /* a power of two */
    HASHED_BODY_MOST = 16384,
};

struct hashed {
    size_t size; /* 0: nothing */
    char hex[2 * SHA256_SIZE];
    char body[HASHED_BODY_MOST];
};

struct verifier {
    struct sigv4_verifier sigv4;
    struct secret secret;
    text access_key;
    struct session session; /* of the request that is looked at */
    bool is_off;
    struct verified lately[VERIFIED_COUNT];
    struct hashed hashed[HASHED_COUNT];
};

bool verifier_init(struct verifier *verifier, text access_key, text secret_key) MUST_USE;
void verifier_release(struct verifier *verifier);

static inline void verdict_clear(struct verdict *verdict)
{
    memset(verdict, 0, offsetof(struct verdict, claim));
}

static inline bool verdict_is_chunked(const struct verdict *verdict)
{
    return verdict->payload >= PAYLOAD_CHUNKS_UNSIGNED;
}

void verify_head(struct request *request);
/* Makes ready to read the chunks of a body. */
bool verify_chunks(struct request *request, struct sigv4_chunks *chunks) MUST_USE;
void verify_refuse_chunks(struct request *request, const char *problem);
/* NULL: it is valid. */
const struct refusal *verify_refusal_of(enum sigv4_verdict verdict);
void verify_body(struct request *request); /* when the whole body is there */

#endif
