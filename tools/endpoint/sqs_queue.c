#include "sqs_queue.h"

#include "crypto/crypto.h"

static const uint32_t first_numbers[QUEUE_NUMBER_COUNT] = {
    [QUEUE_DELAY_S] = 0, [QUEUE_MAXIMUM_SIZE] = 1 << 20, [QUEUE_RETENTION_S] = 345600,
    [QUEUE_WAIT_S] = 0,  [QUEUE_VISIBILITY_S] = 30,
};

void queues_init(
    struct queues *queues, struct ring *ring, struct budget *memory, struct blob_room *blobs,
    uint64_t seed, void (*serve)(struct queue *queue))
{
    *queues = (struct queues){.memory = memory, .ring = ring, .blobs = blobs, .serve = serve};
    index_init(&queues->index, memory);
    slab_init(&queues->message_slab, memory, sizeof(struct message), 64);
    random_init(&queues->random, seed);
}

void queues_release(struct queues *queues)
{
    while (queues->index.root)
        queue_free(CONTAINER_OF(queues->index.root, struct queue, entry));
    index_release(&queues->index);
    slab_release(&queues->message_slab);
    budget_free(queues->memory, queues->slots, queues->slot_count * sizeof *queues->slots);
    queues->slots = NULL;
    queues->slot_count = 0;
}

bool queue_name_is_good(text name)
{
    bool is_fifo = text_ends_with(name, TEXT(".fifo"));
    size_t plain = is_fifo ? name.size - TEXT(".fifo").size : name.size;
    if (!plain || name.size > QUEUE_NAME_MOST)
        return false;
    for (size_t i = 0; i < plain; i++) {
        char c = name.data[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
            c != '-' && c != '_')
            return false;
    }
    return true;
}

struct queue *queue_find(const struct queues *queues, text name)
{
    struct index_entry *entry = index_find(&queues->index, name);
    return entry ? CONTAINER_OF(entry, struct queue, entry) : NULL;
}

struct queue *queue_new(struct queues *queues, text name)
{
    check(queue_name_is_good(name));
    struct queue *queue = budget_alloc(queues->memory, sizeof *queue);
    if (!queue)
        return NULL;
    *queue = (struct queue){.queues = queues, .is_fifo = text_ends_with(name, TEXT(".fifo"))};
    queue->created_ms = queue->modified_ms = ring_wall_ms(queues->ring);
    memcpy(queue->numbers, first_numbers, sizeof first_numbers);
    memcpy(queue->name, name.data, name.size);
    queue->entry.key = (text){queue->name, name.size};
    index_init(&queue->groups, queues->memory);
    index_init(&queue->sent_lately, queues->memory);
    if (index_add(&queues->index, &queue->entry))
        return queue;
    budget_free(queues->memory, queue, sizeof *queue);
    return NULL;
}

void queue_purge(struct queue *queue)
{
    struct list *lists[] = {&queue->ready, &queue->delayed, &queue->in_flight};
    for (size_t i = 0; i < COUNT_OF(lists); i++)
        while (lists[i]->first)
            message_free(message_of_link(lists[i]->first));
}

static size_t extra_size(const struct extra_attribute *extra)
{
    return sizeof *extra + extra->name_size + extra->value_size;
}

void queue_free(struct queue *queue)
{
    struct queues *queues = queue->queues;
    check(list_is_empty(&queue->waiting));
    queue_purge(queue);
    queue_forget_sent(queue, INT64_MAX);
    while (queue->extra) {
        struct extra_attribute *extra = queue->extra;
        queue->extra = extra->next;
        budget_free(queues->memory, extra, extra_size(extra));
    }
    index_release(&queue->groups);
    index_release(&queue->sent_lately);
    index_remove(&queues->index, &queue->entry);
    budget_free(queues->memory, queue, sizeof *queue);
}

