#include "ring_fixture.h"

#include <pthread.h>
#include <time.h>

enum { MS = 1000000 };

struct alarm {
    struct ring_timer timer;
    uint64_t fired_at_ns;
    int count;
};

static void fire(struct ring_timer *timer)
{
    struct alarm *alarm = CONTAINER_OF(timer, struct alarm, timer);
    alarm->fired_at_ns = ring_now_ns(fixture_ring);
    alarm->count++;
}

static bool is_readable(int fd, int wait_ms)
{
    return poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, wait_ms) == 1;
}

TEST(a_turn_that_may_not_wait_returns_at_once)
{
    fixture_start();
    CHECK_EQ(ring_turn(fixture_ring, 0), 0);
    CHECK_EQ(ring_turn(fixture_ring, 0), 0);
    fixture_end();
}

TEST(a_turn_waits_no_longer_than_it_may)
{
    fixture_start();
    uint64_t before_ns = ring_clock_ns(fixture_ring);
    ring_turn(fixture_ring, 0);
    CHECK_EQ(ring_turn(fixture_ring, 20 * MS), 0);
    uint64_t waited_ns = ring_clock_ns(fixture_ring) - before_ns;
    CHECK(waited_ns >= 19 * MS && waited_ns < 2000ull * MS);
    fixture_end();
}

TEST(a_timer_ends_a_wait_without_limit)
{
    fixture_start();
    struct alarm alarm = {.timer.fire = fire};
    uint64_t due_ns = ring_now_ns(fixture_ring) + 15 * MS;
    ring_timer_set(fixture_ring, &alarm.timer, due_ns);
    while (!alarm.count)
        ring_turn(fixture_ring, -1);
    CHECK(alarm.fired_at_ns >= due_ns);
    CHECK_EQ(alarm.count, 1);
    ring_timer_set(fixture_ring, &alarm.timer, due_ns + 1000 * MS);
    ring_timer_clear(fixture_ring, &alarm.timer);
    CHECK(!ring_timer_is_set(&alarm.timer));
    fixture_end();
}

TEST(time_stands_still_between_turns_and_runs_with_them)
{
    fixture_start();
    uint64_t now_ns = ring_now_ns(fixture_ring);
    CHECK(now_ns > 0);
    nanosleep(&(struct timespec){.tv_nsec = 3 * MS}, NULL);
    CHECK_EQ(ring_now_ns(fixture_ring), now_ns);
    CHECK(ring_clock_ns(fixture_ring) >= now_ns + 3 * MS);
    ring_turn(fixture_ring, 0);
    CHECK(ring_now_ns(fixture_ring) >= now_ns + 3 * MS);
    int64_t apart_ms = ring_wall_ms(fixture_ring) - (int64_t)time(NULL) * 1000;
    CHECK(apart_ms > -2000 && apart_ms < 2000);
    fixture_end();
}

/* ---- Other threads ------------------------------------------------------- */

enum { THREADS = 4, MESSAGES = 2000 };

struct numbered {
    void *next;
    int thread, number;
};

static struct mailbox mailbox;
static int next_number[THREADS];

static int read_messages(void)
{
    int count = 0;
    mailbox_collect(&mailbox);
    for (void **link; (link = mailbox_pop(&mailbox)); count++) {
        const struct numbered *numbered = CONTAINER_OF(link, struct numbered, next);
        CHECK_EQ(numbered->number, next_number[numbered->thread]);
        next_number[numbered->thread]++;
    }
    return count;
}

static void *post_many(void *arg)
{
    struct numbered *all = arg;
    for (int i = 0; i < MESSAGES; i++) {
        if (mailbox_post(&mailbox, &all[i].next))
            ring_wake(fixture_ring);
        if (i % 64 == 0)
            nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
    }
    return NULL;
}

TEST(who_wakes_for_the_first_of_several_messages_has_them_all_read_in_order)
{
    fixture_start();
    int messages_read = 0;
    struct numbered *all = calloc(THREADS * MESSAGES, sizeof *all);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        next_number[i] = 0;
        for (int k = 0; k < MESSAGES; k++)
            all[i * MESSAGES + k] = (struct numbered){NULL, i, k};
        CHECK_EQ(pthread_create(&threads[i], NULL, post_many, all + i * MESSAGES), 0);
    }
    while (messages_read < THREADS * MESSAGES) {
        ring_turn(fixture_ring, -1);
        messages_read += read_messages();
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    CHECK_EQ(messages_read, THREADS * MESSAGES);
    free(all);
    fixture_end();
}

static void *wake_later(void *arg)
{
    nanosleep(&(struct timespec){.tv_nsec = 10 * MS}, NULL);
    ring_wake(arg);
    return NULL;
}

