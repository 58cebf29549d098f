/* Design notes
 *
 * The wire marks a socket as ready; its ring tells it so in its own turn. What the real kernel may
 * do with memory it was given, this does: the bytes of a send are read only some microseconds
 * later, piece by piece; memory to be filled is written until closed() runs; and what received()
 * shows is freed behind it.
 */
#include "world_inner.h"

#include <errno.h>
#include <stdlib.h>

/* Bits of ring_socket.state. */
enum {
    CONNECTING = 1 << 0,
    CONNECT_DUE = 1 << 1,
    RECEIVING = 1 << 2,
    ONE_MORE = 1 << 3, /* received() once more, although it was stopped */
    FILLING = 1 << 4,
    SENDING = 1 << 5,
    SEND_TELLS = 1 << 6,
    SENT_DUE = 1 << 7,
    REFUSED_DUE = 1 << 8, /* a send that came too early */
    END_TOLD = 1 << 9,
    CLOSING = 1 << 10,
    CLOSED_DUE = 1 << 11,
};

enum {
    STEP_NS = 20000,   /* at most, until the kernel gets to a send */
    CLOSE_NS = 200000, /* at most, until closed() */
};

void ring_socket_init(
    struct ring_socket *socket, struct ring *ring, const struct ring_socket_events *events)
{
    check(ring && events);
    memset(socket, 0, sizeof *socket);
    socket->ring = ring;
    socket->events = events;
    socket->fd = -1;
}

static bool is(const struct ring_socket *socket, unsigned bits)
{
    return socket->state & bits;
}

static void turn_on(struct ring_socket *socket, unsigned bits)
{
    socket->state |= (uint16_t)bits;
}

static void turn_off(struct ring_socket *socket, unsigned bits)
{
    socket->state &= (uint16_t)~bits;
}

void world_socket_is_ready(struct ring_socket *socket)
{
    if (!link_is_listed(&socket->link))
        list_push(&socket->ring->ready, &socket->link);
}

/* ---- Connecting ---------------------------------------------------------- */

void ring_connect(struct ring_socket *socket, const struct sockaddr *address, socklen_t size)
{
    check(socket->fd < 0 && !socket->state);
    struct world_end *end = world_connection_new();
    end->socket = socket;
    socket->fd = end->fd;
    socket->ring->counters.sockets_opened++;
    the_world.counters.open++;
    turn_on(socket, CONNECTING);
    world_wire_connect(end, address, size);
}

void ring_adopt(struct ring_socket *socket, int fd)
{
    check(socket->fd < 0 && !socket->state);
    struct world_end *end = world_end_of(fd);
    check(!end->socket && !end->service && !end->is_gone);
    end->socket = socket;
    socket->fd = fd;
    socket->ring->counters.sockets_opened++;
    the_world.counters.open++;
}

void ring_move(struct ring_socket *to, struct ring_socket *from)
{
    check(to->ring == from->ring && to->fd < 0 && !to->state);
    check(from->fd >= 0 && !from->state);
    to->fd = from->fd;
    world_end_of(to->fd)->socket = to;
    list_remove(&from->link);
    ring_socket_init(from, from->ring, from->events);
}

/* The world's peers never vanish without a trace but by WORLD_STALL, which is for ever. */
void ring_guard(struct ring_socket *socket, uint32_t idle_s, uint32_t silence_ms)
{
    check(socket->fd >= 0);
    (void)idle_s;
    (void)silence_ms;
}

void world_socket_connected(struct ring_socket *socket, int error)
{
    if (is(socket, CLOSING))
        return;
    turn_off(socket, CONNECTING);
    turn_on(socket, CONNECT_DUE);
    socket->error = error;
    world_socket_is_ready(socket);
}

/* ---- Sending ------------------------------------------------------------- */

static void send_on(struct world_event *event);

static void send_on_later(struct world_end *end)
{
    if (end->step_is_due)
        return;
    end->step_is_due = true;
    world_event_add(the_world.now_ns + world_random(STEP_NS), send_on, end);
}

void world_socket_may_send(struct ring_socket *socket)
{
    if (is(socket, SENDING) && !is(socket, CLOSING))
        send_on_later(world_end_of(socket->fd));
}

/* Up to size bytes of the pieces leave. */
static void send_part(struct ring_socket *socket, struct world_end *to, size_t size)
{
    while (size) {
        struct iovec *piece = &socket->pieces[0];
        size_t part = piece->iov_len < size ? piece->iov_len : size;
        world_wire_send(to, piece->iov_base, part);
        piece->iov_base = (char *)piece->iov_base + part;
        piece->iov_len -= part;
        socket->send_left -= part;
        socket->ring->counters.bytes_sent += part;
        size -= part;
        if (!piece->iov_len) {
            socket->piece_count--;
            memmove(socket->pieces, socket->pieces + 1, socket->piece_count * sizeof *piece);
        }
    }
}

