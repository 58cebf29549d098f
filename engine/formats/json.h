/*
 * json: JSON texts read (simdjson does the work, behind a C shim) and written (RFC 8259).
 *
 * Reading makes a tree in the caller's arena; strings are unescaped there, each followed by a NUL.
 * Numbers keep their text, so that nothing is lost of large integers or of decimals. A repeated
 * member: the last one counts.
 */
#ifndef FORMATS_JSON_H
#define FORMATS_JSON_H

#include "base/base.h"

enum { JSON_MAX_DEPTH = 128, JSON_PADDING = 64 };

enum json_kind {
    JSON_NULL,
    JSON_FALSE,
    JSON_TRUE,
    JSON_NUMBER,
    JSON_STRING,
    JSON_LIST,
    JSON_OBJECT
};

struct json_value {
    enum json_kind kind;
    uint32_t count; /* of a list's items or an object's members */
    text string;    /* JSON_STRING: unescaped; JSON_NUMBER: as written */
    struct json_value
        *items;  /* JSON_LIST: count of them, side by side; JSON_OBJECT: the members' values */
    text *names; /* JSON_OBJECT: count names, in the order of the text */
};

/* Holds simdjson's memory between texts. One per thread that parses. */
struct json_parser;
struct json_parser *json_parser_new(void); /* NULL: no memory */
void json_parser_free(struct json_parser *parser);

struct json_problem {
    const char *what;    /* "a string that does not end" */
    size_t line, column; /* from 1; bytes */
};

/* One JSON text, white space around it allowed, nothing else. NULL with *problem (what "out of
 * memory": there was none). Depth is limited to JSON_MAX_DEPTH. The bytes need not be padded or end
 * in NUL. */
struct json_value *json_parse(
    struct json_parser *parser, text bytes, struct arena *arena, struct json_problem *problem);

/* The same, leaving out every member of this name, which is skipped without looking into strings: a
 * model's "documentation" is most of its bytes. */
struct json_value *json_parse_without(
    struct json_parser *parser, text bytes, text name, struct arena *arena,
    struct json_problem *problem);

/* json_parse() where the bytes are: they are changed, as are the JSON_PADDING bytes behind them,
 * which must be ours too, and values point into them. The place of a problem may be wrong. */
struct json_value *json_parse_in_place(
    struct json_parser *parser, char *bytes, size_t size, struct arena *arena,
    struct json_problem *problem);

/*
 * json_parse_without() where the bytes are; JSON_PADDING bytes behind them must be ours too, and
 * values point into them. In members of the outermost object that are called one of these names
 * (absent after the last) objects and lists stay text, to be parsed when they are wanted:
 * JSON_STRINGs of it less white space and less members called without whose values are strings. Of
 * those only the brackets are counted now. Such a text ends in no NUL.
 */
struct json_value *json_outline(
    struct json_parser *parser, char *bytes, size_t size, const text *outlined, text without,
    struct arena *arena, struct json_problem *problem);

/* All of these take NULL and values of the wrong kind, and then give NULL, absent text, or the
 * fallback. */
const struct json_value *json_member(const struct json_value *object, text name);
const struct json_value *json_item(const struct json_value *list, size_t index);
text json_text(const struct json_value *string);
int64_t json_i64(const struct json_value *number, int64_t fallback);
bool json_is_true(const struct json_value *value);
static inline bool json_is(const struct json_value *value, enum json_kind kind)
{
    return value && value->kind == kind;
}

/* Null, false, zero, or empty: what counts as nothing where botocore asks whether there is a value.
 */
bool json_is_nothing(const struct json_value *value);
/* Numbers by value, members in the same order. */
bool json_equal(const struct json_value *a, const struct json_value *b);
/* Deep: shares no memory with the original. false: no memory. */
bool json_copy(
    struct json_value *copy, const struct json_value *original, struct arena *arena) MUST_USE;

/* A member of an object that has room for one more, instead of one of that name. Not deep. */
void json_put(struct json_value *object, text name, const struct json_value *value);

/* Writing: the bytes of a string literal with its quotes; invalid UTF-8 becomes U+FFFD. */
void json_write_string(struct buffer *out, text string);
/* A whole value, in the shortest form. */
void json_write(struct buffer *out, const struct json_value *value);

#endif
