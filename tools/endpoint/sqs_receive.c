#include "sqs.h"

#include "connection.h"

enum { RECEIVE_MOST = 10, WAIT_MOST_S = 20, VISIBILITY_MOST_S = 43200 };

enum system_attribute {
    ATTRIBUTE_SENDER_ID,
    ATTRIBUTE_SENT,
    ATTRIBUTE_RECEIVE_COUNT,
    ATTRIBUTE_FIRST_RECEIVE,
    ATTRIBUTE_SEQUENCE,
    ATTRIBUTE_DEDUPLICATION,
    ATTRIBUTE_GROUP,
    ATTRIBUTE_COUNT,
};

static const text attribute_names[ATTRIBUTE_COUNT] = {
    [ATTRIBUTE_SENDER_ID] = TEXT_INIT("SenderId"),
    [ATTRIBUTE_SENT] = TEXT_INIT("SentTimestamp"),
    [ATTRIBUTE_RECEIVE_COUNT] = TEXT_INIT("ApproximateReceiveCount"),
    [ATTRIBUTE_FIRST_RECEIVE] = TEXT_INIT("ApproximateFirstReceiveTimestamp"),
    [ATTRIBUTE_SEQUENCE] = TEXT_INIT("SequenceNumber"),
    [ATTRIBUTE_DEDUPLICATION] = TEXT_INIT("MessageDeduplicationId"),
    [ATTRIBUTE_GROUP] = TEXT_INIT("MessageGroupId"),
};

static uint32_t attributes_asked_for(const struct json_value *names)
{
    uint32_t bits = 0;
    for (size_t i = 0; json_is(names, JSON_LIST) && i < names->count; i++) {
        text name = json_text(json_item(names, i));
        for (uint32_t j = 0; j < ATTRIBUTE_COUNT; j++)
            if (text_equals(name, attribute_names[j]) || text_equals(name, TEXT("All")))
                bits |= 1U << j;
    }
    return bits;
}

static void add_number(
    struct buffer *out, enum system_attribute attribute, const char *format, int64_t value)
{
    char digits[32];
    struct buffer number;
    buffer_init_fixed(&number, digits, sizeof digits);
    buffer_add_format(&number, format, (long long)value);
    sqs_member(out, attribute_names[attribute], buffer_text(&number));
}

static void add_system_attribute(
    struct buffer *out, const struct message *message, enum system_attribute attribute)
{
    text value = {0};
    switch (attribute) {
    case ATTRIBUTE_SENDER_ID:
        value = TEXT("AIDAINIAENDPOINT");
        break;
    case ATTRIBUTE_SENT:
        add_number(out, attribute, "%lld", message->sent_ms);
        break;
    case ATTRIBUTE_RECEIVE_COUNT:
        add_number(out, attribute, "%lld", message->receives);
        break;
    case ATTRIBUTE_FIRST_RECEIVE:
        add_number(out, attribute, "%lld", message->first_received_ms);
        break;
    case ATTRIBUTE_SEQUENCE:
        if (message->queue->is_fifo)
            add_number(out, attribute, "%020lld", (int64_t)message->sequence);
        break;
    case ATTRIBUTE_DEDUPLICATION:
        value = message_deduplication(message);
        break;
    case ATTRIBUTE_GROUP:
        value = message_group(message);
        break;
    case ATTRIBUTE_COUNT:
        break;
    }
    if (value.size)
        sqs_member(out, attribute_names[attribute], value);
}

static void add_message(struct sqs_wait *wait, struct buffer *out, const struct message *message)
{
    char receipt[RECEIPT_SIZE], md5[2 * MD5_SIZE];
    message_write_receipt(message, receipt);
    hex_encode(md5, message->body_md5, MD5_SIZE);
    buffer_add(out, TEXT("{"));
    sqs_member(out, TEXT("MessageId"), (text){message->id, MESSAGE_ID_SIZE});
    sqs_member(out, TEXT("ReceiptHandle"), (text){receipt, RECEIPT_SIZE});
    sqs_member(out, TEXT("MD5OfBody"), (text){md5, sizeof md5});
    sqs_member(out, TEXT("Body"), message_body(message));
    if (wait->attributes) {
        buffer_add(out, TEXT(",\"Attributes\":{"));
        for (uint32_t i = 0; i < ATTRIBUTE_COUNT; i++)
            if (wait->attributes & 1U << i)
                add_system_attribute(out, message, (enum system_attribute)i);
        buffer_add_char(out, '}');
    }
    sqs_write_attributes(wait->request, out, message, wait->attribute_names);
    buffer_add_char(out, '}');
}

