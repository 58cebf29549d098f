/*
 * sample: values made from shapes: what fits a model, and as much of it as there is.
 *
 * A structure has all its members where it is met first in a value; met again there, only those
 * that are required, so that recursion ends and a value stays no larger than its shapes. A union
 * has one member, another one each time. Lists and maps have two entries where they may, enums and
 * numbers go through what they may be. All follows from the sampler's number alone.
 */
#ifndef EVERY_SAMPLE_H
#define EVERY_SAMPLE_H

#include "tree.h"

struct sampler {
    const struct model *model;
    enum model_protocol protocol;
    struct arena *arena; /* of the values */
    bool output;         /* what comes back rather than what goes out */
    uint32_t number;     /* of the next scalar */
    uint32_t *met;       /* of each shape: in this value, with all members */
    uint32_t *heights;   /* of each shape: levels of the least value that fits */
    uint32_t *turns;     /* of each union: the next member */
    const struct model_operation *operation;
    size_t patterns, unmatched; /* of strings, made so far; those whose pattern was not met */
    size_t depth;
    enum model_location location; /* of the top level's member at work */
};

/* kept: for what lives as long as the model. */
void sampler_init(
    struct sampler *sampler, const struct model *model, enum model_protocol protocol,
    struct arena *kept, struct arena *values);

/* All parameters of an operation but its stream, which body is, {} if it has none. */
struct json_value *sample_input(
    struct sampler *sampler, const struct model_operation *operation, text body);
/* The same of its output, or of an error's. */
struct json_value *sample_output(
    struct sampler *sampler, const struct model_operation *operation,
    const struct model_shape *shape);

/* S3 has members that were made lists later, under one element's name: that list. NULL: none. */
const struct model_member *sample_twin(
    const struct model_shape *shape, const struct model_member *member);

#endif
