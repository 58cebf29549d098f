/*
 * resumption: TLS sessions of servers met before, so that the next connection to one costs half.
 * A session was verified for its trust and host, and serves no other.
 */
#ifndef NET_RESUMPTION_H
#define NET_RESUMPTION_H

#include "names.h"

#include <wolfssl/options.h>

#include <wolfssl/ssl.h>

enum { RESUMPTIONS_MOST = 256, RESUMPTION_ROWS = 64 };

struct resumption_key {
    const void *trust;
    uint16_t port;
    text host;
};

struct resumptions {
    struct slab slab;
    struct list rows[RESUMPTION_ROWS];
    struct list ages; /* the longest unused first */
};

void resumptions_init(struct resumptions *resumptions, struct budget *memory);
void resumptions_release(struct resumptions *resumptions);

/* NULL: never met. The session stays the keeper's. */
WOLFSSL_SESSION *resumption_find(struct resumptions *resumptions, const struct resumption_key *key);

/* Takes over the session, in place of an older one; frees it when there is no memory. */
void resumption_keep(
    struct resumptions *resumptions, const struct resumption_key *key, WOLFSSL_SESSION *session);

void resumption_forget(struct resumptions *resumptions, const struct resumption_key *key);
void resumptions_forget(struct resumptions *resumptions, const void *trust);

#endif
