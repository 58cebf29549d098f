#include "library.h"

#include <stdlib.h>

enum { BLOCKS_PER_CHUNK = 16 };

/* The environment's part in where models are found; with it unchanged the same files are meant. */
static const char *const sources[] = {"INIA_MODELS", "AWS_DATA_PATH", "HOME", "VIRTUAL_ENV"};

static bool is_source(text source)
{
    for (size_t i = 0; i < COUNT_OF(sources); i++) {
        text part = text_split(source, '\n', &source);
        if (!text_equals(part, text_of(getenv(sources[i]))))
            return false;
    }
    return true;
}

static text source_now(struct arena *arena)
{
    struct buffer out;
    buffer_init(&out, arena);
    for (size_t i = 0; i < COUNT_OF(sources); i++) {
        buffer_add(&out, text_of(getenv(sources[i])));
        buffer_add_char(&out, '\n');
    }
    return buffer_ok(&out) ? buffer_text(&out) : (text){NULL, 0};
}

void library_init(struct library *library, struct budget *memory, struct slab *arena_blocks)
{
    *library = (struct library){.memory = memory, .arena_blocks = arena_blocks};
    arena_init(&library->arena, arena_blocks);
}

static void remove_service(struct library *library, struct library_service *service)
{
    list_remove(&service->link);
    model_free(service->model);
    arena_release(&service->arena);
    budget_free(library->memory, service, sizeof *service);
}

void library_trim(struct library *library)
{
    struct list_link *next;
    for (struct list_link *link = library->services.first; link; link = next) {
        next = link->next;
        struct library_service *service = CONTAINER_OF(link, struct library_service, link);
        if (service->references == 0)
            remove_service(library, service);
    }
}

void library_release(struct library *library)
{
    library_trim(library);
    check(list_is_empty(&library->services));
    if (library->arena_blocks)
        arena_release(&library->arena);
}

/* ---- Reading -------------------------------------------------------------------------------- */

/* What reading takes, and nobody needs afterwards: as large as the file is. */
struct desk {
    struct slab blocks;
    struct arena arena;
    struct json_parser *parser;
};

static bool desk_open(struct desk *desk, struct budget *memory)
{
    slab_init(&desk->blocks, memory, ARENA_BLOCK_SIZE, BLOCKS_PER_CHUNK);
    arena_init(&desk->arena, &desk->blocks);
    desk->parser = json_parser_new();
    return desk->parser != NULL;
}

static void desk_close(struct desk *desk)
{
    json_parser_free(desk->parser);
    arena_release(&desk->arena);
    slab_release(&desk->blocks);
}

static bool read_bytes(
    struct desk *desk, text service, const char *name, text *bytes, inia_error *error)
{
    text newest = {NULL, 0};
    return models_read_file(NULL, service, newest, text_of(name), &desk->arena, bytes, error) ==
           INIA_OK;
}

static const struct json_value *read_json_file(
    struct desk *desk, text service, const char *name, inia_error *error)
{
    text bytes;
    struct json_problem problem;
    if (!read_bytes(desk, service, name, &bytes, error))
        return NULL;
    char *own = (char *)(uintptr_t)bytes.data;
    const struct json_value *document =
        json_parse_in_place(desk->parser, own, bytes.size, &desk->arena, &problem);
    if (document)
        return document;
    if (!read_bytes(desk, service, name, &bytes, error)) /* for the place of what is wrong */
        return NULL;
    document = json_parse(desk->parser, bytes, &desk->arena, &problem);
    bool memory = !document && strcmp(problem.what, "out of memory") == 0;
    if (!document)
        error_set(
            error, memory ? INIA_NO_MEMORY : INIA_BAD_CONFIG, "%.*s%s%s:%zu:%zu: %s",
            TEXT_ARGS(service), service.size ? "/" : "", name, problem.line, problem.column,
            problem.what);
    return document;
}

static bool find_partitions(struct library *library, struct desk *desk, inia_error *error)
{
    if (library->partitions_source.data && is_source(library->partitions_source))
        return true;
    const struct json_value *document =
        read_json_file(desk, (text){NULL, 0}, "partitions.json", error);
    struct endpoint_partitions *partitions =
        document ? endpoint_partitions_new(document, &library->arena, error) : NULL;
    if (!partitions)
        return false;
    text source = source_now(&library->arena);
    if (!source.data)
        return error_no_memory(error, "a client");
    library->partitions = partitions;
    library->partitions_source = source;
    return true;
}

/* Models that users add (aws configure add-model) are service-2.json alone. */
static const struct json_value *read_rules(
    const struct library_service *service, struct desk *desk, inia_error *error)
{
    static const char name[] = "endpoint-rule-set-1.json";
    const struct model *model = service->model;
    text version = models_newest_version(NULL, service->name, text_of(name), &desk->arena);
    if (version.data)
        return read_json_file(desk, service->name, name, error);
    return endpoint_standard_rules(model->endpoint_prefix, desk->parser, &desk->arena, error);
}

static bool compile_rules(
    struct library *library, struct library_service *service, struct desk *desk, inia_error *error)
{
    if (!find_partitions(library, desk, error))
        return false;
    const struct json_value *document = read_rules(service, desk, error);
    if (!document)
        return false;
    service->rules = endpoint_rules_new(document, library->partitions, &service->arena, error);
    return service->rules != NULL;
}

static bool read_service(
    struct library *library, struct library_service *service, text name, inia_error *error)
{
    service->name = arena_copy(&service->arena, name);
    service->source = source_now(&service->arena);
    if (!service->name.data || !service->source.data)
        return error_no_memory(error, "a client");
    service->model = model_open(NULL, name, (text){NULL, 0}, error);
    if (!service->model)
        return false;
    struct desk desk;
    bool good = desk_open(&desk, library->memory);
    if (!good)
        error_set(error, INIA_NO_MEMORY, "no memory for a client");
    good = good && compile_rules(library, service, &desk, error);
    desk_close(&desk);
    return good;
}

/* ---- The door ------------------------------------------------------------------------------- */

static struct library_service *find(struct library *library, text name)
{
    for (struct list_link *link = library->services.first; link; link = link->next) {
        struct library_service *service = CONTAINER_OF(link, struct library_service, link);
        if (text_equals(service->name, name) && is_source(service->source))
            return service;
    }
    return NULL;
}

struct library_service *library_take(struct library *library, text name, inia_error *error)
{
    struct library_service *service = find(library, name);
    if (service) {
        service->references++;
        return service;
    }
    service = budget_alloc(library->memory, sizeof *service);
    if (!service) {
        error_set(error, INIA_NO_MEMORY, "no memory for a client");
        return NULL;
    }
    *service = (struct library_service){.references = 1};
    arena_init(&service->arena, library->arena_blocks);
    list_push(&library->services, &service->link);
    if (read_service(library, service, name, error))
        return service;
    remove_service(library, service);
    return NULL;
}

void library_put(struct library_service *service)
{
    if (!service)
        return;
    check(service->references > 0);
    service->references--;
}
