/* json_reading: a JSON text that is being read, piece by piece: what json_parse.c and
 * json_outline.c share. */
#ifndef FORMATS_JSON_READING_H
#define FORMATS_JSON_READING_H

#include "json.h"

struct json_reading {
    struct json_parser *parser;
    struct arena *arena;
    char *bytes; /* may be changed; NULL: a copy is made of the text */
    size_t size;
    const uint32_t *starts; /* of the pieces */
    size_t at, start_count;
    text without;
    const text *outlined; /* names; absent after the last. NULL: none */
    bool outlines;        /* what is read is one of them: containers in it stay text */
    const char *what;     /* of the first problem */
    size_t where;
};

/* The whole of a text; NULL with *problem. */
struct json_value *json_reading_run(
    struct json_reading *reading, text bytes, struct json_problem *problem);

/* Marks it; the first problem stays. Always false. */
bool json_reading_fail(struct json_reading *reading, size_t where, const char *what);

/* The text of the container whose bracket has been taken; in json_outline.c. */
bool json_outline_container(struct json_reading *reading, struct json_value *value) MUST_USE;

/* The next piece's first byte, taken; '\0' at the end of the text. */
static inline char json_reading_take(struct json_reading *reading)
{
    return reading->at < reading->start_count ? reading->bytes[reading->starts[reading->at++]]
                                              : '\0';
}

static inline size_t json_reading_last_start(const struct json_reading *reading)
{
    return reading->at ? reading->starts[reading->at - 1] : 0;
}

/* How many brackets are open behind this piece. */
static inline size_t json_depth_after(size_t depth, char byte)
{
    if (byte == '{' || byte == '[')
        return depth + 1;
    return byte == '}' || byte == ']' ? depth - 1 : depth;
}

static inline bool json_is_space(char byte)
{
    return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';
}

#endif
