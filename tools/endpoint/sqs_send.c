#include "sqs.h"

enum { DELAY_MOST_S = 900 };

static void add_hex(struct buffer *out, text name, const unsigned char digest[MD5_SIZE])
{
    char hex[2 * MD5_SIZE];
    hex_encode(hex, digest, MD5_SIZE);
    sqs_member(out, name, (text){hex, sizeof hex});
}

static void add_sequence(struct buffer *out, uint64_t sequence)
{
    char digits[24];
    struct buffer number;
    buffer_init_fixed(&number, digits, sizeof digits);
    buffer_add_format(&number, "%020llu", (unsigned long long)sequence);
    sqs_member(out, TEXT("SequenceNumber"), buffer_text(&number));
}

static const struct refusal *check_body(text body, size_t size, const struct queue *queue)
{
    if (!body.size)
        return &refusal_missing_parameter;
    if (size > queue->numbers[QUEUE_MAXIMUM_SIZE])
        return &refusal_message_too_long;
    for (size_t i = 0; i < body.size; i++) {
        unsigned char c = (unsigned char)body.data[i];
        if (c < 0x20 && c != '\t' && c != '\n' && c != '\r')
            return &refusal_bad_contents;
    }
    return NULL;
}

/* Group and deduplication ids; the latter may come from the body. hex: memory for that. */
static const struct refusal *read_fifo(
    const struct queue *queue, const struct json_value *entry, struct message_draft *draft,
    char hex[2 * SHA256_SIZE])
{
    draft->group = json_text(json_member(entry, TEXT("MessageGroupId")));
    draft->deduplication = json_text(json_member(entry, TEXT("MessageDeduplicationId")));
    if (draft->group.size > FIFO_ID_MOST || draft->deduplication.size > FIFO_ID_MOST)
        return &refusal_bad_parameter;
    if (!queue->is_fifo)
        return draft->deduplication.size ? &refusal_bad_parameter : NULL;
    if (!draft->group.size)
        return &refusal_missing_parameter;
    if (draft->deduplication.size)
        return NULL;
    if (!queue->deduplicates_by_content)
        return &refusal_bad_parameter;
    unsigned char digest[SHA256_SIZE];
    sha256_once(digest, draft->body);
    hex_encode(hex, digest, sizeof digest);
    draft->deduplication = (text){hex, 2 * SHA256_SIZE};
    return NULL;
}

static void write_sent(
    const struct queue *queue, const struct message_draft *draft, text id, uint64_t sequence,
    struct buffer *out)
{
    unsigned char md5[MD5_SIZE];
    md5_once(md5, draft->body);
    sqs_member(out, TEXT("MessageId"), id);
    add_hex(out, TEXT("MD5OfMessageBody"), md5);
    if (draft->attributes.size)
        add_hex(out, TEXT("MD5OfMessageAttributes"), draft->attributes_md5);
    if (queue->is_fifo)
        add_sequence(out, sequence);
}

static const struct refusal *send_one(
    struct request *request, struct queue *queue, const struct json_value *entry,
    struct buffer *out)
{
    struct message_draft draft = {.delay_s = queue->numbers[QUEUE_DELAY_S]};
    char hex[2 * SHA256_SIZE];
    draft.body = json_text(json_member(entry, TEXT("MessageBody")));
    const struct refusal *refusal = sqs_read_attributes(
        request, json_member(entry, TEXT("MessageAttributes")), &draft.attributes,
        draft.attributes_md5);
    if (!refusal)
        refusal = check_body(draft.body, draft.body.size + draft.attributes.size, queue);
    if (!refusal && !sqs_number(entry, TEXT("DelaySeconds"), 0, DELAY_MOST_S, &draft.delay_s))
        refusal = &refusal_bad_parameter;
    if (!refusal)
        refusal = read_fifo(queue, entry, &draft, hex);
    if (refusal)
        return refusal;
    if (queue->is_fifo) {
        const struct deduplication *sent = queue_find_duplicate(queue, draft.deduplication);
        if (sent) {
            text id = {sent->message_id, MESSAGE_ID_SIZE};
            write_sent(queue, &draft, id, sent->sequence, out);
            return NULL;
        }
    }
    struct message *message = queue_send(queue, &draft);
    if (!message)
        return &refusal_sqs_full;
    if (queue->is_fifo && !queue_note_sent(queue, draft.deduplication, message))
        LOG(&request->server->log, LOG_LEVEL_WARNING, "no memory to remember a deduplication id");
    write_sent(queue, &draft, (text){message->id, MESSAGE_ID_SIZE}, message->sequence, out);
    return NULL;
}

void sqs_send_message(struct request *request)
{
    const struct json_value *input = sqs_input(request);
    struct queue *queue = sqs_queue(request, input);
    if (!queue)
        return;
    struct buffer out;
    sqs_begin(request, &out);
    const struct refusal *refusal = send_one(request, queue, input, &out);
    if (refusal)
        request_refuse(request, refusal, (text){0});
    else
        sqs_end(request, &out);
}

void sqs_send_message_batch(struct request *request)
{
    sqs_batch(request, send_one);
}
