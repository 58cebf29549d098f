/* map: from text to a pointer, in an arena; grows, never shrinks. Keys are not copied. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "arena.h"

struct map_entry {
    text key; /* data NULL: free */
    void *value;
};

struct map {
    struct arena *arena;
    struct map_entry *entries;
    size_t capacity; /* a power of two, or 0 */
    size_t count;
};

void map_init(struct map *map, struct arena *arena);
void *map_find(const struct map *map, text key); /* NULL if absent */

/* Replaces what was there. false when there was no memory. key.data must not be NULL. */
bool map_put(struct map *map, text key, void *value);

/* The key nearest to this one in spelling, for "did you mean"; absent if none is near. */
text map_nearest(const struct map *map, text key);

/* For a loop over all: for (e = map_next(m, NULL); e; e = map_next(m, e)). In no order. */
struct map_entry *map_next(const struct map *map, struct map_entry *entry);

#endif
