#include "identity/dpop.h"

#include "formats/formats.h"

#include "test.h"

/* RFC 7515, appendix A.3.1: the key, as PEM of both kinds made with openssl. */
static const char sec1[] = "-----BEGIN EC PRIVATE KEY-----\n"
                           "MHcCAQEEII6bEJ5xkJi/mASH3x9dd+nLKWBuvtImO19XwhPfhPSyoAoGCCqGSM49\n"
                           "AwEHoUQDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEXH8UTNG72b\n"
                           "focs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==\n"
                           "-----END EC PRIVATE KEY-----\n";
static const unsigned char scalar[ECDSA_SCALAR_SIZE] = {
    0x8e, 0x9b, 0x10, 0x9e, 0x71, 0x90, 0x98, 0xbf, 0x98, 0x04, 0x87, 0xdf, 0x1f, 0x5d, 0x77, 0xe9,
    0xcb, 0x29, 0x60, 0x6e, 0xbe, 0xd2, 0x26, 0x3b, 0x5f, 0x57, 0xc2, 0x13, 0xdf, 0x84, 0xf4, 0xb2};

static struct budget memory;
static struct slab blocks;
static struct arena arena;

static void begin(void)
{
    budget_init(&memory, 1 << 20);
    slab_init(&blocks, &memory, ARENA_BLOCK_SIZE, 4);
    arena_init(&arena, &blocks);
}

static void end(void)
{
    arena_release(&arena);
    slab_release(&blocks);
}

TEST(a_key_is_read_from_pem)
{
    begin();
    unsigned char key[ECDSA_SCALAR_SIZE];
    CHECK(dpop_read_key(key, text_of(sec1), &arena));
    CHECK(memcmp(key, scalar, sizeof key) == 0);
    end();
}

TEST(a_key_cut_anywhere_is_none)
{
    begin();
    unsigned char key[ECDSA_SCALAR_SIZE];
    for (size_t size = 0; size < 60; size++)
        CHECK(!dpop_read_key(key, text_from(sec1, size), &arena));
    CHECK(!dpop_read_key(key, TEXT("-----BEGIN-----\n????\n"), &arena));
    end();
}

/* Of a token's three parts, decoded. */
static text part(text token, int index)
{
    text piece = {NULL, 0};
    for (int i = 0; i <= index; i++)
        piece = text_split(token, '.', &token);
    char *plain = arena_alloc(&arena, piece.size + 8);
    char *out = arena_alloc(&arena, piece.size + 8);
    CHECK(plain && out);
    for (size_t i = 0; i < piece.size; i++)
        plain[i] = (char)(piece.data[i] == '-' ? '+' : piece.data[i] == '_' ? '/' : piece.data[i]);
    size_t size = base64_decode(out, text_from(plain, piece.size));
    CHECK(size != SIZE_MAX);
    return text_from(out, size);
}

TEST(a_proof_names_its_request_and_is_signed_by_the_key_it_shows)
{
    begin();
    text token = dpop_write(scalar, TEXT("https://x.test/v1/token"), 17, TEXT("id"), &arena);
    text claims = part(token, 1), pair = part(token, 2);
    CHECK(text_equals(
        claims, TEXT("{\"htm\":\"POST\",\"htu\":\"https://x.test/v1/token\",\"iat\":17,"
                     "\"jti\":\"id\"}")));
    CHECK(
        text_find_text(part(token, 0), TEXT("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU")) !=
        SIZE_MAX);
    CHECK_EQ(pair.size, 2 * ECDSA_SCALAR_SIZE);
    /* DER again, with a zero before each number so that none is negative. */
    unsigned char der[72] = {0x30, 70, 0x02, 33, 0};
    memcpy(der + 5, pair.data, 32);
    der[37] = 0x02;
    der[38] = 33;
    memcpy(der + 40, pair.data + 32, 32);
    struct ecdsa_random random = {0};
    struct ecdsa_key key;
    CHECK(ecdsa_key_init(&key, scalar, &random));
    unsigned char digest[SHA256_SIZE];
    sha256_once(digest, (text){token.data, text_find_last(token, '.')});
    text first = {(char *)der + 4, 33}, second = {(char *)der + 39, 33};
    unsigned char exact[80] = {0x30, 0, 0x02, 0};
    size_t at = 4;
    for (int i = 0; i < 2; i++) {
        text number = i ? second : first;
        while (number.size > 1 && !number.data[0] && !((unsigned char)number.data[1] & 0x80))
            number = text_after(number, 1);
        if (i)
            exact[at++] = 0x02, at++;
        exact[at - 1] = (unsigned char)number.size;
        memcpy(exact + at, number.data, number.size);
        at += number.size;
    }
    exact[1] = (unsigned char)(at - 2);
    CHECK(ecdsa_verify(key.public_x, key.public_y, digest, text_from(exact, at)));
    ecdsa_random_release(&random);
    end();
}
