#include "record.h"

enum {
    EXPLICIT_NONCE_SIZE = 8, /* of TLS 1.2 */
    IMPLICIT_NONCE_SIZE = 4,
    HEADER_OF_1_2_SIZE = 13, /* sequence number, type, version, size */
    SEAL_MOST_PIECES = 8,
};

static void store_u64(uint8_t *out, uint64_t number)
{
    for (int i = 7; i >= 0; i--, number >>= 8)
        out[i] = (uint8_t)number;
}

static void store_header(uint8_t *out, uint8_t type, size_t size)
{
    out[0] = type;
    out[1] = 3;
    out[2] = 3;
    out[3] = (uint8_t)(size >> 8);
    out[4] = (uint8_t)size;
}

/* TLS 1.3: the base xor the sequence number. */
static void nonce_13(const struct record_key *key, uint8_t nonce[GCM_NONCE_SIZE])
{
    uint8_t number[8];
    store_u64(number, key->sequence);
    memcpy(nonce, key->base, GCM_NONCE_SIZE);
    for (size_t i = 0; i < sizeof number; i++)
        nonce[IMPLICIT_NONCE_SIZE + i] ^= number[i];
}

static void nonce_12(const struct record_key *key, const uint8_t *sent, uint8_t *nonce)
{
    memcpy(nonce, key->base, IMPLICIT_NONCE_SIZE);
    memcpy(nonce + IMPLICIT_NONCE_SIZE, sent, EXPLICIT_NONCE_SIZE);
}

static void header_12(const struct record_key *key, uint8_t type, size_t size, uint8_t *out)
{
    store_u64(out, key->sequence);
    store_header(out + 8, type, size);
}

size_t records_size(const struct record_key *key, size_t plain_size)
{
    size_t records = (plain_size + RECORD_PLAIN_MOST - 1) / RECORD_PLAIN_MOST;
    return plain_size + records * record_overhead(key);
}

static bool header_is_possible(const struct record_key *key, struct cursor *header)
{
    uint8_t type = cursor_u8(header);
    uint8_t major = cursor_u8(header);
    uint8_t minor = cursor_u8(header);
    size_t size = cursor_u16(header);
    size_t least = record_overhead(key) - RECORD_HEADER_SIZE;
    if (major != 3 || minor != 3 || size < least)
        return false;
    if (key->is_tls13)
        return type == RECORD_DATA && size <= RECORD_PLAIN_MOST + 256;
    return type >= RECORD_ALERT && type <= RECORD_DATA && size <= RECORD_PLAIN_MOST + least;
}

size_t record_measure(const struct record_key *key, text bytes)
{
    struct cursor cursor = cursor_of(bytes);
    text header = cursor_take(&cursor, RECORD_HEADER_SIZE);
    if (!cursor_ok(&cursor))
        return 0;
    struct cursor fields = cursor_of(header);
    if (!header_is_possible(key, &fields))
        return SIZE_MAX;
    return (size_t)RECORD_HEADER_SIZE + (uint8_t)header.data[3] * 256U + (uint8_t)header.data[4];
}

static size_t pieces_size(const struct iovec *pieces, size_t count)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += pieces[i].iov_len;
    return size;
}

static size_t seal_13(
    struct record_key *key, uint8_t type, const struct iovec *pieces, size_t count, uint8_t *out)
{
    uint8_t nonce[GCM_NONCE_SIZE];
    struct iovec inner[SEAL_MOST_PIECES];
    size_t size = pieces_size(pieces, count) + 1;
    check(count < SEAL_MOST_PIECES);
    memcpy(inner, pieces, count * sizeof *pieces);
    inner[count] = (struct iovec){&type, 1};
    store_header(out, RECORD_DATA, size + GCM_TAG_SIZE);
    nonce_13(key, nonce);
    uint8_t *sealed = out + RECORD_HEADER_SIZE;
    text header = text_from(out, RECORD_HEADER_SIZE);
    if (!gcm_seal(&key->gcm, nonce, header, inner, count + 1, sealed, sealed + size))
        return 0;
    key->sequence++;
    return RECORD_HEADER_SIZE + size + GCM_TAG_SIZE;
}

