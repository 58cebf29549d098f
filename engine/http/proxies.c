#include "proxies.h"

struct http_proxies *http_proxies_new(struct budget *memory, struct slab *arena_blocks)
{
    struct http_proxies *proxies = budget_alloc(memory, sizeof *proxies);
    if (!proxies)
        return NULL;
    *proxies = (struct http_proxies){.memory = memory, .references = 1};
    arena_init(&proxies->arena, arena_blocks);
    return proxies;
}

struct http_proxies *http_proxies_hold(struct http_proxies *proxies)
{
    if (proxies)
        proxies->references++;
    return proxies;
}

void http_proxies_trust(struct http_proxies *proxies, struct net_trust *trust)
{
    check(!proxies->trust);
    if (!proxies->https.is_secure && !proxies->http.is_secure)
        return;
    proxies->trust = net_trust_hold(trust);
    if (proxies->https.is_secure)
        proxies->https.trust = trust;
    if (proxies->http.is_secure)
        proxies->http.trust = trust;
}

void http_proxies_free(struct http_proxies *proxies)
{
    if (!proxies || --proxies->references > 0)
        return;
    net_trust_free(proxies->trust);
    arena_wipe(&proxies->arena);
    arena_release(&proxies->arena);
    budget_free(proxies->memory, proxies, sizeof *proxies);
}

const struct http_proxy *http_proxies_find(
    const struct http_proxies *proxies, bool secure, text host, uint16_t port)
{
    if (!proxies)
        return NULL;
    const struct http_proxy *proxy = secure ? &proxies->https : &proxies->http;
    bool direct = !proxy->host.size || http_proxy_is_unwanted(proxies->no_proxy, host, port);
    return direct ? NULL : proxy;
}

static bool is_same(const struct http_proxy *one, const struct http_proxy *two)
{
    return text_equals(one->host, two->host) && one->port == two->port &&
           one->trust == two->trust && text_equals(one->authorization, two->authorization);
}

bool http_proxies_equal(const struct http_proxies *one, const struct http_proxies *two)
{
    static const struct http_proxies none;
    one = one ? one : &none;
    two = two ? two : &none;
    return is_same(&one->https, &two->https) && is_same(&one->http, &two->http) &&
           text_equals(one->no_proxy, two->no_proxy);
}
