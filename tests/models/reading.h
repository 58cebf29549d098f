/* What the tests of paginators and waiters share: an arena, JSON in it, and what becomes of a file
 * that is wrong or does not fit into memory. */
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

/* A test's own: parses what toys.json is to contain. false: reading->error says why. */
typedef bool reading_parse(struct reading *reading, const char *written);

struct reading_refusal {
    const char *written, *detail; /* how the detail begins */
};

static inline void reading_refuses(
    reading_parse *parse, const struct reading_refusal *refusals, size_t count)
{
    struct reading reading;
    reading_begin(&reading);
    for (size_t i = 0; i < count; i++) {
        if (parse(&reading, refusals[i].written))
            FAIL("taken: %s", refusals[i].written);
        if (strncmp(reading.error.detail, refusals[i].detail, strlen(refusals[i].detail)) != 0)
            FAIL("%s is not %s", reading.error.detail, refusals[i].detail);
        CHECK_EQ(reading.error.status, INIA_BAD_CONFIG);
    }
    reading_end(&reading);
}

/* Each allocation fails in turn. */
static inline void reading_lacks_memory(reading_parse *parse, const char *written)
{
    bool failed_some = false, all_well = false;
    for (uint64_t nth = 1; nth < 200 && !all_well; nth++) {
        struct reading reading;
        reading_begin(&reading);
        budget_fail_after(nth);
        all_well = parse(&reading, written);
        budget_fail_after(0);
        CHECK(all_well || reading.error.status == INIA_NO_MEMORY);
        failed_some = failed_some || !all_well;
        reading_end(&reading);
    }
    CHECK(failed_some && all_well);
}

#endif
