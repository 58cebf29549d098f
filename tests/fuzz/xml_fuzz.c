/* Character data of what was taken for XML is written, and read as the same again. */
#include "formats/formats.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_node(const struct xml_node *node, struct xml_parser *parser, struct arena *arena)
{
    struct xml_problem problem;
    struct buffer out;
    buffer_init(&out, arena);
    buffer_add(&out, TEXT("<a>"));
    xml_write_text(&out, node->value);
    buffer_add(&out, TEXT("</a>"));
    const struct xml_node *back = xml_parse(parser, buffer_text(&out), arena, &problem);
    check(back && text_equals(back->value, node->value));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct xml_parser *parser;
    struct budget budget;
    struct slab blocks;
    struct arena arena;
    struct xml_problem problem;
    if (!parser)
        parser = xml_parser_new();
    budget_init(&budget, 64 << 20);
    slab_init(&blocks, &budget, ARENA_BLOCK_SIZE, 8);
    arena_init(&arena, &blocks);
    const struct xml_node *node = xml_parse(parser, text_from(data, size), &arena, &problem);
    check(node || (problem.what && problem.line));
    for (int depth = 0; node && depth < 4; node = node->first_child, depth++)
        check_node(node, parser, &arena);
    arena_release(&arena);
    slab_release(&blocks);
    return 0;
}
