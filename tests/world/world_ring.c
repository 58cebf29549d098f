#include "world_inner.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum {
    TURN_NS = 1000,        /* what a turn takes */
    LOOK_NS = 10000,       /* what one takes that only looks: polling makes time pass too */
    SPURIOUS_RETURNS = 16, /* one turn in so many returns for nothing */
    STANDSTILL_TRIES = 200,
    STANDSTILL_MS = 10,
};

/* ---- Beginning and end --------------------------------------------------- */

struct ring *ring_new(const struct ring_config *config, inia_error *error)
{
    check(the_world.started && config->memory);
    struct ring *ring = budget_alloc(config->memory, sizeof *ring);
    if (!ring) {
        error_set(error, INIA_NO_MEMORY, "the memory budget has no room for a ring");
        return NULL;
    }
    memset(ring, 0, sizeof *ring);
    ring->memory = config->memory;
    ring->buffers_size =
        (config->receive_buffers ? config->receive_buffers : 256) * (size_t)RING_BUFFER_SIZE;
    ring->buffers = budget_alloc(ring->memory, ring->buffers_size);
    if (!ring->buffers) {
        error_set(error, INIA_NO_MEMORY, "the memory budget has no room for receive buffers");
        budget_free(ring->memory, ring, sizeof *ring);
        return NULL;
    }
    ring->public_fd = -1;
    ring->now_ns = the_world.now_ns;
    timer_wheel_init(&ring->timers, ring->now_ns);
    atomic_init(&ring->woken, false);
    the_world.rings++;
    return ring;
}

void ring_free(struct ring *ring)
{
    if (!ring)
        return;
    check(!ring->in_turn);
    world_forget_sockets(ring);
    check(timer_wheel_next_ns(&ring->timers) == UINT64_MAX);
    if (ring->public_fd >= 0)
        close(ring->public_fd);
    free(ring->watches);
    free(ring->accepted);
    budget_free(ring->memory, ring->buffers, ring->buffers_size);
    budget_free(ring->memory, ring, sizeof *ring);
    the_world.rings--;
}

/* ---- Time ---------------------------------------------------------------- */

void ring_catch_up(struct ring *ring)
{
    ring->now_ns = the_world.now_ns;
}

uint64_t ring_now_ns(const struct ring *ring)
{
    return ring->now_ns;
}

uint64_t ring_clock_ns(const struct ring *ring)
{
    (void)ring;
    return the_world.now_ns;
}

int64_t ring_wall_ms(const struct ring *ring)
{
    return (int64_t)(ring->now_ns / 1000000) + the_world.wall_offset_ms;
}

uint64_t ring_seed(struct ring *ring)
{
    (void)ring;
    return random_u64(&the_world.random);
}

