#include "scheduler.h"

#include "task.h"

enum { END_WAIT_MS = 50, TAKEN_AT_END = 16 };

static struct task *first_of(const struct list *list)
{
    return list->first ? CONTAINER_OF(list->first, struct task, place) : NULL;
}

/* ---- Running ------------------------------------------------------------------------------- */

void scheduler_make_ready(struct scheduler *scheduler, struct task *task)
{
    list_remove(&task->place);
    task->state = TASK_READY;
    list_push(&scheduler->ready, &task->place);
    engine_has_work(scheduler->engine);
}

static void switch_to(struct scheduler *scheduler, struct task *task)
{
    scheduler->running = task;
    scheduler->overflow.guard = task->stack->low - STACK_GUARD;
    context_switch(&scheduler->context, &task->context);
    scheduler->overflow.guard = NULL;
    scheduler->running = NULL;
}

/* Until it waits, or has returned. */
static void resume(struct scheduler *scheduler, struct task *task)
{
    check(!scheduler->running);
    task->state = TASK_RUNNING;
    switch_to(scheduler, task);
    while (task->outside) {
        void (*function)(void *) = task->outside;
        task->outside = NULL;
        function(task->outside_arg);
        switch_to(scheduler, task);
    }
    if (stack_is_deeper(task->stack, task->context.sp))
        stack_count(&scheduler->stacks, task->stack, task->context.sp);
    if (task->state == TASK_LEAVING)
        task_leave(task);
}

void scheduler_park(struct scheduler *scheduler)
{
    context_switch(&scheduler->running->context, &scheduler->context);
}

_Noreturn void scheduler_leave(struct scheduler *scheduler)
{
    struct task *task = scheduler->running;
    task->state = TASK_LEAVING;
    context_leave(&task->context, &scheduler->context);
}

void task_outside(inia_engine *engine, void (*function)(void *arg), void *arg)
{
    struct task *task = task_running(engine);
    if (!task) {
        function(arg);
        return;
    }
    task->outside = function;
    task->outside_arg = arg;
    scheduler_park(task->scheduler);
}

/* ---- Its end ------------------------------------------------------------------------------- */

static void finish(struct scheduler *scheduler, struct task *task)
{
    void (*then)(inia_engine *, void *) = task->then;
    void *arg = task->arg;
    list_remove(&task->link);
    scheduler->guest.pending--;
    task_release(task);
    if (then)
        then(scheduler->engine, arg);
}

/* Whoever goes on waiting for ever would keep inia_engine_free() from ever returning. */
static bool is_to_be_abandoned(const struct scheduler *scheduler, struct task *task)
{
    return scheduler->engine->closing && task->waits_at_end++ >= TASK_WAITS_AT_END;
}

static void abandon(struct scheduler *scheduler, struct task *task)
{
    LOG(&scheduler->engine->log, LOG_LEVEL_WARNING,
        "a task is abandoned: cancelled by inia_engine_free(), it went on to wait %d times",
        TASK_WAITS_AT_END);
    task->then = NULL;
    task_leave(task);
}

static void run_one(struct scheduler *scheduler, struct task *task)
{
    scheduler->engine->callbacks_run++;
    if (task->state == TASK_ENDED)
        finish(scheduler, task);
    else if (is_to_be_abandoned(scheduler, task))
        abandon(scheduler, task);
    else
        resume(scheduler, task);
}

/* ---- Room for calls ------------------------------------------------------------------------ */

/* After a refusal there may be room once a call has been released. */
static bool has_room(const struct scheduler *scheduler)
{
    size_t in_use = engine_calls(scheduler->engine);
    return in_use < scheduler->engine->max_calls && in_use < scheduler->refused_at;
}

/* All tasks want room, and all calls there are lie finished in their hands. */
static bool is_stuck(const struct scheduler *scheduler)
{
    const inia_engine *engine = scheduler->engine;
    if (scheduler->wanting_room.count < scheduler->all.count || engine_pending_calls(engine) > 0)
        return false;
    size_t held = 0;
    for (struct list_link *link = scheduler->all.first; link; link = link->next)
        held += CONTAINER_OF(link, struct task, link)->calls.count;
    return held >= engine->returned.count;
}

