/*
 * customs: what services want that their models do not say, as far as it is a matter of parameters,
 * requests and responses alone. Which of botocore's handlers is where, and why some are nowhere, is
 * in customs.c.
 */
#ifndef PROTOCOLS_CUSTOMS_H
#define PROTOCOLS_CUSTOMS_H

#include "reading.h"
#include "writing.h"

enum custom {
    CUSTOM_BUCKET = 1 << 0,         /* Bucket must be one's name, or an ARN */
    CUSTOM_CUSTOMER_KEY = 1 << 1,   /* SSECustomerKey in base64, with its MD5 */
    CUSTOM_SOURCE_KEY = 1 << 2,     /* the same of CopySourceSSECustomerKey */
    CUSTOM_COPY_SOURCE = 1 << 3,    /* CopySource is percent-encoded, and may be a structure */
    CUSTOM_ASCII_METADATA = 1 << 4, /* Metadata goes into headers */
    CUSTOM_ENCODED_NAMES = 1 << 5,  /* keys may be what XML cannot hold: they come encoded */
    CUSTOM_EXPIRES = 1 << 6,        /* Expires may be no date: ExpiresString has it as it came */
    CUSTOM_LOCATION = 1 << 7,       /* the root is the member, and null when empty */
    CUSTOM_USER_DATA = 1 << 8,      /* UserData goes out in base64 */
    CUSTOM_CONSOLE = 1 << 9,        /* Output comes in base64 */
    CUSTOM_SHORT_IDS = 1 << 10,     /* "/hostedzone/ID": the last part alone is sent */
    CUSTOM_COPIES_HERE = 1 << 11,   /* SourceRegion is where a presigned URL is to lead */
    CUSTOM_UNSENT_REGION = 1 << 12, /* ... and is not sent itself */
    CUSTOM_FORM = 1 << 13,          /* a query that may be long goes out as a form */
    CUSTOM_ESCAPED_LINES = 1 << 14, /* line ends in the XML are references */
    CUSTOM_PREDICTOR = 1 << 15,     /* PredictEndpoint is the endpoint */
    CUSTOM_URL_ALONE = 1 << 16,     /* presigned, the body's parameters are the query's */
    CUSTOM_OUTPOSTS = 1 << 17,      /* an ARN's account is AccountId */
};

/* From the plan's operation: what of these it wants, and what else is the same for every call. */
void customs_plan(struct protocol_plan *plan, struct plan_parts *parts);

static inline bool has_custom(const struct protocol_plan *plan, enum custom custom)
{
    return plan->parts->customs & custom;
}

/* Parameters as they are to be checked and sent, in place of the user's. INIA_BAD_REQUEST,
 * INIA_NO_MEMORY. */
inia_status customs_apply_to_params(struct writing *writing, inia_error *error) MUST_USE;
/* The request, which is complete but for these. */
void customs_apply_to_request(struct writing *writing);

/* Once the body is there: whether its strings are read by customs_read_string(). */
void customs_look_at_body(struct reading *reading, const struct protocol_request *request);
bool customs_read_string(
    struct reading *reading, const struct model_member *member, text value) MUST_USE;
/* Of a timestamp in a header: if it is Expires, as it came, and as the date that it may be. false:
 * it is another. */
bool customs_read_expires(struct reading *reading, const struct model_member *member, text value);

#endif
