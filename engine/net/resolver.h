/*
 * resolver: asks the name servers, and /etc/hosts, by c-ares. Its sockets and timeouts are driven
 * by the ring. CARES_HOSTS in the environment names a file in place of /etc/hosts. Keeps no
 * answers: that is done in names. A seam like ring.h: tests/world has its own in this one's place,
 * whose answers are scripted.
 */
#ifndef NET_RESOLVER_H
#define NET_RESOLVER_H

#include "address.h"
#include "ring/ring.h"

enum { RESOLVER_MOST_ADDRESSES = 16 }; /* of one family; more are ignored */

struct resolver;

struct resolver_answer {
    const char *problem; /* NULL: there are addresses; else one for a person, a literal */
    bool is_final;       /* the problem: the name does not exist, so asking again soon is vain */
    uint32_t ttl_s;      /* the least of all addresses */
    size_t count;
    union net_address addresses[RESOLVER_MOST_ADDRESSES];
};

/* Reads the system's files. servers: "127.0.0.1:5353,..." or NULL for the system's. */
struct resolver *resolver_new(
    struct ring *ring, struct budget *memory, const char *servers, inia_error *error) MUST_USE;
void resolver_free(struct resolver *resolver); /* what is under way is forgotten */

struct resolver_question {
    void (*answered)(struct resolver_question *question, const struct resolver_answer *answer);
    struct resolver *resolver;
};

/* host ends in a NUL; family: AF_INET or AF_INET6. May answer at once: from /etc/hosts, or for
 * "localhost". */
void resolver_ask(
    struct resolver *resolver, struct resolver_question *question, const char *host, int family);

#endif
