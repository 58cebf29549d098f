/*
 * dpop: proof of possession of a key (RFC 9449), which AWS's sign-in wants with a token to be
 * renewed: a JSON web token signed by ES256.
 */
#ifndef IDENTITY_DPOP_H
#define IDENTITY_DPOP_H

#include "crypto/crypto.h"

/* The private key of a PEM text, SEC1 ("EC PRIVATE KEY") or PKCS #8, P-256. false: it is none. */
bool dpop_read_key(
    unsigned char private_key[ECDSA_SCALAR_SIZE], text pem, struct arena *arena) MUST_USE;

/* The header's value for a POST to url, in arena; id is the token's own. Absent: no memory, no
 * random bytes, or the key is none. */
text dpop_write(
    const unsigned char private_key[ECDSA_SCALAR_SIZE], text url, int64_t now_s, text id,
    struct arena *arena);

#endif
