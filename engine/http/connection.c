/* Design notes
 *
 *   OPENING --opened--> BUSY <--take-- IDLE
 *      |                 | \--answered--^ |
 *      `---- CLOSING <---'----------------'   --closed--> freed
 *
 * An exchange that fails finishes in closed(), when the kernel has let go of all its memory. One
 * that succeeds finishes at once, if nothing of its request can still be in the kernel's hands.
 *
 * The timer is moved lazily: a deadline later than the timer waits for the timer to fire and look.
 * So an exchange on a warm connection never touches it.
 */
#include "connection.h"

uint64_t connection_now(const struct http_connection *connection)
{
    return ring_now_ns(connection->pool->ring);
}

uint32_t connection_now_ms(const struct http_connection *connection)
{
    return (uint32_t)(connection_now(connection) / 1000000);
}

/* ---- The timer -------------------------------------------------------------------- */

void connection_set_deadline(struct http_connection *connection, uint32_t from_now_ms)
{
    struct ring_timer *timer = &connection->timer;
    connection->deadline_ns = connection_now(connection) + from_now_ms * UINT64_C(1000000);
    if (!ring_timer_is_set(timer) || timer->due_ns > connection->deadline_ns)
        ring_timer_set(connection->pool->ring, timer, connection->deadline_ns);
}

static void deadline_passed(struct http_connection *connection)
{
    struct http_exchange *exchange = connection->exchange;
    if (connection->state == CONNECTION_IDLE) {
        connection->flags |= CONNECTION_REPLACED;
        connection_close(connection);
    } else if (connection->flags & CONNECTION_ANSWERED)
        connection_fail(connection, INIA_OK, "");
    else if (connection->sending == SENDING_CONTINUE)
        connection_end_continue(connection);
    else if ((connection->flags & CONNECTION_SEND_FAILED) && !exchange->response_begun)
        connection_fail(
            connection, INIA_CONNECTION_LOST,
            exchange_detail(
                exchange, "%s broke off the connection while the request was being sent",
                connection->origin->name));
}

static void timer_fires(struct ring_timer *timer)
{
    struct http_connection *connection = CONTAINER_OF(timer, struct http_connection, timer);
    uint64_t deadline_ns = connection->deadline_ns;
    if (deadline_ns == 0 || connection->state == CONNECTION_CLOSING)
        return;
    if (connection_now(connection) < deadline_ns) {
        ring_timer_set(connection->pool->ring, timer, deadline_ns);
        return;
    }
    connection->deadline_ns = 0;
    deadline_passed(connection);
}

/* ---- Opening and closing ----------------------------------------------------------- */

static void give_to(struct http_connection *connection, struct http_exchange *exchange)
{
    connection->exchange = exchange;
    exchange->connection = connection;
    exchange->state = EXCHANGE_BOUND;
}

static void start_exchange(struct http_connection *connection)
{
    connection->state = CONNECTION_BUSY;
    connection->deadline_ns = 0;
    connection->reading = READING_HEAD;
    connection->interim = 0;
    connection->head_size = 0;
    connection->flags = CONNECTION_KEEPS_ALIVE | (connection->flags & CONNECTION_FEEDING);
    connection->exchange->times.connected_ns = connection_now(connection);
    connection_send_request(connection);
}

static void serve_next(struct http_connection *connection);

/* Ahead of need, or just in time. */
static void opened_for_nobody(struct http_connection *connection)
{
    struct http_exchange *next = origin_first_waiting(connection->origin);
    list_remove(&connection->link);
    list_remove(&connection->age);
    if (!next || connection->pool->closing) {
        connection->flags |= CONNECTION_KEEPS_ALIVE;
        serve_next(connection);
        return;
    }
    origin_end_wait(next);
    connection_claim(connection, next);
    start_exchange(connection);
}

