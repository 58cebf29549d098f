/*
 * answer: the server's side of the six protocols: an operation's output as the HTTP response that a
 * service would send. Written from the protocols' descriptions, and sharing nothing with
 * engine/protocols.
 */
#ifndef EVERY_ANSWER_H
#define EVERY_ANSWER_H

#include "tree.h"

struct answer {
    const struct model_operation *operation;
    enum model_protocol protocol;
    struct arena *arena;
    int status;
    struct json_value *headers; /* an object of strings */
    struct buffer body;
};

/* output gets what only the response as a whole can say: its length, checksums of stream, and,
 * where a member takes all headers, these. stream: the body of a streaming output. */
void answer_write(struct answer *answer, struct json_value *output, text stream);

/* The same of an error, which has this message. */
void answer_write_error(
    struct answer *answer, const struct model_shape *error, struct json_value *output,
    text message);

/* ---- Bodies: for the other files ------------------------------------------------------- */

static inline text answer_name(const struct model_member *member)
{
    return member->location_name.data ? member->location_name : member->name;
}

/* Whether a member stands in the body. */
bool answer_is_in_body(const struct answer *answer, const struct model_member *member);

void answer_json_members(
    struct answer *answer, const struct model_shape *shape, const struct json_value *object,
    text type, text message); /* an error's, absent otherwise */
void answer_json_payload(
    struct answer *answer, const struct model_member *member, const struct json_value *value);

/* The children of an element that is open. */
void answer_xml_members(
    struct answer *answer, const struct model_shape *shape, const struct json_value *object);
void answer_xml_element(
    struct answer *answer, const struct model_member *member, text name,
    const struct json_value *value);
void answer_xml_escape(struct buffer *out, text string);

void answer_cbor_members(
    struct answer *answer, const struct model_shape *shape, const struct json_value *object,
    text type, text message);

#endif
