/*
 * world: a network, a clock and a kernel for tests, all in one thread and all from one seed.
 *
 * tests/world/ implements the functions of engine/ring/ring.h, so that everything above the ring
 * runs unchanged, but against peers that a test scripts. Time is virtual: ring_turn() jumps to
 * whatever happens next, so that an hour of backing off takes no time at all. The same seed gives
 * the same run, to the byte. What the kernel is free to do, the world does: it delivers bytes in
 * pieces, completes late, reads what is sent only when it gets to it, writes to memory that it was
 * given until closed(), lets a few bytes come after ring_receive_stop(), and returns from a turn
 * for nothing.
 *
 *     world_start(seed);
 *     struct world_endpoint *s3 = world_listen("10.0.0.1", 80, &my_service, my_data);
 *     world_fault_next(s3, &(struct world_fault){.kind = WORLD_RESET, .after_bytes = 100});
 *     struct ring *ring = ring_new(...);          // or an engine that makes one
 *     ... connect to 10.0.0.1:80, turn, check ...
 *     ring_free(ring);
 *     world_end();
 *
 * Whatever a service is told, it is told inside some ring's ring_turn(), which then returns.
 * Everything here uses malloc, not the budget: budget_fail_after() makes the engine fail, never the
 * world. With WORLD_TRACE=1 in the environment, everything that happens is printed.
 *
 * If nothing will ever happen again, and ring_turn() may wait for ever, the test aborts with a line
 * that names the seed: in the real world it would hang. (Watches and other threads get two real
 * seconds first.)
 */
#ifndef WORLD_WORLD_H
#define WORLD_WORLD_H

#include "ring/ring.h"

/* ---- The world ----------------------------------------------------------- */

/* There is one world at a time. Starting one, and all that is below, may be done before ring_new().
 */
void world_start(uint64_t seed);
void world_end(void); /* all rings must have been freed */

uint64_t world_seed(void);
uint64_t world_now_ns(void);
uint64_t world_random(uint64_t below); /* 0 ... below - 1, from the world's seed */

/* What ring_wall_ms() says from now on; it goes on with virtual time. 2026-01-01T00:00:00Z at
 * first. */
void world_set_wall_ms(int64_t wall_ms);

/* What ring_cpu_ns() says: all of the time that has passed; at first none. Before there are rings.
 */
void world_set_busy(void);

/* Runs a function at a time, inside a turn: to cancel, to change the network, to set the clock. */
void world_at(uint64_t delay_ns, void (*run)(void *arg), void *arg);

/* The program does something else for so long, while no turn is run. */
void world_look_away(uint64_t for_ns);

struct world_network {
    uint64_t connect_ns; /* how long connecting takes */
    uint64_t latency_ns; /* of every piece, one way ... */
    uint64_t jitter_ns;  /* ... and up to so much more */
    size_t window;       /* bytes of one direction that fit on the way */
    size_t fragment;     /* largest piece; 0: each connection has its own, by the seed */
};

/* May be changed at any time: {1 ms, 0.5 ms, 0.2 ms, 256 KiB, 0} at first. */
struct world_network *world_network(void);

struct world_counters {
    uint64_t connections, refused, resets; /* resets: by the world's side */
    uint64_t bytes_to_peers, bytes_from_peers;
    uint64_t open; /* connections whose ring socket has not been closed yet */
};
const struct world_counters *world_counters(void);

/* ---- Peers --------------------------------------------------------------- */

/* The scripted side of one connection. */
struct world_peer {
    void *arg;       /* the one given to world_listen() or world_connect() */
    void *own;       /* for the service, of this connection */
    uint32_t number; /* 1, 2, ... in the order in which they connected to this endpoint */
};

/* Each may be NULL. */
struct world_service {
    void (*connected)(struct world_peer *peer);
    void (*received)(struct world_peer *peer, const void *bytes, size_t size);