TEST(a_sleeping_turn_is_woken)
{
    fixture_start();
    pthread_t thread;
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(pthread_create(&thread, NULL, wake_later, fixture_ring), 0);
        ring_turn(fixture_ring, -1);
        pthread_join(thread, NULL);
        ring_turn(fixture_ring, 0);
    }
    fixture_end();
}

TEST(a_wake_before_the_turn_is_not_lost)
{
    fixture_start();
    ring_wake(fixture_ring);
    ring_wake(fixture_ring);
    ring_turn(fixture_ring, -1);
    uint64_t before_ns = ring_clock_ns(fixture_ring);
    ring_turn(fixture_ring, 5 * MS);
    CHECK(ring_clock_ns(fixture_ring) - before_ns >= 4 * MS);
    fixture_end();
}

/* ---- The owner's own poll loop ------------------------------------------- */

/* Turns without waiting until the descriptor has nothing to say. */
static void turn_until_quiet(int fd)
{
    int turns = 0;
    while (is_readable(fd, 0)) {
        ring_turn(fixture_ring, 0);
        CHECK(++turns < 100);
    }
}

TEST(the_descriptor_is_readable_when_bytes_come)
{
    fixture_start();
    int fd = ring_fd(fixture_ring);
    CHECK(fd >= 0);
    CHECK_EQ(ring_fd(fixture_ring), fd);
    struct peer *peer = peer_new();
    int other = peer_adopt_one_of_pair(peer);
    ring_receive(&peer->socket);
    ring_fd_signal(fixture_ring);
    turn_until_quiet(fd);
    CHECK(!is_readable(fd, 10));
    for (size_t i = 1; i <= 5; i++) {
        write_all(other, "x", 1);
        CHECK(is_readable(fd, 1000));
        turn_until_quiet(fd);
        CHECK_EQ(peer->heard_size, i);
    }
    ring_close(&peer->socket);
    ring_fd_signal(fixture_ring);
    turn_until_quiet(fd);
    CHECK_EQ(peer->closed, 1);
    free(peer);
    close(other);
    fixture_end();
}

TEST(the_descriptor_is_readable_when_a_timer_is_due)
{
    fixture_start();
    int fd = ring_fd(fixture_ring);
    struct alarm late = {.timer.fire = fire}, early = {.timer.fire = fire};
    ring_timer_set(fixture_ring, &late.timer, ring_now_ns(fixture_ring) + 60 * MS);
    turn_until_quiet(fd);
    ring_timer_set(fixture_ring, &early.timer, ring_now_ns(fixture_ring) + 20 * MS);
    ring_fd_signal(fixture_ring);
    while (!late.count) {
        CHECK(is_readable(fd, 1000));
        ring_turn(fixture_ring, 0);
    }
    CHECK_EQ(early.count, 1);
    CHECK(early.fired_at_ns < late.fired_at_ns);
    turn_until_quiet(fd);
    CHECK(!is_readable(fd, 80));
    fixture_end();
}

TEST(the_descriptor_is_readable_when_another_thread_wakes)
{
    fixture_start();
    int fd = ring_fd(fixture_ring);
    turn_until_quiet(fd);
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, wake_later, fixture_ring), 0);
    CHECK(is_readable(fd, 1000));
    pthread_join(thread, NULL);
    turn_until_quiet(fd);
    fixture_end();
}

TEST(signalling_before_there_is_a_descriptor_does_nothing)
{
    fixture_start();
    ring_fd_signal(fixture_ring);
    fixture_end();
}

/* ---- Batches ------------------------------------------------------------- */

TEST(a_ring_that_waits_for_batches_delivers_a_single_completion_too)
{
    fixture_start_with(&(struct ring_config){.batch = 32, .batch_us = 2000});
    struct peer *peer = peer_new();
    int other = peer_adopt_one_of_pair(peer);
    ring_receive(&peer->socket);
    ring_turn(fixture_ring, 0);
    write_all(other, "x", 1);
    while (peer->heard_size < 1)
        ring_turn(fixture_ring, -1);
    struct alarm alarm = {.timer.fire = fire};
    ring_timer_set(fixture_ring, &alarm.timer, ring_now_ns(fixture_ring) + 5 * MS);
    while (!alarm.count)
        ring_turn(fixture_ring, -1);
    peer_close_and_free(peer);
    close(other);
    fixture_end();
}

TEST(a_child_of_fork_does_not_disturb_the_ring)
{
    fixture_start();
    struct peer *peer = peer_new();
    int other = peer_adopt_one_of_pair(peer);
    ring_receive(&peer->socket);
    ring_turn(fixture_ring, 0);
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    for (size_t i = 1; i <= 600; i++) {
        write_all(other, "x", 1);
        UNTIL(peer->heard_size == i);
    }
    peer_close_and_free(peer);
    close(other);
    fixture_end();
}