static void opened(struct net_stream *stream, inia_status status, const char *detail)
{
    struct http_connection *connection = CONTAINER_OF(stream, struct http_connection, stream);
    if (connection->state != CONNECTION_OPENING)
        return;
    struct http_exchange *exchange = connection->exchange;
    if (status && !exchange) {
        connection_close(connection);
        return;
    }
    if (status) {
        connection_fail(connection, status, exchange_detail(exchange, "%s", detail));
        return;
    }
    net_stream_receive(stream);
    connection->receiving = RECEIVING_ON;
    if (exchange)
        start_exchange(connection);
    else
        opened_for_nobody(connection);
}

static void closed(struct net_stream *stream)
{
    struct http_connection *connection = CONTAINER_OF(stream, struct http_connection, stream);
    struct http_exchange *exchange = connection->exchange;
    struct http_origin *origin = connection->origin;
    struct http_pool *pool = connection->pool;
    bool is_replaced = connection->flags & CONNECTION_REPLACED;
    if (connection->flags & CONNECTION_EVICTED)
        pool->evictions--;
    ring_timer_clear(pool->ring, &connection->timer);
    slab_give(&pool->connections, connection);
    pool->counters.connections--;
    origin->connections--;
    origin_update_hunger(origin);
    pool_serve(pool);
    if (is_replaced)
        origin_keep_warm(origin);
    origin_release(origin);
    if (exchange)
        exchange_finish(exchange, exchange->end_status, exchange->end_detail);
}

static const struct net_stream_events stream_events = {
    .opened = opened,
    .received = connection_received,
    .filled = connection_filled,
    .sent = connection_sent,
    .closed = closed,
};

void connection_claim(struct http_connection *connection, struct http_exchange *exchange)
{
    list_remove(&connection->link);
    list_remove(&connection->age);
    give_to(connection, exchange);
    exchange->new_connection = true;
}

bool connection_open(struct http_origin *origin, struct http_exchange *exchange)
{
    struct http_pool *pool = origin->pool;
    struct http_connection *connection = slab_take(&pool->connections);
    if (!connection)
        return false;
    memset(connection, 0, sizeof(*connection));
    connection->pool = pool;
    connection->origin = origin;
    connection->timer.fire = timer_fires;
    connection->fill_piece = connection->send_piece = 4 * HTTP_PIECE_LEAST;
    list_push(&origin->warming, &connection->link);
    list_push(&pool->warming, &connection->age);
    if (exchange)
        connection_claim(connection, exchange);
    origin->connections++;
    pool->counters.connections++;
    pool->counters.connections_opened++;
    origin_update_hunger(origin);
    net_stream_init(&connection->stream, pool->net, &stream_events);
    net_stream_open(
        &connection->stream,
        &(struct net_target){
            .host = origin->host,
            .port = origin->port,
            .trust = origin->way.trust,
            .tunnel = origin->way.proxy ? &origin->tunnel : NULL,
            .connect_ms = origin->way.connect_ms ? origin->way.connect_ms : pool->connect_ms,
            .silence_ms = origin->way.silence_ms,
            .keep_alive = origin->way.keep_alive,
        });
    return true;
}

static void leave_idle(struct http_connection *connection)
{
    list_remove(&connection->link);
    list_remove(&connection->age);
    connection->pool->counters.idle--;
}

void connection_close(struct http_connection *connection)
{
    if (connection->state == CONNECTION_CLOSING)
        return;
    if (connection->state == CONNECTION_IDLE)
        leave_idle(connection);
    list_remove(&connection->link);
    list_remove(&connection->age);
    connection->state = CONNECTION_CLOSING;
    connection->deadline_ns = 0;
    connection_drop_held(connection);
    net_stream_close(&connection->stream);
}

void connection_fail(struct http_connection *connection, inia_status status, const char *detail)
{
    struct http_exchange *exchange = connection->exchange;
    if (connection->state == CONNECTION_CLOSING)
        return;
    exchange->state = EXCHANGE_ENDING;
    exchange->end_status = status;
    exchange->end_detail = detail;
    connection_close(connection);
}

