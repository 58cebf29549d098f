/*
 * task: a function on a stack of its own. Lies at the upper end of that stack.
 *
 *              +------------------------- whatever it waited for has come ------+
 *              v                                                                |
 *   spawn -> READY -> RUNNING -> AWAITING calls, SLEEPING, WANTING ROOM --------+
 *                        |
 *                        +-- returns -> LEAVING: until its calls have finished -> ENDED
 *
 * It owns the calls it has submitted without on_done, until it releases them. Those it leaves
 * behind are cancelled and released; its stack, where their bodies may lie, stays until then.
 */
#ifndef TASKS_TASK_H
#define TASKS_TASK_H

#include "calls/calls.h"
#include "context.h"
#include "stack.h"

struct scheduler;

enum task_state {
    TASK_READY,
    TASK_RUNNING,
    TASK_AWAITING,
    TASK_SLEEPING,
    TASK_WANTING_ROOM,
    TASK_LEAVING,
    TASK_ENDED
};

struct task {
    struct scheduler *scheduler;
    struct list_link link;  /* in the list of all */
    struct list_link place; /* in the list of those that are ready or want room */
    enum task_state state;
    bool cancelled;
    bool is_refused;       /* no room for its call will ever come */
    uint32_t waits_at_end; /* since the engine is being freed */
    void (*run)(inia_engine *engine, void *arg);
    void (*then)(inia_engine *engine, void *arg); /* may be NULL */
    void *arg;
    struct stack *stack;
    struct context context;
    struct list calls;         /* its own */
    inia_call *const *awaited; /* while AWAITING: any of these; some may be NULL */
    size_t awaited_count;
    struct ring_timer timer;
    void (*outside)(void *arg); /* to be run on the engine's stack */
    void *outside_arg;
};

/* As inia_spawn_then(), inia_cancel_tasks() and so on in the public header. */
inia_status task_spawn(
    inia_engine *engine, void (*run)(inia_engine *, void *), void *arg,
    void (*then)(inia_engine *, void *)) MUST_USE;
void tasks_cancel(inia_engine *engine, const void *arg);
inia_call *task_submit(struct task *task, inia_client *client, const inia_request *request);
void task_await_all(inia_call *const *calls, size_t count);
size_t task_await_any(inia_call *const *calls, size_t count);
bool task_sleep(inia_engine *engine, uint32_t ms);

/* For scheduler.c. */
void task_cancel(struct task *task);
void task_leave(struct task *task);   /* it has returned, or is made to: cancels its calls */
void task_release(struct task *task); /* ENDED: its memory goes */

#endif
