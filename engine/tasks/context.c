#include "context.h"

#ifdef CONTEXT_TELLS_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef CONTEXT_TELLS_TSAN
#include <sanitizer/tsan_interface.h>
#endif

/* ---- The sanitizers ------------------------------------------------------------------------ */

/* ThreadSanitizer counts functions entered and left of each stack: a switch stands between none. */
#define INLINE static inline __attribute__((always_inline))

INLINE void tell_before(struct context *from, struct context *to, bool for_ever)
{
    (void)from, (void)to, (void)for_ever;
#ifdef CONTEXT_TELLS_ASAN
    __sanitizer_start_switch_fiber(for_ever ? NULL : &from->fake_stack, to->low, to->size);
#endif
#ifdef CONTEXT_TELLS_TSAN
    if (!from->fiber)
        from->fiber = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(to->fiber, 0);
#endif
}

/* self goes on. Only now does AddressSanitizer say where the stack lies that was left. */
INLINE void tell_after(struct context *self)
{
    (void)self;
#ifdef CONTEXT_TELLS_ASAN
    const void *low;
    size_t size;
    __sanitizer_finish_switch_fiber(self->fake_stack, &low, &size);
    self->came_from->low = (void *)(uintptr_t)low;
    self->came_from->size = size;
#endif
}

static _Noreturn void enter(void *arg)
{
    struct context *self = arg;
    tell_after(self);
    self->run(self->arg);
    bool its_first_function_returned = true;
    check(!its_first_function_returned);
    __builtin_unreachable();
}

/* ---- The machine --------------------------------------------------------------------------- */

#ifdef CONTEXT_BY_UCONTEXT

/* makecontext() hands over numbers of the size of int. */
static void enter_halves(unsigned high, unsigned low)
{
    enter((void *)((uintptr_t)high << 16 << 16 | low));
}

static void machine_make(struct context *context, char *high)
{
    ucontext_t *machine = &context->machine;
    check(getcontext(machine) == 0);
    machine->uc_stack.ss_sp = context->low;
    machine->uc_stack.ss_size = (size_t)(high - (char *)context->low);
    machine->uc_link = NULL;
    uintptr_t self = (uintptr_t)context;
    makecontext(
        machine, (void (*)(void))enter_halves, 2, (unsigned)(self >> 16 >> 16), (unsigned)self);
    context->sp = high;
}

INLINE void machine_switch(struct context *from, struct context *to)
{
    char here;
    from->sp = &here;
    swapcontext(&from->machine, &to->machine);
}

#else

void context_swap(void **from_sp, void *to_sp);
void context_begin(void);

/* Lays out what context_swap() takes off a stack, so that it returns into context_begin(). */
static void machine_make(struct context *context, char *high)
{
#ifdef __x86_64__
    enum { WORDS = 8, CONTROL = 0, ARGUMENT = 4, FUNCTION = 3, RETURN = 7 };
    uint32_t control[2] = {0, 0};
    __asm__ volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(control[0]), "=m"(control[1]));
#else
    enum { WORDS = 22, CONTROL = 20, ARGUMENT = 0, FUNCTION = 1, RETURN = 11 };
    uint64_t control;
    __asm__ volatile("mrs %0, fpcr" : "=r"(control));
#endif
    uintptr_t *words = (uintptr_t *)(void *)high - WORDS;
    memset(words, 0, WORDS * sizeof *words);
    memcpy(&words[CONTROL], &control, sizeof control);
    words[ARGUMENT] = (uintptr_t)context;
    words[FUNCTION] = (uintptr_t)enter;
    words[RETURN] = (uintptr_t)context_begin;
    context->sp = words;
}

INLINE void machine_switch(struct context *from, struct context *to)
{
    context_swap(&from->sp, to->sp);
}

#endif

/* ---- The door ------------------------------------------------------------------------------ */

void context_make(struct context *context, void *low, void *high, void (*run)(void *), void *arg)
{
    check((uintptr_t)high % 16 == 0);
    *context = (struct context){
        .run = run, .arg = arg, .low = low, .size = (size_t)((char *)high - (char *)low)};
    machine_make(context, high);
#ifdef CONTEXT_TELLS_TSAN
    context->fiber = __tsan_create_fiber(0);
#endif
}

void context_switch(struct context *from, struct context *to)
{
    to->came_from = from;
    tell_before(from, to, false);
    machine_switch(from, to);
    tell_after(from);
}

_Noreturn void context_leave(struct context *from, struct context *to)
{
    to->came_from = from;
    tell_before(from, to, true);
    machine_switch(from, to);
    bool it_was_gone_on_with = true;
    check(!it_was_gone_on_with);
    __builtin_unreachable();
}

void context_release(struct context *context)
{
    (void)context;
#ifdef CONTEXT_TELLS_ASAN
    __asan_unpoison_memory_region(context->low, context->size);
#endif
#ifdef CONTEXT_TELLS_TSAN
    if (context->fiber)
        __tsan_destroy_fiber(context->fiber);
#endif
    context->fiber = NULL;
}
