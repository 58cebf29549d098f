/* A paginators-1.json, and after its first NUL an output: reading ends in paginators that turn a
 * page, or in one line. */
#include "models/models.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char output[] =
    "{\"NextToken\":\"t\",\"IsTruncated\":true,\"Contents\":[{\"Key\":\"k\"},{\"Key\":2}],"
    "\"LastEvaluatedKey\":{\"id\":{\"N\":\"1\"}},\"None\":\"None\",\"Empty\":[]}";
static const char asked_for[] = "{\"NextToken\":\"t\",\"Max\":1,\"Filter\":{\"a\":[null,{}]}}";

static void turn(
    const struct model_paginator *paginator, const struct json_value *page,
    const struct json_value *params, struct arena *arena)
{
    const struct json_value **tokens;
    struct jmespath_problem problem;
    enum page_after after = page_after(paginator, page, arena, &tokens, &problem);
    if (after == PAGE_UNKNOWN)
        check(problem.what != NULL);
    if (after != PAGE_MORE)
        return;
    struct json_value *next = page_params(paginator, params, tokens, arena);
    if (next)
        check(page_is_repeated(paginator, next, tokens) || paginator->token_count > 1);
}

static void turn_all(
    const struct model_paginators *all, struct json_parser *parser, text last, struct arena *arena)
{
    struct json_problem problem;
    const struct json_value *params = json_parse(parser, TEXT(asked_for), arena, &problem);
    const struct json_value *page =
        json_parse(parser, last.data ? last : TEXT(output), arena, &problem);
    struct map_entry *e = NULL;
    while (page && params && (e = map_next(&all->by_operation, e)))
        turn(e->value, page, params, arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct json_parser *parser;
    inia_error error = {0};
    struct budget budget;
    struct slab blocks;
    struct arena arena;
    struct model_paginators all;
    text last, file = text_split(text_from(data, size), '\0', &last);
    if (!parser)
        parser = json_parser_new();
    budget_init(&budget, 64 << 20);
    slab_init(&blocks, &budget, ARENA_BLOCK_SIZE, 8);
    arena_init(&arena, &blocks);
    if (paginators_parse(&all, TEXT("fuzz.json"), file, (text){NULL, 0}, &arena, &error))
        turn_all(&all, parser, last, &arena);
    else
        check(error.status != INIA_OK && error.detail[0]);
    arena_release(&arena);
    slab_release(&blocks);
    return 0;
}
