/*
 * blocks: memory for bodies, from 1 KiB to 1 GiB, kept for the next body when given back. Blocks of
 * 2 MiB and more lie on huge pages where the system has them: touching fresh small pages costs
 * eight times what receiving into them does. Kept blocks count in the budget and are freed when it
 * is short.
 */
#ifndef BASE_BLOCKS_H
#define BASE_BLOCKS_H

#include "budget.h"

enum { BLOCK_CLASSES = 81 }; /* 1 KiB << 20 in quarter steps */

struct block_cache {
    struct budget *budget;
    struct block *kept[BLOCK_CLASSES];
    size_t kept_size; /* bytes in kept */
    size_t most_kept; /* bytes: beyond this a block is freed when given back */
};

void block_cache_init(struct block_cache *cache, struct budget *budget, size_t most_kept);
void block_cache_release(struct block_cache *cache); /* every block must have been given back */

/* At least size bytes, *capacity of them; not cleared; aligned to 64. NULL: too large, or the
 * budget is spent. */
void *block_take(struct block_cache *cache, size_t size, size_t *capacity);
/* capacity as block_take() told. NULL does nothing. */
void block_give(struct block_cache *cache, void *memory, size_t capacity);

#endif
