/* Real files, but read and written only when the virtual disk gets to it. */
#include "world_inner.h"

#include <errno.h>
#include <unistd.h>

enum { DISK_NS = 300000 /* at most */ };

static ssize_t move_part(struct ring_file_work *work)
{
    off_t offset = (off_t)work->offset;
    if (work->writes)
        return pwrite(work->fd, work->at, work->left, offset);
    return pread(work->fd, work->at, work->left, offset);
}

static void run(struct ring_timer *timer)
{
    struct ring_file_work *work = CONTAINER_OF(timer, struct ring_file_work, refused);
    while (work->left) {
        ssize_t moved = move_part(work);
        if (moved < 0 && errno == EINTR)
            continue;
        if (moved < 0)
            work->error = errno;
        else if (moved == 0 && work->writes)
            work->error = EIO;
        if (moved <= 0)
            break;
        work->at += moved;
        work->left -= (size_t)moved;
        work->size += (size_t)moved;
        work->offset += (uint64_t)moved;
    }
    work->running = false;
    work->done(work, work->size, work->error);
}

static void start(struct ring *ring, struct ring_file_work *work)
{
    check(work->done);
    work->ring = ring;
    work->running = true;
    work->size = 0;
    work->error = 0;
    work->refused = (struct ring_timer){.fire = run};
    timer_wheel_set(&ring->timers, &work->refused, the_world.now_ns + world_random(DISK_NS));
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
