/*
 * lanes: SHA-256 of many messages at once, one in each 32-bit lane of AVX-512's registers. Sixteen
 * messages take the time of three, where the CPU has no instructions for SHA-256 of its own; where
 * it has them, or no AVX-512, messages are hashed one after the other.
 *
 *   struct sha256_job jobs[] = {{.message = a, .digest = to_a}, {.message = b, .digest = to_b}};
 *   sha256_lanes_run(jobs, COUNT_OF(jobs));
 */
#ifndef CRYPTO_LANES_H
#define CRYPTO_LANES_H

#include "digest.h"

enum {
    SHA256_BLOCK_SIZE = 64,
    SHA256_LANES = 16,
    SHA256_LANES_LEAST = 3, /* fewer messages are no faster together than one by one */
};

/* A running digest that has taken whole blocks only. That of a key is as secret as the key. */
struct sha256_midstate {
    uint32_t words[8];
    uint64_t size; /* bytes taken */
};

/* What digest is but for the bytes that do not fill a block: these go to rest, their number is
 * returned. */
size_t sha256_midstate_of(
    struct sha256_midstate *midstate, const struct sha256 *digest,
    unsigned char rest[SHA256_BLOCK_SIZE]);

/* digest goes on from there. */
void sha256_resume(struct sha256 *digest, const struct sha256_midstate *midstate);

struct sha256_job {
    text message;
    unsigned char *digest;              /* SHA256_SIZE bytes, which no message may overlap */
    const struct sha256_midstate *from; /* goes on from there; NULL: begins */
};

/* Whether SHA256_LANES_LEAST messages and more are faster together on this CPU. Ask once: asking
 * takes longer than a short message. */
bool sha256_lanes_are_faster(void);

/* With lanes where the CPU has them (even if it is no faster), else one by one. */
void sha256_lanes_run(const struct sha256_job *jobs, size_t count);

#endif
