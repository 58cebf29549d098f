#include "world_http.h"

#include "world_inner.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

enum { HEAD_ROOM = 16384, LARGEST_CHUNK = 9000 };

struct connection {
    struct world_http *http;
    struct world_peer *peer;
    char *bytes; /* what came and is not yet used */
    size_t size;
    uint32_t requests;
    bool was_told_to_continue;
    bool is_over; /* closes; nothing more is read */
};

/* A request being read: everything is a copy. */
struct reading {
    char *head;
    struct world_http_request request;
    char *body;
    size_t used; /* bytes of the connection that it took */
};

/* ---- Headers ------------------------------------------------------------- */

bool world_http_header(
    const struct world_http_request *request, const char *name, char *value, size_t size)
{
    size_t name_size = strlen(name);
    value[0] = 0;
    for (const char *line = request->headers; *line;) {
        const char *end = strstr(line, "\r\n");
        if (!end)
            end = line + strlen(line);
        if (strncasecmp(line, name, name_size) == 0 && line[name_size] == ':') {
            const char *from = line + name_size + 1;
            while (*from == ' ')
                from++;
            snprintf(value, size, "%.*s", (int)(end - from), from);
            return true;
        }
        line = *end ? end + 2 : end;
    }
    return false;
}

static bool has_header(const struct world_http_request *request, const char *name, const char *part)
{
    char value[200];
    return world_http_header(request, name, value, sizeof value) && strcasestr(value, part);
}

/* ---- Reading ------------------------------------------------------------- */

static size_t room_for(size_t size) /* doubling, or a body in small pieces costs its square */
{
    size_t room = 1024;
    while (room < size)
        room *= 2;
    return room;
}

static void append(char **bytes, size_t *size, const void *more, size_t more_size)
{
    size_t needed = *size + more_size + 1;
    if (!*bytes || room_for(*size + 1) < needed)
        *bytes = world_reallocate(*bytes, room_for(needed));
    if (more_size)
        memcpy(*bytes + *size, more, more_size);
    *size += more_size;
    (*bytes)[*size] = 0;
}

/* Chunks into reading->body; false: not all is there yet. */
static bool read_chunks(struct reading *reading, const struct connection *connection, size_t at)
{
    for (;;) {
        const char *from = connection->bytes + at;
        const char *line_end = memmem(from, connection->size - at, "\r\n", 2);
        if (!line_end)
            return false;
        size_t chunk = strtoull(from, NULL, 16);
        at = (size_t)(line_end - connection->bytes) + 2;
        if (!chunk)
            break;
        if (connection->size - at < chunk + 2)
            return false;
        append(&reading->body, &reading->request.body_size, connection->bytes + at, chunk);
        at += chunk + 2;
    }
    /* Trailers up to an empty line. */
    for (;;) {
        const char *from = connection->bytes + at;
        const char *line_end = memmem(from, connection->size - at, "\r\n", 2);
        if (!line_end)
            return false;
        at = (size_t)(line_end - connection->bytes) + 2;
        if (line_end == from)
            break;
    }
    reading->used = at;
    return true;
}

static bool read_body(struct reading *reading, const struct connection *connection, size_t at)
{
    append(&reading->body, &reading->request.body_size, NULL, 0);
    if (has_header(&reading->request, "transfer-encoding", "chunked"))
        return read_chunks(reading, connection, at);
    char length[30];
    world_http_header(&reading->request, "content-length", length, sizeof length);
    size_t size = strtoull(length, NULL, 10);
    if (connection->size - at < size)
        return false;
    append(&reading->body, &reading->request.body_size, connection->bytes + at, size);
    reading->used = at + size;
    return true;
}

/* The size of the head with its empty line; 0: not all is there yet. */
static size_t read_head(struct reading *reading, const struct connection *connection)
{
    if (!connection->size)
        return 0;
    char *end = memmem(connection->bytes, connection->size, "\r\n\r\n", 4);
    if (!end)
        return 0;
    size_t size = (size_t)(end - connection->bytes) + 4;
    reading->head = world_allocate(size + 1);
    memcpy(reading->head, connection->bytes, size - 2);
    char *rest = reading->head;
    reading->request.method = strsep(&rest, " ");
    reading->request.target = rest ? strsep(&rest, " ") : "";
    char *line_end = rest ? strstr(rest, "\r\n") : NULL;
    reading->request.headers = line_end ? line_end + 2 : "";
    return size;
}

/* ---- Answering ----------------------------------------------------------- */

static void send_chunked(struct world_peer *peer, const char *body, size_t size)
{
    uint64_t delay_ns = 0;
    while (size) {
        size_t chunk = 1 + world_random(LARGEST_CHUNK);
        if (chunk > size)
            chunk = size;
        char line[32];
        int line_size = snprintf(line, sizeof line, "%zx\r\n", chunk);
        world_peer_send(peer, line, (size_t)line_size, delay_ns);
        world_peer_send(peer, body, chunk, 0);
        world_peer_send(peer, "\r\n", 2, 0);
        body += chunk;
        size -= chunk;
    }
    world_peer_send(peer, "0\r\n\r\n", 5, delay_ns);
}

