#include "cursor.h"

int cursor_peek(const struct cursor *cursor)
{
    return cursor->at < cursor->end ? (unsigned char)*cursor->at : -1;
}

bool cursor_skip(struct cursor *cursor, text expected)
{
    if (!text_starts_with((text){cursor->at, cursor_left(cursor)}, expected))
        return false;
    cursor->at += expected.size;
    return true;
}

text cursor_take(struct cursor *cursor, size_t size)
{
    if (cursor->failed || size > cursor_left(cursor)) {
        cursor->failed = true;
        cursor->at = cursor->end;
        return (text){NULL, 0};
    }
    text taken = {cursor->at, size};
    cursor->at += size;
    return taken;
}

text cursor_take_until(struct cursor *cursor, char byte)
{
    size_t left = cursor_left(cursor);
    size_t found = text_find((text){cursor->at, left}, byte);
    if (found == left) {
        cursor->failed = true;
        cursor->at = cursor->end;
        return (text){NULL, 0};
    }
    text taken = cursor_take(cursor, found);
    cursor->at++;
    return taken;
}

text cursor_rest(struct cursor *cursor)
{
    return cursor_take(cursor, cursor_left(cursor));
}

static uint64_t big_endian(struct cursor *cursor, size_t size)
{
    text bytes = cursor_take(cursor, size);
    uint64_t number = 0;
    for (size_t i = 0; i < bytes.size; i++)
        number = number << 8 | (unsigned char)bytes.data[i];
    return number;
}

uint8_t cursor_u8(struct cursor *cursor)
{
    return (uint8_t)big_endian(cursor, 1);
}

uint16_t cursor_u16(struct cursor *cursor)
{
    return (uint16_t)big_endian(cursor, 2);
}

uint32_t cursor_u32(struct cursor *cursor)
{
    return (uint32_t)big_endian(cursor, 4);
}

uint64_t cursor_u64(struct cursor *cursor)
{
    return big_endian(cursor, 8);
}
