/*
 * record: TLS application data sealed and opened without the TLS library, straight between the
 * socket's bytes and where they belong. AES-GCM of TLS 1.2 and 1.3; bytes in, bytes out.
 */
#ifndef NET_RECORD_H
#define NET_RECORD_H

#include "gcm.h"

enum {
    RECORD_HEADER_SIZE = 5,
    RECORD_PLAIN_MOST = 16384,
    RECORD_SEALED_MOST = RECORD_PLAIN_MOST + 256 + RECORD_HEADER_SIZE, /* 1.3; 1.2 has less here */
};

enum {
    RECORD_CHANGE_CIPHER = 20,
    RECORD_ALERT = 21,
    RECORD_HANDSHAKE = 22,
    RECORD_DATA = 23,
};

/* What one direction of a connection seals with. */
struct record_key {
    bool is_tls13;
    uint8_t base[GCM_NONCE_SIZE]; /* of the nonces: 12 bytes, for TLS 1.2 its first 4 */
    uint64_t sequence;            /* of the next record */
    struct gcm_key gcm;
};

/* How many bytes a record is longer than what it carries. */
static inline size_t record_overhead(const struct record_key *key)
{
    return key->is_tls13 ? RECORD_HEADER_SIZE + 1 + GCM_TAG_SIZE
                         : RECORD_HEADER_SIZE + 8 + GCM_TAG_SIZE;
}

/* The least size of what carries plain_size bytes. */
size_t records_size(const struct record_key *key, size_t plain_size);

/*
 * The size of the record that starts here, header included; it may be larger than what is there.
 * 0: the header is not complete. SIZE_MAX: that is no sealed record.
 */
size_t record_measure(const struct record_key *key, text bytes);

/*
 * Seals the pieces, together at most RECORD_PLAIN_MOST bytes, as one record. out has
 * record_overhead() more. Returns the size of the record; 0 if the cipher failed.
 */
size_t record_seal(
    struct record_key *key, uint8_t type, const struct iovec *pieces, size_t count,
    uint8_t *out) MUST_USE;

struct record_opened {
    uint8_t type;
    size_t size; /* of the plain bytes: min(size, first_size) of them are in first, more in rest */
};

/*
 * Opens a whole record. target->rest holds RECORD_SEALED_MOST bytes. false: forged, damaged or
 * out of turn; the connection is lost. A record of a type other than RECORD_DATA does not count as
 * taken when it is of TLS 1.3 and a handshake record: the TLS library opens it again.
 */
bool record_open(
    struct record_key *key, text record, const struct gcm_target *target,
    struct record_opened *opened) MUST_USE;

#endif
