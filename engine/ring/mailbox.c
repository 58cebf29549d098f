#include "mailbox.h"

void mailbox_post(struct mailbox *mailbox, struct ring_message *message)
{
    struct ring_message *newest = atomic_load_explicit(&mailbox->newest, memory_order_relaxed);
    do
        message->next = newest;
    while (!atomic_compare_exchange_weak_explicit(
        &mailbox->newest, &newest, message, memory_order_release, memory_order_relaxed));
}

bool mailbox_is_empty(struct mailbox *mailbox)
{
    return !atomic_load_explicit(&mailbox->newest, memory_order_relaxed);
}

static struct ring_message *reverse(struct ring_message *newest)
{
    struct ring_message *oldest = NULL;
    while (newest) {
        struct ring_message *next = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    return oldest;
}

size_t mailbox_run(struct mailbox *mailbox)
{
    if (mailbox_is_empty(mailbox))
        return 0;
    struct ring_message *message =
        reverse(atomic_exchange_explicit(&mailbox->newest, NULL, memory_order_acquire));
    size_t ran = 0;
    while (message) {
        struct ring_message *next = message->next;
        message->run(message);
        message = next;
        ran++;
    }
    return ran;
}
