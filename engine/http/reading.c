/* Design notes
 *
 * Bytes are fed to the exchange as they come: a head is copied once, into the exchange's arena, and
 * read there; body bytes go to the owner as they lie in the ring's buffer, or are copied to the
 * memory it named. A large rest of a body goes there directly, in pieces that adapt to the speed of
 * the peer, so that a stall can be told from a slow piece.
 *
 * When the owner wants no bytes, receiving stops. What the ring had received already is held in
 * blocks until it wants them again; only framing is read on, so that the end of a chunked body is
 * seen although its owner expects no more bytes.
 */
#include "connection.h"
#include "scan.h"

#include <stdio.h>

enum {
    HEAD_STEP = 512,
    HEAD_START = 16, /* bytes by which it shows whether it is HTTP at all */
};

static void fail_bad_response(struct http_connection *connection, const char *what)
{
    connection_fail(
        connection, INIA_BAD_RESPONSE,
        exchange_detail(
            connection->exchange, "%s sent a response that is not HTTP: %s",
            connection->origin->name, what));
}

/* ---- Receiving, or not ------------------------------------------------------------------ */

static enum connection_receiving wanted_receiving(const struct http_connection *connection)
{
    const struct http_exchange *exchange = connection->exchange;
    if (connection->reading == READING_HEAD || (connection->flags & CONNECTION_ANSWERED))
        return RECEIVING_ON;
    if (connection->held || (exchange->flags & EXCHANGE_PAUSED))
        return RECEIVING_OFF;
    bool known = exchange->response.framing == HTTP_LENGTH;
    if (exchange->flags & EXCHANGE_OWES_MEMORY)
        return known ? RECEIVING_OFF : RECEIVING_ON;
    if (known && exchange->into_left >= HTTP_DIRECT_LEAST &&
        connection->body_left >= HTTP_DIRECT_LEAST)
        return RECEIVING_DIRECT;
    return RECEIVING_ON;
}

static void receive_directly(struct http_connection *connection)
{
    const struct http_exchange *exchange = connection->exchange;
    size_t size = connection->fill_piece;
    if (size > exchange->into_left)
        size = exchange->into_left;
    if (size > connection->body_left)
        size = (size_t)connection->body_left;
    connection->fill_size = (uint32_t)size;
    connection->fill_ms = connection_now_ms(connection);
    net_stream_receive_into(&connection->stream, exchange->into_at, size);
}

void connection_arm(struct http_connection *connection)
{
    if (connection->receiving >= RECEIVING_DIRECT || connection->state != CONNECTION_BUSY)
        return;
    enum connection_receiving wanted = wanted_receiving(connection);
    if (wanted == RECEIVING_DIRECT)
        receive_directly(connection);
    else if (wanted == RECEIVING_ON && connection->receiving == RECEIVING_OFF)
        net_stream_receive(&connection->stream);
    else if (wanted == RECEIVING_OFF && connection->receiving == RECEIVING_ON)
        net_stream_receive_stop(&connection->stream);
    connection->receiving = (uint8_t)wanted;
}

/* ---- The head ----------------------------------------------------------------------------- */

static void fail_large_head(struct http_connection *connection)
{
    connection_fail(
        connection, INIA_BAD_RESPONSE,
        exchange_detail(
            connection->exchange, "%s sent a response head larger than %zu bytes",
            connection->origin->name, connection->pool->max_head));
}

static void take_interim(struct http_connection *connection, int status)
{
    connection->exchange->response = (struct http_response){0};
    if (status == 101)
        fail_bad_response(connection, "it switched to a protocol nobody asked for");
    else if (++connection->interim > HTTP_MAX_INTERIM)
        fail_bad_response(connection, "more than 16 heads that announce another");
    else if (status == 100 && connection->sending == SENDING_CONTINUE)
        connection_end_continue(connection);
}

