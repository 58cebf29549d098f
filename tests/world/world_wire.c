/* Design notes
 *
 * Every piece of bytes on its way is an event with the time of its arrival. Times of one direction
 * never decrease, and events of the same time run in the order in which they were added, so that
 * bytes, and the end behind them, stay in order without any queue.
 */
#include "world_inner.h"

#include <errno.h>
#include <stdlib.h>

enum { MAX_PIECES_OF_A_SEND = 64, LARGEST_FRAGMENT = 65536 };

static struct world_end *end_new(void)
{
    if (the_world.end_count == the_world.end_capacity) {
        the_world.end_capacity = 2 * the_world.end_capacity + 64;
        the_world.ends =
            world_reallocate(the_world.ends, the_world.end_capacity * sizeof *the_world.ends);
    }
    struct world_end *end = world_allocate(sizeof *end);
    end->fd = WORLD_FD_BASE + (int)the_world.end_count;
    end->is_reading = true;
    the_world.ends[the_world.end_count++] = end;
    return end;
}

static size_t random_fragment(void)
{
    static const size_t fragments[] = {
        LARGEST_FRAGMENT, LARGEST_FRAGMENT, 16384, 1460, 1460, 97, 1};
    return fragments[world_random(COUNT_OF(fragments))];
}

struct world_end *world_connection_new(void)
{
    struct world_end *caller = end_new(), *called = end_new();
    caller->other = called;
    called->other = caller;
    caller->is_caller = true;
    caller->fragment = random_fragment();
    return caller;
}

struct world_end *world_end_of(int fd)
{
    check(fd >= WORLD_FD_BASE && (size_t)(fd - WORLD_FD_BASE) < the_world.end_count);
    return the_world.ends[fd - WORLD_FD_BASE];
}

static struct world_end *caller_of(struct world_end *end)
{
    return end->is_caller ? end : end->other;
}

static struct world_end *end_of_peer(struct world_peer *peer)
{
    return CONTAINER_OF(peer, struct world_end, peer);
}

/* ---- Arriving ------------------------------------------------------------ */

static void forget_arrived(struct world_end *end)
{
    while (end->first) {
        struct world_chunk *chunk = end->first;
        end->first = chunk->next;
        free(chunk);
    }
    end->last = NULL;
    end->arrived = 0;
}

void world_peer_is_over(struct world_end *end, int error)
{
    const struct world_service *service = end->service;
    if (!service)
        return;
    end->service = NULL;
    the_world.told++;
    if (service->ended)
        service->ended(&end->peer, error);
}

static void tell_peer_ended(struct world_end *end)
{
    if (!end->ended || end->arrived || !end->service)
        return;
    end->is_open = false;
    world_peer_is_over(end, end->error);
}

static void feed_peer(struct world_end *end)
{
    char bytes[LARGEST_FRAGMENT];
    while (end->is_reading && end->arrived) {
        size_t size = world_wire_read(end, bytes, sizeof bytes);
        the_world.told++;
        if (end->service && end->service->received)
            end->service->received(&end->peer, bytes, size);
    }
    tell_peer_ended(end);
}

static void tell_arrived(struct world_end *end)
{
    if (end->socket)
        world_socket_is_ready(end->socket);
    else if (end->service)
        feed_peer(end);
}

static void arrive(struct world_event *event)
{
    struct world_end *end = event->end;
    struct world_chunk *chunk = event->chunk;
    if (!end->is_open) {
        /* Nobody is there any more. */
        end->in_flight -= chunk->end;
        free(chunk);
        if (end->other->is_open && !end->other->is_broken)
            world_wire_reset(end->other);
        return;
    }
    if (end->last)
        end->last->next = chunk;
    else
        end->first = chunk;
    end->last = chunk;
    end->arrived += chunk->end;
    tell_arrived(end);
}

/* This end learns that nothing more will come. */
static void learn_end(struct world_end *end, int error)
{
    if (end->ended)
        return;
    world_trace("fd %d: end of stream, error %d", end->fd, error);
    end->ended = true;
    end->error = error;
    tell_arrived(end);
}

