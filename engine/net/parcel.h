/*
 * parcels: memory for bytes on their way, in a few sizes, reused by all streams of a net. An idle
 * connection holds none.
 */
#ifndef NET_PARCEL_H
#define NET_PARCEL_H

#include "base/base.h"

enum {
    PARCEL_CLASSES = 5,
    PARCEL_BULK_SIZE =
        270336, /* 256 KiB of plain bytes sealed into 16 records, with room to spare */
};

struct parcel {
    struct parcel *next;
    uint32_t capacity;    /* of bytes */
    uint32_t start, size; /* bytes[start ... size) are still to be used */
    uint8_t class_index;
    bool reports;    /* the owner wants to hear when it is sent */
    bool bulk;       /* one piece of a large send: more may follow */
    bool is_control; /* of wolfSSL's making */
    char bytes[];
};

struct parcels {
    struct slab classes[PARCEL_CLASSES];
    size_t bulk_most; /* of the largest class, how many at once */
};

void parcels_init(struct parcels *parcels, struct budget *memory);
void parcels_release(struct parcels *parcels);

/*
 * Empty, with room for at least size bytes (at most PARCEL_BULK_SIZE). NULL: no memory; of the
 * largest class also when many are out, for they may not take all memory.
 */
struct parcel *parcel_take(struct parcels *parcels, size_t size) MUST_USE;
void parcel_give(struct parcels *parcels, struct parcel *parcel); /* NULL does nothing */
void parcel_give_all(struct parcels *parcels, struct parcel **first);

static inline size_t parcel_room(const struct parcel *parcel)
{
    return parcel->capacity - parcel->size;
}

static inline text parcel_text(const struct parcel *parcel)
{
    return text_from(parcel->bytes + parcel->start, parcel->size - parcel->start);
}

/* size <= parcel_room(parcel) */
static inline void parcel_add(struct parcel *parcel, const void *bytes, size_t size)
{
    memcpy(parcel->bytes + parcel->size, bytes, size);
    parcel->size += (uint32_t)size;
}

#endif
