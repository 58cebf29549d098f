/*
 * http: one HTTP/1.1 exchange over a pooled connection (RFC 9110, RFC 9112).
 *
 * The codec (message.h: heads and chunked framing) is pure: bytes in, bytes out, both directions,
 * used by the embedded endpoint too. The pool keeps connections alive and notices when the server
 * closes an idle one. It does not sign, retry, follow redirects, or know what a body means.
 *
 *   struct http_pool      all connections of an engine, with its limits
 *   struct http_origin    scheme, host and port: where an exchange goes; counted by references
 *   struct http_exchange  one request and its response; the owner embeds it; memory stays until
 * finished()
 *
 * Every exchange that was started finishes exactly once, never inside http_start().
 *
 *   http_exchange_init(&call->exchange, &call_exchange_events, &call->arena);
 *   exchange->head = head;                     // a complete head, made by http_head_*()
 *   exchange->body = (struct http_body){.data = bytes, .size = size};
 *   http_start(&call->exchange, origin);
 *   // -> head(): look at exchange->response, say where the body goes
 *   // -> body() ... or filled() ... -> finished()
 */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include "net/net.h"

#include "message.h"
#include "proxies.h"

/* ---- The pool ------------------------------------------------------------- */

struct http_pool;
struct http_origin;

struct http_pool_config {
    struct ring *ring;
    struct net *net;
    struct budget *memory;
    const struct log *log;
    uint32_t max_connections;            /* over all origins; 1,024 */
    uint32_t max_connections_per_origin; /* 0: no limit of its own */
    uint32_t idle_ms;                    /* an unused connection is closed after this; 20,000 */
    uint32_t connect_ms;                 /* 10,000 */
    size_t max_head;                     /* bytes of a response head; 65,536 */
};

struct http_pool *http_pool_new(const struct http_pool_config *config, inia_error *error) MUST_USE;
/* No exchange may be under way. Closes what is idle: run ring_turn() until http_pool_is_empty(),
 * then free. */
void http_pool_close(struct http_pool *pool);
bool http_pool_is_empty(const struct http_pool *pool);
void http_pool_free(struct http_pool *pool);

struct http_counters {
    uint64_t exchanges, connections_opened, connections_reused, connections_lost_idle;
    size_t connections, idle, waiting; /* now */
};
const struct http_counters *http_counters(const struct http_pool *pool);

/* How an origin is reached. What it points to must stay as long as the origin is held. */
struct http_way {
    struct net_trust *trust;        /* NULL: http */
    const struct http_proxy *proxy; /* NULL: directly. With http the request's target must be
                                       absolute then: http_draft.prefix */
    uint32_t connect_ms;            /* 0: the pool's */
    uint32_t silence_ms;            /* this and the next as a net_target's */
    bool keep_alive;
};

/* The one for this host, port and way; made when new. NULL: no memory. Keep it to keep its
 * connections: when the last owner gives it back, the idle ones are closed. */
struct http_origin *http_origin_find(
    struct http_pool *pool, text host, uint16_t port, const struct http_way *way) MUST_USE;
void http_origin_put(struct http_origin *origin);

/*
 * Opens connections ahead of need until there are so many, as far as the pool's limits allow, and
 * replaces those that have been idle for too long. The most that was ever asked for counts. One
 * that cannot be opened is not tried again before another has been closed.
 */
void http_origin_warm(struct http_origin *origin, uint32_t connections);

const char *http_origin_name(const struct http_origin *origin); /* "host:port" */

/* ---- An exchange ----------------------------------------------------------- */

struct http_exchange;

struct http_exchange_events {
    /* The final head is in exchange->response. Here is the place for http_receive_into(). */
    void (*head)(struct http_exchange *exchange);

    /* Body bytes, framing removed, valid during this call; all must be taken. May be NULL if every
     * body goes through http_receive_into(). */
    void (*body)(struct http_exchange *exchange, const void *bytes, size_t size);

    /* End of an http_receive_into(): its memory is full, or the body has ended. If there is more,
     * nothing is received until the next http_receive_into() or http_resume(). May be NULL. */
    void (*filled)(struct http_exchange *exchange, size_t size);

    /* The request body wants bytes: answer now or later with http_push(). Only with body.pulled. */
    void (*pull)(struct http_exchange *exchange);

