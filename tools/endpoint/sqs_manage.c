#include "sqs.h"

#include "connection.h"

enum { LIST_MOST = 1000 };

static const text account = TEXT_INIT("000000000000");

/* Attributes that are numbers, and their bounds. */
static const struct {
    text name;
    int64_t least, most;
} number_names[QUEUE_NUMBER_COUNT] = {
    [QUEUE_DELAY_S] = {TEXT_INIT("DelaySeconds"), 0, 900},
    [QUEUE_MAXIMUM_SIZE] = {TEXT_INIT("MaximumMessageSize"), 1024, 1 << 20},
    [QUEUE_RETENTION_S] = {TEXT_INIT("MessageRetentionPeriod"), 60, 1209600},
    [QUEUE_WAIT_S] = {TEXT_INIT("ReceiveMessageWaitTimeSeconds"), 0, 20},
    [QUEUE_VISIBILITY_S] = {TEXT_INIT("VisibilityTimeout"), 0, 43200},
};

/* Those that are kept and given back without an effect. */
static const text extra_names[] = {
    TEXT_INIT("Policy"),
    TEXT_INIT("RedrivePolicy"),
    TEXT_INIT("RedriveAllowPolicy"),
    TEXT_INIT("KmsMasterKeyId"),
    TEXT_INIT("KmsDataKeyReusePeriodSeconds"),
    TEXT_INIT("SqsManagedSseEnabled"),
    TEXT_INIT("DeduplicationScope"),
    TEXT_INIT("FifoThroughputLimit"),
};

static void add_url(struct request *request, struct buffer *out, const struct queue *queue)
{
    struct buffer url;
    buffer_init(&url, request->arena);
    buffer_add(&url, request->connection->stream.tls ? TEXT("https://") : TEXT("http://"));
    buffer_add(&url, request_field(request, FIELD_HOST));
    buffer_add_char(&url, '/');
    buffer_add(&url, account);
    buffer_add_char(&url, '/');
    buffer_add(&url, queue_name(queue));
    json_write_string(out, buffer_text(&url));
}

static const struct refusal *set_number(struct queue *queue, size_t which, text value)
{
    uint64_t number;
    if (!text_to_u64(value, &number) || number < (uint64_t)number_names[which].least ||
        number > (uint64_t)number_names[which].most)
        return &refusal_bad_attribute_value;
    queue->numbers[which] = (uint32_t)number;
    return NULL;
}

static const struct refusal *set_one(struct queue *queue, text name, text value)
{
    for (size_t i = 0; i < QUEUE_NUMBER_COUNT; i++)
        if (text_equals(name, number_names[i].name))
            return set_number(queue, i, value);
    bool is_true = text_equals(value, TEXT("true"));
    if (text_equals(name, TEXT("FifoQueue")))
        return is_true && queue->is_fifo ? NULL : &refusal_bad_attribute_value;
    if (text_equals(name, TEXT("ContentBasedDeduplication"))) {
        queue->deduplicates_by_content = is_true;
        return queue->is_fifo ? NULL : &refusal_bad_attribute_name;
    }
    for (size_t i = 0; i < COUNT_OF(extra_names); i++)
        if (text_equals(name, extra_names[i]))
            return queue_set_extra(queue, name, value) ? NULL : &refusal_sqs_full;
    return &refusal_bad_attribute_name;
}

static const struct refusal *set_all(struct queue *queue, const struct json_value *attributes)
{
    if (!json_is(attributes, JSON_OBJECT))
        return NULL;
    for (size_t i = 0; i < attributes->count; i++) {
        const struct refusal *refusal =
            set_one(queue, attributes->names[i], json_text(&attributes->items[i]));
        if (refusal)
            return refusal;
    }
    queue->modified_ms = ring_wall_ms(queue->queues->ring);
    return NULL;
}

