/*
 * A pool on the real ring, and a server of blocking sockets in threads of its own, which does what
 * the test's serve() says: one call for each connection. A call is an exchange that writes down
 * what it hears.
 */
#ifndef TESTS_HTTP_FIXTURE_H
#define TESTS_HTTP_FIXTURE_H

#include "http/http.h"
#include "test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { SERVER_MOST = 1024, CALL_KEEPS = 1 << 16, UNTIL_SECONDS = 20 };

/* ---- The server: nothing here may fail a test, being on threads of its own ------------------- */

struct server;

struct visit {
    struct server *server;
    int fd, number;
    pthread_t thread;
};

struct server {
    void (*serve)(struct visit *visit);
    int fd;
    uint16_t port;
    pthread_t thread;
    struct visit visits[SERVER_MOST];
    atomic_int accepted;
    atomic_int asked; /* heads read */
    atomic_bool go;   /* a serve() may wait for it */
};

static inline bool say_bytes(const struct visit *visit, const void *bytes, size_t size)
{
    const char *at = bytes;
    while (size) {
        ssize_t sent = send(visit->fd, at, size, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        at += sent;
        size -= (size_t)sent;
    }
    return true;
}

static inline bool say(const struct visit *visit, const char *words)
{
    return say_bytes(visit, words, strlen(words));
}

/* A head, read byte by byte so that nothing behind it is taken. Its size, or 0 at the end. */
static inline size_t hear_head(const struct visit *visit, char *head, size_t capacity)
{
    size_t size = 0;
    while (size + 1 < capacity && recv(visit->fd, head + size, 1, 0) == 1) {
        head[++size] = '\0';
        if (size >= 4 && memcmp(head + size - 4, "\r\n\r\n", 4) == 0) {
            atomic_fetch_add(&visit->server->asked, 1);
            return size;
        }
    }
    return 0;
}

static inline bool hear_request(const struct visit *visit)
{
    char head[4096];
    return hear_head(visit, head, sizeof head) > 0;
}

static inline bool hear_bytes(const struct visit *visit, void *bytes, size_t size)
{
    return size == 0 || recv(visit->fd, bytes, size, MSG_WAITALL) == (ssize_t)size;
}

static inline void rest_ms(long ms)
{
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

static inline void wait_for_go(const struct visit *visit)
{
    for (int i = 0; i < 10000 && !atomic_load(&visit->server->go); i++)
        rest_ms(1);
    atomic_store(&visit->server->go, false);
}

/* The connection ends with a reset instead of an orderly close. */
static inline void break_off(const struct visit *visit)
{
    struct linger linger = {1, 0};
    setsockopt(visit->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
}

static inline void *visit_runs(void *arg)
{
    struct visit *visit = arg;
    visit->server->serve(visit);
    close(visit->fd);
    return NULL;
}

static inline void *server_runs(void *arg)
{
    struct server *server = arg;
    for (int fd; (fd = accept(server->fd, NULL, NULL)) >= 0;) {
        int number = atomic_load(&server->accepted);
        int on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &(struct timeval){15, 0}, sizeof(struct timeval));
        if (number == SERVER_MOST)
            abort();
        server->visits[number] = (struct visit){server, fd, number, 0};
        pthread_create(&server->visits[number].thread, NULL, visit_runs, &server->visits[number]);
        atomic_store(&server->accepted, number + 1);
    }
    return NULL;
}

static inline void server_start(struct server *server, void (*serve)(struct visit *visit))
{
    memset(server, 0, sizeof *server);
    server->serve = serve;
    server->fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    CHECK_EQ(bind(server->fd, (struct sockaddr *)&address, size), 0);
    CHECK_EQ(listen(server->fd, 128), 0);
    CHECK_EQ(getsockname(server->fd, (struct sockaddr *)&address, &size), 0);
    server->port = ntohs(address.sin_port);
    CHECK_EQ(pthread_create(&server->thread, NULL, server_runs, server), 0);
}

static inline void server_stop(struct server *server)
{
    shutdown(server->fd, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->fd);
    for (int i = 0; i < atomic_load(&server->accepted); i++)
        pthread_join(server->visits[i].thread, NULL);
}

/* ---- The client ------------------------------------------------------------------------------ */

static struct budget memory;
static struct ring *ring;
static struct net *net;
static struct http_pool *pool;
static struct slab blocks;
static struct server server;
static struct http_origin *origin;

/* Over plain http, with nothing special about the way. */
static inline struct http_origin *find_origin(text host, uint16_t port)
{
    return http_origin_find(pool, host, port, &(struct http_way){0});
}
static const struct log no_log;

static inline uint64_t seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec;
}

#define UNTIL(condition)                                                                           \
    do {                                                                                           \
        uint64_t gives_up = seconds_now() + UNTIL_SECONDS;                                         \
        while (!(condition)) {                                                                     \
            if (seconds_now() > gives_up)                                                          \
                FAIL("never came: %s", #condition);                                                \
            ring_turn(ring, 5 * 1000 * 1000);                                                      \
        }                                                                                          \
    } while (0)

/* Turns for a while, in which something should not happen. */
static inline void turn_for_ms(uint64_t ms)
{
    uint64_t end = ring_clock_ns(ring) + ms * 1000000;
    while (ring_clock_ns(ring) < end)
        ring_turn(ring, 1000 * 1000);
}

static inline void fixture_start_with(
    void (*serve)(struct visit *visit), const struct http_pool_config *limits)
{
    inia_error error;
    budget_init(&memory, 256 << 20);
    slab_init(&blocks, &memory, ARENA_BLOCK_SIZE, 16);
    ring = ring_new(&(struct ring_config){.memory = &memory, .receive_buffers = 64}, &error);
    if (!ring)
        SKIP("no ring here: %s", error.detail);
    net = net_new(
        &(struct net_config){.ring = ring, .memory = &memory, .log = &no_log, .seed = 1}, &error);
    CHECK(net != NULL);
    struct http_pool_config config = *limits;
    config.ring = ring;
    config.net = net;
    config.memory = &memory;
    config.log = &no_log;
    pool = http_pool_new(&config, &error);
    CHECK(pool != NULL);
    server_start(&server, serve);
    origin = find_origin(TEXT("127.0.0.1"), server.port);
    CHECK(origin != NULL);
}

static inline void fixture_start(void (*serve)(struct visit *visit))
{
    fixture_start_with(serve, &(struct http_pool_config){0});
}

static inline void fixture_stop(void)
{
    http_pool_close(pool);
    UNTIL(http_pool_is_empty(pool));
    http_origin_put(origin);
    server_stop(&server);
    http_pool_free(pool);
    net_free(net);
    ring_free(ring);
    slab_release(&blocks);
    CHECK_EQ(memory.used, 0);
}

struct call {
    struct http_exchange exchange;
    struct arena arena;
    char head[512];
    void (*on_head)(struct call *call);
    void (*on_body)(struct call *call, const void *bytes, size_t size);
    void (*on_filled)(struct call *call, size_t size);
    void (*on_pull)(struct call *call);
    void (*on_finished)(struct call *call);
    int heads, fills, pulls, finished;
    size_t filled, body_size;
    inia_status status;
    char detail[400];
    void *own;
    char body[CALL_KEEPS]; /* last: not cleared */
};

static inline struct call *call_of(struct http_exchange *exchange)
{
    return CONTAINER_OF(exchange, struct call, exchange);
}

static inline void call_head(struct http_exchange *exchange)
{
    struct call *call = call_of(exchange);
    CHECK(!call->finished);
    call->heads++;
    if (call->on_head)
        call->on_head(call);
}

static inline void call_body(struct http_exchange *exchange, const void *bytes, size_t size)
{
    struct call *call = call_of(exchange);
    CHECK(call->heads == 1 && !call->finished && size > 0);
    size_t room = call->body_size < CALL_KEEPS ? CALL_KEEPS - call->body_size : 0;
    if (room)
        memcpy(call->body + call->body_size, bytes, size < room ? size : room);
    call->body_size += size;
    if (call->on_body)
        call->on_body(call, bytes, size);
}

static inline void call_filled(struct http_exchange *exchange, size_t size)
{
    struct call *call = call_of(exchange);
    CHECK(call->heads == 1 && !call->finished);
    call->fills++;
    call->filled = size;
    if (call->on_filled)
        call->on_filled(call, size);
}

static inline void call_pull(struct http_exchange *exchange)
{
    struct call *call = call_of(exchange);
    CHECK(!call->finished);
    call->pulls++;
    if (call->on_pull)
        call->on_pull(call);
}

static inline void call_finished(
    struct http_exchange *exchange, inia_status status, const char *detail)
{
    struct call *call = call_of(exchange);
    call->finished++;
    call->status = status;
    snprintf(call->detail, sizeof call->detail, "%s", detail);
    if (call->on_finished)
        call->on_finished(call);
}

static const struct http_exchange_events call_events = {
    .head = call_head,
    .body = call_body,
    .filled = call_filled,
    .pull = call_pull,
    .finished = call_finished,
};

/* A request for / of this method, with these header lines. */
static inline void call_init(struct call *call, const char *method, const char *headers)
{
    memset(call, 0, offsetof(struct call, body));
    arena_init(&call->arena, &blocks);
    http_exchange_init(&call->exchange, &call_events, &call->arena);
    int size = snprintf(
        call->head, sizeof call->head, "%s / HTTP/1.1\r\nHost: h\r\n%s\r\n", method, headers);
    call->exchange.head = (text){call->head, (size_t)size};
    call->exchange.head_only = strcmp(method, "HEAD") == 0;
}

static inline void call_release(struct call *call)
{
    CHECK_EQ(call->finished, 1);
    arena_release(&call->arena);
}

/* One GET from start to end. */
static inline void call_get(struct call *call)
{
    call_init(call, "GET", "");
    http_start(&call->exchange, origin);
    CHECK_EQ(call->finished, 0);
    UNTIL(call->finished);
}

static inline void check_answer(const struct call *call, int status, const char *body)
{
    CHECK_TEXT(call->detail, "");
    CHECK_EQ(call->status, INIA_OK);
    CHECK_EQ(call->exchange.response.status, status);
    CHECK_BYTES(call->body, call->body_size, body, strlen(body));
}

/* The detail without the server's address before it. */
static inline void check_failure(const struct call *call, inia_status status, const char *detail)
{
    char line[400];
    snprintf(line, sizeof line, "127.0.0.1:%u %s", server.port, detail);
    CHECK_TEXT(call->detail, line);
    CHECK_EQ(call->status, status);
}

#define OK_HELLO "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"

#endif
