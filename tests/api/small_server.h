/*
 * A small HTTP server for tests of the public functions: one thread over loopback that does what
 * the key of a request asks for, so that each request carries its own script.
 *
 *   GET /b/size-100       100 bytes of a pattern          GET /b/after-20      them, 20 ms later
 *   GET /b/chunked-100    the same in two chunks          GET /b/never         no answer at all
 *   GET /b/status-503     an error in XML, code SlowDown  GET /b/half-100      ends after 50 bytes
 *   GET /b/flaky-N        SlowDown once, then 100 bytes   GET /b/fresh         403 ExpiredToken, if
 *   GET /b?list-type=2    a listing                       not signed by the key id FRESH
 *   PUT /b/anything       takes the body, or status-503   POST /               SQS in JSON
 *
 * It allocates nothing while it serves.
 */
#ifndef TESTS_API_SMALL_SERVER_H
#define TESTS_API_SMALL_SERVER_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    VISITORS = 400,
    VISITOR_READS = 4096, /* a head must fit */
    SERVER_PATTERN = 4 << 20,
};

struct visitor {
    int fd; /* 0: none */
    char head[VISITOR_READS + 1];
    size_t head_size;
    uint64_t body_left; /* of the request, to be read and thrown away */
    bool has_head;
    uint64_t answer_at_ns; /* 0: nothing to be answered yet */
    char answer[2048];
    size_t answer_size;
    uint64_t pattern_from, pattern_left; /* to be sent behind it */
    char ending[8];                      /* behind that: the last chunk */
    bool closes;
};

struct server {
    int fd, stop[2];
    uint16_t port;
    pthread_t thread;
    atomic_uint requests, put_bytes, connections;
    unsigned flaky_seen;
    struct visitor visitors[VISITORS];
};

static char server_pattern[SERVER_PATTERN];

static inline uint64_t monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* ---- What is answered ------------------------------------------------------------------- */

static inline void reply(
    struct visitor *visitor, const char *status, const char *headers, const char *body)
{
    visitor->answer_size = (size_t)snprintf(
        visitor->answer, sizeof visitor->answer,
        "HTTP/1.1 %s\r\nx-amz-request-id: R1\r\n%sContent-Length: %zu\r\n\r\n%s", status, headers,
        strlen(body), body);
}

static inline void reply_pattern(struct visitor *visitor, unsigned long size)
{
    visitor->answer_size = (size_t)snprintf(
        visitor->answer, sizeof visitor->answer,
        "HTTP/1.1 200 OK\r\nx-amz-request-id: R1\r\nETag: \"e\"\r\nContent-Length: %lu\r\n\r\n",
        size);
    visitor->pattern_left = size;
}

static inline void reply_chunks(struct visitor *visitor, unsigned long size)
{
    unsigned long first = size / 2 < 1000 ? size / 2 : 1000;
    visitor->answer_size = (size_t)snprintf(
        visitor->answer, sizeof visitor->answer,
        "HTTP/1.1 200 OK\r\nx-amz-request-id: R1\r\nTransfer-Encoding: chunked\r\n\r\n"
        "%lx\r\n%.*s\r\n%lx\r\n",
        first, (int)first, server_pattern, size - first);
    visitor->pattern_from = first;
    visitor->pattern_left = size - first;
    strcpy(visitor->ending, "\r\n0\r\n\r\n");
}

static inline void reply_slow_down(struct visitor *visitor)
{
    reply(
        visitor, "503 Slow Down", "",
        "<Error><Code>SlowDown</Code><Message>later</Message></Error>");
}

static inline void reply_listing(struct visitor *visitor)
{
    reply(
        visitor, "200 OK", "Content-Type: application/xml\r\n",
        "<ListBucketResult><Name>b</Name><IsTruncated>true</IsTruncated><KeyCount>2</KeyCount>"
        "<Contents><Key>one</Key><Size>5000000000</Size><Owner><ID>me</ID></Owner></Contents>"
        "<Contents><Key>t&quot;wo</Key><Size>0</Size></Contents></ListBucketResult>");
}

static inline bool asks_for(const char *head, const char *key, unsigned long *number)
{
    const char *at = strstr(head, key);
    const char *line_end = strstr(head, "\r\n");
    if (!at || at > line_end)
        return false;
    *number = strtoul(at + strlen(key), NULL, 10);
    return true;
}

