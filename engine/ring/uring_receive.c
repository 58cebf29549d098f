/* Design notes
 *
 * Small answers come by a multishot receive into buffers that all sockets share; large ones by one
 * receive straight into the owner's memory. Going from the first to the second, the multishot has
 * to be cancelled, and it goes on delivering until the kernel confirms that: what comes meanwhile
 * is copied to the owner's memory, and what does not fit there is kept as spill for whatever is
 * asked for next. Only when the multishot has ended is the receive for the rest started, so bytes
 * never overtake each other.
 *
 *     ring_receive                     ring_receive_into
 *        | arm                            | not armed: arm the fill
 *        v                                | armed: cancel
 *      ARMED  --- ring_receive_into ---> ARMED, DISARMING, FILLING
 *        |                                | last completion of the multishot
 *        | last completion                v
 *        +--> arm again, if wanted      FILL_ARMED --> filled()
 *        +--> starved, if no buffer
 *        +--> ENDED
 *
 * A multishot has ended when F_MORE is absent, whatever the result says.
 */
#include "uring_socket.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* ---- Starting ------------------------------------------------------------ */

static void arm(struct ring_socket *socket)
{
    struct io_uring_sqe *entry = uring_entry(socket->ring, socket_tag(socket, URING_RECEIVE));
    io_uring_prep_recv_multishot(entry, socket->fd, NULL, 0, 0);
    entry->flags |= IOSQE_BUFFER_SELECT;
    entry->buf_group = URING_BUFFER_GROUP;
    socket->state |= SOCKET_ARMED;
    socket->pending++;
}

static void disarm(struct ring_socket *socket)
{
    if ((socket->state & (SOCKET_ARMED | SOCKET_DISARMING)) != SOCKET_ARMED)
        return;
    socket->state |= SOCKET_DISARMING;
    uring_cancel(
        socket->ring, socket_tag(socket, URING_RECEIVE), socket_tag(socket, URING_CANCEL_INPUT));
}

static void arm_fill(struct ring_socket *socket)
{
    struct io_uring_sqe *entry = uring_entry(socket->ring, socket_tag(socket, URING_FILL));
    int flags = socket->fill_flags & RING_FILL_ALL ? MSG_WAITALL : 0;
    io_uring_prep_recv(entry, socket->fd, socket->fill_at, socket->fill_left, flags);
    socket->state |= SOCKET_FILL_ARMED;
    socket->pending++;
}

void ring_receive(struct ring_socket *socket)
{
    check(!(socket->state & (SOCKET_CLOSING | SOCKET_CONNECTING | SOCKET_FILLING)));
    if (socket->state & SOCKET_RECEIVING)
        return;
    socket->state |= SOCKET_RECEIVING;
    if (socket->state & SOCKET_ARMED)
        return;
    if (socket->spill || (socket->state & SOCKET_ENDED))
        socket_is_due(socket);
    else
        arm(socket);
}

void ring_receive_stop(struct ring_socket *socket)
{
    socket->state &= (uint16_t)~SOCKET_RECEIVING;
    if (!(socket->state & (SOCKET_FILLING | SOCKET_CLOSING)))
        disarm(socket);
}

static void fill_by(struct ring_socket *socket, size_t size)
{
    socket->fill_at += size;
    socket->fill_left -= size;
    socket->fill_done += size;
}

static bool fill_is_done(const struct ring_socket *socket)
{
    return !socket->fill_left || (socket->fill_done && !(socket->fill_flags & RING_FILL_ALL));
}

static void fill_from_spill(struct ring_socket *socket)
{
    fill_by(
        socket,
        spill_take(&socket->spill, &socket->ring->spills, socket->fill_at, socket->fill_left));
}

void ring_receive_into(struct ring_socket *socket, void *memory, size_t size, uint32_t flags)
{
    check(!(socket->state & (SOCKET_CLOSING | SOCKET_CONNECTING | SOCKET_FILLING)));
    check(size <= URING_MAX_OPERATION);
    socket->state &= (uint16_t)~SOCKET_RECEIVING;
    socket->state |= SOCKET_FILLING;
    socket->fill_at = memory;
    socket->fill_left = size;
    socket->fill_done = 0;
    socket->fill_flags = flags;
    fill_from_spill(socket);
    if (socket->state & SOCKET_ARMED)
        disarm(socket);
    else if (fill_is_done(socket) || (socket->state & SOCKET_ENDED))
        socket_is_due(socket);
    else
        arm_fill(socket);
}

/* ---- Telling ------------------------------------------------------------- */

static size_t tell_filled(struct ring_socket *socket)
{
    int error = 0;
    if (!fill_is_done(socket)) {
        error = socket->error;
        socket->state |= SOCKET_END_TOLD;
    }
    socket->state &= (uint16_t)~SOCKET_FILLING;
    socket->events->filled(socket, socket->fill_done, error);
    return 1;
}

static size_t tell_end(struct ring_socket *socket)
{
    if (socket->state & SOCKET_END_TOLD)
        return 0;
    socket->state |= SOCKET_END_TOLD;
    socket->events->received(socket, NULL, 0, socket->error);
    return 1;
}

static bool may_tell_received(const struct ring_socket *socket)
{
    return (socket->state & (SOCKET_RECEIVING | SOCKET_CLOSING)) == SOCKET_RECEIVING;
}

static size_t tell_spill(struct ring_socket *socket)
{
    size_t ran = 0;
    while (socket->spill && may_tell_received(socket)) {
        struct ring_spill *first = spill_pop(&socket->spill);
        socket->events->received(socket, first->bytes + first->at, first->end - first->at, 0);
        slab_give(&socket->ring->spills, first);
        ran++;
    }
    return ran;
}

