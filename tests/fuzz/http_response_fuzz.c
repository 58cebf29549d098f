/* Any bytes as a response head: what is taken must look alike when it is found piece by piece. */
#include "http/http.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(text part)
{
    check(part.data && part.data[part.size] == '\0');
    check(http_is_field_value(part));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct budget memory;
    struct slab blocks;
    struct arena arena;
    budget_init(&memory, 4 << 20);
    slab_init(&blocks, &memory, ARENA_BLOCK_SIZE, 4);
    arena_init(&arena, &blocks);
    size_t whole = http_head_size(text_from(data, size), 0);
    size_t checked = 0, found = 0;
    for (size_t have = 1; have <= size && !found; have++) {
        found = http_head_size(text_from(data, have), checked);
        checked = have;
    }
    check(found == whole);
    size_t head_size = whole ? whole : size;
    char *head = malloc(head_size ? head_size : 1);
    check(head != NULL);
    if (head_size)
        memcpy(head, data, head_size);
    struct http_response response;
    if (!http_response_parse(&response, head, head_size, size % 2 == 0, &arena)) {
        check(whole == size || whole == head_size);
        check(response.status >= 100 && response.status <= 999);
        check_text(response.reason);
        for (size_t i = 0; i < response.header_count; i++) {
            check(http_is_token(response.headers[i].name));
            check_text(response.headers[i].name);
            check_text(response.headers[i].value);
        }
    }
    free(head);
    arena_release(&arena);
    slab_release(&blocks);
    check(memory.used == 0);
    return 0;
}
