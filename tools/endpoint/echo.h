/*
 * echo: with --echo, requests of any service are taken, and answered by what was deposited for them
 * beforehand, so that a client can be tried against answers of one's own.
 *
 *   PUT /_inia/echo     {"status": 200, "headers": {"name": "value" or ["value", ...]},
 *                        "body": "..." or "body_base64": "..."}: the answer to all that come, until
 *                       there is another; all of it may be left out
 *   DELETE /_inia/echo  from now on each request is answered by its own description
 *   GET /_inia/echo     the description of the last request:
 *                       {"method", "target", "headers": [["name", "value"], ...], "signature",
 *                        "verified", "body" or, if that is no UTF-8, "body_base64"}
 *
 * signature is "sigv4", "sigv4a", "sigv2", "bearer" or "none". One that cannot be verified here is
 * taken as it is, with verified false; one that can must be right. A body in aws-chunks is checked
 * and described without them.
 */
#ifndef ENDPOINT_ECHO_H
#define ENDPOINT_ECHO_H

#include "base/base.h"

struct request;

struct echo_kept { /* bytes that outlive a request */
    char *data;    /* NULL: nothing */
    size_t size;
};

struct echo {
    struct budget *memory;
    int status; /* of the deposit; 0: there is none */
    struct echo_kept lines, body;
    struct echo_kept last; /* the last request's description */
};

void echo_init(struct echo *echo, struct budget *memory);
void echo_release(struct echo *echo);

void echo_route(struct request *request);

/* For admin. */
void echo_put(struct request *request);
void echo_get(struct request *request);
void echo_delete(struct request *request);

/* What who sent the request understands, in which a refusal is then written: XML otherwise. */
bool echo_speaks_json(const struct request *request);
bool echo_speaks_query(const struct request *request);

#endif
