/* Design notes
 *
 * Closing: the kernel sends no FIN and does not let go of memory while an operation is under way,
 * so all are cancelled first, and the descriptor is closed when the last has ended. How a quiet
 * send stands is known to the kernel alone; its answer to the cancelling tells: found means that
 * one completion follows, not found means that the send was over.
 */
#include "uring_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

void ring_socket_init(
    struct ring_socket *socket, struct ring *ring, const struct ring_socket_events *events)
{
    check(ring && events);
    memset(socket, 0, sizeof *socket);
    socket->ring = ring;
    socket->events = events;
    socket->fd = -1;
}

void socket_is_due(struct ring_socket *socket)
{
    struct ring *ring = socket->ring;
    if (socket->link.list == &ring->due_sockets)
        return;
    list_remove(&socket->link);
    list_push(&ring->due_sockets, &socket->link);
}

/* ---- Connecting ---------------------------------------------------------- */

/* 0 or an errno. */
static int take_slot(struct ring_socket *socket)
{
    socket->slot = uring_slots_take(&socket->ring->slots, socket, &socket->generation);
    if (!socket->slot)
        return ENOMEM;
    socket->ring->counters.sockets_opened++;
    return 0;
}

static int open_descriptor(int family)
{
    bool is_tcp = family == AF_INET || family == AF_INET6;
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, is_tcp ? IPPROTO_TCP : 0);
    int on = 1;
    if (fd >= 0 && is_tcp)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

static int open_socket(struct ring_socket *socket, int family)
{
    int error = take_slot(socket);
    if (error)
        return error;
    socket->fd = open_descriptor(family);
    return socket->fd < 0 ? errno : 0;
}

void ring_connect(struct ring_socket *socket, const struct sockaddr *address, socklen_t size)
{
    check(socket->fd < 0 && !socket->state && size <= sizeof socket->address);
    socket->error = open_socket(socket, address->sa_family);
    if (socket->error) {
        socket->state |= SOCKET_CONNECT_FAILED;
        socket_is_due(socket);
        return;
    }
    memcpy(&socket->address, address, size);
    struct io_uring_sqe *entry = uring_entry(socket->ring, socket_tag(socket, URING_CONNECT));
    io_uring_prep_connect(
        entry, socket->fd, (const struct sockaddr *)(const void *)&socket->address, size);
    socket->state |= SOCKET_CONNECTING;
    socket->pending++;
}

void ring_adopt(struct ring_socket *socket, int fd)
{
    check(socket->fd < 0 && !socket->state && fd >= 0);
    /* Of a non-blocking descriptor the kernel would report EAGAIN instead of waiting. */
    int flags = fcntl(fd, F_GETFL);
    if (flags >= 0 && (flags & O_NONBLOCK))
        fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
    socket->fd = fd;
    socket->error = take_slot(socket);
    if (socket->error)
        socket->state |= SOCKET_ENDED;
}

void ring_move(struct ring_socket *to, struct ring_socket *from)
{
    check(to->ring == from->ring && to->fd < 0 && !to->state);
    check(from->fd >= 0 && !from->state && !from->pending && !link_is_listed(&from->link));
    to->fd = from->fd;
    to->slot = from->slot;
    to->generation = from->generation;
    uring_slots_move(&to->ring->slots, to->slot, to);
    ring_socket_init(from, from->ring, from->events);
}

size_t uring_connect_done(struct ring_socket *socket, struct uring_result done)
{
    socket->state &= (uint16_t)~SOCKET_CONNECTING;
    socket->pending--;
    if (socket->state & SOCKET_CLOSING)
        return socket_try_to_close(socket);
    socket->events->connected(socket, -done.result);
    return 1;
}

/* ---- Sending ------------------------------------------------------------- */

