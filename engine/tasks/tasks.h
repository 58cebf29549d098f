/*
 * tasks: functions that wait for calls as if these were plain functions, each on a stack of its
 * own. Above calls, which knows of tasks only that an engine may have a guest (calls/engine.h).
 *
 *   struct task       task.h       one of them: its life, and what it can wait for
 *   struct scheduler  scheduler.h  those of an engine: who runs next, who gets room for a call
 *   struct stack      stack.h      memory to run on, pooled, counted in the budget, guarded
 *   struct context    context.h    switching stacks
 *                     overflow.h   a line for him whose stack was too small
 *
 * Tasks run inside engine_wait() where callbacks run, one after the other, never nested. What a
 * task asks of the engine is done on the engine's own stack, so that a task's stack holds little
 * more than its own frames.
 *
 *   task_spawn(engine, run, arg, NULL);       // run(engine, arg), from the next engine_wait() on
 *   struct task *task = task_running(engine); // in there
 *   inia_call *call = task_submit(task, client, &request);
 *   task_await_all(&call, 1);
 *   call_release(call_of(call));
 *   tasks_end(engine);                        // before engine_free()
 */
#ifndef TASKS_TASKS_H
#define TASKS_TASKS_H

#include "scheduler.h"
#include "task.h"

#endif