/* Answers with what is ready, at most as many as wanted; also with nothing. */
static void answer(struct sqs_wait *wait)
{
    struct request *request = wait->request;
    struct buffer out;
    sqs_begin(request, &out);
    for (uint32_t i = 0; i < wait->most; i++) {
        struct message *message = queue_receive(wait->queue, wait->visibility_s, request->number);
        if (!message)
            break;
        buffer_add(&out, i ? TEXT(",") : TEXT("\"Messages\":["));
        add_message(wait, &out, message);
    }
    if (out.size > 1)
        buffer_add_char(&out, ']');
    sqs_end(request, &out);
}

/* ---- Waiting ----------------------------------------------------------------------- */

void sqs_wait_cancel(struct sqs_wait *wait)
{
    if (!link_is_listed(&wait->link))
        return;
    list_remove(&wait->link);
    ring_timer_clear(wait->request->server->ring, &wait->timer);
}

static void answer_late(struct sqs_wait *wait)
{
    sqs_wait_cancel(wait);
    answer(wait);
    connection_reply(wait->request->connection);
}

static void wait_is_over(struct ring_timer *timer)
{
    answer_late(CONTAINER_OF(timer, struct sqs_wait, timer));
}

void sqs_wait_init(struct sqs_wait *wait, struct request *request)
{
    *wait = (struct sqs_wait){.request = request, .timer.fire = wait_is_over};
}

static bool has_ready(const struct queue *queue, uint64_t batch)
{
    for (struct list_link *link = queue->ready.first; link; link = link->next)
        if (!message_is_blocked(message_of_link(link), batch))
            return true;
    return false;
}

void sqs_serve_waiting(struct queue *queue)
{
    while (!list_is_empty(&queue->waiting)) {
        struct sqs_wait *wait = CONTAINER_OF(queue->waiting.first, struct sqs_wait, link);
        if (!has_ready(queue, wait->request->number))
            return;
        answer_late(wait);
    }
}

/* What the connection received is gone until the answer: nothing may point there any more. */
static void forget_texts(struct request *request)
{
    request->http.method = TEXT("POST");
    request->http.header_count = 0;
    request->path = request->query_text = request->bucket = request->key = (text){0};
    request->body.text = TEXT("");
}

static void begin_waiting(struct sqs_wait *wait, uint32_t seconds)
{
    struct request *request = wait->request;
    struct ring *ring = request->server->ring;
    forget_texts(request);
    list_push(&wait->queue->waiting, &wait->link);
    ring_timer_set(
        ring, &wait->timer, ring_now_ns(ring) + (uint64_t)seconds * UINT64_C(1000000000));
}

void sqs_receive_message(struct request *request)
{
    const struct json_value *input = sqs_input(request);
    struct queue *queue = sqs_queue(request, input);
    if (!queue)
        return;
    struct sqs_wait *wait = &request->wait;
    uint32_t seconds = queue->numbers[QUEUE_WAIT_S];
    const struct json_value *names = json_member(input, TEXT("MessageSystemAttributeNames"));
    wait->queue = queue;
    wait->most = 1;
    wait->visibility_s = queue->numbers[QUEUE_VISIBILITY_S];
    wait->attributes = attributes_asked_for(names) |
                       attributes_asked_for(json_member(input, TEXT("AttributeNames")));
    wait->attribute_names = json_member(input, TEXT("MessageAttributeNames"));
    if (!sqs_number(input, TEXT("MaxNumberOfMessages"), 1, RECEIVE_MOST, &wait->most) ||
        !sqs_number(input, TEXT("VisibilityTimeout"), 0, VISIBILITY_MOST_S, &wait->visibility_s) ||
        !sqs_number(input, TEXT("WaitTimeSeconds"), 0, WAIT_MOST_S, &seconds)) {
        request_refuse(request, &refusal_bad_parameter, (text){0});
        return;
    }
    if (seconds && !has_ready(queue, request->number))
        begin_waiting(wait, seconds);
    else
        answer(wait);
}
