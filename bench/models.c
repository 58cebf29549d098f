/*
 * models: what it costs to make a client, and to turn parameters into a request and a response into
 * output, without a network. Reads one task a line on standard input, answers each with one line of
 * JSON; bench/beside_botocore drives it beside botocore in one interleaved run.
 *
 *   client SERVICE OPERATION [URL]             makes a client in an engine of its own, another,
 *                                              and finds the operation; URL: of the endpoint,
 *                                              else as the service's rules
 *   call SERVICE OPERATION PARAMS BODY TIMES   files with JSON parameters and the response's body
 */
#include "models/models.h"
#include "protocols/protocols.h"

#include <inia/inia.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static _Noreturn void fail(const char *what, const char *why)
{
    fprintf(stderr, "models: %s: %s\n", what, why);
    exit(1);
}

static size_t used_bytes(void)
{
    return mallinfo2().uordblks + mallinfo2().hblkhd;
}

static inia_client *make_client(inia_engine *engine, const char *service, const char *url)
{
    inia_error error = {INIA_OK, ""};
    inia_credentials credentials = {"AKID", "secret", NULL, 0};
    inia_client_config config = {
        .service = service,
        .region = "us-east-1",
        .endpoint_url = url,
        .credentials = &credentials,
    };
    inia_client *client = inia_client_new(engine, &config, &error);
    if (!client)
        fail(service, error.detail);
    return client;
}

/* The first one of an engine, another of the same service, and the first one's operation. */
static void make_clients(const char *service, const char *operation, const char *url)
{
    inia_error error = {INIA_OK, ""};
    inia_engine *engine = inia_engine_new(NULL, &error);
    if (!engine)
        fail("engine", error.detail);
    size_t before = used_bytes();
    double start = now_us();
    inia_client *client = make_client(engine, service, url);
    double us = now_us() - start;
    size_t bytes = used_bytes() - before;
    start = now_us();
    (void)make_client(engine, service, url);
    double again_us = now_us() - start;
    size_t with_both = used_bytes();
    start = now_us();
    if (!inia_find_operation(client, operation, &error))
        fail(operation, error.detail);
    double ready_us = us + now_us() - start;
    size_t ready_bytes = bytes + used_bytes() - with_both;
    printf(
        "{\"us\": %.1f, \"bytes\": %zu, \"ready_us\": %.1f, \"ready_bytes\": %zu, "
        "\"again_us\": %.1f}\n",
        us, bytes, ready_us, ready_bytes, again_us);
    inia_engine_free(engine);
}

static text read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END))
        fail(path, "cannot be read");
    size_t size = (size_t)ftell(file);
    rewind(file);
    char *bytes = malloc(size + 1);
    if (!bytes || fread(bytes, 1, size, file) != size)
        fail(path, "cannot be read");
    bytes[size] = '\0';
    fclose(file);
    return text_from(bytes, size);
}

/* As a program gives them: by name, scalars as they are, all else as JSON. Ended by {0}. */
static const inia_param *params_of(
    struct protocol_readers *readers, const char *path, struct arena *arena)
{
    text bytes = read_file(path);
    struct json_problem problem;
    const struct json_value *object = json_parse(readers->json, bytes, arena, &problem);
    if (!json_is(object, JSON_OBJECT))
        fail(path, "is not a JSON object");
    inia_param *params = arena_alloc_zeroed(arena, (object->count + 1) * sizeof *params);
    for (uint32_t i = 0; i < object->count; i++) {
        struct buffer value;
        buffer_init(&value, arena);
        if (json_is(&object->items[i], JSON_STRING))
            buffer_add(&value, object->items[i].string);
        else
            json_write(&value, &object->items[i]);
        params[i] = (inia_param){object->names[i].data, buffer_string(&value)};
    }
    free((void *)(uintptr_t)bytes.data);
    return params;
}

/* One round there and back. Returns the size of the output, so that the work is not for nothing. */
static size_t there_and_back(
    const struct protocol_plan *plan, struct protocol_readers *readers, const inia_param *params,
    text body, struct arena *arena)
{
    inia_error error = {INIA_OK, ""};
    text none = {NULL, 0};
    struct json_value *object;
    struct protocol_request request;
    struct protocol_output output;
    struct random_source random = {1};
    struct http_response response = {.status = 200};
    if (protocol_read_params(plan, readers->json, none, params, arena, &object, &error))
        fail("parameters", error.detail);
    struct protocol_input input = {.params = object, .random = &random};
    if (protocol_build(plan, &input, arena, &request, &error))
        fail("request", error.detail);
    if (protocol_parse(plan, readers, &response, body, arena, &output, &error))
        fail("response", error.detail);
    return output.json.size;
}

static void time_calls(char **words)
{
    inia_error error = {INIA_OK, ""};
    struct model *model = model_load(NULL, text_of(words[1]), (text){NULL, 0}, &error);
    const struct model_operation *operation =
        model ? model_require_operation(model, text_of(words[2]), &error) : NULL;
    struct budget memory;
    struct slab blocks;
    struct arena kept, arena;
    struct protocol_readers readers;
    budget_init(&memory, (size_t)1 << 30);
    slab_init(&blocks, &memory, ARENA_BLOCK_SIZE, 64);
    arena_init(&kept, &blocks);
    arena_init(&arena, &blocks);
    struct protocol_plan *plan =
        operation ? protocol_plan_new(operation, MODEL_PROTOCOL_NONE, &kept, &error) : NULL;
    if (!plan || !protocol_readers_init(&readers))
        fail(words[2], error.detail);
    const inia_param *params = params_of(&readers, words[3], &kept);
    text body = read_file(words[4]);
    long times = strtol(words[5], NULL, 10);
    size_t size = 0;
    double start = now_us();
    for (long i = 0; i < times; i++) {
        size = there_and_back(plan, &readers, params, body, &arena);
        arena_clear(&arena);
    }
    printf("{\"us\": %.3f, \"output\": %zu}\n", (now_us() - start) / (double)times, size);
    arena_release(&arena);
    arena_release(&kept);
    protocol_readers_release(&readers);
    slab_release(&blocks);
    model_free(model);
    free((void *)(uintptr_t)body.data);
}

int main(void)
{
    char line[4096];
    while (fgets(line, sizeof line, stdin)) {
        char *words[6] = {0}, *save = NULL;
        size_t count = 0;
        for (char *w = strtok_r(line, " \n", &save); w && count < 6;
             w = strtok_r(NULL, " \n", &save))
            words[count++] = w;
        if ((count == 3 || count == 4) && strcmp(words[0], "client") == 0)
            make_clients(words[1], words[2], words[3]);
        else if (count == 6 && strcmp(words[0], "call") == 0)
            time_calls(words);
        else
            fail(
                "a line", "neither client SERVICE OPERATION [URL] nor call SERVICE OPERATION "
                          "PARAMS BODY TIMES");
        fflush(stdout);
    }
    return 0;
}
