#include "body.h"

#include "refusals.h"
#include "request.h"
#include "server.h"

/* Nothing that follows can be understood: answer, then close. */
static void give_up(struct request *request, const struct refusal *refusal)
{
    request_refuse(request, refusal, (text){0});
    request->reply.closes = true;
    request->body.is_done = true;
}

/* How large the object will be. false: the request does not say. */
static bool object_size(const struct request *request, uint64_t *size)
{
    if (request->body.is_aws_chunked)
        return text_to_u64(request_field(request, FIELD_DECODED_LENGTH), size);
    *size = request->http.framing == HTTP_LENGTH ? request->http.content_length : 0;
    return !request->body.is_chunked;
}

static void start_object(struct request *request)
{
    uint64_t size;
    if (request->body.is_aws_chunked && !verify_chunks(request, &request->body.aws))
        return;
    if (!object_size(request, &size)) {
        request_refuse(request, &refusal_missing_length, (text){0});
        return;
    }
    if (size > UINT64_C(5) << 30) {
        request_refuse(request, &refusal_entity_too_large, (text){0});
        return;
    }
    if (!size)
        return;
    request->body.blob = blob_new(&request->server->store.objects.blobs, (size_t)size);
    if (!request->body.blob)
        request_refuse(request, &refusal_no_memory, (text){0});
}

static void start_text(struct request *request)
{
    buffer_init(&request->body.buffer, request->arena);
    if (request->http.framing == HTTP_LENGTH && request->http.content_length > BODY_TEXT_MOST)
        request_refuse(request, &refusal_text_too_large, (text){0});
}

void body_start(struct request *request)
{
    struct body *body = &request->body;
    const struct http_request *http = &request->http;
    body->kind = request->refusal ? BODY_NONE : request->operation->body;
    body->is_chunked = http->framing == HTTP_CHUNKED;
    body->left = http->framing == HTTP_LENGTH ? http->content_length : 0;
    body->is_done = http->framing == HTTP_NO_BODY || (!body->is_chunked && !body->left);
    body->is_aws_chunked = verdict_is_chunked(&request->verdict);
    if (body->kind == BODY_OBJECT)
        start_object(request);
    else if (body->kind == BODY_TEXT)
        start_text(request);
    if (request->refusal)
        body->kind = BODY_NONE;
}

static void add_to_object(struct request *request, text run)
{
    struct body *body = &request->body;
    size_t room = body->blob ? body->blob->size - body->blob_used : 0;
    if (run.size > room) {
        request_refuse(request, &refusal_incomplete_body, (text){0});
        return;
    }
    memcpy(body->blob->data + body->blob_used, run.data, run.size);
    body->blob_used += run.size;
}

static void add_aws_chunks(struct request *request, text input)
{
    const char *problem = NULL;
    while (input.size && !request->refusal) {
        text run = sigv4_chunks_next(&request->body.aws, &input, &problem);
        if (problem)
            verify_refuse_chunks(request, problem);
        else if (run.size)
            add_to_object(request, run);
    }
}

static void add_to_text(struct request *request, text run)
{
    struct body *body = &request->body;
    bool is_whole = !body->is_chunked && run.size == request->http.content_length;
    if (is_whole) {
        body->text = run;
        return;
    }
    if (run.size > BODY_TEXT_MOST - body->buffer.size)
        request_refuse(request, &refusal_text_too_large, (text){0});
    else
        buffer_add(&body->buffer, run);
}

static void add(struct request *request, text run)
{
    request->server->counters.bytes_in += run.size;
    if (request->refusal || request->body.kind == BODY_NONE)
        return;
    if (request->body.kind == BODY_TEXT)
        add_to_text(request, run);
    else if (request->body.is_aws_chunked)
        add_aws_chunks(request, run);
    else
        add_to_object(request, run);
}

static void end(struct request *request)
{
    struct body *body = &request->body;
    body->is_done = true;
    if (request->refusal)
        return;
    if (body->kind == BODY_TEXT && !body->text.data) {
        if (!buffer_ok(&body->buffer))
            request_refuse(request, &refusal_no_memory, (text){0});
        body->text = body->buffer.data ? buffer_text(&body->buffer) : TEXT("");
    }
    bool is_short = body->blob && body->blob_used != body->blob->size;
    if (is_short || (body->is_aws_chunked && body->kind == BODY_OBJECT && !body->aws.done))
        request_refuse(request, &refusal_incomplete_body, (text){0});
}

static void take_chunked(struct request *request, text *input)
{
    struct body *body = &request->body;
    const char *problem = NULL;
    while (!body->chunks.done) {
        text run = http_chunks_next(&body->chunks, input, &problem);
        if (problem) {
            give_up(request, &refusal_bad_chunks);
            return;
        }
        if (!run.data && !body->chunks.done)
            return;
        if (run.data)
            add(request, run);
    }
    end(request);
}

void body_take(struct request *request, text *input)
{
    struct body *body = &request->body;
    if (body->is_chunked) {
        take_chunked(request, input);
        return;
    }
    size_t size = body->left < input->size ? (size_t)body->left : input->size;
    text run = {input->data, size};
    *input = text_after(*input, size);
    body->left -= size;
    if (size)
        add(request, run);
    if (!body->left)
        end(request);
}

struct iovec body_room(struct request *request)
{
    struct body *body = &request->body;
    if (body->kind != BODY_OBJECT || body->is_chunked || body->is_aws_chunked || request->refusal ||
        body->left < BODY_DIRECT_LEAST)
        return (struct iovec){0};
    size_t size = body->left < BODY_DIRECT_MOST ? (size_t)body->left : BODY_DIRECT_MOST;
    return (struct iovec){body->blob->data + body->blob_used, size};
}

void body_filled(struct request *request, size_t size)
{
    struct body *body = &request->body;
    check(size <= body->left);
    request->server->counters.bytes_in += size;
    body->blob_used += size;
    body->left -= size;
    if (!body->left)
        end(request);
}

void body_release(struct request *request)
{
    blob_drop(&request->server->store.objects.blobs, request->body.blob);
    request->body.blob = NULL;
}
