/* Documentation, of which nothing but printable text and line feeds may come, in bounded size. */
#include "inia/plain_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_output(const struct buffer *out)
{
    check(out->size == 0 || out->data[out->size - 1] == '\n');
    for (size_t i = 0; i < out->size; i++) {
        unsigned char byte = (unsigned char)out->data[i];
        check((byte >= ' ' && byte != 0x7f) || byte == '\n');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct budget budget;
    struct slab blocks;
    struct arena arena;
    struct buffer out;
    if (size > 1 << 16)
        return 0;
    budget_init(&budget, 64 << 20);
    slab_init(&blocks, &budget, ARENA_BLOCK_SIZE, 8);
    arena_init(&arena, &blocks);
    buffer_init(&out, &arena);
    plain_text_write(&out, text_from(data, size), size % 7, 20 + size % 60);
    if (buffer_ok(&out))
        check_output(&out);
    buffer_clear(&out);
    plain_text_wrap(&out, text_from(data, size), 2, 40);
    if (buffer_ok(&out))
        check_output(&out);
    arena_release(&arena);
    slab_release(&blocks);
    return 0;
}
