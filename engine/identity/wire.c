#include "wire.h"

#include "formats/formats.h"
#include "token_file.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct wire {
    struct identity_wire identity; /* first */
    struct wire_config config;
    struct list requests;
};

struct wire_request {
    struct list_link link;
    struct wire *wire;
    struct fetch *fetch; /* NULL: cancelled */
    struct arena arena;
    struct http_exchange exchange;
    struct http_origin *origin;
    struct net_trust *trust;
    struct http_proxies *proxies;
    struct ring_timer timer; /* its delay, then its timeout */
    struct buffer answer;    /* in the fetch's arena */
    struct ring_file_work reading;
    int fd; /* of the file that is read; else -1 */
    bool started, timed_out, too_long;
};

static void request_free(struct wire_request *request)
{
    struct wire *wire = request->wire;
    ring_timer_clear(wire->config.ring, &request->timer);
    list_remove(&request->link);
    if (request->origin)
        http_origin_put(request->origin);
    net_trust_free(request->trust);
    http_proxies_free(request->proxies);
    if (request->fd >= 0)
        close(request->fd);
    arena_wipe(&request->arena);
    arena_release(&request->arena);
    budget_free(wire->config.memory, request, sizeof *request);
}

static int64_t date_of(const struct http_response *response)
{
    const struct http_header *header =
        http_find_header(response->headers, response->header_count, TEXT("date"));
    struct date date;
    return header && date_parse_http(header->value, &date) ? date.seconds : 0;
}

/* The request goes before the fetch hears of it, which may send again. */
static void answer(struct wire_request *request, const char *problem)
{
    struct fetch *fetch = request->fetch;
    char line[160]; /* problem may be the request's own */
    snprintf(line, sizeof line, "%s", problem ? problem : "");
    int status = request->exchange.response.status;
    int64_t date_s = problem ? 0 : date_of(&request->exchange.response);
    request_free(request);
    if (!fetch)
        return;
    fetch->request = NULL;
    fetch->problem = problem ? line : NULL;
    fetch->status = status;
    fetch->date_s = date_s;
    fetch_answered(fetch);
}

/* ---- Events of the exchange ------------------------------------------------------------------ */

static struct wire_request *request_of(struct http_exchange *exchange)
{
    return CONTAINER_OF(exchange, struct wire_request, exchange);
}

static void on_head(struct http_exchange *exchange)
{
    (void)exchange;
}

static void on_body(struct http_exchange *exchange, const void *bytes, size_t size)
{
    struct wire_request *request = request_of(exchange);
    if (!request->fetch || request->too_long)
        return;
    request->too_long = request->answer.size + size > FETCH_ANSWER_MOST;
    if (request->too_long)
        http_cancel(exchange);
    else
        buffer_add(&request->answer, text_from(bytes, size));
}

static void on_finished(struct http_exchange *exchange, inia_status status, const char *detail)
{
    struct wire_request *request = request_of(exchange);
    const char *problem = NULL;
    if (request->too_long)
        problem = "the answer is too long";
    else if (request->timed_out)
        problem = "no answer in time";
    else if (status != INIA_OK)
        problem = detail;
    else if (request->fetch) {
        const char *ended = buffer_string(&request->answer);
        problem = ended ? NULL : "no memory for the answer";
        request->fetch->answer = buffer_text(&request->answer);
    }
    answer(request, problem);
}

static const struct http_exchange_events events = {
    .head = on_head, .body = on_body, .finished = on_finished};

/* ---- Files -------------------------------------------------------------------------------------
 */

static void has_read(struct ring_file_work *reading, size_t size, int error)
{
    struct wire_request *request = CONTAINER_OF(reading, struct wire_request, reading);
    char *start = reading->at - size;
    const char *problem = NULL;
    if (error)
        problem = strerror(error);
    else if (size > TOKEN_FILE_MOST)
        problem = "it is too long to hold a token";
    else if (request->fetch) {
        buffer_add(&request->answer, text_trim(text_from(start, size)));
        problem = buffer_string(&request->answer) ? NULL : "no memory for what is in it";
        request->fetch->answer = buffer_text(&request->answer);
    }
    answer(request, problem);
}

static void start_file(struct wire_request *request)
{
    const char *problem = token_file_open(request->fetch->file, &request->fd);
    char *memory = problem ? NULL : arena_alloc(&request->arena, TOKEN_FILE_MOST + 1);
    if (!memory) {
        answer(request, problem ? problem : "no memory for what is in it");
        return;
    }
    request->started = true;
    request->reading.done = has_read;
    ring_file_read(
        request->wire->config.ring, &request->reading, request->fd, memory, TOKEN_FILE_MOST + 1, 0);
}

/* ---- Sending --------------------------------------------------------------------------------- */

