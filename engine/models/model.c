#include "models.h"

#include "compile.h"
#include "files.h"
#include "head.h"
#include "source.h"
#include "workshop.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { BLOCKS_PER_CHUNK = 8 };

static const char *const protocol_names[MODEL_PROTOCOL_COUNT] = {
    "", "json", "rest-json", "rest-xml", "smithy-rpc-v2-cbor", "query", "ec2",
};

const char *model_protocol_name(enum model_protocol protocol)
{
    return protocol_names[protocol];
}

/* ---- What all parts of the compilation use -------------------------------------------- */

bool compile_fail(struct compilation *compilation, text where, text member, const char *format, ...)
{
    char what[160];
    va_list arguments;
    if (compilation->failed)
        return false;
    compilation->failed = true;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    bool memory = strcmp(what, "out of memory") == 0;
    error_set(
        compilation->error, memory ? INIA_NO_MEMORY : INIA_BAD_CONFIG, "%.*s: %.*s%s%.*s: %s",
        TEXT_ARGS(compilation->file), TEXT_ARGS(where), member.size ? "." : "", TEXT_ARGS(member),
        what);
    return false;
}

void *compile_alloc(struct compilation *compilation, size_t count, size_t size)
{
    size_t bytes;
    void *memory = __builtin_mul_overflow(count, size, &bytes)
                       ? NULL
                       : arena_alloc_zeroed(compilation->arena, bytes);
    if (!memory)
        compile_fail(compilation, TEXT("model"), (text){NULL, 0}, "out of memory");
    return memory;
}

text compile_text(struct compilation *compilation, const struct json_value *string)
{
    text value = json_text(string);
    if (!value.data)
        return value;
    value = arena_copy(compilation->arena, value);
    if (!value.data)
        compile_fail(compilation, TEXT("model"), (text){NULL, 0}, "out of memory");
    return value;
}

text *compile_texts(struct compilation *compilation, const struct json_value *list, uint32_t *count)
{
    *count = 0;
    if (!json_is(list, JSON_LIST))
        return NULL;
    text *texts = compile_alloc(compilation, list->count, sizeof *texts);
    for (size_t i = 0; texts && i < list->count; i++)
        texts[i] = compile_text(compilation, json_item(list, i));
    *count = texts ? list->count : 0;
    return texts;
}

bool compile_path(
    struct compilation *compilation, text where, text member, text written, struct model_path *path)
{
    struct jmespath_problem problem;
    path->written = written;
    path->path = jmespath_compile(written, compilation->arena, &problem);
    if (path->path)
        return true;
    if (problem.error == JMESPATH_NO_MEMORY)
        return compile_fail(compilation, where, member, "out of memory");
    return compile_fail(
        compilation, where, member, "the expression '%.*s' is wrong at %zu: %s", TEXT_ARGS(written),
        problem.offset, problem.what);
}

text compile_required(
    struct compilation *compilation, text where, const struct json_value *object, text member)
{
    const struct json_value *value = json_member(object, member);
    if (!value)
        compile_fail(compilation, where, member, "is missing");
    else if (value->kind != JSON_STRING)
        compile_fail(compilation, where, member, "a string is wanted");
    return compile_text(compilation, value);
}

struct model_namespace compile_namespace(
    struct compilation *compilation, const struct json_value *value)
{
    if (json_is(value, JSON_STRING))
        return (struct model_namespace){.uri = compile_text(compilation, value)};
    return (struct model_namespace){
        compile_text(compilation, json_member(value, TEXT("uri"))),
        compile_text(compilation, json_member(value, TEXT("prefix")))};
}

/* ---- Loading --------------------------------------------------------------------------- */

static bool compile(struct model *model, const struct json_value *root, inia_error *error)
{
    struct compilation compilation = {
        .file = model->file, .arena = &model->arena, .model = model, .root = root, .error = error};
    return compile_metadata(&compilation) && compile_top(&compilation) &&
           compile_shapes(&compilation) && compile_operations(&compilation);
}

