#include "keys.h"

#include "scalar.h"

#include <stdlib.h>

void keys_init(struct keys *keys, struct arena *arena)
{
    *keys = (struct keys){0};
    map_init(&keys->known, arena);
}

bool keys_have(const struct keys *keys, text name)
{
    return map_find(&keys->known, name) != NULL;
}

static void add(struct keys *keys, text name)
{
    size_t size = keys->count * sizeof *keys->names;
    text *names = arena_grow(keys->known.arena, keys->names, size, size + sizeof *names);
    if (!names || !map_put(&keys->known, name, keys)) {
        keys->failed = true;
        return;
    }
    names[keys->count++] = name;
    keys->names = names;
}

void keys_add(struct keys *keys, const struct json_value *object, bool scalars)
{
    for (uint32_t i = 0; i < object->count; i++) {
        if (scalar_is(&object->items[i]) == scalars && !keys_have(keys, object->names[i]))
            add(keys, object->names[i]);
    }
}

static int compare(const void *a, const void *b)
{
    return text_compare(*(const text *)a, *(const text *)b);
}

void keys_sort(struct keys *keys)
{
    if (keys->count)
        qsort(keys->names, keys->count, sizeof *keys->names, compare);
}
