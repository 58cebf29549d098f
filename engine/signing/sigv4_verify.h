/*
 * sigv4_verify: the server's side: who says to have signed a request, and whether that is so. For
 * the embedded endpoint and the tests; the head alone is looked at, so that a request can be
 * refused before its body comes.
 *
 *   struct sigv4_verifier verifier = {.find_secret = find_secret, .arg = endpoint};
 *   struct sigv4_claim claim;
 *   switch (sigv4_verify(&verifier, &request, payload, arena, now_s, &claim)) { ... }
 *   // SIGV4_VALID: the body must fit claim.payload: a hash, UNSIGNED-PAYLOAD, or STREAMING-...,
 *   // which sigv4_chunks_init(&chunks, claim.payload, &claim.chain) reads and checks.
 *   sigv4_signer_release(&verifier.signer);
 *   sigv4a_signer_release(&verifier.asymmetric);
 */
#ifndef SIGNING_SIGV4_VERIFY_H
#define SIGNING_SIGV4_VERIFY_H

#include "sigv4.h"

enum {
    SIGV4_SKEW_MOST_S = 900,
    SIGV4_EXPIRES_MOST_S = 7 * 86400,
};

enum sigv4_verdict {
    SIGV4_VALID,
    SIGV4_MISSING,   /* nobody says to have signed it */
    SIGV4_MALFORMED, /* claim.problem says what */
    SIGV4_UNKNOWN_KEY,
    SIGV4_EXPIRED,  /* a presigned URL after its time */
    SIGV4_SKEWED,   /* its time and ours are more than 15 minutes apart */
    SIGV4_MISMATCH, /* claim has what should have been signed */
    SIGV4_NO_MEMORY,
};

struct sigv4_verifier {
    const struct secret *(*find_secret)(void *arg, text access_key_id); /* NULL: unknown */
    void *arg;
    struct sigv4_signer signer;
    struct sigv4a_signer asymmetric;
};

/* What a request says of its signature. Texts are the request's, or in the arena. */
struct sigv4_claim {
    text access_key_id, service;
    text region;         /* of SigV4a: a set of them */
    text signed_headers; /* "host;x-amz-date" */
    text signature;
    text payload;       /* what stands for the body */
    text session_token; /* x-amz-security-token's, or S3 Express's x-amz-s3session-token's */
    bool in_query;
    bool is_asymmetric; /* SigV4a */
    char date[16];      /* "20150830T123600Z" */
    int64_t date_s;
    uint32_t expires_s;     /* in_query */
    const char *problem;    /* SIGV4_MALFORMED */
    text canonical_request; /* SIGV4_MISMATCH: these are for the error message */
    text string_to_sign;
    struct sigv4_chain chain; /* SIGV4_VALID and chunks that are signed; to be wiped */
};

/*
 * payload: stands for the body of a request that does not say it itself, by x-amz-content-sha256:
 * the body's SHA-256 in hex; absent: that of nothing. S3 always says it; there what a presigned URL
 * does not say is UNSIGNED-PAYLOAD.
 */
enum sigv4_verdict sigv4_verify(
    struct sigv4_verifier *verifier, const struct http_request *request, text payload,
    struct arena *arena, int64_t now_s, struct sigv4_claim *claim) MUST_USE;

#endif
