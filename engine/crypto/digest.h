/*
 * digest: SHA-256, SHA-1, SHA-512, MD5 and HMAC, by wolfCrypt, whose headers stay behind this one.
 *
 * A running digest is a plain struct: copying it copies the state, which is how HMAC saves hashing
 * its pads again. Finishing one leaves it used up until the next _init.
 */
#ifndef CRYPTO_DIGEST_H
#define CRYPTO_DIGEST_H

#include "base/base.h"

enum {
    SHA256_SIZE = 32,
    SHA1_SIZE = 20,
    SHA512_SIZE = 64,
    MD5_SIZE = 16,
};

/* wolfCrypt's states, by size and alignment alone; digest.c checks that they fit. */
struct sha256 {
    _Alignas(16) unsigned char state[144];
};

struct sha1 {
    _Alignas(16) unsigned char state[128];
};

struct sha512 {
    _Alignas(16) unsigned char state[304];
};

struct md5 {
    _Alignas(16) unsigned char state[128];
};

void sha256_init(struct sha256 *sha256);
void sha256_add(struct sha256 *sha256, text bytes);
void sha256_finish(struct sha256 *sha256, unsigned char digest[SHA256_SIZE]);
void sha256_once(unsigned char digest[SHA256_SIZE], text bytes);

void sha1_init(struct sha1 *sha1);
void sha1_add(struct sha1 *sha1, text bytes);
void sha1_finish(struct sha1 *sha1, unsigned char digest[SHA1_SIZE]);
void sha1_once(unsigned char digest[SHA1_SIZE], text bytes);

void sha512_init(struct sha512 *sha512);
void sha512_add(struct sha512 *sha512, text bytes);
void sha512_finish(struct sha512 *sha512, unsigned char digest[SHA512_SIZE]);
void sha512_once(unsigned char digest[SHA512_SIZE], text bytes);

void md5_init(struct md5 *md5);
void md5_add(struct md5 *md5, text bytes);
void md5_finish(struct md5 *md5, unsigned char digest[MD5_SIZE]);
void md5_once(unsigned char digest[MD5_SIZE], text bytes);

/* A key whose two pads are hashed already. It is a secret: wipe it with memory_wipe(). */
struct hmac_sha256_key {
    struct sha256 inner, outer;
};

void hmac_sha256_key_init(struct hmac_sha256_key *key, text secret); /* of any size */
void hmac_sha256(unsigned char mac[SHA256_SIZE], const struct hmac_sha256_key *key, text message);

void hmac_sha1(unsigned char mac[SHA1_SIZE], text secret, text message);

#endif
