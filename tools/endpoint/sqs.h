/*
 * sqs: the operations of SQS in AWS JSON 1.0, one function each, and what they have in common. An
 * operation on one entry of a batch returns why it is refused, or NULL.
 */
#ifndef ENDPOINT_SQS_H
#define ENDPOINT_SQS_H

#include "refusals.h"
#include "request.h"
#include "server.h"

bool sqs_is_meant(const struct request *request);
void sqs_route(struct request *request);
void sqs_write_refusal(struct request *request);

/* The request's JSON object, or NULL: refused. */
const struct json_value *sqs_input(struct request *request);
/* The queue that QueueUrl names, or NULL: refused. */
struct queue *sqs_queue(struct request *request, const struct json_value *input);

/* A JSON answer: begin, then members, each after a comma but the first. */
void sqs_begin(struct request *request, struct buffer *out);
void sqs_end(struct request *request, struct buffer *out);
void sqs_end_empty(struct request *request);
void sqs_member(struct buffer *out, text name, text value); /* ,"name":"value" */

/* A whole number that a member has, or fallback if there is none. false: out of bounds. */
bool sqs_number(
    const struct json_value *input, text name, int64_t least, int64_t most, uint32_t *number);

/* Runs one for each entry of a batch and answers with what succeeded and what did not. */
typedef const struct refusal *sqs_entry(
    struct request *request, struct queue *queue, const struct json_value *entry,
    struct buffer *out);
void sqs_batch(struct request *request, sqs_entry *one);

/* Message attributes, checked and written as the bytes a message keeps; and their MD5. Empty when
 * there are none. NULL: *attributes is set; else why not. */
const struct refusal *sqs_read_attributes(
    struct request *request, const struct json_value *attributes, text *kept,
    unsigned char md5[MD5_SIZE]);
/* Those that names ask for, as members ,"MessageAttributes":{...} and their MD5; may be nothing. */
void sqs_write_attributes(
    struct request *request, struct buffer *out, const struct message *message,
    const struct json_value *names);

void sqs_serve_waiting(struct queue *queue);

extern const struct refusal refusal_no_such_queue, refusal_queue_exists, refusal_bad_queue_name,
    refusal_bad_parameter, refusal_missing_parameter, refusal_bad_receipt, refusal_not_in_flight,
    refusal_bad_contents, refusal_message_too_long, refusal_bad_attribute_name,
    refusal_bad_attribute_value, refusal_bad_json, refusal_unknown_operation, refusal_empty_batch,
    refusal_large_batch, refusal_ids_not_distinct, refusal_sqs_full;

void sqs_create_queue(struct request *request);
void sqs_get_queue_url(struct request *request);
void sqs_list_queues(struct request *request);
void sqs_delete_queue(struct request *request);
void sqs_purge_queue(struct request *request);
void sqs_get_queue_attributes(struct request *request);
void sqs_set_queue_attributes(struct request *request);
void sqs_send_message(struct request *request);
void sqs_send_message_batch(struct request *request);
void sqs_receive_message(struct request *request);
void sqs_delete_message(struct request *request);
void sqs_delete_message_batch(struct request *request);
void sqs_change_visibility(struct request *request);
void sqs_change_visibility_batch(struct request *request);

#endif
