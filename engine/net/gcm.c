#include "gcm.h"

#include <stdlib.h>

#include <wolfssl/options.h>

#include <wolfssl/wolfcrypt/aes.h>

#ifdef INIA_HAVE_IPSEC_MB
#include <intel-ipsec-mb.h>
#endif

enum { KEY_ALIGNMENT = 64 };

static void *key_memory(struct gcm_key *key)
{
    uintptr_t at = (uintptr_t)key->memory;
    return (void *)((at + KEY_ALIGNMENT - 1) & ~(uintptr_t)(KEY_ALIGNMENT - 1));
}

/* ---- wolfCrypt ---- */

_Static_assert(sizeof(Aes) + KEY_ALIGNMENT <= GCM_KEY_MEMORY, "an Aes fits");

static bool wolf_set(struct gcm_key *key, const uint8_t *bytes, size_t size)
{
    Aes *aes = key_memory(key);
    return wc_AesInit(aes, NULL, INVALID_DEVID) == 0 &&
           wc_AesGcmSetKey(aes, bytes, (word32)size) == 0;
}

/* It has no way to seal pieces at a speed worth having: they are put together where they go. */
static bool wolf_seal(
    struct gcm_key *key, const uint8_t *nonce, text header, const struct iovec *pieces,
    size_t count, uint8_t *out, uint8_t *tag)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        if (pieces[i].iov_len)
            memcpy(out + size, pieces[i].iov_base, pieces[i].iov_len);
        size += pieces[i].iov_len;
    }
    return wc_AesGcmEncrypt(
               key_memory(key), out, out, (word32)size, nonce, GCM_NONCE_SIZE, tag, GCM_TAG_SIZE,
               (const byte *)header.data, (word32)header.size) == 0;
}

static bool wolf_open(
    struct gcm_key *key, const uint8_t *nonce, text header, const uint8_t *sealed, size_t size,
    const struct gcm_target *target)
{
    bool fits = size <= target->first_size;
    uint8_t *out = fits ? target->first : target->rest;
    int result = wc_AesGcmDecrypt(
        key_memory(key), out, sealed, (word32)size, nonce, GCM_NONCE_SIZE, sealed + size,
        GCM_TAG_SIZE, (const byte *)header.data, (word32)header.size);
    if (result != 0)
        return false;
    if (!fits) {
        if (target->first_size)
            memcpy(target->first, out, target->first_size);
        memmove(out, out + target->first_size, size - target->first_size);
    }
    return true;
}

/* ---- intel-ipsec-mb ---- */

#ifdef INIA_HAVE_IPSEC_MB

struct gcm_engine {
    IMB_MGR *manager;
    IMB_ARCH kind;
};

_Static_assert(sizeof(struct gcm_key_data) + KEY_ALIGNMENT <= GCM_KEY_MEMORY, "a key fits");

struct gcm_engine *gcm_engine_new(void)
{
    struct gcm_engine *engine = calloc(1, sizeof *engine);
    if (!engine)
        return NULL;
    engine->manager = alloc_mb_mgr(0);
    if (!engine->manager) {
        free(engine);
        return NULL;
    }
    init_mb_mgr_auto(engine->manager, &engine->kind);
    /* Older CPUs do no better with it than with wolfCrypt. */
    if (engine->kind == IMB_ARCH_AVX2 || engine->kind == IMB_ARCH_AVX512)
        return engine;
    gcm_engine_free(engine);
    return NULL;
}

void gcm_engine_free(struct gcm_engine *engine)
{
    if (!engine)
        return;
    free_mb_mgr(engine->manager);
    free(engine);
}

const char *gcm_engine_name(const struct gcm_engine *engine)
{
    if (!engine)
        return "wolfCrypt";
    return engine->kind == IMB_ARCH_AVX512 ? "ipsec-mb, AVX-512" : "ipsec-mb, AVX2";
}

static void fast_set(struct gcm_key *key, const uint8_t *bytes, size_t size)
{
    struct gcm_key_data *expanded = key_memory(key);
    if (size == 16)
        IMB_AES128_GCM_PRE(key->engine->manager, bytes, expanded);
    else
        IMB_AES256_GCM_PRE(key->engine->manager, bytes, expanded);
}

static void fast_seal(
    struct gcm_key *key, const uint8_t *nonce, text header, const struct iovec *pieces,
    size_t count, uint8_t *out, uint8_t *tag)
{
    IMB_MGR *manager = key->engine->manager;
    const struct gcm_key_data *expanded = key_memory(key);
    struct gcm_context_data context;
    bool is_short = key->key_size == 16;
    if (is_short)
        IMB_AES128_GCM_INIT(
            manager, expanded, &context, nonce, (const uint8_t *)header.data, header.size);
    else
        IMB_AES256_GCM_INIT(
            manager, expanded, &context, nonce, (const uint8_t *)header.data, header.size);
    for (size_t i = 0; i < count; i++) {
        const uint8_t *piece = pieces[i].iov_base;
        size_t size = pieces[i].iov_len;
        if (size == 0)
            continue;
        if (is_short)
            IMB_AES128_GCM_ENC_UPDATE(manager, expanded, &context, out, piece, size);
        else
            IMB_AES256_GCM_ENC_UPDATE(manager, expanded, &context, out, piece, size);
        out += size;
    }
    if (is_short)
        IMB_AES128_GCM_ENC_FINALIZE(manager, expanded, &context, tag, GCM_TAG_SIZE);
    else
        IMB_AES256_GCM_ENC_FINALIZE(manager, expanded, &context, tag, GCM_TAG_SIZE);
}

