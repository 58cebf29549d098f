/* Design notes
 *
 * One instance per ring, made and used by one thread (SINGLE_ISSUER), which does the kernel's
 * deferred work itself whenever it enters (DEFER_TASKRUN): half the price of being interrupted for
 * it. A turn enters once, to send and to wait; and again, at once, only while the kernel says that
 * there is more work, since it delivers some twenty to forty completions at a time.
 *
 * Completions are dispatched straight from the queue, in order. That is safe because the functions
 * which start work never look at the queue: when the submission queue is full, it is sent without
 * collecting anything.
 */
#include "uring.h"

#include "uring_probe.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum {
    DEFAULT_SOCKETS = 1024,
    DEFAULT_RECEIVE_BUFFERS = 256,
    LEAST_SLOTS = 64, /* at the start; they grow */
    MOST_SLOTS = 65536,
    SPILLS_AT_ONCE = 4,
    MAX_ENTER_TRIES = 1000,
    MAX_DRAIN_TRIES = 10000,
    DRAIN_NS = 10000000, /* between two tries while something is still being worked on */
    /* Newer than the headers of our liburing. */
    ENTER_NO_IOWAIT = 1 << 7,
    FEATURE_NO_IOWAIT = 1 << 17,
};

static const struct log silence;

/* ---- Time ---------------------------------------------------------------- */

