/*
 * cbor: CBOR (RFC 8949) read and written, as far as a data model like JSON's goes. Floats of all
 * sizes, indefinite lengths and any tag are read; what is written has definite lengths.
 */
#ifndef FORMATS_CBOR_H
#define FORMATS_CBOR_H

#include "json.h"

enum { CBOR_MAX_DEPTH = 128 };

enum cbor_kind {
    CBOR_UNSIGNED,
    CBOR_NEGATIVE, /* -1 - value */
    CBOR_BYTES,
    CBOR_TEXT,
    CBOR_LIST,
    CBOR_MAP,
    CBOR_TAG,
    CBOR_SIMPLE, /* and floats, and the break that ends what is indefinite */
};

enum { CBOR_FALSE = 20, CBOR_TRUE = 21, CBOR_NULL = 22, CBOR_UNDEFINED = 23, CBOR_BREAK = 31 };

/* The start of an item. What it holds follows: value bytes, items, or pairs of items. */
struct cbor_head {
    enum cbor_kind kind;
    uint64_t value;     /* number, size, count, tag, simple value; of a float its bits */
    uint8_t float_size; /* CBOR_SIMPLE: 2, 4 or 8; 0: not a float */
    bool indefinite;    /* ends at a break */
};
bool cbor_take_head(struct cursor *cursor, struct cbor_head *head) MUST_USE;
double cbor_float(const struct cbor_head *head); /* of a float's head */

struct cbor_problem {
    const char *what;
    size_t offset; /* bytes */
};

/*
 * One item as the tree that json_parse() makes. Byte strings become base64, undefined null, numbers
 * their shortest decimal text, NaN and infinities the strings "NaN", "Infinity" and "-Infinity";
 * tags are dropped. NULL with *problem.
 */
struct json_value *cbor_parse(text bytes, struct arena *arena, struct cbor_problem *problem);

/* Not of CBOR_SIMPLE with a float. */
void cbor_write_head(struct buffer *out, enum cbor_kind kind, uint64_t value);
void cbor_write_double(struct buffer *out, double number);
void cbor_write_text(struct buffer *out, text string);
void cbor_write_bytes(struct buffer *out, text bytes);

#endif
