/*
 * slots: numbers for what the kernel works on, so that a completion finds its owner, or finds that
 * the owner has gone. A number is reused; its generation tells one user of it from the next.
 */
#ifndef RING_URING_SLOTS_H
#define RING_URING_SLOTS_H

#include "ring.h"

enum { URING_MAX_SLOTS = 1 << 24 };

struct uring_slot {
    void *owner; /* NULL: free */
    uint32_t generation;
    uint32_t next_free;
};

struct uring_slots {
    struct budget *memory;
    struct uring_slot *slots; /* number 0 is never given out */
    uint32_t capacity;
    uint32_t free; /* the last given back; 0: none */
    uint32_t used;
};

bool uring_slots_init(struct uring_slots *slots, struct budget *memory, uint32_t capacity) MUST_USE;
void uring_slots_release(struct uring_slots *slots);

/* A number, or 0 when there is no memory for more. Allocates only to hold more than ever before. */
uint32_t uring_slots_take(struct uring_slots *slots, void *owner, uint32_t *generation) MUST_USE;
void uring_slots_give(struct uring_slots *slots, uint32_t slot);
void uring_slots_move(struct uring_slots *slots, uint32_t slot, void *owner);

/* Its owner, or NULL when that user of the number has gone. */
static inline void *uring_slots_owner(
    const struct uring_slots *slots, uint32_t slot, uint32_t generation)
{
    check(slot < slots->capacity);
    const struct uring_slot *found = &slots->slots[slot];
    return found->generation == generation ? found->owner : NULL;
}

#endif
