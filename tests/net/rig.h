/*
 * rig: a ring, a net, a listener on loopback, and two ends of a stream that collect what they
 * receive.
 */
#ifndef TESTS_NET_RIG_H
#define TESTS_NET_RIG_H

#include "certificates.h"

#include <arpa/inet.h>
#include <time.h>

enum { PATIENCE_MS = 8000 };

struct end {
    struct net_stream stream; /* first */
    struct rig *rig;
    bool is_opened, is_closed, has_ended;
    inia_status opened, ended;
    char detail[600];
    char *data; /* received() */
    size_t size, capacity;
    size_t filled;
    inia_status fill_status;
    int fills, sents;
    inia_status sent;
    bool echoes, stays_quiet;
    void (*on_opened)(struct end *end);
    void (*on_received)(struct end *end);
    void (*on_filled)(struct end *end);
    char *echo; /* what is on its way back */
};

struct rig {
    struct budget memory;
    struct ring *ring;
    struct net *net;
    struct net_trust *trust;
    struct net_identity *identity;
    struct ring_listener listener;
    struct end client, server;
    size_t accepted;
    bool holds_back_accepting;
};

static inline void end_opened(struct net_stream *stream, inia_status status, const char *detail)
{
    struct end *end = (struct end *)(void *)stream;
    CHECK(!end->is_opened);
    end->is_opened = true;
    end->opened = status;
    snprintf(end->detail, sizeof end->detail, "%s", detail);
    if (status == INIA_OK && end->on_opened)
        end->on_opened(end);
    else if (status == INIA_OK && !end->stays_quiet)
        net_stream_receive(stream);
}

static inline void end_received(
    struct net_stream *stream, const void *bytes, size_t size, inia_status status)
{
    struct end *end = (struct end *)(void *)stream;
    CHECK(!end->has_ended);
    if (size == 0) {
        end->has_ended = true;
        end->ended = status;
        return;
    }
    if (end->size + size > end->capacity) {
        end->capacity = (end->size + size) * 2;
        end->data = realloc(end->data, end->capacity);
    }
    memcpy(end->data + end->size, bytes, size);
    end->size += size;
    if (end->echoes) {
        end->echo = realloc(end->echo, size);
        memcpy(end->echo, bytes, size);
        net_stream_send(stream, &(struct iovec){end->echo, size}, 1, RING_SEND_QUIET);
    }
    if (end->on_received)
        end->on_received(end);
}

static inline void end_filled(struct net_stream *stream, size_t size, inia_status status)
{
    struct end *end = (struct end *)(void *)stream;
    end->filled = size;
    end->fill_status = status;
    end->fills++;
    if (end->on_filled)
        end->on_filled(end);
}

static inline void end_sent(struct net_stream *stream, inia_status status)
{
    struct end *end = (struct end *)(void *)stream;
    end->sent = status;
    end->sents++;
}

static inline void end_closed(struct net_stream *stream)
{
    struct end *end = (struct end *)(void *)stream;
    CHECK(!end->is_closed);
    end->is_closed = true;
}

static const struct net_stream_events end_events = {
    .opened = end_opened,
    .received = end_received,
    .filled = end_filled,
    .sent = end_sent,
    .closed = end_closed,
};

static inline void end_init(struct end *end, struct rig *rig)
{
    memset(end, 0, sizeof *end);
    end->rig = rig;
    net_stream_init(&end->stream, rig->net, &end_events);
}

static inline void rig_accepted(struct ring_listener *listener, int fd, int error)
{
    struct rig *rig = CONTAINER_OF(listener, struct rig, listener);
    CHECK_EQ(error, 0);
    rig->accepted++;
    if (rig->holds_back_accepting)
        return;
    net_stream_accept(&rig->server.stream, fd, rig->identity);
}

