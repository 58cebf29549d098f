/* functions: what the rules can ask of texts. NULL or absent text: the rules' "not set". */
#ifndef ENDPOINTS_FUNCTIONS_H
#define ENDPOINTS_FUNCTIONS_H

#include "base/base.h"

struct arn {
    text partition, service, region, account_id;
    const text *resource; /* the rest, split at : and / */
    size_t resource_count;
};

struct parsed_url {
    text scheme, authority, path;
    text normalized_path; /* begins and ends with a / */
    bool is_ip;
};

/* false: no memory. *known is false when the text is no ARN, or no URL. */
MUST_USE bool arn_parse(struct arn *arn, text written, struct arena *arena, bool *known);
MUST_USE bool parsed_url_parse(
    struct parsed_url *url, text written, struct arena *arena, bool *known);

/* Bytes start to stop, counted from the end if reverse; absent if too short or not ASCII. */
text rules_substring(text whole, int64_t start, int64_t stop, bool reverse);

bool is_host_label(text label, bool dots_allowed);
bool is_virtual_hostable_bucket(text bucket, bool dots_allowed);

/* Percent-encoded but for letters, digits and -._~ ; data NULL: no memory. */
text uri_encoded(text whole, struct arena *arena);

/* At every delimiter, or the first limit - 1 of them; limit 0: all. NULL: no memory. */
const text *text_list_split(
    text whole, text delimiter, int64_t limit, struct arena *arena, size_t *count);

#endif
