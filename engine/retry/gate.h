/*
 * gate: how many calls may be under way at once towards something that throttles: a bucket, a
 * queue, a table. There is one only after a first answer that said so, and it is over when none
 * has come for a while.
 *
 * Additive increase, multiplicative decrease. An answer that throttles shrinks the window, at most
 * once in CUT_NS, for what was sent together is refused together, and by the square of the share
 * that is refused: to one half when all are, hardly when one of a hundred is. The window grows by
 * time, so fast that from nothing it is back where it was at first after RECOVERY_S seconds,
 * whatever the calls take. A call that was throttled keeps its place while it backs off, and one
 * that ends throttled leaves it warm: both keep others from being refused in their stead.
 *
 * Whether that helps is looked at (trial.h). Where it does not, the window is what it was before
 * the cuts and grows slowly, until it is tried again.
 *
 * Times are in nanoseconds from any start; the same clock throughout.
 */
#ifndef RETRY_GATE_H
#define RETRY_GATE_H

#include "trial.h"

#define RETRY_GATE_FULL UINT64_MAX

struct retry_gate {
    double window;   /* calls, as of grown_ns */
    double high;     /* under way when it was first throttled, or the largest window since */
    double warm;     /* places of calls that ended throttled, as of grown_ns */
    uint32_t inside; /* calls */
    uint32_t most;   /* of those since cut_ns */
    uint32_t answered, refused; /* since cut_ns */
    struct retry_trial trial;
    uint64_t grown_ns, cut_ns, refused_ns;
    uint64_t closed_until_ns; /* the server wished so */
};

/* After the first answer that throttles, with so many calls under way. */
void retry_gate_init(struct retry_gate *gate, uint32_t under_way, uint64_t now_ns);

/* 0: the call is inside. RETRY_GATE_FULL: ask when one has left or, as the window grows, a little
 * later. Else: how long to wait before asking again. */
uint64_t retry_gate_take(struct retry_gate *gate, uint64_t now_ns);
void retry_gate_enter(struct retry_gate *gate); /* one that is under way already */
void retry_gate_leave(struct retry_gate *gate, bool throttled, uint64_t now_ns);

/* An attempt goes out. Returns the number of the sample that it belongs to, to be told how it went;
 * 0: to none. */
uint32_t retry_gate_sent(struct retry_gate *gate);

/* How an attempt went, with a place or without; sample 0: it went out before there was a gate.
 * wait_ns: what the server wishes; 0: nothing. Heeded up to RETRY_GATE_CLOSED_MOST_NS. */
void retry_gate_answered(struct retry_gate *gate, uint32_t sample);
void retry_gate_throttled(
    struct retry_gate *gate, uint32_t sample, uint64_t wait_ns, uint64_t now_ns);
void retry_gate_forget(struct retry_gate *gate, uint32_t sample); /* it was cancelled */
#define RETRY_GATE_CLOSED_MOST_NS UINT64_C(5000000000)

/* Refusals have been found not to depend on how many calls there are. */
bool retry_gate_is_vain(const struct retry_gate *gate);

/* It holds nobody back any more: the next need not take a place. */
bool retry_gate_is_over(const struct retry_gate *gate, uint64_t now_ns);

#endif
