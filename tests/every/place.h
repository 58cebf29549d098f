/*
 * place: the embedded endpoint in echo mode, on a thread of its own, with a connection for putting
 * answers there and reading what came.
 */
#ifndef EVERY_PLACE_H
#define EVERY_PLACE_H

#include "answer.h"

#include <stdint.h>

struct place {
    char url[64], secure_url[64]; /* the second one over TLS, by a CA that no one knows */
    char folder[64];              /* of that CA */
    int fd;                       /* the administrator's connection */
};

#define PLACE_KEY "AKIDEXAMPLE"
#define PLACE_SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

void place_start(struct place *place); /* one at a time */
void place_stop(struct place *place);

/* From now on this is the answer. */
void place_put(struct place *place, const struct answer *answer);
/* What came last: the endpoint's description of it. */
struct json_value *place_get(struct place *place, struct json_parser *parser, struct arena *arena);

#endif
