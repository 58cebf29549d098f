/*
 * arena: memory that is given back all at once. Blocks come from a slab shared by many arenas;
 * an allocation too large for a block gets its own, from the slab's block cache if it has one.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "slab.h"
#include "text.h"

enum { ARENA_BLOCK_SIZE = 4096 }; /* what the slab's objects must hold */

struct arena {
    struct slab *blocks;
    struct arena_block *newest;
    struct arena_large *large;
    char *at; /* free from here ... */
    char *end;
};

/* blocks: a slab whose objects are ARENA_BLOCK_SIZE. Allocates nothing yet. */
void arena_init(struct arena *arena, struct slab *blocks);
void arena_clear(struct arena *arena); /* gives all back but its first block; may be used again */
void arena_release(struct arena *arena);
void arena_wipe(struct arena *arena); /* overwrites all it holds: before it clears secrets */

/* Aligned to 16, not cleared; NULL when the budget is spent. */
void *arena_alloc(struct arena *arena, size_t size);
void *arena_alloc_zeroed(struct arena *arena, size_t size);

/* Grows the last allocation in place if it can, else copies. old may be NULL with old_size 0. */
void *arena_grow(struct arena *arena, void *old, size_t old_size, size_t new_size);

/* A copy that ends in a NUL beyond its size. data is NULL when there was no memory. */
text arena_copy(struct arena *arena, text original);
const char *arena_string(struct arena *arena, text original); /* the same as a C string, or NULL */

#endif
