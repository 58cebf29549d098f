#include "crypto/crypto.h"

#include "test.h"

/* The catalogue's check value of each CRC: that of "123456789". */
TEST(the_crcs_have_their_check_values)
{
    CHECK_EQ(crc32_add(0, TEXT("123456789")), 0xcbf43926);
    CHECK_EQ(crc32c_add(0, TEXT("123456789")), 0xe3069283);
    CHECK_EQ(crc64nvme_add(0, TEXT("123456789")), (long long)0xae8b14860a799888);
}

TEST(every_checksum_is_the_same_in_pieces_as_at_once)
{
    char bytes[1500];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * 7);
    for (int i = CHECKSUM_CRC32; i < CHECKSUM_COUNT; i++) {
        enum checksum_algorithm algorithm = (enum checksum_algorithm)i;
        unsigned char once[CHECKSUM_MOST], pieces[CHECKSUM_MOST];
        size_t size = checksum_once(once, algorithm, text_from(bytes, sizeof bytes));
        CHECK_EQ(size, checksum_size(algorithm));
        struct checksum checksum;
        checksum_init(&checksum, algorithm);
        checksum_add(&checksum, (text){NULL, 0});
        for (size_t at = 0, piece = 1; at < sizeof bytes; at += piece, piece = piece * 2 + 1) {
            size_t left = sizeof bytes - at;
            checksum_add(&checksum, text_from(bytes + at, left < piece ? left : piece));
        }
        CHECK_BYTES(pieces, checksum_finish(&checksum, pieces), once, size);
    }
}

TEST(a_checksum_is_found_by_its_name_and_by_its_header)
{
    for (int i = CHECKSUM_CRC32; i < CHECKSUM_COUNT; i++) {
        enum checksum_algorithm algorithm = (enum checksum_algorithm)i;
        CHECK_EQ(checksum_from_name(checksum_name(algorithm)), algorithm);
        CHECK_EQ(checksum_from_header(checksum_header(algorithm)), algorithm);
    }
    CHECK_EQ(checksum_from_header(TEXT("X-Amz-Checksum-CRC64NVME")), CHECKSUM_CRC64NVME);
    CHECK_EQ(checksum_from_name(TEXT("sha3")), CHECKSUM_NONE);
    CHECK_EQ(checksum_from_name(TEXT("")), CHECKSUM_NONE);
    CHECK_EQ(checksum_from_header(TEXT("x-amz-checksum-")), CHECKSUM_NONE);
    CHECK_EQ(checksum_from_header(TEXT("x-amz-checksum-type")), CHECKSUM_NONE);
}

TEST(crcs_of_parts_combine_wherever_the_cut_is)
{
    char bytes[200];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * 31);
    for (size_t cut = 0; cut <= sizeof bytes; cut++) {
        text first = text_from(bytes, cut), second = text_from(bytes + cut, sizeof bytes - cut);
        text whole = text_from(bytes, sizeof bytes);
        CHECK_EQ(
            crc_combine(CHECKSUM_CRC32, crc32_add(0, first), crc32_add(0, second), second.size),
            crc32_add(0, whole));
        CHECK_EQ(
            crc_combine(CHECKSUM_CRC32C, crc32c_add(0, first), crc32c_add(0, second), second.size),
            crc32c_add(0, whole));
        CHECK_EQ(
            crc_combine(
                CHECKSUM_CRC64NVME, crc64nvme_add(0, first), crc64nvme_add(0, second), second.size),
            crc64nvme_add(0, whole));
    }
}

TEST(a_part_of_many_gigabytes_combines_too)
{
    /* Zeros after a CRC, appended one at a time, against the same appended as one part. */
    uint64_t first = crc32_add(0, TEXT("inia")), zeros = crc32_add(0, TEXT("\0\0\0\0\0\0\0\0"));
    uint64_t appended = crc32_add((uint32_t)first, TEXT("\0\0\0\0\0\0\0\0"));
    CHECK_EQ(crc_combine(CHECKSUM_CRC32, first, zeros, 8), appended);

    /* Doubling 40 times: associative, so both ways of building 2^40 bytes agree. */
    uint64_t doubled = zeros, size = 8;
    for (int i = 0; i < 37; i++, size *= 2)
        doubled = crc_combine(CHECKSUM_CRC32, doubled, doubled, size);
    uint64_t left = crc_combine(CHECKSUM_CRC32, first, doubled, size);
    uint64_t tail = crc_combine(CHECKSUM_CRC32, zeros, doubled, size);
    CHECK_EQ(
        crc_combine(CHECKSUM_CRC32, first, tail, size + 8),
        crc_combine(CHECKSUM_CRC32, left, zeros, 8));
}
