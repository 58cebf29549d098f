/* A resume token: what is read can be written, and is then read as the same. */
#include "models/models.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_and_read(
    const struct json_value *token, struct json_parser *parser, struct arena *arena)
{
    struct buffer encoded;
    buffer_init(&encoded, arena);
    page_token_encode(&encoded, token, NULL);
    if (!buffer_ok(&encoded))
        return;
    const struct json_value *back = page_token_decode(buffer_text(&encoded), parser, arena);
    check(!back || json_equal(back, token));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct json_parser *parser;
    struct budget budget;
    struct slab blocks;
    struct arena arena;
    if (!parser)
        parser = json_parser_new();
    budget_init(&budget, 64 << 20);
    slab_init(&blocks, &budget, ARENA_BLOCK_SIZE, 8);
    arena_init(&arena, &blocks);
    const struct json_value *token = page_token_decode(text_from(data, size), parser, &arena);
    if (token)
        write_and_read(token, parser, &arena);
    arena_release(&arena);
    slab_release(&blocks);
    return 0;
}
