#include "task.h"

#include "scheduler.h"

/* ---- Life ---------------------------------------------------------------------------------- */

static void run_on_its_stack(void *arg)
{
    struct task *task = arg;
    task->run(task->scheduler->engine, task->arg);
    scheduler_leave(task->scheduler);
}

static void timer_fired(struct ring_timer *timer)
{
    struct task *task = CONTAINER_OF(timer, struct task, timer);
    scheduler_make_ready(task->scheduler, task);
}

/* The upper end of its stack, below which it runs. */
static struct task *place_on(struct stack *stack)
{
    size_t size = (sizeof(struct task) + 15) & ~(size_t)15;
    return (struct task *)(void *)(stack->high - size);
}

inia_status task_spawn(
    inia_engine *engine, void (*run)(inia_engine *, void *), void *arg,
    void (*then)(inia_engine *, void *))
{
    check(run != NULL);
    if (engine->closing)
        return INIA_CANCELLED;
    struct scheduler *scheduler = scheduler_of(engine);
    struct stack *stack = scheduler ? stack_take(&scheduler->stacks) : NULL;
    if (!stack)
        return INIA_NO_MEMORY;
    struct task *task = place_on(stack);
    *task = (struct task){
        .scheduler = scheduler,
        .run = run,
        .then = then,
        .arg = arg,
        .stack = stack,
        .timer.fire = timer_fired};
    context_make(&task->context, stack->low, task, run_on_its_stack, task);
    list_push(&scheduler->all, &task->link);
    scheduler->guest.pending++;
    scheduler_make_ready(scheduler, task);
    return INIA_OK;
}

static void end_if_alone(struct task *task)
{
    if (list_is_empty(&task->calls)) {
        scheduler_make_ready(task->scheduler, task);
        task->state = TASK_ENDED;
    }
}

void task_leave(struct task *task)
{
    task->state = TASK_LEAVING;
    struct list_link *next;
    for (struct list_link *link = task->calls.first; link; link = next) {
        next = link->next;
        struct call *call = CONTAINER_OF(link, struct call, owned);
        if (call_is_handed_out(call))
            call_release(call);
        else
            call_cancel(call);
    }
    end_if_alone(task);
}

void task_release(struct task *task)
{
    struct scheduler *scheduler = task->scheduler;
    struct stack *stack = task->stack;
    context_release(&task->context);
    stack_give(&scheduler->stacks, stack);
}

/* ---- Waiting ------------------------------------------------------------------------------- */

/* Its calls, all of them or those it awaits; they finish in a later turn. */
static void cancel_awaited(struct task *task)
{
    for (size_t i = 0; i < task->awaited_count; i++) {
        if (task->awaited[i])
            call_cancel(call_of(task->awaited[i]));
    }
}

void task_cancel(struct task *task)
{
    task->cancelled = true;
    if (task->state == TASK_AWAITING)
        cancel_awaited(task);
    if (task->state != TASK_SLEEPING && task->state != TASK_WANTING_ROOM)
        return;
    ring_timer_clear(task->scheduler->engine->ring, &task->timer);
    scheduler_make_ready(task->scheduler, task);
}

void tasks_cancel(inia_engine *engine, const void *arg)
{
    if (!engine->guest)
        return;
    struct scheduler *scheduler = CONTAINER_OF(engine->guest, struct scheduler, guest);
    for (struct list_link *link = scheduler->all.first; link; link = link->next) {
        struct task *task = CONTAINER_OF(link, struct task, link);
        if (task->arg == arg)
            task_cancel(task);
    }
}

bool task_sleep(inia_engine *engine, uint32_t ms)
{
    struct task *task = task_running(engine);
    bool is_called_inside_a_task = task != NULL;
    check(is_called_inside_a_task);
    if (task->cancelled || ms == 0) {
        scheduler_make_ready(task->scheduler, task);
    } else {
        task->state = TASK_SLEEPING;
        uint64_t now = ring_clock_ns(engine->ring);
        ring_timer_set(engine->ring, &task->timer, now + (uint64_t)ms * 1000000u);
    }
    scheduler_park(task->scheduler);
    return !task->cancelled;
}

/* ---- Calls --------------------------------------------------------------------------------- */

/* Where the callbacks of other calls run. */
static void call_finished(inia_call *public)
{
    struct call *call = call_of(public);
    struct task *task = CONTAINER_OF(call->owned.list, struct task, calls);
    if (task->state == TASK_LEAVING) {
        call_release(call);
        end_if_alone(task);
        return;
    }
    if (task->state != TASK_AWAITING)
        return;
    for (size_t i = 0; i < task->awaited_count; i++) {
        if (task->awaited[i] == public) {
            scheduler_make_ready(task->scheduler, task);
            return;
        }
    }
}

