/* Whatever is taken for JSON must come out the same when it is written, read and written again. */
#include "formats/formats.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static text rewrite(struct json_parser *parser, text bytes, struct arena *arena)
{
    struct json_problem problem;
    const struct json_value *root = json_parse(parser, bytes, arena, &problem);
    if (!root) {
        check(problem.what && problem.line && problem.column);
        return (text){NULL, 0};
    }
    struct buffer out;
    buffer_init(&out, arena);
    json_write(&out, root);
    check(buffer_ok(&out));
    return buffer_text(&out);
}

static void parse_texts(
    struct json_parser *parser, const struct json_value *outlined, struct arena *arena)
{
    struct json_problem problem;
    for (size_t i = 0; outlined && outlined->kind >= JSON_LIST && i < outlined->count; i++) {
        text part = json_text(&outlined->items[i]);
        if (text_starts_with(part, TEXT("{")) || text_starts_with(part, TEXT("[")))
            (void)json_parse(parser, part, arena, &problem);
    }
}

/* What is whole has an outline, and what of it looks like JSON can be read, or not. */
static void outline(struct json_parser *parser, text bytes, struct arena *arena, bool whole)
{
    static const text outlined[] = {TEXT_INIT(""), TEXT_INIT("b"), {NULL, 0}};
    struct json_problem problem;
    char *copy = arena_alloc(arena, bytes.size + JSON_PADDING);
    check(copy);
    if (bytes.size)
        memcpy(copy, bytes.data, bytes.size);
    const struct json_value *root =
        json_outline(parser, copy, bytes.size, outlined, TEXT("a"), arena, &problem);
    check(root || !whole);
    for (size_t i = 0; i + 1 < COUNT_OF(outlined); i++)
        parse_texts(parser, json_member(root, outlined[i]), arena);
}

/* The same as from a copy. */
static void parse_in_place(struct json_parser *parser, text bytes, struct arena *arena, text first)
{
    struct json_problem problem;
    struct buffer out;
    char *copy = arena_alloc(arena, bytes.size + JSON_PADDING);
    check(copy);
    if (bytes.size)
        memcpy(copy, bytes.data, bytes.size);
    const struct json_value *root = json_parse_in_place(parser, copy, bytes.size, arena, &problem);
    check((root != NULL) == (first.data != NULL));
    if (!root)
        return;
    buffer_init(&out, arena);
    json_write(&out, root);
    check(text_equals(buffer_text(&out), first));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct json_parser *parser;
    struct budget budget;
    struct slab blocks;
    struct arena arena;
    struct json_problem problem;
    if (!parser)
        parser = json_parser_new();
    budget_init(&budget, 64 << 20);
    slab_init(&blocks, &budget, ARENA_BLOCK_SIZE, 8);
    arena_init(&arena, &blocks);
    text first = rewrite(parser, text_from(data, size), &arena);
    if (first.data)
        check(text_equals(first, rewrite(parser, first, &arena)));
    const struct json_value *less =
        json_parse_without(parser, text_from(data, size), TEXT("a"), &arena, &problem);
    check(less || !first.data);
    outline(parser, text_from(data, size), &arena, first.data != NULL);
    parse_in_place(parser, text_from(data, size), &arena, first);
    arena_release(&arena);
    slab_release(&blocks);
    return 0;
}
