/* Any bytes as a request head: what is taken, written again as a draft, is read as the same. */
#include "http/http.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_again(const struct http_request *request, struct arena *arena)
{
    struct http_draft draft = {.method = request->method, .path = request->target};
    for (size_t i = 0; i < request->header_count; i++)
        check(http_draft_add(&draft, arena, request->headers[i].name, request->headers[i].value));
    struct buffer out;
    buffer_init(&out, arena);
    http_draft_write(&draft, &out);
    check(buffer_ok(&out));
    check(http_head_size(buffer_text(&out), 0) == out.size);
    struct http_request again;
    const char *problem = http_request_parse(&again, out.data, out.size, arena);
    if (problem) { /* HTTP/1.1 now: only that can have made a difference */
        check(request->minor == 0);
        return;
    }
    check(text_equals(again.method, request->method));
    check(text_equals(again.target, request->target));
    check(again.framing == request->framing && again.content_length == request->content_length);
    check(again.header_count == request->header_count);
    for (size_t i = 0; i < again.header_count; i++) {
        check(text_equals(again.headers[i].name, request->headers[i].name));
        check(text_equals(again.headers[i].value, request->headers[i].value));
    }
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
    size_t head_size = whole ? whole : size;
    char *head = malloc(head_size ? head_size : 1);
    check(head != NULL);
    if (head_size)
        memcpy(head, data, head_size);
    struct http_request request;
    if (!http_request_parse(&request, head, head_size, &arena))
        read_again(&request, &arena);
    free(head);
    arena_release(&arena);
    slab_release(&blocks);
    return 0;
}
