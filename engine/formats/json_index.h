/*
 * json_index: where the pieces of a JSON text start, as simdjson's first stage finds them:
 * brackets, colons, commas, the opening quotes of strings, the first bytes of everything else. That
 * stage also makes sure of UTF-8, of strings that end, and of no control character in one. What the
 * pieces mean and whether they fit together is up to json_parse.c.
 */
#ifndef FORMATS_JSON_INDEX_H
#define FORMATS_JSON_INDEX_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { JSON_INDEX_PADDING = 64 }; /* readable bytes behind the text */

enum json_index_answer {
    JSON_INDEX_OK,
    JSON_INDEX_EMPTY,
    JSON_INDEX_NOT_UTF8,
    JSON_INDEX_OPEN_STRING,
    JSON_INDEX_CONTROL_CHARACTER,
    JSON_INDEX_TOO_LARGE,
    JSON_INDEX_NO_MEMORY,
};

struct json_index;
struct json_index *json_index_new(void);
void json_index_free(struct json_index *index);

/* *starts stays valid until the next run; count of them. */
enum json_index_answer json_index_run(
    struct json_index *index, const char *padded, size_t size, const uint32_t **starts,
    size_t *count);

#ifdef __cplusplus
}
#endif
#endif
