/* ecdsa: signatures with keys on the curve P-256, in DER, by wolfCrypt. */
#ifndef CRYPTO_ECDSA_H
#define CRYPTO_ECDSA_H

#include "digest.h"

enum {
    ECDSA_SCALAR_SIZE = 32,
    ECDSA_SIGNATURE_MOST = 72, /* bytes of DER */
};

/* n, the order of P-256: private keys are 1 ... n - 1. */
extern const unsigned char ecdsa_order[ECDSA_SCALAR_SIZE];

/* wolfCrypt's generator, started when it is first used. Zeroed is the start. May not be copied. */
struct ecdsa_random {
    _Alignas(16) unsigned char generator[32];
    bool has_started;
};

void ecdsa_random_release(struct ecdsa_random *random);

/* May be copied; whoever has a copy wipes it. */
struct ecdsa_key {
    unsigned char private_key[ECDSA_SCALAR_SIZE]; /* a secret */
    unsigned char public_x[ECDSA_SCALAR_SIZE], public_y[ECDSA_SCALAR_SIZE];
};

/* false: not a private key, or the system has no random bytes; key is then wiped. */
bool ecdsa_key_init(
    struct ecdsa_key *key, const unsigned char private_key[ECDSA_SCALAR_SIZE],
    struct ecdsa_random *random) MUST_USE;

/* Each time another signature. Returns its size; 0: the system has no random bytes. */
size_t ecdsa_sign(
    unsigned char signature[ECDSA_SIGNATURE_MOST], const struct ecdsa_key *key,
    struct ecdsa_random *random, const unsigned char digest[SHA256_SIZE]);

bool ecdsa_verify(
    const unsigned char public_x[ECDSA_SCALAR_SIZE],
    const unsigned char public_y[ECDSA_SCALAR_SIZE], const unsigned char digest[SHA256_SIZE],
    text signature) MUST_USE;

#endif
