/* writing: a request on its way to bytes. */
#ifndef PROTOCOLS_WRITING_H
#define PROTOCOLS_WRITING_H

#include "plan.h"

struct writing {
    const struct protocol_plan *plan;
    const struct protocol_input *input;
    const struct json_value *params; /* an object */
    struct arena *arena;
    struct protocol_request *request;
    struct buffer body;
    char scratch[64]; /* of scalar_text() */
    bool in_url;      /* nothing goes into a body */
    bool failed;      /* no memory */
};

/* The member of this name, looked for from *hint on, which follows it: parameters mostly come in
 * the model's order. */
const struct model_member *shape_find(const struct model_shape *shape, uint32_t *hint, text name);

static inline bool is_absent(const struct json_value *value)
{
    return !value || value->kind == JSON_NULL;
}

/* What a scalar looks like as plain text; valid until the next one. fallback: of timestamps. */
text scalar_text(
    struct writing *writing, const struct model_member *member, const struct json_value *value,
    enum model_time fallback);

/* The base64 of a blob parameter, and its bytes. */
text blob_base64(struct writing *writing, const struct json_value *value);
text blob_bytes(struct writing *writing, const struct json_value *value);

/* A number of any kind of timestamp parameter. */
bool value_to_date(const struct json_value *value, struct date *date);

text member_wire_name(const struct model_member *member);
/* The same, but a list whose shape is flattened goes by its items' name, if they have one. */
text flattened_wire_name(const struct model_member *member);

/* Compresses the body if the operation is one whose bodies are, and it is large enough. */
void compress_body(struct writing *writing);

/* All problems of the parameters, in one line. shape NULL: there are none to be given. */
inia_status params_check(
    const struct protocol_plan *plan, const struct model_shape *shape,
    const struct protocol_input *input, const struct json_value *params,
    inia_error *error) MUST_USE;

#endif
