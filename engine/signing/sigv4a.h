/*
 * sigv4a: AWS4-ECDSA-P256-SHA256, whose signatures hold in several regions. A request is signed
 * with it by sigv4_sign_headers() and sigv4_presign(), given options.asymmetric; options.region is
 * then a set of regions: "us-east-1,us-west-2", "*".
 */
#ifndef SIGNING_SIGV4A_H
#define SIGNING_SIGV4A_H

#include "base/base.h"
#include "crypto/crypto.h"

enum { SIGV4A_SIGNATURE_MOST = 2 * ECDSA_SIGNATURE_MOST }; /* hex */

/* The key that was derived last. Zeroed is the start. May not be copied. */
struct sigv4a_signer {
    struct ecdsa_random random;
    struct ecdsa_key key;
    struct secret secret_key; /* what it was made of */
    unsigned char access_key_id_hash[SHA256_SIZE];
    bool has_key;
};

void sigv4a_signer_init(struct sigv4a_signer *signer);
void sigv4a_signer_release(struct sigv4a_signer *signer); /* wipes it */

/* The key for these credentials: the kept one or a new one. NULL: the access key id is longer than
 * 1,024 bytes, or the system has no random bytes. */
const struct ecdsa_key *sigv4a_key_for(
    struct sigv4a_signer *signer, text access_key_id, const struct secret *secret_key);

/* NIST SP 800-108 in counter mode over the credentials, tried until the result is a private key. */
bool sigv4a_derive(
    unsigned char private_key[ECDSA_SCALAR_SIZE], text access_key_id, text secret_key) MUST_USE;

/* Signs a string to sign; the size of the signature in hex, 0: the system has no random bytes. */
size_t sigv4a_signature(
    char signature[SIGV4A_SIGNATURE_MOST], const struct ecdsa_key *key, struct ecdsa_random *random,
    text to_sign);

/* Whether signature, in hex, is the key's. */
bool sigv4a_is_signature(text signature, const struct ecdsa_key *key, text to_sign) MUST_USE;

#endif
