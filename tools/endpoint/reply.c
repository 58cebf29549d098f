#include "reply.h"

#include "request.h"
#include "server.h"

static text status_line(int status)
{
    switch (status) {
    case 200:
        return TEXT("HTTP/1.1 200 OK\r\n");
    case 204:
        return TEXT("HTTP/1.1 204 No Content\r\n");
    case 206:
        return TEXT("HTTP/1.1 206 Partial Content\r\n");
    case 304:
        return TEXT("HTTP/1.1 304 Not Modified\r\n");
    case 400:
        return TEXT("HTTP/1.1 400 Bad Request\r\n");
    case 403:
        return TEXT("HTTP/1.1 403 Forbidden\r\n");
    case 404:
        return TEXT("HTTP/1.1 404 Not Found\r\n");
    case 405:
        return TEXT("HTTP/1.1 405 Method Not Allowed\r\n");
    case 409:
        return TEXT("HTTP/1.1 409 Conflict\r\n");
    case 411:
        return TEXT("HTTP/1.1 411 Length Required\r\n");
    case 412:
        return TEXT("HTTP/1.1 412 Precondition Failed\r\n");
    case 416:
        return TEXT("HTTP/1.1 416 Requested Range Not Satisfiable\r\n");
    case 431:
        return TEXT("HTTP/1.1 431 Request Header Fields Too Large\r\n");
    case 501:
        return TEXT("HTTP/1.1 501 Not Implemented\r\n");
    case 503:
        return TEXT("HTTP/1.1 503 Service Unavailable\r\n");
    default:
        return TEXT("HTTP/1.1 500 Internal Server Error\r\n");
    }
}

void reply_clear(struct request *request)
{
    struct reply *reply = &request->reply;
    object_drop(&request->server->store.objects, reply->object);
    slab_give(&request->server->pages, reply->page);
    memset(reply, 0, offsetof(struct reply, memory));
}

/* What outgrows the page goes on in the arena. */
void reply_begin_text(struct request *request, struct buffer *out)
{
    struct reply *reply = &request->reply;
    buffer_init(out, request->arena);
    if (!reply->page)
        reply->page = slab_take(&request->server->pages);
    if (!reply->page)
        return;
    out->data = reply->page;
    out->capacity = REPLY_PAGE_SIZE;
}

static void add_request_id(struct request *request)
{
    unsigned char number[8];
    uint64_t value = request->number;
    for (size_t i = sizeof number; i-- > 0; value >>= 8)
        number[i] = (unsigned char)value;
    buffer_add_hex(&request->reply.head, (text){(const char *)number, sizeof number});
    buffer_add(&request->reply.head, TEXT("\r\n"));
}

void reply_begin(struct request *request, int status)
{
    struct reply *reply = &request->reply;
    buffer_init_fixed(&reply->head, reply->memory, sizeof reply->memory);
    reply->status = status;
    buffer_add(&reply->head, status_line(status));
    buffer_add(&reply->head, server_common_fields(request->server));
    add_request_id(request);
}

void reply_add(struct request *request, text name, text value)
{
    struct buffer *head = &request->reply.head;
    buffer_add(head, name);
    buffer_add(head, TEXT(": "));
    buffer_add(head, value);
    buffer_add(head, TEXT("\r\n"));
}

void reply_add_lines(struct request *request, text lines)
{
    buffer_add(&request->reply.head, lines);
}

/* A head that would not fit, which only absurd overrides in a query bring about, is an error. */
static void end_head(struct request *request)
{
    struct reply *reply = &request->reply;
    if (!request->http.keep_alive)
        reply->closes = true;
    if (reply->closes)
        buffer_add(&reply->head, TEXT("Connection: close\r\n"));
    buffer_add(&reply->head, TEXT("\r\n"));
    if (!buffer_ok(&reply->head)) {
        reply_clear(request);
        reply->closes = true;
        reply_begin(request, 500);
        buffer_add(&reply->head, TEXT("Content-Length: 0\r\nConnection: close\r\n\r\n"));
    }
    reply->is_ready = true;
}

static void add_length(struct request *request, size_t size)
{
    struct buffer *head = &request->reply.head;
    buffer_add(head, TEXT("Content-Length: "));
    buffer_add_u64(head, size);
    buffer_add(head, TEXT("\r\n"));
}

static bool is_head(const struct request *request)
{
    return text_equals(request->http.method, TEXT("HEAD"));
}

void reply_end(struct request *request)
{
    if (request->reply.status != 204 && request->reply.status != 304)
        add_length(request, 0);
    end_head(request);
}

void reply_end_text(struct request *request, text content_type, const struct buffer *body)
{
    if (!buffer_ok(body)) {
        request->reply.closes = true;
        reply_begin(request, 503);
        reply_end(request);
        return;
    }
    reply_add(request, TEXT("Content-Type"), content_type);
    add_length(request, body->size);
    if (!is_head(request))
        request->reply.text = buffer_text(body);
    end_head(request);
}

void reply_end_object(struct request *request, struct object *object, size_t offset, size_t size)
{
    add_length(request, size);
    if (size && !is_head(request)) {
        request->reply.object = object_hold(object);
        request->reply.offset = offset;
        request->reply.left = size;
    }
    end_head(request);
}

void reply_end_whole(struct request *request, int status, text lines, text body)
{
    struct reply *reply = &request->reply;
    struct buffer whole;
    reply->status = status;
    reply->closes = reply->closes || !request->http.keep_alive;
    buffer_init_fixed(&reply->head, reply->memory, sizeof reply->memory);
    buffer_add_format(&reply->head, "HTTP/1.1 %d Deposited\r\n", status);
    if (reply->closes)
        buffer_add(&reply->head, TEXT("Connection: close\r\n"));
    buffer_init(&whole, request->arena);
    buffer_add(&whole, lines);
    buffer_add(&whole, TEXT("\r\n"));
    if (!is_head(request))
        buffer_add(&whole, body);
    reply->closes = reply->closes || !buffer_ok(&whole);
    reply->text = buffer_text(&whole);
    reply->is_ready = true;
}
