/*
 * mailbox: what any thread posts and one thread takes, in the order of arrival. Intrusive: what is
 * posted holds a `void *next`, by whose address it is known here. All zero is empty. Nothing is
 * allocated or freed, nothing blocks or fails; posting is one compare-and-swap.
 *
 *   if (mailbox_post(&mailbox, &letter->next))
 *       wake_the_taker();
 *
 *   mailbox_collect(&mailbox);
 *   for (void **link; (link = mailbox_pop(&mailbox));)
 *       read(CONTAINER_OF(link, struct letter, next));
 */
#ifndef BASE_MAILBOX_H
#define BASE_MAILBOX_H

#include <stdatomic.h>
#include <stdbool.h>

struct mailbox {
    _Atomic(void **) newest; /* posted: each leads to the one before it */
    void **oldest, **last;   /* collected: each leads to the one after it */
};

/* Any thread. The memory belongs to the mailbox until the link is popped. true: the first since the
 * taker collected, so that it has to be told. */
bool mailbox_post(struct mailbox *mailbox, void **link);

/* Has something been posted since the last collection? Any thread. */
bool mailbox_has_post(struct mailbox *mailbox);

/* From here on the taker's thread alone. What is posted is taken in only when it is collected, so
 * that whoever pops until nothing is left comes to an end. */
void mailbox_collect(struct mailbox *mailbox);
void **mailbox_first(const struct mailbox *mailbox); /* the oldest collected, or NULL */
void **mailbox_pop(struct mailbox *mailbox);         /* the same, and takes it out */

/* The one behind a collected one, or NULL. */
static inline void **mailbox_next(void *const *link)
{
    return *link;
}

#endif
