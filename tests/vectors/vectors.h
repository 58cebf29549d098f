/*
 * What the conformance tests share: memory for one test, the files of a folder of vectors, and a
 * count of cases that ends in one line, "group: passed/total (N left out: why)".
 */
#ifndef VECTORS_VECTORS_H
#define VECTORS_VECTORS_H

#include "base/base.h"
#include "formats/formats.h"

#include "test.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct bench {
    struct budget memory;
    struct slab blocks;
    struct arena arena;
    struct json_parser *json;
};

static inline void bench_init(struct bench *bench)
{
    budget_init(&bench->memory, (size_t)1 << 30);
    slab_init(&bench->blocks, &bench->memory, ARENA_BLOCK_SIZE, 64);
    arena_init(&bench->arena, &bench->blocks);
    bench->json = json_parser_new();
    CHECK(bench->json != NULL);
}

static inline void bench_release(struct bench *bench)
{
    json_parser_free(bench->json);
    arena_release(&bench->arena);
    slab_release(&bench->blocks);
}

__attribute__((format(printf, 1, 2))) static inline const char *vector_path(const char *format, ...)
{
    static char path[4096];
    int start = snprintf(path, sizeof path, "%s/", test_vectors());
    va_list args;
    va_start(args, format);
    vsnprintf(path + start, sizeof path - (size_t)start, format, args);
    va_end(args);
    return path;
}

static inline bool vector_exists(const char *path)
{
    return access(path, R_OK) == 0;
}

/* A file's text, in the arena. */
static inline text vector_text(struct bench *bench, const char *path)
{
    size_t size;
    char *bytes = test_read_file(path, &size);
    text copy = arena_copy(&bench->arena, text_from(bytes, size));
    free(bytes);
    return copy;
}

static inline const struct json_value *vector_json(struct bench *bench, const char *path)
{
    struct json_problem problem;
    const struct json_value *root =
        json_parse(bench->json, vector_text(bench, path), &bench->arena, &problem);
    if (!root)
        FAIL("%s:%zu:%zu: %s", path, problem.line, problem.column, problem.what);
    return root;
}

static inline text json_member_text(const struct json_value *object, const char *name)
{
    return json_text(json_member(object, text_of(name)));
}

struct tally {
    const char *group;
    unsigned passed, total, left_out;
};

/* Counts a case; one that fails is told, and the others go on. */
static inline bool tally_case(struct tally *tally, bool passed, const char *what, text id)
{
    tally->total++;
    tally->passed += passed;
    if (!passed)
        printf("%s: FAILED: %s: %.*s\n", tally->group, what, TEXT_ARGS(id));
    return passed;
}

static inline void tally_finish(const struct tally *tally, const char *why_left_out)
{
    printf(
        "%s: %u/%u (%u left out%s%s)\n", tally->group, tally->passed, tally->total, tally->left_out,
        tally->left_out ? ": " : "", tally->left_out ? why_left_out : "");
    if (tally->total == 0)
        SKIP("this tree of vectors has no case of %s here", tally->group);
    CHECK_EQ(tally->passed, tally->total);
}

#endif
