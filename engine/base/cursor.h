/*
 * cursor: bytes being read. Reading past the end marks the cursor and gives zeros or absent text
 * from then on, so that a parser checks once, at the end. All parsing of foreign bytes uses it.
 */
#ifndef BASE_CURSOR_H
#define BASE_CURSOR_H

#include "text.h"

struct cursor {
    const char *at;
    const char *end;
    bool failed;
};

static inline struct cursor cursor_of(text bytes)
{
    return (struct cursor){bytes.data, bytes.data ? bytes.data + bytes.size : NULL, false};
}

static inline size_t cursor_left(const struct cursor *cursor)
{
    return (size_t)(cursor->end - cursor->at);
}

static inline bool cursor_ok(const struct cursor *cursor)
{
    return !cursor->failed;
}

static inline bool cursor_is_done(const struct cursor *cursor)
{
    return cursor->at == cursor->end;
}

int cursor_peek(const struct cursor *cursor);           /* the next byte, or -1 at the end */
bool cursor_skip(struct cursor *cursor, text expected); /* takes it if it comes next; never marks */
text cursor_take(struct cursor *cursor, size_t size);
text cursor_take_until(
    struct cursor *cursor, char byte); /* without it; it is taken too; must be there */
text cursor_rest(struct cursor *cursor);

uint8_t cursor_u8(struct cursor *cursor);
uint16_t cursor_u16(struct cursor *cursor); /* big-endian, as are the next two */
uint32_t cursor_u32(struct cursor *cursor);
uint64_t cursor_u64(struct cursor *cursor);

#endif
