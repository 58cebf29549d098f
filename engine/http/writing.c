#include "connection.h"

static void send_pieces(
    struct http_connection *connection, const struct iovec *pieces, size_t count, uint32_t flags)
{
    if (flags == RING_SEND_REPORT) {
        connection->flags |= CONNECTION_SEND_REPORTS;
        connection->send_ms = connection_now_ms(connection);
        connection->send_size = 0;
        for (size_t i = 0; i < count; i++)
            connection->send_size += (uint32_t)pieces[i].iov_len;
    }
    net_stream_send(&connection->stream, pieces, count, flags);
}

static struct iovec piece_of(const void *bytes, size_t size)
{
    union {
        const void *given;
        void *taken;
    } address = {.given = bytes};
    return (struct iovec){address.taken, size};
}

uint32_t connection_next_piece(uint32_t piece, size_t moved, uint32_t took_ms)
{
    if (took_ms > HTTP_PIECE_SLOW_MS && piece > HTTP_PIECE_LEAST)
        return piece / 2;
    if (took_ms < HTTP_PIECE_FAST_MS && moved >= piece && piece < HTTP_PIECE_MOST)
        return piece * 2;
    return piece;
}

/* The next piece of what is to be sent; all of it may be under way then. */
static struct iovec take_piece(struct http_connection *connection)
{
    const struct http_exchange *exchange = connection->exchange;
    size_t size = connection->send_piece;
    if (size > connection->out_left)
        size = (size_t)connection->out_left;
    struct iovec piece = piece_of(connection->out, size);
    connection->out += size;
    connection->out_left -= size;
    if (connection->out_left == 0 && connection->pull_left == 0 &&
        !(exchange->body.pulled && exchange->body.size == INIA_UNKNOWN_SIZE))
        connection->sending = SENDING_OVER;
    return piece;
}

/* ---- The request --------------------------------------------------------------------- */

static void send_head_first(struct http_connection *connection, bool waits)
{
    struct http_exchange *exchange = connection->exchange;
    connection->sending = waits ? SENDING_CONTINUE : SENDING_BODY;
    struct iovec head = piece_of(exchange->head.data, exchange->head.size);
    send_pieces(connection, &head, 1, RING_SEND_REPORT);
}

static void send_head_with_body(struct http_connection *connection)
{
    const struct http_exchange *exchange = connection->exchange;
    struct iovec pieces[2] = {piece_of(exchange->head.data, exchange->head.size), {NULL, 0}};
    uint64_t size = exchange->body.size;
    if (size)
        pieces[1] = take_piece(connection);
    bool quiet = connection->out_left == 0 && exchange->head.size + size <= HTTP_QUIET_MOST;
    if (quiet && size > HTTP_TAKEN_AT_ONCE)
        connection->flags |= CONNECTION_QUIET_BODY;
    if (connection->out_left)
        connection->sending = SENDING_BODY;
    send_pieces(connection, pieces, size ? 2 : 1, quiet ? RING_SEND_QUIET : RING_SEND_REPORT);
}

void connection_send_request(struct http_connection *connection)
{
    struct http_exchange *exchange = connection->exchange;
    const struct http_body *body = &exchange->body;
    bool known = !body->pulled || body->size != INIA_UNKNOWN_SIZE;
    exchange->request_begun = true;
    exchange->times.progress_ns = connection_now(connection);
    connection->out = body->pulled ? NULL : body->data;
    connection->out_left = body->pulled ? 0 : body->size;
    connection->pull_left = body->pulled && known ? body->size : 0;
    connection->sending = SENDING_OVER;
    if (known && body->size == 0)
        send_head_with_body(connection);
    else if (body->pulled || exchange->expect_continue)
        send_head_first(connection, exchange->expect_continue);
    else
        send_head_with_body(connection);
}

/* ---- The rest of the body -------------------------------------------------------------- */

