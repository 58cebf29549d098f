/* Each case is a child that dies; what it says and of which signal is looked at. */
#include "tasks/overflow.h"

#include <inia/inia.h>

#include "tasks/tasks.h"
#include "test.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static const char message[] = "inia: task stack overflow: raise inia_engine_config.task_stack\n";

struct death {
    int signal; /* 0: it exited */
    char said[512];
};

static void watch_die(void (*child_does)(void), struct death *death)
{
    int pipes[2];
    CHECK_EQ(pipe(pipes), 0);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
        dup2(pipes[1], STDERR_FILENO);
        child_does();
        _exit(0);
    }
    close(pipes[1]);
    size_t size = 0;
    ssize_t more;
    while ((more = read(pipes[0], death->said + size, sizeof death->said - 1 - size)) > 0)
        size += (size_t)more;
    death->said[size] = 0;
    close(pipes[0]);
    int status;
    CHECK_EQ(waitpid(child, &status, 0), child);
    death->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void skip_under_sanitizers(void)
{
#if defined(CONTEXT_TELLS_ASAN) || defined(CONTEXT_TELLS_TSAN)
    SKIP("the sanitizer has a handler of its own, and reports");
#endif
}

static volatile char sum;

/* A frame of 600 bytes, for as often as there is room. */
static int __attribute__((noinline)) go_down(int depth)
{
    volatile char frame[600];
    frame[depth % 600] = (char)depth;
    int below = depth < 1000000 ? go_down(depth + 1) : 0;
    sum = (char)(sum + frame[depth % 600]);
    return below + 1;
}

static void overflow(inia_engine *engine, void *arg)
{
    (void)engine, (void)arg;
    go_down(0);
}

static void overflow_in_large_steps(inia_engine *engine, void *arg)
{
    (void)engine, (void)arg;
    volatile char frame[60000];
    volatile int place = 0;
    frame[place] = 1;
    sum = frame[place];
}

static void touch_nowhere(inia_engine *engine, void *arg)
{
    (void)engine, (void)arg;
    static volatile char *volatile nowhere;
    *nowhere = 1;
}

static void raise_it(inia_engine *engine, void *arg)
{
    (void)engine, (void)arg;
    raise(SIGSEGV);
}

static void run_task(inia_task *task, inia_engine_config config)
{
    inia_engine *engine = inia_engine_new(&config, NULL);
    if (engine && inia_spawn(engine, task, NULL) == INIA_OK)
        inia_wait(engine, NULL, 0, 1000);
}

static void with_default_stack(void)
{
    run_task(overflow, (inia_engine_config){0});
}

static void with_large_frame(void)
{
    run_task(overflow_in_large_steps, (inia_engine_config){.task_stack = STACK_LEAST});
}

static void without_message(void)
{
    run_task(overflow, (inia_engine_config){.no_overflow_message = true});
}

static void with_other_fault(void)
{
    run_task(touch_nowhere, (inia_engine_config){0});
}

static void with_signal_sent(void)
{
    run_task(raise_it, (inia_engine_config){0});
}

TEST(an_overflow_is_named_and_kills)
{
    skip_under_sanitizers();
    struct death death;
    watch_die(with_default_stack, &death);
    CHECK_EQ(death.signal, SIGSEGV);
    CHECK_TEXT(death.said, message);
}

TEST(a_large_frame_does_not_step_over_the_guard)
{
    skip_under_sanitizers();
    struct death death;
    watch_die(with_large_frame, &death);
    CHECK_EQ(death.signal, SIGSEGV);
    CHECK_TEXT(death.said, message);
}

TEST(other_faults_kill_without_a_word)
{
    skip_under_sanitizers();
    struct death death;
    watch_die(with_other_fault, &death);
    CHECK_EQ(death.signal, SIGSEGV);
    CHECK_TEXT(death.said, "");
    watch_die(with_signal_sent, &death);
    CHECK_EQ(death.signal, SIGSEGV);
    CHECK_TEXT(death.said, "");
}

TEST(the_message_can_be_done_without)
{
    skip_under_sanitizers();
    struct death death;
    watch_die(without_message, &death);
    CHECK_EQ(death.signal, SIGSEGV);
    CHECK_TEXT(death.said, "");
}

static void of_the_program(int number)
{
    (void)number;
    ssize_t ignored = write(STDERR_FILENO, "mine", 4);
    (void)ignored;
    _exit(0);
}

static void with_handler_of_its_own(void)
{
    static char stack[65536];
    sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof stack}, NULL);
    struct sigaction action = {.sa_handler = of_the_program, .sa_flags = SA_ONSTACK};
    sigaction(SIGSEGV, &action, NULL);
    run_task(overflow, (inia_engine_config){0});
}

TEST(a_handler_of_the_program_s_own_stays)
{
    skip_under_sanitizers();
    struct death death;
    watch_die(with_handler_of_its_own, &death);
    CHECK_EQ(death.signal, 0);
    CHECK_TEXT(death.said, "mine");
}

static void return_at_once(inia_engine *engine, void *arg)
{
    (void)engine, (void)arg;
}

TEST(the_handler_and_its_stack_go_with_the_last_engine_that_had_tasks)
{
    skip_under_sanitizers();
    inia_engine *engines[2];
    for (int i = 0; i < 2; i++) {
        engines[i] = inia_engine_new(NULL, NULL);
        CHECK(engines[i] && inia_spawn(engines[i], return_at_once, NULL) == INIA_OK);
    }
    struct sigaction action;
    stack_t stack;
    inia_engine_free(engines[0]);
    CHECK(sigaction(SIGSEGV, NULL, &action) == 0 && sigaltstack(NULL, &stack) == 0);
    CHECK(action.sa_flags & SA_SIGINFO);
    CHECK(!(stack.ss_flags & SS_DISABLE));
    inia_engine_free(engines[1]);
    CHECK(sigaction(SIGSEGV, NULL, &action) == 0 && sigaltstack(NULL, &stack) == 0);
    CHECK(!(action.sa_flags & SA_SIGINFO) && action.sa_handler == SIG_DFL);
    CHECK(stack.ss_flags & SS_DISABLE);
}
