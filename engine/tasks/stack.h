/*
 * stack: memory for a task to run on, from a pool.
 *
 * Stacks lie in mappings of many, each above a guard that is as large as the default stack: whoever
 * runs over the end of his stack is stopped there, also in a function with large arrays. The guard
 * costs address space only. Where the kernel has MADV_GUARD_INSTALL (6.13) it does not split the
 * mapping; elsewhere mprotect() does, and vm.max_map_count, 65,530 by default, ends it at some
 * 32,000 stacks.
 *
 * The budget counts what a waiting task keeps: STACK_COUNTED bytes, and more as soon as it has been
 * seen to wait at a greater depth. What it touches below that in between is memory of the process
 * that the budget does not know of, until the stack is given back. Given back, a stack is kept warm
 * for the next task up to a share of the budget; beyond it, its pages go back to the system.
 */
#ifndef TASKS_STACK_H
#define TASKS_STACK_H

#include "base/base.h"

enum {
    STACK_DEFAULT = 64 << 10, /* bytes of a stack */
    STACK_LEAST = 16 << 10,
    STACK_GUARD = 64 << 10,
    STACK_COUNTED = 8 << 10,
    STACK_WARM_SHARE = 64,    /* stacks are kept warm up to this share of the budget */
    STACK_MAPPING = 8 << 20,  /* bytes of address space mapped at a time, at least */
    STACK_COLOURS = 8,        /* neighbours begin at different cache lines ... */
    STACK_COLOUR_BYTES = 256, /* ... so far apart */
};

struct stack {
    struct stack *next; /* in the pool */
    char *low, *high;   /* high is a multiple of 16: where to begin */
    size_t counted;     /* bytes of budget it takes; 0: it is cold */
};

struct stack_pool {
    struct budget *memory;
    const struct log *log; /* told what the system refuses */
    size_t size;           /* of a stack */
    struct stack *warm, *cold;
    size_t warm_bytes, warm_most; /* counted */
    size_t in_use;
    struct stack_mapping *mappings; /* newest first */
    bool guard_by_protection;       /* the kernel knows no MADV_GUARD_INSTALL */
    bool guards_were_tried;         /* it does, and they hold */
};

/* size: at least STACK_LEAST, rounded up to pages; 0: STACK_DEFAULT. Maps nothing yet. */
void stack_pool_init(
    struct stack_pool *pool, struct budget *memory, const struct log *log, size_t size);
void stack_pool_release(struct stack_pool *pool); /* every stack must have been given back */

/* NULL: the budget is spent, or the system has no more mappings, which is logged. */
struct stack *stack_take(struct stack_pool *pool) MUST_USE;
void stack_give(struct stack_pool *pool, struct stack *stack);

/* A task waits with so much of its stack in use. */
void stack_count(struct stack_pool *pool, struct stack *stack, const void *sp);

static inline bool stack_is_deeper(const struct stack *stack, const void *sp)
{
    return (size_t)(stack->high - (const char *)sp) > stack->counted;
}

#endif
