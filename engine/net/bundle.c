#include "bundle.h"

static const text begin = TEXT_INIT("-----BEGIN CERTIFICATE-----");
static const text end = TEXT_INIT("-----END CERTIFICATE-----");

/* Without its line ends; the size. */
static size_t join_lines(char *out, text lines)
{
    char *at = out;
    while (lines.size) {
        size_t size = text_find(lines, '\n'), next = size + (size < lines.size);
        text line = text_trim(text_from(lines.data, size));
        memmove(at, line.data, line.size);
        at += line.size;
        lines = text_after(lines, next);
    }
    return (size_t)(at - out);
}

text bundle_next(text *rest, void *room)
{
    for (;;) {
        size_t start = text_find_text(*rest, begin);
        if (start == SIZE_MAX)
            break;
        text inside = text_after(*rest, start + begin.size);
        size_t size = text_find_text(inside, end);
        if (size == SIZE_MAX)
            break;
        *rest = text_after(inside, size + end.size);
        size_t joined = join_lines(room, text_from(inside.data, size));
        size = base64_decode(room, text_from(room, joined));
        if (size != SIZE_MAX && size)
            return text_from(room, size);
    }
    *rest = (text){NULL, 0};
    return (text){NULL, 0};
}
