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

bool workshop_add_member(
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

bool workshop_merge(struct arena *arena, struct json_value *into, const struct json_value *extra)
{
    for (size_t i = 0; i < extra->count; i++) {
        struct json_value *old = NULL;
        for (size_t k = 0; k < into->count && !old; k++)
            old = text_equals(into->names[k], extra->names[i]) ? &into->items[k] : NULL;
        const struct json_value *value = &extra->items[i];
        if (old && old->kind == JSON_OBJECT && value->kind == JSON_OBJECT) {
            if (!workshop_merge(arena, old, value))
                return false;
        } else if (old) {
            *old = *value;
        } else if (!workshop_add_member(arena, into, extra->names[i], value)) {
            return false;
        }
    }
    return true;
}

/* ---- Reading --------------------------------------------------------------------------- */

static const char extras_suffix[] = " (sdk-extras)";

static const text documentation = TEXT_INIT("documentation");

/* root or why there is none. */
static struct json_value *expect_object(
    struct json_value *root, text file, const char *suffix, struct json_problem problem,
    inia_error *error)
{
    if (root && root->kind == JSON_OBJECT)
        return root;
    if (root)
        problem = (struct json_problem){"not an object", 1, 1};
    error_set(
        error, strcmp(problem.what, "out of memory") == 0 ? INIA_NO_MEMORY : INIA_BAD_CONFIG,
        "%.*s%s:%zu:%zu: %s", TEXT_ARGS(file), suffix, problem.line, problem.column, problem.what);
    return NULL;
}

static struct json_value *parse_file(
    struct workshop *workshop, text file, const char *suffix, text bytes, struct arena *arena,
    inia_error *error)
{
    struct json_problem problem;
    struct json_value *root =
        json_parse_without(workshop->parser, bytes, documentation, arena, &problem);
    return expect_object(root, file, suffix, problem, error);
}

struct json_value *workshop_parse(
    struct workshop *workshop, text file, text bytes, text extras, inia_error *error)
{
    struct json_value *root = parse_file(workshop, file, "", bytes, &workshop->arena, error);
    if (!root || !extras.data)
        return root;
    const struct json_value *extra =
        parse_file(workshop, file, extras_suffix, extras, &workshop->arena, error);
    if (!extra)
        return NULL;
    const struct json_value *merged = json_member(extra, TEXT("merge"));
    if (json_is(merged, JSON_OBJECT) && !workshop_merge(&workshop->arena, root, merged)) {
        error_set(error, INIA_NO_MEMORY, "out of memory reading %.*s", TEXT_ARGS(file));
        return NULL;
    }
    return root;
}

static bool merge_whole(
    struct workshop *workshop, struct json_value *root, const struct json_value *extra, text name)
{
    const struct json_value *value = json_member(extra, name);
    struct json_value *into = (struct json_value *)(uintptr_t)json_member(root, name);
    if (!json_is(value, JSON_OBJECT))
        return true;
    if (json_is(into, JSON_OBJECT))
        return workshop_merge(&workshop->arena, into, value);
    return workshop_add_member(&workshop->arena, root, name, value);
}

struct json_value *workshop_outline(
    struct workshop *workshop, text file, text bytes, inia_error *error)
{
    static const text later[] = {TEXT_INIT("operations"), TEXT_INIT("shapes"), {NULL, 0}};
    struct json_problem problem;
    struct json_value *root = json_outline(
        workshop->parser, (char *)(uintptr_t)bytes.data, bytes.size, later, documentation,
        &workshop->arena, &problem);
    return expect_object(root, file, "", problem, error);
}

bool workshop_read_extras(
    struct workshop *workshop, text file, text extras, struct arena *arena,
    const struct json_value **extra, inia_error *error)
{
    *extra = NULL;
    if (!extras.data)
        return true;
    const struct json_value *read = parse_file(workshop, file, extras_suffix, extras, arena, error);
    *extra = json_member(read, TEXT("merge"));
    return read != NULL;
}

bool workshop_merge_top(
    struct workshop *workshop, text file, struct json_value *root, const struct json_value *extra,
    inia_error *error)
{
    static const text whole[] = {TEXT_INIT("metadata"), TEXT_INIT("clientContextParams")};
    for (size_t i = 0; i < COUNT_OF(whole); i++) {
        if (!merge_whole(workshop, root, extra, whole[i])) {
            error_set(error, INIA_NO_MEMORY, "out of memory reading %.*s", TEXT_ARGS(file));
            return false;
        }
    }
    return true;
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