static void start_send(struct ring_socket *socket)
{
    bool is_quiet = !(socket->state & SOCKET_SENDING);
    struct io_uring_sqe *entry = uring_entry(socket->ring, socket_tag(socket, URING_SEND));
    const int flags = MSG_WAITALL | MSG_NOSIGNAL;
    if (socket->piece_count == 1) {
        size_t size = socket->pieces[0].iov_len;
        if (size > URING_MAX_OPERATION)
            size = URING_MAX_OPERATION;
        io_uring_prep_send(entry, socket->fd, socket->pieces[0].iov_base, size, flags);
    } else {
        socket->message = (struct msghdr){
            .msg_iov = socket->pieces,
            .msg_iovlen = socket->piece_count,
        };
        io_uring_prep_sendmsg(entry, socket->fd, &socket->message, flags);
    }
    if (is_quiet)
        entry->flags |= IOSQE_CQE_SKIP_SUCCESS;
    else
        socket->pending++;
}

static void copy_pieces(struct ring_socket *socket, const struct iovec *pieces, size_t count)
{
    socket->piece_count = 0;
    socket->send_left = 0;
    for (size_t i = 0; i < count; i++) {
        if (!pieces[i].iov_len)
            continue;
        socket->pieces[socket->piece_count++] = pieces[i];
        socket->send_left += pieces[i].iov_len;
    }
}

void ring_send(struct ring_socket *socket, const struct iovec *pieces, size_t count, uint32_t flags)
{
    check(count <= RING_MAX_PIECES);
    check(socket->fd >= 0 && !(socket->state & (SOCKET_CLOSING | SOCKET_CONNECTING)));
    if (!socket->slot || (socket->state & SOCKET_SENDING)) {
        socket->state |= SOCKET_SEND_REFUSED;
        socket_is_due(socket);
        return;
    }
    copy_pieces(socket, pieces, count);
    bool is_quiet = flags & RING_SEND_QUIET;
    if (is_quiet && !socket->send_left)
        return;
    socket->state &= (uint16_t) ~(SOCKET_SEND_TELLS | SOCKET_SENT_QUIETLY);
    if (is_quiet && socket->send_left <= RING_QUIET_LIMIT) {
        socket->state |= SOCKET_SENT_QUIETLY;
        socket->ring->counters.bytes_sent += socket->send_left;
    } else {
        socket->state |= (uint16_t)(SOCKET_SENDING | (is_quiet ? 0 : SOCKET_SEND_TELLS));
    }
    start_send(socket);
}

static void skip_sent(struct ring_socket *socket, size_t sent)
{
    check(sent <= socket->send_left);
    socket->send_left -= sent;
    size_t gone = 0;
    while (gone < socket->piece_count && sent >= socket->pieces[gone].iov_len)
        sent -= socket->pieces[gone++].iov_len;
    socket->piece_count -= (uint32_t)gone;
    memmove(socket->pieces, socket->pieces + gone, socket->piece_count * sizeof(struct iovec));
    if (sent) {
        socket->pieces[0].iov_base = (char *)socket->pieces[0].iov_base + sent;
        socket->pieces[0].iov_len -= sent;
    }
}

static size_t tell_sent(struct ring_socket *socket, int error)
{
    bool tells = socket->state & SOCKET_SEND_TELLS;
    socket->state &= (uint16_t)~SOCKET_SEND_TELLS;
    if (!tells && !error)
        return 0;
    socket->events->sent(socket, error);
    return 1;
}

/* A silent send comes here only when it failed or fell short. */
size_t uring_send_done(struct ring_socket *socket, struct uring_result done)
{
    if (socket->state & SOCKET_SENT_QUIETLY)
        socket->ring->counters.bytes_sent -= socket->send_left;
    if (socket->state & (SOCKET_SENDING | SOCKET_SEND_OWED))
        socket->pending--;
    socket->state &= (uint16_t) ~(SOCKET_SENDING | SOCKET_SENT_QUIETLY | SOCKET_SEND_OWED);
    if (socket->state & SOCKET_CLOSING)
        return socket_try_to_close(socket);
    if (done.result < 0 && done.result != -EINTR && done.result != -EAGAIN)
        return tell_sent(socket, -done.result);
    if (done.result > 0) {
        socket->ring->counters.bytes_sent += (unsigned)done.result;
        skip_sent(socket, (size_t)done.result);
    }
    if (!socket->send_left)
        return tell_sent(socket, 0);
    socket->state |= SOCKET_SENDING;
    start_send(socket);
    return 0;
}

