/*
 * context: a place on a stack where one left off, to be gone on from later.
 *
 * On x86-64 and aarch64 the switch is in assembly (context.S): what a function must leave as it
 * found it goes onto the stack that is left, and nothing else is saved. Elsewhere, and when
 * CONTEXT_BY_UCONTEXT is defined, it is the C library's swapcontext(), which costs two system
 * calls. AddressSanitizer and ThreadSanitizer are told of each switch.
 *
 * Shadow stacks (x86 CET, aarch64 GCS): context.S does not claim to support them, so that the
 * linker and the dynamic loader leave them off for a program that uses inia. Branch targets (IBT,
 * BTI) are marked and pointer authentication is left intact. C++ exceptions and longjmp() may not
 * leave a stack.
 */
#ifndef TASKS_CONTEXT_H
#define TASKS_CONTEXT_H

#include "base/base.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CONTEXT_TELLS_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define CONTEXT_TELLS_TSAN 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define CONTEXT_TELLS_ASAN 1
#endif
#ifdef __SANITIZE_THREAD__
#define CONTEXT_TELLS_TSAN 1
#endif
#if !defined(__x86_64__) && !defined(__aarch64__) && !defined(CONTEXT_BY_UCONTEXT)
#define CONTEXT_BY_UCONTEXT 1
#endif

#ifdef CONTEXT_BY_UCONTEXT
#include <ucontext.h>
#endif

/* Zeroed, it is that of a stack that runs: the first one to switch from. */
struct context {
#ifdef CONTEXT_BY_UCONTEXT
    ucontext_t machine;
#endif
    void *sp; /* while it is not running */
    void (*run)(void *arg);
    void *arg;
    struct context *came_from; /* who switched to it last */
    void *low;                 /* its stack; of the first one, what AddressSanitizer says */
    size_t size;
    void *fake_stack, *fiber; /* the sanitizers' */
};

/* run(arg) begins on the stack [low, high) when first switched to, and must never return. high is
 * a multiple of 16. */
void context_make(
    struct context *context, void *low, void *high, void (*run)(void *arg), void *arg);

/* Goes on where to left off; returns when something switches back to from. */
void context_switch(struct context *from, struct context *to);

/* The same for the last time: from is not gone on with. */
_Noreturn void context_leave(struct context *from, struct context *to);

/* Of one that is not running and never will again: its stack may be used for something else. */
void context_release(struct context *context);

#endif
