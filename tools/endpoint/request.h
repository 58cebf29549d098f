/*
 * request: one request, from its head to its answer. Its texts lie in what the connection received,
 * or in the arena once the connection had to wait for more.
 */
#ifndef ENDPOINT_REQUEST_H
#define ENDPOINT_REQUEST_H

#include "body.h"
#include "fields.h"
#include "query.h"
#include "reply.h"
#include "sqs_wait.h"
#include "verify.h"

struct server;
struct connection;

enum request_service { SERVICE_S3, SERVICE_SQS, SERVICE_ADMIN, SERVICE_ECHO };

struct operation {
    text name;
    enum body_kind body;
    void (*answer)(struct request *request); /* makes the reply, or sees to it that it is made */
};

/* Why a request is not granted. */
struct refusal {
    int status;
    text code;
    text message;
    text query_code; /* SQS: what its query protocol called it; absent: like code */
};

struct request {
    struct server *server;
    struct connection *connection;
    struct arena *arena;
    uint64_t number;
    text head; /* as received */
    struct http_request http;
    struct fields fields;
    struct query query;
    text path; /* of the target, as sent */
    text query_text;
    enum request_service service;
    text bucket, key; /* S3: decoded */
    const struct operation *operation;
    const struct refusal *refusal; /* NULL: none so far */
    text refusal_detail;           /* instead of the refusal's message; may be absent */
    struct verdict verdict;
    struct body body;
    struct reply reply;
    struct sqs_wait wait;
};

void request_init(
    struct request *request, struct connection *connection, struct server *server,
    struct arena *arena);
void request_clear(struct request *request); /* before each head; it must have been released */

/* Once the head is parsed: finds the operation, checks the signature, prepares for the body. */
void request_start(struct request *request);

/* Copies to the arena what the request's texts point to: size bytes at head. false: no memory. */
bool request_keep(struct request *request, const char *head, size_t size) MUST_USE;

/* Once the body is there: the reply is ready afterwards, or the operation will call
 * connection_reply() later. */
void request_answer(struct request *request);

void request_release(struct request *request); /* what it holds but the arena */

/* The first refusal counts. detail: a text that stays as long as the request, or absent. */
void request_refuse(struct request *request, const struct refusal *refusal, text detail);

void request_refuse_as_busy(struct request *request);

static inline text request_field(const struct request *request, enum field field)
{
    return request->fields.values[field];
}

#endif
