/*
 * source: a model's file of which operations, with the shapes they need, are read when somebody
 * asks for them. What is kept until then is the text of each, without its documentation, and a
 * table from names to texts: for the largest service a third of what all its shapes are as structs,
 * and a fifth of the time.
 */
#ifndef MODELS_SOURCE_H
#define MODELS_SOURCE_H

#include "compile.h"
#include "workshop.h"

struct source_table {
    const struct json_value *texts; /* names, and JSON_STRINGs of the text of each */
    void **made;                    /* for each: what has been made of it; NULL: nothing yet */
    uint32_t *slots;                /* a power of two of them; an index from 1, 0: free */
    uint32_t slot_mask;
};

struct model_source {
    struct model *model;
    struct source_table operations, shapes;
    const struct json_value *extras; /* of sdk-extras, to be merged in; NULL: none */
};

/* Gives the model a source; root holds all else of the file. false with the compilation marked. */
bool source_open(
    struct compilation *compilation, const struct json_value *root,
    const struct json_value *extras) MUST_USE;

/* NULL: there is none of that name (with an error as model_require_operation()'s), or it is wrong,
 * or there was no memory. error may be NULL. */
const struct model_operation *source_operation(
    struct model_source *source, text name, inia_error *error) MUST_USE;
const struct model_shape *source_shape(struct model_source *source, text name) MUST_USE;

/* While an operation is read: its shapes' shapes. NULL: there is none of that name. */
struct model_shape *source_find_shape(struct compilation *compilation, text name) MUST_USE;

/* As model_endpoint_operation(). */
const struct model_operation *source_endpoint_operation(struct model_source *source) MUST_USE;

text source_nearest_operation(const struct model_source *source, text name);

#endif