/* The body is over; rest: bytes behind it, which nobody asked for. */
static void end_body(struct http_connection *connection, text rest)
{
    struct http_exchange *exchange = connection->exchange;
    if (rest.size || connection->held || connection->receiving == RECEIVING_ENDED)
        connection->flags &= (uint16_t)~CONNECTION_KEEPS_ALIVE;
    exchange->flags = 0;
    if (exchange->into_at) {
        exchange->into_at = NULL;
        exchange->into_left = 0;
        if (exchange->events->filled)
            exchange->events->filled(exchange, exchange->into_done);
    }
    if (connection_serves(connection, exchange))
        connection_answered(connection);
}

/* "Keep-Alive: timeout=5, max=100" (RFC 2068, 19.7.1.1; nginx, Apache and others send it). */
static uint32_t told_idle_ms(const struct http_response *response)
{
    const struct http_header *found =
        http_find_header(response->headers, response->header_count, TEXT("keep-alive"));
    text rest = found ? found->value : (text){NULL, 0};
    while (rest.size) {
        text value, name = text_split(text_trim(text_split(rest, ',', &rest)), '=', &value);
        uint64_t seconds;
        if (text_equals_ignoring_case(text_trim(name), TEXT("timeout")) &&
            text_to_u64(text_trim(value), &seconds) && seconds > 0)
            return seconds < 86400 ? (uint32_t)seconds * 1000 : 86400000;
    }
    return 0;
}

static void take_head(struct http_connection *connection, char *head, size_t size, text rest)
{
    struct http_exchange *exchange = connection->exchange;
    struct http_response *response = &exchange->response;
    const char *problem =
        http_response_parse(response, head, size, exchange->head_only, exchange->arena);
    if (problem == http_no_memory_for_headers) {
        connection_fail(connection, INIA_NO_MEMORY, "no memory for the head of a response");
        return;
    }
    if (problem) {
        *response = (struct http_response){0};
        fail_bad_response(connection, problem);
        return;
    }
    if (response->status < 200) {
        take_interim(connection, response->status);
        return;
    }
    connection_stop_sending(connection);
    if (!response->keep_alive)
        connection->flags &= (uint16_t)~CONNECTION_KEEPS_ALIVE;
    if (!connection->was_asked) {
        connection->was_asked = true;
        connection->told_idle_ms = told_idle_ms(response);
    }
    connection->reading = READING_BODY;
    connection->body_left = response->framing == HTTP_LENGTH ? response->content_length : 0;
    connection->chunks = (struct http_chunks){0};
    exchange->events->head(exchange);
    bool empty = response->framing == HTTP_NO_BODY ||
                 (response->framing == HTTP_LENGTH && response->content_length == 0);
    if (empty && connection_serves(connection, exchange))
        end_body(connection, rest);
}

static void feed_whole_head(struct http_connection *connection, text *input, size_t size)
{
    char *head = arena_alloc(connection->exchange->arena, size);
    if (!head) {
        connection_fail(connection, INIA_NO_MEMORY, "no memory for the head of a response");
        return;
    }
    memcpy(head, input->data, size);
    *input = text_after(*input, size);
    take_head(connection, head, size, *input);
}

static bool grow_head(struct http_connection *connection)
{
    if (connection->head_capacity - connection->head_size >= HEAD_STEP)
        return true;
    uint32_t capacity = connection->head_size * 2 + 2 * HEAD_STEP;
    char *grown =
        arena_grow(connection->exchange->arena, connection->head, connection->head_size, capacity);
    if (!grown)
        return false;
    connection->head = grown;
    connection->head_capacity = capacity;
    return true;
}

/* Whether this may be the start of a response, however short it is. */
static bool may_be_head(text start)
{
    while (start.size && (start.data[0] == '\r' || start.data[0] == '\n'))
        start = text_after(start, 1);
    if (start.size > 7)
        start.size = 7;
    return text_starts_with(TEXT("HTTP/1."), start);
}

/* A head that comes in pieces is collected, in small steps so as not to take much of the body
 * along. */
