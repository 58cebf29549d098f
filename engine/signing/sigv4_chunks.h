/*
 * sigv4_chunks: aws-chunked bodies, written and read: chunks that may each be
 * signed, and a trailer that may be. Also the signatures of an event stream's messages, which are
 * chained alike.
 *
 *   1a;chunk-signature=...\r\n  ...26 bytes...\r\n
 *   0;chunk-signature=...\r\n
 *   x-amz-checksum-crc32:...\r\n
 *   x-amz-trailer-signature:...\r\n
 *   \r\n
 *
 * The request's payload is then one of SIGV4_STREAMING_*. Every chunk but the last must be of one
 * size, at least 8 KiB, if S3 is to take it.
 */
#ifndef SIGNING_SIGV4_CHUNKS_H
#define SIGNING_SIGV4_CHUNKS_H

#include "sigv4.h"

#define SIGV4_STREAMING_SIGNED TEXT("STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
#define SIGV4_STREAMING_SIGNED_TRAILER TEXT("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER")
#define SIGV4_STREAMING_UNSIGNED_TRAILER TEXT("STREAMING-UNSIGNED-PAYLOAD-TRAILER")
#define SIGV4A_STREAMING_SIGNED TEXT("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD")
#define SIGV4A_STREAMING_SIGNED_TRAILER TEXT("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER")
#define SIGV4_STREAMING_EVENTS TEXT("STREAMING-AWS4-HMAC-SHA256-EVENTS")

/* ---- Signatures in a row --------------------------------------------------------------------- */

/* Each goes on from chain->previous, and leaves the new signature there. to_sign, if not NULL, gets
 * the string that was signed. false: the system has no random bytes, which SigV4a needs. */
bool sigv4_sign_chunk(
    struct sigv4_chain *chain, const unsigned char data_hash[SHA256_SIZE], struct buffer *to_sign);

/* The hash of "name:value\n" for each trailer. */
bool sigv4_sign_trailer(
    struct sigv4_chain *chain, const unsigned char trailer_hash[SHA256_SIZE],
    struct buffer *to_sign);

/* headers_hash: of the message's encoded headers, :date alone. The chain's date becomes date. */
bool sigv4_sign_event(
    struct sigv4_chain *chain, const char date[16], const unsigned char headers_hash[SHA256_SIZE],
    const unsigned char payload_hash[SHA256_SIZE], struct buffer *to_sign);

/* ---- Writing --------------------------------------------------------------------------------- */

enum {
    SIGV4_CHUNK_LINE_MOST = 192, /* bytes of the line before a chunk */
    SIGV4_CHUNK_END_MOST = 576,  /* bytes after the last chunk's data */
    SIGV4_TRAILER_MOST = 160,    /* bytes of a trailer's name and value */
};

/* The line before a chunk of size bytes (not 0), with the CRLF that ends the one before it unless
 * first. chain NULL: unsigned, and data_hash not looked at. Returns how much was written; 0: as
 * above. */
size_t sigv4_chunk_line(
    char out[SIGV4_CHUNK_LINE_MOST], uint64_t size, bool first, struct sigv4_chain *chain,
    const unsigned char *data_hash);

/* All that follows the last chunk's data: the empty chunk, the trailer if it has a name, the end.
 * empty: there was no chunk before. */
size_t sigv4_chunk_end(
    char out[SIGV4_CHUNK_END_MOST], bool empty, struct sigv4_chain *chain, text trailer_name,
    text trailer_value);

/* The encoded size of a body of size bytes, in chunks of chunk_size: its Content-Length.
 * signature_size: 0, SIGV4_SIGNATURE_SIZE, or SIGV4A_SIGNATURE_MOST, to which those are padded. */
uint64_t sigv4_chunked_size(
    uint64_t size, uint64_t chunk_size, size_t signature_size, size_t trailer_name_size,
    size_t trailer_value_size);

/* ---- Reading --------------------------------------------------------------------------------- */

/* Reads an aws-chunked body from pieces of any size. */
struct sigv4_chunks {
    struct sigv4_chain chain;
    bool is_signed, has_trailer;
    bool done; /* all of it was read, and every signature fits */
    uint8_t state;
    bool trailer_signed;
    uint64_t left; /* of the chunk that is open */
    struct sha256 data;
    char signature[SIGV4A_SIGNATURE_MOST]; /* that the open chunk claims */
    size_t signature_size;
    char line[512];
    size_t line_size;
    char trailers[2048]; /* "name:value\n" for each, names in lower case */
    size_t trailers_size;
};

/* Whether payload, x-amz-content-sha256's value, is one of the four that have a chain. */
bool sigv4_chunks_are_signed(text payload) MUST_USE;

/* chain: of the verified request, which holds the same kind of keys; may be NULL if unsigned.
 * false: payload is none of the SIGV4_STREAMING_* that this reads. */
bool sigv4_chunks_init(
    struct sigv4_chunks *chunks, text payload, const struct sigv4_chain *chain) MUST_USE;

/*
 * Takes from *input, moving its start on, up to the next run of data, which it returns (absent when
 * there is none left in *input; then look at done). What is returned is not to be trusted before
 * the end: *problem is set when the framing, or a signature, is wrong.
 */
text sigv4_chunks_next(struct sigv4_chunks *chunks, text *input, const char **problem);

/* A trailer's value by its name in lower case, once done; absent: none. */
text sigv4_chunks_trailer(const struct sigv4_chunks *chunks, text name);

#endif