uint64_t ring_cpu_ns(const struct ring *ring)
{
    (void)ring;
    return the_world.is_busy ? the_world.now_ns : 0;
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

/* ---- Waking -------------------------------------------------------------- */

void ring_wake(struct ring *ring)
{
    if (!atomic_exchange(&ring->woken, true))
        ring_fd_signal(ring);
}

int ring_fd(struct ring *ring)
{
    if (ring->public_fd < 0)
        ring->public_fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
    return ring->public_fd;
}

void ring_fd_signal(struct ring *ring)
{
    uint64_t one = 1;
    if (ring->public_fd >= 0) {
        ssize_t wrote = write(ring->public_fd, &one, sizeof one);
        (void)wrote;
    }
}

/* ---- Turning ------------------------------------------------------------- */

static bool has_work(struct ring *ring)
{
    return !list_is_empty(&ring->ready) || ring->accepted_count || atomic_load(&ring->woken) ||
           timer_wheel_next_ns(&ring->timers) <= the_world.now_ns || world_watch_is_ready(ring, 0);
}

static uint64_t next_ns(const struct ring *ring)
{
    uint64_t timer_ns = timer_wheel_next_ns(&ring->timers), event_ns = world_next_event_ns();
    return timer_ns < event_ns ? timer_ns : event_ns;
}

/* Nothing is left that virtual time could bring; another thread or a watched descriptor may. */
static void stand_still(struct ring *ring)
{
    for (int i = 0; i < STANDSTILL_TRIES; i++)
        if (world_watch_is_ready(ring, STANDSTILL_MS) || has_work(ring))
            return;
    fprintf(
        stderr, "The world of seed %llu stands still: nothing will ever happen again.\n",
        (unsigned long long)the_world.seed);
    abort();
}

static void pass_time(struct ring *ring, uint64_t end_ns)
{
    uint64_t told = the_world.told;
    world_run_events();
    while (!has_work(ring) && the_world.told == told) {
        uint64_t then_ns = next_ns(ring);
        if (then_ns == UINT64_MAX && end_ns == UINT64_MAX) {
            stand_still(ring);
            return;
        }
        bool is_over = then_ns > end_ns;
        uint64_t to_ns = is_over ? end_ns : then_ns;
        if (to_ns > the_world.now_ns)
            the_world.now_ns = to_ns;
        world_run_events();
        if (is_over)
            return;
    }
}

static void wait_for_work(struct ring *ring, int64_t wait_ns)
{
    the_world.now_ns += TURN_NS;
    uint64_t end_ns = UINT64_MAX;
    if (wait_ns >= 0)
        end_ns = the_world.now_ns + (wait_ns ? (uint64_t)wait_ns : LOOK_NS);
    if (wait_ns == 0 && ring->public_fd >= 0 && next_ns(ring) != UINT64_MAX)
        end_ns =
            next_ns(ring); /* the owner polls the descriptor, and time must pass all the same */
    if (world_random(SPURIOUS_RETURNS) == 0)
        world_run_events();
    else
        pass_time(ring, end_ns);
}

static void leave_to_public_fd(struct ring *ring)
{
    uint64_t signals;
    ssize_t got = read(ring->public_fd, &signals, sizeof signals);
    (void)got;
    if (has_work(ring) || next_ns(ring) != UINT64_MAX)
        ring_fd_signal(ring);
}

size_t ring_turn(struct ring *ring, int64_t wait_ns)
{
    check(!ring->in_turn);
    ring->in_turn = true;
    ring->counters.enters++;
    wait_for_work(ring, wait_ns);
    ring->now_ns = the_world.now_ns;
    atomic_store(&ring->woken, false);
    size_t ran = world_run_ready(ring);
    ran += world_run_accepted(ring);
    ran += world_run_watches(ring);
    ran += timer_wheel_fire(&ring->timers, ring->now_ns);
    if (ring->public_fd >= 0)
        leave_to_public_fd(ring);
    ring->in_turn = false;
    return ran;
}

/* ---- Watches: real descriptors ------------------------------------------- */

static void forget_watch(struct ring *ring, size_t i)
{
    ring->watches[i]->set = false;
    ring->watch_count--;
    for (; i < ring->watch_count; i++)
        ring->watches[i] = ring->watches[i + 1];
}

void ring_watch_clear(struct ring *ring, struct ring_watch *watch)
{
    for (size_t i = 0; watch->set && i < ring->watch_count; i++)
        if (ring->watches[i] == watch)
            forget_watch(ring, i);
}

void ring_watch_set(struct ring *ring, struct ring_watch *watch, int fd, uint32_t events)
{
    check(watch->ready);
    ring_watch_clear(ring, watch);
    watch->fd = fd;
    watch->events = events;
    watch->set = true;
    if (ring->watch_count == ring->watch_capacity) {
        ring->watch_capacity = 2 * ring->watch_capacity + 8;
        ring->watches =
            world_reallocate(ring->watches, ring->watch_capacity * sizeof *ring->watches);
    }
    ring->watches[ring->watch_count++] = watch;
}

static uint32_t events_of(const struct ring_watch *watch)
{
    struct pollfd fd = {.fd = watch->fd, .events = (short)watch->events};
    if (poll(&fd, 1, 0) <= 0)
        return 0;
    return fd.revents & POLLNVAL ? POLLERR : (uint32_t)fd.revents;
}

bool world_watch_is_ready(struct ring *ring, int wait_ms)
{
    for (size_t i = 0; i < ring->watch_count; i++)
        if (events_of(ring->watches[i]))
            return true;
    if (wait_ms)
        nanosleep(&(struct timespec){.tv_nsec = wait_ms * 1000000L}, NULL);
    return false;
}

/* Each at most once: one that is always ready and always set again must not hold up the turn. */
size_t world_run_watches(struct ring *ring)
{
    size_t ran = 0, at = 0;
    for (size_t count = ring->watch_count; count > 0 && at < ring->watch_count; count--) {
        struct ring_watch *watch = ring->watches[at];
        uint32_t events = events_of(watch);
        if (!events) {
            at++;
            continue;
        }
        forget_watch(ring, at);
        watch->ready(watch, events);
        ran++;
    }
    return ran;
}