static struct model *model_new(text service, text file, inia_error *error)
{
    struct model *model = calloc(1, sizeof *model);
    if (model) {
        budget_init(&model->budget, MODELS_MOST_MEMORY);
        slab_init(&model->blocks, &model->budget, ARENA_BLOCK_SIZE, BLOCKS_PER_CHUNK);
        arena_init(&model->arena, &model->blocks);
        map_init(&model->operation_names, &model->arena);
        map_init(&model->shape_names, &model->arena);
        model->service = arena_copy(&model->arena, service);
        model->file = arena_copy(&model->arena, file);
    }
    if (model && model->service.data && model->file.data)
        return model;
    error_set(error, INIA_NO_MEMORY, "out of memory loading a model");
    model_free(model);
    return NULL;
}

/* What a model is made of: a file, and its sdk-extras, absent if there are none. */
struct material {
    text service, path;
    struct packed file;
    text extras;
};

static struct model *make(struct workshop *workshop, const struct material *from, inia_error *error)
{
    text bytes;
    if (packed_open(&from->file, from->path, &workshop->arena, &bytes, error) != INIA_OK)
        return NULL;
    const struct json_value *root =
        workshop_parse(workshop, from->path, bytes, from->extras, error);
    struct model *model = root ? model_new(from->service, from->path, error) : NULL;
    if (model && !compile(model, root, error)) {
        model_free(model);
        return NULL;
    }
    return model;
}

/* The metadata and what is before it; NULL if the file does not start like that. */
static struct json_value *read_head(struct workshop *workshop, const struct material *from)
{
    inia_error wrong;
    text head = head_cut(packed_start(&from->file, &workshop->arena), &workshop->arena);
    return head.data ? workshop_parse(workshop, from->path, head, (text){NULL, 0}, &wrong) : NULL;
}

static struct json_value *read_outline(
    struct workshop *workshop, const struct material *from, inia_error *error)
{
    text bytes;
    return packed_copy(&from->file, from->path, &workshop->arena, &bytes, error) == INIA_OK
               ? workshop_outline(workshop, from->path, bytes, error)
               : NULL;
}

static bool open_parts(
    struct workshop *workshop, struct model *model, const struct material *from, inia_error *error)
{
    struct json_value *head = read_head(workshop, from);
    struct json_value *root = head ? head : read_outline(workshop, from, error);
    const struct json_value *extras;
    struct compilation compilation = {
        .file = model->file, .arena = &model->arena, .model = model, .root = root, .error = error};
    return root &&
           workshop_read_extras(
               workshop, from->path, from->extras, &model->arena, &extras, error) &&
           workshop_merge_top(workshop, from->path, root, extras, error) &&
           compile_metadata(&compilation) &&
           source_open(&compilation, &from->file, from->extras, extras) &&
           (head || source_cut(&compilation));
}

/* As make(), but most is read later. */
static struct model *open_model(
    struct workshop *workshop, const struct material *from, inia_error *error)
{
    struct model *model = model_new(from->service, from->path, error);
    if (model && !open_parts(workshop, model, from, error)) {
        model_free(model);
        return NULL;
    }
    return model;
}

typedef struct model *make_model(
    struct workshop *workshop, const struct material *from, inia_error *error);

static struct model *from_bytes(
    make_model *make_it, text service, text file, text bytes, text extras, inia_error *error)
{
    struct workshop workshop;
    struct model *model = NULL;
    struct material from = {service, file, {bytes, false}, extras};
    if (workshop_open(&workshop))
        model = make_it(&workshop, &from, error);
    else
        error_set(error, INIA_NO_MEMORY, "out of memory loading a model");
    workshop_close(&workshop);
    return model;
}

