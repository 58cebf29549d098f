/*
 * proxies: those of one client, and whom it asks without any. Counted by references, as what points
 * to them (origins, requests that fetch credentials) may stay longer than the client.
 */
#ifndef HTTP_PROXIES_H
#define HTTP_PROXIES_H

#include "proxy.h"

struct http_proxies {
    struct budget *memory;
    size_t references;
    struct arena arena;
    struct net_trust *trust;       /* of those that are secure; NULL: none is */
    struct http_proxy https, http; /* by the scheme of what is asked for; no host: none */
    text no_proxy;                 /* as http_proxy_is_unwanted() wants it */
};

/* None at first. NULL: no memory. */
struct http_proxies *http_proxies_new(struct budget *memory, struct slab *arena_blocks) MUST_USE;
/* For another owner, who frees it too; NULL gives NULL. */
struct http_proxies *http_proxies_hold(struct http_proxies *proxies);
/* Those that are secure must be believed by this. */
void http_proxies_trust(struct http_proxies *proxies, struct net_trust *trust);
void http_proxies_free(struct http_proxies *proxies); /* passwords are wiped; NULL does nothing */

/* The one to ask for this; NULL: nobody. proxies may be NULL. */
const struct http_proxy *http_proxies_find(
    const struct http_proxies *proxies, bool secure, text host, uint16_t port);

/* Whether both lead the same ways; each may be NULL. */
bool http_proxies_equal(const struct http_proxies *one, const struct http_proxies *two);

#endif
