#include "overflow.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { HANDLER_BYTES = 16 << 10 }; /* beyond what the kernel itself puts on the alternate stack */

static _Thread_local struct {
    struct overflow_watch *first;
    void *stack; /* the alternate one, if it is ours */
    size_t stack_size;
} here;

static bool lies_in_a_guard(uintptr_t address)
{
    for (struct overflow_watch *watch = here.first; watch; watch = watch->next) {
        uintptr_t guard = (uintptr_t)watch->guard;
        if (guard && address >= guard && address - guard < watch->guard_size)
            return true;
    }
    return false;
}

/* A signal that someone sent does not come again by itself when this returns, a fault does. */
static void on_fault(int number, siginfo_t *info, void *machine)
{
    static const char line[] = "inia: task stack overflow: raise inia_engine_config.task_stack\n";
    (void)machine;
    bool was_sent = info->si_code <= 0;
    if (!was_sent && lies_in_a_guard((uintptr_t)info->si_addr)) {
        ssize_t ignored = write(STDERR_FILENO, line, sizeof line - 1);
        (void)ignored;
    }
    signal(number, SIG_DFL);
    if (was_sent)
        raise(number);
}

/* ---- The handler: of the process ------------------------------------------------------------- */

static pthread_mutex_t of_the_process = PTHREAD_MUTEX_INITIALIZER;
static size_t watches; /* in all threads */

static bool is_default(const struct sigaction *action)
{
    return !(action->sa_flags & SA_SIGINFO) && action->sa_handler == SIG_DFL;
}

static bool is_ours(const struct sigaction *action)
{
    return (action->sa_flags & SA_SIGINFO) && action->sa_sigaction == on_fault;
}

static void hold_handler(void)
{
    struct sigaction now, wanted = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&wanted.sa_mask);
    pthread_mutex_lock(&of_the_process);
    if (watches++ == 0 && sigaction(SIGSEGV, NULL, &now) == 0 && is_default(&now))
        sigaction(SIGSEGV, &wanted, NULL);
    pthread_mutex_unlock(&of_the_process);
}

/* The library may be unloaded after this. */
static void let_go_of_handler(void)
{
    struct sigaction now;
    pthread_mutex_lock(&of_the_process);
    if (--watches == 0 && sigaction(SIGSEGV, NULL, &now) == 0 && is_ours(&now))
        signal(SIGSEGV, SIG_DFL);
    pthread_mutex_unlock(&of_the_process);
}

/* ---- Its stack: of the thread ---------------------------------------------------------------- */

static void give_alternate_stack(void)
{
    stack_t now;
    if (here.stack || sigaltstack(NULL, &now) != 0 || !(now.ss_flags & SS_DISABLE))
        return;
    size_t size = HANDLER_BYTES + (size_t)sysconf(_SC_MINSIGSTKSZ);
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return;
    here.stack = memory;
    here.stack_size = size;
    sigaltstack(&(stack_t){.ss_sp = memory, .ss_size = size}, NULL);
}

static void take_alternate_stack_back(void)
{
    stack_t now;
    if (!here.stack || sigaltstack(NULL, &now) != 0)
        return;
    if (now.ss_sp == here.stack)
        sigaltstack(&(stack_t){.ss_flags = SS_DISABLE}, NULL);
    munmap(here.stack, here.stack_size);
    here.stack = NULL;
}

/* ---- The door -------------------------------------------------------------------------------- */

void overflow_watch_begin(struct overflow_watch *watch, size_t guard_size)
{
    *watch = (struct overflow_watch){.next = here.first, .guard_size = guard_size};
    here.first = watch;
    give_alternate_stack();
    hold_handler();
}

void overflow_watch_end(struct overflow_watch *watch)
{
    if (!watch->guard_size)
        return;
    struct overflow_watch **at = &here.first;
    while (*at && *at != watch)
        at = &(*at)->next;
    if (*at)
        *at = watch->next;
    watch->guard_size = 0;
    if (!here.first)
        take_alternate_stack_back();
    let_go_of_handler();
}
