/* What is read without expat is what expat reads: a comment at the end leaves it the same. */
#include "formats/formats.h"
#include "formats/xml_plain.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void compare_attributes(const struct xml_attribute *a, const struct xml_attribute *b)
{
    for (; a && b; a = a->next, b = b->next)
        check(text_equals(a->name, b->name) && text_equals(a->value, b->value));
    check(a == b);
}

static void compare(const struct xml_node *a, const struct xml_node *b)
{
    for (; a && b; a = a->next, b = b->next) {
        check(text_equals(a->name, b->name) && text_equals(a->value, b->value));
        check(!a->name.data[a->name.size] && !a->value.data[a->value.size]);
        compare_attributes(a->attributes, b->attributes);
        compare(a->first_child, b->first_child);
    }
    check(a == b);
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
    char *bytes = malloc(size + XML_PLAIN_PADDING);
    check(bytes);
    if (size)
        memcpy(bytes, data, size);
    const struct xml_node *plain = xml_plain_read(bytes, size, &arena);
    struct buffer longer;
    buffer_init(&longer, &arena);
    buffer_add(&longer, text_from(data, size));
    buffer_add(&longer, TEXT("<!---->"));
    if (plain) {
        const struct xml_node *node = xml_parse(parser, buffer_text(&longer), &arena, &problem);
        check(node);
        compare(plain, node);
    }
    free(bytes);
    arena_release(&arena);
    slab_release(&blocks);
    return 0;
}
