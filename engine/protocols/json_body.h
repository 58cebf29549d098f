/* json_body: bodies of json and rest-json. */
#ifndef PROTOCOLS_JSON_BODY_H
#define PROTOCOLS_JSON_BODY_H

#include "reading.h"
#include "writing.h"

void json_body_members(struct writing *writing, const struct json_value *params);
/* value NULL: the payload was not given. */
void json_body_payload(
    struct writing *writing, const struct model_member *member, const struct json_value *value);

/* reading->json becomes the body; an empty one is an empty object. */
bool json_parse_body(struct reading *reading, text body);
bool json_read_member(struct reading *reading, const struct model_member *member);
bool json_read_payload(struct reading *reading, const struct model_member *member);
void json_read_error(struct reading *reading, text body);
void json_take_error(struct reading *reading); /* the same of reading->json, which may be NULL */

#endif