static void finish_send(struct ring_socket *socket, int error)
{
    struct world_end *end = world_end_of(socket->fd);
    turn_off(socket, SENDING);
    end->send_error = error;
    if (error || is(socket, SEND_TELLS)) {
        turn_on(socket, SENT_DUE);
        world_socket_is_ready(socket);
    }
}

static void send_on(struct world_event *event)
{
    struct world_end *end = event->end;
    struct ring_socket *socket = end->socket;
    end->step_is_due = false;
    if (!socket || !is(socket, SENDING) || is(socket, CLOSING))
        return;
    if (end->is_broken || !end->is_open) {
        finish_send(socket, EPIPE);
        return;
    }
    size_t room = world_wire_room(end->other);
    size_t most = socket->send_left < room ? socket->send_left : room;
    if (most > 1 && world_random(2))
        most = 1 + world_random(most);
    send_part(socket, end->other, most);
    if (!socket->send_left)
        finish_send(socket, 0);
    else if (most)
        send_on_later(end);
}

void ring_send(struct ring_socket *socket, const struct iovec *pieces, size_t count, uint32_t flags)
{
    check(count <= RING_MAX_PIECES);
    check(socket->fd >= 0 && !is(socket, CLOSING | CONNECTING));
    if (is(socket, SENDING | SENT_DUE)) {
        turn_on(socket, REFUSED_DUE);
        world_socket_is_ready(socket);
        return;
    }
    socket->piece_count = 0;
    socket->send_left = 0;
    for (size_t i = 0; i < count; i++) {
        if (!pieces[i].iov_len)
            continue;
        socket->pieces[socket->piece_count++] = pieces[i];
        socket->send_left += pieces[i].iov_len;
    }
    bool is_quiet = flags & RING_SEND_QUIET;
    if (is_quiet && !socket->send_left)
        return;
    turn_off(socket, SEND_TELLS);
    turn_on(socket, SENDING | (is_quiet ? 0 : SEND_TELLS));
    send_on_later(world_end_of(socket->fd));
}

uint64_t ring_acknowledged(const struct ring_socket *socket)
{
    return socket->fd >= 0 ? world_end_of(socket->fd)->other->taken : 0;
}

/* ---- Receiving ----------------------------------------------------------- */

static bool has_news(const struct ring_socket *socket)
{
    if (socket->fd < 0)
        return false;
    const struct world_end *end = world_end_of(socket->fd);
    return end->arrived || end->ended;
}

void ring_receive(struct ring_socket *socket)
{
    check(socket->fd >= 0 && !is(socket, CLOSING | CONNECTING | FILLING));
    turn_on(socket, RECEIVING);
    if (has_news(socket))
        world_socket_is_ready(socket);
}

void ring_receive_stop(struct ring_socket *socket)
{
    if (!is(socket, RECEIVING))
        return;
    turn_off(socket, RECEIVING);
    if (!is(socket, CLOSING) && has_news(socket) && world_random(2)) {
        turn_on(socket, ONE_MORE);
        world_socket_is_ready(socket);
    }
}

void ring_receive_into(struct ring_socket *socket, void *memory, size_t size, uint32_t flags)
{
    check(socket->fd >= 0 && !is(socket, CLOSING | CONNECTING | FILLING));
    check(size <= 1 << 30);
    turn_off(socket, RECEIVING | ONE_MORE);
    turn_on(socket, FILLING);
    socket->fill_at = memory;
    socket->fill_left = size;
    socket->fill_done = 0;
    socket->fill_flags = flags;
    if (!size || has_news(socket))
        world_socket_is_ready(socket);
}

static size_t tell_filled(struct ring_socket *socket, int error)
{
    turn_off(socket, FILLING);
    socket->events->filled(socket, socket->fill_done, error);
    return 1;
}

static size_t fill_on(struct ring_socket *socket, struct world_end *end)
{
    size_t size = world_wire_read(end, socket->fill_at, socket->fill_left);
    socket->ring->counters.bytes_received += size;
    socket->fill_at += size;
    socket->fill_left -= size;
    socket->fill_done += size;
    bool is_enough = socket->fill_done && !(socket->fill_flags & RING_FILL_ALL);
    if (!socket->fill_left || is_enough)
        return tell_filled(socket, 0);
    if (!end->ended)
        return 0;
    turn_on(socket, END_TOLD);
    return tell_filled(socket, end->error);
}

static size_t tell_bytes(struct ring_socket *socket, struct world_end *end)
{
    size_t size = end->arrived < RING_BUFFER_SIZE ? end->arrived : RING_BUFFER_SIZE;
    if (world_random(4) == 0)
        size = 1 + world_random(size);
    char *bytes = world_allocate(size);
    check(world_wire_read(end, bytes, size) == size);
    socket->ring->counters.bytes_received += size;
    turn_off(socket, ONE_MORE);
    socket->events->received(socket, bytes, size, 0);
    free(bytes);
    return 1;
}

