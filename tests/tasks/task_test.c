/* What tasks may do and wait for, and how they end. */
#include "task_fixture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- Sequences ------------------------------------------------------------------------------ */

static void three_in_a_row(inia_engine *its_engine, void *arg)
{
    note(its_engine == engine ? '(' : '?');
    for (int i = 0; i < 3; i++) {
        inia_call *call = run_head();
        note(is_good(call) ? *(const char *)arg : '!');
        inia_release(call);
    }
    note(')');
}

TEST(a_task_awaits_one_call_after_the_other)
{
    begin();
    CHECK_EQ(inia_spawn(engine, three_in_a_row, "a"), INIA_OK);
    CHECK_EQ(inia_pending(engine), 1);
    CHECK_TEXT(notes, ""); /* not before inia_wait() */
    finish();
    CHECK_TEXT(notes, "(aaa)");
    inia_stats stats;
    inia_engine_stats(engine, &stats);
    CHECK_EQ(stats.calls_finished, 3);
    CHECK_EQ(stats.calls + stats.tasks, 0);
    end();
}

TEST(tasks_take_turns)
{
    begin();
    CHECK_EQ(inia_spawn(engine, three_in_a_row, "a"), INIA_OK);
    CHECK_EQ(inia_spawn(engine, three_in_a_row, "b"), INIA_OK);
    finish();
    CHECK_TEXT(notes, "((ababa)b)");
    end();
}

static void two_at_once(inia_engine *its_engine, void *arg)
{
    (void)its_engine, (void)arg;
    inia_call *calls[] = {inia_submit(client, &head), NULL, inia_submit(client, &head)};
    inia_await_all(calls, 3);
    note(is_good(calls[0]) && is_good(calls[2]) ? 'g' : '!');
    note(inia_await(calls[2]) == calls[2] ? 'a' : '!'); /* a finished one is there at once */
    note(inia_await(NULL) == NULL ? 'n' : '!');
    inia_await_all(NULL, 0);
    inia_call *none[] = {NULL, NULL};
    inia_await_all(none, 2);
    note(inia_await_any(none, 2) == 2 ? 'z' : '!');
    inia_release(calls[0]);
    inia_release(calls[2]);
}

TEST(many_calls_are_gathered_and_NULL_is_left_out)
{
    begin();
    CHECK_EQ(inia_spawn(engine, two_at_once, NULL), INIA_OK);
    finish();
    CHECK_TEXT(notes, "ganz");
    end();
}

static void race(inia_engine *its_engine, void *arg)
{
    (void)its_engine, (void)arg;
    inia_request bad = {.operation = NULL};
    inia_call *calls[] = {NULL, inia_submit(client, &head), inia_submit(client, &bad)};
    size_t first = inia_await_any(calls, 3);
    note((char)('0' + first));
    note(calls[first]->status == INIA_BAD_REQUEST ? 'b' : is_good(calls[first]) ? 'g' : '!');
    inia_release(calls[first]);
    calls[first] = NULL;
    size_t second = inia_await_any(calls, 3);
    note((char)('0' + second));
    note(calls[second]->status == INIA_BAD_REQUEST ? 'b' : is_good(calls[second]) ? 'g' : '!');
    inia_release(calls[second]);
}

TEST(of_racing_calls_that_have_finished_the_lowest_is_named)
{
    begin();
    CHECK_EQ(inia_spawn(engine, race, NULL), INIA_OK);
    finish();
    CHECK_TEXT(notes, "1g2b"); /* both in the same turn: the lowest */
    end();
}

static void sleep_a_while(inia_engine *its_engine, void *arg)
{
    uint32_t ms = (uint32_t)(uintptr_t)arg;
    note(inia_sleep(its_engine, ms) ? (char)('0' + ms / 10) : '!');
}

TEST(sleepers_wake_in_the_order_of_their_times)
{
    begin();
    static const uint32_t times[] = {40, 0, 20, 10};
    for (size_t i = 0; i < 4; i++)
        CHECK_EQ(inia_spawn(engine, sleep_a_while, (void *)(uintptr_t)times[i]), INIA_OK);
    finish();
    CHECK_TEXT(notes, "0124");
    end();
}

/* ---- Callbacks, children, strangers --------------------------------------------------------- */

static void note_then(inia_engine *its_engine, void *arg)
{
    note(task_running(its_engine) ? '!' : 't');
    note(*(const char *)arg);
}

static void spawn_another(inia_engine *its_engine, void *arg)
{
    note('p');
    if (inia_spawn_then(its_engine, three_in_a_row, arg, note_then) != INIA_OK)
        note('!');
    note('q');
}

