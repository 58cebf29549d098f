#include "crypto/crypto.h"

#include "test.h"

static void check_hex(const void *bytes, size_t size, const char *hex)
{
    char actual[2 * CHECKSUM_MOST + 1] = {0};
    hex_encode(actual, bytes, size);
    CHECK_TEXT(actual, hex);
}

TEST(sha256_of_abc_is_as_published)
{
    unsigned char digest[SHA256_SIZE];
    sha256_once(digest, TEXT("abc"));
    check_hex(
        digest, sizeof digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(the_other_digests_of_abc_are_as_published)
{
    unsigned char digest[SHA512_SIZE];
    sha1_once(digest, TEXT("abc"));
    check_hex(digest, SHA1_SIZE, "a9993e364706816aba3e25717850c26c9cd0d89d");
    md5_once(digest, TEXT("abc"));
    check_hex(digest, MD5_SIZE, "900150983cd24fb0d6963f7d28e17f72");
    sha512_once(digest, TEXT("abc"));
    check_hex(
        digest, SHA512_SIZE,
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}

TEST(an_absent_text_is_digested_as_an_empty_one)
{
    unsigned char absent[SHA256_SIZE], empty[SHA256_SIZE];
    sha256_once(absent, (text){NULL, 0});
    sha256_once(empty, TEXT(""));
    CHECK_BYTES(absent, sizeof absent, empty, sizeof empty);
    check_hex(
        absent, sizeof absent, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(pieces_of_any_size_give_the_digest_of_the_whole)
{
    char bytes[300];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)i;
    unsigned char whole[SHA256_SIZE], pieces[SHA256_SIZE];
    sha256_once(whole, text_from(bytes, sizeof bytes));
    for (size_t piece = 1; piece < sizeof bytes; piece++) {
        struct sha256 sha256;
        sha256_init(&sha256);
        for (size_t at = 0; at < sizeof bytes; at += piece) {
            size_t left = sizeof bytes - at;
            sha256_add(&sha256, text_from(bytes + at, left < piece ? left : piece));
        }
        sha256_finish(&sha256, pieces);
        CHECK_BYTES(pieces, sizeof pieces, whole, sizeof whole);
    }
}

TEST(a_copied_digest_goes_on_by_itself)
{
    struct sha256 one, other;
    sha256_init(&one);
    sha256_add(&one, TEXT("a"));
    other = one;
    sha256_add(&one, TEXT("bc"));
    sha256_add(&other, TEXT("xy"));
    unsigned char digest[SHA256_SIZE], expected[SHA256_SIZE];
    sha256_finish(&one, digest);
    sha256_once(expected, TEXT("abc"));
    CHECK_BYTES(digest, sizeof digest, expected, sizeof expected);
    sha256_finish(&other, digest);
    sha256_once(expected, TEXT("axy"));
    CHECK_BYTES(digest, sizeof digest, expected, sizeof expected);
}

/* RFC 4231, test cases 2 and 6. */
TEST(hmac_sha256_takes_short_and_long_keys)
{
    struct hmac_sha256_key key;
    unsigned char mac[SHA256_SIZE];
    hmac_sha256_key_init(&key, TEXT("Jefe"));
    for (int again = 0; again < 2; again++) {
        hmac_sha256(mac, &key, TEXT("what do ya want for nothing?"));
        check_hex(
            mac, sizeof mac, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }
    char long_key[131];
    memset(long_key, 0xaa, sizeof long_key);
    hmac_sha256_key_init(&key, text_from(long_key, sizeof long_key));
    hmac_sha256(mac, &key, TEXT("Test Using Larger Than Block-Size Key - Hash Key First"));
    check_hex(mac, sizeof mac, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

/* RFC 2202, test cases 2 and 6. */
TEST(hmac_sha1_takes_short_and_long_keys)
{
    unsigned char mac[SHA1_SIZE];
    hmac_sha1(mac, TEXT("Jefe"), TEXT("what do ya want for nothing?"));
    check_hex(mac, sizeof mac, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    char long_key[80];
    memset(long_key, 0xaa, sizeof long_key);
    hmac_sha1(
        mac, text_from(long_key, sizeof long_key),
        TEXT("Test Using Larger Than Block-Size Key - Hash Key First"));
    check_hex(mac, sizeof mac, "aa4ae5e15272d00e95705637ce8a3b55ed402112");
}
