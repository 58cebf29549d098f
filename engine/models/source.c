#include "source.h"

/* A shape that has been named and waits to be read; newest first once it is done. */
struct source_pending {
    struct source_pending *next;
    struct model_shape *shape;
    const struct json_value *value;
    size_t index;
};

struct source_run {
    struct model_source *source;
    struct workshop workshop;
    struct source_pending *waiting, *done;
};

/* ---- Tables --------------------------------------------------------------------------------- */

static bool table_make(
    struct compilation *compilation, struct source_table *table, const struct json_value *texts)
{
    size_t slots = 8;
    while (slots < (size_t)texts->count * 3 / 2)
        slots *= 2;
    table->texts = texts;
    table->made = compile_alloc(compilation, texts->count + 1u, sizeof *table->made);
    table->slots = compile_alloc(compilation, slots, sizeof *table->slots);
    if (compilation->failed)
        return false;
    table->slot_mask = (uint32_t)slots - 1;
    for (uint32_t i = 0; i < texts->count; i++) {
        size_t slot = text_hash(texts->names[i]) & table->slot_mask;
        while (table->slots[slot] &&
               !text_equals(texts->names[table->slots[slot] - 1], texts->names[i]))
            slot = (slot + 1) & table->slot_mask;
        table->slots[slot] = i + 1; /* of equal names the last counts */
    }
    return true;
}

/* SIZE_MAX: not there. */
static size_t table_find(const struct source_table *table, text name)
{
    for (size_t slot = text_hash(name) & table->slot_mask; table->slots[slot];
         slot = (slot + 1) & table->slot_mask) {
        uint32_t index = table->slots[slot] - 1;
        if (text_equals(table->texts->names[index], name))
            return index;
    }
    return SIZE_MAX;
}

text source_nearest_operation(const struct model_source *source, text name)
{
    const struct json_value *texts = source->operations.texts;
    text nearest = {NULL, 0};
    size_t best = name.size / 3 + 2;
    for (size_t i = 0; texts && i < texts->count; i++) {
        size_t distance = text_distance(texts->names[i], name);
        bool ties = distance == best && nearest.data && text_compare(texts->names[i], nearest) < 0;
        if (distance < best || ties) {
            best = distance;
            nearest = texts->names[i];
        }
    }
    return nearest;
}

/* ---- Opening -------------------------------------------------------------------------------- */

/* What the extras add to the file; their values come when those of the file do. */
static bool add_names(
    struct compilation *compilation, struct json_value *texts, const struct json_value *extras)
{
    static const struct json_value nothing = {.kind = JSON_STRING, .string = TEXT_INIT("{}")};
    for (size_t i = 0; extras && i < extras->count; i++) {
        if (json_member(texts, extras->names[i]))
            continue;
        if (!workshop_add_member(compilation->arena, texts, extras->names[i], &nothing))
            return compile_fail(compilation, TEXT("model"), (text){NULL, 0}, "out of memory");
    }
    return true;
}

static size_t size_of(const struct json_value *texts)
{
    size_t size = 0;
    for (size_t i = 0; i < texts->count; i++)
        size += texts->names[i].size + 1 + json_text(&texts->items[i]).size;
    return size;
}

static char *append(char *at, text *copied)
{
    memcpy(at, copied->data, copied->size);
    copied->data = at;
    return at + copied->size;
}

/* Names and texts, all of them in one piece of the model's own. NULL: no memory. */
static struct json_value *copy_texts(
    struct compilation *compilation, const struct json_value *texts)
{
    struct json_value *copy = compile_alloc(compilation, 1, sizeof *copy);
    struct json_value *items = compile_alloc(compilation, texts->count, sizeof *items);
    text *names = compile_alloc(compilation, texts->count, sizeof *names);
    char *at = compile_alloc(compilation, size_of(texts), 1);
    if (compilation->failed)
        return NULL;
    for (size_t i = 0; i < texts->count; i++) {
        names[i] = texts->names[i];
        at = append(at, &names[i]) + 1;
        items[i] = texts->items[i];
        if (json_text(&items[i]).size)
            at = append(at, &items[i].string);
    }
    *copy = (struct json_value){
        .kind = JSON_OBJECT, .count = texts->count, .items = items, .names = names};
    return copy;
}

static bool open_table(
    struct compilation *compilation, const struct json_value *root, const struct json_value *extras,
    text name, struct source_table *table)
{
    const struct json_value *written = json_member(root, name);
    if (!json_is(written, JSON_OBJECT))
        return compile_fail(compilation, name, (text){NULL, 0}, "not an object");
    struct json_value *texts = copy_texts(compilation, written);
    return texts && add_names(compilation, texts, json_member(extras, name)) &&
           table_make(compilation, table, texts);
}