static void fast_open_whole(
    struct gcm_key *key, const uint8_t *nonce, text header, const uint8_t *sealed, size_t size,
    uint8_t *out, uint8_t *tag)
{
    IMB_MGR *manager = key->engine->manager;
    const struct gcm_key_data *expanded = key_memory(key);
    struct gcm_context_data context;
    const uint8_t *aad = (const uint8_t *)header.data;
    if (key->key_size == 16)
        IMB_AES128_GCM_DEC(
            manager, expanded, &context, out, sealed, size, nonce, aad, header.size, tag,
            GCM_TAG_SIZE);
    else
        IMB_AES256_GCM_DEC(
            manager, expanded, &context, out, sealed, size, nonce, aad, header.size, tag,
            GCM_TAG_SIZE);
}

static void fast_open_parts(
    struct gcm_key *key, const uint8_t *nonce, text header, const uint8_t *sealed, size_t size,
    const struct gcm_target *target, uint8_t *tag)
{
    IMB_MGR *manager = key->engine->manager;
    const struct gcm_key_data *expanded = key_memory(key);
    struct gcm_context_data context;
    const uint8_t *aad = (const uint8_t *)header.data;
    size_t first = target->first_size, rest = size - first;
    if (key->key_size == 16) {
        IMB_AES128_GCM_INIT(manager, expanded, &context, nonce, aad, header.size);
        if (first)
            IMB_AES128_GCM_DEC_UPDATE(manager, expanded, &context, target->first, sealed, first);
        IMB_AES128_GCM_DEC_UPDATE(manager, expanded, &context, target->rest, sealed + first, rest);
        IMB_AES128_GCM_DEC_FINALIZE(manager, expanded, &context, tag, GCM_TAG_SIZE);
    } else {
        IMB_AES256_GCM_INIT(manager, expanded, &context, nonce, aad, header.size);
        if (first)
            IMB_AES256_GCM_DEC_UPDATE(manager, expanded, &context, target->first, sealed, first);
        IMB_AES256_GCM_DEC_UPDATE(manager, expanded, &context, target->rest, sealed + first, rest);
        IMB_AES256_GCM_DEC_FINALIZE(manager, expanded, &context, tag, GCM_TAG_SIZE);
    }
}

static bool fast_open(
    struct gcm_key *key, const uint8_t *nonce, text header, const uint8_t *sealed, size_t size,
    const struct gcm_target *target)
{
    uint8_t expected[GCM_TAG_SIZE], tag[GCM_TAG_SIZE];
    memcpy(expected, sealed + size, sizeof expected);
    if (size <= target->first_size)
        fast_open_whole(key, nonce, header, sealed, size, target->first, tag);
    else
        fast_open_parts(key, nonce, header, sealed, size, target, tag);
    return secret_equals(text_from(tag, sizeof tag), text_from(expected, sizeof expected));
}

#else

struct gcm_engine *gcm_engine_new(void)
{
    return NULL;
}

void gcm_engine_free(struct gcm_engine *engine)
{
    (void)engine;
}

const char *gcm_engine_name(const struct gcm_engine *engine)
{
    (void)engine;
    return "wolfCrypt";
}

#define fast_set(key, bytes, size) check(false)
#define fast_seal(key, nonce, header, pieces, count, out, tag) check(false)
#define fast_open(key, nonce, header, sealed, size, target) false

#endif

/* ---- Either ---- */

bool gcm_key_set(
    struct gcm_key *key, struct gcm_engine *engine, const uint8_t *bytes, size_t key_size)
{
    check(key_size == 16 || key_size == 32);
    gcm_key_clear(key);
    key->engine = engine;
    if (engine)
        fast_set(key, bytes, key_size);
    else if (!wolf_set(key, bytes, key_size))
        return false;
    key->key_size = key_size;
    return true;
}

void gcm_key_clear(struct gcm_key *key)
{
    if (key->key_size == 0)
        return;
    if (!key->engine)
        wc_AesFree(key_memory(key));
    memory_wipe(key->memory, sizeof key->memory);
    key->key_size = 0;
}

bool gcm_seal(
    struct gcm_key *key, const uint8_t nonce[GCM_NONCE_SIZE], text header,
    const struct iovec *pieces, size_t count, uint8_t *out, uint8_t tag[GCM_TAG_SIZE])
{
    if (!key->engine)
        return wolf_seal(key, nonce, header, pieces, count, out, tag);
    fast_seal(key, nonce, header, pieces, count, out, tag);
    return true;
}

bool gcm_open(
    struct gcm_key *key, const uint8_t nonce[GCM_NONCE_SIZE], text header, const uint8_t *sealed,
    size_t size, const struct gcm_target *target)
{
    if (key->engine)
        return fast_open(key, nonce, header, sealed, size, target);
    return wolf_open(key, nonce, header, sealed, size, target);
}
