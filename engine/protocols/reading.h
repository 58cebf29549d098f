/* reading: a response on its way to output JSON. */
#ifndef PROTOCOLS_READING_H
#define PROTOCOLS_READING_H

#include "plan.h"

struct reading {
    const struct protocol_plan *plan;
    struct protocol_readers *readers;
    const struct http_response *response;
    struct arena *arena;
    struct buffer out;
    const struct json_value *json; /* of the body, whichever it is */
    const struct xml_node *xml;
    struct protocol_output *output;
    inia_error *error;
    bool has_odd_strings; /* customs_read_string() is to be asked */
    bool decodes_names;
    inia_status status; /* of the first problem */
    text where;         /* the member at work, for error lines */
};

/* Marks the reading; the first reason stays. Always false. */
bool reading_fail(struct reading *reading, const char *what);

/* The name of a member, with the comma before it if need be. */
void out_name(struct buffer *out, text name);
/* The same of a name that the plan holds ready. */
void out_planned_name(struct buffer *out, text name);
/* The comma before an item. */
void out_item(struct buffer *out);

/* A scalar that came as text, with the member's type. false: it does not fit, and the reading is
 * marked. */
bool out_scalar(
    struct reading *reading, const struct model_member *member, text written,
    enum model_time fallback);
void out_date(struct buffer *out, struct date date);
/* JSON that came as text, in the output as JSON. */
bool out_json_value(struct reading *reading, text written);

/* The members of output->error_shape from what read_error() found, all of them or none: an error
 * stays an error, even one whose details make no sense. false: no memory. */
bool out_error(struct reading *reading);
/* Makes a text of the output end in a NUL, in the arena; absent becomes "". */
bool reading_seal(struct reading *reading, text *value) MUST_USE;

text header_value(const struct reading *reading, text name); /* absent if there is none */

#endif
