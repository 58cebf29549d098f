#include "connection.h"

#include <stdio.h>

static struct http_origin **slot_of(struct http_pool *pool, text host, uint16_t port)
{
    return &pool->origins[(text_hash(host) + port) % HTTP_ORIGIN_SLOTS];
}

static size_t origin_size(text host, const struct http_way *way)
{
    /* The host with its NUL, and the name: brackets, colon, five digits, NUL. */
    size_t size = sizeof(struct http_origin) + host.size + 1 + host.size + 9;
    return way->proxy ? size + http_proxy_request_most(way->proxy, host) : size;
}

/* Through a proxy: https by way of a tunnel that it makes, http by leaving the rest to it. */
static void set_tunnel(struct http_origin *origin, char *memory)
{
    const struct http_proxy *proxy = origin->way.proxy;
    origin->tunnel = (struct net_tunnel){
        .host = proxy->host,
        .port = proxy->port,
        .trust = proxy->trust,
        .heard = http_proxy_heard,
    };
    if (origin->way.trust)
        origin->tunnel.request = http_proxy_write_request(proxy, text_of(origin->name), memory);
}

static struct http_origin *origin_new(
    struct http_pool *pool, text host, uint16_t port, const struct http_way *way)
{
    size_t size = origin_size(host, way);
    struct http_origin *origin = budget_alloc(pool->memory, size);
    if (!origin)
        return NULL;
    *origin = (struct http_origin){.pool = pool, .way = *way, .port = port, .size = size};
    char *at = (char *)(origin + 1);
    if (host.size)
        memcpy(at, host.data, host.size);
    at[host.size] = '\0';
    origin->host = (text){at, host.size};
    char *name = at + host.size + 1;
    bool is_ipv6 = text_find(host, ':') < host.size;
    snprintf(name, host.size + 9, is_ipv6 ? "[%s]:%u" : "%s:%u", at, port);
    origin->name = name;
    if (way->proxy)
        set_tunnel(origin, name + host.size + 9);
    struct http_origin **slot = slot_of(pool, host, port);
    origin->next_in_slot = *slot;
    *slot = origin;
    return origin;
}

static bool is_origin(
    const struct http_origin *origin, text host, uint16_t port, const struct http_way *way)
{
    const struct http_way *own = &origin->way;
    return origin->port == port && own->trust == way->trust && own->proxy == way->proxy &&
           own->connect_ms == way->connect_ms && own->silence_ms == way->silence_ms &&
           own->keep_alive == way->keep_alive && text_equals(origin->host, host);
}

struct http_origin *http_origin_find(
    struct http_pool *pool, text host, uint16_t port, const struct http_way *way)
{
    struct http_origin *origin = *slot_of(pool, host, port);
    while (origin && !is_origin(origin, host, port, way))
        origin = origin->next_in_slot;
    if (!origin)
        origin = origin_new(pool, host, port, way);
    if (origin)
        origin->references++;
    return origin;
}

void http_origin_put(struct http_origin *origin)
{
    if (!origin)
        return;
    check(origin->references > 0);
    origin->references--;
    origin_release(origin);
}

const char *http_origin_name(const struct http_origin *origin)
{
    return origin->name;
}

static uint32_t sooner(uint32_t ms)
{
    return ms - ms / HTTP_IDLE_SOONER;
}

uint32_t origin_idle_ms(const struct http_origin *origin, uint32_t told_ms)
{
    uint32_t most_ms = origin->pool->idle_ms;
    uint64_t age_ns = ring_now_ns(origin->pool->ring) - origin->learnt_ns;
    if (told_ms && sooner(told_ms) < most_ms)
        most_ms = sooner(told_ms);
    bool is_learnt = origin->idle_ms && age_ns < HTTP_IDLE_LEARNT_MS * UINT64_C(1000000);
    return is_learnt && sooner(origin->idle_ms) < most_ms ? sooner(origin->idle_ms) : most_ms;
}

void origin_learn_idle(struct http_origin *origin, uint32_t idle_ms)
{
    if (idle_ms < HTTP_IDLE_LEAST_MS)
        return;
    origin->idle_ms = idle_ms;
    origin->learnt_ns = ring_now_ns(origin->pool->ring);
}

void origin_hold(struct http_origin *origin)
{
    origin->references++;
}

static void forget(struct http_origin *origin)
{
    struct http_origin **at = slot_of(origin->pool, origin->host, origin->port);
    while (*at && *at != origin)
        at = &(*at)->next_in_slot;
    if (*at)
        *at = origin->next_in_slot;
}

/* Nobody may find it again once its last owner has left: its trust may be gone then. */
void origin_release(struct http_origin *origin)
{
    if (origin->references)
        return;
    forget(origin);
    while (!list_is_empty(&origin->idle))
        connection_close(CONTAINER_OF(origin->idle.first, struct http_connection, link));
    while (!list_is_empty(&origin->warming))
        connection_close(CONTAINER_OF(origin->warming.first, struct http_connection, link));
    if (origin->connections)
        return;
    check(list_is_empty(&origin->waiting));
    memory_wipe(origin + 1, origin->size - sizeof *origin); /* a proxy's password may be in it */
    budget_free(origin->pool->memory, origin, origin->size);
}

/* ---- Waiting -------------------------------------------------------------------------- */

bool origin_may_open(const struct http_origin *origin)
{
    uint32_t limit = origin->pool->max_connections_per_origin;
    return limit == 0 || origin->connections < limit;
}

void origin_update_hunger(struct http_origin *origin)
{
    bool hungry = !list_is_empty(&origin->waiting) && origin_may_open(origin);
    if (hungry == link_is_listed(&origin->hungry))
        return;
    if (hungry)
        list_push(&origin->pool->hungry, &origin->hungry);
    else
        list_remove(&origin->hungry);
}

void origin_wait(struct http_origin *origin, struct http_exchange *exchange)
{
    exchange->state = EXCHANGE_WAITING;
    list_push(&origin->waiting, &exchange->link);
    origin->pool->counters.waiting++;
    origin_update_hunger(origin);
}

struct http_exchange *origin_first_waiting(const struct http_origin *origin)
{
    struct list_link *link = origin->waiting.first;
    return link ? CONTAINER_OF(link, struct http_exchange, link) : NULL;
}

void origin_end_wait(struct http_exchange *exchange)
{
    list_remove(&exchange->link);
    exchange->origin->pool->counters.waiting--;
    origin_update_hunger(exchange->origin);
}

/* ---- Ahead of need --------------------------------------------------------------------- */

void origin_keep_warm(struct http_origin *origin)
{
    const struct http_pool *pool = origin->pool;
    while (origin->references && !pool->closing && list_is_empty(&pool->hungry) &&
           origin->connections < origin->warm && origin_may_open(origin) &&
           pool->counters.connections < pool->max_connections)
        if (!connection_open(origin, NULL))
            return;
}

void http_origin_warm(struct http_origin *origin, uint32_t connections)
{
    if (connections > origin->warm)
        origin->warm = connections;
    origin_keep_warm(origin);
}
