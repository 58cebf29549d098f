/*
 * carrier: what is under a stream. A socket of its own; or, where it goes through a tunnel of a
 * go-between that is itself spoken to by TLS, another stream, to that go-between.
 */
#ifndef NET_CARRIER_H
#define NET_CARRIER_H

#include "state.h"

size_t carrier_size(void); /* bytes of one, for the slab */

/* Opens the stream that will carry this one, to the target's tunnel -> opening_carried(),
 * opening_fail(). false: no memory. */
bool carrier_open(struct net_stream *rider, const struct net_target *target) MUST_USE;

/* What ring.h has of these names, by whatever is under the stream. Its socket's events tell. */
void carrier_send(
    struct net_stream *rider, const struct iovec *pieces, size_t count, uint32_t flags);
void carrier_receive(struct net_stream *rider);
void carrier_receive_stop(struct net_stream *rider);
void carrier_close(struct net_stream *rider);
uint64_t carrier_acknowledged(const struct net_stream *rider);

#endif
