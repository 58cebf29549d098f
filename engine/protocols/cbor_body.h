/* cbor_body: bodies of rpc-v2-cbor. Responses become trees like JSON's, and are read as those. */
#ifndef PROTOCOLS_CBOR_BODY_H
#define PROTOCOLS_CBOR_BODY_H

#include "reading.h"
#include "writing.h"

void cbor_body_members(struct writing *writing, const struct json_value *params);
void cbor_body_payload(
    struct writing *writing, const struct model_member *member, const struct json_value *value);
bool cbor_parse_body(struct reading *reading, text body);
void cbor_read_error(struct reading *reading, text body);

#endif
