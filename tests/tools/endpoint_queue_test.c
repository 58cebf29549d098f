#include "endpoint/sqs_queue.h"
#include "test.h"

#include <stdlib.h>

static struct budget memory;
static struct ring *ring;
static struct blob_room blobs;
static struct queues queues;
static int served;

static void serve(struct queue *queue)
{
    (void)queue;
    served++;
}

static void start(void)
{
    inia_error error = {0};
    budget_init(&memory, 64 << 20);
    struct ring_config config = {.memory = &memory, .receive_buffers = 16, .sockets = 16};
    ring = ring_new(&config, &error);
    if (!ring)
        SKIP("no ring: %s", error.detail);
    blob_room_init(&blobs, &memory);
    queues_init(&queues, ring, &memory, &blobs, 5, serve);
    served = 0;
}

static void end(void)
{
    queues_release(&queues);
    blob_room_release(&blobs);
    ring_free(ring);
    CHECK_EQ(memory.used, 0);
}

static struct message *send_text(struct queue *queue, const char *body, const char *group)
{
    struct message_draft draft = {.body = text_of(body), .group = text_of(group)};
    struct message *message = queue_send(queue, &draft);
    CHECK(message);
    return message;
}

static void check_next(struct queue *queue, uint64_t batch, const char *body)
{
    struct message *message = queue_receive(queue, 30, batch);
    if (!body) {
        CHECK(message == NULL);
        return;
    }
    CHECK(message && text_equals(message_body(message), text_of(body)));
}

static void turn_for(uint64_t ns)
{
    uint64_t until = ring_clock_ns(ring) + ns;
    while (ring_clock_ns(ring) < until)
        ring_turn(ring, 10000000);
}

TEST(names_of_queues_are_judged_as_sqs_does)
{
    CHECK(queue_name_is_good(TEXT("a-B_9")));
    CHECK(queue_name_is_good(TEXT("a.fifo")));
    CHECK(!queue_name_is_good(TEXT(".fifo")));
    CHECK(!queue_name_is_good(TEXT("a.b")));
    CHECK(!queue_name_is_good(TEXT("")));
    char longest[QUEUE_NAME_MOST + 1];
    memset(longest, 'a', sizeof longest);
    CHECK(queue_name_is_good((text){longest, QUEUE_NAME_MOST}));
    CHECK(!queue_name_is_good((text){longest, QUEUE_NAME_MOST + 1}));
}

TEST(messages_come_in_order_and_once)
{
    start();
    struct queue *queue = queue_new(&queues, TEXT("q"));
    send_text(queue, "one", NULL);
    send_text(queue, "two", NULL);
    CHECK_EQ(served, 0);
    check_next(queue, 1, "one");
    check_next(queue, 1, "two");
    check_next(queue, 1, NULL);
    CHECK_EQ(queue->in_flight.count, 2);
    end();
}

TEST(a_receipt_finds_its_message_until_the_next_receive_or_the_end)
{
    start();
    struct queue *queue = queue_new(&queues, TEXT("q"));
    struct queue *other = queue_new(&queues, TEXT("p"));
    struct message *message = send_text(queue, "m", NULL);
    char first[RECEIPT_SIZE], second[RECEIPT_SIZE];
    bool is_good;
    CHECK(queue_receive(queue, 30, 1) == message);
    message_write_receipt(message, first);
    text receipt = {first, sizeof first};
    CHECK(queue_find_receipt(queue, receipt, &is_good) == message && is_good);
    CHECK(queue_find_receipt(other, receipt, &is_good) == NULL && is_good);
    CHECK(queue_find_receipt(queue, TEXT("x"), &is_good) == NULL && !is_good);
    message_set_visibility(message, 0);
    CHECK(queue_receive(queue, 30, 2) == message);
    CHECK(queue_find_receipt(queue, receipt, &is_good) == NULL && is_good);
    message_write_receipt(message, second);
    receipt.data = second;
    CHECK(queue_find_receipt(queue, receipt, &is_good) == message);
    CHECK_EQ(message->receives, 2);
    message_free(message);
    CHECK(queue_find_receipt(queue, receipt, &is_good) == NULL && is_good);
    end();
}

TEST(delayed_and_invisible_messages_become_ready_by_themselves)
{
    start();
    struct queue *queue = queue_new(&queues, TEXT("q"));
    struct message_draft draft = {.body = TEXT("late"), .delay_s = 1};
    CHECK(queue_send(queue, &draft));
    send_text(queue, "early", NULL);
    CHECK(queue_receive(queue, 1, 1) != NULL);
    check_next(queue, 1, NULL);
    turn_for(UINT64_C(1200000000));
    CHECK_EQ(queue->ready.count, 2);
    end();
}

TEST(a_fifo_group_waits_for_what_is_in_flight)
{
    start();
    struct queue *queue = queue_new(&queues, TEXT("q.fifo"));
    struct message *first = send_text(queue, "a1", "a");
    send_text(queue, "a2", "a");
    send_text(queue, "b1", "b");
    CHECK(queue_receive(queue, 30, 1) == first);
    check_next(queue, 2, "b1");
    check_next(queue, 2, NULL);
    message_set_visibility(first, 0);
    check_next(queue, 3, "a1");
    check_next(queue, 3, "a2");
    check_next(queue, 3, NULL);
    end();
}

TEST(what_was_sent_lately_is_known_by_its_id)
{
    start();
    struct queue *queue = queue_new(&queues, TEXT("q.fifo"));
    struct message *message = send_text(queue, "a", "g");
    CHECK(queue_find_duplicate(queue, TEXT("id")) == NULL);
    CHECK(queue_note_sent(queue, TEXT("id"), message));
    CHECK(queue_find_duplicate(queue, TEXT("id")) != NULL);
    CHECK(queue_find_duplicate(queue, TEXT("other")) == NULL);
    queue_forget_sent(queue, message->sent_ms + DEDUPLICATION_MS + 1);
    CHECK(queue_find_duplicate(queue, TEXT("id")) == NULL);
    end();
}

TEST(thousands_of_messages_come_and_go)
{
    start();
    struct queue *queue = queue_new(&queues, TEXT("q"));
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 1000; i++)
            send_text(queue, "m", NULL);
        for (int i = 0; i < 700; i++)
            message_free(queue_receive(queue, 30, 1));
    }
    CHECK_EQ(queue->ready.count, 900);
    CHECK_EQ(queues.slots_taken, 900);
    queue_purge(queue);
    CHECK_EQ(queues.slots_taken, 0);
    end();
}

TEST(each_allocation_that_fails_leaves_the_queues_whole)
{
    for (uint64_t n = 1; n < 12; n++) {
        start();
        struct message_draft draft = {.body = TEXT("b"), .group = TEXT("g")};
        budget_fail_after(n);
        struct queue *queue = queue_new(&queues, TEXT("q.fifo"));
        struct message *message = queue ? queue_send(queue, &draft) : NULL;
        bool is_noted = message && queue_note_sent(queue, TEXT("id"), message);
        budget_fail_after(0);
        CHECK_EQ(queues.index.count, queue != NULL);
        if (queue) {
            CHECK_EQ(queue->ready.count, message != NULL);
            CHECK_EQ(queue->groups.count, message != NULL);
            CHECK_EQ(queue->sent_lately.count, is_noted);
        }
        end();
    }
}