static void send_head(struct world_peer *peer, const struct world_http_answer *answer)
{
    char framing[64] = "";
    if (answer->chunked)
        snprintf(framing, sizeof framing, "Transfer-Encoding: chunked\r\n");
    else if (!answer->until_close && answer->status != 204)
        snprintf(framing, sizeof framing, "Content-Length: %zu\r\n", answer->body_size);
    char head[HEAD_ROOM];
    int size = snprintf(
        head, sizeof head, "HTTP/1.1 %d %s\r\n%s%s%s\r\n", answer->status,
        answer->reason ? answer->reason : "OK", framing,
        answer->close ? "Connection: close\r\n" : "", answer->headers ? answer->headers : "");
    check(size > 0 && (size_t)size < sizeof head);
    world_peer_send(peer, head, (size_t)size, answer->delay_ns);
}

static void send_body(struct world_peer *peer, const struct world_http_answer *answer, bool is_head)
{
    size_t size = is_head || answer->status == 204 || answer->status == 304 ? 0 : answer->body_size;
    if (answer->cut && size > answer->cut_at)
        size = answer->cut_at;
    if (answer->body_delay_ns)
        world_peer_send(peer, "", 0, answer->delay_ns + answer->body_delay_ns);
    if (answer->chunked && !answer->cut && !is_head)
        send_chunked(peer, answer->body, size);
    else if (size)
        world_peer_send(peer, answer->body, size, 0);
}

static void send_answer(
    struct connection *connection, const struct world_http_answer *answer, bool is_head)
{
    struct world_peer *peer = connection->peer;
    connection->is_over =
        answer->hang || answer->reset || answer->close || answer->cut || answer->until_close;
    if (answer->hang)
        return;
    if (answer->reset) {
        world_peer_reset(peer, answer->delay_ns);
        return;
    }
    if (answer->raw) {
        world_peer_send(peer, answer->raw, answer->raw_size, answer->delay_ns);
    } else {
        send_head(peer, answer);
        send_body(peer, answer, is_head);
    }
    if (connection->is_over)
        world_peer_close(peer, 0);
}

static void ask(struct connection *connection, struct reading *reading)
{
    struct world_http *http = connection->http;
    reading->request.body = http->answers_early ? NULL : reading->body;
    reading->request.connection = connection->peer->number;
    reading->request.number = ++connection->requests;
    reading->request.total = ++http->requests;
    world_trace(
        "connection %u: %s %s", reading->request.connection, reading->request.method,
        reading->request.target);
    struct world_http_answer answer = {.status = 200};
    http->answer(&reading->request, &answer, http->arg);
    send_answer(connection, &answer, strcmp(reading->request.method, "HEAD") == 0);
}

static void drop_used(struct connection *connection, size_t used)
{
    connection->size -= used;
    memmove(connection->bytes, connection->bytes + used, connection->size);
    connection->was_told_to_continue = false;
}

static void tell_to_continue(struct connection *connection, const struct reading *reading)
{
    if (connection->was_told_to_continue ||
        !has_header(&reading->request, "expect", "100-continue"))
        return;
    static const char line[] = "HTTP/1.1 100 Continue\r\n\r\n";
    world_peer_send(connection->peer, line, sizeof line - 1, 0);
    connection->was_told_to_continue = true;
    connection->http->continues++;
}

/* One request, if it is there; false: more bytes are needed. */
static bool serve_one(struct connection *connection)
{
    struct reading reading = {0};
    bool is_served = false;
    size_t head_size = read_head(&reading, connection);
    if (head_size && connection->http->answers_early) {
        ask(connection, &reading);
        connection->is_over = true;
    } else if (head_size) {
        is_served = read_body(&reading, connection, head_size);
        if (is_served)
            ask(connection, &reading);
        else
            tell_to_continue(connection, &reading);
    }
    if (is_served)
        drop_used(connection, reading.used);
    free(reading.head);
    free(reading.body);
    return is_served;
}

/* ---- The service --------------------------------------------------------- */

static void connected(struct world_peer *peer)
{
    struct connection *connection = world_allocate(sizeof *connection);
    connection->http = peer->arg;
    connection->peer = peer;
    peer->own = connection;
}

static void received(struct world_peer *peer, const void *bytes, size_t size)
{
    struct connection *connection = peer->own;
    if (connection->is_over)
        return;
    append(&connection->bytes, &connection->size, bytes, size);
    while (!connection->is_over && serve_one(connection))
        continue;
}

static void ended(struct world_peer *peer, int error)
{
    (void)error;
    struct connection *connection = peer->own;
    free(connection->bytes);
    free(connection);
}

static const struct world_service service = {connected, received, ended};

void world_http_listen(struct world_http *http, const char *ip, uint16_t port)
{
    http->endpoint = world_listen(ip, port, &service, http);
}
