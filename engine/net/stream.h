/* stream: what the parts of a net_stream tell each other. */
#ifndef NET_STREAM_H
#define NET_STREAM_H

#include "state.h"

/*
 *   NEW --> RESOLVING --> CONNECTING --> SECURING --> OPEN --> FAREWELL --> CLOSING --> NEW
 *                                                                  ^            ^
 *                                        from anywhere             |            |
 *                                        but NEW: --> FAILING --> FAILED -------+
 *
 * FAILING: opened() is going to tell. DRAINING: between CLOSING and NEW, while other sockets of the
 * race for a connection are being closed. FAREWELL: the TLS close_notify is on its way. OPENING:
 * the same as OPEN, but opened() has not been called yet. TUNNELLING: between CONNECTING and
 * SECURING, where there is a go-between; while it has a carrier, instead of all before it.
 */
enum stream_state {
    STREAM_NEW,
    STREAM_RESOLVING,
    STREAM_CONNECTING,
    STREAM_TUNNELLING,
    STREAM_SECURING,
    STREAM_OPENING,
    STREAM_OPEN,
    STREAM_FAILING,
    STREAM_FAILED,
    STREAM_FAREWELL,
    STREAM_CLOSING,
    STREAM_DRAINING,
};

/* What the owner asked for, under TLS. */
enum { RECEIVE_NOTHING, RECEIVE_PASSING, RECEIVE_FILLING };

/* Put off because callbacks never run inside the function that started the work. */
enum {
    STREAM_DUE_INPUT = 1,
    STREAM_DUE_SEND_FAILED = 2,
};

/* Makes the stream's timer fire in the next turn. */
void stream_put_off(struct net_stream *stream, uint16_t due);

/* Nothing of it is with the ring any more: calls closed(). */
void stream_end(struct net_stream *stream);

/* ---- opening.c ---- */

void opening_connected(struct net_stream *stream);
void opening_carried(struct net_stream *stream); /* its carrier stands */
void opening_raced(struct net_opening *opening); /* all sockets but the stream's own are closed */
bool opening_is_racing(const struct net_stream *stream);
void opening_stop(struct net_stream *stream); /* nothing new is tried; no harm if there is none */
void opening_received(struct net_stream *stream, const void *bytes, size_t size, int error);
void opening_timer_fires(struct net_stream *stream);
void opening_tell(struct net_stream *stream); /* calls opened() */
void opening_abandon(struct net_stream *stream);
bool stream_is_opening(const struct net_stream *stream);

/* The deadline was met, memory ran out, or the peer is not to our liking. */
void opening_fail(struct net_stream *stream, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
