/*
 * auth: which proof of who asks a request goes out with. What a service and an operation take is in
 * the model, what an endpoint takes is in its rules' authSchemes, and the user may prefer some of
 * it. As botocore chooses: what an endpoint says counts for all that is signed with a key; nobody's
 * (noAuth) and bearer's stay what the operation says they are.
 *
 * Pure: names in, an answer out. Signing itself is preparing.c's.
 */
#ifndef CALLS_AUTH_H
#define CALLS_AUTH_H

#include "endpoints/endpoints.h"
#include "models/models.h"

enum { AUTH_SCHEMES_MOST = 8 }; /* of one operation or endpoint; further ones are not looked at */

enum auth_scheme {
    AUTH_NONE,
    AUTH_SIGV4,
    AUTH_SIGV4A,
    AUTH_S3_EXPRESS, /* SigV4 with the credentials of a session of the bucket */
    AUTH_BEARER,
    AUTH_SIGV2,
};

/* Of "aws.auth#sigv4", "sigv4", "smithy.api#httpBearerAuth", "sigv4-s3express", "noAuth" ...
 * false: none that we know. */
bool auth_scheme_from_name(text name, enum auth_scheme *scheme) MUST_USE;

/* What a user prefers: what the program says; else what the settings say, behind a token if there
 * is one for just this service, because who has put it there wants it used. */
void auth_write_preference(struct buffer *out, text program, text settings, bool has_token);

/* Which of the names: the first in preference ("sigv4a,httpBearerAuth"; may be absent) that is
 * among them, else their first; of those we know. count: none. */
size_t auth_choose(text preference, const text *names, size_t count) MUST_USE;

/* INIA_BAD_CONFIG: it takes nothing that we know. */
inia_status auth_of_operation(
    const struct model_operation *operation, text preference, enum auth_scheme *scheme,
    inia_error *error) MUST_USE;

/* Which of the endpoint's schemes; *chosen NULL: it has none. INIA_BAD_CONFIG as above. */
inia_status auth_of_endpoint(
    const struct endpoint *endpoint, text preference, const struct endpoint_auth_scheme **chosen,
    inia_error *error) MUST_USE;

/* Both together. */
enum auth_scheme auth_combine(
    enum auth_scheme operation, const struct endpoint_auth_scheme *endpoint);

#endif
