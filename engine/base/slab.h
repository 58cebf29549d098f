/*
 * slab: objects of one size. Taken from chunks that are allocated as needed and kept until the
 * slab is released or trimmed, so that a steady state allocates nothing. Last given back, first
 * taken.
 */
#ifndef BASE_SLAB_H
#define BASE_SLAB_H

#include "budget.h"

struct slab {
    struct budget *budget;
    size_t object_size;
    size_t chunk_objects;
    size_t in_use;
    size_t chunk_count;
    struct slab_free *free;
    struct slab_chunk *chunks;
    struct block_cache
        *large; /* where arenas take what is too large for an object; NULL: the budget */
};

/* object_size is rounded up to a multiple of 16. Allocates nothing yet. */
void slab_init(struct slab *slab, struct budget *budget, size_t object_size, size_t chunk_objects);
void slab_release(struct slab *slab); /* every object must have been given back */

void *slab_take(struct slab *slab);              /* not cleared; NULL when the budget is spent */
void slab_give(struct slab *slab, void *object); /* NULL does nothing */

/* Gives the chunks back of which no object is in use. Slow: for when the budget is spent. */
void slab_trim(struct slab *slab);

#endif
