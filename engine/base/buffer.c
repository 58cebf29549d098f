#include "buffer.h"

#include <stdarg.h>
#include <stdio.h>

enum { FIRST_CAPACITY = 256 };

void buffer_init(struct buffer *buffer, struct arena *arena)
{
    *buffer = (struct buffer){.arena = arena};
}

void buffer_init_fixed(struct buffer *buffer, void *memory, size_t capacity)
{
    *buffer = (struct buffer){.data = memory, .capacity = capacity};
}

void buffer_clear(struct buffer *buffer)
{
    buffer->size = 0;
    buffer->failed = false;
}

static bool grow(struct buffer *buffer, size_t needed)
{
    size_t capacity = buffer->capacity ? buffer->capacity : FIRST_CAPACITY;
    while (capacity < needed && capacity <= SIZE_MAX / 2)
        capacity *= 2;
    char *data = NULL;
    if (buffer->arena && capacity >= needed)
        data = arena_grow(buffer->arena, buffer->data, buffer->size, capacity);
    if (!data) {
        buffer->failed = true;
        return false;
    }
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

char *buffer_grow(struct buffer *buffer, size_t size)
{
    if (buffer->failed)
        return NULL;
    if (size > buffer->capacity - buffer->size) {
        size_t needed;
        if (__builtin_add_overflow(buffer->size, size, &needed) || !grow(buffer, needed)) {
            buffer->failed = true;
            return NULL;
        }
    }
    return buffer->size ? buffer->data + buffer->size : buffer->data;
}

void buffer_add_u64(struct buffer *buffer, uint64_t number)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    buffer_add(buffer, (text){digits + at, sizeof digits - at});
}

void buffer_add_i64(struct buffer *buffer, int64_t number)
{
    if (number < 0)
        buffer_add_char(buffer, '-');
    buffer_add_u64(buffer, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
}

void buffer_add_format(struct buffer *buffer, const char *format, ...)
{
    char small[128];
    va_list args;
    va_start(args, format);
    int size = vsnprintf(small, sizeof small, format, args);
    va_end(args);
    if (size < 0) {
        buffer->failed = true;
        return;
    }
    if ((size_t)size < sizeof small) {
        buffer_add(buffer, (text){small, (size_t)size});
        return;
    }
    char *room = buffer_reserve(buffer, (size_t)size + 1);
    if (room) {
        va_start(args, format);
        vsnprintf(room, (size_t)size + 1, format, args);
        va_end(args);
        buffer->size += (size_t)size;
    }
}

void buffer_add_hex(struct buffer *buffer, text bytes)
{
    char *room = buffer_reserve(buffer, bytes.size * 2);
    if (room) {
        hex_encode(room, bytes.data, bytes.size);
        buffer->size += bytes.size * 2;
    }
}

void buffer_add_base64(struct buffer *buffer, text bytes)
{
    size_t size = base64_encoded_size(bytes.size);
    char *room = buffer_reserve(buffer, size);
    if (room) {
        base64_encode(room, bytes);
        buffer->size += size;
    }
}

void buffer_add_percent(struct buffer *buffer, text bytes, percent_set keep)
{
    char *room = buffer_reserve(buffer, bytes.size * 3);
    if (room)
        buffer->size += percent_encode(room, bytes, keep);
}

const char *buffer_string(struct buffer *buffer)
{
    char *room = buffer_reserve(buffer, 1);
    if (room)
        *room = '\0';
    return room ? buffer->data : NULL;
}
