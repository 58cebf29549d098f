#include "store.h"

void store_init(struct store *store, struct budget *memory, uint64_t seed)
{
    *store = (struct store){.memory = memory};
    object_room_init(&store->objects, memory);
    index_init(&store->buckets, memory);
    random_init(&store->random, seed);
}

static struct bucket *bucket_of(struct index_entry *entry)
{
    return CONTAINER_OF(entry, struct bucket, entry);
}

static void free_stored(struct store *store, struct bucket *bucket, struct stored *stored)
{
    size_t size = sizeof *stored + stored->entry.key.size;
    index_remove(&bucket->objects, &stored->entry);
    object_drop(&store->objects, stored->object);
    budget_free(store->memory, stored, size);
}

static void empty_bucket(struct store *store, struct bucket *bucket)
{
    struct index_entry *entry;
    while ((entry = bucket->objects.root))
        free_stored(store, bucket, CONTAINER_OF(entry, struct stored, entry));
    while ((entry = bucket->uploads.root))
        upload_free(store, bucket, CONTAINER_OF(entry, struct upload, entry));
}

void store_release(struct store *store)
{
    struct index_entry *entry;
    while ((entry = store->buckets.root)) {
        empty_bucket(store, bucket_of(entry));
        store_remove_bucket(store, bucket_of(entry));
    }
    index_release(&store->buckets);
    object_room_release(&store->objects);
}

bool bucket_name_is_good(text name)
{
    if (name.size < 3 || name.size > BUCKET_NAME_MOST)
        return false;
    for (size_t i = 0; i < name.size; i++) {
        char c = name.data[i];
        bool inner = c == '-' || c == '.';
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && !inner)
            return false;
        if (inner && (i == 0 || i == name.size - 1))
            return false;
    }
    return true;
}

struct bucket *store_find_bucket(const struct store *store, text name)
{
    struct index_entry *entry = index_find(&store->buckets, name);
    return entry ? bucket_of(entry) : NULL;
}

struct bucket *store_add_bucket(struct store *store, text name, int64_t now_ms)
{
    check(bucket_name_is_good(name));
    struct bucket *bucket = budget_alloc(store->memory, sizeof *bucket);
    if (!bucket)
        return NULL;
    *bucket = (struct bucket){.created_ms = now_ms};
    memcpy(bucket->name, name.data, name.size);
    bucket->entry.key = (text){bucket->name, name.size};
    index_init(&bucket->objects, store->memory);
    index_init(&bucket->uploads, store->memory);
    if (index_add(&store->buckets, &bucket->entry))
        return bucket;
    budget_free(store->memory, bucket, sizeof *bucket);
    return NULL;
}

void store_remove_bucket(struct store *store, struct bucket *bucket)
{
    check(bucket->objects.count == 0);
    empty_bucket(store, bucket);
    index_release(&bucket->objects);
    index_release(&bucket->uploads);
    index_remove(&store->buckets, &bucket->entry);
    budget_free(store->memory, bucket, sizeof *bucket);
}

static struct stored *find_stored(const struct bucket *bucket, text key)
{
    struct index_entry *entry = index_find(&bucket->objects, key);
    return entry ? CONTAINER_OF(entry, struct stored, entry) : NULL;
}

struct object *bucket_find(const struct bucket *bucket, text key)
{
    struct stored *stored = find_stored(bucket, key);
    return stored ? stored->object : NULL;
}

bool bucket_put(struct store *store, struct bucket *bucket, text key, struct object *object)
{
    struct stored *stored = find_stored(bucket, key);
    if (stored) {
        object_drop(&store->objects, stored->object);
        stored->object = object;
        return true;
    }
    stored = budget_alloc(store->memory, sizeof *stored + key.size);
    if (!stored)
        return false;
    memset(stored, 0, sizeof *stored);
    memcpy(stored->key, key.data, key.size);
    stored->entry.key = (text){stored->key, key.size};
    stored->object = object;
    if (index_add(&bucket->objects, &stored->entry))
        return true;
    budget_free(store->memory, stored, sizeof *stored + key.size);
    return false;
}

bool bucket_remove(struct store *store, struct bucket *bucket, text key)
{
    struct stored *stored = find_stored(bucket, key);
    if (stored)
        free_stored(store, bucket, stored);
    return stored != NULL;
}