static bool keep_file(struct model_source *source, const struct packed *file)
{
    char *copy = budget_alloc(&source->model->budget, file->bytes.size + 1);
    if (!copy)
        return false;
    if (file->bytes.size)
        memcpy(copy, file->bytes.data, file->bytes.size);
    source->file = (struct packed){text_from(copy, file->bytes.size), file->is_gzip};
    return true;
}

void source_drop_file(struct model_source *source)
{
    text bytes = source ? source->file.bytes : (text){NULL, 0};
    if (!bytes.data)
        return;
    budget_free(&source->model->budget, (char *)(uintptr_t)bytes.data, bytes.size + 1);
    source->file.bytes = (text){NULL, 0};
}

bool source_open(
    struct compilation *compilation, const struct packed *file, text extras_bytes,
    const struct json_value *extras)
{
    struct model_source *source = compile_alloc(compilation, 1, sizeof *source);
    if (!source)
        return false;
    source->model = compilation->model;
    source->extras = extras;
    compilation->model->source = source;
    if (extras_bytes.data)
        source->extras_bytes = arena_copy(compilation->arena, extras_bytes);
    if (!keep_file(source, file) || (extras_bytes.data && !source->extras_bytes.data))
        return compile_fail(compilation, TEXT("model"), (text){NULL, 0}, "out of memory");
    return true;
}

/* ---- Cutting up ----------------------------------------------------------------------------- */

bool source_cut(struct compilation *compilation)
{
    struct model_source *source = compilation->model->source;
    const struct json_value *root = compilation->root, *extras = source->extras;
    bool good = compile_top(compilation) &&
                open_table(compilation, root, extras, TEXT("operations"), &source->operations) &&
                open_table(compilation, root, extras, TEXT("shapes"), &source->shapes);
    if (good)
        source_drop_file(source);
    return good;
}

static bool cut_file(struct model_source *source, struct workshop *workshop, inia_error *error)
{
    struct model *model = source->model;
    text bytes;
    if (packed_copy(&source->file, model->file, &workshop->arena, &bytes, error) != INIA_OK)
        return false;
    struct json_value *root = workshop_outline(workshop, model->file, bytes, error);
    if (!root || !workshop_merge_top(workshop, model->file, root, source->extras, error))
        return false;
    struct compilation compilation = {
        .file = model->file, .arena = &model->arena, .model = model, .root = root, .error = error};
    return source_cut(&compilation);
}

/* What is wrong with a file is better told by who reads all of it. */
static void explain(struct model_source *source, struct workshop *workshop, inia_error *error)
{
    const struct model *model = source->model;
    inia_error better;
    text bytes;
    if (error->status == INIA_NO_MEMORY ||
        packed_open(&source->file, model->file, &workshop->arena, &bytes, &better) != INIA_OK)
        return;
    struct model *whole =
        model_parse(model->service, model->file, bytes, source->extras_bytes, &better);
    if (!whole)
        *error = better;
    model_free(whole);
}

bool source_read(struct model_source *source, inia_error *error)
{
    if (!source->file.bytes.data)
        return true;
    struct workshop workshop;
    inia_error wrong = {INIA_NO_MEMORY, "out of memory loading a model"};
    bool good = workshop_open(&workshop) && cut_file(source, &workshop, &wrong);
    if (!good && error) {
        explain(source, &workshop, &wrong);
        *error = wrong;
    }
    workshop_close(&workshop);
    return good;
}

/* ---- Reading -------------------------------------------------------------------------------- */

static struct json_value *read_value(
    struct compilation *compilation, const struct source_table *table, text group, size_t index)
{
    struct source_run *run = compilation->run;
    struct workshop *workshop = &run->workshop;
    struct json_problem problem;
    text name = table->texts->names[index];
    text written = json_text(&table->texts->items[index]);
    struct json_value *value = json_parse(workshop->parser, written, &workshop->arena, &problem);
    if (!value) {
        compile_fail(compilation, name, (text){NULL, 0}, "%s", problem.what);
        return NULL;
    }
    const struct json_value *extra = json_member(json_member(run->source->extras, group), name);
    bool merges = json_is(extra, JSON_OBJECT) && value->kind == JSON_OBJECT;
    if (merges && !workshop_merge(&workshop->arena, value, extra))
        compile_fail(compilation, name, (text){NULL, 0}, "out of memory");
    return value;
}

struct model_shape *source_find_shape(struct compilation *compilation, text name)
{
    struct source_run *run = compilation->run;
    struct source_table *table = &run->source->shapes;
    size_t index = table_find(table, name);
    if (index == SIZE_MAX)
        return NULL;
    if (table->made[index])
        return table->made[index];
    struct source_pending *pending = arena_alloc(&run->workshop.arena, sizeof *pending);
    struct model_shape *shape = compile_alloc(compilation, 1, sizeof *shape);
    const struct json_value *value =
        shape ? read_value(compilation, table, TEXT("shapes"), index) : NULL;
    if (!pending || !value) {
        compile_fail(compilation, name, (text){NULL, 0}, "out of memory");
        return NULL;
    }
    *pending = (struct source_pending){run->waiting, shape, value, index};
    run->waiting = pending;
    table->made[index] = shape;
    return compile_shape_kind(compilation, shape, table->texts->names[index], value) ? shape : NULL;
}

