/*
 * A ring for a test, and a peer that writes down what it hears. Plain blocking sockets stand at the
 * other end, so that the test decides what happens there and when.
 */
#ifndef TESTS_RING_FIXTURE_H
#define TESTS_RING_FIXTURE_H

#include "test.h"

#include "ring/ring.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FIXTURE_TURNS = 2000, FIXTURE_WAIT_NS = 20 * 1000 * 1000, FIXTURE_HEARD = 1 << 20 };

#define UNTIL(condition)                                                                           \
    do {                                                                                           \
        for (int turns_left = FIXTURE_TURNS; !(condition); turns_left--) {                         \
            if (!turns_left)                                                                       \
                FAIL("never came: %s", #condition);                                                \
            ring_turn(fixture_ring, FIXTURE_WAIT_NS);                                              \
        }                                                                                          \
    } while (0)

static struct budget fixture_memory;
static struct ring *fixture_ring;

struct peer {
    struct ring_socket socket;
    int connected, connect_error;
    size_t heard_size;
    int received, ends, end_error;
    int filled, fill_error;
    size_t fill_size;
    int sent, send_error;
    int closed;
    void (*on_received)(struct peer *peer, size_t size);
    char heard[FIXTURE_HEARD];
};

static inline struct peer *peer_of(struct ring_socket *socket)
{
    return CONTAINER_OF(socket, struct peer, socket);
}

static inline void peer_connected(struct ring_socket *socket, int error)
{
    peer_of(socket)->connected++;
    peer_of(socket)->connect_error = error;
}

static inline void peer_received(
    struct ring_socket *socket, const void *bytes, size_t size, int error)
{
    struct peer *peer = peer_of(socket);
    CHECK(!peer->closed && !peer->ends);
    CHECK(size <= RING_BUFFER_SIZE);
    if (!size) {
        peer->ends++;
        peer->end_error = error;
        return;
    }
    peer->received++;
    CHECK(size <= sizeof peer->heard - peer->heard_size);
    memcpy(peer->heard + peer->heard_size, bytes, size);
    peer->heard_size += size;
    if (peer->on_received)
        peer->on_received(peer, size);
}

static inline void peer_filled(struct ring_socket *socket, size_t size, int error)
{
    struct peer *peer = peer_of(socket);
    CHECK(!peer->closed);
    peer->filled++;
    peer->fill_size = size;
    peer->fill_error = error;
}

static inline void peer_sent(struct ring_socket *socket, int error)
{
    struct peer *peer = peer_of(socket);
    CHECK(!peer->closed);
    peer->sent++;
    peer->send_error = error;
}

static inline void peer_closed(struct ring_socket *socket)
{
    peer_of(socket)->closed++;
}

static const struct ring_socket_events peer_events = {
    .connected = peer_connected,
    .received = peer_received,
    .filled = peer_filled,
    .sent = peer_sent,
    .closed = peer_closed,
};

static inline void fixture_start_with(const struct ring_config *config)
{
    inia_error error = {0};
    budget_init(&fixture_memory, 64 << 20);
    struct ring_config own = *config;
    own.memory = &fixture_memory;
    fixture_ring = ring_new(&own, &error);
    if (!fixture_ring && error.status == INIA_UNSUPPORTED)
        SKIP("no ring: %s", error.detail);
    if (!fixture_ring)
        FAIL("no ring: %s", error.detail);
}

static inline void fixture_start(void)
{
    fixture_start_with(&(struct ring_config){0});
}

static inline void fixture_end(void)
{
    ring_free(fixture_ring);
    CHECK_EQ(fixture_memory.used, 0);
}

static inline struct peer *peer_new(void)
{
    struct peer *peer = calloc(1, sizeof *peer);
    CHECK(peer);
    ring_socket_init(&peer->socket, fixture_ring, &peer_events);
    return peer;
}

/* Takes over one end of a pair; the other is returned. */
static inline int peer_adopt_one_of_pair(struct peer *peer)
{
    int ends[2];
    CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    ring_adopt(&peer->socket, ends[0]);
    return ends[1];
}

static inline int fixture_listen(struct sockaddr_in *address)
{
    *address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK_EQ(bind(fd, (struct sockaddr *)address, sizeof *address), 0);
    CHECK_EQ(listen(fd, 128), 0);
    socklen_t size = sizeof *address;
    CHECK_EQ(getsockname(fd, (struct sockaddr *)address, &size), 0);
    return fd;
}

/* Connects over loopback TCP; the accepted end is returned. */
static inline int peer_connect_tcp(struct peer *peer)
{
    struct sockaddr_in address;
    int listening = fixture_listen(&address);
    ring_connect(&peer->socket, (struct sockaddr *)&address, sizeof address);
    UNTIL(peer->connected);
    CHECK_EQ(peer->connect_error, 0);
    int fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
    CHECK(fd >= 0);
    close(listening);
    return fd;
}

static inline void peer_close_and_free(struct peer *peer)
{
    ring_close(&peer->socket);
    CHECK_EQ(peer->closed, 0);
    UNTIL(peer->closed);
    CHECK_EQ(peer->closed, 1);
    free(peer);
}

static inline void peer_send_text(struct peer *peer, const char *line, uint32_t flags)
{
    ring_send(&peer->socket, &(struct iovec){(void *)(uintptr_t)line, strlen(line)}, 1, flags);
}

static inline void write_all(int fd, const void *bytes, size_t size)
{
    const char *at = bytes;
    while (size) {
        ssize_t wrote = write(fd, at, size);
        CHECK(wrote > 0);
        at += wrote;
        size -= (size_t)wrote;
    }
}

static inline void read_all(int fd, void *memory, size_t size)
{
    char *at = memory;
    while (size) {
        ssize_t got = read(fd, at, size);
        CHECK(got > 0);
        at += got;
        size -= (size_t)got;
    }
}

static inline void fill_pattern(char *memory, size_t size, uint64_t seed)
{
    struct random_source random;
    random_init(&random, seed);
    for (size_t i = 0; i < size; i++)
        memory[i] = (char)random_u64(&random);
}

#endif
