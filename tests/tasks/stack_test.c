#include "tasks/stack.h"

#include "tasks/context.h"
#include "test.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LIMIT = 16 << 20 };

static struct budget memory;
static struct log no_log;
static struct stack_pool pool;

static void begin(size_t size)
{
    budget_init(&memory, LIMIT);
    stack_pool_init(&pool, &memory, &no_log, size);
}

static void end(void)
{
    stack_pool_release(&pool);
    CHECK_EQ(memory.used, 0);
}

static size_t resident(const struct stack *stack)
{
    unsigned char pages[4096];
    size_t size = (size_t)(stack->high - stack->low), page = (size_t)sysconf(_SC_PAGESIZE);
    CHECK_EQ(mincore(stack->low, size, pages), 0);
    size_t count = 0;
    for (size_t i = 0; i < (size + page - 1) / page; i++)
        count += pages[i] & 1;
    return count;
}

TEST(a_stack_can_be_used_from_end_to_end)
{
    begin(0);
    struct stack *stacks[200];
    for (size_t i = 0; i < 200; i++) {
        stacks[i] = stack_take(&pool);
        CHECK(stacks[i] != NULL && (uintptr_t)stacks[i]->high % 16 == 0);
        CHECK(stacks[i]->high - stacks[i]->low >= STACK_DEFAULT - 4096);
        stacks[i]->low[0] = stacks[i]->high[-1] = (char)i;
    }
    for (size_t i = 0; i < 200; i++) {
        CHECK_EQ(stacks[i]->low[0], (char)i);
        CHECK_EQ(stacks[i]->high[-1], (char)i);
        stack_give(&pool, stacks[i]);
    }
    end();
}

TEST(the_stack_given_back_last_is_taken_first)
{
    begin(0);
    struct stack *a = stack_take(&pool), *b = stack_take(&pool);
    CHECK(a && b && a != b);
    stack_give(&pool, a);
    stack_give(&pool, b);
    uint64_t allocations = memory.allocations;
    CHECK(stack_take(&pool) == b && stack_take(&pool) == a);
    CHECK_EQ(memory.allocations, allocations);
    stack_give(&pool, a);
    stack_give(&pool, b);
    end();
}

TEST(warm_stacks_keep_to_their_share_and_cold_ones_cost_nothing)
{
    begin(0);
    struct stack *stacks[100];
    for (size_t i = 0; i < 100; i++) {
        stacks[i] = stack_take(&pool);
        CHECK(stacks[i] != NULL);
        stacks[i]->high[-1] = 1;
    }
    size_t used = memory.used;
    for (size_t i = 0; i < 100; i++)
        stack_give(&pool, stacks[i]);
    size_t warm = LIMIT / STACK_WARM_SHARE / STACK_COUNTED;
    CHECK_EQ(used - memory.used, (100 - warm) * STACK_COUNTED);
    for (size_t i = 0; i < 100; i++)
        CHECK_EQ(resident(stacks[i]), i < warm);
    end();
}

TEST(depth_that_was_seen_is_counted_once)
{
    begin(0);
    struct stack *stack = stack_take(&pool);
    size_t before = memory.used;
    CHECK(!stack_is_deeper(stack, stack->high - 100));
    CHECK(stack_is_deeper(stack, stack->high - 20000));
    stack_count(&pool, stack, stack->high - 20000);
    CHECK(!stack_is_deeper(stack, stack->high - 20000));
    CHECK(memory.used - before >= 20000 - STACK_COUNTED);
    CHECK(memory.used - before <= 24576 - STACK_COUNTED);
    stack_count(&pool, stack, stack->high - 100);
    CHECK(stack->counted >= 20000);
    stack_give(&pool, stack);
    end();
}

TEST(a_spent_budget_gives_no_stack)
{
    begin(0);
    CHECK(budget_claim(&memory, LIMIT - STACK_COUNTED / 2));
    CHECK(stack_take(&pool) == NULL);
    budget_return(&memory, LIMIT - STACK_COUNTED / 2);
    struct stack *stack = stack_take(&pool);
    CHECK(stack != NULL);
    stack_give(&pool, stack);
    end();
}

TEST(each_allocation_may_fail)
{
    begin(0);
    for (uint64_t nth = 1;; nth++) {
        budget_fail_after(nth);
        struct stack *stack = stack_take(&pool);
        budget_fail_after(0);
        if (stack) {
            CHECK_EQ(nth, 3); /* its pages, and the description of the mapping */
            stack_give(&pool, stack);
            break;
        }
        CHECK_EQ(memory.used, 0);
    }
    end();
}

static int signal_of_touching(volatile char *place)
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        signal(SIGSEGV, SIG_DFL);
        *place = 1;
        _exit(0);
    }
    int status;
    CHECK_EQ(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void guards_stop(void)
{
    struct stack *first = stack_take(&pool), *second = stack_take(&pool);
    CHECK(first && second);
    CHECK_EQ(signal_of_touching(second->low), 0);
    CHECK_EQ(signal_of_touching(second->low - 1), SIGSEGV);
    CHECK_EQ(signal_of_touching(second->low - STACK_GUARD), SIGSEGV);
    CHECK_EQ(signal_of_touching(first->low - 1), SIGSEGV);
    stack_give(&pool, second);
    stack_give(&pool, first);
}

TEST(below_each_stack_lies_a_guard)
{
    begin(STACK_LEAST);
    guards_stop();
    end();
}

TEST(where_the_kernel_has_no_guards_protection_does_it)
{
    begin(STACK_LEAST);
    pool.guard_by_protection = true;
    guards_stop();
    end();
}

static char logged[512];

static void keep_line(void *arg, int level, const char *line)
{
    (void)arg, (void)level;
    snprintf(logged, sizeof logged, "%s", line);
}

TEST(what_the_system_refuses_is_logged_and_leaves_all_as_it_was)
{
    struct log log = {.write = keep_line, .level = LOG_LEVEL_WARNING};
    budget_init(&memory, (size_t)1 << 62);
    stack_pool_init(&pool, &memory, &log, (size_t)1 << 50); /* more than there is to address */
    CHECK(stack_take(&pool) == NULL);
    CHECK(strstr(logged, "no stack for a task beside 0 others: mmap: ") != NULL);
    CHECK(strstr(logged, "vm.max_map_count") != NULL);
    end();
}
