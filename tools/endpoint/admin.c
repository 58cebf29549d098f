#include "admin.h"

#include "connection.h"
#include "echo.h"
#include "refusals.h"
#include "server.h"

#include <sys/resource.h>

static void answer_json(struct request *request, struct buffer *out)
{
    buffer_add(out, TEXT("\n"));
    reply_begin(request, 200);
    reply_end_text(request, TEXT("application/json"), out);
}

static void add_counter(struct buffer *out, const char *name, uint64_t value)
{
    buffer_add_format(
        out, "%s\"%s\":%llu", out->size > 1 ? "," : "", name, (unsigned long long)value);
}

static uint64_t microseconds(struct timeval time)
{
    return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_usec;
}

static void stats(struct request *request)
{
    const struct server *server = request->server;
    const struct server_counters *counters = &server->counters;
    const struct ring_counters *ring = ring_counters(server->ring);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    struct buffer out;
    buffer_init(&out, request->arena);
    buffer_add_char(&out, '{');
    add_counter(&out, "requests", counters->requests);
    add_counter(&out, "answers_2xx", counters->answers_2xx);
    add_counter(&out, "answers_3xx", counters->answers_3xx);
    add_counter(&out, "answers_4xx", counters->answers_4xx);
    add_counter(&out, "answers_5xx", counters->answers_5xx);
    add_counter(&out, "faults", counters->faults);
    add_counter(&out, "bytes_in", counters->bytes_in);
    add_counter(&out, "bytes_out", counters->bytes_out);
    add_counter(&out, "connections", counters->connections);
    add_counter(&out, "connections_now", server->connections.count);
    add_counter(&out, "user_us", microseconds(usage.ru_utime));
    add_counter(&out, "system_us", microseconds(usage.ru_stime));
    add_counter(&out, "clock_us", ring_clock_ns(server->ring) / 1000);
    add_counter(&out, "memory", server->memory.used);
    add_counter(&out, "memory_peak", server->memory.peak);
    add_counter(&out, "allocations", server->memory.allocations);
    add_counter(&out, "kernel_enters", ring->enters);
    add_counter(&out, "completions", ring->completions);
    add_counter(&out, "buckets", server->store.buckets.count);
    add_counter(&out, "queues", server->queues.index.count);
    buffer_add_char(&out, '}');
    answer_json(request, &out);
}

static void get_faults(struct request *request)
{
    struct buffer out;
    buffer_init(&out, request->arena);
    faults_write(&request->server->faults, &out);
    answer_json(request, &out);
}

/* What is not named goes right again. */
static void put_faults(struct request *request)
{
    struct server *server = request->server;
    struct json_problem problem;
    const struct json_value *object =
        json_parse(server->json, request->body.text, request->arena, &problem);
    if (!json_is(object, JSON_OBJECT)) {
        request_refuse(request, &refusal_invalid_argument, TEXT("The body is not a JSON object."));
        return;
    }
    struct faults faults = {0};
    for (size_t i = 0; i < object->count; i++) {
        const char *wrong = faults_set(&faults, object->names[i], object->items[i].string);
        if (wrong) {
            request_refuse(request, &refusal_invalid_argument, text_of(wrong));
            return;
        }
    }
    server->faults = faults;
    get_faults(request);
}

static void stop(struct request *request)
{
    server_stop(request->server);
    request->reply.closes = true;
    reply_begin(request, 204);
    reply_end(request);
}

static const struct {
    text method, path;
    struct operation operation;
} routes[] = {
    {TEXT_INIT("GET"), TEXT_INIT("/_inia/stats"), {TEXT_INIT("stats"), BODY_NONE, stats}},
    {TEXT_INIT("GET"), TEXT_INIT("/_inia/faults"), {TEXT_INIT("faults"), BODY_NONE, get_faults}},
    {TEXT_INIT("PUT"), TEXT_INIT("/_inia/faults"), {TEXT_INIT("faults"), BODY_TEXT, put_faults}},
    {TEXT_INIT("GET"), TEXT_INIT("/_inia/echo"), {TEXT_INIT("echo"), BODY_NONE, echo_get}},
    {TEXT_INIT("PUT"), TEXT_INIT("/_inia/echo"), {TEXT_INIT("echo"), BODY_TEXT, echo_put}},
    {TEXT_INIT("DELETE"), TEXT_INIT("/_inia/echo"), {TEXT_INIT("echo"), BODY_NONE, echo_delete}},
    {TEXT_INIT("POST"), TEXT_INIT("/_inia/stop"), {TEXT_INIT("stop"), BODY_NONE, stop}},
};

static bool is_from_here(const struct request *request)
{
    char peer[64];
    text address = text_of(net_stream_peer(&request->connection->stream, peer));
    return text_starts_with(address, TEXT("127.")) || text_starts_with(address, TEXT("[::1]"));
}

void admin_route(struct request *request)
{
    request->service = SERVICE_ADMIN;
    if (!is_from_here(request)) {
        request_refuse(request, &refusal_access_denied, (text){0});
        return;
    }
    for (size_t i = 0; i < COUNT_OF(routes); i++) {
        if (text_equals(routes[i].method, request->http.method) &&
            text_equals(routes[i].path, request->path)) {
            request->operation = &routes[i].operation;
            return;
        }
    }
    request_refuse(request, &refusal_method_not_allowed, (text){0});
}
