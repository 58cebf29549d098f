/* uring: the ring over io_uring, as its own files see it. Nothing outside engine/ring includes
 * this. */
#ifndef RING_URING_H
#define RING_URING_H

#include "ring.h"
#include "timer.h"
#include "uring_buffers.h"
#include "uring_slots.h"
#include "uring_spill.h"

#include <stdatomic.h>

enum {
    URING_SUBMISSIONS = 256, /* a small queue stays in the cache; when it is full, it is sent */
    URING_MIN_COMPLETIONS = 4096,  /* too few would end multishots */
    URING_MAX_COMPLETIONS = 65536, /* beyond this the kernel keeps what does not fit */
    URING_MAX_ROUNDS = 8, /* times a turn asks for more, so that timers get their turn too */
    URING_MAX_OPERATION = 1 << 30, /* bytes; the kernel moves at most INT_MAX */
};

/* What a completion is about; the first byte of its user_data. */
enum uring_kind {
    URING_NOTHING, /* nobody waits for it */
    URING_WAKE,
    URING_PUBLIC_TIMER,
    URING_CONNECT,
    URING_RECEIVE,
    URING_FILL,
    URING_SEND,
    URING_CANCEL_INPUT, /* of a connect, a receive or a fill: could not be cancelled */
    URING_CANCEL_SEND,
    URING_ACCEPT,
    URING_FILE,
    URING_WATCH,
};

enum uring_sleep { URING_AWAKE, URING_SLEEPING, URING_WOKEN };

struct ring {
    struct io_uring uring;
    unsigned enter_flags;
    uint32_t batch, batch_us; /* 0: no min-wait */
    uint64_t now_ns;
    int64_t wall_ms;
    struct uring_slots slots;
    struct uring_buffers buffers;
    struct list due_sockets; /* have something to tell that the kernel will not bring */
    struct list starved;     /* found no buffer */
    struct list closing;
    struct ring_counters counters;
    struct slab spills;
    struct budget *memory;
    const struct log *log;
    atomic_int sleep;     /* enum uring_sleep */
    atomic_int public_fd; /* of ring_fd(); -1: not asked for */
    int wake_fd;
    uint64_t public_due_ns; /* what the kernel will signal it for; UINT64_MAX: nothing */
    struct __kernel_timespec public_due;
    struct timer_wheel timers;
};

static inline uint64_t uring_tag(enum uring_kind kind, uint32_t slot, uint32_t generation)
{
    return (uint64_t)kind << 56 | (uint64_t)slot << 32 | generation;
}

/* An entry of the submission queue; always there is one. */
struct io_uring_sqe *uring_entry(struct ring *ring, uint64_t tag);

/* Asks the kernel to end what bears this tag. It answers under answer_tag only if it cannot. */
void uring_cancel(struct ring *ring, uint64_t tag, uint64_t answer_tag);

/* A completion in hand. */
struct uring_result {
    int result;
    unsigned flags;
};

/* What each does with its completions; each returns how many callbacks ran. */
size_t uring_connect_done(struct ring_socket *socket, struct uring_result done);
size_t uring_receive_done(struct ring_socket *socket, struct uring_result done);
size_t uring_fill_done(struct ring_socket *socket, struct uring_result done);
size_t uring_send_done(struct ring_socket *socket, struct uring_result done);
size_t uring_cancel_input_done(struct ring_socket *socket, struct uring_result done);
size_t uring_cancel_send_done(struct ring_socket *socket, struct uring_result done);
size_t uring_accept_done(
    struct ring *ring, struct ring_listener *listener, struct uring_result done);
size_t uring_file_done(struct ring_file_work *work, struct uring_result done);
size_t uring_watch_done(struct ring *ring, struct ring_watch *watch, struct uring_result done);

/* Returns a buffer that came with a completion nobody waits for, closes such a descriptor. */
void uring_discard(struct ring *ring, enum uring_kind kind, struct uring_result done);

size_t uring_run_due_sockets(struct ring *ring);
void uring_feed_starved(struct ring *ring); /* as many as there are buffers */

/* The waking side. */
int uring_wake_open(struct ring *ring); /* 0 or an errno */
void uring_wake_close(struct ring *ring);
void uring_wake_arm(struct ring *ring);
bool uring_has_work(struct ring *ring); /* that needs no waiting */
void uring_signal_public(struct ring *ring);

/* Sends what was started; looks for completions too if asked to. Does not wait. */
void uring_enter(struct ring *ring, bool collect);

#endif
