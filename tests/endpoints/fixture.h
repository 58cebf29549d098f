/* What tests of endpoints stand on: memory, a parser, and partitions of three made-up kinds. */
#ifndef TESTS_ENDPOINTS_FIXTURE_H
#define TESTS_ENDPOINTS_FIXTURE_H

#include "endpoints/endpoints.h"
#include "formats/json.h"

#include "test.h"

struct fixture {
    struct budget budget;
    struct slab blocks;
    struct arena arena;
    struct json_parser *parser;
    struct endpoint_partitions *partitions;
    inia_error error;
};

static inline const struct json_value *fixture_json(struct fixture *fixture, const char *source)
{
    struct json_problem problem;
    const struct json_value *value =
        json_parse(fixture->parser, text_of(source), &fixture->arena, &problem);
    if (!value)
        FAIL("%zu:%zu: %s", problem.line, problem.column, problem.what);
    return value;
}

#define FIXTURE_PARTITIONS                                                                         \
    "{\"partitions\": ["                                                                           \
    "{\"id\": \"aws\", \"regionRegex\": \"^(us|eu)\\\\-\\\\w+\\\\-\\\\d+$\", \"outputs\":"         \
    "{\"name\": \"aws\", \"dnsSuffix\": \"amazonaws.com\", \"dualStackDnsSuffix\": \"api.aws\","   \
    "\"supportsFIPS\": true, \"supportsDualStack\": true,"                                         \
    "\"implicitGlobalRegion\": \"us-east-1\"}, \"regions\": {\"us-east-1\": {},"                   \
    "\"odd-one\": {\"dnsSuffix\": \"odd.example\"}}},"                                             \
    "{\"id\": \"aws-cn\", \"regionRegex\": \"^cn\\\\-\\\\w+\\\\-\\\\d+$\","                        \
    "\"outputs\": {\"dnsSuffix\": \"amazonaws.com.cn\"}, \"regions\": {}}]}"

static inline void fixture_init(struct fixture *fixture)
{
    *fixture = (struct fixture){.parser = json_parser_new()};
    CHECK(fixture->parser != NULL);
    budget_init(&fixture->budget, 64 << 20);
    slab_init(&fixture->blocks, &fixture->budget, ARENA_BLOCK_SIZE, 16);
    arena_init(&fixture->arena, &fixture->blocks);
    fixture->partitions = endpoint_partitions_new(
        fixture_json(fixture, FIXTURE_PARTITIONS), &fixture->arena, &fixture->error);
    if (!fixture->partitions)
        FAIL("%s", fixture->error.detail);
}

static inline void fixture_release(struct fixture *fixture)
{
    json_parser_free(fixture->parser);
    arena_release(&fixture->arena);
    slab_release(&fixture->blocks);
}

/* NULL with fixture->error. */
static inline struct endpoint_rules *fixture_rules(struct fixture *fixture, const char *source)
{
    return endpoint_rules_new(
        fixture_json(fixture, source), fixture->partitions, &fixture->arena, &fixture->error);
}

static inline const char *fixture_string(struct fixture *fixture, text whole)
{
    return arena_string(&fixture->arena, whole);
}

#endif
