#include "net/record.h"
#include "test.h"

#include <stdlib.h>

static const uint8_t key_bytes[32] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

struct pair {
    struct record_key write, read;
    struct gcm_engine *engine;
    uint8_t sealed[RECORD_SEALED_MOST + 64], scratch[RECORD_SEALED_MOST + 64];
};

/* Writer and reader by either library; the reader is NULL-engined when mixed. */
static void pair_make(struct pair *pair, bool is_tls13, size_t key_size, int kind)
{
    memset(pair, 0, sizeof *pair);
    pair->engine = gcm_engine_new();
    pair->write.is_tls13 = pair->read.is_tls13 = is_tls13;
    for (size_t i = 0; i < GCM_NONCE_SIZE; i++)
        pair->write.base[i] = pair->read.base[i] = (uint8_t)(i * 7);
    CHECK(gcm_key_set(&pair->write.gcm, kind & 1 ? pair->engine : NULL, key_bytes, key_size));
    CHECK(gcm_key_set(&pair->read.gcm, kind & 2 ? pair->engine : NULL, key_bytes, key_size));
}

static void pair_remove(struct pair *pair)
{
    gcm_key_clear(&pair->write.gcm);
    gcm_key_clear(&pair->read.gcm);
    gcm_engine_free(pair->engine);
}

static size_t seal(struct pair *pair, uint8_t type, const void *bytes, size_t size)
{
    struct iovec piece = {(void *)(uintptr_t)bytes, size};
    size_t sealed = record_seal(&pair->write, type, &piece, 1, pair->sealed);
    CHECK_EQ(sealed, size + record_overhead(&pair->write));
    return sealed;
}

static bool open_all(struct pair *pair, size_t size, struct record_opened *opened)
{
    struct gcm_target target = {pair->scratch, sizeof pair->scratch, pair->scratch};
    return record_open(&pair->read, text_from(pair->sealed, size), &target, opened);
}

TEST(what_one_library_seals_the_other_opens)
{
    static const size_t sizes[] = {0, 1, 15, 16, 17, 255, 1000, 16383, 16384};
    static uint8_t plain[RECORD_PLAIN_MOST];
    for (size_t i = 0; i < sizeof plain; i++)
        plain[i] = (uint8_t)(i * 31 + 7);
    for (int kind = 0; kind < 4; kind++)
        for (int tls13 = 0; tls13 <= 1; tls13++)
            for (size_t key_size = 16; key_size <= 32; key_size += 16) {
                static struct pair pair;
                pair_make(&pair, tls13, key_size, kind);
                for (size_t i = 0; i < COUNT_OF(sizes); i++) {
                    struct record_opened opened;
                    size_t size = seal(&pair, RECORD_DATA, plain, sizes[i]);
                    CHECK_EQ(record_measure(&pair.read, text_from(pair.sealed, size)), size);
                    CHECK(open_all(&pair, size, &opened));
                    CHECK_EQ(opened.type, RECORD_DATA);
                    CHECK_BYTES(pair.scratch, opened.size, plain, sizes[i]);
                }
                CHECK_EQ(pair.read.sequence, COUNT_OF(sizes));
                pair_remove(&pair);
            }
}

TEST(pieces_are_sealed_as_if_they_were_one)
{
    static struct pair whole, parts;
    uint8_t plain[100];
    memset(plain, 'p', sizeof plain);
    for (int kind = 0; kind < 4; kind += 3) {
        pair_make(&whole, true, 16, kind);
        pair_make(&parts, true, 16, kind);
        size_t size = seal(&whole, RECORD_DATA, plain, sizeof plain);
        struct iovec pieces[4] = {{plain, 3}, {plain + 3, 0}, {plain + 3, 60}, {plain + 63, 37}};
        CHECK_EQ(record_seal(&parts.write, RECORD_DATA, pieces, 4, parts.sealed), size);
        CHECK_BYTES(whole.sealed, size, parts.sealed, size);
        pair_remove(&whole);
        pair_remove(&parts);
    }
}

TEST(opened_bytes_are_split_where_the_target_says)
{
    static const size_t splits[] = {0, 1, 16, 50, 99, 100, 101};
    uint8_t plain[100], first[101];
    for (size_t i = 0; i < sizeof plain; i++)
        plain[i] = (uint8_t)i;
    for (int kind = 0; kind < 4; kind++)
        for (size_t i = 0; i < COUNT_OF(splits); i++) {
            static struct pair pair;
            struct record_opened opened;
            pair_make(&pair, true, 32, kind);
            size_t size = seal(&pair, RECORD_DATA, plain, sizeof plain);
            struct gcm_target target = {first, splits[i], pair.scratch};
            CHECK(record_open(&pair.read, text_from(pair.sealed, size), &target, &opened));
            CHECK_EQ(opened.size, sizeof plain);
            size_t fits = splits[i] < sizeof plain ? splits[i] : sizeof plain;
            CHECK(memcmp(first, plain, fits) == 0);
            CHECK(memcmp(pair.scratch, plain + fits, sizeof plain - fits) == 0);
            pair_remove(&pair);
        }
}

