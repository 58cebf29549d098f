/*
 * sigv2: AWS's ways of signing before SigV4: version 2 in the parameters of a query protocol
 * (SimpleDB, Import/Export), S3's HMAC-SHA1 of that time in headers and URLs (for servers that know
 * nothing newer), and version 3 in a header.
 */
#ifndef SIGNING_SIGV2_H
#define SIGNING_SIGV2_H

#include "sigv4.h"

/* What version 2 signs beside the parameters. */
struct sigv2_request {
    text method, host, path;
    const struct signing_credentials *credentials;
};

/*
 * Adds AWSAccessKeyId, SecurityToken, Timestamp, SignatureMethod, SignatureVersion and Signature to
 * *parameters, which are encoded as in a URL's query and go out there (GET) or as the body (POST).
 * What they hold of these names is replaced.
 */
inia_status sigv2_sign(
    const struct sigv2_request *request, text *parameters, struct arena *arena,
    int64_t now_s) MUST_USE;

/* S3, "authorization: AWS id:signature"; adds date unless that or x-amz-date is there. */
inia_status sigv2_sign_s3(
    struct http_draft *draft, struct arena *arena, const struct signing_credentials *credentials,
    int64_t now_s) MUST_USE;

/* S3, in draft->query; headers that are signed go there too. */
inia_status sigv2_presign_s3(
    struct http_draft *draft, struct arena *arena, const struct signing_credentials *credentials,
    int64_t expires_s) MUST_USE;

/* Version 3, "x-amzn-authorization: AWS3-HTTPS ..."; adds date unless that or x-amz-date is there.
 */
inia_status sigv3_sign(
    struct http_draft *draft, struct arena *arena, const struct signing_credentials *credentials,
    int64_t now_s) MUST_USE;

#endif