static inline void answer_get(struct server *server, struct visitor *visitor)
{
    const char *head = visitor->head;
    unsigned long number = 0;
    if (asks_for(head, "/size-", &number)) {
        reply_pattern(visitor, number);
    } else if (asks_for(head, "/chunked-", &number)) {
        reply_chunks(visitor, number);
    } else if (asks_for(head, "/after-", &number)) {
        visitor->answer_at_ns += number * 1000000u;
        reply_pattern(visitor, 100);
    } else if (asks_for(head, "/never", &number)) {
        visitor->answer_at_ns = 0;
    } else if (asks_for(head, "/status-503", &number)) {
        reply_slow_down(visitor);
    } else if (asks_for(head, "/half-", &number)) {
        reply_pattern(visitor, number);
        visitor->pattern_left = number / 2;
        visitor->closes = true;
    } else if (asks_for(head, "/flaky-", &number)) {
        if (server->flaky_seen++ % 2 == 0)
            reply_slow_down(visitor);
        else
            reply_pattern(visitor, 100);
    } else if (asks_for(head, "/fresh", &number) && !strstr(head, "Credential=FRESH/")) {
        reply(
            visitor, "400 Bad Request", "",
            "<Error><Code>ExpiredToken</Code><Message>too old</Message></Error>");
    } else if (asks_for(head, "/fresh", &number)) {
        reply_pattern(visitor, 100);
    } else {
        reply_listing(visitor);
    }
}

static inline void answer(struct server *server, struct visitor *visitor)
{
    atomic_fetch_add(&server->requests, 1);
    visitor->answer_at_ns = monotonic_ns();
    visitor->ending[0] = '\0';
    visitor->pattern_from = visitor->pattern_left = 0;
    unsigned long number;
    if (strncmp(visitor->head, "GET", 3) == 0)
        answer_get(server, visitor);
    else if (strncmp(visitor->head, "POST", 4) == 0)
        reply(
            visitor, "200 OK", "Content-Type: application/x-amz-json-1.0\r\n",
            "{\"MessageId\":\"m-1\",\"MD5OfMessageBody\":\"0\"}");
    else if (asks_for(visitor->head, "/status-503", &number))
        reply_slow_down(visitor);
    else
        reply(visitor, "200 OK", "ETag: \"e\"\r\n", "");
}

/* ---- Sockets ----------------------------------------------------------------------------- */

