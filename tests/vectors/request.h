/* The raw requests of the signing vectors, read into drafts. */
#ifndef VECTORS_REQUEST_H
#define VECTORS_REQUEST_H

#include "http/http.h"

/* Method, target and headers as written, with LF or CRLF; a header may go on in the next line.
 * Returns the body. */
static inline text draft_read(struct http_draft *draft, struct arena *arena, text raw)
{
    *draft = (struct http_draft){0};
    text rest = raw, line = text_split(rest, '\n', &rest);
    line = text_trim(line);
    draft->method = text_split(line, ' ', &line);
    size_t end = text_find_last(line, ' ');
    if (!text_starts_with(text_after(line, end), TEXT(" HTTP/")))
        end = line.size;
    draft->path = text_split(text_from(line.data, end), '?', &draft->query);
    while (rest.data) {
        line = text_split(rest, '\n', &rest);
        if (line.size && line.data[line.size - 1] == '\r')
            line.size--;
        if (line.size == 0)
            return rest;
        if ((line.data[0] == ' ' || line.data[0] == '\t') && draft->header_count) {
            text *value = &draft->headers[draft->header_count - 1].value;
            value->size = (size_t)(line.data + line.size - value->data);
            continue;
        }
        text value, name = text_split(line, ':', &value);
        char *lower = arena_alloc(arena, name.size + 1);
        for (size_t i = 0; i < name.size; i++) {
            char byte = name.data[i];
            lower[i] = byte >= 'A' && byte <= 'Z' ? (char)(byte | 32) : byte;
        }
        bool added = http_draft_add(draft, arena, text_from(lower, name.size), value);
        check(added);
    }
    return (text){"", 0};
}

#endif
