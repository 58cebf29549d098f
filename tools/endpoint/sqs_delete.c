#include "sqs.h"

static const struct refusal *delete_one(
    struct request *request, struct queue *queue, const struct json_value *entry,
    struct buffer *out)
{
    (void)request;
    (void)out;
    bool is_well_formed;
    text receipt = json_text(json_member(entry, TEXT("ReceiptHandle")));
    struct message *message = queue_find_receipt(queue, receipt, &is_well_formed);
    if (!is_well_formed)
        return &refusal_bad_receipt;
    if (!message)
        return NULL;
    message_free(message);
    /* The rest of its FIFO group may have waited for it. */
    if (!list_is_empty(&queue->waiting))
        sqs_serve_waiting(queue);
    return NULL;
}

static const struct refusal *change_one(
    struct request *request, struct queue *queue, const struct json_value *entry,
    struct buffer *out)
{
    (void)request;
    (void)out;
    bool is_well_formed;
    uint32_t seconds = UINT32_MAX;
    text receipt = json_text(json_member(entry, TEXT("ReceiptHandle")));
    struct message *message = queue_find_receipt(queue, receipt, &is_well_formed);
    if (!is_well_formed)
        return &refusal_bad_receipt;
    if (!sqs_number(entry, TEXT("VisibilityTimeout"), 0, 43200, &seconds) || seconds == UINT32_MAX)
        return &refusal_bad_parameter;
    if (!message || message->link.list != &queue->in_flight)
        return &refusal_not_in_flight;
    message_set_visibility(message, seconds);
    return NULL;
}

static void run_one(struct request *request, sqs_entry *one)
{
    const struct json_value *input = sqs_input(request);
    struct queue *queue = sqs_queue(request, input);
    if (!queue)
        return;
    const struct refusal *refusal = one(request, queue, input, NULL);
    if (refusal)
        request_refuse(request, refusal, (text){0});
    else
        sqs_end_empty(request);
}

void sqs_delete_message(struct request *request)
{
    run_one(request, delete_one);
}

void sqs_change_visibility(struct request *request)
{
    run_one(request, change_one);
}

void sqs_delete_message_batch(struct request *request)
{
    sqs_batch(request, delete_one);
}

void sqs_change_visibility_batch(struct request *request)
{
    sqs_batch(request, change_one);
}