static struct model *from_folders(
    make_model *make_it, const char *folders, text service, text version, inia_error *error)
{
    struct workshop workshop;
    struct model *model = NULL;
    if (!workshop_open(&workshop)) {
        error_set(error, INIA_NO_MEMORY, "out of memory loading a model");
    } else {
        struct material from = {.service = service};
        inia_status status = file_find(
            folders, service, version, TEXT("service-2.json"), &workshop.arena, &from.file,
            &from.path, error);
        if (status == INIA_OK)
            status = file_read_beside(
                from.path, TEXT("service-2.sdk-extras.json"), &workshop.arena, &from.extras, error);
        if (status == INIA_OK)
            model = make_it(&workshop, &from, error);
    }
    workshop_close(&workshop);
    return model;
}

struct model *model_parse(text service, text file, text bytes, text extras, inia_error *error)
{
    return from_bytes(make, service, file, bytes, extras, error);
}

struct model *model_load(const char *folders, text service, text version, inia_error *error)
{
    return from_folders(make, folders, service, version, error);
}

/* What is wrong with a file is better told by who reads all of it. */
struct model *model_open_bytes(text service, text file, text bytes, text extras, inia_error *error)
{
    inia_error wrong;
    struct model *model = from_bytes(open_model, service, file, bytes, extras, &wrong);
    return model ? model : from_bytes(make, service, file, bytes, extras, error);
}

struct model *model_open(const char *folders, text service, text version, inia_error *error)
{
    inia_error wrong;
    struct model *model = from_folders(open_model, folders, service, version, &wrong);
    return model ? model : from_folders(make, folders, service, version, error);
}

void model_free(struct model *model)
{
    if (!model)
        return;
    source_drop_file(model->source);
    arena_release(&model->arena);
    slab_release(&model->blocks);
    free(model);
}

/* ---- Looking up ------------------------------------------------------------------------ */

const struct model_operation *model_find_operation(const struct model *model, text name)
{
    return model->source ? source_operation(model->source, name, NULL)
                         : map_find(&model->operation_names, name);
}

const struct model_operation *model_require_operation(
    const struct model *model, text name, inia_error *error)
{
    inia_error wrong = {INIA_OK, ""};
    const struct model_operation *operation = model->source
                                                  ? source_operation(model->source, name, &wrong)
                                                  : map_find(&model->operation_names, name);
    if (operation)
        return operation;
    if (wrong.status != INIA_OK) {
        error_set(error, wrong.status, "%s", wrong.detail);
        return NULL;
    }
    text nearest = model->source ? source_nearest_operation(model->source, name)
                                 : map_nearest(&model->operation_names, name);
    error_set(
        error, INIA_BAD_CONFIG, "unknown operation '%.*s' of %.*s%s%.*s%s", TEXT_ARGS(name),
        TEXT_ARGS(model->service), nearest.data ? ": did you mean '" : "", TEXT_ARGS(nearest),
        nearest.data ? "'?" : "");
    return NULL;
}

const struct model_operation *model_endpoint_operation(const struct model *model)
{
    if (model->source)
        return source_endpoint_operation(model->source);
    for (uint32_t i = 0; i < model->operation_count; i++) {
        if (model->operations[i].is_endpoint_operation)
            return &model->operations[i];
    }
    return NULL;
}

const struct model_shape *model_find_shape(const struct model *model, text name)
{
    return model->source ? source_shape(model->source, name) : map_find(&model->shape_names, name);
}

const struct model_member *model_find_member(const struct model_shape *structure, text name)
{
    for (size_t i = 0; structure && i < structure->member_count; i++) {
        if (text_equals(structure->members[i].name, name))
            return &structure->members[i];
    }
    return NULL;
}

text model_nearest_member(const struct model_shape *structure, text name)
{
    text nearest = {NULL, 0};
    size_t best = name.size / 3 + 2;
    for (size_t i = 0; structure && i < structure->member_count; i++) {
        size_t distance = text_distance(structure->members[i].name, name);
        if (distance < best) {
            best = distance;
            nearest = structure->members[i].name;
        }
    }
    return nearest;
}
