/*
 * source: where a request body comes from: memory, a file, or a stream of the user's. Memory goes
 * out from where it lies; files are read ahead by the ring, streams by the user's function, a block
 * at a time.
 */
#ifndef CALLS_SOURCE_H
#define CALLS_SOURCE_H

#include "http/http.h"

struct call;
struct framing;

struct source_block {
    char *data;
    size_t capacity, size;
};

struct source {
    inia_source from;
    uint64_t size;           /* INIA_UNKNOWN_SIZE for a stream without one */
    uint64_t offset;         /* read so far */
    struct framing *framing; /* what is put around each block; NULL: nothing. In the call's arena */
    struct ring_file_work work;
    struct source_block reading, sending; /* two blocks change places */
    bool wanted;                          /* the exchange waits for bytes */
    bool ended;                           /* no more is to be read */
    bool paused;                          /* a stream said "not now" */
    bool started;                         /* bytes were taken from a stream */
};

/* Takes over what the request said; NULL, or what is wrong with it. A file of unknown size is
 * measured. */
const char *source_init(struct source *source, const inia_source *from) MUST_USE;
void source_release(struct call *call); /* its blocks; nothing may be under way */

/* Before an attempt: back to the start. false: it cannot be read again. */
bool source_rewind(struct call *call) MUST_USE;
bool source_can_rewind(const struct source *source);

void source_pull(struct call *call); /* the exchange wants bytes */
void source_resume(struct call *call);

/* Whether the body is read in pieces while it is sent. */
static inline bool source_is_pulled(const struct source *source)
{
    bool in_pieces = source->from.place == INIA_FILE || source->from.place == INIA_STREAM;
    return in_pieces && source->size > 0;
}

/* Whether the kernel still reads into its memory: the call cannot finish before it is done. */
static inline bool source_is_busy(const struct source *source)
{
    return source->work.running;
}

#endif
