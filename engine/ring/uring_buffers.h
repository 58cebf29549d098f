/*
 * buffers: what the kernel receives into, shared by all sockets of a ring. A buffer is out only
 * while received() runs; it is never lent to the application.
 */
#ifndef RING_URING_BUFFERS_H
#define RING_URING_BUFFERS_H

#include "ring.h"

#include <liburing.h>

enum { URING_BUFFER_GROUP = 0, URING_MAX_BUFFERS = 32768 };

struct uring_buffers {
    struct io_uring_buf_ring *entries; /* shared with the kernel */
    uint32_t count;                    /* a power of two */
    char *bytes;
    void *memory; /* what bytes lie in */
};

/* 0 or an errno; ENOBUFS: the budget has no room for them. */
int uring_buffers_init(
    struct uring_buffers *buffers, struct io_uring *uring, struct budget *memory,
    uint32_t count) MUST_USE;
void uring_buffers_release(
    struct uring_buffers *buffers, struct io_uring *uring, struct budget *memory);

static inline char *uring_buffers_at(const struct uring_buffers *buffers, unsigned number)
{
    check(number < buffers->count);
    return buffers->bytes + (size_t)number * RING_BUFFER_SIZE;
}

/* The kernel may use it again. */
static inline void uring_buffers_give(struct uring_buffers *buffers, unsigned number)
{
    io_uring_buf_ring_add(
        buffers->entries, uring_buffers_at(buffers, number), RING_BUFFER_SIZE,
        (unsigned short)number, (int)buffers->count - 1, 0);
    io_uring_buf_ring_advance(buffers->entries, 1);
}

#endif
