#include "blob.h"

void blob_room_init(struct blob_room *room, struct budget *memory)
{
    block_cache_init(&room->blocks, memory, memory->limit);
    slab_init(&room->blobs, memory, sizeof(struct blob), 256);
}

void blob_room_release(struct blob_room *room)
{
    slab_release(&room->blobs);
    block_cache_release(&room->blocks);
}

struct blob *blob_new(struct blob_room *room, size_t size)
{
    struct blob *blob = slab_take(&room->blobs);
    if (!blob)
        return NULL;
    *blob = (struct blob){.holders = 1, .size = size};
    blob->data = block_take(&room->blocks, size, &blob->capacity);
    if (!blob->data) {
        slab_give(&room->blobs, blob);
        return NULL;
    }
    return blob;
}

struct blob *blob_hold(struct blob *blob)
{
    check(blob->holders > 0);
    blob->holders++;
    return blob;
}

void blob_drop(struct blob_room *room, struct blob *blob)
{
    if (!blob)
        return;
    check(blob->holders > 0);
    if (--blob->holders)
        return;
    block_give(&room->blocks, blob->data, blob->capacity);
    slab_give(&room->blobs, blob);
}
