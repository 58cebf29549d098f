#include "world_inner.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { START_NS = 1000000000 };

static const int64_t START_WALL_MS = 1767225600000; /* 2026-01-01T00:00:00Z */

struct world the_world;

void *world_allocate(size_t size)
{
    void *memory = calloc(1, size);
    check(memory);
    return memory;
}

void *world_reallocate(void *memory, size_t size)
{
    memory = realloc(memory, size);
    check(memory);
    return memory;
}

void world_trace(const char *format, ...)
{
    if (!the_world.traces)
        return;
    va_list args;
    va_start(args, format);
    fprintf(stderr, "%10.3f ms  ", (double)(the_world.now_ns - START_NS) / 1e6);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
}

void world_start(uint64_t seed)
{
    check(!the_world.started);
    the_world = (struct world){
        .started = true,
        .seed = seed,
        .now_ns = START_NS,
        .wall_offset_ms = START_WALL_MS - START_NS / 1000000,
        .network = {1000000, 500000, 200000, 256 << 10, 0},
        .name_servers = {.latency_ns = 1000000},
        .traces = getenv("WORLD_TRACE") != NULL,
    };
    random_init(&the_world.random, seed);
}

static void free_chunks(struct world_chunk *chunk)
{
    while (chunk) {
        struct world_chunk *next = chunk->next;
        free(chunk);
        chunk = next;
    }
}

void world_end(void)
{
    check(the_world.started && the_world.rings == 0);
    world_forget_names();
    for (size_t i = 0; i < the_world.end_count; i++)
        world_peer_is_over(the_world.ends[i], ECONNABORTED);
    for (size_t i = 0; i < the_world.event_count; i++) {
        free_chunks(the_world.events[i].event->chunk);
        free(the_world.events[i].event);
    }
    free(the_world.events);
    for (size_t i = 0; i < the_world.end_count; i++) {
        free_chunks(the_world.ends[i]->first);
        free(the_world.ends[i]);
    }
    free(the_world.ends);
    while (the_world.endpoints) {
        struct world_endpoint *next = the_world.endpoints->next;
        free(the_world.endpoints->faults);
        free(the_world.endpoints);
        the_world.endpoints = next;
    }
    the_world = (struct world){0};
}

uint64_t world_seed(void)
{
    return the_world.seed;
}

uint64_t world_now_ns(void)
{
    return the_world.now_ns;
}

void world_look_away(uint64_t for_ns)
{
    the_world.now_ns += for_ns;
}

uint64_t world_random(uint64_t below)
{
    return random_below(&the_world.random, below);
}

void world_set_busy(void)
{
    the_world.is_busy = true;
}

void world_set_wall_ms(int64_t wall_ms)
{
    the_world.wall_offset_ms = wall_ms - (int64_t)(the_world.now_ns / 1000000);
}

struct world_network *world_network(void)
{
    return &the_world.network;
}

const struct world_counters *world_counters(void)
{
    return &the_world.counters;
}

/* ---- Events -------------------------------------------------------------- */

static bool comes_before(const struct world_due *a, const struct world_due *b)
{
    return a->time_ns != b->time_ns ? a->time_ns < b->time_ns : a->sequence < b->sequence;
}

static void move_up(size_t i)
{
    struct world_due *events = the_world.events;
    while (i && comes_before(&events[i], &events[(i - 1) / 2])) {
        struct world_due due = events[i];
        events[i] = events[(i - 1) / 2];
        events[(i - 1) / 2] = due;
        i = (i - 1) / 2;
    }
}

static void move_down(size_t i)
{
    struct world_due *events = the_world.events;
    for (;;) {
        size_t least = i;
        for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < the_world.event_count; child++)
            if (comes_before(&events[child], &events[least]))
                least = child;
        if (least == i)
            return;
        struct world_due due = events[i];
        events[i] = events[least];
        events[least] = due;
        i = least;
    }
}