void http_distrust_idle(struct http_origin *origin, uint64_t since_ns)
{
    uint64_t now_ns = ring_now_ns(origin->pool->ring);
    uint32_t since_ms = (uint32_t)((now_ns - since_ns) / 1000000);
    struct list_link *next;
    for (struct list_link *link = origin->idle.first; link; link = next) {
        struct http_connection *connection = CONTAINER_OF(link, struct http_connection, link);
        next = link->next;
        if (connection_now_ms(connection) - connection->idle_since_ms >= since_ms)
            connection_close(connection);
    }
}

/* ---- From one exchange to the next -------------------------------------------------- */

void connection_take(struct http_connection *connection, struct http_exchange *exchange)
{
    if (connection->state == CONNECTION_IDLE) {
        exchange->idle_ms = connection_now_ms(connection) - connection->idle_since_ms;
        LOG(connection->pool->log, LOG_LEVEL_DEBUG, "%s: a connection kept for %llu ms",
            connection->origin->name, (unsigned long long)exchange->idle_ms);
        leave_idle(connection);
    }
    connection->pool->counters.connections_reused++;
    give_to(connection, exchange);
    start_exchange(connection);
}

static void become_idle(struct http_connection *connection)
{
    struct http_pool *pool = connection->pool;
    connection->state = CONNECTION_IDLE;
    connection->idle_since_ms = connection_now_ms(connection);
    connection_set_deadline(
        connection, origin_idle_ms(connection->origin, connection->told_idle_ms));
    list_push_first(&connection->origin->idle, &connection->link);
    list_push(&pool->idle, &connection->age);
    pool->counters.idle++;
    if (connection->receiving != RECEIVING_ON) {
        net_stream_receive(&connection->stream);
        connection->receiving = RECEIVING_ON;
    }
}

/* Whether another origin waits for a connection that only this one can give up. Each time one of
 * them is looked at. */
static bool another_is_poorer(const struct http_origin *origin)
{
    struct http_pool *pool = origin->pool;
    struct list_link *link = pool->hungry.first;
    if (link == &origin->hungry)
        link = link->next;
    if (!link || pool->evictions >= pool->hungry.count ||
        pool->counters.connections < pool->max_connections)
        return false;
    list_remove(link);
    list_push(&pool->hungry, link);
    return origin->connections > CONTAINER_OF(link, struct http_origin, hungry)->connections + 1;
}

static void serve_next(struct http_connection *connection)
{
    struct http_origin *origin = connection->origin;
    struct http_pool *pool = connection->pool;
    struct http_exchange *next = origin_first_waiting(origin);
    if (pool->closing || (next && next->fresh_connection)) {
        connection_close(connection);
    } else if (next && another_is_poorer(origin)) {
        connection->flags |= CONNECTION_EVICTED;
        pool->evictions++;
        connection_close(connection);
    } else if (next) {
        origin_end_wait(next);
        connection_take(connection, next);
        connection_arm(connection);
    } else {
        become_idle(connection);
        pool_serve(pool);
    }
}

static void finish_exchange(struct http_connection *connection)
{
    struct http_exchange *exchange = connection->exchange;
    connection->exchange = NULL;
    connection->deadline_ns = 0;
    if (connection->flags & CONNECTION_KEEPS_ALIVE)
        serve_next(connection);
    else
        connection_close(connection);
    exchange_finish(exchange, INIA_OK, "");
}

/* What was sent quietly is surely with the server when it says so, or when it was little. A server
 * that is content has read all; one that complains may not have. */
void connection_answered(struct http_connection *connection)
{
    bool content = connection->exchange->response.status < 300;
    bool reports = connection->flags & CONNECTION_SEND_REPORTS;
    bool unsure = connection->flags & CONNECTION_QUIET_BODY;
    if ((connection->flags & CONNECTION_CUT) || (!content && (reports || unsure))) {
        connection_fail(connection, INIA_OK, "");
    } else if (reports) {
        connection->flags |= CONNECTION_ANSWERED;
        connection_set_deadline(connection, HTTP_LAST_WORD_MS);
    } else {
        finish_exchange(connection);
    }
}
