#include "head.h"

/* Behind the string that starts there; the size of all if it does not end. */
static size_t skip_string(text bytes, size_t at)
{
    for (at++; at < bytes.size && bytes.data[at] != '"'; at++)
        at += bytes.data[at] == '\\';
    return at < bytes.size ? at + 1 : bytes.size;
}

/* Whether an object of this name follows. */
static bool is_object_called(text bytes, text name)
{
    if (!text_starts_with(bytes, name))
        return false;
    bytes = text_trim(text_after(bytes, name.size));
    return text_starts_with(bytes, TEXT(":")) &&
           text_starts_with(text_trim(text_after(bytes, 1)), TEXT("{"));
}

/* Behind the metadata; 0: not there. */
static size_t find_end(text bytes)
{
    size_t depth = 0;
    bool inside = false;
    for (size_t at = 0; at < bytes.size; at++) {
        switch (bytes.data[at]) {
        case '"':
            if (depth == 1)
                inside = is_object_called(text_after(bytes, at), TEXT("\"metadata\""));
            at = skip_string(bytes, at) - 1;
            break;
        case '{':
        case '[':
            depth++;
            break;
        case '}':
        case ']':
            if (depth <= 1)
                return 0;
            if (--depth == 1 && inside)
                return at + 1;
            break;
        default:
            break;
        }
    }
    return 0;
}

text head_cut(text start, struct arena *arena)
{
    size_t size = find_end(start);
    char *head = size ? arena_alloc(arena, size + 1) : NULL;
    if (!head)
        return (text){NULL, 0};
    memcpy(head, start.data, size);
    head[size] = '}';
    return text_from(head, size + 1);
}
