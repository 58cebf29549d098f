#include "object.h"

#include "formats/formats.h"

void object_room_init(struct object_room *room, struct budget *memory)
{
    room->memory = memory;
    blob_room_init(&room->blobs, memory);
    slab_init(&room->objects, memory, sizeof(struct object), 64);
}

void object_room_release(struct object_room *room)
{
    slab_release(&room->objects);
    blob_room_release(&room->blobs);
}

struct object *object_new(struct object_room *room, int64_t now_ms)
{
    struct object *object = slab_take(&room->objects);
    if (!object)
        return NULL;
    memset(object, 0, offsetof(struct object, fields_near));
    object->holders = 1;
    object->modified_ms = now_ms;
    object->segments = &object->only;
    return object;
}

struct object *object_hold(struct object *object)
{
    check(object->holders > 0);
    object->holders++;
    return object;
}

static void free_segments(struct object_room *room, struct object *object)
{
    if (object->segment_capacity)
        budget_free(
            room->memory, object->segments, object->segment_capacity * sizeof *object->segments);
}

void object_drop(struct object_room *room, struct object *object)
{
    if (!object)
        return;
    check(object->holders > 0);
    if (--object->holders)
        return;
    for (size_t i = 0; i < object->segment_count; i++)
        blob_drop(&room->blobs, object->segments[i].blob);
    free_segments(room, object);
    if (object->fields != object->fields_near)
        budget_free(room->memory, object->fields, object->fields_size);
    slab_give(&room->objects, object);
}

void object_set_blob(struct object *object, struct blob *blob)
{
    check(object->segment_count == 0);
    if (!blob)
        return;
    object->only = (struct segment){blob, 0, blob->size};
    object->segment_count = 1;
    object->size = blob->size;
}

static bool grow_segments(struct object_room *room, struct object *object)
{
    size_t capacity = object->segment_capacity ? 2 * object->segment_capacity : 8;
    struct segment *segments = budget_alloc(room->memory, capacity * sizeof *segments);
    if (!segments)
        return false;
    memcpy(segments, object->segments, object->segment_count * sizeof *segments);
    free_segments(room, object);
    object->segments = segments;
    object->segment_capacity = capacity;
    return true;
}

static bool add_segment(struct object_room *room, struct object *object, struct segment segment)
{
    size_t capacity = object->segment_capacity ? object->segment_capacity : 1;
    if (object->segment_count == capacity && !grow_segments(room, object))
        return false;
    object->segments[object->segment_count++] = segment;
    object->size += segment.size;
    blob_hold(segment.blob);
    return true;
}

bool object_append(
    struct object_room *room, struct object *object, const struct object *other, size_t offset,
    size_t size)
{
    check(offset <= other->size && size <= other->size - offset);
    for (size_t i = 0; i < other->segment_count && size; i++) {
        struct segment segment = other->segments[i];
        if (offset >= segment.size) {
            offset -= segment.size;
            continue;
        }
        segment.offset += offset;
        segment.size -= offset;
        offset = 0;
        if (segment.size > size)
            segment.size = size;
        size -= segment.size;
        if (!add_segment(room, object, segment))
            return false;
    }
    return true;
}

bool object_set_fields(struct object_room *room, struct object *object, text own)
{
    char memory[256];
    struct buffer first;
    buffer_init_fixed(&first, memory, sizeof memory);
    buffer_add(&first, TEXT("Last-Modified: "));
    date_write_http(&first, (struct date){object->modified_ms / 1000, 0});
    buffer_add(&first, TEXT("\r\nETag: \""));
    buffer_add(&first, object_etag(object));
    buffer_add(&first, TEXT("\"\r\nAccept-Ranges: bytes\r\n"));
    check(buffer_ok(&first));
    size_t size = first.size + own.size;
    char *fields =
        size <= OBJECT_FIELDS_NEAR ? object->fields_near : budget_alloc(room->memory, size);
    if (!fields)
        return false;
    memcpy(fields, first.data, first.size);
    if (own.size)
        memcpy(fields + first.size, own.data, own.size);
    object->fields = fields;
    object->fields_size = size;
    object->own_fields = first.size;
    return true;
}

text object_own_fields(const struct object *object)
{
    if (!object->fields)
        return TEXT("");
    return (text){object->fields + object->own_fields, object->fields_size - object->own_fields};
}

text object_bytes(const struct object *object, size_t offset, size_t size)
{
    const struct segment *segment = object->segments;
    while (offset >= segment->size)
        offset -= (segment++)->size;
    size_t here = segment->size - offset;
    return (text){segment->blob->data + segment->offset + offset, here < size ? here : size};
}