    /*
     * The end, once: INIA_OK with a whole response (any status code); INIA_CONNECT_FAILED;
     * INIA_CONNECTION_LOST; INIA_BAD_RESPONSE (not HTTP, or a limit met); INIA_CANCELLED;
     * INIA_NO_MEMORY. detail: one line for a person, "" for INIA_OK; valid during this call. The
     * memory of request, response body and exchange is free again.
     */
    void (*finished)(struct http_exchange *exchange, inia_status status, const char *detail);
};

/* The request body. Size must agree with the head's Content-Length; the head frames it, not this
 * struct. */
struct http_body {
    const void *data; /* in memory, until finished() ... */
    uint64_t size;    /* INIA_UNKNOWN_SIZE with pulled: sent chunked, the head says so */
    bool pulled;      /* ... or asked for by pull() */
};

struct http_times {         /* monotonic ns; 0: did not happen */
    uint64_t started_ns;    /* http_start() */
    uint64_t connected_ns;  /* a connection was there: at once when one was idle */
    uint64_t first_byte_ns; /* of the response */
    uint64_t progress_ns;   /* last time the peer or the kernel took or gave anything, or we had to
                               wait   for our own side: for detecting a stall of the peer */
};

struct http_exchange {
    /* The owner's, before http_start(). */
    const struct http_exchange_events *events;
    struct arena *arena; /* response head, and growing things; until finished() and beyond */
    text head;           /* request line and header fields, up to and with the empty line */
    struct http_body body;
    bool head_only;        /* a HEAD request: no response body follows */
    bool expect_continue;  /* the head says Expect: 100-continue: wait for it (1 s at most) before
                              the body */
    bool fresh_connection; /* do not take an idle one: a replay after one was found dead */
    const struct http_exchange *apart_from; /* to another address than this one goes to, if there
                                               is one; looked at in http_start(); NULL: any */

    /* To be read in and after head(). */
    struct http_response response; /* its texts are in arena, each ends in a NUL */
    struct http_times times;
    uint32_t idle_ms;    /* how long its connection had been idle before; 0: not at all */
    bool new_connection; /* it went over a connection opened for it */
    bool request_begun;  /* some bytes of it may have reached the server */
    bool response_begun; /* some bytes of a response came */

    /* http's. */
    struct http_origin *origin;
    struct http_connection *connection;
    struct list_link link;
    char *into_at;
    size_t into_left, into_done;
    uint8_t state;
    uint8_t flags;
    inia_status end_status;
    const char *end_detail;
};

/* Zeroes it. */
void http_exchange_init(
    struct http_exchange *exchange, const struct http_exchange_events *events, struct arena *arena);
void http_start(struct http_exchange *exchange, struct http_origin *origin);

/* In head() or filled(): the next bytes of the body go straight to memory, which must stay until
 * filled() or finished(). */
void http_receive_into(struct http_exchange *exchange, void *memory, size_t capacity);

/* No more body() for now; a little may still come. http_resume(): go on with body(). */
void http_pause(struct http_exchange *exchange);
void http_resume(struct http_exchange *exchange);

/* Answers pull(): bytes must stay until the next pull() or finished(). size 0: that was the last of
 * a chunked body. The total must be what the head promised. */
void http_push(struct http_exchange *exchange, const void *bytes, size_t size);

/* Ends it early: finished(INIA_CANCELLED) comes soon, unless it was about to finish anyway. The
 * connection is closed if it was in use. */
void http_cancel(struct http_exchange *exchange);

/* Closes the connections to an origin that have not been used since then: one of them was found to
 * lead nowhere, although nothing said so, and the others may do no better. */
void http_distrust_idle(struct http_origin *origin, uint64_t since_ns);

/*
 * While a large request is on its way, nothing is heard of it: whether the peer took more of it is
 * seen only by who looks once in a while. Then times.progress_ns is now.
 */
void http_look_for_progress(struct http_exchange *exchange);
bool http_progress_is_hidden(const struct http_exchange *exchange);

/* True while the peer has nothing to do with it that nothing moves: it waits for a connection, or
 * its owner paused it, or owes memory or a push. For whoever watches times.progress_ns. */
bool http_waits_for_owner(const struct http_exchange *exchange);

#endif
