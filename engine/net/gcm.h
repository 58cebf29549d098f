/*
 * gcm: AES-GCM over pieces, by intel-ipsec-mb where the CPU is new enough for it to be quicker,
 * by wolfCrypt elsewhere. Both give the same bytes.
 */
#ifndef NET_GCM_H
#define NET_GCM_H

#include "base/base.h"

#include <sys/uio.h>

enum {
    GCM_NONCE_SIZE = 12,
    GCM_TAG_SIZE = 16,
    GCM_KEY_MEMORY = 1088, /* an expanded key of either library, and room to align it */
};

struct gcm_engine; /* intel-ipsec-mb's tables; one per net */

/* NULL: this CPU, or this build, has wolfCrypt only. */
struct gcm_engine *gcm_engine_new(void) MUST_USE;
void gcm_engine_free(struct gcm_engine *engine);
const char *gcm_engine_name(const struct gcm_engine *engine); /* for the log: "AVX-512" */

/* An expanded key. May not be moved. */
struct gcm_key {
    struct gcm_engine *engine;
    size_t key_size; /* 0: none */
    unsigned char memory[GCM_KEY_MEMORY];
};

/* key_size 16 or 32; engine NULL: wolfCrypt. Replaces a key that is there. */
bool gcm_key_set(
    struct gcm_key *key, struct gcm_engine *engine, const uint8_t *bytes, size_t key_size) MUST_USE;
void gcm_key_clear(struct gcm_key *key); /* wiped */

/* Seals the pieces in their order to out, which is as long as they are together. */
bool gcm_seal(
    struct gcm_key *key, const uint8_t nonce[GCM_NONCE_SIZE], text header,
    const struct iovec *pieces, size_t count, uint8_t *out, uint8_t tag[GCM_TAG_SIZE]) MUST_USE;

/* Where opened bytes go: the first of them to one place, the rest to another. */
struct gcm_target {
    uint8_t *first;
    size_t first_size;
    uint8_t *rest; /* must hold all of the bytes, not only the rest */
};

/*
 * Opens size bytes; the tag follows them. false: forged, or damaged; what was written then means
 * nothing. sealed may be the target's first, too.
 */
bool gcm_open(
    struct gcm_key *key, const uint8_t nonce[GCM_NONCE_SIZE], text header, const uint8_t *sealed,
    size_t size, const struct gcm_target *target) MUST_USE;

#endif
