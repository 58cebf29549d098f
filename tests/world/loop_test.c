#include "world_fixture.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MS = 1000000 };

static const uint64_t HOUR_NS = 3600ull * 1000 * MS;

struct alarm {
    struct ring_timer timer;
    uint64_t fired_at_ns;
    int count;
};

static void fire(struct ring_timer *timer)
{
    struct alarm *alarm = CONTAINER_OF(timer, struct alarm, timer);
    alarm->fired_at_ns = ring_now_ns(the_ring);
    alarm->count++;
}

TEST(an_hour_passes_in_no_time)
{
    begin(1);
    struct alarm alarm = {.timer.fire = fire};
    int64_t wall_ms = ring_wall_ms(the_ring);
    CHECK_EQ(wall_ms, 1767225600000);
    uint64_t due_ns = ring_now_ns(the_ring) + HOUR_NS;
    ring_timer_set(the_ring, &alarm.timer, due_ns);
    UNTIL(alarm.count);
    CHECK(alarm.fired_at_ns >= due_ns && alarm.fired_at_ns - due_ns < MS);
    CHECK(ring_wall_ms(the_ring) - wall_ms >= 3600000);
    CHECK(ring_wall_ms(the_ring) - wall_ms < 3600000 + 10);
    finish();
}

TEST(a_turn_waits_for_its_limit_and_no_longer)
{
    begin(2);
    uint64_t before_ns = ring_now_ns(the_ring);
    for (int i = 0; i < 100; i++)
        ring_turn(the_ring, 5 * MS);
    uint64_t waited_ns = ring_now_ns(the_ring) - before_ns;
    CHECK(waited_ns > 80 * 5 * MS && waited_ns < 101 * 5 * MS);
    finish();
}

TEST(time_passes_for_one_who_only_looks)
{
    begin(3);
    struct alarm alarm = {.timer.fire = fire};
    ring_timer_set(the_ring, &alarm.timer, ring_now_ns(the_ring) + 20 * MS);
    int turns = 0;
    for (; !alarm.count; turns++)
        CHECK(ring_turn(the_ring, 0) <= 1 && turns < 100000);
    CHECK(turns > 100);
    finish();
}

static void set_clock_back(void *arg)
{
    world_set_wall_ms(*(int64_t *)arg);
}

TEST(the_wall_clock_can_be_set_while_time_goes_on)
{
    begin(4);
    int64_t wall_ms = 1000000000000;
    uint64_t before_ns = ring_now_ns(the_ring);
    world_at(10 * MS, set_clock_back, &wall_ms);
    for (int i = 0; i < 4; i++)
        ring_turn(the_ring, 10 * MS);
    CHECK(ring_now_ns(the_ring) > before_ns);
    CHECK(ring_wall_ms(the_ring) >= wall_ms && ring_wall_ms(the_ring) < wall_ms + 100);
    finish();
}

/* What a run looked like, as one number. */
static uint64_t history_of(uint64_t seed)
{
    static const struct world_service quiet_service = {NULL, NULL, NULL};
    begin(seed);
    struct world_endpoint *endpoint = world_listen("10.0.0.1", 80, &quiet_service, NULL);
    world_fault_often(endpoint, 500);
    uint64_t history = 0;
    for (int i = 0; i < 20; i++) {
        struct client *client = client_new();
        client_connect(client, "10.0.0.1", 80);
        for (int turns = 0; turns < 5; turns++) {
            history = history * 31 + ring_turn(the_ring, MS);
            history = history * 31 + ring_now_ns(the_ring);
        }
        client_free(client);
    }
    finish();
    return history;
}

TEST(the_same_seed_is_the_same_story_and_another_seed_another)
{
    CHECK(history_of(77) == history_of(77));
    CHECK(history_of(77) != history_of(78));
}

static void stand_still_quietly(void)
{
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    dup2(nowhere, STDERR_FILENO);
    signal(SIGABRT, SIG_DFL);
    for (;;)
        ring_turn(the_ring, -1);
}

TEST(a_world_in_which_nothing_will_happen_aborts_instead_of_hanging)
{
    begin(5);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        stand_still_quietly();
    int status = 0;
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    finish();
}