static uint64_t read_clock_ns(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void read_clocks(struct ring *ring)
{
    ring->now_ns = read_clock_ns(CLOCK_MONOTONIC);
    ring->wall_ms = (int64_t)(read_clock_ns(CLOCK_REALTIME) / 1000000);
}

void ring_catch_up(struct ring *ring)
{
    read_clocks(ring);
}

uint64_t ring_now_ns(const struct ring *ring)
{
    return ring->now_ns;
}

uint64_t ring_clock_ns(const struct ring *ring)
{
    (void)ring;
    return read_clock_ns(CLOCK_MONOTONIC);
}

uint64_t ring_cpu_ns(const struct ring *ring)
{
    (void)ring;
    return read_clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

int64_t ring_wall_ms(const struct ring *ring)
{
    return ring->wall_ms;
}

uint64_t ring_seed(struct ring *ring)
{
    (void)ring;
    return random_seed_from_system();
}

void ring_timer_set(struct ring *ring, struct ring_timer *timer, uint64_t due_ns)
{
    timer_wheel_set(&ring->timers, timer, due_ns);
}

void ring_timer_clear(struct ring *ring, struct ring_timer *timer)
{
    timer_wheel_clear(&ring->timers, timer);
}

const struct ring_counters *ring_counters(const struct ring *ring)
{
    return &ring->counters;
}

/* ---- Entering the kernel ------------------------------------------------- */

struct waiting {
    unsigned for_completions; /* 0: do not wait */
    uint64_t timeout_ns;      /* UINT64_MAX: none */
    uint32_t batch_us;
};

static unsigned publish_entries(struct ring *ring)
{
    struct io_uring_sq *queue = &ring->uring.sq;
    io_uring_smp_store_release(queue->ktail, queue->sqe_tail);
    return queue->sqe_tail - *queue->khead;
}

static unsigned unsent_entries(const struct ring *ring)
{
    return ring->uring.sq.sqe_tail - *ring->uring.sq.khead;
}

/* What may fail in the course of things is tried again by the next turn; the rest is our mistake.
 */
static void check_entered(int status)
{
    bool is_usual = status >= 0 || status == -ETIME || status == -EINTR || status == -EAGAIN ||
                    status == -EBUSY;
    if (!is_usual)
        fprintf(stderr, "io_uring_enter: %s\n", strerror(-status));
    check(is_usual);
}

static void enter(struct ring *ring, unsigned flags, const struct waiting *waiting)
{
    flags |= ring->enter_flags;
    unsigned count = publish_entries(ring);
    struct __kernel_timespec time;
    struct io_uring_getevents_arg argument = {0};
    void *extra = NULL;
    size_t extra_size = 0;
    if (waiting->timeout_ns != UINT64_MAX || waiting->batch_us) {
        time.tv_sec = (long long)(waiting->timeout_ns / 1000000000u);
        time.tv_nsec = (long long)(waiting->timeout_ns % 1000000000u);
        argument.ts = waiting->timeout_ns == UINT64_MAX ? 0 : (uintptr_t)&time;
        argument.min_wait_usec = waiting->batch_us;
        flags |= IORING_ENTER_EXT_ARG;
        extra = &argument;
        extra_size = sizeof argument;
    }
    ring->counters.enters++;
    check_entered(io_uring_enter2(
        (unsigned)ring->uring.enter_ring_fd, count, waiting->for_completions, flags, extra,
        extra_size));
}

void uring_enter(struct ring *ring, bool collect)
{
    enter(ring, collect ? IORING_ENTER_GETEVENTS : 0, &(struct waiting){.timeout_ns = UINT64_MAX});
}

struct io_uring_sqe *uring_entry(struct ring *ring, uint64_t tag)
{
    struct io_uring_sqe *entry = io_uring_get_sqe(&ring->uring);
    for (int tries = 0; __builtin_expect(!entry, 0); tries++) {
        check(tries < MAX_ENTER_TRIES);
        uring_enter(ring, false);
        entry = io_uring_get_sqe(&ring->uring);
    }
    entry->user_data = tag;
    return entry;
}

void uring_cancel(struct ring *ring, uint64_t tag, uint64_t answer_tag)
{
    struct io_uring_sqe *entry = uring_entry(ring, answer_tag);
    io_uring_prep_cancel64(entry, tag, 0);
    entry->user_data = answer_tag;
    entry->flags |= IOSQE_CQE_SKIP_SUCCESS;
}

static bool kernel_has_more(const struct ring *ring)
{
    unsigned flags = IO_URING_READ_ONCE(*ring->uring.sq.kflags);
    return (flags & (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW)) || io_uring_cq_ready(&ring->uring);
}

bool uring_has_work(struct ring *ring)
{
    return kernel_has_more(ring) || !list_is_empty(&ring->due_sockets) ||
           !list_is_empty(&ring->starved);
}

/* How long to sleep at most; 0: not at all. */
static uint64_t sleep_ns(struct ring *ring, int64_t wait_ns)
{
    if (wait_ns == 0 || uring_has_work(ring))
        return 0;
    uint64_t timeout_ns = wait_ns < 0 ? UINT64_MAX : (uint64_t)wait_ns;
    uint64_t next_ns = timer_wheel_next_ns(&ring->timers);
    if (next_ns == UINT64_MAX)
        return timeout_ns;
    uint64_t now_ns = read_clock_ns(CLOCK_MONOTONIC);
    uint64_t until_next_ns = next_ns > now_ns ? next_ns - now_ns : 0;
    return until_next_ns < timeout_ns ? until_next_ns : timeout_ns;
}

static void look(struct ring *ring)
{
    if (unsent_entries(ring) || kernel_has_more(ring))
        uring_enter(ring, true);
}

static void sleep_until(struct ring *ring, uint64_t timeout_ns)
{
    struct waiting waiting = {.for_completions = 1, .timeout_ns = timeout_ns};
    if (ring->batch_us) {
        look(ring);
        if (kernel_has_more(ring))
            return;
        waiting.for_completions = ring->batch;
        waiting.batch_us = ring->batch_us;
        if (timeout_ns / 1000 < waiting.batch_us)
            waiting.batch_us = (uint32_t)(timeout_ns / 1000);
    }
    enter(ring, IORING_ENTER_GETEVENTS, &waiting);
}

static void wait_for_work(struct ring *ring, int64_t wait_ns)
{
    int awake = URING_AWAKE;
    uint64_t timeout_ns = sleep_ns(ring, wait_ns);
    if (timeout_ns && atomic_compare_exchange_strong(&ring->sleep, &awake, URING_SLEEPING))
        sleep_until(ring, timeout_ns);
    else
        look(ring);
    atomic_exchange(&ring->sleep, URING_AWAKE);
    read_clocks(ring);
}

/* ---- Completions --------------------------------------------------------- */

static size_t dispatch(struct ring *ring, const struct io_uring_cqe *completion)
{
    enum uring_kind kind = (enum uring_kind)(completion->user_data >> 56);
    uint32_t slot = (uint32_t)(completion->user_data >> 32) & (URING_MAX_SLOTS - 1);
    struct uring_result done = {completion->res, completion->flags};
    if (kind == URING_WAKE) {
        if (!(done.flags & IORING_CQE_F_MORE))
            uring_wake_arm(ring);
        return 0;
    }
    if (kind == URING_PUBLIC_TIMER)
        ring->public_due_ns = UINT64_MAX;
    void *owner = uring_slots_owner(&ring->slots, slot, (uint32_t)completion->user_data);
    if (!owner) {
        uring_discard(ring, kind, done);
        return 0;
    }
    switch (kind) {
    case URING_CONNECT:
        return uring_connect_done(owner, done);
    case URING_RECEIVE:
        return uring_receive_done(owner, done);
    case URING_FILL:
        return uring_fill_done(owner, done);
    case URING_SEND:
        return uring_send_done(owner, done);
    case URING_CANCEL_INPUT:
        return uring_cancel_input_done(owner, done);
    case URING_CANCEL_SEND:
        return uring_cancel_send_done(owner, done);
    case URING_ACCEPT:
        return uring_accept_done(ring, owner, done);
    case URING_FILE:
        return uring_file_done(owner, done);
    case URING_WATCH:
        return uring_watch_done(ring, owner, done);
    default:
        return 0;
    }
}

static size_t run_completions(struct ring *ring)
{
    size_t ran = 0;
    unsigned count = io_uring_cq_ready(&ring->uring);
    struct io_uring_cq *queue = &ring->uring.cq;
    unsigned head = *queue->khead;
    for (unsigned i = 0; i < count; i++)
        ran += dispatch(ring, &queue->cqes[(head + i) & queue->ring_mask]);
    io_uring_cq_advance(&ring->uring, count);
    ring->counters.completions += count;
    return ran;
}

static size_t run_what_the_kernel_brought(struct ring *ring)
{
    size_t ran = 0;
    for (int round = 0; round < URING_MAX_ROUNDS; round++) {
        if (round > 0)
            uring_enter(ring, true);
        ran += run_completions(ring);
        ran += uring_run_due_sockets(ring);
        uring_feed_starved(ring);
        if (!kernel_has_more(ring))
            break;
    }
    return ran;
}

/* The owner sleeps in a poll of its own next: nothing may be left unsent or unsaid. */
static void leave_to_public_fd(struct ring *ring)
{
    uint64_t next_ns = timer_wheel_next_ns(&ring->timers);
    if (next_ns < ring->public_due_ns) {
        bool is_armed = ring->public_due_ns != UINT64_MAX;
        uint64_t tag = uring_tag(URING_PUBLIC_TIMER, 0, 0);
        struct io_uring_sqe *entry = uring_entry(ring, is_armed ? 0 : tag);
        ring->public_due.tv_sec = (long long)(next_ns / 1000000000u);
        ring->public_due.tv_nsec = (long long)(next_ns % 1000000000u);
        if (is_armed)
            io_uring_prep_timeout_update(entry, &ring->public_due, tag, IORING_TIMEOUT_ABS);
        else
            io_uring_prep_timeout(entry, &ring->public_due, 0, IORING_TIMEOUT_ABS);
        entry->user_data = is_armed ? 0 : tag;
        ring->public_due_ns = next_ns;
    }
    if (unsent_entries(ring))
        uring_enter(ring, true);
    uint64_t signals;
    ssize_t got = read(atomic_load(&ring->public_fd), &signals, sizeof signals);
    (void)got;
    bool was_woken = atomic_load(&ring->sleep) == URING_WOKEN;
    bool is_due = timer_wheel_next_ns(&ring->timers) <= read_clock_ns(CLOCK_MONOTONIC);
    if (was_woken || is_due || uring_has_work(ring))
        uring_signal_public(ring);
}

size_t ring_turn(struct ring *ring, int64_t wait_ns)
{
    wait_for_work(ring, wait_ns);
    size_t ran = run_what_the_kernel_brought(ring);
    ran += timer_wheel_fire(&ring->timers, ring->now_ns);
    if (atomic_load_explicit(&ring->public_fd, memory_order_relaxed) >= 0)
        leave_to_public_fd(ring);
    return ran;
}

/* ---- Beginning and end --------------------------------------------------- */

static uint32_t power_of_two(uint32_t wanted, uint32_t at_least, uint32_t at_most)
{
    uint32_t size = at_least;
    while (size < wanted && size < at_most)
        size *= 2;
    return size;
}

static void warn_of_few_descriptors(const struct ring *ring, uint32_t sockets)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < sockets)
        LOG(ring->log, LOG_LEVEL_WARNING,
            "RLIMIT_NOFILE is %llu, fewer than the %u connections asked for: raise it with ulimit "
            "-n",
            (unsigned long long)limit.rlim_cur, sockets);
}

