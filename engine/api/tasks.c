/* The functions of tasks. */
#include "tasks/tasks.h"

#include <inia/inia.h>

inia_status inia_spawn(inia_engine *engine, inia_task *task, void *arg)
{
    return task_spawn(engine, task, arg, NULL);
}

inia_status inia_spawn_then(inia_engine *engine, inia_task *task, void *arg, inia_task *then)
{
    return task_spawn(engine, task, arg, then);
}

void inia_cancel_tasks(inia_engine *engine, const void *arg)
{
    tasks_cancel(engine, arg);
}

inia_call *inia_await(inia_call *call)
{
    task_await_all(&call, 1);
    return call;
}

void inia_await_all(inia_call *const *calls, size_t count)
{
    task_await_all(calls, count);
}

size_t inia_await_any(inia_call *const *calls, size_t count)
{
    return task_await_any(calls, count);
}

bool inia_sleep(inia_engine *engine, uint32_t ms)
{
    return task_sleep(engine, ms);
}