static void remove_extra(struct queue *queue, text name)
{
    struct extra_attribute **link = &queue->extra;
    while (*link && !text_equals((text){(*link)->bytes, (*link)->name_size}, name))
        link = &(*link)->next;
    struct extra_attribute *extra = *link;
    if (!extra)
        return;
    *link = extra->next;
    budget_free(queue->queues->memory, extra, extra_size(extra));
}

bool queue_set_extra(struct queue *queue, text name, text value)
{
    struct extra_attribute head = {queue->extra, name.size, value.size};
    struct extra_attribute *extra = budget_alloc(queue->queues->memory, extra_size(&head));
    if (!extra)
        return false;
    remove_extra(queue, name);
    head.next = queue->extra;
    *extra = head;
    memcpy(extra->bytes, name.data, name.size);
    memcpy(extra->bytes + name.size, value.data, value.size);
    queue->extra = extra;
    return true;
}

/* ---- Messages ------------------------------------------------------------------- */

static bool take_slot(struct queues *queues, struct message *message)
{
    if (queues->slots_taken == queues->slot_count) {
        size_t count = queues->slot_count ? 2 * queues->slot_count : 256;
        struct message **slots = budget_alloc(queues->memory, count * sizeof *slots);
        if (!slots || count > UINT32_MAX) {
            budget_free(queues->memory, slots, count * sizeof *slots);
            return false;
        }
        memset(slots, 0, count * sizeof *slots);
        if (queues->slot_count)
            memcpy(slots, queues->slots, queues->slot_count * sizeof *slots);
        budget_free(queues->memory, queues->slots, queues->slot_count * sizeof *slots);
        queues->next_slot = queues->slot_count;
        queues->slots = slots;
        queues->slot_count = count;
    }
    while (queues->slots[queues->next_slot])
        queues->next_slot = (queues->next_slot + 1) % queues->slot_count;
    message->slot = (uint32_t)queues->next_slot;
    queues->slots[message->slot] = message;
    queues->slots_taken++;
    return true;
}

static bool keep_texts(struct message *message, const struct message_draft *draft)
{
    text texts[] = {draft->body, draft->attributes, draft->group, draft->deduplication};
    size_t size = 0;
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        size += texts[i].size;
    message->blob = blob_new(message->queue->queues->blobs, size);
    if (!message->blob)
        return false;
    char *at = message->blob->data;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        if (texts[i].size)
            memcpy(at, texts[i].data, texts[i].size);
        at += texts[i].size;
    }
    message->body_size = draft->body.size;
    message->attributes_size = draft->attributes.size;
    message->group_size = draft->group.size;
    message->deduplication_size = draft->deduplication.size;
    md5_once(message->body_md5, draft->body);
    memcpy(message->attributes_md5, draft->attributes_md5, sizeof message->attributes_md5);
    return true;
}

static void make_ready(struct message *message)
{
    struct queue *queue = message->queue;
    if (message->link.list == &queue->in_flight && message->group)
        message->group->in_flight--;
    list_remove(&message->link);
    if (queue->is_fifo)
        queue_insert_in_order(queue, message);
    else
        list_push(&queue->ready, &message->link);
    if (!list_is_empty(&queue->waiting))
        queue->queues->serve(queue);
}

static void timer_fired(struct ring_timer *timer)
{
    make_ready(CONTAINER_OF(timer, struct message, timer));
}

static void start_timer(struct message *message, uint32_t seconds)
{
    struct ring *ring = message->queue->queues->ring;
    ring_timer_set(
        ring, &message->timer, ring_now_ns(ring) + (uint64_t)seconds * UINT64_C(1000000000));
}

