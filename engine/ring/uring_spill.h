/*
 * spill: bytes of a connection that came before they were asked for, because the kernel was still
 * receiving in advance when the owner had enough. Copied, in order, out of the ring's budget.
 */
#ifndef RING_URING_SPILL_H
#define RING_URING_SPILL_H

#include "ring.h"

struct ring_spill {
    struct ring_spill *next;
    uint32_t at, end; /* what is left of bytes */
    char bytes[RING_BUFFER_SIZE];
};

/* Adds up to RING_BUFFER_SIZE bytes at the end of the chain; false when there is no memory. */
bool spill_add(
    struct ring_spill **chain, struct slab *slab, const char *bytes, size_t size) MUST_USE;

/* Moves up to size bytes from the start of the chain to memory; returns how many. */
size_t spill_take(struct ring_spill **chain, struct slab *slab, char *memory, size_t size);

/* The first of the chain, which must not be empty; slab_give() it to the slab. */
struct ring_spill *spill_pop(struct ring_spill **chain);

void spill_clear(struct ring_spill **chain, struct slab *slab);

#endif
