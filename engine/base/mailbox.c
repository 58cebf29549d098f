#include "mailbox.h"

#include <stddef.h>

bool mailbox_post(struct mailbox *mailbox, void **link)
{
    void **newest = atomic_load_explicit(&mailbox->newest, memory_order_relaxed);
    do
        *link = newest;
    while (!atomic_compare_exchange_weak_explicit(
        &mailbox->newest, &newest, link, memory_order_release, memory_order_relaxed));
    return !newest;
}

bool mailbox_has_post(struct mailbox *mailbox)
{
    return atomic_load_explicit(&mailbox->newest, memory_order_relaxed);
}

static void append(struct mailbox *mailbox, void **oldest, void **last)
{
    if (mailbox->oldest)
        *mailbox->last = oldest;
    else
        mailbox->oldest = oldest;
    mailbox->last = last;
}

void mailbox_collect(struct mailbox *mailbox)
{
    if (!mailbox_has_post(mailbox))
        return;
    void **newest = atomic_exchange_explicit(&mailbox->newest, NULL, memory_order_acquire);
    void **oldest = NULL;
    for (void **link = newest, **before; link; link = before) {
        before = *link;
        *link = oldest;
        oldest = link;
    }
    append(mailbox, oldest, newest);
}

void **mailbox_first(const struct mailbox *mailbox)
{
    return mailbox->oldest;
}

void **mailbox_pop(struct mailbox *mailbox)
{
    void **link = mailbox->oldest;
    if (link)
        mailbox->oldest = *link;
    return link;
}