static void *wake_soon(void *arg)
{
    nanosleep(&(struct timespec){.tv_nsec = 20 * MS}, NULL);
    ring_wake(arg);
    return NULL;
}

TEST(a_wake_from_another_thread_ends_the_standstill)
{
    begin(6);
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, wake_soon, the_ring), 0);
    ring_turn(the_ring, -1);
    pthread_join(thread, NULL);
    ring_wake(the_ring);
    ring_turn(the_ring, -1);
    finish();
}

struct guard {
    struct ring_watch watch;
    int readied;
    uint32_t events;
};

static void ready(struct ring_watch *watch, uint32_t events)
{
    struct guard *guard = CONTAINER_OF(watch, struct guard, watch);
    guard->readied++;
    guard->events = events;
}

TEST(a_watched_descriptor_is_a_real_one)
{
    begin(7);
    int ends[2];
    CHECK_EQ(pipe2(ends, O_CLOEXEC), 0);
    struct guard guard = {.watch.ready = ready}, other = {.watch.ready = ready};
    ring_watch_set(the_ring, &guard.watch, ends[0], POLLIN);
    ring_watch_set(the_ring, &other.watch, ends[0], POLLIN);
    ring_turn(the_ring, MS);
    CHECK_EQ(guard.readied, 0);
    CHECK_EQ(write(ends[1], "x", 1), 1);
    ring_watch_clear(the_ring, &other.watch);
    UNTIL(guard.readied);
    CHECK_EQ(guard.events, POLLIN);
    CHECK_EQ(other.readied, 0);
    ring_turn(the_ring, MS);
    CHECK_EQ(guard.readied, 1);
    close(ends[0]);
    close(ends[1]);
    finish();
}

struct job {
    struct ring_file_work work;
    int done, error;
    size_t size;
};

static void job_done(struct ring_file_work *work, size_t size, int error)
{
    struct job *job = CONTAINER_OF(work, struct job, work);
    job->done++;
    job->size = size;
    job->error = error;
}

TEST(files_are_real_and_done_in_a_later_turn)
{
    begin(8);
    char path[] = "/tmp/world_loop_test_XXXXXX", got[10] = {0};
    int fd = mkostemp(path, O_CLOEXEC);
    unlink(path);
    struct job job = {.work.done = job_done};
    ring_file_write(the_ring, &job.work, fd, "abcdef", 6, 3);
    CHECK_EQ(job.done, 0);
    UNTIL(job.done);
    CHECK_EQ(job.size, 6);
    ring_file_read(the_ring, &job.work, fd, got, sizeof got, 5);
    UNTIL(job.done == 2);
    CHECK_EQ(job.size, 4);
    CHECK_EQ(job.error, 0);
    CHECK_BYTES(got, 4, "cdef", 4);
    close(fd);
    int read_only = open("/dev/null", O_RDONLY | O_CLOEXEC);
    ring_file_write(the_ring, &job.work, read_only, "x", 1, 0);
    UNTIL(job.done == 3);
    CHECK_EQ(job.error, EBADF);
    close(read_only);
    finish();
}

TEST(an_owner_who_polls_the_descriptor_gets_everything)
{
    begin(9);
    int fd = ring_fd(the_ring);
    struct alarm alarm = {.timer.fire = fire};
    ring_timer_set(the_ring, &alarm.timer, ring_now_ns(the_ring) + HOUR_NS);
    for (int turns = 0; poll(&(struct pollfd){fd, POLLIN, 0}, 1, 0) == 1; turns++) {
        CHECK(turns < 1000);
        ring_turn(the_ring, 0);
    }
    CHECK_EQ(alarm.count, 1);
    ring_wake(the_ring);
    CHECK_EQ(poll(&(struct pollfd){fd, POLLIN, 0}, 1, 0), 1);
    finish();
}

TEST(a_ring_without_memory_says_so)
{
    world_start(1);
    struct budget memory;
    inia_error error = {0};
    budget_init(&memory, 1 << 20);
    CHECK(!ring_new(&(struct ring_config){.memory = &memory}, &error));
    CHECK_EQ(error.status, INIA_NO_MEMORY);
    CHECK_EQ(memory.used, 0);
    world_end();
}
