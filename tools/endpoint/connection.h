/*
 * connection: one client: its requests, one after the other. Whatever comes while a request is
 * being answered is kept for afterwards, so pipelined requests are answered in order.
 *
 *             head and body are there          reply is ready                 all is with the
 * kernel OPENING --> READING ---------------> WAITING -------------> SENDING ----------------+ | ^
 * (a delay, a queue                             | v   |                    without messages) |
 *              FILLING|  the body goes straight to an object's memory                   |
 *                     +-----------------------------------------------------------------+
 *   From each of them to CLOSING, which ends with the memory given back.
 */
#ifndef ENDPOINT_CONNECTION_H
#define ENDPOINT_CONNECTION_H

#include "net/net.h"
#include "request.h"

enum {
    HEAD_MOST = 64 << 10,  /* bytes of a request's head */
    QUIET_MOST = 16 << 10, /* bytes of an answer of which nothing is heard */
    KEPT_MOST = 8 << 20,   /* bytes kept while a request is being answered */
};

enum connection_state {
    CONNECTION_OPENING,
    CONNECTION_READING,
    CONNECTION_FILLING,
    CONNECTION_WAITING,
    CONNECTION_SENDING,
    CONNECTION_CLOSING,
};

struct connection {
    struct net_stream stream; /* first */
    struct server *server;
    struct list_link link;
    enum connection_state state;
    bool is_in_body;         /* the head is parsed */
    bool is_continuing;      /* "100 Continue" is on its way */
    bool sends_after;        /* ... and the reply must wait for that */
    bool ends;               /* the client sends no more */
    bool pipelines;          /* sends requests without waiting for the answers */
    bool is_held_back;       /* nothing is received for now */
    uint64_t quiet_enters;   /* how often the kernel was entered when an answer was sent quietly */
    uint64_t active_ns;      /* when it last did something */
    struct ring_timer timer; /* a delay */
    size_t checked;          /* bytes looked at for the end of a head */
    char *kept;
    size_t kept_size, kept_capacity;
    struct arena arena;
    struct request request;
};

/* Takes over an accepted descriptor. */
void connection_accept(struct server *server, int fd, struct net_identity *identity);
void connection_end(struct connection *connection); /* its memory goes soon */

/* The reply of a request that waited is ready. */
void connection_reply(struct connection *connection);

static inline struct connection *connection_of_link(struct list_link *link)
{
    return CONTAINER_OF(link, struct connection, link);
}

#endif