/* ---- Closing ------------------------------------------------------------- */

static void cancel_silent_send(struct ring_socket *socket)
{
    struct io_uring_sqe *entry = uring_entry(socket->ring, socket_tag(socket, URING_CANCEL_SEND));
    io_uring_prep_cancel64(entry, socket_tag(socket, URING_SEND), 0);
    socket->pending++;
}

void socket_cancel_all(struct ring_socket *socket)
{
    uint64_t answer = socket_tag(socket, URING_CANCEL_INPUT);
    if (socket->state & SOCKET_CONNECTING)
        uring_cancel(socket->ring, socket_tag(socket, URING_CONNECT), answer);
    if (socket->state & SOCKET_ARMED)
        uring_cancel(socket->ring, socket_tag(socket, URING_RECEIVE), answer);
    if (socket->state & SOCKET_FILL_ARMED)
        uring_cancel(socket->ring, socket_tag(socket, URING_FILL), answer);
    if (socket->state & SOCKET_SENDING)
        uring_cancel(socket->ring, socket_tag(socket, URING_SEND), answer);
}

void ring_close(struct ring_socket *socket)
{
    check(!(socket->state & SOCKET_CLOSING));
    socket->state |= SOCKET_CLOSING;
    spill_clear(&socket->spill, &socket->ring->spills);
    socket_cancel_all(socket);
    if (socket->state & SOCKET_SENT_QUIETLY)
        cancel_silent_send(socket);
    if (!socket->pending) {
        socket_is_due(socket);
        return;
    }
    list_remove(&socket->link);
    list_push(&socket->ring->closing, &socket->link);
}

size_t socket_try_to_close(struct ring_socket *socket)
{
    check(socket->state & SOCKET_CLOSING);
    if (socket->pending)
        return 0;
    struct ring *ring = socket->ring;
    list_remove(&socket->link);
    if (socket->fd >= 0)
        close(socket->fd);
    socket->fd = -1;
    if (socket->slot) {
        uring_slots_give(&ring->slots, socket->slot);
        ring->counters.sockets_closed++;
    }
    socket->slot = 0;
    socket->state = 0;
    socket->events->closed(socket);
    return 1;
}

size_t uring_cancel_send_done(struct ring_socket *socket, struct uring_result done)
{
    socket->pending--;
    check(socket->state & SOCKET_CLOSING);
    if (socket->state & SOCKET_SENT_QUIETLY) {
        if (done.result == 0) {
            socket->state |= SOCKET_SEND_OWED;
            socket->pending++;
        } else if (done.result != -ENOENT) {
            cancel_silent_send(socket);
        }
    }
    return socket_try_to_close(socket);
}

/* ---- What the kernel does not bring -------------------------------------- */

static size_t tell(struct ring_socket *socket)
{
    if (socket->state & SOCKET_CLOSING)
        return socket_try_to_close(socket);
    if (socket->state & SOCKET_CONNECT_FAILED) {
        socket->state &= (uint16_t)~SOCKET_CONNECT_FAILED;
        socket->events->connected(socket, socket->error);
        return 1;
    }
    if (socket->state & SOCKET_SEND_REFUSED) {
        socket->state &= (uint16_t)~SOCKET_SEND_REFUSED;
        socket_is_due(socket);
        socket->events->sent(socket, socket->slot ? EALREADY : ENOMEM);
        return 1;
    }
    return socket_receive_on(socket);
}

/* What becomes due meanwhile waits for the next turn, or else a turn might have no end. */
size_t uring_run_due_sockets(struct ring *ring)
{
    size_t ran = 0;
    struct list_link *link;
    for (size_t count = ring->due_sockets.count; count > 0; count--) {
        if (!(link = list_pop(&ring->due_sockets)))
            break;
        ran += tell(CONTAINER_OF(link, struct ring_socket, link));
    }
    return ran;
}
