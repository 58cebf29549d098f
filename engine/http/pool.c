/* Design notes
 *
 * Who gets a connection. An exchange takes the connection of its origin that was used last, because
 * that one is warm and the others may then grow old and be closed. Else it opens one, if the limits
 * allow. Else it waits in its origin's queue, and the pool closes the connection that has been idle
 * longest, whoever's it is. When nothing is idle and several origins wait, a connection that
 * becomes free goes over to another origin only if its own has more than that one: so they end up
 * with equal shares, and connections are not closed without need.
 */
#include "pool.h"

#include "connection.h"

enum {
    DEFAULT_CONNECTIONS = 1024,
    DEFAULT_IDLE_MS = 20000,
    DEFAULT_CONNECT_MS = 10000,
    DEFAULT_HEAD = 65536,
    CONNECTIONS_PER_CHUNK = 16,
    HELD_PER_CHUNK = 4,
};

static uint32_t or_default(uint32_t given, uint32_t fallback)
{
    return given ? given : fallback;
}

static void soon_fires(struct ring_timer *timer)
{
    pool_run_soon(CONTAINER_OF(timer, struct http_pool, soon));
}

struct http_pool *http_pool_new(const struct http_pool_config *config, inia_error *error)
{
    struct http_pool *pool = budget_alloc(config->memory, sizeof(*pool));
    if (!pool) {
        error_no_memory(error, "a pool of connections");
        return NULL;
    }
    *pool = (struct http_pool){
        .ring = config->ring,
        .net = config->net,
        .memory = config->memory,
        .log = config->log,
        .max_connections = or_default(config->max_connections, DEFAULT_CONNECTIONS),
        .max_connections_per_origin = config->max_connections_per_origin,
        .idle_ms = or_default(config->idle_ms, DEFAULT_IDLE_MS),
        .connect_ms = or_default(config->connect_ms, DEFAULT_CONNECT_MS),
        .max_head = config->max_head ? config->max_head : DEFAULT_HEAD,
        .soon = {.fire = soon_fires},
    };
    slab_init(
        &pool->connections, config->memory, sizeof(struct http_connection), CONNECTIONS_PER_CHUNK);
    slab_init(&pool->held, config->memory, sizeof(struct http_held), HELD_PER_CHUNK);
    return pool;
}

static struct http_connection *oldest_idle(const struct http_pool *pool)
{
    struct list_link *link = pool->idle.first;
    return link ? CONTAINER_OF(link, struct http_connection, age) : NULL;
}

void http_pool_close(struct http_pool *pool)
{
    check(list_is_empty(&pool->hungry) && list_is_empty(&pool->ended));
    pool->closing = true;
    for (struct http_connection *idle; (idle = oldest_idle(pool)) != NULL;)
        connection_close(idle);
    while (!list_is_empty(&pool->warming))
        connection_close(CONTAINER_OF(pool->warming.first, struct http_connection, age));
}

bool http_pool_is_empty(const struct http_pool *pool)
{
    return pool->counters.connections == 0;
}

void http_pool_free(struct http_pool *pool)
{
    if (!pool)
        return;
    check(http_pool_is_empty(pool));
    for (size_t i = 0; i < HTTP_ORIGIN_SLOTS; i++)
        check(pool->origins[i] == NULL);
    ring_timer_clear(pool->ring, &pool->soon);
    slab_release(&pool->connections);
    slab_release(&pool->held);
    budget_free(pool->memory, pool, sizeof(*pool));
}

const struct http_counters *http_counters(const struct http_pool *pool)
{
    return &pool->counters;
}

/* ---- Room ------------------------------------------------------------------------- */

static void open_for_first_waiting(struct http_origin *origin)
{
    struct http_exchange *exchange = origin_first_waiting(origin);
    origin_end_wait(exchange);
    if (!connection_open(origin, exchange))
        exchange_end_soon(exchange, INIA_NO_MEMORY, "no memory for a connection");
    if (link_is_listed(&origin->hungry)) { /* to the end: the others' turn */
        list_remove(&origin->hungry);
        list_push(&origin->pool->hungry, &origin->hungry);
    }
}

static void make_room(struct http_pool *pool)
{
    while (pool->evictions < pool->hungry.count && !list_is_empty(&pool->idle)) {
        struct http_connection *idle = oldest_idle(pool);
        idle->flags |= CONNECTION_EVICTED;
        pool->evictions++;
        connection_close(idle);
    }
}

/* The hungry one with the fewest connections. */
static struct http_origin *poorest(const struct http_pool *pool)
{
    struct http_origin *found = NULL;
    for (struct list_link *link = pool->hungry.first; link; link = link->next) {
        struct http_origin *origin = CONTAINER_OF(link, struct http_origin, hungry);
        if (!found || origin->connections < found->connections)
            found = origin;
    }
    return found;
}

void pool_serve(struct http_pool *pool)
{
    while (!list_is_empty(&pool->hungry)) {
        if (pool->counters.connections >= pool->max_connections) {
            make_room(pool);
            return;
        }
        open_for_first_waiting(poorest(pool));
    }
}

/* ---- What must not happen inside the owner's calls ----------------------------------- */

void pool_run_soon(struct http_pool *pool)
{
    struct list ended = {0}, continuing = {0};
    for (struct list_link *link; (link = list_pop(&pool->ended)) != NULL;)
        list_push(&ended, link);
    for (struct list_link *link; (link = list_pop(&pool->continuing)) != NULL;)
        list_push(&continuing, link);
    for (struct list_link *link; (link = list_pop(&continuing)) != NULL;)
        connection_feed_held(CONTAINER_OF(link, struct http_connection, link));
    for (struct list_link *link; (link = list_pop(&ended)) != NULL;) {
        struct http_exchange *exchange = CONTAINER_OF(link, struct http_exchange, link);
        exchange_finish(exchange, exchange->end_status, exchange->end_detail);
    }
}
