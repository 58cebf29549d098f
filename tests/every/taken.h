/*
 * taken: the server's side of the six protocols: a request as it came, read back into the
 * parameters that made it. Strict: what is not as the protocol and the model say, and what no
 * member asks for, is a problem. Shares nothing with engine/protocols.
 */
#ifndef EVERY_TAKEN_H
#define EVERY_TAKEN_H

#include "tree.h"

struct taken_pair {
    text name, value;
    bool used;
};

struct taken {
    const struct model_operation *operation;
    enum model_protocol protocol;
    struct arena *arena;
    struct json_parser *json;
    struct xml_parser *xml;
    text method, path, host, body; /* body: as it was before it was compressed */
    struct taken_pair *query, *headers;
    size_t query_count, header_count;
    struct json_value *params; /* read so far */
    struct buffer problem;     /* empty: none; the first stays */
};

/* description: the endpoint's. operation, protocol, arena and both parsers are set. false: problem
 * says why. */
bool taken_read(struct taken *taken, const struct json_value *description);

/* ---- For the other files -------------------------------------------------------------------- */

/* Always false. */
bool taken_fail(struct taken *taken, const char *what, text detail);

static inline text taken_name(const struct model_member *member)
{
    return member->location_name.data ? member->location_name : member->name;
}

/* A scalar that is written as text; fallback: of timestamps that say nothing. NULL: failed. */
struct json_value *taken_scalar(
    struct taken *taken, const struct model_member *member, text written, enum model_time fallback);
struct json_value *taken_json_text(struct taken *taken, text written);

text taken_decode(struct taken *taken, text encoded, bool is_form); /* %XX */
/* "a=b&c=d" to pairs. */
void taken_split(
    struct taken *taken, text written, bool is_form, struct taken_pair **pairs, size_t *count);

/* Adds members to object from what the body is. located: those in the body alone. */
bool taken_json_members(
    struct taken *taken, const struct model_shape *shape, const struct json_value *body,
    bool located, struct json_value *object);
struct json_value *taken_json_value(
    struct taken *taken, const struct model_member *member, const struct json_value *value);
bool taken_xml_body(struct taken *taken);
bool taken_query_body(struct taken *taken);

#endif
