/*
 * signing: proof of who asks, put onto a request that is otherwise complete; and, for the embedded
 * endpoint, that proof checked. Pure: no clock, no sockets; memory comes from the caller's arena.
 *
 *   sigv4          AWS4-HMAC-SHA256 in headers, or in the URL (presigned)   sigv4.h
 *   sigv4a         AWS4-ECDSA-P256-SHA256, likewise                         sigv4a.h
 *   sigv2          AWS's second way, which SimpleDB still wants             sigv2.h
 *   bearer         a token in a header                                      bearer.h
 *   sigv4_chunks   aws-chunked bodies, signed or not, with trailers         sigv4_chunks.h
 *   sigv4_verify   the server's side                                        sigv4_verify.h
 *
 * It does not know where credentials come from (identity) nor what a service wants of it (the
 * endpoint's auth scheme and the model say that to calls).
 *
 *   struct sigv4_signer signer;                 // one per client: keeps derived keys
 *   sigv4_signer_init(&signer);
 *   struct sigv4_options options = {.credentials = &credentials, .region = TEXT("us-east-1"),
 *       .service = TEXT("s3"), .payload = TEXT("UNSIGNED-PAYLOAD"), .payload_header = true,
 *       .path_encoded_once = true, .path_not_normalized = true};
 *   status = sigv4_sign_headers(&signer, draft, arena, &options, now_s);
 *   sigv4_signer_release(&signer);              // wipes them
 */
#ifndef SIGNING_SIGNING_H
#define SIGNING_SIGNING_H

#include "bearer.h"
#include "sigv2.h"
#include "sigv4.h"
#include "sigv4_chunks.h"
#include "sigv4_verify.h"
#include "sigv4a.h"

#endif
