/*
 * Design notes
 *
 * A small answer is sent quietly: nothing is heard of it, and the next request is taken for the
 * proof that it arrived, so its head and its object stay until then. A client that pipelines gives
 * no such proof. It shows itself by bytes behind a request, or by a request that comes before the
 * kernel could even be asked to send the last answer; from then on its answers are reported, and
 * each request waits for the one before it.
 */
#include "connection.h"

#include "server.h"

#include <unistd.h>

static const text continue_line = TEXT_INIT("HTTP/1.1 100 Continue\r\n\r\n");

static void take_input(struct connection *connection, text input);

/* ---- Closing ---------------------------------------------------------------- */

void connection_end(struct connection *connection)
{
    if (connection->state == CONNECTION_CLOSING)
        return;
    connection->state = CONNECTION_CLOSING;
    ring_timer_clear(connection->server->ring, &connection->timer);
    sqs_wait_cancel(&connection->request.wait);
    net_stream_close(&connection->stream);
}

static void stream_closed(struct net_stream *stream)
{
    struct connection *connection = CONTAINER_OF(stream, struct connection, stream);
    struct server *server = connection->server;
    request_release(&connection->request);
    budget_free(&server->memory, connection->kept, connection->kept_capacity);
    arena_release(&connection->arena);
    list_remove(&connection->link);
    slab_give(&server->connection_slab, connection);
}

/* ---- Sending ---------------------------------------------------------------- */

static void next_request(struct connection *connection)
{
    const struct reply *reply = &connection->request.reply;
    if (reply->closes || connection->ends) {
        connection_end(connection);
        return;
    }
    connection->is_in_body = false;
    connection->state = CONNECTION_READING;
}

static void add_piece(struct iovec *pieces, size_t *count, text bytes)
{
    if (bytes.size)
        pieces[(*count)++] = (struct iovec){(char *)(uintptr_t)bytes.data, bytes.size};
}

/* What is to be sent next: at most `most` bytes of the body. */
static size_t gather(struct reply *reply, struct iovec pieces[RING_MAX_PIECES], size_t most)
{
    size_t count = 0;
    add_piece(pieces, &count, buffer_text(&reply->head));
    reply->head.size = 0;
    text run = {reply->text.data, reply->text.size < most ? reply->text.size : most};
    add_piece(pieces, &count, run);
    if (run.size)
        reply->text = text_after(reply->text, run.size);
    most -= run.size;
    while (reply->left && most && count < RING_MAX_PIECES) {
        run = object_bytes(reply->object, reply->offset, reply->left < most ? reply->left : most);
        add_piece(pieces, &count, run);
        reply->offset += run.size;
        reply->left -= run.size;
        most -= run.size;
    }
    return count;
}

static size_t bytes_at_once(const struct server *server)
{
    if (server->faults.slow)
        return server->faults.slow < 20 ? 1 : (size_t)server->faults.slow / 20;
    return 1 << 30;
}

static bool may_be_quiet(
    const struct connection *connection, const struct iovec *pieces, size_t count)
{
    const struct reply *reply = &connection->request.reply;
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += pieces[i].iov_len;
    return size <= QUIET_MOST && !reply->left && !reply->text.size && !reply->closes &&
           !connection->ends && !connection->pipelines;
}

static void send_some(struct connection *connection)
{
    struct iovec pieces[RING_MAX_PIECES];
    connection->state = CONNECTION_SENDING;
    if (connection->is_continuing) {
        connection->sends_after = true;
        return;
    }
    size_t count = gather(&connection->request.reply, pieces, bytes_at_once(connection->server));
    bool is_quiet = count && may_be_quiet(connection, pieces, count);
    if (count)
        net_stream_send(
            &connection->stream, pieces, count, is_quiet ? RING_SEND_QUIET : RING_SEND_REPORT);
    if (count && !is_quiet)
        return;
    connection->quiet_enters = ring_counters(connection->server->ring)->enters;
    next_request(connection);
}

static void stream_sent(struct net_stream *stream, inia_status status)
{
    struct connection *connection = CONTAINER_OF(stream, struct connection, stream);
    if (connection->state == CONNECTION_CLOSING)
        return;
    if (status != INIA_OK) {
        connection_end(connection);
        return;
    }
    connection->active_ns = ring_now_ns(connection->server->ring);
    if (connection->is_continuing) {
        connection->is_continuing = false;
        if (connection->sends_after)
            send_some(connection);
        connection->sends_after = false;
        return;
    }
    const struct reply *reply = &connection->request.reply;
    if (reply->left || reply->text.size) {
        if (connection->server->faults.slow)
            ring_timer_set(
                connection->server->ring, &connection->timer, connection->active_ns + 50 * 1000000);
        else
            send_some(connection);
        return;
    }
    next_request(connection);
    request_release(&connection->request);
    if (connection->state == CONNECTION_READING &&
        (connection->kept_size || connection->is_held_back))
        take_input(connection, (text){0});
}

