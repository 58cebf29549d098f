#include "stack.h"

#include "context.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__has_include)
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#endif
#endif
#ifndef VALGRIND_STACK_REGISTER
#define VALGRIND_STACK_REGISTER(low, high) 0u
#define VALGRIND_STACK_DEREGISTER(id) ((void)(id))
#endif

/* Of Linux 6.13 and 5.14; the C library's headers may be older. */
enum { GUARD_INSTALL = 102, POPULATE_READ = 22 };

/* Frames are larger when a sanitizer lays them out. */
#if defined(CONTEXT_TELLS_ASAN) || defined(CONTEXT_TELLS_TSAN)
enum { FRAME_FACTOR = 4 };
#else
enum { FRAME_FACTOR = 1 };
#endif

struct mapped_stack {
    struct stack public;
    unsigned valgrind_id;
};

struct stack_mapping {
    struct stack_mapping *next;
    char *start;
    size_t count, used; /* stacks there is place for, and those that have been made */
    struct mapped_stack stacks[];
};

static size_t round_to_pages(size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    return (size + page - 1) / page * page;
}

static size_t stride(const struct stack_pool *pool)
{
    return STACK_GUARD + pool->size;
}

static size_t stacks_per_mapping(const struct stack_pool *pool)
{
    size_t count = STACK_MAPPING / stride(pool);
    return count ? count : 1;
}

static size_t description_size(size_t count)
{
    return sizeof(struct stack_mapping) + count * sizeof(struct mapped_stack);
}

void stack_pool_init(
    struct stack_pool *pool, struct budget *memory, const struct log *log, size_t size)
{
    size_t wanted = size ? size : STACK_DEFAULT;
    check(wanted >= STACK_LEAST);
    *pool = (struct stack_pool){
        .memory = memory,
        .log = log,
        .size = round_to_pages(wanted * FRAME_FACTOR),
        .warm_most = memory->limit / STACK_WARM_SHARE};
}

static void unmap(struct stack_pool *pool, struct stack_mapping *mapping)
{
    for (size_t i = 0; i < mapping->used; i++)
        VALGRIND_STACK_DEREGISTER(mapping->stacks[i].valgrind_id);
    munmap(mapping->start, mapping->count * stride(pool));
    budget_free(pool->memory, mapping, description_size(mapping->count));
}

void stack_pool_release(struct stack_pool *pool)
{
    check(pool->in_use == 0);
    budget_return(pool->memory, pool->warm_bytes);
    while (pool->mappings) {
        struct stack_mapping *mapping = pool->mappings;
        pool->mappings = mapping->next;
        unmap(pool, mapping);
    }
    pool->warm = pool->cold = NULL;
    pool->warm_bytes = 0;
}

static void say_refusal(const struct stack_pool *pool, const char *what)
{
    LOG(pool->log, LOG_LEVEL_WARNING,
        "no stack for a task beside %zu others: %s: %s (see vm.max_map_count, RLIMIT_AS)",
        pool->in_use, what, strerror(errno));
}

/* Huge pages would make each task take 2 MiB. */
static char *map(const struct stack_pool *pool, size_t size)
{
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK;
    char *start = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (start == MAP_FAILED) {
        say_refusal(pool, "mmap");
        return NULL;
    }
    madvise(start, size, MADV_NOHUGEPAGE);
    return start;
}

static bool add_mapping(struct stack_pool *pool)
{
    size_t count = stacks_per_mapping(pool);
    struct stack_mapping *mapping = budget_alloc(pool->memory, description_size(count));
    if (!mapping)
        return false;
    *mapping = (struct stack_mapping){.next = pool->mappings, .count = count};
    mapping->start = map(pool, count * stride(pool));
    if (!mapping->start) {
        budget_free(pool->memory, mapping, description_size(count));
        return false;
    }
    pool->mappings = mapping;
    return true;
}

/* Emulators are known to take any advice and to heed none: the first guard is tried. */
static bool install_guard(struct stack_pool *pool, char *start)
{
    if (pool->guard_by_protection || madvise(start, STACK_GUARD, GUARD_INSTALL) != 0)
        return false;
    if (!pool->guards_were_tried)
        pool->guards_were_tried = madvise(start, STACK_GUARD, POPULATE_READ) != 0;
    return pool->guards_were_tried;
}

static bool put_guard(struct stack_pool *pool, char *start)
{
    if (install_guard(pool, start))
        return true;
    pool->guard_by_protection = true;
    if (mprotect(start, STACK_GUARD, PROT_NONE) == 0)
        return true;
    say_refusal(pool, "mprotect");
    return false;
}

/* The next one of the newest mapping. */
static struct stack *make(struct stack_pool *pool)
{
    struct stack_mapping *mapping = pool->mappings;
    if (!mapping || mapping->used == mapping->count) {
        if (!add_mapping(pool))
            return NULL;
        mapping = pool->mappings;
    }
    char *start = mapping->start + mapping->used * stride(pool);
    if (!put_guard(pool, start))
        return NULL;
    struct mapped_stack *stack = &mapping->stacks[mapping->used];
    size_t colour = mapping->used++ % STACK_COLOURS * STACK_COLOUR_BYTES;
    stack->public = (struct stack){
        .low = start + STACK_GUARD, .high = start + STACK_GUARD + pool->size - colour};
    stack->valgrind_id = VALGRIND_STACK_REGISTER(stack->public.low, stack->public.high);
    return &stack->public;
}

static struct stack *pop(struct stack **list)
{
    struct stack *stack = *list;
    if (stack)
        *list = stack->next;
    return stack;
}

static void push(struct stack **list, struct stack *stack)
{
    stack->next = *list;
    *list = stack;
}

static struct stack *warm_up(struct stack_pool *pool)
{
    if (!budget_claim(pool->memory, STACK_COUNTED))
        return NULL;
    struct stack *stack = pop(&pool->cold);
    if (!stack)
        stack = make(pool);
    if (stack)
        stack->counted = STACK_COUNTED;
    else
        budget_return(pool->memory, STACK_COUNTED);
    return stack;
}

struct stack *stack_take(struct stack_pool *pool)
{
    struct stack *stack = pop(&pool->warm);
    if (stack)
        pool->warm_bytes -= stack->counted;
    else
        stack = warm_up(pool);
    pool->in_use += stack != NULL;
    return stack;
}

static void cool_down(struct stack_pool *pool, struct stack *stack)
{
    madvise(stack->low, (size_t)(stack->high - stack->low), MADV_DONTNEED);
    budget_return(pool->memory, stack->counted);
    stack->counted = 0;
}

void stack_give(struct stack_pool *pool, struct stack *stack)
{
    check(pool->in_use > 0);
    pool->in_use--;
    if (pool->warm_bytes + stack->counted > pool->warm_most) {
        cool_down(pool, stack);
        push(&pool->cold, stack);
        return;
    }
    pool->warm_bytes += stack->counted;
    push(&pool->warm, stack);
}

void stack_count(struct stack_pool *pool, struct stack *stack, const void *sp)
{
    size_t depth = round_to_pages((size_t)(stack->high - (const char *)sp));
    if (depth > stack->counted && budget_claim(pool->memory, depth - stack->counted))
        stack->counted = depth;
}
