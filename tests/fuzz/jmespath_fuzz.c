/* An expression, and after its first line feed the JSON to search in. What is found can be written
 * as JSON; what is not has a problem within the expression. */
#include "formats/formats.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char document[] =
    "{\"a\":[{\"b\":1,\"c\":\"x\"},{\"b\":-2.5e3,\"c\":\"\xC3\xA9\"},null,[1,2,[3]]],"
    "\"foo\":{\"bar\":{\"baz\":[true,false]}},\"n\":[3,1,2],\"s\":[\"b\",\"a\",\"\"]}";

static void search(
    const struct jmespath *path, struct json_parser *parser, text json, text expression,
    struct arena *arena)
{
    struct jmespath_problem problem;
    struct json_problem json_problem;
    const struct json_value *value = json_parse(parser, json, arena, &json_problem);
    if (!value)
        return;
    const struct json_value *found = jmespath_search(path, value, arena, &problem);
    if (!found) {
        check(problem.what && problem.offset <= expression.size);
        check(problem.error != JMESPATH_SYNTAX && problem.error != JMESPATH_INVALID_ARITY);
        return;
    }
    struct buffer out;
    buffer_init(&out, arena);
    json_write(&out, found);
    check(!buffer_ok(&out) || out.size > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct json_parser *parser;
    struct budget budget;
    struct slab blocks;
    struct arena arena;
    struct jmespath_problem problem;
    text json, expression = text_split(text_from(data, size), '\n', &json);
    if (!parser)
        parser = json_parser_new();
    budget_init(&budget, 64 << 20);
    slab_init(&blocks, &budget, ARENA_BLOCK_SIZE, 8);
    arena_init(&arena, &blocks);
    const struct jmespath *path = jmespath_compile(expression, &arena, &problem);
    if (path) {
        search(path, parser, TEXT(document), expression, &arena);
        if (json.size)
            search(path, parser, json, expression, &arena);
    } else {
        check(problem.what && problem.error && problem.offset <= expression.size);
    }
    arena_release(&arena);
    slab_release(&blocks);
    return 0;
}
