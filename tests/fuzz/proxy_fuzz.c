/* A proxy's URL, its answer and NO_PROXY: what was taken is whole, and nothing reads beyond. */
#include "http/http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void parse(text written, struct arena *arena)
{
    struct http_proxy proxy;
    if (http_proxy_parse(&proxy, written, arena))
        return;
    check(proxy.host.size && proxy.port);
    check(!proxy.authorization.size || text_starts_with(proxy.authorization, TEXT("Basic ")));
    char line[16384];
    size_t most = http_proxy_request_most(&proxy, TEXT("host"));
    if (most <= sizeof line)
        check(http_proxy_write_request(&proxy, TEXT("host:443"), line).size < most);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct budget memory;
    struct slab blocks;
    struct arena arena;
    char detail[100];
    text written = text_from(data, size);
    budget_init(&memory, 1 << 24);
    slab_init(&blocks, &memory, ARENA_BLOCK_SIZE, 1);
    arena_init(&arena, &blocks);
    parse(written, &arena);
    detail[0] = '\0';
    if (http_proxy_heard(written, detail, sizeof detail) == NET_TUNNEL_REFUSED)
        check(detail[0]);
    text list, host = text_split(written, '\n', &list);
    (void)http_proxy_is_unwanted(list, host, 443);
    arena_release(&arena);
    slab_release(&blocks);
    return 0;
}
