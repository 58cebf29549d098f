/* uri: absolute http and https URIs taken apart (RFC 3986), without copying. */
#ifndef FORMATS_URI_H
#define FORMATS_URI_H

#include "base/base.h"

struct uri {
    bool secure;   /* https */
    text host;     /* without brackets; as written */
    uint16_t port; /* the scheme's own when none is written */
    bool port_written;
    text authority; /* host and port as written, with brackets; no user information (that is
                       refused) */
    text path;      /* as written; "" if none */
    text query;     /* after the ?; absent if none */
};

/* NULL, or what is wrong: "neither http nor https". A fragment is refused. */
const char *uri_parse(struct uri *uri, text written) MUST_USE;

#endif
