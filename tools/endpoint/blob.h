/*
 * blob: bytes that several may hold: an object overwritten while it is being sent stays until the
 * last of it is with the kernel. The memory is kept for the next blob of that size.
 */
#ifndef ENDPOINT_BLOB_H
#define ENDPOINT_BLOB_H

#include "base/base.h"

struct blob {
    size_t holders;
    size_t size;
    size_t capacity;
    char *data; /* aligned to 64 */
};

struct blob_room {
    struct block_cache blocks;
    struct slab blobs;
};

void blob_room_init(struct blob_room *room, struct budget *memory);
void blob_room_release(struct blob_room *room); /* every blob must have been dropped */

/* Held once, not cleared. NULL: there is no memory, or it is more than a block holds. size > 0. */
struct blob *blob_new(struct blob_room *room, size_t size) MUST_USE;
struct blob *blob_hold(struct blob *blob);
void blob_drop(struct blob_room *room, struct blob *blob); /* NULL does nothing */

#endif
