#include "tree.h"

/* The member of that name; a new one is null. NULL: no memory. */
static struct json_value *member(struct json_value *object, text name, struct arena *arena)
{
    for (uint32_t i = 0; i < object->count; i++) {
        if (text_equals(object->names[i], name))
            return &object->items[i];
    }
    size_t count = object->count;
    text *names = arena_alloc(arena, (count + 1) * sizeof *names);
    struct json_value *items = arena_alloc(arena, (count + 1) * sizeof *items);
    if (!names || !items)
        return NULL;
    if (count) {
        memcpy(names, object->names, count * sizeof *names);
        memcpy(items, object->items, count * sizeof *items);
    }
    names[count] = name;
    items[count] = (struct json_value){.kind = JSON_NULL};
    object->names = names;
    object->items = items;
    object->count++;
    return &items[count];
}

bool tree_set(
    struct json_value *object, text path, const struct json_value *value, struct arena *arena)
{
    struct json_value *at = object;
    while (path.data) {
        text name = text_split(path, '.', &path);
        if (at->kind != JSON_OBJECT)
            return true;
        uint32_t before = at->count;
        struct json_value *parent = at;
        at = member(parent, name, arena);
        if (!at)
            return false;
        if (path.data && parent->count > before)
            *at = (struct json_value){.kind = JSON_OBJECT};
    }
    *at = *value;
    return true;
}

bool tree_merge(struct json_value *into, const struct json_value *from, struct arena *arena)
{
    for (uint32_t i = 0; i < from->count; i++) {
        struct json_value *place = member(into, from->names[i], arena);
        if (!place)
            return false;
        if (place->kind != JSON_OBJECT || from->items[i].kind != JSON_OBJECT)
            *place = from->items[i];
        else if (!tree_merge(place, &from->items[i], arena))
            return false;
    }
    return true;
}