bool scheduler_is_crowded(const struct scheduler *scheduler)
{
    return !list_is_empty(&scheduler->wanting_room) || engine_has_handoffs(scheduler->engine);
}

void scheduler_want_room(struct scheduler *scheduler, struct task *task, bool again)
{
    task->state = TASK_WANTING_ROOM;
    if (again)
        list_push_first(&scheduler->wanting_room, &task->place);
    else
        list_push(&scheduler->wanting_room, &task->place);
    scheduler->guest.wants_room = true;
}

static void let_submit(struct scheduler *scheduler, bool refused)
{
    struct task *task = first_of(&scheduler->wanting_room);
    list_remove(&task->place);
    task->is_refused = refused;
    run_one(scheduler, task);
}

static void give_room(struct scheduler *scheduler)
{
    if (engine_has_handoffs(scheduler->engine) && scheduler->handoffs_first) {
        scheduler->handoffs_first = false;
        return;
    }
    scheduler->handoffs_first = true;
    if (!list_is_empty(&scheduler->wanting_room) && is_stuck(scheduler) && !has_room(scheduler))
        let_submit(scheduler, true);
    for (size_t left = scheduler->wanting_room.count; left > 0 && has_room(scheduler); left--)
        let_submit(scheduler, false);
    scheduler->guest.wants_room = !list_is_empty(&scheduler->wanting_room);
}

/* ---- The engine's guest -------------------------------------------------------------------- */

static bool has_work(struct engine_guest *guest)
{
    const struct scheduler *scheduler = CONTAINER_OF(guest, struct scheduler, guest);
    if (!list_is_empty(&scheduler->ready))
        return true;
    return guest->wants_room && (has_room(scheduler) || is_stuck(scheduler));
}

static void run(struct engine_guest *guest)
{
    struct scheduler *scheduler = CONTAINER_OF(guest, struct scheduler, guest);
    for (size_t left = scheduler->ready.count; left > 0; left--) {
        struct task *task = first_of(&scheduler->ready);
        list_remove(&task->place);
        run_one(scheduler, task);
    }
    if (guest->wants_room)
        give_room(scheduler);
}

/* ---- Life ---------------------------------------------------------------------------------- */

static void make_spare(struct scheduler *scheduler)
{
    static const struct json_value nothing = {.kind = JSON_NULL};
    scheduler->spare = (struct call){
        .public =
            {.status = INIA_NO_MEMORY,
             .error_code = "",
             .message = "no memory for a call",
             .request_id = "",
             .output = "{}",
             .output_size = 2},
        .engine = scheduler->engine,
        .state = CALL_FINISHED,
        .is_spare = true,
        .output_tree = &nothing,
    };
}

struct scheduler *scheduler_of(inia_engine *engine)
{
    if (engine->guest)
        return CONTAINER_OF(engine->guest, struct scheduler, guest);
    struct scheduler *scheduler = budget_alloc(&engine->memory, sizeof *scheduler);
    if (!scheduler)
        return NULL;
    *scheduler = (struct scheduler){
        .guest = {.has_work = has_work, .run = run}, .engine = engine, .refused_at = SIZE_MAX};
    stack_pool_init(&scheduler->stacks, &engine->memory, &engine->log, engine->task_stack);
    if (!engine->no_overflow_message)
        overflow_watch_begin(&scheduler->overflow, STACK_GUARD);
    make_spare(scheduler);
    engine->guest = &scheduler->guest;
    return scheduler;
}

/* Finished calls that are not a task's are taken from the engine, which releases them when it
 * is freed: it would not sleep with them in hand. */
void tasks_end(inia_engine *engine)
{
    if (!engine->guest)
        return;
    struct scheduler *scheduler = CONTAINER_OF(engine->guest, struct scheduler, guest);
    check(!engine->in_wait);
    engine->closing = true;
    for (struct list_link *link = scheduler->all.first; link; link = link->next)
        task_cancel(CONTAINER_OF(link, struct task, link));
    inia_call *taken[TAKEN_AT_END];
    while (scheduler->guest.pending > 0)
        engine_wait(engine, taken, TAKEN_AT_END, END_WAIT_MS);
    engine->guest = NULL;
    stack_pool_release(&scheduler->stacks);
    overflow_watch_end(&scheduler->overflow);
    budget_free(&engine->memory, scheduler, sizeof *scheduler);
}
