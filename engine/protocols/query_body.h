/* query_body: bodies of query and ec2 requests. */
#ifndef PROTOCOLS_QUERY_BODY_H
#define PROTOCOLS_QUERY_BODY_H

#include "writing.h"

void query_body_members(struct writing *writing, const struct json_value *params);

#endif