/* ---- Faults ------------------------------------------------------------------ */

static bool strikes(struct connection *connection, enum fault_kind kind)
{
    struct server *server = connection->server;
    if (!faults_strike(&server->faults, kind, &server->random))
        return false;
    server->counters.faults++;
    return true;
}

static void truncate_reply(struct reply *reply)
{
    reply->closes = true;
    if (!reply->left && !reply->text.size)
        reply->head.size /= 2;
    reply->left /= 2;
    reply->text.size /= 2;
}

static void corrupt_reply(struct connection *connection)
{
    struct reply *reply = &connection->request.reply;
    if (!reply->left && !reply->text.size)
        return;
    text whole = reply->text;
    if (!whole.size)
        whole = (text){object_bytes(reply->object, reply->offset, 1).data, 1};
    char *copy = arena_alloc(&connection->arena, whole.size);
    if (!copy)
        return;
    memcpy(copy, whole.data, whole.size);
    copy[0] ^= 0x55;
    if (!reply->text.size) {
        reply->offset++;
        reply->left--;
    }
    reply->text = (text){copy, whole.size};
}

/* In place of the reply: no HTTP at all, or a head that never ends (64 MiB of it). */
static void spoil_reply(struct connection *connection, bool is_endless)
{
    struct reply *reply = &connection->request.reply;
    reply_clear(&connection->request);
    reply->is_ready = reply->closes = true;
    buffer_init_fixed(&reply->head, reply->memory, sizeof reply->memory);
    buffer_add(
        &reply->head, is_endless ? TEXT("HTTP/1.1 200 OK\r\n") : TEXT("\x01\x02 garbage\n\n\n"));
    if (!is_endless)
        return;
    size_t size = 64 << 20;
    char *endless = arena_alloc(&connection->arena, size);
    if (!endless)
        return;
    static const text field =
        TEXT_INIT("x-endless: 0123456789abcdef0123456789abcdef0123456789\r\n");
    for (size_t at = 0; at < size; at++)
        endless[at] = field.data[at % field.size];
    reply->text = (text){endless, size};
}

/* With this option, closing sends RST in the place of FIN. */
static void reset(struct connection *connection)
{
    struct linger at_once = {.l_onoff = 1};
    int fd = connection->stream.socket.fd;
    if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) != 0)
        LOG(&connection->server->log, LOG_LEVEL_WARNING, "a reset is a mere close");
    connection_end(connection);
}

/* false: there will be no answer. */
static bool suffer(struct connection *connection)
{
    if (strikes(connection, FAULT_RESET)) {
        reset(connection);
        return false;
    }
    if (strikes(connection, FAULT_SILENT))
        return false;
    if (strikes(connection, FAULT_GARBAGE))
        spoil_reply(connection, false);
    else if (strikes(connection, FAULT_ENDLESS))
        spoil_reply(connection, true);
    if (strikes(connection, FAULT_TRUNCATE))
        truncate_reply(&connection->request.reply);
    if (strikes(connection, FAULT_CORRUPT))
        corrupt_reply(connection);
    return true;
}

static void timer_fired(struct ring_timer *timer)
{
    struct connection *connection = CONTAINER_OF(timer, struct connection, timer);
    if (connection->state == CONNECTION_READING)
        take_input(connection, (text){0});
    else
        send_some(connection);
}

void connection_reply(struct connection *connection)
{
    struct server *server = connection->server;
    check(connection->request.reply.is_ready);
    server_count(server, &connection->request);
    if (!server->faults.active || connection->request.service == SERVICE_ADMIN) {
        send_some(connection);
        return;
    }
    connection->state = CONNECTION_WAITING;
    if (!suffer(connection))
        return;
    uint64_t delay_ns = faults_delay_ns(&server->faults, &server->random);
    if (!delay_ns) {
        send_some(connection);
        return;
    }
    connection->active_ns = ring_now_ns(server->ring) + delay_ns;
    ring_timer_set(server->ring, &connection->timer, connection->active_ns);
}

/* ---- Receiving --------------------------------------------------------------- */

