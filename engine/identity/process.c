#include "process.h"

#include "words.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* ---- The end --------------------------------------------------------------------------------- */

static void close_all(struct process *process)
{
    ring_watch_clear(process->ring, &process->watch);
    ring_timer_clear(process->ring, &process->timer);
    if (process->output_fd >= 0)
        close(process->output_fd);
    if (process->pid_fd >= 0)
        close(process->pid_fd);
    process->ring = NULL;
}

/* Its group too, so that what it started does not stay; and it is waited for, which takes no time
 * once it is killed or has ended. */
static int kill_and_wait(struct process *process, bool kills)
{
    if (kills)
        kill(-process->pid, SIGKILL);
    int status = 0;
    pid_t waited;
    do {
        waited = waitpid(process->pid, &status, 0);
    } while (waited < 0 && errno == EINTR);
    return waited < 0 ? 0 : status; /* a host that ignores SIGCHLD keeps the status from us */
}

void process_stop(struct process *process)
{
    if (!process->ring)
        return;
    (void)kill_and_wait(process, true);
    close_all(process);
}

static void end(struct process *process, const char *problem)
{
    process->problem = problem;
    close_all(process);
    process->ended(process);
}

static void fail(struct process *process, const char *problem)
{
    (void)kill_and_wait(process, true);
    end(process, problem);
}

static void timer_fired(struct ring_timer *timer)
{
    fail(CONTAINER_OF(timer, struct process, timer), "it did not end in time");
}

/* ---- Its output, then its end ---------------------------------------------------------------- */

static void has_ended(struct ring_watch *watch, uint32_t events)
{
    (void)events;
    struct process *process = CONTAINER_OF(watch, struct process, watch);
    int status = kill_and_wait(process, false);
    if (status == 0) {
        end(process, NULL);
        return;
    }
    if (WIFEXITED(status))
        snprintf(process->line, sizeof process->line, "it exited with %d", WEXITSTATUS(status));
    else
        snprintf(
            process->line, sizeof process->line, "it was ended by signal %d", WTERMSIG(status));
    end(process, process->line);
}

static void has_output(struct ring_watch *watch, uint32_t events)
{
    (void)events;
    struct process *process = CONTAINER_OF(watch, struct process, watch);
    size_t left = PROCESS_OUTPUT_MOST - process->output.size;
    ssize_t count = read(process->output_fd, process->bytes + process->output.size, left);
    if (count > 0)
        process->output.size += (size_t)count;
    if (count == 0) {
        watch->ready = has_ended;
        ring_watch_set(process->ring, watch, process->pid_fd, POLLIN);
    } else if (count < 0 && errno != EAGAIN && errno != EINTR) {
        fail(process, strerror(errno));
    } else if (process->output.size == PROCESS_OUTPUT_MOST) {
        fail(process, "it writes too much");
    } else {
        ring_watch_set(process->ring, watch, process->output_fd, POLLIN);
    }
}

/* ---- The start ------------------------------------------------------------------------------- */

static int spawn(int *pid, char *const *words, int output)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    sigemptyset(&none);
    int error = posix_spawn_file_actions_init(&actions);
    if (error)
        return error;
    error = posix_spawnattr_init(&attributes);
    if (!error) {
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
        posix_spawnattr_setsigmask(&attributes, &none);
        error = posix_spawnp(pid, words[0], &actions, &attributes, words, environ);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

static const char *choose_words(struct words *words, text command, struct arena *arena)
{
    const char *wrong = words_split(words, command, arena);
    if (wrong)
        return wrong;
    if (!words->count)
        return "the command is empty";
    if (!words->for_shell)
        return NULL;
    char *line = (char *)(uintptr_t)arena_string(arena, command);
    *words = (struct words){.items = {(char *)"/bin/sh", (char *)"-c", line}, .count = 3};
    return line ? NULL : "no memory for it";
}

const char *process_start(
    struct process *process, struct ring *ring, struct arena *arena, text command)
{
    check(!process->ring);
    struct words words;
    const char *wrong = choose_words(&words, command, arena);
    char *bytes = arena_alloc(arena, PROCESS_OUTPUT_MOST);
    int ends[2];
    if (wrong || !bytes)
        return wrong ? wrong : "no memory for it";
    if (pipe2(ends, O_CLOEXEC) != 0)
        return strerror(errno);
    int pid = 0, error = spawn(&pid, words.items, ends[1]);
    close(ends[1]);
    int pid_fd = error ? -1 : (int)syscall(SYS_pidfd_open, pid, 0);
    process->pid = pid;
    if (pid_fd < 0) {
        close(ends[0]);
        if (!error)
            error = errno, (void)kill_and_wait(process, true);
        return strerror(error);
    }
    (void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
    process->ring = ring;
    process->output_fd = ends[0];
    process->pid_fd = pid_fd;
    process->bytes = bytes;
    process->output = text_from(bytes, 0);
    process->problem = NULL;
    process->watch = (struct ring_watch){.ready = has_output};
    process->timer = (struct ring_timer){.fire = timer_fired};
    ring_watch_set(ring, &process->watch, ends[0], POLLIN);
    ring_timer_set(ring, &process->timer, ring_now_ns(ring) + (uint64_t)PROCESS_MOST_MS * 1000000u);
    return NULL;
}
