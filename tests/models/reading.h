/* What the tests of paginators and waiters share: an arena and JSON in it. */
#ifndef MODELS_READING_H
#define MODELS_READING_H

#include "models/models.h"
#include "test.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

struct reading {
    struct budget budget;
    struct slab blocks;
    struct arena arena;
    struct json_parser *parser;
    inia_error error;
};

static inline void reading_begin(struct reading *reading)
{
    *reading = (struct reading){0};
    budget_init(&reading->budget, 256 << 20);
    slab_init(&reading->blocks, &reading->budget, ARENA_BLOCK_SIZE, 8);
    arena_init(&reading->arena, &reading->blocks);
    reading->parser = json_parser_new();
    CHECK(reading->parser != NULL);
}

static inline void reading_end(struct reading *reading)
{
    json_parser_free(reading->parser);
    arena_release(&reading->arena);
    slab_release(&reading->blocks);
    CHECK_EQ(reading->budget.used, 0);
}

static inline const struct json_value *reading_json(struct reading *reading, const char *written)
{
    struct json_problem problem;
    const struct json_value *root =
        json_parse(reading->parser, text_of(written), &reading->arena, &problem);
    if (!root)
        FAIL("%s: %s", written, problem.what);
    return root;
}

/* Written again, to be compared; "-" for NULL. */
static inline const char *reading_text(struct reading *reading, const struct json_value *value)
{
    struct buffer out;
    if (!value)
        return "-";
    buffer_init(&out, &reading->arena);
    json_write(&out, value);
    return buffer_string(&out);
}

#endif