static size_t seal_12(
    struct record_key *key, uint8_t type, const struct iovec *pieces, size_t count, uint8_t *out)
{
    uint8_t nonce[GCM_NONCE_SIZE], header[HEADER_OF_1_2_SIZE];
    size_t size = pieces_size(pieces, count);
    uint8_t *sealed = out + RECORD_HEADER_SIZE + EXPLICIT_NONCE_SIZE;
    store_header(out, type, EXPLICIT_NONCE_SIZE + size + GCM_TAG_SIZE);
    store_u64(out + RECORD_HEADER_SIZE, key->sequence);
    nonce_12(key, out + RECORD_HEADER_SIZE, nonce);
    header_12(key, type, size, header);
    text bound = text_from(header, sizeof header);
    if (!gcm_seal(&key->gcm, nonce, bound, pieces, count, sealed, sealed + size))
        return 0;
    key->sequence++;
    return RECORD_HEADER_SIZE + EXPLICIT_NONCE_SIZE + size + GCM_TAG_SIZE;
}

size_t record_seal(
    struct record_key *key, uint8_t type, const struct iovec *pieces, size_t count, uint8_t *out)
{
    check(pieces_size(pieces, count) <= RECORD_PLAIN_MOST);
    check(key->sequence != UINT64_MAX);
    return key->is_tls13 ? seal_13(key, type, pieces, count, out)
                         : seal_12(key, type, pieces, count, out);
}

static uint8_t opened_byte(const struct gcm_target *target, size_t index)
{
    return index < target->first_size ? target->first[index]
                                      : target->rest[index - target->first_size];
}

/* The type is the last byte that is not zero. */
static bool take_inner_type(
    const struct gcm_target *target, size_t size, struct record_opened *opened)
{
    while (size > 0 && opened_byte(target, size - 1) == 0)
        size--;
    if (size == 0 || size - 1 > RECORD_PLAIN_MOST)
        return false;
    opened->type = opened_byte(target, size - 1);
    opened->size = size - 1;
    return opened->type >= RECORD_ALERT && opened->type <= RECORD_DATA;
}

static bool open_13(
    struct record_key *key, text record, const struct gcm_target *target,
    struct record_opened *opened)
{
    uint8_t nonce[GCM_NONCE_SIZE];
    const uint8_t *bytes = (const uint8_t *)record.data;
    size_t size = record.size - RECORD_HEADER_SIZE - GCM_TAG_SIZE;
    text header = text_from(bytes, RECORD_HEADER_SIZE);
    nonce_13(key, nonce);
    if (!gcm_open(&key->gcm, nonce, header, bytes + RECORD_HEADER_SIZE, size, target))
        return false;
    if (!take_inner_type(target, size, opened))
        return false;
    if (opened->type != RECORD_HANDSHAKE)
        key->sequence++;
    return true;
}

static bool open_12(
    struct record_key *key, text record, const struct gcm_target *target,
    struct record_opened *opened)
{
    uint8_t nonce[GCM_NONCE_SIZE], header[HEADER_OF_1_2_SIZE];
    const uint8_t *bytes = (const uint8_t *)record.data;
    const uint8_t *sealed = bytes + RECORD_HEADER_SIZE + EXPLICIT_NONCE_SIZE;
    size_t size = record.size - record_overhead(key);
    nonce_12(key, bytes + RECORD_HEADER_SIZE, nonce);
    header_12(key, bytes[0], size, header);
    text bound = text_from(header, sizeof header);
    if (!gcm_open(&key->gcm, nonce, bound, sealed, size, target))
        return false;
    opened->type = bytes[0];
    opened->size = size;
    key->sequence++;
    return true;
}

bool record_open(
    struct record_key *key, text record, const struct gcm_target *target,
    struct record_opened *opened)
{
    size_t size = record_measure(key, record);
    if (size != record.size)
        return false;
    return key->is_tls13 ? open_13(key, record, target, opened)
                         : open_12(key, record, target, opened);
}
