/*
 * aws_chunks: the framing inside a body whose x-amz-content-sha256 says STREAMING-...: chunks with
 * or without a signature each, a last empty chunk, then perhaps trailers. Reads only; signatures
 * are checked by verify.h.
 */
#ifndef ENDPOINT_AWS_CHUNKS_H
#define ENDPOINT_AWS_CHUNKS_H

#include "base/base.h"

enum {
    AWS_CHUNK_LINE_MOST = 256,
    AWS_CHUNK_TRAILERS_MOST = 1024,
    AWS_CHUNK_SIGNATURE_SIZE = 64,
};

enum aws_chunk_event {
    AWS_CHUNKS_WANT, /* more input */
    AWS_CHUNKS_DATA, /* *run: body bytes */
    AWS_CHUNKS_END,  /* a chunk is over, also the last and empty one; signature is that chunk's */
    AWS_CHUNKS_DONE, /* all is over: trailers are complete */
    AWS_CHUNKS_BAD,
};

/* Zeroed is the start. */
struct aws_chunks {
    uint64_t left;
    uint8_t state;
    bool is_last;
    char signature[AWS_CHUNK_SIGNATURE_SIZE];
    size_t signature_size; /* 0: the chunk had none */
    char line[AWS_CHUNK_LINE_MOST];
    size_t line_size;
    char trailers[AWS_CHUNK_TRAILERS_MOST]; /* lines as they came, each ended by one LF, no CR */
    size_t trailers_size;
};

enum aws_chunk_event aws_chunks_next(struct aws_chunks *chunks, text *input, text *run);

/* The value of a trailer; absent: data NULL. */
text aws_chunks_trailer(const struct aws_chunks *chunks, text name);

#endif
