/* compile: the JSON of a model made into structs. */
#ifndef MODELS_COMPILE_H
#define MODELS_COMPILE_H

#include "models.h"

struct compilation {
    struct model *model;
    const struct json_value *root;
    inia_error *error;
    bool failed;
};

/* Marks the compilation; the first reason stays: "<file>: <where>: what". Always false. */
bool compile_fail(struct compilation *compilation, text where, text member, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* A copy in the model; absent text for absent or other values. */
text compile_text(struct compilation *compilation, const struct json_value *string);
/* Zeroed; marks the compilation when there is no memory. */
void *compile_alloc(struct compilation *compilation, size_t count, size_t size);
/* A list of strings, copied. */
text *compile_texts(
    struct compilation *compilation, const struct json_value *list, uint32_t *count);
struct model_namespace compile_namespace(
    struct compilation *compilation, const struct json_value *value);

bool compile_shapes(struct compilation *compilation);
/* The shape that a reference ({"shape": name}) means; NULL with the compilation marked. */
const struct model_shape *compile_reference(
    struct compilation *compilation, text where, text member, const struct json_value *reference);
bool compile_operations(struct compilation *compilation);

#endif
