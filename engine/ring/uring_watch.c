#include "uring.h"

#include <poll.h>

void ring_watch_clear(struct ring *ring, struct ring_watch *watch)
{
    if (!watch->set)
        return;
    watch->set = false;
    ring_timer_clear(ring, &watch->refused);
    if (!watch->slot)
        return;
    uint64_t tag = uring_tag(URING_WATCH, watch->slot, watch->generation);
    uring_cancel(ring, tag, uring_tag(URING_NOTHING, 0, 0));
    uring_slots_give(&ring->slots, watch->slot);
}

static void tell_refused(struct ring_timer *timer)
{
    struct ring_watch *watch = CONTAINER_OF(timer, struct ring_watch, refused);
    watch->set = false;
    watch->ready(watch, POLLERR);
}

void ring_watch_set(struct ring *ring, struct ring_watch *watch, int fd, uint32_t events)
{
    check(watch->ready);
    ring_watch_clear(ring, watch);
    watch->fd = fd;
    watch->events = events;
    watch->set = true;
    watch->slot = uring_slots_take(&ring->slots, watch, &watch->generation);
    if (!watch->slot) {
        watch->refused = (struct ring_timer){.fire = tell_refused};
        ring_timer_set(ring, &watch->refused, ring->now_ns);
        return;
    }
    struct io_uring_sqe *entry =
        uring_entry(ring, uring_tag(URING_WATCH, watch->slot, watch->generation));
    io_uring_prep_poll_add(entry, fd, events);
}

size_t uring_watch_done(struct ring *ring, struct ring_watch *watch, struct uring_result done)
{
    uring_slots_give(&ring->slots, watch->slot);
    watch->set = false;
    watch->ready(watch, done.result > 0 ? (uint32_t)done.result : POLLERR);
    return 1;
}
