#include "slab.h"

#include "check.h"

#include <stdalign.h>

struct slab_free {
    struct slab_free *next;
};

struct slab_chunk {
    alignas(16) struct slab_chunk *next;
};

void slab_init(struct slab *slab, struct budget *budget, size_t object_size, size_t chunk_objects)
{
    check(object_size > 0 && chunk_objects > 0);
    slab->budget = budget;
    slab->object_size = (object_size + 15) & ~(size_t)15;
    slab->chunk_objects = chunk_objects;
    slab->in_use = 0;
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
}

static bool slab_grow(struct slab *slab)
{
    struct slab_chunk *chunk = budget_alloc(slab->budget, chunk_size(slab));
    if (!chunk)
        return false;
    chunk->next = slab->chunks;
    slab->chunks = chunk;
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
