/* Whatever a .gz holds: its bytes or a line, and a start that is the same as theirs. And the head
 * that is cut off a text, whatever it is, is the text's own but for the brace at its end. */
#include "models/head.h"
#include "models/packed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void cut(text start, struct arena *arena)
{
    text head = head_cut(start, arena);
    if (!head.data)
        return;
    check(head.size <= start.size + 1 && head.data[head.size - 1] == '}');
    check(memcmp(head.data, start.data, head.size - 1) == 0);
}

static void open(text bytes, struct arena *arena)
{
    inia_error error = {0};
    struct packed file = {bytes, true};
    text whole, start = packed_start(&file, arena);
    inia_status status = packed_open(&file, TEXT("f.gz"), arena, &whole, &error);
    check(status == INIA_OK || (status == INIA_BAD_CONFIG && error.detail[0]));
    if (status != INIA_OK)
        return;
    check(whole.data[whole.size] == '\0');
    check(start.data && start.size <= whole.size);
    check(memcmp(start.data, whole.data, start.size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct budget budget;
    struct slab blocks;
    struct arena arena;
    budget_init(&budget, 256 << 20);
    slab_init(&blocks, &budget, ARENA_BLOCK_SIZE, 8);
    arena_init(&arena, &blocks);
    cut(text_from(data, size), &arena);
    open(text_from(data, size), &arena);
    arena_release(&arena);
    slab_release(&blocks);
    return 0;
}
