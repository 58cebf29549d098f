/* plan_header: the plan's table of response headers, looked up once for each header of a response.
 */
#ifndef PROTOCOLS_PLAN_HEADER_H
#define PROTOCOLS_PLAN_HEADER_H

#include "plan.h"

/* A header's name is made of token bytes (RFC 9110 5.6.2), of which a letter's case is one bit, and
 * of which no others differ in that bit alone but ^ and ~, which no model uses. */
enum { NAME_WORD = 8, NAME_HALF = 4 };
static const uint64_t name_lower_case = 0x2020202020202020u;

static inline uint64_t name_word(const char *at)
{
    uint64_t word;
    memcpy(&word, at, NAME_WORD);
    return word | name_lower_case;
}

static inline uint32_t name_half(const char *at)
{
    uint32_t half;
    memcpy(&half, at, NAME_HALF);
    return half | (uint32_t)name_lower_case;
}

/* Both ends of a name, which is where names differ: all of it up to 16 bytes. */
struct name_ends {
    uint64_t first, last;
};

static inline struct name_ends name_ends_of(text name)
{
    if (name.size >= NAME_WORD)
        return (struct name_ends){
            name_word(name.data), name_word(name.data + name.size - NAME_WORD)};
    if (name.size >= NAME_HALF)
        return (struct name_ends){
            name_half(name.data), name_half(name.data + name.size - NAME_HALF)};
    struct name_ends ends = {0, 0};
    for (size_t i = 0; i < name.size; i++)
        ends.first = ends.first << 8 | (unsigned char)(name.data[i] | 0x20);
    return ends;
}

static inline uint32_t name_hash(struct name_ends ends, size_t size)
{
    return (uint32_t)(((ends.first ^ ends.last << 1 ^ size) * 0x9E3779B97F4A7C15u) >> 32);
}

static inline bool name_is_same_between(const char *a, const char *b, size_t size)
{
    for (size_t at = NAME_WORD; at + NAME_WORD < size; at += NAME_WORD) {
        if (name_word(a + at) != name_word(b + at))
            return false;
    }
    return true;
}

/* The slot of a header name, in any case; NULL if no output member wants it. */
static inline const struct plan_header *plan_find_header(const struct plan_parts *parts, text name)
{
    if (parts->header_slots == 0)
        return NULL;
    struct name_ends ends = name_ends_of(name);
    uint32_t mask = parts->header_slots - 1, at = name_hash(ends, name.size) & mask;
    const struct plan_header *slot = &parts->headers[at];
    while (slot->name.data) {
        if (slot->first == ends.first && slot->last == ends.last && slot->name.size == name.size &&
            name_is_same_between(slot->name.data, name.data, name.size))
            return slot;
        at = (at + 1) & mask;
        slot = &parts->headers[at];
    }
    return NULL;
}

#endif
