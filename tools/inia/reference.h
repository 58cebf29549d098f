/* reference: a model with its documentation, for the commands that tell what it says. */
#ifndef INIA_REFERENCE_H
#define INIA_REFERENCE_H

#include "models/models.h"
#include "workspace.h"

/* A service's model with the documentation and the files beside it. */
struct reference {
    struct workspace workspace;
    struct model *model;
    text version;                        /* its folder's name */
    const struct json_value *document;   /* service-2.json as it is, documentation and all */
    const struct json_value *paginators; /* by operation; NULL: there are none */
    const struct json_value *waiters;    /* by name; NULL: there are none */
};

/* false with a line on stderr; release it all the same. */
bool reference_open(struct reference *reference, const char *service) MUST_USE;
void reference_release(struct reference *reference);

#endif