struct message *queue_send(struct queue *queue, const struct message_draft *draft)
{
    struct queues *queues = queue->queues;
    struct message *message = slab_take(&queues->message_slab);
    if (!message)
        return NULL;
    *message = (struct message){.queue = queue, .slot = UINT32_MAX};
    message->timer.fire = timer_fired;
    message->sent_ms = ring_wall_ms(queues->ring);
    message->sequence = ++queue->sequence;
    random_uuid(&queues->random, message->id);
    if (!keep_texts(message, draft) || !take_slot(queues, message) ||
        (draft->group.size && !message_join_group(message, draft->group))) {
        message_free(message);
        return NULL;
    }
    if (draft->delay_s) {
        list_push(&queue->delayed, &message->link);
        start_timer(message, draft->delay_s);
    } else {
        make_ready(message);
    }
    return message;
}

void message_free(struct message *message)
{
    struct queues *queues = message->queue->queues;
    ring_timer_clear(queues->ring, &message->timer);
    if (message->link.list == &message->queue->in_flight && message->group)
        message->group->in_flight--;
    list_remove(&message->link);
    message_leave_group(message);
    if (message->slot != UINT32_MAX) {
        queues->slots[message->slot] = NULL;
        queues->slots_taken--;
        queues->next_slot = message->slot;
    }
    blob_drop(queues->blobs, message->blob);
    slab_give(&queues->message_slab, message);
}

static bool has_expired(const struct message *message)
{
    const struct queue *queue = message->queue;
    int64_t age_ms = ring_wall_ms(queue->queues->ring) - message->sent_ms;
    return age_ms > (int64_t)queue->numbers[QUEUE_RETENTION_S] * 1000;
}

static struct message *first_ready(struct queue *queue, uint64_t batch)
{
    struct list_link *next;
    for (struct list_link *link = queue->ready.first; link; link = next) {
        struct message *message = message_of_link(link);
        next = link->next;
        if (has_expired(message))
            message_free(message);
        else if (!message_is_blocked(message, batch))
            return message;
    }
    return NULL;
}

struct message *queue_receive(struct queue *queue, uint32_t visibility_s, uint64_t batch)
{
    struct queues *queues = queue->queues;
    struct message *message = first_ready(queue, batch);
    if (!message)
        return NULL;
    list_remove(&message->link);
    list_push(&queue->in_flight, &message->link);
    if (message->group) {
        message->group->in_flight++;
        message->group->batch = batch;
    }
    if (!message->receives++)
        message->first_received_ms = ring_wall_ms(queues->ring);
    message->receipt = random_u64(&queues->random);
    start_timer(message, visibility_s);
    return message;
}

void message_set_visibility(struct message *message, uint32_t seconds)
{
    if (seconds) {
        start_timer(message, seconds);
        return;
    }
    ring_timer_clear(message->queue->queues->ring, &message->timer);
    make_ready(message);
}

void message_write_receipt(const struct message *message, char receipt[RECEIPT_SIZE])
{
    uint64_t parts[3] = {message->receipt, message->slot, (uint64_t)message->sent_ms};
    hex_encode(receipt, parts, sizeof parts);
}

struct message *queue_find_receipt(const struct queue *queue, text receipt, bool *is_well_formed)
{
    const struct queues *queues = queue->queues;
    uint64_t parts[3];
    *is_well_formed = receipt.size == RECEIPT_SIZE && hex_decode(parts, receipt);
    if (!*is_well_formed || parts[1] >= queues->slot_count)
        return NULL;
    struct message *message = queues->slots[parts[1]];
    bool is_it =
        message && message->queue == queue && message->receipt == parts[0] && message->receives;
    return is_it ? message : NULL;
}

text message_body(const struct message *message)
{
    return (text){message->blob->data, message->body_size};
}

text message_attributes(const struct message *message)
{
    return (text){message->blob->data + message->body_size, message->attributes_size};
}

text message_group(const struct message *message)
{
    size_t at = message->body_size + message->attributes_size;
    return (text){message->blob->data + at, message->group_size};
}

text message_deduplication(const struct message *message)
{
    size_t at = message->body_size + message->attributes_size + message->group_size;
    return (text){message->blob->data + at, message->deduplication_size};
}