TEST(a_task_spawns_another_whose_end_calls_back)
{
    begin();
    CHECK_EQ(inia_spawn_then(engine, spawn_another, "c", note_then), INIA_OK);
    finish();
    CHECK_TEXT(notes, "pq(tcccc)tc");
    end();
}

static void spawn_when_done(inia_call *call)
{
    note(inia_spawn(engine, three_in_a_row, call->user_data) == INIA_OK ? 's' : '!');
    inia_release(call);
}

TEST(a_callback_spawns_a_task)
{
    begin();
    inia_request request = head;
    request.on_done = spawn_when_done;
    request.user_data = "d";
    CHECK(inia_submit(client, &request) != NULL);
    finish();
    CHECK_TEXT(notes, "s(ddd)");
    end();
}

static void await_given(inia_engine *its_engine, void *arg)
{
    (void)its_engine;
    inia_call *call = inia_await(arg);
    note(is_good(call) ? 'g' : '!');
    inia_release(call);
}

TEST(a_call_submitted_outside_comes_to_the_task_that_awaits_it)
{
    begin();
    CHECK_EQ(inia_spawn(engine, await_given, inia_submit(client, &head)), INIA_OK);
    finish();
    CHECK_TEXT(notes, "g");
    end();
}

static void submit_with_callback(inia_engine *its_engine, void *arg)
{
    (void)its_engine, (void)arg;
    inia_request request = head;
    request.on_done = inia_release;
    note(inia_submit(client, &request) ? 'f' : '!');
}

TEST(a_task_may_fire_and_forget)
{
    begin();
    CHECK_EQ(inia_spawn(engine, submit_with_callback, NULL), INIA_OK);
    finish();
    CHECK_TEXT(notes, "f");
    inia_stats stats;
    inia_engine_stats(engine, &stats);
    CHECK_EQ(stats.calls_finished, 1);
    CHECK_EQ(stats.calls_failed, 0);
    end();
}

static void leave_behind(inia_engine *its_engine, void *arg)
{
    (void)its_engine, (void)arg;
    inia_call *finished = run_head();
    note(is_good(finished) ? 'g' : '!');
    (void)!inia_submit(client, &head);
    (void)!inia_submit(client, &head);
}

TEST(calls_left_behind_are_cancelled_and_released)
{
    begin();
    CHECK_EQ(inia_spawn_then(engine, leave_behind, "e", note_then), INIA_OK);
    finish();
    CHECK_TEXT(notes, "gte");
    inia_stats stats;
    inia_engine_stats(engine, &stats);
    CHECK_EQ(stats.calls, 0);
    CHECK_EQ(stats.calls_finished, 3);
    CHECK_EQ(stats.calls_failed, 2);
    end();
}

TEST(waiting_ends_with_the_last_task_though_an_array_was_given)
{
    begin();
    inia_call *done[4];
    CHECK_EQ(inia_spawn(engine, three_in_a_row, "a"), INIA_OK);
    CHECK_EQ(inia_wait(engine, done, 4, -1), 0);
    CHECK_TEXT(notes, "(aaa)");
    CHECK_EQ(inia_pending(engine), 0);
    end();
}

/* ---- Full ----------------------------------------------------------------------------------- */

TEST(submitting_in_a_task_waits_for_room)
{
    begin_with(&(inia_engine_config){.max_calls = 2});
    for (int i = 0; i < 8; i++)
        CHECK_EQ(inia_spawn(engine, three_in_a_row, "a"), INIA_OK);
    finish();
    inia_stats stats;
    inia_engine_stats(engine, &stats);
    CHECK_EQ(stats.calls_finished, 24);
    CHECK_EQ(stats.calls_failed, 0);
    CHECK(strchr(notes, '!') == NULL);
    end();
}

static void hold_two(inia_engine *its_engine, void *arg)
{
    (void)its_engine, (void)arg;
    inia_call *first = run_head();
    inia_call *second = run_head();
    note(is_good(first) ? '1' : '!');
    note(is_good(second) ? '2' : second->status == INIA_TOO_LARGE ? 'f' : '!');
    inia_release(first);
    inia_release(second);
}

TEST(room_that_cannot_come_is_told_and_not_waited_for)
{
    begin_with(&(inia_engine_config){.max_calls = 2});
    for (int i = 0; i < 2; i++)
        CHECK_EQ(inia_spawn(engine, hold_two, NULL), INIA_OK);
    finish();
    CHECK_TEXT(notes, "1f12");
    end();
}

TEST(the_program_s_own_calls_make_room_when_they_are_released)
{
    begin_with(&(inia_engine_config){.max_calls = 1});
    inia_call *call = inia_submit(client, &head), *done = NULL;
    CHECK(call != NULL);
    CHECK_EQ(inia_spawn(engine, three_in_a_row, "a"), INIA_OK);
    while (!done)
        inia_wait(engine, &done, 1, 1000);
    inia_wait(engine, NULL, 0, 5);
    CHECK_TEXT(notes, "(");
    inia_release(done);
    finish();
    CHECK_TEXT(notes, "(aaa)");
    end();
}