static void read_waiting(struct compilation *compilation)
{
    struct source_run *run = compilation->run;
    struct source_pending *last = run->done;
    while (run->waiting && !compilation->failed) {
        struct source_pending *pending = run->waiting;
        run->waiting = pending->next;
        pending->next = run->done;
        run->done = pending;
        compile_shape(compilation, pending->shape, pending->value);
    }
    for (struct source_pending *p = run->done; p != last && !compilation->failed; p = p->next)
        compile_inheritance(p->shape);
}

/* The structures that an operation refers to must be whole before it is made. */
static void read_structures(struct compilation *compilation, text name, const struct json_value *op)
{
    const struct json_value *errors = json_member(op, TEXT("errors"));
    const struct json_value *input = json_member(op, TEXT("input"));
    const struct json_value *output = json_member(op, TEXT("output"));
    if (input)
        (void)compile_reference(compilation, name, TEXT("input"), input);
    if (output)
        (void)compile_reference(compilation, name, TEXT("output"), output);
    for (size_t i = 0; json_is(errors, JSON_LIST) && i < errors->count; i++)
        (void)compile_reference(compilation, name, TEXT("errors"), &errors->items[i]);
    read_waiting(compilation);
}

static bool run_begin(
    struct source_run *run, struct compilation *compilation, struct model_source *source,
    inia_error *error)
{
    struct model *model = source->model;
    *run = (struct source_run){.source = source};
    *compilation = (struct compilation){
        .file = model->file, .arena = &model->arena, .model = model, .run = run, .error = error};
    return workshop_open(&run->workshop) ||
           compile_fail(compilation, TEXT("model"), (text){NULL, 0}, "out of memory");
}

/* What was made of a run that failed is forgotten: it may be half of what it should be. */
static void forget(struct source_run *run, struct source_pending *list)
{
    for (; list; list = list->next)
        run->source->shapes.made[list->index] = NULL;
}

static void run_end(struct source_run *run, const struct compilation *compilation)
{
    if (compilation->failed) {
        forget(run, run->waiting);
        forget(run, run->done);
    }
    workshop_close(&run->workshop);
}

static struct model_operation *make_operation(
    struct compilation *compilation, struct source_table *table, size_t index)
{
    const struct json_value *value = read_value(compilation, table, TEXT("operations"), index);
    struct model_operation *operation = compile_alloc(compilation, 1, sizeof *operation);
    text name = table->texts->names[index];
    if (compilation->failed)
        return NULL;
    read_structures(compilation, name, value);
    return !compilation->failed && compile_operation(compilation, operation, name, value)
               ? operation
               : NULL;
}

const struct model_operation *source_operation(
    struct model_source *source, text name, inia_error *error)
{
    struct source_table *table = &source->operations;
    if (!source_read(source, error))
        return NULL;
    size_t index = table_find(table, name);
    if (index == SIZE_MAX)
        return NULL;
    if (table->made[index])
        return table->made[index];
    struct source_run run;
    struct compilation compilation;
    if (run_begin(&run, &compilation, source, error))
        table->made[index] = make_operation(&compilation, table, index);
    run_end(&run, &compilation);
    return table->made[index];
}

const struct model_shape *source_shape(struct model_source *source, text name)
{
    struct source_run run;
    struct compilation compilation;
    struct model_shape *shape = NULL;
    if (!source_read(source, NULL))
        return NULL;
    size_t index = table_find(&source->shapes, name);
    if (index == SIZE_MAX || source->shapes.made[index])
        return index == SIZE_MAX ? NULL : source->shapes.made[index];
    if (run_begin(&run, &compilation, source, NULL)) {
        shape = source_find_shape(&compilation, name);
        read_waiting(&compilation);
    }
    run_end(&run, &compilation);
    return compilation.failed ? NULL : shape;
}

const struct model_operation *source_endpoint_operation(struct model_source *source)
{
    if (!source_read(source, NULL))
        return NULL;
    const struct json_value *texts = source->operations.texts;
    for (size_t i = 0; i < texts->count; i++) {
        if (text_find_text(texts->items[i].string, TEXT("\"endpointoperation\":true")) == SIZE_MAX)
            continue;
        const struct model_operation *operation = source_operation(source, texts->names[i], NULL);
        if (operation && operation->is_endpoint_operation)
            return operation;
    }
    return NULL;
}