static void feed_part_of_head(struct http_connection *connection, text *input)
{
    if (!grow_head(connection)) {
        connection_fail(connection, INIA_NO_MEMORY, "no memory for the head of a response");
        return;
    }
    size_t before = connection->head_size;
    size_t step = input->size < HEAD_STEP ? input->size : HEAD_STEP;
    memcpy(connection->head + before, input->data, step);
    if (before < HEAD_START && !may_be_head((text){connection->head, before + step})) {
        fail_bad_response(connection, "no HTTP/1.1 where that should stand");
        return;
    }
    size_t size = http_head_size((text){connection->head, before + step}, before);
    if (size == 0) {
        connection->head_size += (uint32_t)step;
        *input = text_after(*input, step);
        if (connection->head_size > connection->pool->max_head)
            fail_large_head(connection);
        return;
    }
    *input = text_after(*input, size - before);
    connection->head_size = connection->head_capacity = 0;
    take_head(connection, connection->head, size, *input);
}

static void feed_head(struct http_connection *connection, text *input)
{
    if (connection->head_size) {
        feed_part_of_head(connection, input);
        return;
    }
    size_t size = http_head_size(*input, 0);
    if (size > connection->pool->max_head) {
        fail_large_head(connection);
    } else if (size) {
        feed_whole_head(connection, input, size);
    } else {
        connection->head = NULL;
        connection->head_capacity = 0;
        feed_part_of_head(connection, input);
    }
}

/* ---- The body ------------------------------------------------------------------------------- */

static void tell_filled(struct http_exchange *exchange)
{
    exchange->into_at = NULL;
    if (!exchange->events->filled)
        return;
    exchange->flags |= EXCHANGE_OWES_MEMORY;
    exchange->events->filled(exchange, exchange->into_done);
}

/* Counts bytes that are in the memory the owner named. */
static void count_into(struct http_exchange *exchange, size_t size)
{
    struct http_connection *connection = exchange->connection;
    exchange->into_at += size;
    exchange->into_done += size;
    exchange->into_left -= size;
    bool more = exchange->response.framing != HTTP_LENGTH || connection->body_left > 0;
    if (exchange->into_left == 0 && more)
        tell_filled(exchange);
}

/* Gives the owner bytes of the body. Returns how many it took. */
static size_t deliver(struct http_connection *connection, text run)
{
    struct http_exchange *exchange = connection->exchange;
    size_t size = run.size;
    if (exchange->into_left && size > exchange->into_left)
        size = exchange->into_left;
    connection->body_left += exchange->response.framing == HTTP_LENGTH ? -(uint64_t)size : size;
    if (exchange->into_left) {
        memcpy(exchange->into_at, run.data, size);
        count_into(exchange, size);
    } else {
        check(exchange->events->body != NULL);
        exchange->events->body(exchange, run.data, size);
    }
    return size;
}

static void feed_length(struct http_connection *connection, text *input)
{
    struct http_exchange *exchange = connection->exchange;
    text run = *input;
    if (run.size > connection->body_left)
        run.size = (size_t)connection->body_left;
    *input = text_after(*input, deliver(connection, run));
    if (connection_serves(connection, exchange) && connection->body_left == 0)
        end_body(connection, *input);
}

/* false: there are body bytes, but the owner wants none now. */
static bool feed_chunked(struct http_connection *connection, text *input)
{
    struct http_exchange *exchange = connection->exchange;
    struct http_chunks *chunks = &connection->chunks;
    const char *problem = NULL;
    text run = http_chunks_next(chunks, input, &problem);
    if (problem) {
        fail_bad_response(connection, problem);
    } else if (chunks->done) {
        end_body(connection, *input);
    } else if (run.size) {
        bool wanted = !exchange_waits_for_owner(exchange);
        size_t taken = wanted ? deliver(connection, run) : 0;
        if (taken < run.size && connection_serves(connection, exchange))
            http_chunks_put_back(chunks, text_after(run, taken), input);
        return wanted;
    }
    return true;
}

static bool feed_body(struct http_connection *connection, text *input)
{
    const struct http_exchange *exchange = connection->exchange;
    if (exchange->response.framing == HTTP_CHUNKED)
        return feed_chunked(connection, input);
    if (exchange_waits_for_owner(exchange))
        return false;
    if (exchange->response.framing == HTTP_LENGTH)
        feed_length(connection, input);
    else
        *input = text_after(*input, deliver(connection, *input));
    return true;
}

