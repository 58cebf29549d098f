/*
 * buffer: bytes being written, growing in an arena. A failed addition marks the buffer and makes
 * all later ones do nothing, so that a writer checks once, at the end. Nothing is freed before
 * the arena is; a buffer that outgrows its place leaves the old one behind, at most doubling.
 */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include "arena.h"
#include "encode.h"

struct buffer {
    struct arena *arena; /* NULL: fixed memory, which may not grow */
    char *data;
    size_t size;
    size_t capacity;
    bool failed;
};

void buffer_init(struct buffer *buffer, struct arena *arena);
void buffer_init_fixed(struct buffer *buffer, void *memory, size_t capacity);
void buffer_clear(struct buffer *buffer); /* empty again, and no longer failed; keeps its memory */

static inline bool buffer_ok(const struct buffer *buffer)
{
    return !buffer->failed;
}

static inline text buffer_text(const struct buffer *buffer)
{
    return (text){buffer->data, buffer->size};
}

/* Room for size more bytes at data + size, or NULL with the buffer marked; add to size yourself. */
static inline char *buffer_reserve(struct buffer *buffer, size_t size);

/* The same where there may be no room yet. */
char *buffer_grow(struct buffer *buffer, size_t size);

static inline char *buffer_reserve(struct buffer *buffer, size_t size)
{
    /* Nothing is more than any room: whether there is memory at all, buffer_grow() must look. */
    if (size - 1 < buffer->capacity - buffer->size && !buffer->failed)
        return buffer->data + buffer->size;
    return buffer_grow(buffer, size);
}

static inline void buffer_add(struct buffer *buffer, text bytes)
{
    char *room = buffer_reserve(buffer, bytes.size);
    if (room && bytes.size) {
        memcpy(room, bytes.data, bytes.size);
        buffer->size += bytes.size;
    }
}

static inline void buffer_add_char(struct buffer *buffer, char byte)
{
    char *room = buffer_reserve(buffer, 1);
    if (room) {
        *room = byte;
        buffer->size++;
    }
}

void buffer_add_u64(struct buffer *buffer, uint64_t number);
void buffer_add_i64(struct buffer *buffer, int64_t number);
void buffer_add_format(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void buffer_add_hex(struct buffer *buffer, text bytes); /* lower case */
void buffer_add_base64(struct buffer *buffer, text bytes);
void buffer_add_percent(struct buffer *buffer, text bytes, percent_set keep);

/* Ends it with a NUL that is not counted; the C string, or NULL if marked. */
const char *buffer_string(struct buffer *buffer);

#endif
