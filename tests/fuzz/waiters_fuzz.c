/* A waiters-2.json, and after its first NUL an output: reading ends in waiters that judge it, or in
 * one line. */
#include "models/models.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char output[] =
    "{\"Table\":{\"TableStatus\":\"ACTIVE\"},\"Parts\":[{\"State\":\"a\"},{\"State\":\"b\"}],"
    "\"Count\":3,\"Items\":[]}";

static void look(
    const struct model_waiter *waiter, const struct waiter_answer *answer, struct arena *arena)
{
    struct jmespath_problem problem;
    struct buffer out;
    const struct waiter_acceptor *acceptor = waiter_accepts(waiter, answer, arena, &problem);
    if (!acceptor)
        return;
    check(!problem.what);
    buffer_init(&out, arena);
    waiter_explain(acceptor, &out);
    check(!buffer_ok(&out) || out.size > 0);
}

static void look_at_all(
    const struct model_waiters *all, struct json_parser *parser, text seen, struct arena *arena)
{
    struct json_problem problem;
    const struct json_value *value =
        json_parse(parser, seen.data ? seen : TEXT(output), arena, &problem);
    struct map_entry *e = NULL;
    while (value && (e = map_next(&all->by_name, e))) {
        look(e->value, &(struct waiter_answer){200, {NULL, 0}, value}, arena);
        look(e->value, &(struct waiter_answer){404, TEXT("NotFound"), value}, arena);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct json_parser *parser;
    inia_error error = {0};
    struct budget budget;
    struct slab blocks;
    struct arena arena;
    struct model_waiters all;
    text seen, file = text_split(text_from(data, size), '\0', &seen);
    if (!parser)
        parser = json_parser_new();
    budget_init(&budget, 64 << 20);
    slab_init(&blocks, &budget, ARENA_BLOCK_SIZE, 8);
    arena_init(&arena, &blocks);
    if (waiters_parse(&all, TEXT("fuzz"), TEXT("fuzz.json"), file, (text){NULL, 0}, &arena, &error))
        look_at_all(&all, parser, seen, &arena);
    else
        check(error.status != INIA_OK && error.detail[0]);
    arena_release(&arena);
    slab_release(&blocks);
    return 0;
}