size_t socket_receive_on(struct ring_socket *socket)
{
    const unsigned busy = SOCKET_ARMED | SOCKET_FILL_ARMED | SOCKET_CLOSING;
    if (socket->state & busy)
        return 0;
    if (socket->state & SOCKET_FILLING) {
        if (fill_is_done(socket) || (socket->state & SOCKET_ENDED))
            return tell_filled(socket);
        arm_fill(socket);
        return 0;
    }
    size_t ran = tell_spill(socket);
    if (!may_tell_received(socket) || socket->spill || (socket->state & busy))
        return ran;
    if (socket->state & SOCKET_ENDED)
        return ran + tell_end(socket);
    arm(socket);
    return ran;
}

/* ---- Completions --------------------------------------------------------- */

static void end(struct ring_socket *socket, int error)
{
    socket->state |= SOCKET_ENDED;
    socket->error = error;
}

static void keep_for_later(struct ring_socket *socket, const char *bytes, size_t size)
{
    if (size && !spill_add(&socket->spill, &socket->ring->spills, bytes, size)) {
        spill_clear(&socket->spill, &socket->ring->spills);
        end(socket, ENOMEM);
    }
}

static size_t take_bytes(struct ring_socket *socket, const char *bytes, size_t size)
{
    if ((socket->state & SOCKET_CLOSING) || (socket->state & SOCKET_ENDED))
        return 0;
    if (socket->state & SOCKET_FILLING) {
        size_t fits = size < socket->fill_left ? size : socket->fill_left;
        memcpy(socket->fill_at, bytes, fits);
        fill_by(socket, fits);
        keep_for_later(socket, bytes + fits, size - fits);
        return 0;
    }
    if (socket->spill) {
        keep_for_later(socket, bytes, size);
        return 0;
    }
    socket->events->received(socket, bytes, size, 0);
    return 1;
}

/* Of a receive that brought nothing: whether it is worth another try. */
static bool is_passing(int result)
{
    return result == -ECANCELED || result == -EINTR || result == -EAGAIN || result == -ENOBUFS;
}

static void starve(struct ring_socket *socket)
{
    socket->ring->counters.starved++;
    if (!link_is_listed(&socket->link))
        list_push(&socket->ring->starved, &socket->link);
}

size_t uring_receive_done(struct ring_socket *socket, struct uring_result done)
{
    size_t ran = 0;
    struct ring *ring = socket->ring;
    bool is_last = !(done.flags & IORING_CQE_F_MORE);
    if (is_last) {
        socket->state &= (uint16_t) ~(SOCKET_ARMED | SOCKET_DISARMING);
        socket->pending--;
    }
    if (done.result > 0) {
        unsigned number = done.flags >> IORING_CQE_BUFFER_SHIFT;
        ring->counters.bytes_received += (unsigned)done.result;
        ran += take_bytes(socket, uring_buffers_at(&ring->buffers, number), (size_t)done.result);
    } else if (is_last && !is_passing(done.result) && !(socket->state & SOCKET_ENDED)) {
        end(socket, -done.result);
    }
    if (done.flags & IORING_CQE_F_BUFFER)
        uring_buffers_give(&ring->buffers, done.flags >> IORING_CQE_BUFFER_SHIFT);
    if (!is_last)
        return ran;
    if (socket->state & SOCKET_CLOSING)
        return ran + socket_try_to_close(socket);
    if (done.result == -ENOBUFS && (socket->state & SOCKET_RECEIVING)) {
        starve(socket);
        return ran;
    }
    return ran + socket_receive_on(socket);
}

size_t uring_fill_done(struct ring_socket *socket, struct uring_result done)
{
    socket->state &= (uint16_t)~SOCKET_FILL_ARMED;
    socket->pending--;
    if (socket->state & SOCKET_CLOSING)
        return socket_try_to_close(socket);
    if (done.result > 0) {
        socket->ring->counters.bytes_received += (unsigned)done.result;
        fill_by(socket, (size_t)done.result);
    } else if (!is_passing(done.result)) {
        end(socket, -done.result);
    }
    return socket_receive_on(socket);
}

/*
 * The kernel did not find what was to be cancelled. If it has not ended either (6.0 to 6.4 could
 * overlook a multishot that was being run), it is asked again; a socket that closes is shut down,
 * which ends anything.
 */
size_t uring_cancel_input_done(struct ring_socket *socket, struct uring_result done)
{
    (void)done;
    if (socket->state & SOCKET_CLOSING) {
        if (socket->pending) {
            shutdown(socket->fd, SHUT_RDWR);
            socket_cancel_all(socket);
        }
    } else if (socket->state & SOCKET_DISARMING) {
        socket->state &= (uint16_t)~SOCKET_DISARMING;
        disarm(socket);
    }
    return 0;
}

void uring_feed_starved(struct ring *ring)
{
    for (uint32_t i = 0; i < ring->buffers.count; i++) {
        struct list_link *link = list_pop(&ring->starved);
        if (!link)
            break;
        struct ring_socket *socket = CONTAINER_OF(link, struct ring_socket, link);
        if ((socket->state & (SOCKET_RECEIVING | SOCKET_ARMED)) == SOCKET_RECEIVING)
            arm(socket);
    }
}

void uring_discard(struct ring *ring, enum uring_kind kind, struct uring_result done)
{
    if (done.flags & IORING_CQE_F_BUFFER)
        uring_buffers_give(&ring->buffers, done.flags >> IORING_CQE_BUFFER_SHIFT);
    if (kind == URING_ACCEPT && done.result >= 0)
        close(done.result);
}
