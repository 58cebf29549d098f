/*
 * text: a slice of bytes that someone else owns. Need not end in NUL; may hold any byte.
 * An absent text is {NULL, 0}; an empty one has a pointer and size 0. All functions take both.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct text {
    const char *data;
    size_t size;
} text;

/* Of a string literal, its size known to the compiler. TEXT_INIT: the same in a static table. */
#define TEXT(literal) ((text){(literal), sizeof(literal) - 1})
#define TEXT_INIT(literal)                                                                         \
    {                                                                                              \
        (literal), sizeof(literal) - 1                                                             \
    }
/* For printf's "%.*s". */
#define TEXT_ARGS(text) (int)(text).size, (text).data ? (text).data : ""

static inline text text_of(const char *string) /* NULL gives the absent text */
{
    return (text){string, string ? strlen(string) : 0};
}

static inline text text_from(const void *data, size_t size)
{
    return (text){(const char *)data, size};
}

static inline bool text_equals(text a, text b)
{
    return a.size == b.size &&
           (a.size == 0 || (a.data[0] == b.data[0] && memcmp(a.data, b.data, a.size) == 0));
}

static inline text text_after(text whole, size_t count) /* count <= whole.size */
{
    return (text){count ? whole.data + count : whole.data, whole.size - count};
}

bool text_equals_ignoring_case(text a, text b); /* ASCII letters only */
bool text_starts_with(text whole, text start);
bool text_starts_with_ignoring_case(text whole, text start);
bool text_ends_with(text whole, text end);
int text_compare(text a, text b);             /* by bytes, as memcmp */
size_t text_find(text whole, char byte);      /* its index, or whole.size */
size_t text_find_last(text whole, char byte); /* its index, or whole.size */
size_t text_find_text(text whole, text part); /* its index, or SIZE_MAX */
text text_trim(text whole);                   /* without spaces, tabs, CR and LF at both ends */

/* Everything before the first separator; *rest gets what follows it, absent if there is none. */
text text_split(text whole, char separator, text *rest);

/* Decimal digits only, the whole of it, no sign for u64; false if not so or too large. */
bool text_to_u64(text digits, uint64_t *value);
bool text_to_i64(text digits, int64_t *value);

uint64_t text_hash(text whole); /* not for use against an adversary */

/* How many single-letter edits turn one into the other; for "did you mean". Up to 64 bytes each. */
size_t text_distance(text a, text b);

#endif