static void arrive_end(struct world_event *event)
{
    if (event->end->is_open)
        learn_end(event->end, 0);
}

static void arrive_reset(struct world_event *event)
{
    struct world_end *end = event->end;
    if (!end->is_open)
        return;
    end->is_broken = true;
    /* A reset may or may not overtake what had arrived. */
    if (!end->ended && world_random(2))
        forget_arrived(end);
    learn_end(end, ECONNRESET);
    if (end->socket)
        world_socket_may_send(end->socket);
}

size_t world_wire_room(const struct world_end *to)
{
    return to->in_flight < the_world.network.window ? the_world.network.window - to->in_flight : 0;
}

size_t world_wire_read(struct world_end *end, void *memory, size_t size)
{
    size_t taken = 0;
    while (end->first && taken < size) {
        struct world_chunk *chunk = end->first;
        size_t part = chunk->end - chunk->at;
        if (part > size - taken)
            part = size - taken;
        memcpy((char *)memory + taken, chunk->bytes + chunk->at, part);
        chunk->at += part;
        taken += part;
        if (chunk->at < chunk->end)
            break;
        end->first = chunk->next;
        if (!end->first)
            end->last = NULL;
        free(chunk);
    }
    end->arrived -= taken;
    end->in_flight -= taken;
    end->taken += taken;
    if (taken && end->other->socket)
        world_socket_may_send(end->other->socket);
    return taken;
}

/* ---- Sending ------------------------------------------------------------- */

static uint64_t next_arrival_ns(struct world_end *to, uint64_t extra_ns)
{
    const struct world_network *network = &the_world.network;
    uint64_t earliest_ns = the_world.now_ns + network->latency_ns;
    if (network->jitter_ns)
        earliest_ns += world_random(network->jitter_ns);
    if (earliest_ns < to->last_arrival_ns)
        earliest_ns = to->last_arrival_ns;
    return to->last_arrival_ns = earliest_ns + extra_ns;
}

static const struct world_fault *fault_towards(struct world_end *to)
{
    static const struct world_fault none;
    const struct world_fault *fault = &caller_of(to)->fault;
    return fault->of_requests == !to->is_caller ? fault : &none;
}

static void send_piece(struct world_end *to, const char *bytes, size_t size)
{
    const struct world_fault *fault = fault_towards(to);
    bool is_faulty = to->passed >= fault->after_bytes;
    struct world_chunk *chunk = world_allocate(sizeof *chunk + size);
    chunk->end = size;
    memcpy(chunk->bytes, bytes, size);
    if (is_faulty && fault->kind == WORLD_GARBAGE)
        for (size_t i = 0; i < size; i++)
            chunk->bytes[i] = (char)world_random(256);
    uint64_t extra_ns = is_faulty && fault->kind == WORLD_SLOW ? size * fault->ns_per_byte : 0;
    world_event_add(next_arrival_ns(to, extra_ns), arrive, to)->chunk = chunk;
    to->passed += size;
    to->in_flight += size;
    if (to->is_caller)
        the_world.counters.bytes_from_peers += size;
    else
        the_world.counters.bytes_to_peers += size;
}

static size_t random_piece(struct world_end *to, size_t size)
{
    size_t largest = the_world.network.fragment;
    if (!largest)
        largest = caller_of(to)->fragment;
    if (largest < size / MAX_PIECES_OF_A_SEND)
        largest = size / MAX_PIECES_OF_A_SEND;
    if (largest > LARGEST_FRAGMENT)
        largest = LARGEST_FRAGMENT;
    size_t piece = 1 + world_random(largest);
    return piece < size ? piece : size;
}

/* The connection breaks here, in the way that its fault says. */
static void strike(struct world_end *to)
{
    struct world_end *caller = caller_of(to), *called = caller->other;
    enum world_fault_kind kind = caller->fault.kind;
    world_trace("fd %d: fault %d after %llu bytes", to->fd, kind, (unsigned long long)to->passed);
    caller->fault.kind = WORLD_NO_FAULT;
    if (kind == WORLD_STALL) {
        to->is_cut = true;
        return;
    }
    if (kind == WORLD_RESET)
        world_wire_reset(caller);
    else
        world_wire_end(caller);
    learn_end(called, kind == WORLD_RESET ? ECONNRESET : 0);
    called->is_open = false;
    called->is_broken = true;
}