static void set_up(struct ring *ring, const struct ring_config *config)
{
    if (ring->uring.features & FEATURE_NO_IOWAIT)
        ring->enter_flags |= ENTER_NO_IOWAIT;
    if (io_uring_register_ring_fd(&ring->uring) == 1)
        ring->enter_flags |= IORING_ENTER_REGISTERED_RING;
    if (config->batch > 1 && config->batch_us) {
        if (ring->uring.features & IORING_FEAT_MIN_TIMEOUT) {
            ring->batch = config->batch;
            ring->batch_us = config->batch_us;
        } else {
            LOG(ring->log, LOG_LEVEL_WARNING, "waiting for batches needs Linux 6.12: not done");
        }
    }
    read_clocks(ring);
    timer_wheel_init(&ring->timers, ring->now_ns);
    uring_wake_arm(ring);
}

static inia_status open_memory(
    struct ring *ring, uint32_t sockets, uint32_t receive_buffers, inia_error *error)
{
    int cause = uring_buffers_init(&ring->buffers, &ring->uring, ring->memory, receive_buffers);
    if (cause && cause != ENOBUFS)
        return uring_probe_explain(error, "io_uring receive buffers", cause);
    if (cause == 0 &&
        uring_slots_init(
            &ring->slots, ring->memory, power_of_two(sockets, LEAST_SLOTS, MOST_SLOTS)))
        return INIA_OK;
    return error_set(
        error, INIA_NO_MEMORY, "the memory budget has no room for %u receive buffers of %d bytes",
        receive_buffers, RING_BUFFER_SIZE);
}

