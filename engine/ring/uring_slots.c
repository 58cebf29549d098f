#include "uring_slots.h"

enum { FIRST_SLOT = 1 };

static size_t size_of(uint32_t capacity)
{
    return capacity * sizeof(struct uring_slot);
}

static bool grow(struct uring_slots *slots, uint32_t capacity)
{
    struct uring_slot *grown = budget_alloc(slots->memory, size_of(capacity));
    if (!grown)
        return false;
    memset(grown, 0, size_of(capacity));
    if (slots->slots)
        memcpy(grown, slots->slots, size_of(slots->capacity));
    budget_free(slots->memory, slots->slots, size_of(slots->capacity));
    slots->slots = grown;
    slots->capacity = capacity;
    return true;
}

bool uring_slots_init(struct uring_slots *slots, struct budget *memory, uint32_t capacity)
{
    check(capacity > FIRST_SLOT && capacity <= URING_MAX_SLOTS);
    *slots = (struct uring_slots){.memory = memory, .used = FIRST_SLOT};
    return grow(slots, capacity);
}

void uring_slots_release(struct uring_slots *slots)
{
    budget_free(slots->memory, slots->slots, size_of(slots->capacity));
    *slots = (struct uring_slots){0};
}

uint32_t uring_slots_take(struct uring_slots *slots, void *owner, uint32_t *generation)
{
    check(owner);
    uint32_t slot = slots->free;
    if (slot) {
        slots->free = slots->slots[slot].next_free;
    } else {
        bool is_full = slots->used == slots->capacity;
        if (is_full && (slots->capacity > URING_MAX_SLOTS / 2 || !grow(slots, 2 * slots->capacity)))
            return 0;
        slot = slots->used++;
    }
    slots->slots[slot].owner = owner;
    *generation = slots->slots[slot].generation;
    return slot;
}

void uring_slots_give(struct uring_slots *slots, uint32_t slot)
{
    check(slot >= FIRST_SLOT && slot < slots->used && slots->slots[slot].owner);
    slots->slots[slot].owner = NULL;
    slots->slots[slot].generation++;
    slots->slots[slot].next_free = slots->free;
    slots->free = slot;
}

void uring_slots_move(struct uring_slots *slots, uint32_t slot, void *owner)
{
    check(slot && slot < slots->capacity && slots->slots[slot].owner);
    slots->slots[slot].owner = owner;
}
