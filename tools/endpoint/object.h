/*
 * object: the bytes and the description of one S3 object, or of one part of an upload. Never
 * changes once it is stored; held by the bucket and by each answer that is being sent.
 */
#ifndef ENDPOINT_OBJECT_H
#define ENDPOINT_OBJECT_H

#include "blob.h"
#include "crypto/crypto.h"

enum {
    ETAG_MOST = 40,            /* 32 digits, a dash, the number of parts */
    OBJECT_FIELDS_MOST = 3072, /* bytes of header fields an object may bring along */
    OBJECT_FIELDS_NEAR = 320,  /* more than this is kept apart */
};

struct segment {
    struct blob *blob;
    size_t offset, size;
};

struct object {
    size_t holders;
    size_t segment_count, segment_capacity; /* capacity 0: only */
    struct segment only;                    /* of one segment */
    struct segment *segments;               /* &only, or memory of their own */
    size_t size;
    int64_t modified_ms;
    char etag[ETAG_MOST]; /* without quotes */
    size_t etag_size;
    enum checksum_algorithm checksum_algorithm;
    char checksum[2 * CHECKSUM_MOST]; /* as in the header */
    size_t checksum_size;
    bool checksum_is_composite;
    char *fields; /* header fields as GET answers them, each with its CRLF */
    size_t fields_size;
    size_t own_fields; /* from here on: those the object was stored with */
    char fields_near[OBJECT_FIELDS_NEAR];
};

struct object_room {
    struct budget *memory;
    struct blob_room blobs;
    struct slab objects;
};

void object_room_init(struct object_room *room, struct budget *memory);
void object_room_release(struct object_room *room);

/* Held once and empty: segments, etag and checksum are the caller's to fill. NULL: no memory. */
struct object *object_new(struct object_room *room, int64_t now_ms) MUST_USE;
struct object *object_hold(struct object *object);
void object_drop(struct object_room *room, struct object *object); /* NULL does nothing */

/* The whole of blob, which is the object's from now on; NULL: no bytes. */
void object_set_blob(struct object *object, struct blob *blob);

/* Appends size bytes of other from offset on, sharing them. false: no memory. */
bool object_append(
    struct object_room *room, struct object *object, const struct object *other, size_t offset,
    size_t size) MUST_USE;

/* Makes fields, once etag and time are set. own: "Content-Type: text/plain\r\n...". */
bool object_set_fields(struct object_room *room, struct object *object, text own) MUST_USE;
text object_own_fields(const struct object *object);

static inline text object_etag(const struct object *object)
{
    return (text){object->etag, object->etag_size};
}

static inline text object_checksum(const struct object *object)
{
    return (text){object->checksum, object->checksum_size};
}

/* The bytes from offset on that lie together, at most size of them; offset < object->size. */
text object_bytes(const struct object *object, size_t offset, size_t size);

#endif