static void close_parts(struct ring *ring)
{
    uring_buffers_release(&ring->buffers, &ring->uring, ring->memory);
    io_uring_queue_exit(&ring->uring);
    uring_wake_close(ring);
    uring_slots_release(&ring->slots);
    slab_release(&ring->spills);
}

static inia_status open_parts(
    struct ring *ring, uint32_t sockets, uint32_t receive_buffers, inia_error *error)
{
    uint32_t wanted = sockets < URING_MAX_COMPLETIONS ? 4 * sockets : URING_MAX_COMPLETIONS;
    uint32_t completions = power_of_two(wanted, URING_MIN_COMPLETIONS, URING_MAX_COMPLETIONS);
    inia_status status =
        uring_probe_open(&ring->uring, URING_SUBMISSIONS, completions, ring->log, error);
    if (status)
        return status;
    status = open_memory(ring, sockets, receive_buffers, error);
    if (!status) {
        int cause = uring_wake_open(ring);
        if (cause)
            status = uring_probe_explain(error, "eventfd", cause);
    }
    if (status)
        close_parts(ring);
    return status;
}

struct ring *ring_new(const struct ring_config *config, inia_error *error)
{
    check(config->memory);
    uint32_t sockets = config->sockets ? config->sockets : DEFAULT_SOCKETS;
    uint32_t buffers = config->receive_buffers ? config->receive_buffers : DEFAULT_RECEIVE_BUFFERS;
    struct ring *ring = budget_alloc(config->memory, sizeof *ring);
    if (!ring) {
        error_set(error, INIA_NO_MEMORY, "the memory budget has no room for a ring");
        return NULL;
    }
    memset(ring, 0, sizeof *ring);
    ring->memory = config->memory;
    ring->log = config->log ? config->log : &silence;
    ring->public_due_ns = UINT64_MAX;
    ring->wake_fd = -1;
    atomic_init(&ring->public_fd, -1);
    slab_init(&ring->spills, ring->memory, sizeof(struct ring_spill), SPILLS_AT_ONCE);
    if (open_parts(ring, sockets, buffers, error)) {
        budget_free(config->memory, ring, sizeof *ring);
        return NULL;
    }
    set_up(ring, config);
    warn_of_few_descriptors(ring, sockets);
    return ring;
}

/*
 * The kernel frees a ring some time after it was closed, and may write to its owners' memory until
 * then; so all is cancelled first, and what ends meanwhile is discarded.
 */
static void discard_completions(struct ring *ring)
{
    const struct io_uring_cq *queue = &ring->uring.cq;
    unsigned count = io_uring_cq_ready(&ring->uring);
    for (unsigned i = 0; i < count; i++) {
        const struct io_uring_cqe *completion =
            &queue->cqes[(*queue->khead + i) & queue->ring_mask];
        enum uring_kind kind = (enum uring_kind)(completion->user_data >> 56);
        uring_discard(ring, kind, (struct uring_result){completion->res, completion->flags});
    }
    io_uring_cq_advance(&ring->uring, count);
}

static void drain(struct ring *ring)
{
    struct io_uring_sync_cancel_reg all = {
        .flags = IORING_ASYNC_CANCEL_ANY | IORING_ASYNC_CANCEL_ALL,
        .timeout = {.tv_nsec = DRAIN_NS},
    };
    int found = 1;
    for (int tries = 0; tries < MAX_DRAIN_TRIES && (found || kernel_has_more(ring)); tries++) {
        uring_enter(ring, true);
        int status = io_uring_register_sync_cancel(&ring->uring, &all);
        found = status != 0 && status != -ENOENT;
        discard_completions(ring);
    }
}

/* Those whose closed() was not waited for. */
static void close_all(struct list *sockets)
{
    struct list_link *link;
    while ((link = list_pop(sockets))) {
        struct ring_socket *socket = CONTAINER_OF(link, struct ring_socket, link);
        spill_clear(&socket->spill, &socket->ring->spills);
        if (socket->fd >= 0)
            close(socket->fd);
    }
}

void ring_free(struct ring *ring)
{
    if (!ring)
        return;
    drain(ring);
    close_all(&ring->closing);
    close_all(&ring->due_sockets);
    close_parts(ring);
    budget_free(ring->memory, ring, sizeof *ring);
}