TEST(a_record_that_was_touched_anywhere_does_not_open)
{
    for (int tls13 = 0; tls13 <= 1; tls13++)
        for (int kind = 0; kind < 4; kind += 3) {
            static struct pair pair;
            struct record_opened opened;
            pair_make(&pair, tls13, 16, kind);
            size_t size = seal(&pair, RECORD_DATA, "untouched", 9);
            for (size_t i = 0; i < size; i++) {
                pair.sealed[i] ^= 1;
                CHECK(!open_all(&pair, size, &opened));
                pair.sealed[i] ^= 1;
            }
            for (size_t shorter = 0; shorter < size; shorter++)
                CHECK(!open_all(&pair, shorter, &opened));
            CHECK_EQ(pair.read.sequence, 0);
            CHECK(open_all(&pair, size, &opened));
            CHECK(!open_all(&pair, size, &opened)); /* not twice */
            pair_remove(&pair);
        }
}

TEST(padding_is_taken_off_and_a_record_of_nothing_but_padding_is_refused)
{
    static struct pair pair;
    struct record_opened opened;
    static uint8_t padded[200] = "data\x17";
    uint8_t nonce[GCM_NONCE_SIZE];
    pair_make(&pair, true, 16, 3);
    for (int all_zero = 0; all_zero <= 1; all_zero++) {
        static uint8_t zeros[200];
        struct iovec piece = {all_zero ? zeros : padded, sizeof padded};
        size_t size = sizeof padded + GCM_TAG_SIZE;
        memcpy(pair.sealed, "\x17\x03\x03", 3);
        pair.sealed[3] = 0;
        pair.sealed[4] = (uint8_t)size;
        memcpy(nonce, pair.write.base, sizeof nonce);
        nonce[11] ^= (uint8_t)all_zero;
        CHECK(gcm_seal(
            &pair.write.gcm, nonce, text_from(pair.sealed, 5), &piece, 1, pair.sealed + 5,
            pair.sealed + 5 + sizeof padded));
        CHECK_EQ(open_all(&pair, size + 5, &opened), !all_zero);
        if (!all_zero)
            CHECK_BYTES(pair.scratch, opened.size, "data", 4);
    }
    pair_remove(&pair);
}

TEST(handshake_records_of_tls_1_3_are_left_to_the_library)
{
    static struct pair pair;
    struct record_opened opened;
    pair_make(&pair, true, 16, 3);
    size_t size = seal(&pair, RECORD_HANDSHAKE, "\x18\0\0\1\0", 5);
    CHECK(open_all(&pair, size, &opened));
    CHECK_EQ(opened.type, RECORD_HANDSHAKE);
    CHECK_EQ(pair.read.sequence, 0);
    pair_remove(&pair);
}

TEST(only_possible_headers_are_measured)
{
    static struct pair pair;
    pair_make(&pair, true, 16, 0);
    CHECK_EQ(record_measure(&pair.read, TEXT("\x17\x03\x03\x00")), 0);
    CHECK_EQ(record_measure(&pair.read, TEXT("\x17\x03\x03\x00\x20")), 37);
    CHECK_EQ(record_measure(&pair.read, TEXT("\x17\x03\x03\x41\x00")), 16640 + 5);
    CHECK_EQ(record_measure(&pair.read, TEXT("\x17\x03\x03\x41\x01")), SIZE_MAX);
    CHECK_EQ(record_measure(&pair.read, TEXT("\x17\x03\x03\x00\x10")), SIZE_MAX);
    CHECK_EQ(record_measure(&pair.read, TEXT("\x17\x03\x01\x00\x20")), SIZE_MAX);
    CHECK_EQ(record_measure(&pair.read, TEXT("\x15\x03\x03\x00\x20")), SIZE_MAX);
    CHECK_EQ(record_measure(&pair.read, TEXT("HTTP/")), SIZE_MAX);
    pair_remove(&pair);
    pair_make(&pair, false, 16, 0);
    CHECK_EQ(record_measure(&pair.read, TEXT("\x15\x03\x03\x00\x1a")), 31);
    CHECK_EQ(record_measure(&pair.read, TEXT("\x14\x03\x03\x00\x1a")), SIZE_MAX);
    CHECK_EQ(record_measure(&pair.read, TEXT("\x17\x03\x03\x40\x19")), SIZE_MAX);
    pair_remove(&pair);
}

TEST(the_size_of_many_records_is_known_before_they_are_made)
{
    static struct pair pair;
    pair_make(&pair, true, 16, 0);
    CHECK_EQ(records_size(&pair.write, 0), 0);
    CHECK_EQ(records_size(&pair.write, 1), 23);
    CHECK_EQ(records_size(&pair.write, 16384), 16384 + 22);
    CHECK_EQ(records_size(&pair.write, 16385), 16385 + 44);
    pair_remove(&pair);
}
