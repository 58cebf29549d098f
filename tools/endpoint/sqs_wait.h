/* sqs_wait: a ReceiveMessage, and how it waits for messages when there are none. */
#ifndef ENDPOINT_SQS_WAIT_H
#define ENDPOINT_SQS_WAIT_H

#include "formats/formats.h"
#include "ring/ring.h"

struct queue;
struct request;

struct sqs_wait {
    struct request *request;
    struct list_link link; /* in queue->waiting */
    struct ring_timer timer;
    struct queue *queue;
    uint32_t most; /* messages */
    uint32_t visibility_s;
    uint32_t attributes;                      /* bits by enum system_attribute */
    const struct json_value *attribute_names; /* of message attributes; NULL: none */
};

void sqs_wait_init(struct sqs_wait *wait, struct request *request);
void sqs_wait_cancel(struct sqs_wait *wait); /* no harm if it does not wait */

#endif