/* Until the bytes or the exchange are over, or the owner wants no more; then input is what is left.
 */
static void feed(struct http_connection *connection, text *input)
{
    struct http_exchange *exchange = connection->exchange;
    bool wanted = true;
    connection->flags |= CONNECTION_FEEDING;
    while (wanted && input->size && connection_serves(connection, exchange)) {
        if (connection->reading == READING_HEAD)
            feed_head(connection, input);
        else
            wanted = feed_body(connection, input);
    }
    connection->flags &= (uint16_t)~CONNECTION_FEEDING;
}

/* ---- Bytes nobody wants yet ------------------------------------------------------------------ */

static void drop_first_held(struct http_connection *connection)
{
    struct http_held *first = connection->held;
    connection->held = first->next;
    slab_give(&connection->pool->held, first);
}

void connection_drop_held(struct http_connection *connection)
{
    while (connection->held)
        drop_first_held(connection);
}

static void hold(struct http_connection *connection, text bytes)
{
    struct http_held *block = slab_take(&connection->pool->held);
    if (!block) {
        connection_fail(connection, INIA_NO_MEMORY, "no memory for received bytes");
        return;
    }
    check(bytes.size <= sizeof(block->bytes));
    block->next = NULL;
    block->at = 0;
    block->size = (uint32_t)bytes.size;
    memcpy(block->bytes, bytes.data, bytes.size);
    struct http_held **end = &connection->held;
    while (*end)
        end = &(*end)->next;
    *end = block;
}

static void ended(struct http_connection *connection);

/* While a block is fed, it is not among the held ones: the exchange may end, and the next begin. */
static bool feed_block(struct http_connection *connection, struct http_held *block)
{
    const struct http_exchange *exchange = connection->exchange;
    connection->held = block->next;
    text input = {block->bytes + block->at, block->size - block->at};
    feed(connection, &input);
    if (input.size && connection_serves(connection, exchange)) {
        block->at = block->size - (uint32_t)input.size;
        block->next = connection->held;
        connection->held = block;
        return false;
    }
    slab_give(&connection->pool->held, block);
    return connection_serves(connection, exchange);
}

void connection_feed_held(struct http_connection *connection)
{
    const struct http_exchange *exchange = connection->exchange;
    bool goes_on = connection->state == CONNECTION_BUSY;
    while (goes_on && connection->held && !(exchange->flags & EXCHANGE_PAUSED))
        goes_on = feed_block(connection, connection->held);
    if (goes_on && !connection->held && connection->receiving == RECEIVING_ENDED)
        ended(connection);
    else if (connection->state == CONNECTION_BUSY)
        connection_arm(connection);
}

void connection_continue(struct http_connection *connection)
{
    struct http_pool *pool = connection->pool;
    if (connection->state != CONNECTION_BUSY || (connection->flags & CONNECTION_FEEDING))
        return;
    connection->exchange->times.progress_ns = connection_now(connection);
    if (!connection->held && connection->receiving != RECEIVING_ENDED) {
        connection_arm(connection);
    } else if (!link_is_listed(&connection->link)) {
        list_push(&pool->continuing, &connection->link);
        ring_timer_set(pool->ring, &pool->soon, ring_now_ns(pool->ring));
    }
}

/* ---- The end of the stream ------------------------------------------------------------------- */

/* 1234567 as "1,234,567". */
static const char *with_commas(char out[27], uint64_t number)
{
    char *at = out + 26;
    *at = '\0';
    for (int digits = 0; number || digits == 0; number /= 10) {
        if (digits && digits % 3 == 0)
            *--at = ',';
        *--at = (char)('0' + number % 10);
        digits++;
    }
    return at;
}

