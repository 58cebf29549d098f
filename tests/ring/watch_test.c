#include "ring_fixture.h"

struct guard {
    struct ring_watch watch;
    int readied;
    uint32_t events;
};

static void ready(struct ring_watch *watch, uint32_t events)
{
    struct guard *guard = CONTAINER_OF(watch, struct guard, watch);
    CHECK(!watch->set);
    guard->readied++;
    guard->events = events;
}

static void turn_a_little(void)
{
    for (int i = 0; i < 5; i++)
        ring_turn(fixture_ring, 1000000);
}

TEST(a_watch_tells_once_that_there_is_something_to_read)
{
    fixture_start();
    int ends[2];
    CHECK_EQ(pipe2(ends, O_CLOEXEC), 0);
    struct guard guard = {.watch.ready = ready};
    ring_watch_set(fixture_ring, &guard.watch, ends[0], POLLIN);
    turn_a_little();
    CHECK_EQ(guard.readied, 0);
    write_all(ends[1], "x", 1);
    UNTIL(guard.readied);
    CHECK(guard.events & POLLIN);
    write_all(ends[1], "x", 1);
    turn_a_little();
    CHECK_EQ(guard.readied, 1);
    ring_watch_set(fixture_ring, &guard.watch, ends[0], POLLIN);
    UNTIL(guard.readied == 2);
    close(ends[0]);
    close(ends[1]);
    fixture_end();
}

TEST(a_watch_can_wait_for_room_to_write)
{
    fixture_start();
    int ends[2];
    CHECK_EQ(pipe2(ends, O_CLOEXEC), 0);
    struct guard guard = {.watch.ready = ready};
    ring_watch_set(fixture_ring, &guard.watch, ends[1], POLLOUT);
    UNTIL(guard.readied);
    CHECK(guard.events & POLLOUT);
    close(ends[0]);
    close(ends[1]);
    fixture_end();
}

TEST(a_cleared_watch_is_silent_and_its_memory_may_go)
{
    fixture_start();
    int ends[2];
    CHECK_EQ(pipe2(ends, O_CLOEXEC), 0);
    struct guard *guard = calloc(1, sizeof *guard);
    guard->watch.ready = ready;
    ring_watch_clear(fixture_ring, &guard->watch);
    for (int i = 0; i < 3; i++) {
        ring_watch_set(fixture_ring, &guard->watch, ends[0], POLLIN);
        if (i)
            ring_turn(fixture_ring, 0);
        if (i > 1)
            write_all(ends[1], "x", 1);
        ring_watch_clear(fixture_ring, &guard->watch);
    }
    free(guard);
    turn_a_little();
    close(ends[0]);
    close(ends[1]);
    fixture_end();
}

TEST(a_set_watch_can_be_changed)
{
    fixture_start();
    int ends[2];
    CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    struct guard guard = {.watch.ready = ready};
    ring_watch_set(fixture_ring, &guard.watch, ends[0], POLLIN);
    ring_turn(fixture_ring, 0);
    ring_watch_set(fixture_ring, &guard.watch, ends[0], POLLIN | POLLOUT);
    UNTIL(guard.readied);
    CHECK_EQ(guard.events & (POLLIN | POLLOUT), POLLOUT);
    turn_a_little();
    CHECK_EQ(guard.readied, 1);
    close(ends[0]);
    close(ends[1]);
    fixture_end();
}

TEST(watching_what_is_not_open_tells_an_error)
{
    fixture_start();
    struct guard guard = {.watch.ready = ready};
    ring_watch_set(fixture_ring, &guard.watch, 999999, POLLIN);
    UNTIL(guard.readied);
    CHECK_EQ(guard.events, POLLERR);
    fixture_end();
}

TEST(no_memory_for_one_more_watch_is_told_as_an_error)
{
    enum { MANY = 200 };
    fixture_start_with(&(struct ring_config){.sockets = 1});
    int ends[2];
    CHECK_EQ(pipe2(ends, O_CLOEXEC), 0);
    struct guard *guards = calloc(MANY, sizeof *guards);
    budget_fail_after(1);
    for (int i = 0; i < MANY; i++) {
        guards[i].watch.ready = ready;
        ring_watch_set(fixture_ring, &guards[i].watch, ends[0], POLLIN);
    }
    ring_watch_clear(fixture_ring, &guards[MANY - 2].watch);
    UNTIL(guards[MANY - 1].readied);
    budget_fail_after(0);
    CHECK_EQ(guards[MANY - 1].events, POLLERR);
    CHECK_EQ(guards[MANY - 2].readied, 0);
    CHECK_EQ(guards[0].readied, 0);
    for (int i = 0; i < MANY; i++)
        ring_watch_clear(fixture_ring, &guards[i].watch);
    free(guards);
    turn_a_little();
    close(ends[0]);
    close(ends[1]);
    fixture_end();
}
