#include "store.h"

static size_t upload_size(size_t key_size)
{
    return sizeof(struct upload) + key_size + 1 + UPLOAD_ID_SIZE;
}

static void free_memory(struct store *store, struct upload *upload)
{
    budget_free(store->memory, upload->parts, upload->part_capacity * sizeof *upload->parts);
    budget_free(store->memory, upload->own_fields, upload->own_fields_size);
    budget_free(store->memory, upload, upload_size(upload->key_size));
}

static bool keep_fields(struct store *store, struct upload *upload, text own_fields)
{
    if (!own_fields.size)
        return true;
    upload->own_fields = budget_alloc(store->memory, own_fields.size);
    if (!upload->own_fields)
        return false;
    memcpy(upload->own_fields, own_fields.data, own_fields.size);
    upload->own_fields_size = own_fields.size;
    return true;
}

struct upload *upload_new(
    struct store *store, struct bucket *bucket, text key, text own_fields, int64_t now_ms)
{
    struct upload *upload = budget_alloc(store->memory, upload_size(key.size));
    if (!upload)
        return NULL;
    *upload = (struct upload){.started_ms = now_ms, .key_size = key.size};
    memcpy(upload->name, key.data, key.size);
    upload->name[key.size] = '\0';
    uint64_t id[2] = {random_u64(&store->random), random_u64(&store->random)};
    hex_encode(upload->name + key.size + 1, id, sizeof id);
    upload->entry.key = (text){upload->name, key.size + 1 + UPLOAD_ID_SIZE};
    if (keep_fields(store, upload, own_fields) && index_add(&bucket->uploads, &upload->entry))
        return upload;
    free_memory(store, upload);
    return NULL;
}

struct upload *upload_find(const struct bucket *bucket, text key, text id)
{
    char name[KEY_MOST + 1 + UPLOAD_ID_SIZE];
    if (key.size > KEY_MOST || id.size != UPLOAD_ID_SIZE)
        return NULL;
    memcpy(name, key.data, key.size);
    name[key.size] = '\0';
    memcpy(name + key.size + 1, id.data, id.size);
    struct index_entry *entry =
        index_find(&bucket->uploads, (text){name, key.size + 1 + UPLOAD_ID_SIZE});
    return entry ? CONTAINER_OF(entry, struct upload, entry) : NULL;
}

void upload_free(struct store *store, struct bucket *bucket, struct upload *upload)
{
    index_remove(&bucket->uploads, &upload->entry);
    for (size_t i = 0; i < upload->part_capacity; i++)
        object_drop(&store->objects, upload->parts[i]);
    free_memory(store, upload);
}

static bool grow_parts(struct store *store, struct upload *upload, size_t number)
{
    size_t capacity = upload->part_capacity ? upload->part_capacity : 16;
    while (capacity < number)
        capacity *= 2;
    struct object **parts = budget_alloc(store->memory, capacity * sizeof *parts);
    if (!parts)
        return false;
    memset(parts, 0, capacity * sizeof *parts);
    if (upload->part_capacity)
        memcpy(parts, upload->parts, upload->part_capacity * sizeof *parts);
    budget_free(store->memory, upload->parts, upload->part_capacity * sizeof *parts);
    upload->parts = parts;
    upload->part_capacity = capacity;
    return true;
}

bool upload_put_part(struct store *store, struct upload *upload, size_t number, struct object *part)
{
    check(number >= 1 && number <= PART_NUMBER_MOST);
    if (number > upload->part_capacity && !grow_parts(store, upload, number))
        return false;
    object_drop(&store->objects, upload->parts[number - 1]);
    upload->parts[number - 1] = part;
    return true;
}

struct object *upload_part(const struct upload *upload, uint64_t number)
{
    return number >= 1 && number <= upload->part_capacity ? upload->parts[number - 1] : NULL;
}