static bool write_head(struct wire_request *request, const struct http_proxy *proxy)
{
    struct fetch *fetch = request->fetch;
    struct http_draft draft = fetch->draft;
    struct http_header headers[FETCH_HEADERS_MOST + 3];
    memcpy(headers, draft.headers, draft.header_count * sizeof *headers);
    headers[draft.header_count++] = (struct http_header){
        TEXT_INIT("user-agent"), TEXT_INIT("inia/" VERSION_TEXT " ua/2.1 os/linux lang/c#17")};
    char digits[24];
    int size = snprintf(digits, sizeof digits, "%zu", fetch->body.size);
    if (!text_equals(draft.method, TEXT("GET")))
        headers[draft.header_count++] =
            (struct http_header){TEXT_INIT("content-length"), text_from(digits, (size_t)size)};
    struct buffer prefix;
    buffer_init(&prefix, &request->arena);
    if (proxy && !fetch->secure) { /* it wants the whole URL */
        buffer_add_format(&prefix, "http://%s", http_origin_name(request->origin));
        draft.prefix = buffer_text(&prefix);
        if (proxy->authorization.size)
            headers[draft.header_count++] =
                (struct http_header){TEXT_INIT("proxy-authorization"), proxy->authorization};
    }
    draft.headers = headers;
    struct buffer head;
    buffer_init(&head, &request->arena);
    http_draft_write(&draft, &head);
    request->exchange.head = buffer_text(&head);
    return buffer_ok(&prefix) && buffer_ok(&head);
}

static bool start(struct wire_request *request)
{
    struct wire *wire = request->wire;
    struct fetch *fetch = request->fetch;
    struct http_way way = {
        .trust = fetch->secure ? request->trust : NULL,
        .proxy = http_proxies_find(request->proxies, fetch->secure, fetch->host, fetch->port),
    };
    request->origin = http_origin_find(wire->config.pool, fetch->host, fetch->port, &way);
    http_exchange_init(&request->exchange, &events, &request->arena);
    text body = arena_copy(&request->arena, fetch->body); /* the fetch may go before the kernel */
    if (!request->origin || !body.data || !write_head(request, way.proxy))
        return false;
    request->exchange.body = (struct http_body){.data = body.data, .size = body.size};
    request->started = true;
    http_start(&request->exchange, request->origin);
    uint64_t now = ring_now_ns(wire->config.ring);
    ring_timer_set(
        wire->config.ring, &request->timer, now + (uint64_t)fetch->timeout_ms * 1000000u);
    return true;
}

static void timer_fired(struct ring_timer *timer)
{
    struct wire_request *request = CONTAINER_OF(timer, struct wire_request, timer);
    if (request->fetch->file) {
        start_file(request);
    } else if (request->started) {
        request->timed_out = true;
        http_cancel(&request->exchange);
    } else if (!start(request)) {
        answer(request, "no memory for the request");
    }
}

static void wire_send(struct identity_wire *identity, struct fetch *fetch, uint32_t delay_ms)
{
    struct wire *wire = CONTAINER_OF(identity, struct wire, identity);
    struct wire_request *request = budget_alloc(wire->config.memory, sizeof *request);
    if (!request) {
        fetch->problem = "no memory for the request";
        fetch->attempts = fetch->attempt;
        fetch_answered(fetch);
        return;
    }
    *request = (struct wire_request){
        .wire = wire,
        .fetch = fetch,
        .fd = -1,
        .trust = net_trust_hold(fetch->trust),
        .proxies = http_proxies_hold(fetch->proxies),
    };
    request->timer.fire = timer_fired;
    arena_init(&request->arena, wire->config.arena_blocks);
    buffer_init(&request->answer, fetch->arena);
    fetch->request = request;
    list_push(&wire->requests, &request->link);
    uint64_t now = ring_now_ns(wire->config.ring);
    ring_timer_set(wire->config.ring, &request->timer, now + (uint64_t)delay_ms * 1000000u);
}

static void wire_cancel(struct identity_wire *identity, struct fetch *fetch)
{
    (void)identity;
    struct wire_request *request = fetch->request;
    fetch->request = NULL;
    if (!request)
        return;
    request->fetch = NULL;
    if (!request->started)
        request_free(request);
    else if (request->fd < 0) /* a file is soon read */
        http_cancel(&request->exchange);
}

struct wire *wire_new(const struct wire_config *config)
{
    struct wire *wire = budget_alloc(config->memory, sizeof *wire);
    if (wire)
        *wire = (struct wire){
            .identity = {.random = config->random, .send = wire_send, .cancel = wire_cancel},
            .config = *config,
        };
    return wire;
}

struct identity_wire *wire_identity(struct wire *wire)
{
    return &wire->identity;
}

bool wire_is_idle(const struct wire *wire)
{
    return list_is_empty(&wire->requests);
}

void wire_free(struct wire *wire)
{
    if (!wire)
        return;
    check(wire_is_idle(wire));
    budget_free(wire->config.memory, wire, sizeof *wire);
}
