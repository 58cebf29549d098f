#include "uring_spill.h"

bool spill_add(struct ring_spill **chain, struct slab *slab, const char *bytes, size_t size)
{
    check(size <= RING_BUFFER_SIZE);
    while (*chain)
        chain = &(*chain)->next;
    struct ring_spill *added = slab_take(slab);
    if (!added)
        return false;
    added->next = NULL;
    added->at = 0;
    added->end = (uint32_t)size;
    memcpy(added->bytes, bytes, size);
    *chain = added;
    return true;
}

struct ring_spill *spill_pop(struct ring_spill **chain)
{
    struct ring_spill *first = *chain;
    *chain = first->next;
    return first;
}

size_t spill_take(struct ring_spill **chain, struct slab *slab, char *memory, size_t size)
{
    size_t taken = 0;
    while (*chain && taken < size) {
        struct ring_spill *first = *chain;
        size_t part = first->end - first->at;
        if (part > size - taken)
            part = size - taken;
        memcpy(memory + taken, first->bytes + first->at, part);
        first->at += (uint32_t)part;
        taken += part;
        if (first->at == first->end)
            slab_give(slab, spill_pop(chain));
    }
    return taken;
}

void spill_clear(struct ring_spill **chain, struct slab *slab)
{
    while (*chain)
        slab_give(slab, spill_pop(chain));
}