/* Whether a queue that is there has the attributes that another is to be made with. */
static bool is_alike(const struct queue *queue, const struct json_value *attributes)
{
    for (size_t i = 0; i < QUEUE_NUMBER_COUNT; i++) {
        const struct json_value *member = json_member(attributes, number_names[i].name);
        uint64_t number;
        if (member && (!text_to_u64(json_text(member), &number) || number != queue->numbers[i]))
            return false;
    }
    return true;
}

static void answer_url(struct request *request, const struct queue *queue)
{
    struct buffer out;
    sqs_begin(request, &out);
    buffer_add(&out, TEXT("\"QueueUrl\":"));
    add_url(request, &out, queue);
    sqs_end(request, &out);
}

void sqs_create_queue(struct request *request)
{
    struct queues *queues = &request->server->queues;
    const struct json_value *input = sqs_input(request);
    if (!input)
        return;
    text name = json_text(json_member(input, TEXT("QueueName")));
    const struct json_value *attributes = json_member(input, TEXT("Attributes"));
    bool wants_fifo =
        text_equals(json_text(json_member(attributes, TEXT("FifoQueue"))), TEXT("true"));
    if (!queue_name_is_good(name) || wants_fifo != text_ends_with(name, TEXT(".fifo"))) {
        request_refuse(request, &refusal_bad_queue_name, (text){0});
        return;
    }
    struct queue *queue = queue_find(queues, name);
    if (queue && !is_alike(queue, attributes)) {
        request_refuse(request, &refusal_queue_exists, (text){0});
        return;
    }
    if (!queue) {
        queue = queue_new(queues, name);
        const struct refusal *refusal = queue ? set_all(queue, attributes) : &refusal_sqs_full;
        if (refusal) {
            if (queue)
                queue_free(queue);
            request_refuse(request, refusal, (text){0});
            return;
        }
    }
    answer_url(request, queue);
}

void sqs_get_queue_url(struct request *request)
{
    const struct json_value *input = sqs_input(request);
    if (!input)
        return;
    struct queue *queue =
        queue_find(&request->server->queues, json_text(json_member(input, TEXT("QueueName"))));
    if (queue)
        answer_url(request, queue);
    else
        request_refuse(request, &refusal_no_such_queue, (text){0});
}

void sqs_list_queues(struct request *request)
{
    const struct index *index = &request->server->queues.index;
    const struct json_value *input = sqs_input(request);
    if (!input)
        return;
    text prefix = json_text(json_member(input, TEXT("QueueNamePrefix")));
    text token = json_text(json_member(input, TEXT("NextToken")));
    uint32_t most = LIST_MOST, count = 0;
    if (!sqs_number(input, TEXT("MaxResults"), 1, LIST_MOST, &most)) {
        request_refuse(request, &refusal_bad_parameter, (text){0});
        return;
    }
    struct buffer out;
    sqs_begin(request, &out);
    struct index_entry *entry = token.size ? index_after(index, token) : index_from(index, prefix);
    text last = {0};
    for (; entry && text_starts_with(entry->key, prefix) && count < most; count++) {
        buffer_add(&out, count ? TEXT(",") : TEXT("\"QueueUrls\":["));
        add_url(request, &out, CONTAINER_OF(entry, struct queue, entry));
        last = entry->key;
        entry = index_after(index, entry->key);
    }
    if (count)
        buffer_add_char(&out, ']');
    if (entry && text_starts_with(entry->key, prefix) && json_member(input, TEXT("MaxResults")))
        sqs_member(&out, TEXT("NextToken"), last);
    sqs_end(request, &out);
}

static void end_waiting(struct queue *queue)
{
    while (!list_is_empty(&queue->waiting)) {
        struct sqs_wait *wait = CONTAINER_OF(queue->waiting.first, struct sqs_wait, link);
        struct request *waiting = wait->request;
        sqs_wait_cancel(wait);
        request_refuse(waiting, &refusal_no_such_queue, (text){0});
        sqs_write_refusal(waiting);
        connection_reply(waiting->connection);
    }
}

void sqs_delete_queue(struct request *request)
{
    struct queue *queue = sqs_queue(request, sqs_input(request));
    if (!queue)
        return;
    end_waiting(queue);
    queue_free(queue);
    sqs_end_empty(request);
}

