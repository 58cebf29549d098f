#include "arena.h"

#include "blocks.h"
#include "check.h"
#include "secret.h"

#include <stdalign.h>

struct arena_block {
    alignas(16) struct arena_block *older;
};

struct arena_large {
    alignas(16) struct arena_large *older;
    size_t size; /* with this header */
};

void arena_init(struct arena *arena, struct slab *blocks)
{
    check(blocks->object_size >= ARENA_BLOCK_SIZE);
    *arena = (struct arena){.blocks = blocks};
}

static void release_large(struct arena *arena)
{
    struct block_cache *cache = arena->blocks->large;
    while (arena->large) {
        struct arena_large *large = arena->large;
        arena->large = large->older;
        if (cache)
            block_give(cache, large, large->size);
        else
            budget_free(arena->blocks->budget, large, large->size);
    }
}

static void use_block(struct arena *arena, struct arena_block *block)
{
    arena->newest = block;
    arena->at = (char *)(block + 1);
    arena->end = (char *)block + ARENA_BLOCK_SIZE;
}

void arena_clear(struct arena *arena)
{
    release_large(arena);
    while (arena->newest && arena->newest->older) {
        struct arena_block *block = arena->newest;
        arena->newest = block->older;
        slab_give(arena->blocks, block);
    }
    if (arena->newest)
        use_block(arena, arena->newest);
}

void arena_release(struct arena *arena)
{
    arena_clear(arena);
    slab_give(arena->blocks, arena->newest);
    arena->newest = NULL;
    arena->at = arena->end = NULL;
}

static void *alloc_large(struct arena *arena, size_t size)
{
    size_t whole = sizeof(struct arena_large) + size;
    if (whole < size)
        return NULL;
    struct block_cache *cache = arena->blocks->large;
    struct arena_large *large =
        cache ? block_take(cache, whole, &whole) : budget_alloc(arena->blocks->budget, whole);
    if (!large)
        return NULL;
    large->older = arena->large;
    large->size = whole;
    arena->large = large;
    return large + 1;
}

void arena_wipe(struct arena *arena)
{
    for (struct arena_large *large = arena->large; large; large = large->older)
        memory_wipe(large + 1, large->size - sizeof *large);
    for (struct arena_block *block = arena->newest; block; block = block->older)
        memory_wipe(block + 1, ARENA_BLOCK_SIZE - sizeof *block);
}

void *arena_alloc(struct arena *arena, size_t size)
{
    if (size > SIZE_MAX - 15)
        return NULL;
    size = (size + 15) & ~(size_t)15;
    if (size > (size_t)(arena->end - arena->at)) {
        if (size > (ARENA_BLOCK_SIZE - sizeof(struct arena_block)) / 2)
            return alloc_large(arena, size);
        struct arena_block *block = slab_take(arena->blocks);
        if (!block)
            return NULL;
        block->older = arena->newest;
        use_block(arena, block);
    }
    void *memory = arena->at;
    arena->at += size;
    return memory;
}

void *arena_alloc_zeroed(struct arena *arena, size_t size)
{
    void *memory = arena_alloc(arena, size);
    return memory ? memset(memory, 0, size) : NULL;
}

void *arena_grow(struct arena *arena, void *old, size_t old_size, size_t new_size)
{
    size_t held = (old_size + 15) & ~(size_t)15;
    if (old && new_size <= held)
        return old;
    if (old && arena->at && (char *)old + held == arena->at && new_size < SIZE_MAX - 15) {
        size_t wanted = (new_size + 15) & ~(size_t)15;
        if (wanted - held <= (size_t)(arena->end - arena->at)) {
            arena->at += wanted - held;
            return old;
        }
    }
    void *memory = arena_alloc(arena, new_size);
    if (memory && old_size)
        memcpy(memory, old, old_size);
    return memory;
}

text arena_copy(struct arena *arena, text original)
{
    char *copy = original.size < SIZE_MAX ? arena_alloc(arena, original.size + 1) : NULL;
    if (!copy)
        return (text){NULL, 0};
    if (original.size)
        memcpy(copy, original.data, original.size);
    copy[original.size] = '\0';
    return (text){copy, original.size};
}

const char *arena_string(struct arena *arena, text original)
{
    return arena_copy(arena, original).data;
}
