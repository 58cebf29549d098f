#include "map.h"

#include "check.h"

void map_init(struct map *map, struct arena *arena)
{
    *map = (struct map){.arena = arena};
}

static struct map_entry *slot(const struct map *map, text key)
{
    size_t mask = map->capacity - 1;
    for (size_t i = text_hash(key) & mask;; i = (i + 1) & mask) {
        struct map_entry *entry = &map->entries[i];
        if (!entry->key.data || text_equals(entry->key, key))
            return entry;
    }
}

void *map_find(const struct map *map, text key)
{
    return map->count && key.data ? slot(map, key)->value : NULL;
}

static bool grow(struct map *map)
{
    struct map larger = *map;
    larger.capacity = map->capacity ? map->capacity * 2 : 16;
    larger.entries = arena_alloc_zeroed(map->arena, larger.capacity * sizeof(struct map_entry));
    if (!larger.entries)
        return false;
    for (size_t i = 0; i < map->capacity; i++) {
        if (map->entries[i].key.data)
            *slot(&larger, map->entries[i].key) = map->entries[i];
    }
    *map = larger;
    return true;
}

bool map_put(struct map *map, text key, void *value)
{
    check(key.data != NULL);
    if (map->count * 4 >= map->capacity * 3 && !grow(map))
        return false;
    struct map_entry *entry = slot(map, key);
    map->count += entry->key.data == NULL;
    *entry = (struct map_entry){key, value};
    return true;
}

text map_nearest(const struct map *map, text key)
{
    text nearest = {NULL, 0};
    size_t best = key.size / 3 + 2;
    for (struct map_entry *e = map_next(map, NULL); e; e = map_next(map, e)) {
        size_t distance = text_distance(e->key, key);
        bool ties = distance == best && nearest.data && text_compare(e->key, nearest) < 0;
        if (distance < best || ties) {
            best = distance;
            nearest = e->key;
        }
    }
    return nearest;
}

struct map_entry *map_next(const struct map *map, struct map_entry *entry)
{
    size_t i = entry ? (size_t)(entry - map->entries) + 1 : 0;
    for (; i < map->capacity; i++) {
        if (map->entries[i].key.data)
            return &map->entries[i];
    }
    return NULL;
}
