#include "digest.h"

#include <wolfssl/options.h>

#include <wolfssl/wolfcrypt/md5.h>
#include <wolfssl/wolfcrypt/sha.h>
#include <wolfssl/wolfcrypt/sha256.h>
#include <wolfssl/wolfcrypt/sha512.h>

/* wolfCrypt counts bytes in 32 bits. */
enum { PIECE_MOST = 1 << 30 };

/*
 * The four digests differ only in their names. None of wolfCrypt's functions can fail here: they
 * report null pointers and failed hardware, of which there is neither.
 */
#define DIGEST(name, Name, wolf_type, SIZE)                                                        \
    _Static_assert(sizeof(wolf_type) <= sizeof(struct name), "the state fits");                    \
    _Static_assert(_Alignof(wolf_type) <= _Alignof(struct name), "the state is aligned");          \
                                                                                                   \
    static wolf_type *wolf_##name(struct name *digest)                                             \
    {                                                                                              \
        return (wolf_type *)(void *)digest->state;                                                 \
    }                                                                                              \
                                                                                                   \
    void name##_init(struct name *digest)                                                          \
    {                                                                                              \
        int failed = wc_Init##Name##_ex(wolf_##name(digest), NULL, INVALID_DEVID);                 \
        check(!failed);                                                                            \
    }                                                                                              \
                                                                                                   \
    void name##_add(struct name *digest, text bytes)                                               \
    {                                                                                              \
        while (bytes.size) {                                                                       \
            size_t size = bytes.size < PIECE_MOST ? bytes.size : PIECE_MOST;                       \
            int failed = wc_##Name##Update(                                                        \
                wolf_##name(digest), (const unsigned char *)bytes.data, (word32)size);             \
            check(!failed);                                                                        \
            bytes = text_after(bytes, size);                                                       \
        }                                                                                          \
    }                                                                                              \
                                                                                                   \
    void name##_finish(struct name *digest, unsigned char out[SIZE])                               \
    {                                                                                              \
        int failed = wc_##Name##Final(wolf_##name(digest), out);                                   \
        check(!failed);                                                                            \
    }                                                                                              \
                                                                                                   \
    void name##_once(unsigned char out[SIZE], text bytes)                                          \
    {                                                                                              \
        struct name digest;                                                                        \
        name##_init(&digest);                                                                      \
        name##_add(&digest, bytes);                                                                \
        name##_finish(&digest, out);                                                               \
    }

DIGEST(sha256, Sha256, wc_Sha256, SHA256_SIZE)
DIGEST(sha1, Sha, wc_Sha, SHA1_SIZE)
DIGEST(sha512, Sha512, wc_Sha512, SHA512_SIZE)
DIGEST(md5, Md5, wc_Md5, MD5_SIZE)

/* ---- HMAC (RFC 2104) ------------------------------------------------------------------------- */

enum { HMAC_BLOCK_SIZE = 64 };

static void fill_pad(unsigned char pad[HMAC_BLOCK_SIZE], text key, unsigned char with)
{
    memset(pad, with, HMAC_BLOCK_SIZE);
    for (size_t i = 0; i < key.size; i++)
        pad[i] = (unsigned char)(pad[i] ^ (unsigned char)key.data[i]);
}

void hmac_sha256_key_init(struct hmac_sha256_key *key, text secret)
{
    unsigned char hashed[SHA256_SIZE], pad[HMAC_BLOCK_SIZE];
    if (secret.size > HMAC_BLOCK_SIZE) {
        sha256_once(hashed, secret);
        secret = text_from(hashed, sizeof hashed);
    }
    sha256_init(&key->inner);
    fill_pad(pad, secret, 0x36);
    sha256_add(&key->inner, text_from(pad, sizeof pad));
    sha256_init(&key->outer);
    fill_pad(pad, secret, 0x5c);
    sha256_add(&key->outer, text_from(pad, sizeof pad));
    memory_wipe(pad, sizeof pad);
    memory_wipe(hashed, sizeof hashed);
}

void hmac_sha256(unsigned char mac[SHA256_SIZE], const struct hmac_sha256_key *key, text message)
{
    struct sha256 digest = key->inner;
    sha256_add(&digest, message);
    sha256_finish(&digest, mac);
    digest = key->outer;
    sha256_add(&digest, text_from(mac, SHA256_SIZE));
    sha256_finish(&digest, mac);
}

void hmac_sha1(unsigned char mac[SHA1_SIZE], text secret, text message)
{
    unsigned char hashed[SHA1_SIZE], pad[HMAC_BLOCK_SIZE];
    if (secret.size > HMAC_BLOCK_SIZE) {
        sha1_once(hashed, secret);
        secret = text_from(hashed, sizeof hashed);
    }
    struct sha1 digest;
    sha1_init(&digest);
    fill_pad(pad, secret, 0x36);
    sha1_add(&digest, text_from(pad, sizeof pad));
    sha1_add(&digest, message);
    sha1_finish(&digest, mac);
    sha1_init(&digest);
    fill_pad(pad, secret, 0x5c);
    sha1_add(&digest, text_from(pad, sizeof pad));
    sha1_add(&digest, text_from(mac, SHA1_SIZE));
    sha1_finish(&digest, mac);
    memory_wipe(pad, sizeof pad);
    memory_wipe(hashed, sizeof hashed);
}