void world_wire_send(struct world_end *to, const void *bytes, size_t size)
{
    const char *at = bytes;
    const struct world_fault *fault = fault_towards(to);
    bool breaks =
        fault->kind == WORLD_RESET || fault->kind == WORLD_CUT || fault->kind == WORLD_STALL;
    bool bends = fault->kind == WORLD_GARBAGE || fault->kind == WORLD_SLOW;
    while (size && !to->is_cut) {
        uint64_t until_fault =
            fault->after_bytes > to->passed ? fault->after_bytes - to->passed : 0;
        if (breaks && !until_fault) {
            strike(to);
            breaks = false;
            continue;
        }
        size_t limit =
            (breaks || (bends && until_fault)) && until_fault < size ? until_fault : size;
        size_t piece = random_piece(to, limit);
        send_piece(to, at, piece);
        at += piece;
        size -= piece;
    }
    /* What does not get through fills the window all the same. */
    to->in_flight += size;
}

void world_wire_end(struct world_end *to)
{
    if (to->is_cut)
        return;
    to->is_cut = true;
    world_event_add(next_arrival_ns(to, 0), arrive_end, to);
}

void world_wire_reset(struct world_end *to)
{
    to->is_cut = true;
    the_world.counters.resets++;
    world_event_add(next_arrival_ns(to, 0), arrive_reset, to);
}

/* ---- Connecting ---------------------------------------------------------- */

static struct world_fault random_fault(void)
{
    return (struct world_fault){
        .kind = (enum world_fault_kind)(1 + world_random(WORLD_FAULTS - 1)),
        .after_bytes = world_random(4) ? world_random(2000) : 0,
        .of_requests = world_random(3) == 0,
        .ns_per_byte = 1 + world_random(100000),
    };
}

static struct world_fault take_fault(struct world_endpoint *endpoint)
{
    if (endpoint->fault_count) {
        struct world_fault fault = endpoint->faults[0];
        endpoint->fault_count--;
        memmove(
            endpoint->faults, endpoint->faults + 1,
            endpoint->fault_count * sizeof *endpoint->faults);
        return fault;
    }
    if (endpoint->of_all.kind)
        return endpoint->of_all;
    if (endpoint->faults_per_mille && world_random(1000) < endpoint->faults_per_mille)
        return random_fault();
    return (struct world_fault){0};
}

static void tell_connected(struct world_end *end, int error)
{
    if (end->socket) {
        world_socket_connected(end->socket, error);
    } else if (error) {
        world_peer_is_over(end, error);
    } else if (end->service && end->service->connected) {
        the_world.told++;
        end->service->connected(&end->peer);
    }
}

static void refuse(struct world_end *caller)
{
    the_world.counters.refused++;
    tell_connected(caller, ECONNREFUSED);
}

static void stand(struct world_end *caller, struct world_endpoint *endpoint)
{
    struct world_end *called = caller->other;
    caller->is_open = called->is_open = true;
    the_world.counters.connections++;
    endpoint->connections++;
    called->peer.number = caller->peer.number = endpoint->connections;
    called->endpoint = endpoint;
    if (endpoint->listener) {
        world_accept(called);
    } else {
        called->service = endpoint->service;
        called->peer.arg = endpoint->arg;
        tell_connected(called, 0);
    }
    tell_connected(caller, 0);
}

static void connect_ends(struct world_event *event)
{
    struct world_end *caller = event->end;
    struct world_endpoint *endpoint = caller->endpoint;
    if (caller->is_gone)
        return;
    if (!endpoint || endpoint->is_closed) {
        refuse(caller);
        return;
    }
    caller->fault = take_fault(endpoint);
    world_trace("fd %d: connects, fault %d", caller->fd, caller->fault.kind);
    if (caller->fault.kind == WORLD_REFUSE)
        refuse(caller);
    else if (caller->fault.kind != WORLD_NO_ANSWER)
        stand(caller, endpoint);
}

