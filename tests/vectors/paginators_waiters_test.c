/* Every paginator and waiter that botocore has loads with all its expressions, and resume tokens
 * are read back as what was written: vectors/paginators-waiters. */
#include "vectors.h"

#include "models/models.h"

#include <glob.h>

struct library {
    struct bench bench;
    char folder[32];
    glob_t files;
};

static bool library_open(struct library *library, const char *archive, const char *name)
{
    char command[4600], pattern[128];
    const char *path = vector_path("paginators-waiters/%s", archive);
    if (!vector_exists(path))
        return false;
    bench_init(&library->bench);
    strcpy(library->folder, "/tmp/inia-pages-XXXXXX");
    CHECK(mkdtemp(library->folder) != NULL);
    snprintf(command, sizeof command, "tar xJf '%s' -C %s", path, library->folder);
    CHECK_EQ(system(command), 0);
    snprintf(pattern, sizeof pattern, "%s/*/*/%s", library->folder, name);
    CHECK_EQ(glob(pattern, 0, NULL, &library->files), 0);
    return true;
}

static void library_close(struct library *library)
{
    char command[128];
    globfree(&library->files);
    snprintf(command, sizeof command, "rm -r %s", library->folder);
    CHECK_EQ(system(command), 0);
    bench_release(&library->bench);
}

/* What a client of this service and version has of its model, as far as is asked for here. */
static struct model library_model(struct library *library, const char *path)
{
    text service, version, rest = text_of(path + strlen(library->folder) + 1);
    service = text_split(rest, '/', &rest);
    version = text_split(rest, '/', &rest);
    return (struct model){
        .service = arena_copy(&library->bench.arena, service),
        .api_version = arena_copy(&library->bench.arena, version)};
}

TEST(every_paginator_of_botocore_loads)
{
    struct library library;
    struct tally tally = {.group = "paginators-waiters/paginators"};
    if (!library_open(&library, "paginators.tar.xz", "paginators-1.json"))
        SKIP("no paginators-waiters/paginators.tar.xz in these vectors");
    for (size_t i = 0; i < library.files.gl_pathc; i++) {
        const char *path = library.files.gl_pathv[i];
        struct model model = library_model(&library, path);
        struct model_paginators all = {0};
        inia_error error = {INIA_OK, ""};
        bool loaded = paginators_load(&all, library.folder, &model, &library.bench.arena, &error);
        const struct json_value *names =
            json_member(vector_json(&library.bench, path), TEXT("pagination"));
        for (uint32_t k = 0; k < names->count; k++) {
            const struct model_paginator *paginator =
                loaded ? paginators_find(&all, names->names[k]) : NULL;
            bool whole = paginator && paginator->token_count && paginator->output_tokens[0].path;
            tally_case(&tally, whole, error.detail, names->names[k]);
        }
    }
    tally_finish(&tally, "");
    library_close(&library);
}

TEST(every_waiter_of_botocore_loads)
{
    struct library library;
    struct tally tally = {.group = "paginators-waiters/waiters"};
    if (!library_open(&library, "waiters.tar.xz", "waiters-2.json"))
        SKIP("no paginators-waiters/waiters.tar.xz in these vectors");
    for (size_t i = 0; i < library.files.gl_pathc; i++) {
        const char *path = library.files.gl_pathv[i];
        struct model model = library_model(&library, path);
        struct model_waiters all = {0};
        inia_error error = {INIA_OK, ""};
        bool loaded = waiters_load(&all, library.folder, &model, &library.bench.arena, &error);
        const struct json_value *names =
            json_member(vector_json(&library.bench, path), TEXT("waiters"));
        for (uint32_t k = 0; k < names->count; k++) {
            const struct model_waiter *waiter =
                loaded ? waiters_require(&all, names->names[k], &error) : NULL;
            bool whole = waiter && waiter->operation.size && waiter->acceptor_count;
            tally_case(&tally, whole, error.detail, names->names[k]);
        }
    }
    tally_finish(&tally, "");
    library_close(&library);
}

/* ---- Resume tokens --------------------------------------------------------------------------- */

enum { DEEPEST = 16, MOST_BLOBS = 16 };

struct unmarking {
    struct bench *bench;
    struct json_value path[DEEPEST], blobs[MOST_BLOBS];
    uint32_t depth, blob_count;
};

/* The vectors say of bytes that they are such; in our JSON they are base64, with paths aside. */
static void unmark(struct unmarking *unmarking, struct json_value *value)
{
    struct arena *arena = &unmarking->bench->arena;
    text bytes = json_member_text(value, "bytes");
    text encoded = json_member_text(value, "bytes_base64");
    if (bytes.data || encoded.data) {
        struct buffer out;
        buffer_init(&out, arena);
        if (bytes.data)
            buffer_add_base64(&out, bytes);
        else
            buffer_add(&out, encoded);
        *value = (struct json_value){.kind = JSON_STRING, .string = buffer_text(&out)};
        struct json_value path = {
            .kind = JSON_LIST, .count = unmarking->depth, .items = unmarking->path};
        CHECK(unmarking->blob_count < MOST_BLOBS);
        CHECK(json_copy(&unmarking->blobs[unmarking->blob_count++], &path, arena));
        return;
    }
    CHECK(unmarking->depth < DEEPEST);
    for (uint32_t i = 0; i < value->count; i++) {
        char index[16];
        snprintf(index, sizeof index, "%u", i);
        struct json_value *step = &unmarking->path[unmarking->depth++];
        if (value->kind == JSON_OBJECT)
            *step = (struct json_value){.kind = JSON_STRING, .string = value->names[i]};
        else
            *step = (struct json_value){
                .kind = JSON_NUMBER, .string = text_of(arena_string(arena, text_of(index)))};
        unmark(unmarking, &value->items[i]);
        unmarking->depth--;
    }
}

static bool token_comes_back(struct bench *bench, const struct json_value *given)
{
    struct unmarking unmarking = {.bench = bench};
    struct json_value token;
    CHECK(json_copy(&token, given, &bench->arena));
    unmark(&unmarking, &token);
    struct json_value blobs = {
        .kind = JSON_LIST, .count = unmarking.blob_count, .items = unmarking.blobs};
    struct buffer encoded;
    buffer_init(&encoded, &bench->arena);
    page_token_encode(&encoded, &token, &blobs);
    CHECK(buffer_ok(&encoded));
    const struct json_value *back =
        page_token_decode(buffer_text(&encoded), bench->json, &bench->arena);
    return back && json_equal(back, &token);
}

TEST(resume_tokens_are_read_as_they_were_written)
{
    struct bench bench;
    struct tally tally = {.group = "paginators-waiters/token-encoding"};
    const char *path = vector_path("paginators-waiters/token-encoding.json");
    if (!vector_exists(path))
        SKIP("no paginators-waiters/token-encoding.json in these vectors");
    bench_init(&bench);
    const struct json_value *suites = vector_json(&bench, path);
    for (uint32_t i = 0; i < suites->count; i++) {
        for (uint32_t k = 0; k < suites->items[i].count; k++) {
            const struct json_value *one = json_item(&suites->items[i], k);
            bool good = token_comes_back(&bench, json_member(one, TEXT("token_dict")));
            tally_case(&tally, good, "not as it was", json_member_text(one, "id"));
        }
    }
    tally_finish(&tally, "");
    bench_release(&bench);
}
