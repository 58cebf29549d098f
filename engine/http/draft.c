#include "message.h"

enum { DRAFT_FIRST_HEADERS = 16 };

bool http_draft_add(struct http_draft *draft, struct arena *arena, text name, text value)
{
    if (draft->header_count == draft->header_capacity) {
        size_t capacity = draft->header_capacity ? draft->header_capacity * 2 : DRAFT_FIRST_HEADERS;
        struct http_header *grown = arena_grow(
            arena, draft->headers, draft->header_capacity * sizeof(*grown),
            capacity * sizeof(*grown));
        if (!grown)
            return false;
        draft->headers = grown;
        draft->header_capacity = capacity;
    }
    draft->headers[draft->header_count++] = (struct http_header){name, value};
    return true;
}

const struct http_header *http_draft_find(const struct http_draft *draft, text name)
{
    return http_find_header(draft->headers, draft->header_count, name);
}

static char *append(char *at, text bytes)
{
    if (bytes.size)
        memcpy(at, bytes.data, bytes.size);
    return at + bytes.size;
}

static size_t draft_size(const struct http_draft *draft)
{
    size_t size = draft->method.size + 1 + draft->prefix.size + draft->path.size +
                  sizeof(" HTTP/1.1\r\n\r\n") - 1;
    if (draft->query.size)
        size += 1 + draft->query.size;
    for (size_t i = 0; i < draft->header_count; i++)
        size += draft->headers[i].name.size + 2 + draft->headers[i].value.size + 2;
    return size;
}

void http_draft_write(const struct http_draft *draft, struct buffer *out)
{
    size_t size = draft_size(draft);
    char *start = buffer_reserve(out, size);
    if (!start)
        return;
    char *at = append(start, draft->method);
    *at++ = ' ';
    at = append(at, draft->prefix);
    at = append(at, draft->path);
    if (draft->query.size) {
        *at++ = '?';
        at = append(at, draft->query);
    }
    at = append(at, TEXT(" HTTP/1.1\r\n"));
    for (size_t i = 0; i < draft->header_count; i++) {
        at = append(at, draft->headers[i].name);
        at = append(at, TEXT(": "));
        at = append(at, draft->headers[i].value);
        at = append(at, TEXT("\r\n"));
    }
    at = append(at, TEXT("\r\n"));
    check((size_t)(at - start) == size);
    out->size += size;
}
