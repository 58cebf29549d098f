/*
 * inner: a call that the engine makes for itself: S3's CreateSession, STS's AssumeRole, an endpoint
 * to be discovered. It lives like any other (call.h), but is nobody's to see: inia_pending() and
 * the counts of calls leave it out, it is not handed out, and max_calls does not hold it back, so
 * that calls which wait for it cannot keep it from starting. It shares the rest with its client:
 * connections, retries, deadline_ms, and its end by client_free().
 *
 *   static void answered(struct inner_call *inner, const inia_call *call)
 *   {
 *       struct session *session = CONTAINER_OF(inner, struct session, inner);
 *       if (call->status == INIA_OK) ... call->output ...
 *   }
 *   session->inner.done = answered;
 *   if (!inner_submit(&session->inner, client, &request)) ... no memory, or the engine ends
 *   inner_forget(&session->inner);       // before session goes, unless it is done
 */
#ifndef CALLS_INNER_H
#define CALLS_INNER_H

#include "client.h"

/* The asker's memory, zeroed at first; stays where it is until done() or inner_forget(). */
struct inner_call {
    /* Told once, at the start of a turn and never within inner_submit(), how it ended: read by
     * call's status, output and so on, as a user would, valid until done() returns. May submit
     * again, and may let calls go on. */
    void (*done)(struct inner_call *inner, const inia_call *call);
    struct call *call; /* underway; NULL: none */
};

/* As inia_submit(), at any time, but that on_done and user_data are of no use. false: no memory, or
 * the engine is being freed; done() will not be called. */
bool inner_submit(
    struct inner_call *inner, inia_client *client, const inia_request *request) MUST_USE;

/* Cancels it; done() will not be called. No harm if there is none underway. */
void inner_forget(struct inner_call *inner);

/* For engine.c: tells the askers of those that have finished, and releases them. */
void inner_finish(struct inia_engine *engine);

#endif
