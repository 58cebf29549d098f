#include "tasks/context.h"

#include "test.h"

#include <fenv.h>
#include <stdlib.h>

/* Two stacks that hand a number to and fro. */
enum { SIZE = 256 << 10, ROUNDS = 1000 };

struct pair {
    struct context main, other;
    int number;
    double sum;
    bool left;
};

static char *make_stack(void)
{
    char *low = aligned_alloc(4096, SIZE);
    CHECK(low != NULL);
    return low;
}

static void add_one(void *arg)
{
    struct pair *pair = arg;
    double kept = 0.5; /* in a register that the switch must keep */
    for (int i = 0; i < ROUNDS; i++) {
        pair->number++;
        kept += 1.0;
        context_switch(&pair->other, &pair->main);
    }
    pair->sum = kept;
    pair->left = true;
    context_leave(&pair->other, &pair->main);
}

TEST(a_context_goes_on_where_it_left_off)
{
    struct pair pair = {0};
    char *low = make_stack();
    context_make(&pair.other, low, low + SIZE, add_one, &pair);
    for (int i = 0; i < ROUNDS; i++) {
        CHECK_EQ(pair.number, i);
        context_switch(&pair.main, &pair.other);
    }
    CHECK(!pair.left);
    context_switch(&pair.main, &pair.other);
    CHECK(pair.left && pair.number == ROUNDS && pair.sum == ROUNDS + 0.5);
    context_release(&pair.other);
    free(low);
}

/* Sixteen values that live across the switch: more than there are registers to be kept. */
static void hold_many(void *arg)
{
    struct pair *pair = arg;
    volatile long seed = 3;
    long a[16];
    double b[16];
    for (int i = 0; i < 16; i++) {
        a[i] = seed * (i + 1);
        b[i] = (double)seed / (i + 1);
    }
    context_switch(&pair->other, &pair->main);
    for (int i = 0; i < 16; i++) {
        pair->number += a[i] == 3 * (i + 1);
        pair->number += b[i] == 3.0 / (i + 1);
    }
    context_leave(&pair->other, &pair->main);
}

TEST(registers_that_belong_to_the_caller_are_kept)
{
    struct pair pair = {0};
    char *low = make_stack();
    context_make(&pair.other, low, low + SIZE, hold_many, &pair);
    context_switch(&pair.main, &pair.other);
    volatile double noise = 1;
    for (int i = 0; i < 100; i++)
        noise = noise * 1.01 + i;
    context_switch(&pair.main, &pair.other);
    CHECK_EQ(pair.number, 32);
    context_release(&pair.other);
    free(low);
}

static void round_up(void *arg)
{
    struct pair *pair = arg;
    pair->number = fegetround();
    fesetround(FE_UPWARD);
    context_switch(&pair->other, &pair->main);
    pair->left = fegetround() == FE_UPWARD;
    context_leave(&pair->other, &pair->main);
}

TEST(each_context_has_its_own_rounding)
{
    struct pair pair = {0};
    char *low = make_stack();
    CHECK_EQ(fegetround(), FE_TONEAREST);
    context_make(&pair.other, low, low + SIZE, round_up, &pair);
    context_switch(&pair.main, &pair.other);
    CHECK_EQ(pair.number, FE_TONEAREST);
    CHECK_EQ(fegetround(), FE_TONEAREST);
    context_switch(&pair.main, &pair.other);
    CHECK(pair.left);
    CHECK_EQ(fegetround(), FE_TONEAREST);
    context_release(&pair.other);
    free(low);
}

static void say_where(void *arg)
{
    struct pair *pair = arg;
    char here = 0;
    pair->number = (uintptr_t)__builtin_frame_address(0) % 16 == 0;
    pair->other.came_from->arg = &here;
    context_leave(&pair->other, &pair->main);
}

TEST(a_context_runs_on_the_stack_it_was_given)
{
    struct pair pair = {0};
    char *low = make_stack();
    context_make(&pair.other, low, low + SIZE, say_where, &pair);
    context_switch(&pair.main, &pair.other);
    CHECK_EQ(pair.number, 1); /* frames are aligned as the ABI wants it */
#ifndef CONTEXT_TELLS_ASAN    /* whose locals may lie elsewhere */
    CHECK((char *)pair.main.arg >= low && (char *)pair.main.arg < low + SIZE);
#endif
    context_release(&pair.other);
    free(low);
}