static inline void send_off(struct visitor *visitor)
{
    struct timeval patience = {.tv_sec = 5};
    setsockopt(visitor->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    bool gone = send(visitor->fd, visitor->answer, visitor->answer_size, MSG_NOSIGNAL) < 0;
    while (visitor->pattern_left && !gone) {
        uint64_t left = visitor->pattern_left;
        size_t room = SERVER_PATTERN - visitor->pattern_from;
        size_t size = left < room ? (size_t)left : room;
        ssize_t sent =
            send(visitor->fd, server_pattern + visitor->pattern_from, size, MSG_NOSIGNAL);
        gone = sent < 0;
        visitor->pattern_left -= gone ? 0 : (uint64_t)sent;
        visitor->pattern_from += gone ? 0 : (uint64_t)sent;
    }
    if (visitor->ending[0] && !gone)
        gone = send(visitor->fd, visitor->ending, strlen(visitor->ending), MSG_NOSIGNAL) < 0;
    visitor->answer_at_ns = 0;
    if (gone || visitor->closes) {
        close(visitor->fd);
        visitor->fd = 0;
    }
}

static inline void take_head(struct server *server, struct visitor *visitor)
{
    visitor->head[visitor->head_size] = '\0';
    char *end = strstr(visitor->head, "\r\n\r\n");
    if (!end)
        return;
    const char *length = strcasestr(visitor->head, "\r\ncontent-length:");
    visitor->body_left = length && length < end ? strtoull(length + 17, NULL, 10) : 0;
    size_t beyond = visitor->head_size - (size_t)(end + 4 - visitor->head);
    atomic_fetch_add(&server->put_bytes, (unsigned)visitor->body_left);
    if (strcasestr(visitor->head, "\r\nexpect: 100-continue")) {
        const char *go_on = "HTTP/1.1 100 Continue\r\n\r\n";
        (void)!send(visitor->fd, go_on, strlen(go_on), MSG_NOSIGNAL);
    }
    visitor->body_left -= beyond < visitor->body_left ? beyond : visitor->body_left;
    visitor->has_head = true;
}

static inline void hear(struct server *server, struct visitor *visitor)
{
    static char waste[1 << 16];
    bool in_body = visitor->has_head;
    char *to = in_body ? waste : visitor->head + visitor->head_size;
    size_t room = in_body ? sizeof waste : VISITOR_READS - visitor->head_size;
    ssize_t got = recv(visitor->fd, to, room, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN)
        return;
    if (got <= 0) {
        close(visitor->fd);
        visitor->fd = 0;
        return;
    }
    if (in_body) {
        visitor->body_left -=
            (uint64_t)got < visitor->body_left ? (uint64_t)got : visitor->body_left;
    } else {
        visitor->head_size += (size_t)got;
        take_head(server, visitor);
    }
    if (visitor->has_head && visitor->body_left == 0) {
        answer(server, visitor);
        visitor->head_size = 0;
        visitor->has_head = false;
    }
}

static inline void greet(struct server *server)
{
    int fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0)
        return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    atomic_fetch_add(&server->connections, 1);
    for (int i = 0; i < VISITORS; i++) {
        struct visitor *visitor = &server->visitors[i];
        if (visitor->fd)
            continue;
        visitor->fd = fd;
        visitor->head_size = 0;
        visitor->has_head = visitor->closes = false;
        visitor->answer_at_ns = 0;
        return;
    }
    close(fd);
}

static inline int answer_what_is_due(struct server *server)
{
    uint64_t next = UINT64_MAX, now = monotonic_ns();
    for (int i = 0; i < VISITORS; i++) {
        struct visitor *visitor = &server->visitors[i];
        if (!visitor->fd || !visitor->answer_at_ns)
            continue;
        if (visitor->answer_at_ns <= now)
            send_off(visitor);
        else if (visitor->answer_at_ns < next)
            next = visitor->answer_at_ns;
    }
    return next == UINT64_MAX ? -1 : (int)((next - now) / 1000000u) + 1;
}

static inline void *serve(void *arg)
{
    struct server *server = arg;
    static _Thread_local struct pollfd polled[VISITORS + 2];
    for (;;) {
        int timeout_ms = answer_what_is_due(server);
        for (int i = 0; i < VISITORS; i++)
            polled[i] = (struct pollfd){
                .fd = server->visitors[i].fd ? server->visitors[i].fd : -1, .events = POLLIN};
        polled[VISITORS] = (struct pollfd){.fd = server->fd, .events = POLLIN};
        polled[VISITORS + 1] = (struct pollfd){.fd = server->stop[0], .events = POLLIN};
        poll(polled, VISITORS + 2, timeout_ms);
        if (polled[VISITORS + 1].revents)
            return NULL;
        for (int i = 0; i < VISITORS; i++) {
            if (polled[i].revents)
                hear(server, &server->visitors[i]);
        }
        if (polled[VISITORS].revents)
            greet(server);
    }
}

static inline void server_start(struct server *server)
{
    memset(server, 0, sizeof *server);
    for (size_t i = 0; i < SERVER_PATTERN; i++)
        server_pattern[i] = (char)('a' + i % 23);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(server->fd, (struct sockaddr *)&address, size) || listen(server->fd, VISITORS) ||
        getsockname(server->fd, (struct sockaddr *)&address, &size) ||
        pipe2(server->stop, O_CLOEXEC))
        abort();
    server->port = ntohs(address.sin_port);
    if (pthread_create(&server->thread, NULL, serve, server))
        abort();
}

static inline void server_stop(struct server *server)
{
    (void)!write(server->stop[1], "x", 1);
    pthread_join(server->thread, NULL);
    for (int i = 0; i < VISITORS; i++) {
        if (server->visitors[i].fd)
            close(server->visitors[i].fd);
    }
    close(server->fd);
    close(server->stop[0]);
    close(server->stop[1]);
}

#endif
