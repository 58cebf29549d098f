/* compile: the JSON of a model, its paginators or its waiters made into structs. */
#ifndef MODELS_COMPILE_H
#define MODELS_COMPILE_H

#include "models.h"

struct compilation {
    text file;           /* what errors call it */
    struct arena *arena; /* of what is made */
    struct model *model; /* NULL: of paginators and waiters */
    const struct json_value *root;
    struct source_run *run; /* of source.c, which finds shapes then; NULL: all are known */
    inia_error *error;
    bool failed;
};

/* Marks the compilation; the first reason stays: "<file>: <where>: what". Always false. */
bool compile_fail(struct compilation *compilation, text where, text member, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* A copy in the arena; absent text for absent or other values. */
text compile_text(struct compilation *compilation, const struct json_value *string);
/* Zeroed; marks the compilation when there is no memory. */
void *compile_alloc(struct compilation *compilation, size_t count, size_t size);
/* A list of strings, copied. */
text *compile_texts(
    struct compilation *compilation, const struct json_value *list, uint32_t *count);
/* A JMESPath expression; false with the compilation marked. */
bool compile_path(
    struct compilation *compilation, text where, text member, text written,
    struct model_path *path);
/* The string of a member that must be one; absent with the compilation marked. */
text compile_required(
    struct compilation *compilation, text where, const struct json_value *object, text member);
struct model_namespace compile_namespace(
    struct compilation *compilation, const struct json_value *value);

bool compile_metadata(struct compilation *compilation);
/* What else is at the top of a file; its root must be all of it. */
bool compile_top(struct compilation *compilation);
bool compile_shapes(struct compilation *compilation);
struct model_shape *compile_find_shape(struct compilation *compilation, text name);
/* The shape that a reference ({"shape": name}) means; NULL with the compilation marked. */
const struct model_shape *compile_reference(
    struct compilation *compilation, text where, text member, const struct json_value *reference);
bool compile_operations(struct compilation *compilation);

/* The same one by one, for source.c: name and kind, all else, and what members take from their
 * shapes once those are whole; an operation once its structures are. */
bool compile_shape_kind(
    struct compilation *compilation, struct model_shape *shape, text name,
    const struct json_value *value);
bool compile_shape(
    struct compilation *compilation, struct model_shape *shape, const struct json_value *value);
void compile_inheritance(struct model_shape *shape);
bool compile_operation(
    struct compilation *compilation, struct model_operation *operation, text name,
    const struct json_value *value);

#endif