static inia_handoff handoffs[8];
static int handed_off;

static void count_handoff(inia_call *call)
{
    handed_off++;
    inia_release(call);
}

TEST(neither_tasks_nor_what_was_handed_off_starves_the_other)
{
    begin_with(&(inia_engine_config){.max_calls = 1});
    handed_off = 0;
    for (int i = 0; i < 8; i++) {
        handoffs[i] = (inia_handoff){.client = client, .request = head};
        handoffs[i].request.on_done = count_handoff;
        inia_hand_off(&handoffs[i]);
        CHECK_EQ(inia_spawn(engine, three_in_a_row, "a"), INIA_OK);
    }
    for (int turns = 0; handed_off < 4; turns++) {
        CHECK(turns < 100);
        inia_wait(engine, NULL, 0, 1000);
    }
    CHECK(strchr(notes, 'a') != NULL);
    finish();
    CHECK_EQ(handed_off, 8);
    end();
}

/* ---- Memory --------------------------------------------------------------------------------- */

TEST(a_spent_budget_refuses_tasks_and_takes_them_again)
{
    begin_with(&(inia_engine_config){.max_memory = 8 << 20});
    int spawned = 0;
    while (spawned < MOST_TURNS && inia_spawn(engine, submit_with_callback, NULL) == INIA_OK)
        spawned++;
    CHECK(spawned > 16 && spawned < MOST_TURNS);
    finish();
    CHECK_EQ(inia_spawn(engine, three_in_a_row, "a"), INIA_OK);
    finish();
    end();
}

TEST(the_second_task_allocates_nothing)
{
    begin();
    inia_stats before, after;
    for (int i = 0; i < 4; i++)
        CHECK_EQ(inia_spawn(engine, three_in_a_row, "a"), INIA_OK);
    finish();
    inia_engine_stats(engine, &before);
    for (int i = 0; i < 4; i++)
        CHECK_EQ(inia_spawn(engine, three_in_a_row, "a"), INIA_OK);
    finish();
    inia_engine_stats(engine, &after);
    CHECK_EQ(after.allocations, before.allocations);
    CHECK_EQ(after.memory_used, before.memory_used);
    end();
}

TEST(a_task_that_waits_deep_down_counts_for_more)
{
    begin();
    inia_stats before, after;
    inia_engine_stats(engine, &before);
    CHECK_EQ(inia_spawn(engine, sleep_a_while, (void *)10), INIA_OK);
    inia_wait(engine, NULL, 0, 0);
    inia_engine_stats(engine, &after);
    CHECK(after.memory_used - before.memory_used >= STACK_COUNTED);
    CHECK(after.memory_used - before.memory_used < STACK_DEFAULT);
    finish();
    end();
}

TEST(a_stack_too_small_to_be_meant_is_refused)
{
    inia_error error = {INIA_OK, ""};
    CHECK(inia_engine_new(&(inia_engine_config){.task_stack = 100}, &error) == NULL);
    CHECK_EQ(error.status, INIA_BAD_CONFIG);
    CHECK_TEXT(error.detail, "inia_engine_config: a task_stack of 100 bytes: at least 16384");
}

/* ---- What a task may do --------------------------------------------------------------------- */

static char printed[4096];

static void print_and_read(inia_engine *its_engine, void *arg)
{
    (void)its_engine, (void)arg;
    inia_call *call = run_head();
    const char *absent = inia_get(call, "Owner[3].DisplayName.x.y.z");
    snprintf(
        printed, sizeof printed, "%s %300.100f %La %-500s %d", absent ? "!" : "none", M_PI,
        (long double)M_PI, call->signed_request->method, 42);
    inia_release(call);
}

TEST(printing_and_reading_output_fit_the_default_stack)
{
    begin();
    CHECK_EQ(inia_spawn(engine, print_and_read, NULL), INIA_OK);
    finish();
    CHECK(strncmp(printed, "none ", 5) == 0 && strstr(printed, "3.14159265358979"));
    CHECK(strstr(printed, " HEAD ") && strstr(printed, " 42"));
    end();
}

static void make_client(inia_engine *its_engine, void *arg)
{
    inia_error error = {INIA_OK, ""};
    inia_client *made = inia_client_new(
        its_engine, &(inia_client_config){.service = "sqs", .region = "us-east-1"}, &error);
    note(made && inia_find_operation(made, "SendMessage", &error) ? 'c' : '!');
    note(inia_find_operation(made, "SendMassage", &error) ? '!' : 'n');
    *(inia_client **)arg = made;
}

