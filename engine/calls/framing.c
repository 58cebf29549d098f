#include "framing.h"

void framing_init(
    struct framing *framing, uint64_t size, enum checksum_algorithm algorithm,
    enum framing_signing signing)
{
    check(size > 0 && (signing != FRAMING_UNSIGNED || algorithm != CHECKSUM_NONE));
    framing->signing = signing;
    framing->algorithm = algorithm;
    framing->size = size;
    framing_restart(framing);
}

void framing_restart(struct framing *framing)
{
    framing->begun = false;
    if (framing->algorithm != CHECKSUM_NONE)
        checksum_init(&framing->checksum, framing->algorithm);
}

void framing_release(struct framing *framing)
{
    memory_wipe(&framing->chain, sizeof framing->chain);
}

text framing_trailer(const struct framing *framing)
{
    return framing->algorithm == CHECKSUM_NONE ? (text){NULL, 0}
                                               : checksum_header(framing->algorithm);
}

uint64_t framing_size(const struct framing *framing)
{
    static const size_t signatures[] = {
        [FRAMING_UNSIGNED] = 0,
        [FRAMING_SIGV4] = SIGV4_SIGNATURE_SIZE,
        [FRAMING_SIGV4A] = SIGV4A_SIGNATURE_MOST,
    };
    return sigv4_chunked_size(
        framing->size, FRAMING_CHUNK, signatures[framing->signing], framing_trailer(framing).size,
        base64_encoded_size(checksum_size(framing->algorithm)));
}

text framing_payload(const struct framing *framing)
{
    bool trailer = framing->algorithm != CHECKSUM_NONE;
    switch (framing->signing) {
    case FRAMING_UNSIGNED:
        return SIGV4_STREAMING_UNSIGNED_TRAILER;
    case FRAMING_SIGV4:
        return trailer ? SIGV4_STREAMING_SIGNED_TRAILER : SIGV4_STREAMING_SIGNED;
    case FRAMING_SIGV4A:
        return trailer ? SIGV4A_STREAMING_SIGNED_TRAILER : SIGV4A_STREAMING_SIGNED;
    }
    return (text){NULL, 0};
}

static size_t write_end(struct framing *framing, char *out)
{
    struct sigv4_chain *chain = framing->signing == FRAMING_UNSIGNED ? NULL : &framing->chain;
    char value[2 * CHECKSUM_MOST];
    size_t value_size = 0;
    if (framing->algorithm != CHECKSUM_NONE) {
        unsigned char digest[CHECKSUM_MOST];
        size_t size = checksum_finish(&framing->checksum, digest);
        base64_encode(value, text_from(digest, size));
        value_size = base64_encoded_size(size);
    }
    return sigv4_chunk_end(
        out, !framing->begun, chain, framing_trailer(framing), text_from(value, value_size));
}

text framing_wrap(struct framing *framing, char *data, size_t size, bool last)
{
    check(size > 0 && (last ? size <= FRAMING_CHUNK : size == FRAMING_CHUNK));
    text piece = text_from(data, size);
    unsigned char hash[SHA256_SIZE];
    struct sigv4_chain *chain = NULL;
    if (framing->signing != FRAMING_UNSIGNED) {
        chain = &framing->chain;
        sha256_once(hash, piece);
    }
    if (framing->algorithm != CHECKSUM_NONE)
        checksum_add(&framing->checksum, piece);
    char line[SIGV4_CHUNK_LINE_MOST];
    size_t before = sigv4_chunk_line(line, size, !framing->begun, chain, chain ? hash : NULL);
    framing->begun = true;
    memcpy(data - before, line, before);
    size_t after = last && before ? write_end(framing, data + size) : 0;
    if (!before || (last && !after))
        return (text){NULL, 0};
    return text_from(data - before, before + size + after);
}