static void answer(struct connection *connection)
{
    struct request *request = &connection->request;
    struct server *server = connection->server;
    connection->state = CONNECTION_WAITING;
    if (server->faults.active && request->service != SERVICE_ADMIN &&
        strikes(connection, FAULT_STATUS503))
        request_refuse_as_busy(request);
    request_answer(request);
    if (connection->state == CONNECTION_WAITING && request->reply.is_ready)
        connection_reply(connection);
}

/* An answer to what is no request; then the end. */
static void refuse_head(struct connection *connection, int status)
{
    struct request *request = &connection->request;
    request->http = (struct http_request){.method = TEXT("GET")};
    request->reply.closes = true;
    reply_begin(request, status);
    reply_end(request);
    connection->is_in_body = true;
    connection->state = CONNECTION_WAITING;
    connection_reply(connection);
}

static void wait_for_body(struct connection *connection, const char *head, size_t size)
{
    struct request *request = &connection->request;
    if (!request_keep(request, head, size)) {
        connection_end(connection);
        return;
    }
    bool is_waste = request->http.expect_continue || request->body.left > BODY_DROPPED_MOST;
    if (request->refusal && is_waste) {
        request->reply.closes = true;
        answer(connection);
        return;
    }
    if (request->http.expect_continue) {
        struct iovec piece;
        size_t count = 0;
        add_piece(&piece, &count, continue_line);
        connection->is_continuing = true;
        net_stream_send(&connection->stream, &piece, 1, RING_SEND_REPORT);
    }
    struct iovec room = body_room(request);
    if (room.iov_len) {
        connection->state = CONNECTION_FILLING;
        net_stream_receive_into(&connection->stream, room.iov_base, room.iov_len);
    }
}

/* Takes a head, and as much of its body as is there. false: more is needed first. */
static bool take_head(struct connection *connection, text *input)
{
    struct request *request = &connection->request;
    size_t size = http_head_size(*input, connection->checked);
    if (!size || size > HEAD_MOST) {
        connection->checked = input->size;
        if (input->size > HEAD_MOST)
            refuse_head(connection, 431);
        return false;
    }
    connection->checked = 0;
    request_release(request);
    arena_clear(&connection->arena);
    char *head = (char *)(uintptr_t)input->data;
    *input = text_after(*input, size);
    request_clear(request);
    if (http_request_parse(&request->http, head, size, &connection->arena)) {
        refuse_head(connection, 400);
        return true;
    }
    connection->is_in_body = true;
    request->head = (text){head, size};
    request_start(request);
    if (!request->body.is_done)
        body_take(request, input);
    if (input->size)
        connection->pipelines = true;
    if (request->body.is_done)
        answer(connection);
    else
        wait_for_body(connection, head, size);
    return true;
}

static bool take_body(struct connection *connection, text *input)
{
    struct request *request = &connection->request;
    body_take(request, input);
    if (input->size)
        connection->pipelines = true;
    if (request->body.is_done) {
        answer(connection);
        return true;
    }
    struct iovec room = body_room(request);
    if (room.iov_len) {
        connection->state = CONNECTION_FILLING;
        net_stream_receive_into(&connection->stream, room.iov_base, room.iov_len);
    }
    return true;
}

/* Adds to what is kept, unless no one will look at it. false: no memory, or too much. */
static bool keep(struct connection *connection, text input)
{
    struct budget *memory = &connection->server->memory;
    if (connection->is_in_body && connection->request.reply.closes)
        return true;
    size_t wanted = connection->kept_size + input.size;
    if (wanted > KEPT_MOST)
        return false;
    if (wanted > connection->kept_capacity) {
        size_t capacity = 4096;
        while (capacity < wanted)
            capacity *= 2;
        char *kept = budget_alloc(memory, capacity);
        if (!kept)
            return false;
        if (connection->kept_size)
            memcpy(kept, connection->kept, connection->kept_size);
        budget_free(memory, connection->kept, connection->kept_capacity);
        connection->kept = kept;
        connection->kept_capacity = capacity;
    }
    memcpy(connection->kept + connection->kept_size, input.data, input.size);
    connection->kept_size = wanted;
    return true;
}

static void take_all(struct connection *connection, text *input)
{
    while (input->size && connection->state == CONNECTION_READING) {
        bool goes_on =
            connection->is_in_body ? take_body(connection, input) : take_head(connection, input);
        if (!goes_on)
            return;
    }
}

