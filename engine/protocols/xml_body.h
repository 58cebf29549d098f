/* xml_body: bodies of rest-xml, and what query and ec2 answer. */
#ifndef PROTOCOLS_XML_BODY_H
#define PROTOCOLS_XML_BODY_H

#include "reading.h"
#include "writing.h"

void xml_body_members(struct writing *writing, const struct json_value *params);
/* value NULL: the payload was not given. */
void xml_body_payload(
    struct writing *writing, const struct model_member *member, const struct json_value *value);

/* The members of a response; node is the element that holds them. */
bool xml_parse_body(struct reading *reading, text body);
bool xml_parse_query_body(struct reading *reading, text body);
bool xml_read_member(struct reading *reading, const struct model_member *member);
bool xml_read_payload(struct reading *reading, const struct model_member *member);
void xml_read_error(struct reading *reading, text body);

#endif
