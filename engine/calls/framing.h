/*
 * framing: a body that is read in pieces goes out in aws-chunked encoding (sigv4_chunks.h) when a
 * checksum is to follow it, or its chunks are to be signed as they are read, or both. No byte is
 * moved: the frame is written into the room around each piece.
 *
 *   framing_init(&framing, size, CHECKSUM_CRC32, FRAMING_UNSIGNED);
 *   ... Content-Length: framing_size(), x-amz-content-sha256: framing_payload(); then for each
 *   attempt, once it is signed (framing.chain) and its body is to be read from the start:
 *   framing_restart(&framing);
 *   text out = framing_wrap(&framing, memory + FRAMING_BEFORE, size, last);
 */
#ifndef CALLS_FRAMING_H
#define CALLS_FRAMING_H

#include "crypto/crypto.h"
#include "signing/signing.h"

#include "engine.h"

enum {
    FRAMING_BEFORE = SIGV4_CHUNK_LINE_MOST, /* bytes to be free before a piece ... */
    FRAMING_AFTER = SIGV4_CHUNK_END_MOST,   /* ... and behind it */
    FRAMING_CHUNK =
        TRANSFER_BLOCK - FRAMING_BEFORE - FRAMING_AFTER, /* of every piece but the last */
};

enum framing_signing { FRAMING_UNSIGNED, FRAMING_SIGV4, FRAMING_SIGV4A };

struct framing {
    enum framing_signing signing;
    enum checksum_algorithm algorithm; /* of the trailer; CHECKSUM_NONE: there is none */
    bool begun;                        /* there was a chunk before */
    uint64_t size;                     /* of the body itself */
    struct sigv4_chain chain;          /* where signatures go on from; signing fills it in */
    struct checksum checksum;
};

/* size: at least 1. Without a signature there must be a checksum. */
void framing_init(
    struct framing *framing, uint64_t size, enum checksum_algorithm algorithm,
    enum framing_signing signing);
void framing_restart(struct framing *framing);
void framing_release(struct framing *framing); /* wipes the key of its signatures */

uint64_t framing_size(const struct framing *framing); /* of all that goes out */
text framing_payload(const struct framing *framing);  /* what the request's signature says of it */
text framing_trailer(const struct framing *framing);  /* its name; absent: there is none */

/* The next piece with what belongs around it: size bytes (FRAMING_CHUNK, or fewer if it is the
 * last) at data, which has FRAMING_BEFORE bytes before it and FRAMING_AFTER behind. Empty: the
 * system has no random bytes, which SigV4a needs. */
text framing_wrap(struct framing *framing, char *data, size_t size, bool last);

#endif
