#include "parcel.h"

/* A request's head; with a small body; one record; NET_SEAL_AT_ONCE; bulk. */
static const uint32_t class_sizes[PARCEL_CLASSES] = {2016, 5088, 17408, 69632, PARCEL_BULK_SIZE};
static const uint32_t class_chunks[PARCEL_CLASSES] = {16, 8, 4, 1, 1};

enum { BULK_SHARE = 4 }; /* bulk parcels take at most this part of the budget */

void parcels_init(struct parcels *parcels, struct budget *memory)
{
    for (size_t i = 0; i < PARCEL_CLASSES; i++)
        slab_init(
            &parcels->classes[i], memory, sizeof(struct parcel) + class_sizes[i], class_chunks[i]);
    parcels->bulk_most = memory->limit / BULK_SHARE / PARCEL_BULK_SIZE;
}

void parcels_release(struct parcels *parcels)
{
    for (size_t i = 0; i < PARCEL_CLASSES; i++)
        slab_release(&parcels->classes[i]);
}

static size_t class_of(size_t size)
{
    size_t index = 0;
    check(size <= PARCEL_BULK_SIZE);
    while (class_sizes[index] < size)
        index++;
    return index;
}

struct parcel *parcel_take(struct parcels *parcels, size_t size)
{
    size_t index = class_of(size);
    struct slab *slab = &parcels->classes[index];
    if (index == PARCEL_CLASSES - 1 && slab->in_use >= parcels->bulk_most)
        return NULL;
    struct parcel *parcel = slab_take(slab);
    if (!parcel)
        return NULL;
    memset(parcel, 0, sizeof *parcel);
    parcel->capacity = class_sizes[index];
    parcel->class_index = (uint8_t)index;
    return parcel;
}

void parcel_give(struct parcels *parcels, struct parcel *parcel)
{
    if (parcel)
        slab_give(&parcels->classes[parcel->class_index], parcel);
}

void parcel_give_all(struct parcels *parcels, struct parcel **first)
{
    while (*first) {
        struct parcel *parcel = *first;
        *first = parcel->next;
        parcel_give(parcels, parcel);
    }
}
