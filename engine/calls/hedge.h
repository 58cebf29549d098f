/*
 * hedge: a read whose answer is late is sent a second time, on another connection and if possible
 * to another address of its host; the answer that is whole first counts, and the other attempt is
 * cancelled. Only where the user wants it (hedge_percent), only what reads and is not written to a
 * file or function of the user's, only first attempts, only so many of a hundred, and never where
 * something throttles. Late is later than 95 of a hundred of the same operation to the same host.
 *
 * The second attempt is a call of its own (inner.h), which has one attempt and whose result is
 * taken over; it is in the attempts of the first.
 *
 *   hedge_begin()    an attempt goes out
 *   hedge_answered() its answer begins
 *   hedge_won()      whether it ended because the other was first; then hedge_take()
 *   hedge_leave()    the call is over
 */
#ifndef CALLS_HEDGE_H
#define CALLS_HEDGE_H

#include "client.h"

struct call;

/* How long the first byte of an operation's answers takes. */
struct hedge_times {
    const struct inia_operation *operation;
    struct retry_quantile first_byte;
    struct hedge_times *next; /* of the same destination */
};

void hedge_begin(struct call *call);
void hedge_answered(struct call *call);
bool hedge_won(const struct call *call);
void hedge_take(struct call *call); /* the result is the call's */
void hedge_leave(struct call *call);

#endif
