#include "gather.h"

enum { GATHER_MAX_DEPTH = 16 };

enum gather_kind { GATHER_NAME, GATHER_EACH, GATHER_KEYS, GATHER_SEVERAL };

/* One step of a path. */
struct gather {
    enum gather_kind kind;
    text name;
    struct gather *next;  /* on what this step finds; NULL: that is what is wanted */
    struct gather *first; /* GATHER_SEVERAL: a path from here */
    struct gather *other; /* the next such path, in the first step of each */
};

struct reading {
    struct cursor in;
    struct arena *arena;
    const char *problem;
    int depth;
};

static struct gather *fail(struct reading *reading, const char *problem)
{
    if (!reading->problem)
        reading->problem = problem;
    return NULL;
}

static struct gather *add_step(struct reading *reading, enum gather_kind kind)
{
    struct gather *step = arena_alloc_zeroed(reading->arena, sizeof *step);
    if (!step)
        return fail(reading, "out of memory");
    step->kind = kind;
    return step;
}

static bool is_name_byte(int byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_' ||
           (byte >= '0' && byte <= '9');
}

static struct gather *read_name(struct reading *reading)
{
    const char *start = reading->in.at;
    while (is_name_byte(cursor_peek(&reading->in)))
        cursor_u8(&reading->in);
    if (reading->in.at == start)
        return fail(reading, "a name is wanted");
    struct gather *step = add_step(reading, GATHER_NAME);
    if (step)
        step->name = text_from(start, (size_t)(reading->in.at - start));
    return step;
}

static struct gather *read_path(struct reading *reading);

static void skip_spaces(struct reading *reading)
{
    while (cursor_skip(&reading->in, TEXT(" ")))
        ;
}

/* What follows ".[": paths and "]". */
static struct gather *read_several(struct reading *reading)
{
    struct gather *step = add_step(reading, GATHER_SEVERAL);
    struct gather **link = step ? &step->first : NULL;
    while (!reading->problem) {
        skip_spaces(reading);
        *link = read_path(reading);
        skip_spaces(reading);
        if (reading->problem || cursor_skip(&reading->in, TEXT("]")))
            break;
        if (!cursor_skip(&reading->in, TEXT(",")))
            return fail(reading, "a , or ] is wanted");
        link = &(*link)->other;
    }
    return reading->problem ? NULL : step;
}

static struct gather *read_step(struct reading *reading)
{
    if (cursor_skip(&reading->in, TEXT("[*]")) || cursor_skip(&reading->in, TEXT("[]")))
        return add_step(reading, GATHER_EACH);
    if (cursor_skip(&reading->in, TEXT(".[")))
        return read_several(reading);
    if (cursor_skip(&reading->in, TEXT(".")))
        return read_name(reading);
    return NULL;
}

static struct gather *read_path(struct reading *reading)
{
    if (++reading->depth > GATHER_MAX_DEPTH)
        return fail(reading, "nested too deep");
    struct gather *first = read_name(reading);
    for (struct gather *last = first; last && !reading->problem; last = last->next)
        last->next = read_step(reading);
    reading->depth--;
    return reading->problem ? NULL : first;
}

struct gather *gather_new(text path, struct arena *arena, const char **problem)
{
    struct reading reading = {.in = cursor_of(path), .arena = arena};
    bool wants_keys = cursor_skip(&reading.in, TEXT("keys("));
    struct gather *first = read_path(&reading);
    if (wants_keys && first) {
        struct gather *last = first;
        while (last->next)
            last = last->next;
        last->next = add_step(&reading, GATHER_KEYS);
        if (!cursor_skip(&reading.in, TEXT(")")))
            fail(&reading, "a ) is wanted");
    }
    if (!cursor_is_done(&reading.in))
        fail(&reading, "more than is understood");
    *problem = reading.problem;
    return reading.problem ? NULL : first;
}

struct gathered {
    text *strings;
    size_t most, count;
};

static void keep(struct gathered *gathered, text string)
{
    if (gathered->count < gathered->most)
        gathered->strings[gathered->count] = string;
    gathered->count++;
}

static void walk(
    const struct gather *step, const struct json_value *value, struct gathered *gathered)
{
    if (!step) {
        if (json_is(value, JSON_STRING))
            keep(gathered, value->string);
        for (uint32_t i = 0; json_is(value, JSON_LIST) && i < value->count; i++)
            walk(NULL, &value->items[i], gathered);
        return;
    }
    switch (step->kind) {
    case GATHER_NAME:
        walk(step->next, json_member(value, step->name), gathered);
        return;
    case GATHER_EACH:
        for (uint32_t i = 0; json_is(value, JSON_LIST) && i < value->count; i++)
            walk(step->next, &value->items[i], gathered);
        return;
    case GATHER_KEYS:
        for (uint32_t i = 0; json_is(value, JSON_OBJECT) && i < value->count; i++)
            keep(gathered, value->names[i]);
        return;
    case GATHER_SEVERAL:
        for (const struct gather *path = step->first; path; path = path->other)
            walk(path, value, gathered);
    }
}

size_t gather_strings(
    const struct gather *gather, const struct json_value *input, text *strings, size_t most)
{
    struct gathered gathered = {.strings = strings, .most = most};
    walk(gather, input, &gathered);
    return gathered.count;
}
