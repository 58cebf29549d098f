#include "crypto/crypto.h"

#include "test.h"

/* RFC 6979, A.2.5. */
static const char private_hex[] =
    "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721";
static const char x_hex[] = "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6";
static const char y_hex[] = "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";

static void make_key(struct ecdsa_key *key, struct ecdsa_random *random)
{
    unsigned char private_key[ECDSA_SCALAR_SIZE];
    CHECK(hex_decode(private_key, text_of(private_hex)));
    CHECK(ecdsa_key_init(key, private_key, random));
}

TEST(a_private_key_has_its_public_key)
{
    struct ecdsa_random random = {0};
    struct ecdsa_key key;
    unsigned char expected[ECDSA_SCALAR_SIZE];
    make_key(&key, &random);
    CHECK(hex_decode(expected, text_of(x_hex)));
    CHECK_BYTES(key.public_x, sizeof key.public_x, expected, sizeof expected);
    CHECK(hex_decode(expected, text_of(y_hex)));
    CHECK_BYTES(key.public_y, sizeof key.public_y, expected, sizeof expected);
    ecdsa_random_release(&random);
}

TEST(a_signature_fits_its_digest_and_key_alone)
{
    struct ecdsa_random random = {0};
    struct ecdsa_key key;
    unsigned char digest[SHA256_SIZE], signature[ECDSA_SIGNATURE_MOST];
    make_key(&key, &random);
    sha256_once(digest, TEXT("sample"));
    for (int i = 0; i < 4; i++) {
        size_t size = ecdsa_sign(signature, &key, &random, digest);
        CHECK(size > 60 && size <= sizeof signature);
        text whole = text_from(signature, size);
        CHECK(ecdsa_verify(key.public_x, key.public_y, digest, whole));
        digest[i] ^= 1;
        CHECK(!ecdsa_verify(key.public_x, key.public_y, digest, whole));
        digest[i] ^= 1;
        CHECK(!ecdsa_verify(key.public_y, key.public_x, digest, whole));
        CHECK(!ecdsa_verify(key.public_x, key.public_y, digest, text_from(signature, size - 1)));
        signature[size - 1] ^= 1;
        CHECK(!ecdsa_verify(key.public_x, key.public_y, digest, whole));
    }
    ecdsa_random_release(&random);
}

TEST(zero_and_the_order_are_no_private_keys)
{
    struct ecdsa_random random = {0};
    struct ecdsa_key key;
    unsigned char zero[ECDSA_SCALAR_SIZE] = {0};
    CHECK(!ecdsa_key_init(&key, zero, &random));
    CHECK(!ecdsa_key_init(&key, ecdsa_order, &random));
    for (size_t i = 0; i < sizeof key; i++)
        CHECK_EQ(((const unsigned char *)&key)[i], 0);
    unsigned char last[ECDSA_SCALAR_SIZE];
    memcpy(last, ecdsa_order, sizeof last);
    last[sizeof last - 1]--;
    CHECK(ecdsa_key_init(&key, last, &random));
    ecdsa_random_release(&random);
}
