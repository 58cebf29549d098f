/* What was taken for CBOR is a tree that can be written as JSON. */
#include "formats/formats.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct json_parser *parser;
    struct budget budget;
    struct slab blocks;
    struct arena arena;
    struct cbor_problem problem;
    struct json_problem json_problem;
    if (!parser)
        parser = json_parser_new();
    budget_init(&budget, 64 << 20);
    slab_init(&blocks, &budget, ARENA_BLOCK_SIZE, 8);
    arena_init(&arena, &blocks);
    const struct json_value *root = cbor_parse(text_from(data, size), &arena, &problem);
    if (root) {
        struct buffer out;
        buffer_init(&out, &arena);
        json_write(&out, root);
        check(json_parse(parser, buffer_text(&out), &arena, &json_problem));
    } else {
        check(problem.what && problem.offset <= size);
    }
    arena_release(&arena);
    slab_release(&blocks);
    return 0;
}
