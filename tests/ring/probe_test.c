#include "ring_fixture.h"

#include "ring/uring_probe.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* io_uring_setup fails with this errno from now on, as under a container's default profile. */
static bool forbid_io_uring(unsigned error)
{
    struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {COUNT_OF(program), program};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

static bool forbid_with_eperm(void)
{
    return forbid_io_uring(EPERM);
}

static bool forbid_with_enosys(void)
{
    return forbid_io_uring(ENOSYS);
}

static bool forbid_with_einval(void)
{
    return forbid_io_uring(EINVAL);
}

static bool allow_no_descriptors(void)
{
    return setrlimit(RLIMIT_NOFILE, &(struct rlimit){0, 0}) == 0;
}

/* What ring_new() says in a child that lives under this restriction. */
static inia_error error_of_child(bool (*restrict_it)(void))
{
    int ends[2];
    CHECK_EQ(pipe2(ends, O_CLOEXEC), 0);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        inia_error error = {0};
        struct budget memory;
        budget_init(&memory, 64 << 20);
        if (!restrict_it())
            _exit(77);
        struct ring *ring = ring_new(&(struct ring_config){.memory = &memory}, &error);
        if (ring || memory.used)
            _exit(1);
        ssize_t wrote = write(ends[1], &error, sizeof error);
        _exit(wrote == (ssize_t)sizeof error ? 0 : 1);
    }
    int status = 0;
    CHECK_EQ(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        SKIP("cannot restrict a child here");
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    inia_error error;
    CHECK_EQ(read(ends[0], &error, sizeof error), sizeof error);
    close(ends[0]);
    close(ends[1]);
    return error;
}

static void check_says(const inia_error *error, inia_status status, const char *part)
{
    CHECK_EQ(error->status, status);
    if (!strstr(error->detail, part))
        FAIL("\"%s\" does not say \"%s\"", error->detail, part);
    CHECK(!strchr(error->detail, '\n'));
}

TEST(a_filter_that_forbids_io_uring_is_named)
{
    inia_error error = error_of_child(forbid_with_eperm);
    check_says(&error, INIA_UNSUPPORTED, "io_uring_setup: EPERM");
    if (!strstr(error.detail, "kernel.io_uring_disabled"))
        check_says(&error, INIA_UNSUPPORTED, "seccomp");
}

TEST(a_kernel_without_io_uring_is_named)
{
    inia_error error = error_of_child(forbid_with_enosys);
    check_says(&error, INIA_UNSUPPORTED, "io_uring_setup: ENOSYS");
    check_says(&error, INIA_UNSUPPORTED, "Linux 6.0");
}

TEST(a_kernel_that_is_too_old_is_told_what_is_needed)
{
    inia_error error = error_of_child(forbid_with_einval);
    check_says(&error, INIA_UNSUPPORTED, "needs Linux 6.0, this is ");
}

TEST(the_limit_of_descriptors_is_named)
{
    inia_error error = error_of_child(allow_no_descriptors);
    check_says(&error, INIA_NO_MEMORY, "RLIMIT_NOFILE is 0");
}

TEST(the_limit_of_locked_memory_is_named)
{
    inia_error error = {0};
    CHECK_EQ(uring_probe_explain(&error, "io_uring_setup", ENOMEM), INIA_NO_MEMORY);
    check_says(&error, INIA_NO_MEMORY, "RLIMIT_MEMLOCK");
    CHECK_EQ(uring_probe_explain(&error, "eventfd", ENFILE), INIA_NO_MEMORY);
    check_says(&error, INIA_NO_MEMORY, "fs.file-max");
    CHECK_EQ(uring_probe_explain(&error, "x", EIO), INIA_UNSUPPORTED);
    check_says(&error, INIA_UNSUPPORTED, "x: ");
}

TEST(a_budget_too_small_for_the_buffers_is_told_and_leaves_nothing_behind)
{
    inia_error error = {0};
    struct budget memory;
    budget_init(&memory, 1 << 20);
    CHECK(!ring_new(&(struct ring_config){.memory = &memory}, &error));
    if (error.status == INIA_UNSUPPORTED)
        SKIP("no ring: %s", error.detail);
    check_says(&error, INIA_NO_MEMORY, "256 receive buffers");
    CHECK_EQ(memory.used, 0);
}

TEST(every_allocation_of_a_new_ring_may_fail)
{
    struct budget memory;
    budget_init(&memory, 64 << 20);
    struct ring *ring = NULL;
    for (uint64_t allowed = 1; !ring; allowed++) {
        inia_error error = {0};
        CHECK(allowed < 20);
        budget_fail_after(allowed);
        ring = ring_new(&(struct ring_config){.memory = &memory}, &error);
        budget_fail_after(0);
        if (error.status == INIA_UNSUPPORTED)
            SKIP("no ring: %s", error.detail);
        CHECK(ring || (error.status == INIA_NO_MEMORY && memory.used == 0));
    }
    ring_free(ring);
    CHECK_EQ(memory.used, 0);
}

static int warnings;

static void count_warning(void *arg, int level, const char *line)
{
    (void)arg;
    warnings += level == LOG_LEVEL_WARNING && strstr(line, "RLIMIT_NOFILE");
}

TEST(fewer_descriptors_than_connections_are_warned_of)
{
    struct log log = {.write = count_warning, .level = LOG_LEVEL_DEBUG};
    warnings = 0;
    fixture_start_with(&(struct ring_config){.log = &log, .sockets = 2000000000});
    CHECK_EQ(warnings, 1);
    fixture_end();
    fixture_start_with(&(struct ring_config){.log = &log, .sockets = 1});
    CHECK_EQ(warnings, 1);
    fixture_end();
}
