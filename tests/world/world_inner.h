/* What the files of the world share; tests include world.h. */
#ifndef WORLD_WORLD_INNER_H
#define WORLD_WORLD_INNER_H

#include "world.h"

#include "ring/timer.h"

#include <stdatomic.h>

enum { WORLD_FD_BASE = 1 << 24 };

struct world_chunk {
    struct world_chunk *next;
    size_t at, end;
    char bytes[];
};

/* One side of a connection: a ring's socket, a scripted peer, or an accepted fd nobody adopted yet.
 */
struct world_end {
    struct world_peer peer;
    struct world_end *other;
    struct world_endpoint *endpoint; /* the one connected to; NULL: refused */
    struct ring_socket *socket;
    const struct world_service *service; /* of a peer */
    int fd;
    bool is_caller;   /* the side that connected */
    bool is_open;     /* stands; what comes to an end that is not open is answered by a reset */
    bool is_gone;     /* was closed, perhaps before it stood */
    bool is_broken;   /* a reset came: nothing can be sent */
    bool is_reading;  /* peers only */
    bool step_is_due; /* a send of the socket is to be gone on with */
    /* Towards this end: */
    struct world_chunk *first, *last; /* arrived */
    size_t arrived;
    size_t in_flight; /* sent and not yet read */
    uint64_t last_arrival_ns;
    uint64_t leaves_ns; /* when the last of what a peer does takes place */
    uint64_t passed;    /* bytes ever sent ... */
    uint64_t taken;     /* ... and ever read */
    bool is_cut;        /* the end was sent, or nothing gets through any more */
    bool ended;         /* and behind what arrived comes the end: */
    int error;
    int send_error; /* of what the socket sent last */
    /* Of the connection, on the caller's side: */
    struct world_fault fault;
    size_t fragment;
};

struct world_endpoint {
    struct world_endpoint *next;
    struct sockaddr_storage address;
    struct ring_listener *listener;      /* of a ring, or ... */
    const struct world_service *service; /* ... a scripted one */
    void *arg;
    bool is_closed;
    uint32_t connections;
    unsigned faults_per_mille;
    struct world_fault of_all;  /* of each connection without one of its own */
    struct world_fault *faults; /* that wait for a connection */
    size_t fault_count;
};

struct world_event {
    void (*run)(struct world_event *event);
    struct world_end *end;
    struct world_chunk *chunk;
    int error;
    void (*call)(void *arg);
    void *arg;
};

struct world_due {
    uint64_t time_ns, sequence;
    struct world_event *event;
};

struct world_host {
    struct world_host *next;
    char *name, *addresses; /* addresses NULL: no such name */
    uint32_t ttl_s;
};

struct world {
    bool started;
    uint64_t seed, now_ns, sequence;
    bool is_busy;           /* a CPU is used all the time */
    int64_t wall_offset_ms; /* what to add to now for Unix time */
    struct random_source random;
    struct world_network network;
    struct world_counters counters;
    struct world_due *events; /* a heap */
    size_t event_count, event_capacity;
    struct world_endpoint *endpoints;
    struct world_host *hosts;
    struct world_name_servers name_servers;
    struct world_end **ends; /* all there ever were; fd - WORLD_FD_BASE is the index */
    size_t end_count, end_capacity;
    size_t rings;
    uint64_t told; /* how often a script was told something: a test may wait for that */
    bool traces;
};

extern struct world the_world;

struct ring {
    uint64_t now_ns;
    struct list ready; /* sockets with something to tell or to do */
    struct timer_wheel timers;
    atomic_bool woken;
    bool in_turn;
    int public_fd;
    struct budget *memory;
    void *buffers; /* only to take as much as the real ring */
    size_t buffers_size;
    struct ring_watch **watches;
    size_t watch_count, watch_capacity;
    struct world_end **accepted; /* to be told to their listeners */
    size_t accepted_count, accepted_capacity;
    struct ring_counters counters;
};

void *world_allocate(size_t size); /* zeroed; never NULL */
void *world_reallocate(void *memory, size_t size);
void world_trace(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- Events -------------------------------------------------------------- */

struct world_event *world_event_add(
    uint64_t time_ns, void (*run)(struct world_event *), struct world_end *end);
uint64_t world_next_event_ns(void); /* UINT64_MAX: none */
void world_run_events(void);        /* all that are due */

void world_forget_names(void);

/* ---- The wire ------------------------------------------------------------ */

struct world_end *world_connection_new(void); /* the caller's end; ->other is the called one */
struct world_end *world_end_of(int fd);
struct world_endpoint *world_find_endpoint(const struct sockaddr *address, socklen_t size);

/* Sends bytes to an end; faults, pieces and delays are applied here. */
void world_wire_send(struct world_end *to, const void *bytes, size_t size);
void world_wire_end(struct world_end *to); /* behind all that was sent */
void world_wire_reset(struct world_end *to);

/* Up to size bytes of what arrived; tells the sender that there is room again. */
size_t world_wire_read(struct world_end *end, void *memory, size_t size);
size_t world_wire_room(const struct world_end *to);

/* Connects two ends after the network's time; called from ring_connect() and world_connect(). */
void world_wire_connect(struct world_end *caller, const struct sockaddr *address, socklen_t size);

/* Tells a peer once that it is over. */
void world_peer_is_over(struct world_end *end, int error);

/* ---- What the wire tells a ring's socket --------------------------------- */

void world_socket_is_ready(struct ring_socket *socket);
void world_socket_connected(struct ring_socket *socket, int error);
void world_socket_may_send(struct ring_socket *socket);
size_t world_run_ready(struct ring *ring);
void world_forget_sockets(struct ring *ring); /* that are still being closed */
void world_accept(struct world_end *end);
size_t world_run_accepted(struct ring *ring);

/* ---- And a ring's turn --------------------------------------------------- */

size_t world_run_watches(struct ring *ring);
bool world_watch_is_ready(struct ring *ring, int wait_ms);

#endif
