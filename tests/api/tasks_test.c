/* Tasks on the real ring, against a server. A check would jump out of a task's stack: tasks only
 * count, and the test looks. */
#include "rig.h"

#include <signal.h>
#include <sys/wait.h>

static struct rig rig;
static size_t good, ended;
static size_t winner;

static inia_call *submit(const char *key)
{
    inia_param params[] = {{"Bucket", "b"}, {"Key", key}, {0}};
    inia_error error;
    return inia_submit(
        rig.s3,
        &(inia_request){
            .operation = inia_find_operation(rig.s3, "GetObject", &error), .params = params});
}

static void get_in_sequence(inia_engine *engine, void *arg)
{
    (void)engine;
    for (int i = 0; i < 5; i++) {
        inia_call *call = inia_await(submit(arg));
        good += call->status == INIA_OK && call->body_size == 100;
        inia_release(call);
    }
    ended++;
}

static void run_to_end(void)
{
    uint64_t end = monotonic_ns() + RIG_PATIENCE_MS * 1000000ull;
    while (inia_pending(rig.engine) > 0) {
        inia_wait(rig.engine, NULL, 0, 100);
        if (monotonic_ns() > end)
            FAIL("tasks do not end; pending: %zu", inia_pending(rig.engine));
    }
}

TEST(tasks_get_their_answers)
{
    rig_begin(&rig);
    good = ended = 0;
    for (int i = 0; i < 50; i++)
        CHECK_EQ(inia_spawn(rig.engine, get_in_sequence, i % 2 ? "size-100" : "after-1"), INIA_OK);
    run_to_end();
    CHECK_EQ(ended, 50);
    CHECK(good >= 125); /* after-1 has another size */
    rig_end(&rig);
}

TEST(tasks_run_in_a_poll_loop)
{
    rig_begin(&rig);
    good = ended = 0;
    inia_fd(rig.engine);
    for (int i = 0; i < 20; i++)
        CHECK_EQ(inia_spawn(rig.engine, get_in_sequence, "size-100"), INIA_OK);
    while (inia_pending(rig.engine) > 0) {
        if (!rig_poll(&rig, RIG_PATIENCE_MS))
            FAIL("the descriptor stays silent with %zu pending", inia_pending(rig.engine));
    }
    CHECK_EQ(good, 100);
    rig_end(&rig);
}

static void race(inia_engine *engine, void *arg)
{
    (void)engine, (void)arg;
    inia_call *calls[] = {submit("never"), submit("size-100"), submit("never")};
    winner = inia_await_any(calls, 3);
    good += calls[winner]->status == INIA_OK;
    inia_cancel(calls[0]);
    inia_await_all(calls, 1);
    good += calls[0]->status == INIA_CANCELLED;
    ended++;
}

TEST(the_quickest_wins_a_race_and_the_others_can_be_cancelled_or_left)
{
    rig_begin(&rig);
    good = ended = 0;
    CHECK_EQ(inia_spawn(rig.engine, race, NULL), INIA_OK);
    run_to_end();
    CHECK_EQ(winner, 1);
    CHECK_EQ(good, 2);
    CHECK_EQ(ended, 1);
    inia_stats stats;
    inia_engine_stats(rig.engine, &stats);
    CHECK_EQ(stats.calls, 0);
    rig_end(&rig);
}

static void sleep_forever(inia_engine *engine, void *arg)
{
    (void)arg;
    while (inia_sleep(engine, 1000000))
        good++;
    ended++;
}

TEST(a_sleeper_in_a_poll_loop_is_woken_by_being_cancelled)
{
    rig_begin(&rig);
    good = ended = 0;
    inia_fd(rig.engine);
    CHECK_EQ(inia_spawn(rig.engine, sleep_forever, &good), INIA_OK);
    CHECK(rig_poll(&rig, RIG_PATIENCE_MS));
    while (rig_poll(&rig, 20)) /* until there is nothing to do */
        ;
    inia_cancel_tasks(rig.engine, &good);
    CHECK(rig_poll(&rig, RIG_PATIENCE_MS));
    CHECK_EQ(ended, 1);
    CHECK_EQ(good, 0);
    rig_end(&rig);
}

/* ---- What a task must not do, each in a child that dies of it ------------------------------- */

static void wait_inside(inia_engine *engine, void *arg)
{
    (void)arg;
    inia_wait(engine, NULL, 0, 0);
}

static void free_engine_inside(inia_engine *engine, void *arg)
{
    (void)arg;
    inia_engine_free(engine);
}

static void free_client_inside(inia_engine *engine, void *arg)
{
    (void)engine, (void)arg;
    inia_client_free(rig.s3);
}

static void await_another_s(inia_engine *engine, void *arg)
{
    (void)engine;
    inia_await(*(inia_call **)arg);
}

static void await_for_others(inia_engine *engine, void *arg)
{
    inia_call **shared = arg;
    *shared = submit("never");
    (void)!inia_spawn(engine, await_another_s, shared);
    inia_await(*shared);
}

static bool child_dies_of(inia_task *task)
{
    static inia_call *shared;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        signal(SIGABRT, SIG_DFL);
        close(STDERR_FILENO);
        rig.engine = inia_engine_new(NULL, NULL); /* a ring is not shared with a child */
        rig.s3 = rig_client(&rig, (inia_client_config){0});
        (void)!inia_spawn(rig.engine, task, &shared);
        for (int i = 0; i < 10; i++)
            inia_wait(rig.engine, NULL, 0, 1);
        _exit(0);
    }
    int status;
    CHECK_EQ(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

TEST(waiting_and_freeing_in_a_task_are_mistakes)
{
    rig_begin(&rig);
    CHECK(child_dies_of(wait_inside));
    CHECK(child_dies_of(free_engine_inside));
    CHECK(child_dies_of(free_client_inside));
    CHECK(child_dies_of(await_for_others));
    CHECK(!child_dies_of(race));
    rig_end(&rig);
}
