/*
 * names: the addresses of hosts. Answers are kept for their time to live, all who ask for one name
 * meanwhile wait for one answer. IPv6 and IPv4 addresses are asked for at once and given
 * alternately, IPv6 first (RFC 8305, sections 3 and 4); those of a family are used in turn. One to
 * which connecting takes much longer than to others comes behind them, and one that failed is tried
 * last for some seconds.
 */
#ifndef NET_NAMES_H
#define NET_NAMES_H

#include "resolver.h"

enum {
    NAME_SIZE = 256,   /* a host name of at most 253 bytes and a NUL */
    NAMES_MOST = 1024, /* kept at once */
    NAMES_TABLE_SIZE = 256,
    NAME_MOST_ADDRESSES = 2 * RESOLVER_MOST_ADDRESSES, /* of both families */
};

struct name_waiter {
    void (*answered)(struct name_waiter *waiter);
    struct list_link link;
    const char *problem; /* NULL: the addresses are there */
    size_t count;
    union net_address addresses[NAME_MOST_ADDRESSES]; /* port 0; the first is to be tried first */
};

struct names {
    struct ring *ring;
    struct budget *memory;
    const char *servers;
    uint64_t *lookups, *failures; /* counters */
    uint32_t first_turn;          /* so that not all engines start with the same address */
    struct resolver *resolver;    /* made when first needed: it reads files */
    struct slab slab;
    struct list table[NAMES_TABLE_SIZE];
    struct list ages; /* the longest unused first */
};

/* servers as in net_config; must outlive it. */
void names_init(
    struct names *names, struct ring *ring, struct budget *memory, const char *servers,
    uint64_t *lookups, uint64_t *failures);
void names_release(struct names *names); /* nobody may wait any more */

/* Lower case, without a dot at its end. The size, or 0: no host is called that. */
size_t name_normalize(text host, char out[NAME_SIZE]);

/*
 * true: the waiter holds the answer already. false: answered() will be called, never in here.
 * host as name_normalize() gives it.
 */
bool names_look_up(struct names *names, text host, struct name_waiter *waiter) MUST_USE;
void name_waiter_forget(struct name_waiter *waiter);

/* Puts addresses that were found since behind those that the waiter has. true: more may come. */
bool names_add_found(struct names *names, text host, struct name_waiter *waiter);

/* What became of connecting to an address of a name. */
void names_address_works(
    struct names *names, text host, const union net_address *address, uint64_t took_ns);
void names_address_failed(struct names *names, text host, const union net_address *address);

bool names_pin(
    struct names *names, text host, const struct sockaddr_storage *addresses, size_t size);

#endif
