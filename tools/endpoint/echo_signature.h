/* echo_signature: how a request of any service is signed, and whether rightly. */
#ifndef ENDPOINT_ECHO_SIGNATURE_H
#define ENDPOINT_ECHO_SIGNATURE_H

#include "base/base.h"

struct request;

struct echo_signature {
    text scheme; /* "sigv4" */
    bool verified;
    text body; /* without aws-chunks */
};

/* Refuses the request if its signature is wrong, or its body not what was signed. */
void echo_signature_check(struct request *request, struct echo_signature *signature);

#endif