static size_t receive_on(struct ring_socket *socket)
{
    struct world_end *end = world_end_of(socket->fd);
    if (is(socket, FILLING))
        return fill_on(socket, end);
    if (!is(socket, RECEIVING | ONE_MORE))
        return 0;
    if (end->arrived)
        return tell_bytes(socket, end);
    turn_off(socket, ONE_MORE);
    if (!end->ended || is(socket, END_TOLD) || !is(socket, RECEIVING))
        return 0;
    turn_on(socket, END_TOLD);
    socket->events->received(socket, NULL, 0, end->error);
    return 1;
}

/* ---- Closing ------------------------------------------------------------- */

static void closing_is_over(struct world_event *event)
{
    if (!event->end->socket)
        return; /* the ring has gone */
    turn_on(event->end->socket, CLOSED_DUE);
    world_socket_is_ready(event->end->socket);
}

void ring_close(struct ring_socket *socket)
{
    check(!is(socket, CLOSING));
    turn_on(socket, CLOSING);
    list_remove(&socket->link);
    if (socket->fd < 0) {
        turn_on(socket, CLOSED_DUE);
        world_socket_is_ready(socket);
        return;
    }
    struct world_end *end = world_end_of(socket->fd);
    if (end->is_open && end->arrived)
        world_wire_reset(end->other);
    else if (end->is_open)
        world_wire_end(end->other);
    end->is_open = false;
    end->is_gone = true;
    world_event_add(the_world.now_ns + world_random(CLOSE_NS), closing_is_over, end);
}

/* Uses for the last time what is the kernel's until closed(): a sanitizer sees it if it is not. */
static void touch_memory(struct ring_socket *socket)
{
    if (is(socket, FILLING) && socket->fill_left)
        memset(socket->fill_at, 0xEE, socket->fill_left);
    unsigned sum = 0;
    for (uint32_t i = 0; is(socket, SENDING) && i < socket->piece_count; i++)
        for (size_t k = 0; k < socket->pieces[i].iov_len; k++)
            sum += ((volatile unsigned char *)socket->pieces[i].iov_base)[k];
    (void)sum;
}

static size_t finish_close(struct ring_socket *socket)
{
    touch_memory(socket);
    if (socket->fd >= 0) {
        world_end_of(socket->fd)->socket = NULL;
        socket->ring->counters.sockets_closed++;
        the_world.counters.open--;
    }
    socket->fd = -1;
    socket->state = 0;
    socket->events->closed(socket);
    return 1;
}

void world_forget_sockets(struct ring *ring)
{
    for (size_t i = 0; i < the_world.end_count; i++) {
        struct ring_socket *socket = the_world.ends[i]->socket;
        if (!socket || socket->ring != ring)
            continue;
        check(is(socket, CLOSING)); /* or else its owner forgot to close it */
        touch_memory(socket);
        the_world.ends[i]->socket = NULL;
        the_world.counters.open--;
    }
}

/* ---- Telling ------------------------------------------------------------- */

static size_t tell(struct ring_socket *socket)
{
    if (is(socket, CLOSING))
        return is(socket, CLOSED_DUE) ? finish_close(socket) : 0;
    if (is(socket, CONNECT_DUE)) {
        turn_off(socket, CONNECT_DUE);
        socket->events->connected(socket, socket->error);
        return 1;
    }
    if (is(socket, SENT_DUE | REFUSED_DUE)) {
        unsigned which = is(socket, SENT_DUE) ? SENT_DUE : REFUSED_DUE;
        int error = which == SENT_DUE ? world_end_of(socket->fd)->send_error : EALREADY;
        turn_off(socket, which);
        world_socket_is_ready(socket);
        socket->events->sent(socket, error);
        return 1;
    }
    return receive_on(socket);
}

static bool has_more_to_tell(const struct ring_socket *socket)
{
    if (is(socket, CLOSING))
        return is(socket, CLOSED_DUE);
    if (is(socket, CONNECT_DUE | SENT_DUE | REFUSED_DUE))
        return true;
    if (socket->fd < 0 || !is(socket, RECEIVING | ONE_MORE | FILLING))
        return false;
    const struct world_end *end = world_end_of(socket->fd);
    return end->arrived || (end->ended && (is(socket, FILLING) || !is(socket, END_TOLD)));
}

/* One thing for each of those ready now; closed() may have freed a socket, so it is not looked at.
 */
size_t world_run_ready(struct ring *ring)
{
    size_t ran = 0;
    for (size_t count = ring->ready.count; count > 0; count--) {
        struct list_link *link = list_pop(&ring->ready);
        if (!link)
            break;
        struct ring_socket *socket = CONTAINER_OF(link, struct ring_socket, link);
        bool goes = is(socket, CLOSED_DUE);
        ran += tell(socket);
        if (!goes && has_more_to_tell(socket))
            world_socket_is_ready(socket);
    }
    ring->counters.completions += ran;
    return ran;
}
