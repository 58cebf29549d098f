/*
 * sink: where a response body goes. A successful streaming output goes where the request said,
 * straight into memory of the caller's when it is that; any other body is collected in a block of
 * the engine's, to be parsed or to become call->body.
 */
#ifndef CALLS_SINK_H
#define CALLS_SINK_H

#include "http/http.h"

struct call;
struct events;
struct verification;

struct sink_block {
    char *data;
    size_t capacity, size;
};

struct sink {
    inia_sink into;
    bool to_user;    /* this body goes where the request said; else it is collected */
    bool paused;     /* a stream said "not now" */
    bool touched;    /* the user's sink got bytes of an attempt: a stream cannot take them again */
    bool is_checked; /* a checksum was asked for */
    struct verification *verification; /* of the body under way; NULL: none */
    uint64_t offset;                   /* bytes given to the user's sink in this attempt */
    struct sink_block
        block; /* collected; or being filled for a file; or kept back from a paused stream */
    struct sink_block writing; /* on its way to a file */
    struct ring_file_work work;
    struct events *events; /* of a response that is a stream of them; NULL: it is none */
};

const char *sink_init(struct sink *sink, const inia_sink *into) MUST_USE; /* as source_init() */
void sink_release(struct call *call); /* its blocks, call->body among them */
void sink_restart(struct call *call); /* before an attempt */
bool sink_can_restart(const struct sink *sink);

/* The exchange's events. */
void sink_head(struct call *call);
void sink_body(struct call *call, const void *bytes, size_t size);
void sink_filled(struct call *call, size_t size);

/* After the exchange: true when all is where it belongs; false: call_settle() comes again. */
bool sink_settle(struct call *call);
void sink_resume(struct call *call);

/* For events.c. */
void sink_give_block(struct call *call, struct sink_block *block);
/* Room for size bytes in all, keeping what is there; false: none, and the call has been given up.
 */
bool sink_reserve(struct call *call, struct sink_block *block, size_t size) MUST_USE;
void sink_too_large(struct call *call, uint64_t size, size_t limit);
void sink_flush(
    struct call *call); /* what is in the block goes to the file; none may be on its way */

/* What was collected. */
static inline text sink_collected(const struct sink *sink)
{
    return sink->to_user ? (text){NULL, 0} : (text){sink->block.data, sink->block.size};
}

#endif
