/*
 * checksum: the ten checksums S3's model knows, under one roof. CRCs by ISA-L, XXH by xxHash, the
 * rest by digest.h. A finished checksum is bytes, the most significant first, as in S3's headers.
 */
#ifndef CRYPTO_CHECKSUM_H
#define CRYPTO_CHECKSUM_H

#include "digest.h"

enum checksum_algorithm {
    CHECKSUM_NONE,
    CHECKSUM_CRC32,
    CHECKSUM_CRC32C,
    CHECKSUM_CRC64NVME,
    CHECKSUM_SHA1,
    CHECKSUM_SHA256,
    CHECKSUM_SHA512,
    CHECKSUM_MD5,
    CHECKSUM_XXHASH64,
    CHECKSUM_XXHASH3,
    CHECKSUM_XXHASH128,
    CHECKSUM_COUNT, /* how many there are, none included */
};

enum { CHECKSUM_MOST = 64 }; /* bytes of the largest, SHA-512 */

text checksum_name(enum checksum_algorithm algorithm);   /* "CRC32", as the models write it */
text checksum_header(enum checksum_algorithm algorithm); /* "x-amz-checksum-crc32" */
size_t checksum_size(enum checksum_algorithm algorithm); /* 4 for CRC32; 0 for CHECKSUM_NONE */

/* By its name in a model or the end of its header, without regard to case; else CHECKSUM_NONE. */
enum checksum_algorithm checksum_from_name(text name);
enum checksum_algorithm checksum_from_header(text name); /* the whole header's name */

/* One that is running. May not be copied: XXH3's state is aligned by hand within it. */
struct checksum {
    enum checksum_algorithm algorithm;
    union {
        uint64_t crc;
        struct sha1 sha1;
        struct sha256 sha256;
        struct sha512 sha512;
        struct md5 md5;
        unsigned char xxh64[96];
        unsigned char xxh3[576 + 63];
        uint64_t aligned;
    };
};

void checksum_init(struct checksum *checksum, enum checksum_algorithm algorithm); /* not _NONE */
void checksum_add(struct checksum *checksum, text bytes);
size_t checksum_finish(struct checksum *checksum, unsigned char out[CHECKSUM_MOST]); /* its size */
size_t checksum_once(
    unsigned char out[CHECKSUM_MOST], enum checksum_algorithm algorithm, text bytes);

/* CRCs as numbers: crc is that of what came before, 0 at the start. */
uint32_t crc32_add(uint32_t crc, text bytes);
uint32_t crc32c_add(uint32_t crc, text bytes);
uint64_t crc64nvme_add(uint64_t crc, text bytes);

/* The CRC of two runs of bytes from the CRCs of each: for parts summed out of order. One of the
 * three CRCs only. */
uint64_t crc_combine(
    enum checksum_algorithm algorithm, uint64_t first, uint64_t second, uint64_t second_size);

#endif
