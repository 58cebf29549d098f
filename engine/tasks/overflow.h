/*
 * overflow: says in one line that a task's stack was too small before the process dies of it.
 *
 * Without it the guard below the stack ends the process by a plain SIGSEGV. The line takes a
 * handler, and handlers belong to the program; so this one is installed with an engine's first
 * task, only where SIGSEGV has its default action, and goes with the last engine that has tasks. It
 * runs on an alternate stack that its thread gets only if it has none. It prints for a fault in the
 * guard of the task that runs, restores the default action and returns: the fault then happens
 * again, and the process dies as it would have, with the same signal and core. A program that has,
 * or later sets, a handler of its own keeps it, and inia_engine_config.no_overflow_message keeps
 * this one out altogether.
 */
#ifndef TASKS_OVERFLOW_H
#define TASKS_OVERFLOW_H

#include <stdbool.h>
#include <stddef.h>

/* Of an engine, on the thread that runs it. */
struct overflow_watch {
    struct overflow_watch *next;
    const char *volatile guard; /* of the task that runs, guard_size bytes; NULL: none does */
    size_t guard_size;
};

void overflow_watch_begin(struct overflow_watch *watch, size_t guard_size);
void overflow_watch_end(
    struct overflow_watch *watch); /* on the same thread; no harm if not begun */

#endif
