#include "uring.h"

#include <errno.h>

static void start_part(struct ring_file_work *work)
{
    struct io_uring_sqe *entry =
        uring_entry(work->ring, uring_tag(URING_FILE, work->slot, work->generation));
    unsigned size = work->left < URING_MAX_OPERATION ? (unsigned)work->left : URING_MAX_OPERATION;
    if (work->writes)
        io_uring_prep_write(entry, work->fd, work->at, size, work->offset);
    else
        io_uring_prep_read(entry, work->fd, work->at, size, work->offset);
}

static size_t finish(struct ring_file_work *work)
{
    if (work->slot)
        uring_slots_give(&work->ring->slots, work->slot);
    work->slot = 0;
    work->running = false;
    work->done(work, work->size, work->error);
    return 1;
}

static void tell_refused(struct ring_timer *timer)
{
    struct ring_file_work *work = CONTAINER_OF(timer, struct ring_file_work, refused);
    work->error = ENOMEM;
    finish(work);
}

static void start(struct ring *ring, struct ring_file_work *work)
{
    check(work->done);
    work->ring = ring;
    work->running = true;
    work->size = 0;
    work->error = 0;
    work->slot = uring_slots_take(&ring->slots, work, &work->generation);
    if (work->slot) {
        start_part(work);
        return;
    }
    work->refused = (struct ring_timer){.fire = tell_refused};
    ring_timer_set(ring, &work->refused, ring->now_ns);
}

void ring_file_read(
    struct ring *ring, struct ring_file_work *work, int fd, void *memory, size_t size,
    uint64_t offset)
{
    check(!work->running);
    work->fd = fd;
    work->writes = false;
    work->at = memory;
    work->left = size;
    work->offset = offset;
    start(ring, work);
}

void ring_file_write(
    struct ring *ring, struct ring_file_work *work, int fd, const void *bytes, size_t size,
    uint64_t offset)
{
    check(!work->running);
    work->fd = fd;
    work->writes = true;
    work->at = (char *)(uintptr_t)bytes;
    work->left = size;
    work->offset = offset;
    start(ring, work);
}

size_t uring_file_done(struct ring_file_work *work, struct uring_result done)
{
    if (done.result > 0) {
        size_t size = (unsigned)done.result;
        check(size <= work->left);
        work->at += size;
        work->left -= size;
        work->size += size;
        work->offset += size;
    }
    bool is_passing = done.result == -EINTR || done.result == -EAGAIN;
    bool is_over = done.result == 0 || (done.result < 0 && !is_passing) || !work->left;
    if (!is_over) {
        start_part(work);
        return 0;
    }
    if (done.result < 0)
        work->error = -done.result;
    else if (work->writes && work->left)
        work->error = EIO;
    return finish(work);
}