void world_wire_connect(struct world_end *caller, const struct sockaddr *address, socklen_t size)
{
    const struct world_network *network = &the_world.network;
    caller->endpoint = world_find_endpoint(address, size);
    uint64_t time_ns = the_world.now_ns + network->connect_ns;
    if (network->jitter_ns)
        time_ns += world_random(network->jitter_ns);
    world_event_add(time_ns, connect_ends, caller);
}

static bool stands_at(const struct world_end *called, const struct world_endpoint *endpoint)
{
    return called->endpoint == endpoint && !called->is_caller && called->is_open &&
           !called->is_broken;
}

void world_fault_all(struct world_endpoint *endpoint, const struct world_fault *fault)
{
    endpoint->of_all = fault ? *fault : (struct world_fault){0};
    for (size_t i = 0; i < the_world.end_count; i++) {
        struct world_end *called = the_world.ends[i];
        if (!stands_at(called, endpoint))
            continue;
        struct world_end *caller = called->other;
        caller->fault = endpoint->of_all;
        caller->fault.after_bytes += (caller->fault.of_requests ? called : caller)->passed;
    }
}

void world_each_peer(
    struct world_endpoint *endpoint, void (*visit)(struct world_peer *peer, void *arg), void *arg)
{
    for (size_t i = 0; i < the_world.end_count; i++)
        if (stands_at(the_world.ends[i], endpoint) && the_world.ends[i]->service)
            visit(&the_world.ends[i]->peer, arg);
}

/* ---- Peers --------------------------------------------------------------- */

static void leave(struct world_event *event)
{
    struct world_end *to = event->end->other;
    if (event->end->is_open)
        world_wire_send(to, event->chunk->bytes, event->chunk->end);
    free(event->chunk);
    event->chunk = NULL;
}

/* Events of a peer keep their order even if a later one was given a shorter delay. */
static uint64_t leaving_ns(struct world_end *end, uint64_t delay_ns)
{
    uint64_t time_ns = the_world.now_ns + delay_ns;
    if (time_ns < end->leaves_ns)
        time_ns = end->leaves_ns;
    return end->leaves_ns = time_ns;
}

void world_peer_send(struct world_peer *peer, const void *bytes, size_t size, uint64_t delay_ns)
{
    struct world_end *end = end_of_peer(peer);
    struct world_chunk *chunk = world_allocate(sizeof *chunk + size);
    chunk->end = size;
    if (size)
        memcpy(chunk->bytes, bytes, size);
    world_event_add(leaving_ns(end, delay_ns), leave, end)->chunk = chunk;
}

static void leave_end(struct world_event *event)
{
    if (event->end->is_open)
        world_wire_end(event->end->other);
}

static void leave_for_good(struct world_event *event)
{
    struct world_end *end = event->end;
    leave_end(event);
    if (end->is_open && end->arrived)
        world_wire_reset(end->other);
    end->is_open = false;
    end->is_gone = true;
    world_peer_is_over(end, 0);
}

static void leave_reset(struct world_event *event)
{
    struct world_end *end = event->end;
    if (end->is_open)
        world_wire_reset(end->other);
    end->is_open = false;
    end->is_gone = true;
    world_peer_is_over(end, 0);
}

void world_peer_end(struct world_peer *peer, uint64_t delay_ns)
{
    struct world_end *end = end_of_peer(peer);
    world_event_add(leaving_ns(end, delay_ns), leave_end, end);
}

void world_peer_close(struct world_peer *peer, uint64_t delay_ns)
{
    struct world_end *end = end_of_peer(peer);
    world_event_add(leaving_ns(end, delay_ns), leave_for_good, end);
}

void world_peer_reset(struct world_peer *peer, uint64_t delay_ns)
{
    struct world_end *end = end_of_peer(peer);
    world_event_add(leaving_ns(end, delay_ns), leave_reset, end);
}

void world_peer_stop_reading(struct world_peer *peer)
{
    end_of_peer(peer)->is_reading = false;
}

void world_peer_read_on(struct world_peer *peer)
{
    struct world_end *end = end_of_peer(peer);
    if (end->is_reading)
        return;
    end->is_reading = true;
    if (end->service)
        feed_peer(end);
}
