/* A ring in the world for a test, and a client that writes down what it hears. */
#ifndef TESTS_WORLD_FIXTURE_H
#define TESTS_WORLD_FIXTURE_H

#include "test.h"

#include "world_http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>

enum { CLIENT_HEARS = 1 << 20, CLIENT_TURNS = 200000 };

#define UNTIL(condition)                                                                           \
    do {                                                                                           \
        for (int turns_left = CLIENT_TURNS; !(condition); turns_left--) {                          \
            if (!turns_left)                                                                       \
                FAIL("never came in seed %llu: %s", (unsigned long long)world_seed(), #condition); \
            ring_turn(the_ring, -1);                                                               \
        }                                                                                          \
    } while (0)

static struct budget the_memory;
static struct ring *the_ring;

struct client {
    struct ring_socket socket;
    int connected, connect_error;
    char *heard;
    size_t heard_size;
    int received, ends, end_error;
    int filled, fill_error;
    size_t fill_size;
    int sent, send_error;
    int closed;
};

static inline struct client *client_of(struct ring_socket *socket)
{
    return CONTAINER_OF(socket, struct client, socket);
}

static inline void client_connected(struct ring_socket *socket, int error)
{
    client_of(socket)->connected++;
    client_of(socket)->connect_error = error;
}

static inline void client_received(
    struct ring_socket *socket, const void *bytes, size_t size, int error)
{
    struct client *client = client_of(socket);
    CHECK(!client->closed && !client->ends);
    if (!size) {
        client->ends++;
        client->end_error = error;
        return;
    }
    client->received++;
    CHECK(size <= RING_BUFFER_SIZE && size <= CLIENT_HEARS - client->heard_size);
    memcpy(client->heard + client->heard_size, bytes, size);
    client->heard_size += size;
}

static inline void client_filled(struct ring_socket *socket, size_t size, int error)
{
    struct client *client = client_of(socket);
    CHECK(!client->closed);
    client->filled++;
    client->fill_size = size;
    client->fill_error = error;
}

static inline void client_sent(struct ring_socket *socket, int error)
{
    struct client *client = client_of(socket);
    CHECK(!client->closed);
    client->sent++;
    client->send_error = error;
}

static inline void client_closed(struct ring_socket *socket)
{
    client_of(socket)->closed++;
}

static const struct ring_socket_events client_events = {
    client_connected, client_received, client_filled, client_sent, client_closed,
};

static inline void begin(uint64_t seed)
{
    inia_error error;
    world_start(seed);
    budget_init(&the_memory, 64 << 20);
    the_ring = ring_new(&(struct ring_config){.memory = &the_memory}, &error);
    CHECK(the_ring);
}

static inline void finish(void)
{
    ring_free(the_ring);
    CHECK_EQ(the_memory.used, 0);
    CHECK_EQ(world_counters()->open, 0);
    world_end();
}

static inline struct client *client_new(void)
{
    struct client *client = calloc(1, sizeof *client);
    client->heard = malloc(CLIENT_HEARS);
    ring_socket_init(&client->socket, the_ring, &client_events);
    return client;
}

static inline void client_free(struct client *client)
{
    ring_close(&client->socket);
    UNTIL(client->closed);
    CHECK_EQ(client->closed, 1);
    free(client->heard);
    free(client);
}

static inline void client_connect(struct client *client, const char *ip, uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    CHECK_EQ(inet_pton(AF_INET, ip, &address.sin_addr), 1);
    ring_connect(&client->socket, (struct sockaddr *)&address, sizeof address);
}

static inline struct client *client_connected_to(const char *ip, uint16_t port)
{
    struct client *client = client_new();
    client_connect(client, ip, port);
    UNTIL(client->connected);
    return client;
}

static inline void client_say(struct client *client, const char *line, uint32_t flags)
{
    ring_send(&client->socket, &(struct iovec){(void *)(uintptr_t)line, strlen(line)}, 1, flags);
}

static inline void fill_pattern(char *memory, size_t size, uint64_t seed)
{
    struct random_source random;
    random_init(&random, seed);
    for (size_t i = 0; i < size; i++)
        memory[i] = (char)random_u64(&random);
}

#endif
