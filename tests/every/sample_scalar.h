/* sample_scalar: one scalar that fits its shape and its place in the message. */
#ifndef EVERY_SAMPLE_SCALAR_H
#define EVERY_SAMPLE_SCALAR_H

#include "sample.h"

struct json_value *sample_scalar(struct sampler *sampler, const struct model_member *member);
/* A map's key; numbers from 0 give different ones as long as there are any. */
text sample_key(struct sampler *sampler, const struct model_member *map, uint32_t number);

#endif
