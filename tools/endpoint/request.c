#include "request.h"

#include "admin.h"
#include "connection.h"
#include "echo.h"
#include "refusals.h"
#include "s3.h"
#include "server.h"
#include "sqs.h"

static const struct operation unknown_operation = {TEXT_INIT("Unknown"), BODY_NONE, NULL};

void request_init(
    struct request *request, struct connection *connection, struct server *server,
    struct arena *arena)
{
    memset(request, 0, sizeof *request);
    request->server = server;
    request->connection = connection;
    request->arena = arena;
    sqs_wait_init(&request->wait, request);
    request_clear(request);
}

void request_clear(struct request *request)
{
    request->number = ++request->server->request_number;
    request->operation = &unknown_operation;
    request->service = SERVICE_S3;
    request->refusal = NULL;
    request->refusal_detail = request->bucket = request->key = (text){0};
    request->query.count = 0;
    verdict_clear(&request->verdict);
    memset(&request->body, 0, offsetof(struct body, aws));
    reply_clear(request);
}

void request_release(struct request *request)
{
    body_release(request);
    reply_clear(request);
}

void request_refuse(struct request *request, const struct refusal *refusal, text detail)
{
    if (request->refusal)
        return;
    request->refusal = refusal;
    request->refusal_detail = detail;
}

void request_refuse_as_busy(struct request *request)
{
    request_refuse(request, &refusal_slow_down, (text){0});
}

/* Its query is for others to understand, however long. */
static bool is_echoed(const struct request *request)
{
    return request->server->options.echo && !text_starts_with(request->path, TEXT("/_inia/"));
}

static void find_operation(struct request *request)
{
    if (text_starts_with(request->path, TEXT("/_inia/")))
        admin_route(request);
    else if (is_echoed(request))
        echo_route(request);
    else if (sqs_is_meant(request))
        sqs_route(request);
    else
        s3_route(request);
}

void request_start(struct request *request)
{
    request->path = text_split(request->http.target, '?', &request->query_text);
    fields_scan(&request->fields, &request->http);
    if (!text_starts_with(request->path, TEXT("/")))
        request_refuse(request, &refusal_invalid_request, (text){0});
    else if (
        !is_echoed(request) &&
        !query_parse(&request->query, request->query_text, false, request->arena))
        request_refuse(request, &refusal_invalid_argument, TEXT("Too many query parameters."));
    else
        find_operation(request);
    if (request->service != SERVICE_ADMIN && request->service != SERVICE_ECHO)
        verify_head(request);
    body_start(request);
}

static void move(text *slice, const char *from, size_t size, const char *to)
{
    if (slice->data && slice->data >= from && slice->data <= from + size)
        slice->data = to + (slice->data - from);
}

bool request_keep(struct request *request, const char *head, size_t size)
{
    char *copy = arena_alloc(request->arena, size);
    if (!copy)
        return false;
    memcpy(copy, head, size);
    struct http_request *http = &request->http;
    text *slices[] = {
        &http->method,    &http->target, &request->path,           &request->query_text,
        &request->bucket, &request->key, &request->refusal_detail, &request->verdict.declared};
    for (size_t i = 0; i < COUNT_OF(slices); i++)
        move(slices[i], head, size, copy);
    for (size_t i = 0; i < http->header_count; i++) {
        move(&http->headers[i].name, head, size, copy);
        move(&http->headers[i].value, head, size, copy);
    }
    for (size_t i = 0; i < FIELD_COUNT; i++)
        move(&request->fields.values[i], head, size, copy);
    for (size_t i = 0; i < request->query.count; i++) {
        move(&request->query.parameters[i].name, head, size, copy);
        move(&request->query.parameters[i].value, head, size, copy);
    }
    return true;
}

static void write_refusal(struct request *request)
{
    bool in_json = request->service == SERVICE_ECHO && echo_speaks_json(request);
    if (request->service == SERVICE_SQS || in_json)
        sqs_write_refusal(request);
    else
        s3_write_refusal(request);
}

void request_answer(struct request *request)
{
    if (!request->refusal)
        verify_body(request);
    if (!request->refusal)
        request->operation->answer(request);
    if (request->refusal)
        write_refusal(request);
}