struct submission {
    struct task *task;
    inia_client *client;
    inia_request request;
    bool is_owned;
    inia_call *call;
};

static inia_call *refuse(struct submission *submission)
{
    inia_engine *engine = submission->client->engine;
    bool full = engine_calls(engine) >= engine->max_calls;
    inia_call *call = call_refuse(
        submission->client, &submission->request, full ? INIA_TOO_LARGE : INIA_NO_MEMORY,
        full ? "max_calls are in the hands of tasks that all wait for room"
             : "no memory for a call, and none that would be given back");
    if (call)
        return call;
    return &submission->task->scheduler->spare.public;
}

/* On the engine's stack. Leaves call NULL when there is no room. */
static void try_to_submit(void *arg)
{
    struct submission *submission = arg;
    struct task *task = submission->task;
    inia_call *public = call_accept(submission->client, &submission->request);
    task->scheduler->refused_at = public ? SIZE_MAX : engine_calls(task->scheduler->engine);
    if (!public && (task->is_refused || task->cancelled))
    public = refuse(submission);
    submission->call = public;
    if (!public)
        return;
    struct call *call = call_of(public);
    if (submission->is_owned && !call->is_spare)
        list_push(&task->calls, &call->owned);
    if (task->cancelled)
        call_cancel(call);
}

inia_call *task_submit(struct task *task, inia_client *client, const inia_request *request)
{
    struct submission submission = {
        .task = task, .client = client, .request = *request, .is_owned = request->on_done == NULL};
    if (submission.is_owned)
        submission.request.on_done = call_finished;
    struct scheduler *scheduler = task->scheduler;
    bool waits = scheduler_is_crowded(scheduler) && !task->cancelled, again = false;
    task->is_refused = false;
    for (;;) {
        if (waits) {
            scheduler_want_room(scheduler, task, again);
            scheduler_park(scheduler);
        }
        task_outside(scheduler->engine, try_to_submit, &submission);
        if (submission.call)
            return submission.call;
        again = waits;
        waits = true;
    }
}

/* One that was submitted outside of any task, and that no one has a callback for, becomes the
 * task's own by being awaited. */
static void own(struct task *task, struct call *call)
{
    if (call_is_handed_out(call) || call->owned.list == &task->calls)
        return;
    bool comes_to_another_or_a_callback = link_is_listed(&call->owned) || call->on_done;
    check(!comes_to_another_or_a_callback);
    call->on_done = call_finished;
    list_push(&task->calls, &call->owned);
}

static size_t find_handed_out(inia_call *const *calls, size_t count)
{
    size_t i = 0;
    while (i < count && !(calls[i] && call_is_handed_out(call_of(calls[i]))))
        i++;
    return i;
}

static void cancel_awaited_of(void *task)
{
    cancel_awaited(task);
}

/* Until one of them has been handed out. */
static void await_calls(struct task *task, inia_call *const *calls, size_t count)
{
    inia_engine *engine = task->scheduler->engine;
    for (size_t i = 0; i < count; i++) {
        if (calls[i])
            own(task, call_of(calls[i]));
    }
    task->awaited = calls;
    task->awaited_count = count;
    if (task->cancelled)
        task_outside(engine, cancel_awaited_of, task);
    while (find_handed_out(calls, count) == count) {
        task->state = TASK_AWAITING;
        scheduler_park(task->scheduler);
    }
    task->awaited_count = 0;
}

/* NULL when there is nothing to wait for. */
static struct task *task_that_awaits(inia_call *const *calls, size_t count)
{
    size_t i = 0;
    while (i < count && !calls[i])
        i++;
    if (i == count)
        return NULL;
    struct task *task = task_running(call_of(calls[i])->engine);
    bool is_called_inside_a_task = task != NULL;
    check(is_called_inside_a_task);
    return task;
}

size_t task_await_any(inia_call *const *calls, size_t count)
{
    struct task *task = task_that_awaits(calls, count);
    if (!task)
        return count;
    if (find_handed_out(calls, count) == count)
        await_calls(task, calls, count);
    return find_handed_out(calls, count);
}

void task_await_all(inia_call *const *calls, size_t count)
{
    struct task *task = task_that_awaits(calls, count);
    for (size_t i = 0; task && i < count; i++) {
        if (calls[i] && !call_is_handed_out(call_of(calls[i])))
            await_calls(task, &calls[i], 1);
    }
}
