/*
 * scheduler: the tasks of an engine. Those that are ready run in the order in which they became so;
 * one that becomes ready meanwhile runs in the next turn. Room for calls goes to those who have
 * wanted it longest, turn by turn with what other threads have handed off.
 */
#ifndef TASKS_SCHEDULER_H
#define TASKS_SCHEDULER_H

#include "calls/calls.h"
#include "context.h"
#include "overflow.h"
#include "stack.h"

enum { TASK_WAITS_AT_END = 1000 }; /* after inia_engine_free(): then it is abandoned */

struct task;

struct scheduler {
    struct engine_guest guest; /* first */
    inia_engine *engine;
    struct task *running;   /* NULL: the engine's own stack runs */
    struct context context; /* of that one */
    struct stack_pool stacks;
    struct overflow_watch overflow;
    struct list all;
    struct list ready;
    struct list wanting_room;
    size_t refused_at;   /* calls in use when there was no room last; SIZE_MAX: there was */
    bool handoffs_first; /* next time there is room */
    struct call spare;   /* finished with INIA_NO_MEMORY: for want of memory for another */
};

/* The engine's, made when first asked for. NULL: no memory. */
struct scheduler *scheduler_of(inia_engine *engine) MUST_USE;

/* The task whose stack runs now; NULL: none does. */
static inline struct task *task_running(const inia_engine *engine)
{
    return engine->guest ? ((struct scheduler *)(void *)engine->guest)->running : NULL;
}

/* Runs function(arg) on the engine's own stack. */
void task_outside(inia_engine *engine, void (*function)(void *arg), void *arg);

/* Cancels all tasks, runs them to their end, and frees the scheduler. No new ones from here on. */
void tasks_end(inia_engine *engine);

/* For task.c. */
void scheduler_make_ready(struct scheduler *scheduler, struct task *task);
void scheduler_park(struct scheduler *scheduler); /* out of the running task, until it is ready */
void scheduler_want_room(struct scheduler *scheduler, struct task *task, bool again);
bool scheduler_is_crowded(const struct scheduler *scheduler); /* others wanted room before */
_Noreturn void scheduler_leave(struct scheduler *scheduler);  /* out of it for ever */

#endif
