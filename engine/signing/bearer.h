/* bearer: a token that proves who asks by being known: RFC 6750, "authorization: Bearer ...". */
#ifndef SIGNING_BEARER_H
#define SIGNING_BEARER_H

#include "base/base.h"
#include "http/http.h"

/* Replaces the draft's authorization. INIA_NO_MEMORY; INIA_BAD_CONFIG: no token, or one that cannot
 * be in a header. Only for requests over TLS, which is the caller's to see to. */
inia_status bearer_sign(struct http_draft *draft, struct arena *arena, text token) MUST_USE;

#endif
