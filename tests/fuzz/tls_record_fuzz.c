/*
 * A stream of records as a peer that knows the key may send them: the first byte chooses the
 * version and where opened bytes are split, the rest is sealed as it is and opened, then opened
 * without having been sealed.
 */
#include "net/record.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static uint8_t sealed[RECORD_SEALED_MOST + 64], scratch[RECORD_SEALED_MOST + 64], first[256];

static void open_it(struct record_key *key, size_t size, size_t first_size)
{
    struct gcm_target target = {first, first_size, scratch};
    struct record_opened opened;
    text all = text_from(sealed, size);
    size_t measured = record_measure(key, all);
    if (!measured || measured > size)
        return;
    if (record_open(key, text_from(sealed, measured), &target, &opened) &&
        opened.size > RECORD_PLAIN_MOST)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct record_key key;
    static const uint8_t key_bytes[16] = {1};
    if (size < 2 || size > RECORD_PLAIN_MOST)
        return 0;
    key.is_tls13 = bytes[0] & 1;
    size_t first_size = bytes[1];
    if (!gcm_key_set(&key.gcm, NULL, key_bytes, sizeof key_bytes))
        abort();
    /* Sealed without the type that record_seal() would add, so that padding is fuzzed too. */
    struct iovec piece = {(void *)(uintptr_t)(bytes + 2), size - 2};
    key.sequence = 0;
    size_t inner = size - 2, total = inner + GCM_TAG_SIZE;
    if (key.is_tls13) {
        uint8_t header[] = {RECORD_DATA, 3, 3, (uint8_t)(total >> 8), (uint8_t)total};
        memcpy(sealed, header, sizeof header);
        if (!gcm_seal(
                &key.gcm, key.base, text_from(sealed, 5), &piece, 1, sealed + 5,
                sealed + 5 + inner))
            abort();
        open_it(&key, total + 5, first_size);
    } else {
        size_t whole = record_seal(&key, RECORD_DATA, &piece, 1, sealed);
        key.sequence = 0;
        open_it(&key, whole, first_size);
    }
    memcpy(sealed, bytes + 2, inner);
    open_it(&key, inner, first_size);
    gcm_key_clear(&key.gcm);
    return 0;
}
