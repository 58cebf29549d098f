/*
 * source: a model's file of which operations, with the shapes they need, are read when somebody
 * asks for them. For the first of them the file is unpacked and cut up: then the text of each is
 * kept, without its documentation, and a table from names to texts: for the largest service a third
 * of what all its shapes are as structs, and a fifth of the time. Until then the file's own bytes
 * are kept, mostly gzip, so that nothing that happens to the file matters any more.
 */
#ifndef MODELS_SOURCE_H
#define MODELS_SOURCE_H

#include "compile.h"
#include "packed.h"
#include "workshop.h"

struct source_table {
    const struct json_value *texts; /* names, and JSON_STRINGs of the text of each */
    void **made;                    /* for each: what has been made of it; NULL: nothing yet */
    uint32_t *slots;                /* a power of two of them; an index from 1, 0: free */
    uint32_t slot_mask;
};

struct model_source {
    struct model *model;
    struct packed file;              /* absent once it has been cut up */
    text extras_bytes;               /* of sdk-extras; absent: none */
    const struct json_value *extras; /* the same, to be merged in; NULL: none */
    struct source_table operations, shapes;
};

/* Gives the model a source, and keeps a copy of the file in it. extras stay where they are. false
 * with the compilation marked. */
bool source_open(
    struct compilation *compilation, const struct packed *file, text extras_bytes,
    const struct json_value *extras) MUST_USE;

/* Cuts up the file, whose outline the compilation has; or else reads it first, unless that has been
 * done. All functions below do the latter. false with a line in error: as model_load() has it. */
bool source_cut(struct compilation *compilation) MUST_USE;
bool source_read(struct model_source *source, inia_error *error) MUST_USE;

/* The copy, if it is still there; source may be NULL. */
void source_drop_file(struct model_source *source);

/* NULL: there is none of that name (with an error as model_require_operation()'s), or it is wrong,
 * or there was no memory. error may be NULL. */
const struct model_operation *source_operation(
    struct model_source *source, text name, inia_error *error) MUST_USE;
const struct model_shape *source_shape(struct model_source *source, text name) MUST_USE;

/* While an operation is read: its shapes' shapes. NULL: there is none of that name. */
struct model_shape *source_find_shape(struct compilation *compilation, text name) MUST_USE;

/* As model_endpoint_operation(); a file that is wrong has none. */
const struct model_operation *source_endpoint_operation(struct model_source *source) MUST_USE;

/* Absent, too, while the file has not been read. */
text source_nearest_operation(const struct model_source *source, text name);

#endif
