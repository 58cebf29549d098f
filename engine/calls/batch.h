/*
 * batch: the calls that start in one turn are signed together, because SHA-256 of many messages at
 * once takes a fraction of the time of one after the other (crypto/lanes.h). It is open while a
 * turn's calls are started, and empty whenever the ring turns. Where lanes do not help it is never
 * open, and each call is signed by itself.
 */
#ifndef CALLS_BATCH_H
#define CALLS_BATCH_H

#include "base/base.h"
#include "crypto/crypto.h"

struct call;
struct batch;

/* NULL: this CPU does better without, or there is no memory: calls are signed one by one. All
 * functions take NULL. */
struct batch *batch_new(struct budget *memory);
void batch_free(struct batch *batch);

void batch_open(struct batch *batch);

/* A call in SIGNING. false: it is to be signed by itself, now. */
bool batch_join(struct batch *batch, struct call *call) MUST_USE;

/* A call that is given up meanwhile; one that is not in the batch is none of its business. */
void batch_leave(struct batch *batch, struct call *call);

bool batch_is_full(const struct batch *batch);

/* Signs those who joined, and lets them go on. Open before and after. */
void batch_sign(struct batch *batch);

void batch_close(struct batch *batch); /* signed and empty */

#endif
