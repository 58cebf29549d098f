/*
 * sqs_queue: queues and their messages, in memory. A message is ready, delayed or in flight; a
 * timer makes the latter two ready. Knows nothing of HTTP or JSON.
 */
#ifndef ENDPOINT_SQS_QUEUE_H
#define ENDPOINT_SQS_QUEUE_H

#include "blob.h"
#include "index.h"
#include "ring/ring.h"

enum {
    QUEUE_NAME_MOST = 80,
    FIFO_ID_MOST = 128,
    MESSAGE_ID_SIZE = 36,
    RECEIPT_SIZE = 48,
    DEDUPLICATION_MS = 300000,
};

/* What SetQueueAttributes can set, as numbers. */
enum queue_number {
    QUEUE_DELAY_S,
    QUEUE_MAXIMUM_SIZE,
    QUEUE_RETENTION_S,
    QUEUE_WAIT_S,
    QUEUE_VISIBILITY_S,
    QUEUE_NUMBER_COUNT,
};

struct queue {
    struct index_entry entry; /* first; by name */
    struct queues *queues;
    int64_t created_ms, modified_ms;
    uint32_t numbers[QUEUE_NUMBER_COUNT];
    bool is_fifo;
    bool deduplicates_by_content;
    struct list ready, delayed, in_flight; /* of struct message */
    struct list waiting;                   /* of struct sqs_wait */
    struct index groups;                   /* FIFO: of struct message_group */
    struct index sent_lately;              /* FIFO: of struct deduplication */
    struct list sent_lately_in_order;
    uint64_t sequence;
    struct extra_attribute *extra;
    char name[QUEUE_NAME_MOST + 1];
};

/* An attribute that is kept and given back, no more: Policy, RedrivePolicy and so on. */
struct extra_attribute {
    struct extra_attribute *next;
    size_t name_size, value_size;
    char bytes[];
};

struct message_group {
    struct index_entry entry; /* first */
    size_t messages, in_flight;
    uint64_t batch; /* which receive those in flight belong to */
    char id[FIFO_ID_MOST];
};

struct deduplication {
    struct index_entry entry; /* first */
    struct list_link link;
    int64_t until_ms;
    char message_id[MESSAGE_ID_SIZE];
    uint64_t sequence;
    char id[FIFO_ID_MOST];
};

/* What a message is made of. */
struct message_draft {
    text body;
    text attributes; /* written by sqs_attributes.c; may be empty */
    text group, deduplication;
    unsigned char attributes_md5[16];
    uint32_t delay_s;
};

struct message {
    struct list_link link; /* first */
    struct ring_timer timer;
    struct queue *queue;
    struct message_group *group;
    uint32_t slot;
    uint32_t receives;
    uint64_t receipt; /* of the receive that is in force */
    uint64_t sequence;
    int64_t sent_ms, first_received_ms;
    struct blob *blob; /* body, attributes, group, deduplication, in this order */
    size_t body_size, attributes_size, group_size, deduplication_size;
    unsigned char body_md5[16], attributes_md5[16];
    char id[MESSAGE_ID_SIZE];
};

struct queues {
    struct budget *memory;
    struct ring *ring;
    struct blob_room *blobs;
    struct index index; /* of struct queue */
    struct slab message_slab;
    struct message **slots; /* by message->slot */
    size_t slot_count;      /* of slots */
    size_t slots_taken;     /* messages that have one */
    size_t next_slot;       /* where to look for a free one */
    struct random_source random;
    /* Called when messages are ready and requests wait for them. */
    void (*serve)(struct queue *queue);
};

void queues_init(
    struct queues *queues, struct ring *ring, struct budget *memory, struct blob_room *blobs,
    uint64_t seed, void (*serve)(struct queue *queue));
void queues_release(struct queues *queues); /* nobody may wait any more */

bool queue_name_is_good(text name);
struct queue *queue_find(const struct queues *queues, text name);
struct queue *queue_new(struct queues *queues, text name) MUST_USE; /* NULL: no memory */
void queue_purge(struct queue *queue);
void queue_free(struct queue *queue); /* nobody may wait for it any more */

bool queue_set_extra(struct queue *queue, text name, text value) MUST_USE;

/* NULL: no memory. The message is the queue's. */
struct message *queue_send(struct queue *queue, const struct message_draft *draft) MUST_USE;

/* The next message that is ready, which is in flight from now on; NULL: none. Those of one FIFO
 * group are given together under one batch number only. */
struct message *queue_receive(struct queue *queue, uint32_t visibility_s, uint64_t batch);

/* The message in flight that a receipt stands for; NULL: not any more, or never. */
struct message *queue_find_receipt(const struct queue *queue, text receipt, bool *is_well_formed);
void message_write_receipt(const struct message *message, char receipt[RECEIPT_SIZE]);
void message_set_visibility(struct message *message, uint32_t seconds); /* 0: ready at once */
void message_free(struct message *message);

text message_body(const struct message *message);
text message_attributes(const struct message *message);
text message_group(const struct message *message);
text message_deduplication(const struct message *message);

/* FIFO (sqs_fifo.c). Whether this id was sent in the last five minutes; NULL: no. */
const struct deduplication *queue_find_duplicate(struct queue *queue, text id);
bool queue_note_sent(struct queue *queue, text id, const struct message *message) MUST_USE;
void queue_forget_sent(struct queue *queue, int64_t before_ms);
bool message_join_group(struct message *message, text id) MUST_USE;
void message_leave_group(struct message *message);
bool message_is_blocked(const struct message *message, uint64_t batch);
void queue_insert_in_order(struct queue *queue, struct message *message);

static inline text queue_name(const struct queue *queue)
{
    return queue->entry.key;
}

static inline struct message *message_of_link(struct list_link *link)
{
    return CONTAINER_OF(link, struct message, link);
}

#endif