void sqs_purge_queue(struct request *request)
{
    struct queue *queue = sqs_queue(request, sqs_input(request));
    if (!queue)
        return;
    queue_purge(queue);
    sqs_end_empty(request);
}

void sqs_set_queue_attributes(struct request *request)
{
    const struct json_value *input = sqs_input(request);
    struct queue *queue = sqs_queue(request, input);
    if (!queue)
        return;
    const struct refusal *refusal = set_all(queue, json_member(input, TEXT("Attributes")));
    if (refusal)
        request_refuse(request, refusal, (text){0});
    else
        sqs_end_empty(request);
}

static bool is_asked_for(const struct json_value *names, text name)
{
    for (size_t i = 0; json_is(names, JSON_LIST) && i < names->count; i++) {
        text wanted = json_text(json_item(names, i));
        if (text_equals(wanted, TEXT("All")) || text_equals(wanted, name))
            return true;
    }
    return false;
}

static void add_number(struct buffer *out, const struct json_value *names, text name, int64_t value)
{
    char digits[24];
    struct buffer number;
    buffer_init_fixed(&number, digits, sizeof digits);
    buffer_add_i64(&number, value);
    if (is_asked_for(names, name))
        sqs_member(out, name, buffer_text(&number));
}

static void add_texts(
    struct request *request, struct buffer *out, const struct json_value *names,
    const struct queue *queue)
{
    if (is_asked_for(names, TEXT("QueueArn"))) {
        struct buffer arn;
        buffer_init(&arn, request->arena);
        buffer_add(&arn, TEXT("arn:aws:sqs:"));
        buffer_add(&arn, request->server->options.region);
        buffer_add_char(&arn, ':');
        buffer_add(&arn, account);
        buffer_add_char(&arn, ':');
        buffer_add(&arn, queue_name(queue));
        sqs_member(out, TEXT("QueueArn"), buffer_text(&arn));
    }
    if (queue->is_fifo && is_asked_for(names, TEXT("FifoQueue")))
        sqs_member(out, TEXT("FifoQueue"), TEXT("true"));
    if (queue->is_fifo && is_asked_for(names, TEXT("ContentBasedDeduplication")))
        sqs_member(
            out, TEXT("ContentBasedDeduplication"),
            queue->deduplicates_by_content ? TEXT("true") : TEXT("false"));
    for (const struct extra_attribute *extra = queue->extra; extra; extra = extra->next) {
        text name = {extra->bytes, extra->name_size};
        if (is_asked_for(names, name))
            sqs_member(out, name, (text){extra->bytes + extra->name_size, extra->value_size});
    }
}

void sqs_get_queue_attributes(struct request *request)
{
    const struct json_value *input = sqs_input(request);
    struct queue *queue = sqs_queue(request, input);
    if (!queue)
        return;
    const struct json_value *names = json_member(input, TEXT("AttributeNames"));
    struct buffer out;
    sqs_begin(request, &out);
    buffer_add(&out, TEXT("\"Attributes\":{"));
    for (size_t i = 0; i < QUEUE_NUMBER_COUNT; i++)
        add_number(&out, names, number_names[i].name, queue->numbers[i]);
    add_number(&out, names, TEXT("CreatedTimestamp"), queue->created_ms / 1000);
    add_number(&out, names, TEXT("LastModifiedTimestamp"), queue->modified_ms / 1000);
    add_number(&out, names, TEXT("ApproximateNumberOfMessages"), (int64_t)queue->ready.count);
    add_number(
        &out, names, TEXT("ApproximateNumberOfMessagesNotVisible"),
        (int64_t)queue->in_flight.count);
    add_number(
        &out, names, TEXT("ApproximateNumberOfMessagesDelayed"), (int64_t)queue->delayed.count);
    add_texts(request, &out, names, queue);
    buffer_add_char(&out, '}');
    sqs_end(request, &out);
}
