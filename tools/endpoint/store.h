/*
 * store: all buckets, their objects and the uploads under way, in memory. Knows nothing of HTTP.
 */
#ifndef ENDPOINT_STORE_H
#define ENDPOINT_STORE_H

#include "index.h"
#include "object.h"

enum {
    BUCKET_NAME_MOST = 63,
    KEY_MOST = 1024,
    UPLOAD_ID_SIZE = 32,
    PART_NUMBER_MOST = 10000,
};

struct stored {
    struct index_entry entry; /* first; by key */
    struct object *object;
    char key[];
};

struct bucket {
    struct index_entry entry; /* first; by name */
    int64_t created_ms;
    struct index objects; /* of struct stored */
    struct index uploads; /* of struct upload, by key, NUL and id */
    char name[BUCKET_NAME_MOST + 1];
};

struct upload {
    struct index_entry entry; /* first */
    int64_t started_ms;
    enum checksum_algorithm checksum_algorithm;
    bool checksum_is_full; /* of the whole object, not of the parts' checksums */
    char *own_fields;      /* for the object */
    size_t own_fields_size;
    struct object **parts; /* by number - 1; NULL where none is */
    size_t part_capacity;
    size_t key_size;
    char name[]; /* key, NUL, id */
};

struct store {
    struct budget *memory;
    struct object_room objects;
    struct index buckets;
    struct random_source random; /* for upload ids */
};

void store_init(struct store *store, struct budget *memory, uint64_t seed);
void store_release(struct store *store); /* no object may be held elsewhere any more */

bool bucket_name_is_good(text name);
struct bucket *store_find_bucket(const struct store *store, text name);
struct bucket *store_add_bucket(struct store *store, text name, int64_t now_ms); /* new; or NULL */
void store_remove_bucket(struct store *store, struct bucket *bucket); /* without objects */

struct object *bucket_find(const struct bucket *bucket, text key); /* NULL: none */

/* Puts object, which the bucket takes over, in the place of what was there. false: no memory; the
 * object is the caller's still. */
bool bucket_put(
    struct store *store, struct bucket *bucket, text key, struct object *object) MUST_USE;
bool bucket_remove(struct store *store, struct bucket *bucket, text key); /* false: not there */

struct upload *upload_new(
    struct store *store, struct bucket *bucket, text key, text own_fields, int64_t now_ms) MUST_USE;
struct upload *upload_find(const struct bucket *bucket, text key, text id);
void upload_free(struct store *store, struct bucket *bucket, struct upload *upload);

/* number: 1 ... PART_NUMBER_MOST. As bucket_put(). */
bool upload_put_part(
    struct store *store, struct upload *upload, size_t number, struct object *part) MUST_USE;
struct object *upload_part(const struct upload *upload, uint64_t number); /* NULL: none */

static inline text upload_key(const struct upload *upload)
{
    return (text){upload->name, upload->key_size};
}

static inline text upload_id(const struct upload *upload)
{
    return (text){upload->name + upload->key_size + 1, UPLOAD_ID_SIZE};
}

static inline text bucket_name(const struct bucket *bucket)
{
    return bucket->entry.key;
}

#endif