/* While a request is being answered, what follows it had better stay with the kernel. */
static void hold_back(struct connection *connection)
{
    bool waits = connection->state == CONNECTION_WAITING || connection->state == CONNECTION_SENDING;
    if (waits && connection->kept_size && !connection->is_held_back) {
        connection->is_held_back = true;
        net_stream_receive_stop(&connection->stream);
    } else if (connection->state == CONNECTION_READING && connection->is_held_back) {
        connection->is_held_back = false;
        net_stream_receive(&connection->stream);
    }
}

/* What is kept, if anything, then input. */
static void take_input(struct connection *connection, text input)
{
    if (connection->state == CONNECTION_READING)
        ring_timer_clear(connection->server->ring, &connection->timer);
    bool has_room = true;
    if (!connection->kept_size) {
        take_all(connection, &input);
        if (input.size && connection->state != CONNECTION_CLOSING)
            has_room = keep(connection, input);
    } else {
        has_room = !input.size || keep(connection, input);
        text kept = {connection->kept, connection->kept_size};
        if (has_room)
            take_all(connection, &kept);
        memmove(connection->kept, kept.data, kept.size);
        connection->kept_size = kept.size;
    }
    if (has_room)
        hold_back(connection);
    else
        connection_end(connection);
}

/* A request that cannot be the proof that the last answer arrived waits until that is on its way.
 */
static void take_bytes(struct connection *connection, text input)
{
    struct ring *ring = connection->server->ring;
    bool is_early = connection->state == CONNECTION_READING &&
                    connection->quiet_enters == ring_counters(ring)->enters;
    if (!is_early) {
        take_input(connection, input);
        return;
    }
    connection->pipelines = true;
    if (!keep(connection, input))
        connection_end(connection);
    else if (!ring_timer_is_set(&connection->timer))
        ring_timer_set(ring, &connection->timer, connection->active_ns + 1);
}

static void stream_received(
    struct net_stream *stream, const void *bytes, size_t size, inia_status status)
{
    struct connection *connection = CONTAINER_OF(stream, struct connection, stream);
    if (connection->state == CONNECTION_CLOSING)
        return;
    connection->active_ns = ring_now_ns(connection->server->ring);
    if (size) {
        take_bytes(connection, (text){bytes, size});
        return;
    }
    connection->ends = true;
    if (connection->state != CONNECTION_SENDING || status != INIA_OK)
        connection_end(connection);
}

static void stream_filled(struct net_stream *stream, size_t size, inia_status status)
{
    struct connection *connection = CONTAINER_OF(stream, struct connection, stream);
    if (connection->state == CONNECTION_CLOSING)
        return;
    connection->active_ns = ring_now_ns(connection->server->ring);
    struct iovec room = body_room(&connection->request);
    if (status != INIA_OK || size < room.iov_len) {
        connection_end(connection);
        return;
    }
    body_filled(&connection->request, size);
    connection->state = CONNECTION_READING;
    room = body_room(&connection->request);
    if (room.iov_len) {
        connection->state = CONNECTION_FILLING;
        net_stream_receive_into(stream, room.iov_base, room.iov_len);
        return;
    }
    connection->is_held_back = false;
    net_stream_receive(stream);
    if (connection->request.body.is_done)
        answer(connection);
}

static void stream_opened(struct net_stream *stream, inia_status status, const char *detail)
{
    struct connection *connection = CONTAINER_OF(stream, struct connection, stream);
    if (connection->state == CONNECTION_CLOSING)
        return;
    if (status != INIA_OK) {
        LOG(&connection->server->log, LOG_LEVEL_INFO, "a connection failed: %s", detail);
        connection_end(connection);
        return;
    }
    connection->state = CONNECTION_READING;
    net_stream_receive(stream);
}

/* ---- Beginning ---------------------------------------------------------------- */

static const struct net_stream_events stream_events = {
    .opened = stream_opened,
    .received = stream_received,
    .filled = stream_filled,
    .sent = stream_sent,
    .closed = stream_closed,
};

void connection_accept(struct server *server, int fd, struct net_identity *identity)
{
    struct connection *connection = slab_take(&server->connection_slab);
    if (!connection) {
        close(fd);
        return;
    }
    memset(connection, 0, offsetof(struct connection, request));
    connection->quiet_enters = UINT64_MAX;
    request_init(&connection->request, connection, server, &connection->arena);
    connection->server = server;
    connection->active_ns = ring_now_ns(server->ring);
    connection->timer.fire = timer_fired;
    arena_init(&connection->arena, &server->blocks);
    list_push(&server->connections, &connection->link);
    server->counters.connections++;
    net_stream_init(&connection->stream, server->net, &stream_events);
    net_stream_accept(&connection->stream, fd, identity);
}
