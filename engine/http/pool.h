/*
 * pool: connections and the origins they go to, seen from inside the room.
 *
 *   exchange -> [origin->waiting] -> connection (opening or taken from origin->idle) -> answered
 *                                         |
 *                 closed <- idle too long, or closed by the server <- origin->idle
 *
 * An origin that has exchanges waiting and may have one more connection is hungry. Room is given to
 * the one of them that has the fewest.
 */
#ifndef HTTP_POOL_H
#define HTTP_POOL_H

#include "http.h"

enum {
    HTTP_ORIGIN_SLOTS = 256,
    HTTP_APART_LOOKS = 16,     /* idle connections looked at for one to another address */
    HTTP_MAX_INTERIM = 16,     /* 1xx heads before a final one */
    HTTP_QUIET_MOST = 16384,   /* bytes: a larger request is sent with a report */
    HTTP_TAKEN_AT_ONCE = 4096, /* bytes: an empty socket buffer takes them without waiting */
    HTTP_DIRECT_LEAST =
        128 * 1024,                /* bytes of a body: fewer are copied out of the ring's buffers */
    HTTP_PIECE_LEAST = 256 * 1024, /* what the kernel gets to send or fill at a time: ... */
    HTTP_PIECE_MOST = 16 * 1024 * 1024, /* ... so much that it takes between these times */
    HTTP_PIECE_FAST_MS = 100,
    HTTP_PIECE_SLOW_MS = 1000,
    HTTP_CONTINUE_MS = 1000, /* patience for a 100 */
    HTTP_LAST_WORD_MS =
        1000, /* patience for a response when sending has failed, or the other way round */
    HTTP_IDLE_LEAST_MS = 1000,    /* a server that closes sooner had another reason than idleness */
    HTTP_IDLE_SOONER = 8,         /* we close an idle connection before the server by one part of so
                                     many of the time it has shown or told */
    HTTP_IDLE_LEARNT_MS = 600000, /* after that, what was learnt is tried anew */
    HTTP_DETAIL_MOST = 300,
};

struct http_connection;

struct http_origin {
    struct http_pool *pool;
    struct http_origin *next_in_slot;
    struct http_way way;
    struct net_tunnel tunnel; /* with a proxy */
    size_t size;              /* of all its memory */
    const char *name;         /* "host:port", with brackets around IPv6; for messages */
    text host;
    uint16_t port;
    uint32_t references;  /* owners', and one for each exchange under way */
    uint32_t connections; /* of any state */
    uint32_t warm;        /* connections to be there ahead of need */
    uint32_t idle_ms;     /* learnt from connections that the server closed; 0: nothing yet */
    uint64_t learnt_ns;   /* when that was */
    struct list waiting;  /* exchanges, first come, first served */
    struct list idle;     /* connections, last used first */
    struct list warming;  /* those being opened for nobody yet */
    struct list_link hungry;
};

struct http_pool {
    struct ring *ring;
    struct net *net;
    struct budget *memory;
    const struct log *log;
    uint32_t max_connections, max_connections_per_origin;
    uint32_t idle_ms, connect_ms;
    size_t max_head;
    struct slab connections; /* struct http_connection */
    struct slab held;        /* struct http_held */
    struct list idle;        /* all idle connections, longest idle first */
    struct list warming;     /* all that are opened for nobody yet */
    struct list hungry;      /* origins */
    struct list ended;       /* exchanges whose end is to be told */
    struct list continuing;  /* connections with held bytes whose owner wants them now */
    struct ring_timer soon;  /* goes through the last two */
    uint32_t evictions;      /* connections being closed to make room */
    bool closing;
    struct http_counters counters;
    struct http_origin *origins[HTTP_ORIGIN_SLOTS];
};

/* ---- pool.c ------------------------------------------------------------------ */

/* Gives room to the hungry; closes idle connections of others where there is none. */
void pool_serve(struct http_pool *pool);
void pool_run_soon(struct http_pool *pool);

/* ---- origin.c ----------------------------------------------------------------- */

void origin_hold(struct http_origin *origin);
/* How long a connection may be idle; told_ms: what the server said of it, 0: nothing. */
uint32_t origin_idle_ms(const struct http_origin *origin, uint32_t told_ms);
/* The server closed a connection that had been idle for so long. */
void origin_learn_idle(struct http_origin *origin, uint32_t idle_ms);
void origin_release(struct http_origin *origin);        /* does nothing while it is needed */
bool origin_may_open(const struct http_origin *origin); /* by its own limit */
void origin_wait(struct http_origin *origin, struct http_exchange *exchange);
struct http_exchange *origin_first_waiting(const struct http_origin *origin);
void origin_end_wait(struct http_exchange *exchange);
void origin_update_hunger(struct http_origin *origin);
void origin_keep_warm(struct http_origin *origin);

/* ---- exchange.c ----------------------------------------------------------------- */

enum exchange_state {
    EXCHANGE_NEW,
    EXCHANGE_WAITING, /* in origin->waiting */
    EXCHANGE_BOUND,   /* it has a connection */
    EXCHANGE_ENDING,  /* end_status is set: finished() comes from pool->ended or closed() */
    EXCHANGE_FINISHED,
};

enum exchange_flag {
    EXCHANGE_PAUSED = 1,
    EXCHANGE_OWES_MEMORY = 2, /* filled() was told and no more memory or resume came */
    EXCHANGE_OWES_PUSH = 4,   /* pull() was told */
};

/* detail: kept as it is: static or in exchange->arena. */
void exchange_end_soon(struct http_exchange *exchange, inia_status status, const char *detail);
void exchange_finish(struct http_exchange *exchange, inia_status status, const char *detail);
const char *exchange_detail(struct http_exchange *exchange, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static inline bool exchange_waits_for_owner(const struct http_exchange *exchange)
{
    return exchange->flags & EXCHANGE_OWES_MEMORY;
}

#endif