static const char *lost_detail(struct http_connection *connection)
{
    struct http_exchange *exchange = connection->exchange;
    const char *name = connection->origin->name;
    const char *did = connection->flags & CONNECTION_LOST ? "broke off" : "closed";
    uint64_t all_size = exchange->response.content_length;
    char done[27], all[27];
    if (!exchange->response_begun)
        return exchange_detail(exchange, "%s %s the connection before answering", name, did);
    if (connection->reading == READING_HEAD)
        return exchange_detail(
            exchange, "%s %s the connection in the middle of a response head", name, did);
    if (exchange->response.framing == HTTP_LENGTH)
        return exchange_detail(
            exchange, "%s %s the connection in the middle of a body (%s of %s bytes)", name, did,
            with_commas(done, all_size - connection->body_left), with_commas(all, all_size));
    return exchange_detail(
        exchange, "%s %s the connection in the middle of a body (after %s bytes)", name, did,
        with_commas(done, connection->body_left));
}

static void ended(struct http_connection *connection)
{
    bool lost = connection->flags & CONNECTION_LOST;
    if (connection->flags & CONNECTION_ANSWERED) {
        connection_fail(connection, INIA_OK, "");
    } else if (
        connection->reading == READING_BODY && !lost &&
        connection->exchange->response.framing == HTTP_UNTIL_CLOSE) {
        end_body(connection, (text){NULL, 0});
    } else {
        connection_fail(connection, INIA_CONNECTION_LOST, lost_detail(connection));
    }
}

static void peer_ended(struct http_connection *connection, inia_status status)
{
    connection->receiving = RECEIVING_ENDED;
    if (status)
        connection->flags |= CONNECTION_LOST;
    if (!connection->held)
        ended(connection);
}

/* ---- What the stream tells ------------------------------------------------------------------- */

static void close_idle(struct http_connection *connection, size_t size)
{
    const struct http_pool *pool = connection->pool;
    uint32_t idle_ms = connection_now_ms(connection) - connection->idle_since_ms;
    connection->pool->counters.connections_lost_idle++;
    if (size == 0)
        origin_learn_idle(connection->origin, idle_ms);
    if (idle_ms >= HTTP_IDLE_LEAST_MS)
        connection->flags |= CONNECTION_REPLACED;
    if (pool->log)
        LOG(pool->log, LOG_LEVEL_DEBUG, "%s %s an idle connection", connection->origin->name,
            size ? "sent bytes nobody asked for over" : "closed");
    connection_close(connection);
}

void connection_received(
    struct net_stream *stream, const void *bytes, size_t size, inia_status status)
{
    struct http_connection *connection = CONTAINER_OF(stream, struct http_connection, stream);
    if (connection->state == CONNECTION_IDLE)
        close_idle(connection, size);
    if (connection->state != CONNECTION_BUSY)
        return;
    if (size == 0) {
        peer_ended(connection, status);
        return;
    }
    struct http_exchange *exchange = connection->exchange;
    exchange->times.progress_ns = connection_now(connection);
    if (!exchange->response_begun) {
        exchange->response_begun = true;
        exchange->times.first_byte_ns = exchange->times.progress_ns;
    }
    text input = text_from(bytes, size);
    if (connection->flags & CONNECTION_ANSWERED) {
        connection->flags &= (uint16_t)~CONNECTION_KEEPS_ALIVE;
        return;
    }
    if (!connection->held)
        feed(connection, &input);
    if (input.size && connection_serves(connection, exchange))
        hold(connection, input);
    connection_arm(connection);
}

void connection_filled(struct net_stream *stream, size_t size, inia_status status)
{
    struct http_connection *connection = CONTAINER_OF(stream, struct http_connection, stream);
    if (connection->state != CONNECTION_BUSY)
        return;
    struct http_exchange *exchange = connection->exchange;
    exchange->times.progress_ns = connection_now(connection);
    connection->receiving = RECEIVING_OFF;
    connection->fill_piece = connection_next_piece(
        connection->fill_piece, size, connection_now_ms(connection) - connection->fill_ms);
    connection->body_left -= size;
    bool is_short = size < connection->fill_size;
    connection->flags |= CONNECTION_FEEDING;
    count_into(exchange, size);
    connection->flags &= (uint16_t)~CONNECTION_FEEDING;
    if (!connection_serves(connection, exchange))
        return;
    if (connection->body_left == 0)
        end_body(connection, (text){NULL, 0});
    else if (is_short)
        peer_ended(connection, status);
    else
        connection_arm(connection);
}