    /*
     * It is over: the other side closed (error 0), the connection is lost or was refused, the peer
     * closed or reset it itself (0), or the world ends (ECONNABORTED). Told once for every peer;
     * then nothing more, so own should be freed here.
     */
    void (*ended)(struct world_peer *peer, int error);
};

struct world_endpoint;

/* ip: "10.0.0.1" or "::1". The service must last as long as the world. */
struct world_endpoint *world_listen(
    const char *ip, uint16_t port, const struct world_service *service, void *arg);
void world_endpoint_close(struct world_endpoint *endpoint); /* from now on it refuses */
uint32_t world_endpoint_connections(const struct world_endpoint *endpoint); /* ever made */

/* A scripted client of something that listens by ring_listen(); ended() tells if nobody does. */
struct world_peer *world_connect(
    const char *ip, uint16_t port, const struct world_service *service, void *arg);

/* The bytes are copied; they leave after delay_ns, behind all that was sent before. */
void world_peer_send(struct world_peer *peer, const void *bytes, size_t size, uint64_t delay_ns);

/* Visits the peers of all connections that stand. visit() may send, close and reset. */
void world_each_peer(
    struct world_endpoint *endpoint, void (*visit)(struct world_peer *peer, void *arg), void *arg);

/* Behind all that was sent: the last byte, from a peer that goes on reading. */
void world_peer_end(struct world_peer *peer, uint64_t delay_ns);

/* The same from a peer that has gone: whatever still comes to it is answered by a reset. */
void world_peer_close(struct world_peer *peer, uint64_t delay_ns);

void world_peer_reset(struct world_peer *peer, uint64_t delay_ns);

/* A peer that does not read: the sender finds the window full after a while. */
void world_peer_stop_reading(struct world_peer *peer);
void world_peer_read_on(struct world_peer *peer);

/* ---- Names --------------------------------------------------------------- */

/*
 * From now on the name has these addresses, with spaces between them, for so many seconds each time
 * it is looked up. addresses NULL: there is no such name, as of each that was never given here.
 */
void world_name(const char *host, uint32_t ttl_s, const char *addresses);

/* How name servers answer; may be changed at any time. Zeroed, but latency_ns 1 ms, at first. */
struct world_name_servers {
    uint64_t latency_ns;
    uint64_t ipv6_later_ns; /* questions for IPv6 addresses take so much longer */
    bool are_broken;        /* they say that they failed */
    bool are_silent;        /* no answer comes within any time that one would wait */
    uint64_t questions;     /* asked so far, each family counts */
};
struct world_name_servers *world_name_servers(void);

/* ---- Faults -------------------------------------------------------------- */

enum world_fault_kind {
    WORLD_NO_FAULT,
    WORLD_REFUSE,    /* connecting fails with ECONNREFUSED */
    WORLD_NO_ANSWER, /* connecting never ends */
    WORLD_RESET,     /* ECONNRESET after so many bytes */
    WORLD_CUT,       /* an orderly end after so many bytes; the rest is lost */
    WORLD_STALL,     /* silence after so many bytes, for ever */
    WORLD_SLOW,      /* after so many bytes, each takes ns_per_byte */
    WORLD_GARBAGE,   /* after so many bytes, noise instead of what was sent */
    WORLD_FAULTS,
};

struct world_fault {
    enum world_fault_kind kind;
    uint64_t after_bytes; /* of this connection, and of what the endpoint sends ... */
    bool of_requests;     /* ... or of what is sent to it */
    uint64_t ns_per_byte; /* for WORLD_SLOW */
};

/* The next connection to this endpoint has this fault. May be called again: they queue. */
void world_fault_next(struct world_endpoint *endpoint, const struct world_fault *fault);

/*
 * Until it is called again, each connection that has no fault of its own has this one; those that
 * stand have it too, after_bytes from here on. NULL: those not yet struck are well again.
 */
void world_fault_all(struct world_endpoint *endpoint, const struct world_fault *fault);

/* Each connection without another fault has a random one in so many of 1,000 cases. */
void world_fault_often(struct world_endpoint *endpoint, unsigned per_mille);

#endif
