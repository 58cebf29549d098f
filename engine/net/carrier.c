/* Design notes
 *
 * The functions and events of a stream are those of a socket, so that one can take the place of the
 * other. What the carrier opened lies in the net's scratch memory, into which the rider is going to
 * open it once more: it is copied in between.
 */
#include "carrier.h"

#include "stream.h"

#include <errno.h>

struct net_carrier {
    struct net_stream stream; /* first */
    struct net_stream *rider;
    char bytes[RECORD_PLAIN_MOST];
};

size_t carrier_size(void)
{
    return sizeof(struct net_carrier);
}

static struct net_carrier *of_stream(struct net_stream *stream)
{
    return CONTAINER_OF(stream, struct net_carrier, stream);
}

static int error_of(inia_status status)
{
    return status ? ECONNRESET : 0;
}

static void opened(struct net_stream *stream, inia_status status, const char *detail)
{
    struct net_stream *rider = of_stream(stream)->rider;
    if (rider->state != STREAM_TUNNELLING)
        return;
    if (status) {
        opening_fail(rider, "the proxy: %s", detail);
        return;
    }
    memcpy(&rider->peer, &stream->peer, sizeof rider->peer);
    opening_carried(rider);
}

static void received(struct net_stream *stream, const void *bytes, size_t size, inia_status status)
{
    struct net_carrier *carrier = of_stream(stream);
    struct ring_socket *socket = &carrier->rider->socket;
    for (text left = text_from(bytes, size); left.size;) {
        size_t part = left.size < sizeof carrier->bytes ? left.size : sizeof carrier->bytes;
        memcpy(carrier->bytes, left.data, part);
        left = text_after(left, part);
        socket->events->received(socket, carrier->bytes, part, 0);
    }
    if (size == 0)
        socket->events->received(socket, NULL, 0, error_of(status));
}

static void sent(struct net_stream *stream, inia_status status)
{
    struct ring_socket *socket = &of_stream(stream)->rider->socket;
    socket->events->sent(socket, error_of(status));
}

static void closed(struct net_stream *stream)
{
    struct net_carrier *carrier = of_stream(stream);
    struct net_stream *rider = carrier->rider;
    rider->carrier = NULL;
    memory_wipe(carrier->bytes, sizeof carrier->bytes);
    slab_give(&rider->net->carriers, carrier);
    rider->socket.events->closed(&rider->socket);
}

static const struct net_stream_events events = {
    .opened = opened,
    .received = received,
    .sent = sent,
    .closed = closed,
};

bool carrier_open(struct net_stream *rider, const struct net_target *target)
{
    const struct net_tunnel *tunnel = target->tunnel;
    struct net_carrier *carrier = slab_take(&rider->net->carriers);
    if (!carrier)
        return false;
    carrier->rider = rider;
    rider->carrier = carrier;
    net_stream_init(&carrier->stream, rider->net, &events);
    struct net_target proxy = *target;
    proxy.host = tunnel->host;
    proxy.port = tunnel->port;
    proxy.trust = tunnel->trust;
    proxy.tunnel = NULL;
    net_stream_open(&carrier->stream, &proxy);
    return true;
}

void carrier_send(
    struct net_stream *rider, const struct iovec *pieces, size_t count, uint32_t flags)
{
    if (rider->carrier)
        net_stream_send(&rider->carrier->stream, pieces, count, flags);
    else
        ring_send(&rider->socket, pieces, count, flags);
}

void carrier_receive(struct net_stream *rider)
{
    if (rider->carrier)
        net_stream_receive(&rider->carrier->stream);
    else
        ring_receive(&rider->socket);
}

void carrier_receive_stop(struct net_stream *rider)
{
    if (rider->carrier)
        net_stream_receive_stop(&rider->carrier->stream);
    else
        ring_receive_stop(&rider->socket);
}

void carrier_close(struct net_stream *rider)
{
    if (rider->carrier)
        net_stream_close(&rider->carrier->stream);
    else
        ring_close(&rider->socket);
}

uint64_t carrier_acknowledged(const struct net_stream *rider)
{
    const struct ring_socket *socket =
        rider->carrier ? &rider->carrier->stream.socket : &rider->socket;
    return ring_acknowledged(socket);
}
