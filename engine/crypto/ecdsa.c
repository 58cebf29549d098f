#include "ecdsa.h"

#include <wolfssl/options.h>

#include <wolfssl/wolfcrypt/ecc.h>
#include <wolfssl/wolfcrypt/random.h>

_Static_assert(sizeof(WC_RNG) <= sizeof((struct ecdsa_random *)NULL)->generator, "it fits");

const unsigned char ecdsa_order[ECDSA_SCALAR_SIZE] = {
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
};

static WC_RNG *generator(struct ecdsa_random *random)
{
    return (WC_RNG *)(void *)random->generator;
}

static bool start(struct ecdsa_random *random)
{
    if (!random->has_started)
        random->has_started = wc_InitRng(generator(random)) == 0;
    return random->has_started;
}

void ecdsa_random_release(struct ecdsa_random *random)
{
    if (random->has_started)
        wc_FreeRng(generator(random));
    memory_wipe(random, sizeof *random);
}

/* Imports the private key and works the public one out. */
static bool make_public(struct ecdsa_key *key, struct ecdsa_random *random)
{
    ecc_key wolf_key;
    word32 x_size = ECDSA_SCALAR_SIZE, y_size = ECDSA_SCALAR_SIZE;
    if (wc_ecc_init(&wolf_key) != 0)
        return false;
    bool made =
        wc_ecc_import_private_key_ex(
            key->private_key, ECDSA_SCALAR_SIZE, NULL, 0, &wolf_key, ECC_SECP256R1) == 0 &&
        wc_ecc_make_pub_ex(&wolf_key, NULL, generator(random)) == 0 &&
        wc_ecc_export_public_raw(&wolf_key, key->public_x, &x_size, key->public_y, &y_size) == 0 &&
        x_size == ECDSA_SCALAR_SIZE && y_size == ECDSA_SCALAR_SIZE;
    wc_ecc_free(&wolf_key);
    memory_wipe(&wolf_key, sizeof wolf_key);
    return made;
}

bool ecdsa_key_init(
    struct ecdsa_key *key, const unsigned char private_key[ECDSA_SCALAR_SIZE],
    struct ecdsa_random *random)
{
    memcpy(key->private_key, private_key, ECDSA_SCALAR_SIZE);
    if (start(random) && make_public(key, random))
        return true;
    memory_wipe(key, sizeof *key);
    return false;
}

size_t ecdsa_sign(
    unsigned char signature[ECDSA_SIGNATURE_MOST], const struct ecdsa_key *key,
    struct ecdsa_random *random, const unsigned char digest[SHA256_SIZE])
{
    ecc_key wolf_key;
    word32 size = ECDSA_SIGNATURE_MOST;
    if (!start(random) || wc_ecc_init(&wolf_key) != 0)
        return 0;
    bool made =
        wc_ecc_import_private_key_ex(
            key->private_key, ECDSA_SCALAR_SIZE, NULL, 0, &wolf_key, ECC_SECP256R1) == 0 &&
        wc_ecc_sign_hash(digest, SHA256_SIZE, signature, &size, generator(random), &wolf_key) == 0;
    wc_ecc_free(&wolf_key);
    memory_wipe(&wolf_key, sizeof wolf_key);
    return made ? size : 0;
}

bool ecdsa_verify(
    const unsigned char public_x[ECDSA_SCALAR_SIZE],
    const unsigned char public_y[ECDSA_SCALAR_SIZE], const unsigned char digest[SHA256_SIZE],
    text signature)
{
    ecc_key wolf_key;
    int fits = 0;
    if (signature.size > ECDSA_SIGNATURE_MOST || wc_ecc_init(&wolf_key) != 0)
        return false;
    bool checked =
        wc_ecc_import_unsigned(&wolf_key, public_x, public_y, NULL, ECC_SECP256R1) == 0 &&
        wc_ecc_verify_hash(
            (const unsigned char *)signature.data, (word32)signature.size, digest, SHA256_SIZE,
            &fits, &wolf_key) == 0;
    wc_ecc_free(&wolf_key);
    return checked && fits == 1;
}
