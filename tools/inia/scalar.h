/* scalar: values as Python's str() shows them, which is what the AWS CLI prints in text and tables:
 * True, None, 1e+16, and for lists and objects the way Python writes them down. */
#ifndef INIA_SCALAR_H
#define INIA_SCALAR_H

#include "base/base.h"
#include "formats/formats.h"

void scalar_add(struct buffer *out, const struct json_value *value);

/* false: 1e999, which only infinity would be. */
bool scalar_fits_float(const struct json_value *number);

static inline bool scalar_is(const struct json_value *value)
{
    return value->kind != JSON_LIST && value->kind != JSON_OBJECT;
}

#endif
