/* Command lines of credential_process, and keys in PEM. */
#include "identity/dpop.h"
#include "identity/words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct budget memory;
    struct slab blocks;
    struct arena arena;
    budget_init(&memory, 1 << 22);
    slab_init(&blocks, &memory, ARENA_BLOCK_SIZE, 4);
    arena_init(&arena, &blocks);
    struct words words;
    if (!words_split(&words, text_from(data, size), &arena))
        check(words.count <= WORDS_MOST && !words.items[words.count]);
    unsigned char key[ECDSA_SCALAR_SIZE];
    if (dpop_read_key(key, text_from(data, size), &arena))
        memory_wipe(key, sizeof key);
    arena_release(&arena);
    slab_release(&blocks);
    check(memory.used == 0);
    return 0;
}
