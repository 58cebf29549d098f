#include "uring.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

enum {
    BACKLOG = 4096,
    AGAIN_NS = 20 * 1000 * 1000, /* after an error that would only repeat, such as EMFILE */
};

static void arm(struct ring_listener *listener)
{
    struct io_uring_sqe *entry =
        uring_entry(listener->ring, uring_tag(URING_ACCEPT, listener->slot, listener->generation));
    io_uring_prep_multishot_accept(entry, listener->fd, NULL, NULL, SOCK_CLOEXEC);
}

static void arm_again(struct ring_timer *timer)
{
    arm(CONTAINER_OF(timer, struct ring_listener, again));
}

static uint16_t bound_port(int fd)
{
    struct sockaddr_storage address = {0};
    socklen_t size = sizeof address;
    if (getsockname(fd, (struct sockaddr *)&address, &size))
        return 0;
    if (address.ss_family == AF_INET)
        return ntohs(((struct sockaddr_in *)(void *)&address)->sin_port);
    if (address.ss_family == AF_INET6)
        return ntohs(((struct sockaddr_in6 *)(void *)&address)->sin6_port);
    return 0;
}

/* A listening descriptor; -1 with errno. What is accepted from it inherits TCP_NODELAY. */
static int open_listening(const struct sockaddr *address, socklen_t size)
{
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    int on = 1;
    if (address->sa_family != AF_UNIX) {
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    if (bind(fd, address, size) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

int ring_listen(
    struct ring_listener *listener, struct ring *ring, const struct sockaddr *address,
    socklen_t size, void (*accepted)(struct ring_listener *, int, int))
{
    *listener = (struct ring_listener){.ring = ring, .accepted = accepted, .fd = -1};
    int fd = open_listening(address, size);
    if (fd < 0)
        return errno;
    listener->slot = uring_slots_take(&ring->slots, listener, &listener->generation);
    if (!listener->slot) {
        close(fd);
        return ENOMEM;
    }
    listener->fd = fd;
    listener->port = bound_port(fd);
    listener->again.fire = arm_again;
    arm(listener);
    return 0;
}

size_t uring_accept_done(
    struct ring *ring, struct ring_listener *listener, struct uring_result done)
{
    if (done.result == -ECANCELED || done.result == -EINTR || done.result == -EAGAIN) {
        arm(listener);
        return 0;
    }
    if (!(done.flags & IORING_CQE_F_MORE)) {
        if (done.result >= 0)
            arm(listener);
        else
            ring_timer_set(ring, &listener->again, ring->now_ns + AGAIN_NS);
    }
    ring->counters.accepted += done.result >= 0;
    if (done.result >= 0)
        listener->accepted(listener, done.result, 0);
    else
        listener->accepted(listener, -1, -done.result);
    return 1;
}

void ring_listener_close(struct ring_listener *listener)
{
    if (listener->fd < 0)
        return;
    struct ring *ring = listener->ring;
    uint64_t tag = uring_tag(URING_ACCEPT, listener->slot, listener->generation);
    ring_timer_clear(ring, &listener->again);
    /* The accept holds on to the socket until it is cancelled; nobody shall connect to it
     * meanwhile. */
    shutdown(listener->fd, SHUT_RDWR);
    close(listener->fd);
    uring_cancel(ring, tag, uring_tag(URING_NOTHING, 0, 0));
    uring_slots_give(&ring->slots, listener->slot);
    listener->fd = -1;
}
