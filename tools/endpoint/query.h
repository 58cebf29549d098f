/* query: the parameters of a query or a form, decoded. */
#ifndef ENDPOINT_QUERY_H
#define ENDPOINT_QUERY_H

#include "base/base.h"

enum { QUERY_MOST = 32 };

struct parameter {
    text name, value; /* value: empty when there is no = */
};

struct query {
    struct parameter *parameters;
    size_t count;
};

/* false: no memory, or more than QUERY_MOST. '+' means a space in a form only. */
bool query_parse(struct query *query, text encoded, bool is_form, struct arena *arena) MUST_USE;
text query_value(const struct query *query, text name); /* absent: data NULL */

static inline bool query_has(const struct query *query, text name)
{
    return query_value(query, name).data != NULL;
}

/* Percent-decodes; the text itself when there is nothing to decode; absent when no memory. */
text text_decode(text encoded, struct arena *arena);

#endif