TEST(a_client_is_made_in_a_task_of_the_least_stack)
{
    begin_with(&(inia_engine_config){.task_stack = STACK_LEAST});
    inia_client *made = NULL;
    CHECK_EQ(inia_spawn(engine, make_client, &made), INIA_OK);
    finish();
    CHECK_TEXT(notes, "cn");
    inia_client_free(made);
    end();
}

/* ---- Cancelling ----------------------------------------------------------------------------- */

static void heed_cancelling(inia_engine *its_engine, void *arg)
{
    (void)arg;
    note(inia_sleep(its_engine, 3600000) ? '!' : 's');
    note(inia_sleep(its_engine, 3600000) ? '!' : 's');
    inia_call *call = run_head();
    note(call->status == INIA_CANCELLED ? 'c' : '!');
    inia_release(call);
    inia_call *calls[] = {inia_submit(client, &head), inia_submit(client, &head)};
    size_t first = inia_await_any(calls, 2);
    note(calls[first]->status == INIA_CANCELLED ? 'c' : '!');
    inia_await_all(calls, 2);
    note('.');
}

TEST(a_cancelled_task_runs_to_its_end)
{
    begin();
    CHECK_EQ(inia_spawn_then(engine, heed_cancelling, "x", note_then), INIA_OK);
    CHECK_EQ(inia_spawn(engine, sleep_a_while, (void *)30), INIA_OK);
    inia_wait(engine, NULL, 0, 0);
    inia_cancel_tasks(engine, "no task's");
    inia_cancel_tasks(engine, "x");
    finish();
    CHECK_TEXT(notes, "sscc.tx3");
    end();
}

static void cancel_itself(inia_engine *its_engine, void *arg)
{
    inia_cancel_tasks(its_engine, arg);
    heed_cancelling(its_engine, arg);
}

TEST(a_task_may_cancel_itself)
{
    begin();
    CHECK_EQ(inia_spawn(engine, cancel_itself, "x"), INIA_OK);
    finish();
    CHECK_TEXT(notes, "sscc.");
    end();
}

TEST(one_that_waits_for_room_is_cancelled_too)
{
    begin_with(&(inia_engine_config){.max_calls = 1});
    inia_call *held = inia_submit(client, &head), *done = NULL;
    CHECK(held != NULL);
    while (!done)
        inia_wait(engine, &done, 1, 1000);
    CHECK_EQ(inia_spawn(engine, three_in_a_row, "x"), INIA_OK);
    inia_wait(engine, NULL, 0, 0);
    inia_cancel_tasks(engine, "x");
    finish();
    CHECK_EQ(strlen(notes), 5);
    CHECK(strncmp(notes, "(!!!", 4) == 0);
    inia_release(done);
    end();
}

TEST(freeing_the_engine_runs_tasks_to_their_end)
{
    begin();
    CHECK_EQ(inia_spawn_then(engine, heed_cancelling, "x", note_then), INIA_OK);
    CHECK_EQ(inia_spawn(engine, three_in_a_row, "y"), INIA_OK);
    CHECK(inia_submit(client, &head) != NULL);
    inia_wait(engine, NULL, 0, 0);
    end();
    CHECK(strchr(notes, ')') && strchr(notes, '.') && strstr(notes, "tx"));
}

static void never_end(inia_engine *its_engine, void *arg)
{
    (void)!inia_submit(client, &head);
    for (;;) {
        inia_sleep(its_engine, 1);
        ++*(int *)arg;
    }
}

static char logged[512];

static void keep_line(void *arg, int level, const char *line)
{
    (void)arg, (void)level;
    snprintf(logged, sizeof logged, "%s", line);
}

TEST(one_that_goes_on_for_ever_is_abandoned_with_the_engine)
{
    begin_with(&(inia_engine_config){.log = keep_line});
    int times = 0;
    CHECK_EQ(inia_spawn_then(engine, never_end, &times, note_then), INIA_OK);
    inia_wait(engine, NULL, 0, 0);
    end();
    CHECK(times >= TASK_WAITS_AT_END - 2 && times <= TASK_WAITS_AT_END + 2);
    CHECK(strstr(logged, "a task is abandoned") != NULL);
    CHECK_TEXT(notes, "");
}

static void spawn_at_the_end(inia_engine *its_engine, void *arg)
{
    inia_sleep(its_engine, 3600000);
    note(inia_spawn(its_engine, three_in_a_row, arg) == INIA_CANCELLED ? 'r' : '!');
}

TEST(no_task_is_spawned_in_an_engine_that_is_being_freed)
{
    begin();
    CHECK_EQ(inia_spawn(engine, spawn_at_the_end, "x"), INIA_OK);
    inia_wait(engine, NULL, 0, 0);
    end();
    CHECK_TEXT(notes, "r");
}
