#include "slab.h"

#include "check.h"

#include <stdalign.h>

struct slab_free {
    struct slab_free *next;
};

struct slab_chunk {
    alignas(16) struct slab_chunk *next;
    size_t free; /* objects, while the slab is being trimmed */
};

void slab_init(struct slab *slab, struct budget *budget, size_t object_size, size_t chunk_objects)
{
    check(object_size > 0 && chunk_objects > 0);
    slab->budget = budget;
    slab->object_size = (object_size + 15) & ~(size_t)15;
    slab->chunk_objects = chunk_objects;
    slab->in_use = slab->chunk_count = 0;
    slab->free = NULL;
    slab->chunks = NULL;
    slab->large = NULL;
}

static size_t chunk_size(const struct slab *slab)
{
    return sizeof(struct slab_chunk) + slab->object_size * slab->chunk_objects;
}

void slab_release(struct slab *slab)
{
    check(slab->in_use == 0);
    while (slab->chunks) {
        struct slab_chunk *chunk = slab->chunks;
        slab->chunks = chunk->next;
        budget_free(slab->budget, chunk, chunk_size(slab));
    }
    slab->free = NULL;
    slab->chunk_count = 0;
}

static bool slab_grow(struct slab *slab)
{
    struct slab_chunk *chunk = budget_alloc(slab->budget, chunk_size(slab));
    if (!chunk)
        return false;
    chunk->next = slab->chunks;
    slab->chunks = chunk;
    slab->chunk_count++;
    char *objects = (char *)(chunk + 1);
    for (size_t i = slab->chunk_objects; i-- > 0;) {
        struct slab_free *object = (struct slab_free *)(void *)(objects + i * slab->object_size);
        object->next = slab->free;
        slab->free = object;
    }
    return true;
}

void *slab_take(struct slab *slab)
{
    if (!slab->free && !slab_grow(slab))
        return NULL;
    struct slab_free *object = slab->free;
    slab->free = object->next;
    slab->in_use++;
    return object;
}

void slab_give(struct slab *slab, void *object)
{
    if (!object)
        return;
    check(slab->in_use > 0);
    struct slab_free *freed = object;
    freed->next = slab->free;
    slab->free = freed;
    slab->in_use--;
}

static bool chunk_holds(const struct slab *slab, struct slab_chunk *chunk, const void *object)
{
    uintptr_t start = (uintptr_t)chunk, at = (uintptr_t)object;
    return at >= start && at - start < chunk_size(slab);
}

/* Objects next to each other in the free list are often of one chunk: guess is tried first. */
static struct slab_chunk *chunk_of(
    const struct slab *slab, struct slab_chunk *guess, const void *object)
{
    if (guess && chunk_holds(slab, guess, object))
        return guess;
    struct slab_chunk *chunk = slab->chunks;
    while (!chunk_holds(slab, chunk, object))
        chunk = chunk->next;
    return chunk;
}

static void count_free(struct slab *slab)
{
    for (struct slab_chunk *chunk = slab->chunks; chunk; chunk = chunk->next)
        chunk->free = 0;
    struct slab_chunk *chunk = NULL;
    for (struct slab_free *object = slab->free; object; object = object->next) {
        chunk = chunk_of(slab, chunk, object);
        chunk->free++;
    }
}

static void forget_free_of_empty_chunks(struct slab *slab)
{
    struct slab_chunk *chunk = NULL;
    struct slab_free **link = &slab->free;
    while (*link) {
        chunk = chunk_of(slab, chunk, *link);
        if (chunk->free == slab->chunk_objects)
            *link = (*link)->next;
        else
            link = &(*link)->next;
    }
}

void slab_trim(struct slab *slab)
{
    if (slab->chunk_count * slab->chunk_objects - slab->in_use < slab->chunk_objects)
        return; /* so few are free that no chunk can be */
    count_free(slab);
    forget_free_of_empty_chunks(slab);
    struct slab_chunk **link = &slab->chunks;
    while (*link) {
        struct slab_chunk *chunk = *link;
        if (chunk->free < slab->chunk_objects) {
            link = &chunk->next;
            continue;
        }
        *link = chunk->next;
        slab->chunk_count--;
        budget_free(slab->budget, chunk, chunk_size(slab));
    }
}
