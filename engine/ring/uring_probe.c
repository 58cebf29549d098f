#include "uring_probe.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>

enum {
    NEEDED_FEATURES = IORING_FEAT_NODROP | IORING_FEAT_SUBMIT_STABLE | IORING_FEAT_FAST_POLL |
                      IORING_FEAT_EXT_ARG | IORING_FEAT_CQE_SKIP
};

/* From the best to what is still good enough; each needs the kernel it names. */
static const struct {
    unsigned flags;
    const char *name;
} steps[] = {
    {IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_TASKRUN_FLAG | IORING_SETUP_NO_SQARRAY,
     "deferred work, no index array (Linux 6.6)"},
    {IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_TASKRUN_FLAG, "deferred work (Linux 6.1)"},
    {IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG, "cooperative work (Linux 6.0)"},
};

/* The number in /proc/sys/kernel/io_uring_disabled; -1: there is none, or it cannot be read. */
static int disabled_level(void)
{
    FILE *file = fopen("/proc/sys/kernel/io_uring_disabled", "re");
    if (!file)
        return -1;
    int first = fgetc(file);
    fclose(file);
    return first >= '0' && first <= '9' ? first - '0' : -1;
}

static inia_status explain_refusal(inia_error *error, const char *what)
{
    int level = disabled_level();
    if (level == 2)
        return error_set(
            error, INIA_UNSUPPORTED,
            "%s: EPERM, kernel.io_uring_disabled is 2: set it to 0 with sysctl", what);
    if (level == 1)
        return error_set(
            error, INIA_UNSUPPORTED,
            "%s: EPERM, kernel.io_uring_disabled is 1: set it to 0 with sysctl, or join the group "
            "of kernel.io_uring_group",
            what);
    return error_set(
        error, INIA_UNSUPPORTED,
        "%s: EPERM: a seccomp filter forbids it, as in Docker's default profile: allow "
        "io_uring_setup, "
        "io_uring_enter and io_uring_register",
        what);
}

static unsigned long long limit_of(int resource)
{
    struct rlimit limit = {0};
    getrlimit((__rlimit_resource_t)resource, &limit);
    return limit.rlim_cur;
}

inia_status uring_probe_explain(inia_error *error, const char *what, int cause)
{
    struct utsname system = {.release = "?"};
    uname(&system);
    switch (cause) {
    case EPERM:
    case EACCES:
        return explain_refusal(error, what);
    case ENOSYS:
        return error_set(
            error, INIA_UNSUPPORTED,
            "%s: ENOSYS: Linux %s has no io_uring, or a sandbox hides it; needs Linux 6.0", what,
            system.release);
    case EINVAL:
        return error_set(
            error, INIA_UNSUPPORTED, "%s: EINVAL: needs Linux 6.0, this is %s", what,
            system.release);
    case EMFILE:
        return error_set(
            error, INIA_NO_MEMORY,
            "%s: EMFILE: RLIMIT_NOFILE is %llu, all in use: raise it with ulimit -n", what,
            limit_of(RLIMIT_NOFILE));
    case ENFILE:
        return error_set(
            error, INIA_NO_MEMORY,
            "%s: ENFILE: the system has no more descriptors: raise fs.file-max", what);
    case ENOMEM:
        return error_set(
            error, INIA_NO_MEMORY,
            "%s: ENOMEM: no memory, or RLIMIT_MEMLOCK (%llu bytes) is too low: raise it with "
            "ulimit -l",
            what, limit_of(RLIMIT_MEMLOCK));
    default:
        return error_set(error, INIA_UNSUPPORTED, "%s: %s", what, strerrordesc_np(cause));
    }
}

static inia_status check_features(const struct io_uring *uring, inia_error *error)
{
    unsigned missing = NEEDED_FEATURES & ~uring->features;
    if (!missing)
        return INIA_OK;
    return error_set(
        error, INIA_UNSUPPORTED, "io_uring lacks features (mask 0x%x): needs Linux 6.0", missing);
}

inia_status uring_probe_open(
    struct io_uring *uring, uint32_t submissions, uint32_t completions, const struct log *log,
    inia_error *error)
{
    int status = -EINVAL;
    for (size_t i = 0; i < COUNT_OF(steps) && status == -EINVAL; i++) {
        struct io_uring_params params = {
            .flags = steps[i].flags | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_SUBMIT_ALL |
                     IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP,
            .cq_entries = completions,
        };
        status = io_uring_queue_init_params(submissions, uring, &params);
        if (status == 0)
            LOG(log, i == 0 ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO, "io_uring: %s", steps[i].name);
    }
    if (status < 0)
        return uring_probe_explain(error, "io_uring_setup", -status);
    if (check_features(uring, error)) {
        io_uring_queue_exit(uring);
        return INIA_UNSUPPORTED;
    }
    io_uring_ring_dontfork(uring);
    return INIA_OK;
}
