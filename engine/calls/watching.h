/*
 * watching: each change of a call's state, for those who look on:
 *
 *   the log     at its debug level, a line each: "call 7 GetObject: 3.214 ms: goes out, attempt 1"
 *   probes      USDT, provider inia, where <sys/sdt.h> was there to build with:
 *
 *     call_state       number, enum call_state, name of the operation, its size
 *     attempt_end      number, attempt, inia_status, HTTP status, ns since submission
 *
 *     bpftrace -e 'usdt:./inia:inia:call_state { printf("%d %s: %d\n", arg0, str(arg2, arg3), arg1)
 * }'
 *
 * Where nobody looks on it costs a comparison, and no probe anything but a nop. Never a secret, a
 * parameter or a header.
 */
#ifndef CALLS_WATCHING_H
#define CALLS_WATCHING_H

#include "base/base.h"

#ifdef INIA_HAVE_SDT
#include <sys/sdt.h>
#ifdef __clang__ /* takes the macros of that header for ours */
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wgnu-zero-variadic-macro-arguments"
#endif
#endif

/* The probes. */
static inline void watching_probe_state(uint64_t number, int state, text name)
{
#ifdef INIA_HAVE_SDT
    DTRACE_PROBE4(inia, call_state, number, state, name.data, name.size);
#endif
    (void)number, (void)state, (void)name;
}

static inline void watching_probe_attempt(
    uint64_t number, size_t attempt, inia_status status, int http_status, uint64_t ns)
{
#ifdef INIA_HAVE_SDT
    DTRACE_PROBE5(inia, attempt_end, number, attempt, status, http_status, ns);
#endif
    (void)number, (void)attempt, (void)status, (void)http_status, (void)ns;
}

#if defined INIA_HAVE_SDT && defined __clang__
#pragma clang diagnostic pop
#endif

struct call;

/* It has just come into its state. */
void watching_state(const struct call *call);
/* Its latest attempt has just ended. */
void watching_attempt(const struct call *call);

#endif