struct world_event *world_event_add(
    uint64_t time_ns, void (*run)(struct world_event *), struct world_end *end)
{
    check(the_world.started);
    struct world_event *event = world_allocate(sizeof *event);
    event->run = run;
    event->end = end;
    if (the_world.event_count == the_world.event_capacity) {
        the_world.event_capacity = 2 * the_world.event_capacity + 64;
        the_world.events =
            world_reallocate(the_world.events, the_world.event_capacity * sizeof *the_world.events);
    }
    the_world.events[the_world.event_count++] =
        (struct world_due){time_ns, the_world.sequence++, event};
    move_up(the_world.event_count - 1);
    return event;
}

uint64_t world_next_event_ns(void)
{
    return the_world.event_count ? the_world.events[0].time_ns : UINT64_MAX;
}

void world_run_events(void)
{
    while (world_next_event_ns() <= the_world.now_ns) {
        struct world_event *event = the_world.events[0].event;
        the_world.events[0] = the_world.events[--the_world.event_count];
        move_down(0);
        event->run(event);
        free(event);
    }
}

static void run_call(struct world_event *event)
{
    the_world.told++;
    event->call(event->arg);
}

void world_at(uint64_t delay_ns, void (*run)(void *arg), void *arg)
{
    struct world_event *event = world_event_add(the_world.now_ns + delay_ns, run_call, NULL);
    event->call = run;
    event->arg = arg;
}

/* ---- Endpoints ----------------------------------------------------------- */

static socklen_t parse_address(struct sockaddr_storage *address, const char *ip, uint16_t port)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)address;
    memset(address, 0, sizeof *address);
    if (inet_pton(AF_INET, ip, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        return sizeof *v4;
    }
    check(inet_pton(AF_INET6, ip, &v6->sin6_addr) == 1);
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    return sizeof *v6;
}

static bool is_same_address(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
    if (a->ss_family != b->ss_family)
        return false;
    const struct sockaddr_in *a4 = (const void *)a, *b4 = (const void *)b;
    const struct sockaddr_in6 *a6 = (const void *)a, *b6 = (const void *)b;
    if (a->ss_family == AF_INET)
        return a4->sin_port == b4->sin_port && a4->sin_addr.s_addr == b4->sin_addr.s_addr;
    return a6->sin6_port == b6->sin6_port &&
           memcmp(&a6->sin6_addr, &b6->sin6_addr, sizeof a6->sin6_addr) == 0;
}

struct world_endpoint *world_find_endpoint(const struct sockaddr *address, socklen_t size)
{
    struct sockaddr_storage wanted = {0};
    check(size <= sizeof wanted);
    memcpy(&wanted, address, size);
    for (struct world_endpoint *at = the_world.endpoints; at; at = at->next)
        if (!at->is_closed && is_same_address(&at->address, &wanted))
            return at;
    return NULL;
}

struct world_endpoint *world_listen(
    const char *ip, uint16_t port, const struct world_service *service, void *arg)
{
    check(the_world.started && service);
    struct world_endpoint *endpoint = world_allocate(sizeof *endpoint);
    socklen_t size = parse_address(&endpoint->address, ip, port);
    check(!world_find_endpoint((struct sockaddr *)&endpoint->address, size));
    endpoint->service = service;
    endpoint->arg = arg;
    endpoint->next = the_world.endpoints;
    the_world.endpoints = endpoint;
    return endpoint;
}

void world_endpoint_close(struct world_endpoint *endpoint)
{
    endpoint->is_closed = true;
}

uint32_t world_endpoint_connections(const struct world_endpoint *endpoint)
{
    return endpoint->connections;
}

void world_fault_next(struct world_endpoint *endpoint, const struct world_fault *fault)
{
    endpoint->faults =
        world_reallocate(endpoint->faults, (endpoint->fault_count + 1) * sizeof *endpoint->faults);
    endpoint->faults[endpoint->fault_count++] = *fault;
}

void world_fault_often(struct world_endpoint *endpoint, unsigned per_mille)
{
    endpoint->faults_per_mille = per_mille;
}

struct world_peer *world_connect(
    const char *ip, uint16_t port, const struct world_service *service, void *arg)
{
    struct sockaddr_storage address;
    socklen_t size = parse_address(&address, ip, port);
    struct world_end *caller = world_connection_new();
    caller->service = service;
    caller->peer.arg = arg;
    world_wire_connect(caller, (struct sockaddr *)&address, size);
    return &caller->peer;
}
