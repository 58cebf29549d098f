#include "checksum.h"

#include <crc.h>
#include <crc64.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

static const struct {
    text name, header;
    size_t size;
} algorithms[CHECKSUM_COUNT] = {
    [CHECKSUM_NONE] = {{NULL, 0}, {NULL, 0}, 0},
    [CHECKSUM_CRC32] = {TEXT_INIT("CRC32"), TEXT_INIT("x-amz-checksum-crc32"), 4},
    [CHECKSUM_CRC32C] = {TEXT_INIT("CRC32C"), TEXT_INIT("x-amz-checksum-crc32c"), 4},
    [CHECKSUM_CRC64NVME] = {TEXT_INIT("CRC64NVME"), TEXT_INIT("x-amz-checksum-crc64nvme"), 8},
    [CHECKSUM_SHA1] = {TEXT_INIT("SHA1"), TEXT_INIT("x-amz-checksum-sha1"), SHA1_SIZE},
    [CHECKSUM_SHA256] = {TEXT_INIT("SHA256"), TEXT_INIT("x-amz-checksum-sha256"), SHA256_SIZE},
    [CHECKSUM_SHA512] = {TEXT_INIT("SHA512"), TEXT_INIT("x-amz-checksum-sha512"), SHA512_SIZE},
    [CHECKSUM_MD5] = {TEXT_INIT("MD5"), TEXT_INIT("x-amz-checksum-md5"), MD5_SIZE},
    [CHECKSUM_XXHASH64] = {TEXT_INIT("XXHASH64"), TEXT_INIT("x-amz-checksum-xxhash64"), 8},
    [CHECKSUM_XXHASH3] = {TEXT_INIT("XXHASH3"), TEXT_INIT("x-amz-checksum-xxhash3"), 8},
    [CHECKSUM_XXHASH128] = {TEXT_INIT("XXHASH128"), TEXT_INIT("x-amz-checksum-xxhash128"), 16},
};

text checksum_name(enum checksum_algorithm algorithm)
{
    return algorithms[algorithm].name;
}

text checksum_header(enum checksum_algorithm algorithm)
{
    return algorithms[algorithm].header;
}

size_t checksum_size(enum checksum_algorithm algorithm)
{
    return algorithms[algorithm].size;
}

enum checksum_algorithm checksum_from_name(text name)
{
    for (int i = CHECKSUM_NONE + 1; i < CHECKSUM_COUNT; i++)
        if (text_equals_ignoring_case(name, algorithms[i].name))
            return (enum checksum_algorithm)i;
    return CHECKSUM_NONE;
}

enum checksum_algorithm checksum_from_header(text name)
{
    const text start = TEXT("x-amz-checksum-");
    if (!text_starts_with_ignoring_case(name, start))
        return CHECKSUM_NONE;
    return checksum_from_name(text_after(name, start.size));
}

/* ---- CRCs ------------------------------------------------------------------------------------ */

uint32_t crc32_add(uint32_t crc, text bytes)
{
    return crc32_gzip_refl(crc, (const unsigned char *)bytes.data, bytes.size);
}

uint32_t crc32c_add(uint32_t crc, text bytes)
{
    enum { PIECE_MOST = 1 << 30 }; /* ISA-L takes an int here */
    crc = ~crc;
    while (bytes.size) {
        size_t size = bytes.size < PIECE_MOST ? bytes.size : PIECE_MOST;
        crc = crc32_iscsi((unsigned char *)(uintptr_t)bytes.data, (int)size, crc);
        bytes = text_after(bytes, size);
    }
    return ~crc;
}

uint64_t crc64nvme_add(uint64_t crc, text bytes)
{
    return crc64_rocksoft_refl(crc, (const unsigned char *)bytes.data, bytes.size);
}

/* The product of a and b modulo the polynomial, all reflected: the highest bit is x^0. */
static uint64_t multiply_modulo(uint64_t a, uint64_t b, uint64_t polynomial, uint64_t one)
{
    uint64_t product = 0;
    for (uint64_t bit = one; bit; bit >>= 1) {
        if (a & bit)
            product ^= b;
        b = b & 1 ? (b >> 1) ^ polynomial : b >> 1;
    }
    return product;
}

uint64_t crc_combine(
    enum checksum_algorithm algorithm, uint64_t first, uint64_t second, uint64_t second_size)
{
    check(algorithm >= CHECKSUM_CRC32 && algorithm <= CHECKSUM_CRC64NVME);
    static const uint64_t polynomials[] = {0xedb88320, 0x82f63b78, 0x9a6c9329ac4bc9b5};
    uint64_t polynomial = polynomials[algorithm - CHECKSUM_CRC32];
    uint64_t one = algorithm == CHECKSUM_CRC64NVME ? (uint64_t)1 << 63 : (uint64_t)1 << 31;