static inline void rig_make(struct rig *rig, const char *name_servers)
{
    inia_error error = {0};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    memset(rig, 0, sizeof *rig);
    budget_init(&rig->memory, 64 << 20);
    rig->ring = ring_new(&(struct ring_config){.memory = &rig->memory}, &error);
    if (!rig->ring && error.status == INIA_UNSUPPORTED)
        SKIP("%s", error.detail);
    CHECK(rig->ring);
    struct net_config config = {
        .ring = rig->ring, .memory = &rig->memory, .name_servers = name_servers};
    rig->net = net_new(&config, &error);
    CHECK(rig->net);
    end_init(&rig->client, rig);
    end_init(&rig->server, rig);
    CHECK_EQ(
        ring_listen(
            &rig->listener, rig->ring, (struct sockaddr *)&address, sizeof address, rig_accepted),
        0);
}

static inline void rig_trust(struct rig *rig, struct net_trust_config config)
{
    inia_error error = {0};
    rig->trust = net_trust_new(rig->net, &config, &error);
    if (!rig->trust)
        FAIL("%s", error.detail);
}

static inline void rig_identity(struct rig *rig, const struct certificates *made)
{
    inia_error error = {0};
    rig->identity = net_identity_new(rig->net, made->leaf, made->key, &error);
    if (!rig->identity)
        FAIL("%s", error.detail);
}

static inline uint64_t milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Turns until the condition holds. */
#define RIG_UNTIL(rig, condition)                                                                  \
    do {                                                                                           \
        uint64_t until_ = milliseconds() + PATIENCE_MS;                                            \
        while (!(condition)) {                                                                     \
            ring_turn((rig)->ring, 10000000);                                                      \
            if (milliseconds() > until_)                                                           \
                FAIL("waited in vain: %s", #condition);                                            \
        }                                                                                          \
    } while (0)

static inline void rig_turn_for(struct rig *rig, uint64_t ms)
{
    uint64_t until = milliseconds() + ms;
    while (milliseconds() < until)
        ring_turn(rig->ring, 1000000);
}

static inline void rig_open(struct rig *rig, const char *host, uint16_t port)
{
    struct net_target target = {
        .host = text_of(host), .port = port ? port : rig->listener.port, .trust = rig->trust};
    net_stream_open(&rig->client.stream, &target);
    CHECK(!rig->client.is_opened);
}

/* Opens to the rig's own listener, both ends standing. */
static inline void rig_connect(struct rig *rig, const char *host)
{
    rig_open(rig, host, 0);
    RIG_UNTIL(rig, rig->client.is_opened && rig->server.is_opened);
    CHECK_TEXT(rig->client.detail, "");
    CHECK_EQ(rig->client.opened, INIA_OK);
    CHECK_EQ(rig->server.opened, INIA_OK);
}

static inline void end_close(struct end *end)
{
    if (!end->stream.state && !end->is_opened)
        return;
    if (!end->is_closed)
        net_stream_close(&end->stream);
    RIG_UNTIL(end->rig, end->is_closed);
    free(end->data);
    free(end->echo);
    end_init(end, end->rig);
}

static inline void rig_disconnect(struct rig *rig)
{
    end_close(&rig->client);
    end_close(&rig->server);
}

static inline void rig_remove(struct rig *rig)
{
    rig_disconnect(rig);
    ring_listener_close(&rig->listener);
    rig_turn_for(rig, 2);
    net_trust_free(rig->trust);
    net_identity_free(rig->identity);
    net_free(rig->net);
    ring_free(rig->ring);
    CHECK_EQ(rig->memory.used, 0);
}

static inline void end_send(struct end *end, const char *words, uint32_t flags)
{
    net_stream_send(
        &end->stream, &(struct iovec){(char *)(uintptr_t)words, strlen(words)}, 1, flags);
}

static inline void fill_pattern(char *out, size_t size, uint32_t seed)
{
    for (size_t i = 0; i < size; i++) {
        seed = seed * 1664525 + 1013904223;
        out[i] = (char)(seed >> 24);
    }
}

#endif
