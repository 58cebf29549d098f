#include "workshop.h"

#include "files.h"

#include <stdio.h>

bool workshop_open(struct workshop *workshop)
{
    budget_init(&workshop->budget, MODELS_MOST_MEMORY);
    slab_init(&workshop->blocks, &workshop->budget, ARENA_BLOCK_SIZE, MODELS_BLOCKS_PER_CHUNK);
    arena_init(&workshop->arena, &workshop->blocks);
    workshop->parser = json_parser_new();
    return workshop->parser != NULL;
}

void workshop_close(struct workshop *workshop)
{
    json_parser_free(workshop->parser);
    arena_release(&workshop->arena);
    slab_release(&workshop->blocks);
}

/* ---- Merging sdk-extras ---------------------------------------------------------------- */

static bool add_member(
    struct arena *arena, struct json_value *object, text name, const struct json_value *value)
{
    size_t count = object->count;
    struct json_value *items = arena_alloc(arena, (count + 1) * sizeof *items);
    text *names = arena_alloc(arena, (count + 1) * sizeof *names);
    if (!items || !names)
        return false;
    if (count) {
        memcpy(items, object->items, count * sizeof *items);
        memcpy(names, object->names, count * sizeof *names);
    }
    items[count] = *value;
    names[count] = name;
    object->items = items;
    object->names = names;
    object->count++;
    return true;
}

static bool merge(struct arena *arena, struct json_value *into, const struct json_value *extra)
{
    for (size_t i = 0; i < extra->count; i++) {
        struct json_value *old = NULL;
        for (size_t k = 0; k < into->count && !old; k++)
            old = text_equals(into->names[k], extra->names[i]) ? &into->items[k] : NULL;
        const struct json_value *value = &extra->items[i];
        if (old && old->kind == JSON_OBJECT && value->kind == JSON_OBJECT) {
            if (!merge(arena, old, value))
                return false;
        } else if (old) {
            *old = *value;
        } else if (!add_member(arena, into, extra->names[i], value)) {
            return false;
        }
    }
    return true;
}

/* ---- Reading --------------------------------------------------------------------------- */

static struct json_value *parse_file(
    struct workshop *workshop, text file, const char *suffix, text bytes, inia_error *error)
{
    struct json_problem problem;
    struct json_value *root = json_parse_without(
        workshop->parser, bytes, TEXT("documentation"), &workshop->arena, &problem);
    if (root && root->kind == JSON_OBJECT)
        return root;
    if (root)
        problem = (struct json_problem){"not an object", 1, 1};
    error_set(
        error, strcmp(problem.what, "out of memory") == 0 ? INIA_NO_MEMORY : INIA_BAD_CONFIG,
        "%.*s%s:%zu:%zu: %s", TEXT_ARGS(file), suffix, problem.line, problem.column, problem.what);
    return NULL;
}

struct json_value *workshop_parse(
    struct workshop *workshop, text file, text bytes, text extras, inia_error *error)
{
    struct json_value *root = parse_file(workshop, file, "", bytes, error);
    if (!root || !extras.data)
        return root;
    const struct json_value *extra = parse_file(workshop, file, " (sdk-extras)", extras, error);
    if (!extra)
        return NULL;
    const struct json_value *merged = json_member(extra, TEXT("merge"));
    if (json_is(merged, JSON_OBJECT) && !merge(&workshop->arena, root, merged)) {
        error_set(error, INIA_NO_MEMORY, "out of memory reading %.*s", TEXT_ARGS(file));
        return NULL;
    }
    return root;
}

bool workshop_read(
    struct workshop *workshop, const char *folders, text service, text version, const char *name,
    text *path, struct json_value **root, inia_error *error)
{
    char file[64], beside[64];
    text bytes, extras;
    *root = NULL;
    snprintf(file, sizeof file, "%s.json", name);
    snprintf(beside, sizeof beside, "%s.sdk-extras.json", name);
    if (file_read_if_any(
            folders, service, version, text_of(file), &workshop->arena, &bytes, path, error) !=
        INIA_OK)
        return false;
    if (!bytes.data)
        return true;
    if (file_read_beside(*path, text_of(beside), &workshop->arena, &extras, error) != INIA_OK)
        return false;
    *root = workshop_parse(workshop, *path, bytes, extras, error);
    return *root != NULL;
}