    /* Appending zeros is multiplying by x^8 for each byte; the powers by squaring. */
    uint64_t power = one >> 8;
    for (uint64_t size = second_size; size; size >>= 1) {
        if (size & 1)
            first = multiply_modulo(power, first, polynomial, one);
        power = multiply_modulo(power, power, polynomial, one);
    }
    return first ^ second;
}

/* ---- All of them ----------------------------------------------------------------------------- */

_Static_assert(sizeof(XXH64_state_t) <= sizeof((struct checksum *)NULL)->xxh64, "it fits");
_Static_assert(sizeof(XXH3_state_t) + 63 <= sizeof((struct checksum *)NULL)->xxh3, "it fits");

static XXH64_state_t *xxh64_state(struct checksum *checksum)
{
    return (XXH64_state_t *)(void *)checksum->xxh64;
}

static XXH3_state_t *xxh3_state(struct checksum *checksum)
{
    uintptr_t start = (uintptr_t)checksum->xxh3;
    size_t skip = (size_t)(-start & 63);
    return (XXH3_state_t *)(void *)(checksum->xxh3 + skip);
}

void checksum_init(struct checksum *checksum, enum checksum_algorithm algorithm)
{
    check(algorithm > CHECKSUM_NONE && algorithm < CHECKSUM_COUNT);
    checksum->algorithm = algorithm;
    switch (algorithm) {
    case CHECKSUM_SHA1:
        sha1_init(&checksum->sha1);
        break;
    case CHECKSUM_SHA256:
        sha256_init(&checksum->sha256);
        break;
    case CHECKSUM_SHA512:
        sha512_init(&checksum->sha512);
        break;
    case CHECKSUM_MD5:
        md5_init(&checksum->md5);
        break;
    case CHECKSUM_XXHASH64:
        (void)XXH64_reset(xxh64_state(checksum), 0);
        break;
    case CHECKSUM_XXHASH3:
    case CHECKSUM_XXHASH128:
        XXH3_INITSTATE(xxh3_state(checksum));
        (void)XXH3_64bits_reset(xxh3_state(checksum));
        break;
    default:
        checksum->crc = 0;
    }
}

void checksum_add(struct checksum *checksum, text bytes)
{
    if (bytes.size == 0)
        return;
    switch (checksum->algorithm) {
    case CHECKSUM_CRC32:
        checksum->crc = crc32_add((uint32_t)checksum->crc, bytes);
        break;
    case CHECKSUM_CRC32C:
        checksum->crc = crc32c_add((uint32_t)checksum->crc, bytes);
        break;
    case CHECKSUM_CRC64NVME:
        checksum->crc = crc64nvme_add(checksum->crc, bytes);
        break;
    case CHECKSUM_SHA1:
        sha1_add(&checksum->sha1, bytes);
        break;
    case CHECKSUM_SHA256:
        sha256_add(&checksum->sha256, bytes);
        break;
    case CHECKSUM_SHA512:
        sha512_add(&checksum->sha512, bytes);
        break;
    case CHECKSUM_MD5:
        md5_add(&checksum->md5, bytes);
        break;
    case CHECKSUM_XXHASH64:
        (void)XXH64_update(xxh64_state(checksum), bytes.data, bytes.size);
        break;
    default:
        (void)XXH3_64bits_update(xxh3_state(checksum), bytes.data, bytes.size);
    }
}

static void write_number(unsigned char *out, uint64_t number, size_t size)
{
    for (size_t i = size; i > 0; i--, number >>= 8)
        out[i - 1] = (unsigned char)number;
}

size_t checksum_finish(struct checksum *checksum, unsigned char out[CHECKSUM_MOST])
{
    size_t size = checksum_size(checksum->algorithm);
    switch (checksum->algorithm) {
    case CHECKSUM_SHA1:
        sha1_finish(&checksum->sha1, out);
        break;
    case CHECKSUM_SHA256:
        sha256_finish(&checksum->sha256, out);
        break;
    case CHECKSUM_SHA512:
        sha512_finish(&checksum->sha512, out);
        break;
    case CHECKSUM_MD5:
        md5_finish(&checksum->md5, out);
        break;
    case CHECKSUM_XXHASH64:
        write_number(out, XXH64_digest(xxh64_state(checksum)), size);
        break;
    case CHECKSUM_XXHASH3:
        write_number(out, XXH3_64bits_digest(xxh3_state(checksum)), size);
        break;
    case CHECKSUM_XXHASH128: {
        XXH128_hash_t hash = XXH3_128bits_digest(xxh3_state(checksum));
        write_number(out, hash.high64, 8);
        write_number(out + 8, hash.low64, 8);
        break;
    }
    default:
        write_number(out, checksum->crc, size);
    }
    return size;
}

size_t checksum_once(
    unsigned char out[CHECKSUM_MOST], enum checksum_algorithm algorithm, text bytes)
{
    struct checksum checksum;
    checksum_init(&checksum, algorithm);
    checksum_add(&checksum, bytes);
    return checksum_finish(&checksum, out);
}
