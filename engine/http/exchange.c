#include "connection.h"

#include <stdarg.h>
#include <stdio.h>

void http_exchange_init(
    struct http_exchange *exchange, const struct http_exchange_events *events, struct arena *arena)
{
    *exchange = (struct http_exchange){.events = events, .arena = arena};
}

/* ---- The start ------------------------------------------------------------------------ */

static bool is_apart(const struct http_connection *connection, const struct http_exchange *exchange)
{
    const struct http_exchange *other = exchange->apart_from;
    return !other || !other->connection ||
           memcmp(
               &connection->stream.peer, &other->connection->stream.peer,
               sizeof connection->stream.peer) != 0;
}

/* Its timer has had no turn to fire in: the program was away. */
static bool is_overdue(const struct http_connection *connection)
{
    return connection->deadline_ns && connection->deadline_ns <= connection_now(connection);
}

static struct http_connection *idle_connection(const struct http_exchange *exchange)
{
    const struct http_origin *origin = exchange->origin;
    if (exchange->fresh_connection || !list_is_empty(&origin->waiting))
        return NULL;
    struct list_link *link = origin->idle.first;
    for (int looked = 0; link && looked < HTTP_APART_LOOKS; looked++, link = link->next) {
        struct http_connection *connection = CONTAINER_OF(link, struct http_connection, link);
        if (is_apart(connection, exchange) && !is_overdue(connection))
            return connection;
    }
    return NULL;
}

static struct http_connection *warming_connection(const struct http_origin *origin)
{
    struct list_link *link = list_is_empty(&origin->waiting) ? origin->warming.first : NULL;
    return link ? CONTAINER_OF(link, struct http_connection, link) : NULL;
}

static bool may_open_now(const struct http_origin *origin)
{
    const struct http_pool *pool = origin->pool;
    return list_is_empty(&origin->waiting) && origin_may_open(origin) &&
           pool->counters.connections < pool->max_connections;
}

static void wait_for_room(struct http_exchange *exchange)
{
    struct http_origin *origin = exchange->origin;
    origin_wait(origin, exchange);
    /* An idle connection that may not be used stands in the way of the fresh one. */
    if (!origin_may_open(origin) && !list_is_empty(&origin->idle))
        connection_close(CONTAINER_OF(origin->idle.last, struct http_connection, link));
    pool_serve(origin->pool);
}

static void reset(struct http_exchange *exchange, struct http_origin *origin)
{
    exchange->response = (struct http_response){0};
    exchange->times = (struct http_times){.started_ns = ring_now_ns(origin->pool->ring)};
    exchange->times.progress_ns = exchange->times.started_ns;
    exchange->new_connection = exchange->request_begun = exchange->response_begun = false;
    exchange->origin = origin;
    exchange->into_at = NULL;
    exchange->into_left = exchange->into_done = 0;
    exchange->flags = 0;
}

void http_start(struct http_exchange *exchange, struct http_origin *origin)
{
    check(exchange->state == EXCHANGE_NEW || exchange->state == EXCHANGE_FINISHED);
    check(exchange->head.size > 0 && !origin->pool->closing);
    reset(exchange, origin);
    origin_hold(origin);
    origin->pool->counters.exchanges++;
    struct http_connection *idle = idle_connection(exchange);
    struct http_connection *warming = idle ? NULL : warming_connection(origin);
    if (idle)
        connection_take(idle, exchange);
    else if (warming)
        connection_claim(warming, exchange);
    else if (!may_open_now(origin))
        wait_for_room(exchange);
    else if (!connection_open(origin, exchange))
        exchange_end_soon(exchange, INIA_NO_MEMORY, "no memory for a connection");
}

/* ---- The end --------------------------------------------------------------------------- */

const char *exchange_detail(struct http_exchange *exchange, const char *format, ...)
{
    char line[HTTP_DETAIL_MOST];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    const char *kept = arena_string(exchange->arena, text_of(line));
    return kept ? kept : "the exchange failed, and there was no memory to say why";
}

void exchange_end_soon(struct http_exchange *exchange, inia_status status, const char *detail)
{
    struct http_pool *pool = exchange->origin->pool;
    exchange->state = EXCHANGE_ENDING;
    exchange->end_status = status;
    exchange->end_detail = detail;
    list_push(&pool->ended, &exchange->link);
    ring_timer_set(pool->ring, &pool->soon, ring_now_ns(pool->ring));
}

/* The owner may give back the arena, with the detail in it, or the exchange itself. */
void exchange_finish(struct http_exchange *exchange, inia_status status, const char *detail)
{
    struct http_origin *origin = exchange->origin;
    char line[HTTP_DETAIL_MOST];
    line[0] = '\0';
    if (*detail)
        snprintf(line, sizeof(line), "%s", detail);
    exchange->state = EXCHANGE_FINISHED;
    exchange->connection = NULL;
    exchange->events->finished(exchange, status, line);
    http_origin_put(origin);
}

void http_cancel(struct http_exchange *exchange)
{
    if (exchange->state == EXCHANGE_WAITING) {
        origin_end_wait(exchange);
        exchange_end_soon(exchange, INIA_CANCELLED, "cancelled");
    } else if (exchange->state == EXCHANGE_BOUND) {
        connection_fail(exchange->connection, INIA_CANCELLED, "cancelled");
    }
}

/* ---- Under way -------------------------------------------------------------------------- */

void http_receive_into(struct http_exchange *exchange, void *memory, size_t capacity)
{
    if (exchange->state != EXCHANGE_BOUND)
        return;
    check(exchange->into_left == 0 && capacity > 0);
    exchange->into_at = memory;
    exchange->into_left = capacity;
    exchange->into_done = 0;
    exchange->flags &= (uint8_t) ~(EXCHANGE_OWES_MEMORY | EXCHANGE_PAUSED);
    connection_continue(exchange->connection);
}

void http_pause(struct http_exchange *exchange)
{
    if (exchange->state != EXCHANGE_BOUND || (exchange->flags & EXCHANGE_PAUSED))
        return;
    exchange->flags |= EXCHANGE_PAUSED;
    if (!(exchange->connection->flags & CONNECTION_FEEDING))
        connection_arm(exchange->connection);
}

void http_resume(struct http_exchange *exchange)
{
    if (exchange->state != EXCHANGE_BOUND)
        return;
    exchange->flags &= (uint8_t) ~(EXCHANGE_OWES_MEMORY | EXCHANGE_PAUSED);
    connection_continue(exchange->connection);
}

void http_push(struct http_exchange *exchange, const void *bytes, size_t size)
{
    if (exchange->state != EXCHANGE_BOUND || !(exchange->flags & EXCHANGE_OWES_PUSH))
        return;
    exchange->flags &= (uint8_t)~EXCHANGE_OWES_PUSH;
    connection_push(exchange->connection, bytes, size);
}

bool http_waits_for_owner(const struct http_exchange *exchange)
{
    return exchange->state == EXCHANGE_WAITING || exchange->flags != 0;
}

bool http_progress_is_hidden(const struct http_exchange *exchange)
{
    return exchange->state == EXCHANGE_BOUND && exchange->request_begun &&
           !exchange->response_begun && exchange->body.size > HTTP_QUIET_MOST;
}

void http_look_for_progress(struct http_exchange *exchange)
{
    struct http_connection *connection = exchange->connection;
    if (!http_progress_is_hidden(exchange))
        return;
    uint64_t acknowledged = net_stream_acknowledged(&connection->stream);
    if (acknowledged > connection->acknowledged)
        exchange->times.progress_ns = connection_now(connection);
    connection->acknowledged = acknowledged;
}
