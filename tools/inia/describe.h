/*
 * describe: what a model says of a service, of an operation, of a shape, for a person to read.
 * Everything goes into a buffer in the reference's arena.
 */
#ifndef INIA_DESCRIBE_H
#define INIA_DESCRIBE_H

#include "reference.h"

struct description {
    struct reference *reference;
    struct buffer *out;
    size_t width;     /* columns */
    bool brief;       /* without documentation */
    struct map shown; /* shapes whose members have been told: they are not told again */
};

void describe_service(struct description *description);
void describe_operation(struct description *description, const struct model_operation *operation);

/* The members of a structure, each with its type, what is asked of it and its documentation, and
 * below it the members it has itself. A shape is told once; where it comes again, it is named. */
void describe_members(
    struct description *description, const struct model_shape *structure, size_t indent);

/* "list of structure Tag" */
void describe_type(struct buffer *out, const struct model_shape *shape);

/* The documentation of something that has any, at this indentation. */
void describe_documentation(
    struct description *description, const struct json_value *documented, size_t indent);

#endif
