#include "world_inner.h"

#include <errno.h>
#include <netinet/in.h>

enum { FIRST_FREE_PORT = 40000 };

static uint16_t *port_of(struct sockaddr_storage *address)
{
    if (address->ss_family == AF_INET)
        return &((struct sockaddr_in *)(void *)address)->sin_port;
    return &((struct sockaddr_in6 *)(void *)address)->sin6_port;
}

static bool is_taken(const struct sockaddr_storage *address)
{
    return world_find_endpoint((const struct sockaddr *)(const void *)address, sizeof *address);
}

int ring_listen(
    struct ring_listener *listener, struct ring *ring, const struct sockaddr *address,
    socklen_t size, void (*accepted)(struct ring_listener *, int, int))
{
    *listener = (struct ring_listener){.ring = ring, .accepted = accepted, .fd = -1};
    struct sockaddr_storage own = {0};
    check(size <= sizeof own);
    memcpy(&own, address, size);
    if (own.ss_family != AF_INET && own.ss_family != AF_INET6)
        return EAFNOSUPPORT;
    if (!*port_of(&own)) {
        uint16_t port = FIRST_FREE_PORT;
        do
            *port_of(&own) = htons(port++);
        while (is_taken(&own));
    } else if (is_taken(&own)) {
        return EADDRINUSE;
    }
    struct world_endpoint *endpoint = world_allocate(sizeof *endpoint);
    endpoint->address = own;
    endpoint->listener = listener;
    endpoint->next = the_world.endpoints;
    the_world.endpoints = endpoint;
    listener->fd = WORLD_FD_BASE - 1;
    listener->port = ntohs(*port_of(&own));
    return 0;
}

void ring_listener_close(struct ring_listener *listener)
{
    if (listener->fd < 0)
        return;
    listener->fd = -1;
    for (struct world_endpoint *at = the_world.endpoints; at; at = at->next) {
        if (at->listener != listener)
            continue;
        at->listener = NULL;
        at->is_closed = true;
    }
}

void world_accept(struct world_end *end)
{
    struct ring *ring = end->endpoint->listener->ring;
    if (ring->accepted_count == ring->accepted_capacity) {
        ring->accepted_capacity = 2 * ring->accepted_capacity + 16;
        ring->accepted =
            world_reallocate(ring->accepted, ring->accepted_capacity * sizeof *ring->accepted);
    }
    ring->accepted[ring->accepted_count++] = end;
}

static size_t tell_accepted(struct ring *ring, struct world_end *end)
{
    struct ring_listener *listener = end->endpoint->listener;
    if (!listener) {
        world_wire_reset(end->other);
        end->is_open = false;
        return 0;
    }
    ring->counters.accepted++;
    listener->accepted(listener, end->fd, 0);
    return 1;
}

size_t world_run_accepted(struct ring *ring)
{
    size_t ran = 0, count = ring->accepted_count;
    for (size_t i = 0; i < count; i++)
        ran += tell_accepted(ring, ring->accepted[i]);
    ring->accepted_count -= count;
    for (size_t i = 0; i < ring->accepted_count; i++)
        ring->accepted[i] = ring->accepted[i + count];
    return ran;
}
