/* Design notes
 *
 * Another thread wakes the ring by one exchange; only if the ring was asleep does it cost a system
 * call, a write to an eventfd that the ring polls with a multishot. The poll reports every write,
 * so the eventfd is never read.
 *
 * The ring's own descriptor cannot be polled by the owner: with deferred work nobody would be
 * woken. An eventfd registered with the instance is signalled as soon as there is work; due timers
 * get there by one timeout that the kernel holds.
 */
#include "uring.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

int uring_wake_open(struct ring *ring)
{
    ring->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return ring->wake_fd < 0 ? errno : 0;
}

void uring_wake_close(struct ring *ring)
{
    if (ring->wake_fd >= 0)
        close(ring->wake_fd);
    int public_fd = atomic_load(&ring->public_fd);
    if (public_fd >= 0)
        close(public_fd);
}

void uring_wake_arm(struct ring *ring)
{
    uint64_t tag = uring_tag(URING_WAKE, 0, 0);
    struct io_uring_sqe *entry = uring_entry(ring, tag);
    io_uring_prep_poll_multishot(entry, ring->wake_fd, POLLIN);
    entry->user_data = tag;
}

static void signal_fd(int fd)
{
    int saved_errno = errno;
    uint64_t one = 1;
    ssize_t wrote = write(fd, &one, sizeof one);
    (void)wrote; /* fails only when it is readable already */
    errno = saved_errno;
}

void uring_signal_public(struct ring *ring)
{
    signal_fd(atomic_load(&ring->public_fd));
}

void ring_wake(struct ring *ring)
{
    int before = atomic_exchange(&ring->sleep, URING_WOKEN);
    if (before == URING_SLEEPING)
        signal_fd(ring->wake_fd);
    if (before != URING_WOKEN)
        ring_fd_signal(ring);
}

int ring_fd(struct ring *ring)
{
    int fd = atomic_load(&ring->public_fd);
    if (fd >= 0)
        return fd;
    fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0)
        return -1;
    int status = io_uring_register_eventfd(&ring->uring, fd);
    if (status < 0) {
        close(fd);
        errno = -status;
        return -1;
    }
    atomic_store(&ring->public_fd, fd);
    return fd;
}

void ring_fd_signal(struct ring *ring)
{
    int fd = atomic_load(&ring->public_fd);
    if (fd >= 0)
        signal_fd(fd);
}
