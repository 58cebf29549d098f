/*
 * connection: one stream with one exchange at a time, seen from inside the room. It is opened for
 * an exchange, idle between exchanges with its receive armed, and freed when the stream has closed.
 */
#ifndef HTTP_CONNECTION_H
#define HTTP_CONNECTION_H

#include "pool.h"

enum connection_state {
    CONNECTION_OPENING,
    CONNECTION_BUSY,
    CONNECTION_IDLE,
    CONNECTION_CLOSING,
};

enum connection_receiving {
    RECEIVING_OFF,
    RECEIVING_ON,     /* -> received() */
    RECEIVING_DIRECT, /* into the owner's memory -> filled() */
    RECEIVING_ENDED,  /* the peer sent its last byte */
};

enum connection_reading {
    READING_HEAD,
    READING_BODY,
};

enum connection_sending {
    SENDING_OVER,     /* the stream has been given all, or will get no more */
    SENDING_CONTINUE, /* the body waits for a 100 */
    SENDING_BODY,     /* from memory, or pushed */
};

enum connection_flag {
    CONNECTION_SEND_REPORTS = 1, /* sent() will come */
    CONNECTION_SEND_FAILED = 2,
    CONNECTION_CUT = 4,          /* the response came before all of the request was sent */
    CONNECTION_ANSWERED = 8,     /* the whole response is there; only sent() is missing */
    CONNECTION_CHUNKED_YET = 16, /* a chunk was sent, whose CR LF is due */
    CONNECTION_QUIET_BODY = 32,  /* sent without a report, but too large to be sure of */
    CONNECTION_KEEPS_ALIVE = 64, /* so far nothing speaks against using it again */
    CONNECTION_EVICTED = 128,    /* counted in pool->evictions */
    CONNECTION_FEEDING = 256,    /* what the owner asks for now takes effect when feeding goes on */
    CONNECTION_LOST = 512,       /* with RECEIVING_ENDED: not an orderly end */
    CONNECTION_REPLACED = 1024,  /* it was idle for long: another takes its place, if wanted */
};

/* Bytes that came while the owner wanted none: what the ring had already received. */
struct http_held {
    struct http_held *next;
    uint32_t size, at;
    char bytes[RING_BUFFER_SIZE];
};

struct http_connection {
    struct net_stream stream; /* first */
    struct http_pool *pool;
    struct http_origin *origin;
    struct http_exchange *exchange; /* NULL while idle, or opened ahead of need */
    struct list_link link;          /* in origin->idle or ->warming, or pool->continuing */
    struct list_link age;           /* in pool->idle or ->warming */
    struct ring_timer timer;
    uint64_t deadline_ns; /* 0: none. The timer may be set earlier, never later */

    char *head; /* of a response, in exchange->arena, while it is not whole */
    uint32_t head_size, head_capacity;
    struct http_chunks chunks;
    uint64_t body_left;     /* with HTTP_LENGTH; else how much has come */
    struct http_held *held; /* in the order they came */

    const char *out; /* still to be sent of the body, or of what was pushed */
    uint64_t out_left;
    uint64_t pull_left; /* of a pulled body whose size is known */
    char chunk_line[24];

    uint64_t acknowledged;     /* of all that was sent, when somebody looked */
    uint32_t idle_since_ms;    /* monotonic, cut off */
    uint32_t told_idle_ms;     /* by the first response's Keep-Alive; 0: nothing */
    uint32_t fill_ms, send_ms; /* when the piece under way was started; monotonic, cut off */
    uint32_t fill_piece, send_piece;
    uint32_t fill_size; /* of a direct fill */
    uint32_t send_size; /* of a reporting send */
    uint16_t flags;
    uint8_t state, receiving, reading, sending;
    uint8_t interim; /* 1xx heads so far */
    bool was_asked;  /* whether it told anything */
};

/* ---- connection.c ------------------------------------------------------------------ */

/* Opens one for this exchange; NULL: ahead of need. false: no memory. */
bool connection_open(struct http_origin *origin, struct http_exchange *exchange) MUST_USE;
/* One that is being opened ahead of need is for this exchange. */
void connection_claim(struct http_connection *connection, struct http_exchange *exchange);
/* One that nobody uses sends this exchange's request. */
void connection_take(struct http_connection *connection, struct http_exchange *exchange);
void connection_close(struct http_connection *connection);
/* Closes it; its exchange finishes like this when the kernel is done with it. */
void connection_fail(struct http_connection *connection, inia_status status, const char *detail);
/* The response is whole: finishes the exchange as soon as its memory is free. */
void connection_answered(struct http_connection *connection);
void connection_set_deadline(struct http_connection *connection, uint32_t from_now_ms);
uint64_t connection_now(const struct http_connection *connection);
uint32_t connection_now_ms(const struct http_connection *connection);

static inline bool connection_serves(
    const struct http_connection *connection, const struct http_exchange *exchange)
{
    return connection->exchange == exchange && connection->state == CONNECTION_BUSY;
}

/* ---- reading.c ---------------------------------------------------------------------- */

void connection_received(
    struct net_stream *stream, const void *bytes, size_t size, inia_status status);
void connection_filled(struct net_stream *stream, size_t size, inia_status status);
/* Receives as the exchange wants it now: not, through received(), or straight into its memory. */
void connection_arm(struct http_connection *connection);
/* The owner wants bytes again: what is held comes first, in a later turn. */
void connection_continue(struct http_connection *connection);
void connection_feed_held(struct http_connection *connection);
void connection_drop_held(struct http_connection *connection);

/* ---- writing.c ----------------------------------------------------------------------- */

void connection_send_request(struct http_connection *connection);
void connection_sent(struct net_stream *stream, inia_status status);
void connection_push(struct http_connection *connection, const void *bytes, size_t size);
void connection_end_continue(struct http_connection *connection); /* a 100 came, or none will */
/* A final response has begun: nothing more of the request is sent. */
void connection_stop_sending(struct http_connection *connection);
/* The next piece's size, so that moving it takes neither too long nor too many turns. */
uint32_t connection_next_piece(uint32_t piece, size_t moved, uint32_t took_ms);

#endif
