#include "sqs_queue.h"

static struct deduplication *of_entry(struct index_entry *entry)
{
    return CONTAINER_OF(entry, struct deduplication, entry);
}

void queue_forget_sent(struct queue *queue, int64_t before_ms)
{
    struct list *list = &queue->sent_lately_in_order;
    while (list->first) {
        struct deduplication *sent = CONTAINER_OF(list->first, struct deduplication, link);
        if (sent->until_ms >= before_ms)
            return;
        list_remove(&sent->link);
        index_remove(&queue->sent_lately, &sent->entry);
        budget_free(queue->queues->memory, sent, sizeof *sent);
    }
}

const struct deduplication *queue_find_duplicate(struct queue *queue, text id)
{
    queue_forget_sent(queue, ring_wall_ms(queue->queues->ring));
    struct index_entry *entry = index_find(&queue->sent_lately, id);
    return entry ? of_entry(entry) : NULL;
}

bool queue_note_sent(struct queue *queue, text id, const struct message *message)
{
    check(id.size <= FIFO_ID_MOST);
    struct deduplication *sent = budget_alloc(queue->queues->memory, sizeof *sent);
    if (!sent)
        return false;
    *sent = (struct deduplication){
        .until_ms = message->sent_ms + DEDUPLICATION_MS,
        .sequence = message->sequence,
    };
    memcpy(sent->id, id.data, id.size);
    memcpy(sent->message_id, message->id, sizeof sent->message_id);
    sent->entry.key = (text){sent->id, id.size};
    if (!index_add(&queue->sent_lately, &sent->entry)) {
        budget_free(queue->queues->memory, sent, sizeof *sent);
        return false;
    }
    list_push(&queue->sent_lately_in_order, &sent->link);
    return true;
}

bool message_join_group(struct message *message, text id)
{
    struct queue *queue = message->queue;
    check(id.size <= FIFO_ID_MOST);
    struct index_entry *entry = index_find(&queue->groups, id);
    struct message_group *group;
    if (entry) {
        group = CONTAINER_OF(entry, struct message_group, entry);
    } else {
        group = budget_alloc(queue->queues->memory, sizeof *group);
        if (!group)
            return false;
        *group = (struct message_group){0};
        memcpy(group->id, id.data, id.size);
        group->entry.key = (text){group->id, id.size};
        if (!index_add(&queue->groups, &group->entry)) {
            budget_free(queue->queues->memory, group, sizeof *group);
            return false;
        }
    }
    group->messages++;
    message->group = group;
    return true;
}

void message_leave_group(struct message *message)
{
    struct message_group *group = message->group;
    message->group = NULL;
    if (!group || --group->messages)
        return;
    index_remove(&message->queue->groups, &group->entry);
    budget_free(message->queue->queues->memory, group, sizeof *group);
}

bool message_is_blocked(const struct message *message, uint64_t batch)
{
    const struct message_group *group = message->group;
    return group && group->in_flight && group->batch != batch;
}

void queue_insert_in_order(struct queue *queue, struct message *message)
{
    struct list later = {0};
    while (queue->ready.last && message_of_link(queue->ready.last)->sequence > message->sequence) {
        struct list_link *link = queue->ready.last;
        list_remove(link);
        list_push_first(&later, link);
    }
    list_push(&queue->ready, &message->link);
    struct list_link *link;
    while ((link = list_pop(&later)))
        list_push(&queue->ready, link);
}
