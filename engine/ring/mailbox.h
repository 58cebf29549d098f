/*
 * mailbox: messages from any thread to the ring's. Posting is one compare-and-swap and never
 * blocks or fails; only the ring's thread takes.
 */
#ifndef RING_MAILBOX_H
#define RING_MAILBOX_H

#include "ring.h"

#include <stdatomic.h>

struct mailbox {
    _Atomic(struct ring_message *) newest; /* all zero is empty */
};

void mailbox_post(struct mailbox *mailbox, struct ring_message *message);
bool mailbox_is_empty(struct mailbox *mailbox);

/* Runs what was posted before this call, oldest first; returns how many. */
size_t mailbox_run(struct mailbox *mailbox);

#endif
