/*
 * sigv4: AWS4-HMAC-SHA256, in headers or in the URL; and AWS4-ECDSA-P256-SHA256 (sigv4a.h), which
 * differs in its key, its scope and one more header.
 *
 * Signed are all headers of the draft but those that a hop on the way may change, or that say
 * nothing about the request: authorization, connection, expect, keep-alive, proxy-*, te, trailer,
 * transfer-encoding, upgrade, user-agent, x-amzn-trace-id. The draft must hold host already.
 *
 * What signing adds replaces what the draft holds of that name, so that a draft may be signed
 * again for its next attempt.
 */
#ifndef SIGNING_SIGV4_H
#define SIGNING_SIGV4_H

#include "base/base.h"
#include "crypto/crypto.h"
#include "http/http.h"

#include "sigv4a.h"

enum {
    SIGV4_KEYS = 4,                  /* derived keys a signer keeps */
    SIGV4_SCOPE_MOST = 192,          /* "20150830/us-east-1/service/aws4_request" */
    SIGV4_SIGNATURE_SIZE = 64,       /* hex */
    SIGV4_JOB_CANONICAL_MOST = 2048, /* bytes of a canonical request; a session token is in it */
};

struct signing_credentials {
    text access_key_id;
    const struct secret *secret_key;
    text session_token; /* absent or empty: none */
};

/* A signing key: what a secret, a day, a region and a service make together. */
struct sigv4_key {
    struct hmac_sha256_key hmac;
    struct secret secret_key; /* what it was made of */
    char scope[SIGV4_SCOPE_MOST];
    size_t scope_size;  /* 0: unused */
    size_t region_size; /* the scope is date/region/service/aws4_request */
    size_t service_size;
    char dated[16];      /* the time of ... */
    struct sha256 begun; /* ... the string to sign up to its last line, hashed with the inner pad */
};

/* The keys derived last, and the time written last. Zeroed is the start. */
struct sigv4_signer {
    struct sigv4_key keys[SIGV4_KEYS];
    unsigned next; /* the one to be replaced next */
    int64_t written_s;
    char written[16]; /* "20150830T123600Z" */
};

void sigv4_signer_init(struct sigv4_signer *signer);
void sigv4_signer_release(struct sigv4_signer *signer); /* wipes the keys */

/* What the signatures of a body's chunks, or a stream's events, go on from. Keys of its own: the
 * signer may have others by the time that the last chunk goes out. To be wiped. */
struct sigv4_chain {
    struct hmac_sha256_key hmac;
    struct ecdsa_key ecdsa;           /* SigV4a */
    struct sigv4a_signer *asymmetric; /* SigV4a: whose randomness it takes; NULL: SigV4 */
    char date[16];
    char scope[SIGV4_SCOPE_MOST];
    size_t scope_size;
    char previous[SIGV4A_SIGNATURE_MOST]; /* at first that of the request */
    size_t previous_size;
};

struct sigv4_options {
    const struct signing_credentials *credentials;
    text region, service;
    /* The payload's SHA-256 in lower-case hex, or one of "UNSIGNED-PAYLOAD", "STREAMING-...";
     * absent or empty: the SHA-256 of nothing. */
    text payload;
    bool payload_header;      /* adds x-amz-content-sha256 (headers only) */
    bool path_encoded_once;   /* S3: the path is signed as it is sent; others encode it once more */
    bool path_not_normalized; /* S3: dot segments and empty ones stay */
    bool token_unsigned;      /* the session token is added after signing */
    bool s3_session;          /* S3 Express: the token is a session's, x-amz-s3session-token */
    uint32_t expires_s;       /* presigning only */
    const text *unsigned_headers; /* names in lower case that shall not be signed either */
    size_t unsigned_header_count;
    struct sigv4a_signer *asymmetric; /* signs instead, region being a set; NULL: SigV4 */
    struct sigv4_chain *chain;        /* is filled in for signed chunks; NULL: not wanted */
    struct buffer *canonical;         /* gets the canonical request; NULL: not wanted */
    struct buffer *to_sign;           /* gets the string to sign; NULL: not wanted */
};

/*
 * Adds x-amz-date, x-amz-security-token, x-amz-content-sha256 and authorization, as wanted.
 * INIA_NO_MEMORY; INIA_BAD_CONFIG: region and service are too long to be any; INIA_TOO_LARGE: more
 * than HTTP_MAX_HEADERS headers; INIA_UNSUPPORTED: no random bytes for SigV4a. The draft is then to
 * be given up.
 */
inia_status sigv4_sign_headers(
    struct sigv4_signer *signer, struct http_draft *draft, struct arena *arena,
    const struct sigv4_options *options, int64_t now_s) MUST_USE;

/*
 * sigv4_sign_headers() in steps, so that what many requests need hashed can be hashed at once:
 *
 *   sigv4_job_begin      then job->hashing is to be run: the canonical request
 *   sigv4_job_sign       then job->hashing is to be run: the HMAC's inner digest
 *   sigv4_job_sign_outer then job->hashing is to be run: its outer digest
 *   sigv4_job_end        the draft has its signature
 *
 * The draft and the arena must stay until then, options and signer need not.
 */
struct sigv4_job {
    struct sha256_job hashing;
    unsigned char hash[SHA256_SIZE];
    struct sha256_midstate inner, outer;                  /* of the HMAC: secret */
    char last_lines[SHA256_BLOCK_SIZE + 2 * SHA256_SIZE]; /* of the string to sign */
    size_t rest_size;                                     /* of that, before the request's hash */
    char *signature;                                      /* in the draft's authorization */
    char canonical[SIGV4_JOB_CANONICAL_MOST];
};

/* As sigv4_sign_headers(), of which this is the first part; but INIA_TOO_LARGE is also a request
 * whose canonical form has no room in a job. After any failure sigv4_sign_headers() may be tried.
 * SigV4 only, without chain, canonical and to_sign. */
inia_status sigv4_job_begin(
    struct sigv4_job *job, struct sigv4_signer *signer, struct http_draft *draft,
    struct arena *arena, const struct sigv4_options *options, int64_t now_s) MUST_USE;
void sigv4_job_sign(struct sigv4_job *job);
void sigv4_job_sign_outer(struct sigv4_job *job);
void sigv4_job_end(struct sigv4_job *job);

/* Puts all of it into draft->query, in botocore's order, after the parameters that are there. */
inia_status sigv4_presign(
    struct sigv4_signer *signer, struct http_draft *draft, struct arena *arena,
    const struct sigv4_options *options, int64_t now_s) MUST_USE;

/* The key for a day ("20150830"), region and service: the kept one or a new one, which takes the
 * place of the oldest. Valid until the signer derives others. NULL: too long for a scope. */
struct sigv4_key *sigv4_key_for(
    struct sigv4_signer *signer, const struct secret *secret_key, text date, text region,
    text service);

/* Signs AWS4-HMAC-SHA256's string to sign for the hash of a canonical request; to_sign, if not
 * NULL, gets that string. */
void sigv4_signature(
    char signature[SIGV4_SIGNATURE_SIZE], struct sigv4_key *key, const char date[16],
    const unsigned char request_hash[SHA256_SIZE], struct buffer *to_sign);

/* The HMAC of AWS4-HMAC-SHA256's string to sign, up to its last line. */
void sigv4_key_prepare(struct sigv4_key *key, const char date[16], struct sigv4_job *job);

#endif
