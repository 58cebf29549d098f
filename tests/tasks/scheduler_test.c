/* Tasks in great numbers. What they took is printed. */
#include "task_fixture.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#if defined(CONTEXT_TELLS_ASAN) || defined(CONTEXT_TELLS_TSAN)
enum { MANY = 2000 };
#else
enum { MANY = 100000 };
#endif

enum { ROUNDS = 2 };

static size_t alive, most_alive, good, ended;

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static size_t resident_bytes(void)
{
    unsigned long pages = 0, all;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file && fscanf(file, "%lu %lu", &all, &pages) != 2)
        pages = 0;
    if (file)
        fclose(file);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void enter(void)
{
    alive++;
    most_alive = alive > most_alive ? alive : most_alive;
}

static void call_now_and_then(inia_engine *its_engine, void *arg)
{
    (void)arg;
    enter();
    inia_sleep(its_engine, 200);
    for (int i = 0; i < ROUNDS; i++) {
        inia_call *call = run_head();
        good += is_good(call);
        inia_release(call);
    }
    alive--;
    ended++;
}

static void spawn_many(inia_task *task)
{
    alive = most_alive = good = ended = 0;
    for (size_t i = 0; i < MANY; i++)
        CHECK_EQ(inia_spawn(engine, task, NULL), INIA_OK);
}

static char logged[512];

static void keep_line(void *arg, int level, const char *line)
{
    (void)arg, (void)level;
    snprintf(logged, sizeof logged, "%s", line);
}

static void return_at_once(inia_engine *its_engine, void *arg)
{
    (void)its_engine, (void)arg;
    ended++;
}

/* A guard by mprotect() is a mapping of its own. */
TEST(more_tasks_than_there_are_mappings_are_refused_and_the_log_says_why)
{
    if (MANY < 100000)
        SKIP("a sanitizer needs mappings too");
    begin_with(&(inia_engine_config){.max_memory = (size_t)2 << 30, .log = keep_line});
    struct scheduler *scheduler = scheduler_of(engine);
    CHECK(scheduler != NULL);
    scheduler->stacks.guard_by_protection = true;
    size_t spawned = ended = 0;
    inia_status status = INIA_OK;
    while (spawned < MANY && (status = inia_spawn(engine, return_at_once, NULL)) == INIA_OK)
        spawned++;
    if (spawned == MANY)
        SKIP("vm.max_map_count is higher than usual");
    CHECK_EQ(status, INIA_NO_MEMORY);
    CHECK(strstr(logged, "no stack for a task beside ") && strstr(logged, "vm.max_map_count"));
    finish();
    CHECK_EQ(ended, spawned);
    printf("%zu tasks with guards by mprotect(): \"%s\"\n", spawned, logged);
    end();
}

/* With room for 4,096 calls only. */
TEST(a_hundred_thousand_tasks_are_alive_at_once)
{
    begin_with(&(inia_engine_config){.max_memory = (size_t)2 << 30});
    size_t before = resident_bytes();
    double start = seconds();
    spawn_many(call_now_and_then);
    inia_stats stats;
    inia_engine_stats(engine, &stats);
    CHECK_EQ(stats.tasks, MANY);
    double spawned = seconds();
    while (alive < MANY)
        inia_wait(engine, NULL, 0, 0);
    size_t after = resident_bytes();
    finish();
    double over = seconds();
    CHECK_EQ(most_alive, MANY);
    CHECK_EQ(good, MANY * ROUNDS);
    CHECK_EQ(ended, MANY);
    inia_engine_stats(engine, &stats);
    printf(
        "%d tasks: spawned in %.2f s, %zu bytes of memory each while they sleep (%zu counted), "
        "%d calls each in %.2f s, memory_peak %zu MiB\n",
        MANY, spawned - start, (after - before) / MANY, (size_t)STACK_COUNTED, ROUNDS,
        over - spawned, stats.memory_peak >> 20);
    end();
}

TEST(a_hundred_thousand_tasks_are_cancelled_at_once)
{
    begin_with(&(inia_engine_config){.max_memory = (size_t)2 << 30});
    spawn_many(call_now_and_then);
    inia_wait(engine, NULL, 0, 0);
    double start = seconds();
    inia_cancel_tasks(engine, NULL);
    finish();
    printf("%d tasks cancelled: ended in %.2f s\n", MANY, seconds() - start);
    CHECK_EQ(ended, MANY);
    CHECK_EQ(good, 0);
    end();
}

TEST(a_hundred_thousand_tasks_end_with_the_engine)
{
    begin_with(&(inia_engine_config){.max_memory = (size_t)2 << 30});
    spawn_many(call_now_and_then);
    inia_wait(engine, NULL, 0, 0);
    double start = seconds();
    end();
    printf("%d tasks: freed with their engine in %.2f s\n", MANY, seconds() - start);
    CHECK_EQ(ended, MANY);
    CHECK_EQ(good, 0);
}

static void look_at_order(inia_engine *its_engine, void *arg)
{
    (void)its_engine;
    inia_call *call = run_head();
    note(*(const char *)arg);
    inia_release(call);
}

TEST(room_goes_to_those_who_have_wanted_it_longest)
{
    begin_with(&(inia_engine_config){.max_calls = 1});
    static const char names[] = "abcdefgh";
    for (size_t i = 0; i < 8; i++)
        CHECK_EQ(inia_spawn(engine, look_at_order, (void *)(uintptr_t)&names[i]), INIA_OK);
    finish();
    CHECK_TEXT(notes, names);
    end();
}

static void yield_for_ever(inia_engine *its_engine, void *arg)
{
    (void)arg;
    while (inia_sleep(its_engine, 0))
        note('y');
}

TEST(one_that_yields_for_ever_keeps_neither_the_program_nor_others_waiting)
{
    begin();
    CHECK_EQ(inia_spawn(engine, yield_for_ever, "y"), INIA_OK);
    inia_wait(engine, NULL, 0, 0);
    inia_wait(engine, NULL, 0, 0);
    CHECK_EQ(inia_spawn(engine, look_at_order, "z"), INIA_OK);
    for (int i = 0; i < 10 && !strchr(notes, 'z'); i++)
        inia_wait(engine, NULL, 0, -1);
    CHECK(strchr(notes, 'z') != NULL);
    end();
}