static void go_on(struct http_connection *connection)
{
    struct http_exchange *exchange = connection->exchange;
    if (connection->out_left) {
        struct iovec piece = take_piece(connection);
        send_pieces(connection, &piece, 1, RING_SEND_REPORT);
    } else if (exchange->body.pulled) {
        exchange->flags |= EXCHANGE_OWES_PUSH;
        exchange->events->pull(exchange);
    }
}

static void send_failed(struct http_connection *connection)
{
    connection->flags |= CONNECTION_SEND_FAILED;
    connection->flags &= (uint16_t)~CONNECTION_KEEPS_ALIVE;
    connection->sending = SENDING_OVER;
    if (connection->state != CONNECTION_BUSY)
        return;
    /* The server may have answered before it closed: what it said is still to be received. */
    if (connection->flags & CONNECTION_ANSWERED)
        connection_fail(connection, INIA_OK, "");
    else
        connection_set_deadline(connection, HTTP_LAST_WORD_MS);
}

void connection_sent(struct net_stream *stream, inia_status status)
{
    struct http_connection *connection = CONTAINER_OF(stream, struct http_connection, stream);
    if (connection->state == CONNECTION_CLOSING)
        return;
    connection->flags &= (uint16_t)~CONNECTION_SEND_REPORTS;
    if (status) {
        send_failed(connection);
        return;
    }
    connection->exchange->times.progress_ns = connection_now(connection);
    connection->send_piece = connection_next_piece(
        connection->send_piece, connection->send_size,
        connection_now_ms(connection) - connection->send_ms);
    if (connection->flags & CONNECTION_ANSWERED) {
        connection->flags &= (uint16_t)~CONNECTION_ANSWERED;
        connection_answered(connection);
    } else if (connection->sending == SENDING_CONTINUE) {
        connection_set_deadline(connection, HTTP_CONTINUE_MS);
    } else if (connection->sending == SENDING_BODY) {
        go_on(connection);
    }
}

void connection_end_continue(struct http_connection *connection)
{
    connection->deadline_ns = 0;
    connection->sending = SENDING_BODY;
    if (!(connection->flags & CONNECTION_SEND_REPORTS))
        go_on(connection);
}

void connection_stop_sending(struct http_connection *connection)
{
    if (connection->sending == SENDING_OVER)
        return;
    connection->sending = SENDING_OVER;
    connection->deadline_ns = 0;
    connection->out_left = connection->pull_left = 0;
    connection->flags |= CONNECTION_CUT;
    connection->exchange->flags &= (uint8_t)~EXCHANGE_OWES_PUSH;
}

/* ---- Pushed bodies ----------------------------------------------------------------------- */

static void push_chunk(struct http_connection *connection, const void *bytes, size_t size)
{
    bool first = !(connection->flags & CONNECTION_CHUNKED_YET);
    size_t line_size = http_chunk_line(connection->chunk_line, size, first);
    struct iovec pieces[2] = {piece_of(connection->chunk_line, line_size), {NULL, 0}};
    connection->flags |= CONNECTION_CHUNKED_YET;
    connection->out = bytes;
    connection->out_left = size;
    if (size)
        pieces[1] = take_piece(connection);
    else
        connection->sending = SENDING_OVER;
    send_pieces(connection, pieces, size ? 2 : 1, RING_SEND_REPORT);
}

void connection_push(struct http_connection *connection, const void *bytes, size_t size)
{
    struct http_exchange *exchange = connection->exchange;
    exchange->times.progress_ns = connection_now(connection);
    if (connection->sending != SENDING_BODY)
        return;
    if (exchange->body.size == INIA_UNKNOWN_SIZE) {
        push_chunk(connection, bytes, size);
        return;
    }
    check(size > 0 && size <= connection->pull_left);
    connection->out = bytes;
    connection->out_left = size;
    connection->pull_left -= size;
    struct iovec piece = take_piece(connection);
    send_pieces(connection, &piece, 1, RING_SEND_REPORT);
}
