#include "tree.h"

#include "test.h"

enum { CONTAINER_LEAST = 4 };

struct json_value *tree_new(struct arena *arena, enum json_kind kind)
{
    struct json_value *value = arena_alloc_zeroed(arena, sizeof *value);
    CHECK(value != NULL);
    value->kind = kind;
    return value;
}

struct json_value *tree_string(struct arena *arena, text string)
{
    struct json_value *value = tree_new(arena, JSON_STRING);
    value->string = string;
    return value;
}

struct json_value *tree_number(struct arena *arena, text digits)
{
    struct json_value *value = tree_new(arena, JSON_NUMBER);
    value->string = digits;
    return value;
}

struct json_value *tree_boolean(struct arena *arena, bool value)
{
    return tree_new(arena, value ? JSON_TRUE : JSON_FALSE);
}

/* At every power of two from CONTAINER_LEAST on, the room is used up. */
static bool is_full(uint32_t count)
{
    return count == 0 || (count >= CONTAINER_LEAST && (count & (count - 1)) == 0);
}

void tree_add(
    struct arena *arena, struct json_value *container, text name, const struct json_value *value)
{
    uint32_t count = container->count;
    if (is_full(count)) {
        size_t room = count ? 2 * (size_t)count : CONTAINER_LEAST;
        struct json_value *items = arena_alloc(arena, room * sizeof *items);
        text *names = arena_alloc(arena, room * sizeof *names);
        CHECK(items && names);
        if (count) {
            memcpy(items, container->items, count * sizeof *items);
            memcpy(names, container->names, count * sizeof *names);
        }
        container->items = items;
        container->names = names;
    }
    container->items[count] = *value;
    container->names[count] = name;
    container->count++;
}

struct json_value *tree_member(const struct json_value *object, text name)
{
    return (struct json_value *)(uintptr_t)json_member(object, name);
}

void tree_remove(struct json_value *object, text name)
{
    for (uint32_t i = 0; i < object->count; i++) {
        if (!text_equals(object->names[i], name))
            continue;
        object->count--;
        memmove(
            &object->items[i], &object->items[i + 1],
            (object->count - i) * sizeof(struct json_value));
        memmove(&object->names[i], &object->names[i + 1], (object->count - i) * sizeof(text));
        return;
    }
}

text tree_base64(struct arena *arena, text bytes)
{
    struct buffer out;
    buffer_init(&out, arena);
    buffer_add_base64(&out, bytes);
    CHECK(buffer_string(&out) != NULL);
    return buffer_text(&out);
}

text tree_bytes(struct arena *arena, text encoded)
{
    char *bytes = arena_alloc(arena, encoded.size / 4 * 3 + 3);
    CHECK(bytes != NULL);
    size_t size = base64_decode(bytes, encoded);
    if (size == SIZE_MAX)
        FAIL("not base64: %.*s", TEXT_ARGS(encoded));
    return (text){bytes, size};
}

text tree_text(struct arena *arena, const struct json_value *value)
{
    struct buffer out;
    buffer_init(&out, arena);
    json_write(&out, value);
    CHECK(buffer_string(&out) != NULL);
    return buffer_text(&out);
}

/* ---- Instants ----------------------------------------------------------------------- */

static const struct instant instants[] = {
    {"2023-11-14T22:13:20Z", "1700000000", "Tue, 14 Nov 2023 22:13:20 GMT",
     "2023-11-14T22:13:20+00:00", "2023-11-14T23:13:20+01:00"},
    {"2000-02-29T00:00:00Z", "951782400", "Tue, 29 Feb 2000 00:00:00 GMT",
     "2000-02-29T00:00:00+00:00", "951782400"},
    {"1970-01-01T00:00:00Z", "0", "Thu, 01 Jan 1970 00:00:00 GMT", "1970-01-01T00:00:00+00:00",
     "1970-01-01"},
    {"2099-12-31T23:59:59Z", "4102444799", "Thu, 31 Dec 2099 23:59:59 GMT",
     "2099-12-31T23:59:59+00:00", "Thu, 31 Dec 2099 23:59:59 GMT"},
    {"2023-11-14T22:13:20.5Z", "1700000000.5", NULL, "2023-11-14T22:13:20.500000+00:00",
     "2023-11-14T22:13:20.500Z"},
    {"2009-02-13T23:31:30.125Z", "1234567890.125", NULL, "2009-02-13T23:31:30.125000+00:00",
     "1234567890.125"},
};

enum { WHOLE_INSTANTS = 4 };

const struct instant *instant_number(uint32_t number, bool whole)
{
    return &instants[number % (whole ? (uint32_t)WHOLE_INSTANTS : (uint32_t)COUNT_OF(instants))];
}

const struct instant *instant_of(text written)
{
    for (size_t i = 0; i < COUNT_OF(instants); i++) {
        const struct instant *instant = &instants[i];
        const char *ways[] = {
            instant->iso8601, instant->epoch, instant->http, instant->output, instant->other};
        for (size_t way = 0; way < COUNT_OF(ways); way++)
            if (ways[way] && text_equals(text_of(ways[way]), written))
                return instant;
    }
    return NULL;
}
