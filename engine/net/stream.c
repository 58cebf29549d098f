#include "stream.h"

#include "carrier.h"
#include "inbox.h"
#include "opening.h"
#include "outbox.h"

enum { FAREWELL_MS = 200 }; /* no longer than that for a close_notify to leave */

#define MS_NS UINT64_C(1000000)

static struct net_stream *of_socket(struct ring_socket *socket)
{
    return CONTAINER_OF(socket, struct net_stream, socket);
}

static inia_status status_of(int error)
{
    return error ? INIA_CONNECTION_LOST : INIA_OK;
}

void stream_put_off(struct net_stream *stream, uint16_t due)
{
    stream->flags |= due;
    ring_timer_set(stream->net->ring, &stream->timer, ring_now_ns(stream->net->ring));
}

static void close_socket(struct net_stream *stream)
{
    stream->state = STREAM_CLOSING;
    ring_timer_clear(stream->net->ring, &stream->timer);
    carrier_close(stream);
}

/* ---- What the ring tells ---- */

static void socket_received(struct ring_socket *socket, const void *bytes, size_t size, int error)
{
    struct net_stream *stream = of_socket(socket);
    if (stream->state != STREAM_OPEN)
        opening_received(stream, bytes, size, error);
    else if (stream->tls)
        inbox_received(stream->tls, text_from(bytes, size));
    else
        stream->events->received(stream, bytes, size, status_of(error));
}

static void socket_filled(struct ring_socket *socket, size_t size, int error)
{
    struct net_stream *stream = of_socket(socket);
    if (stream->state != STREAM_OPEN)
        return;
    if (stream->tls)
        inbox_filled(stream->tls, size);
    else
        stream->events->filled(stream, size, status_of(error));
}

static void secured_sent(struct net_stream *stream, int error)
{
    struct outbox_result result = outbox_sent(stream->tls, error);
    if (stream->state == STREAM_FAREWELL) {
        if (result.failed || outbox_is_idle(stream->tls))
            close_socket(stream);
        return;
    }
    if (stream->state != STREAM_OPEN)
        return; /* the reading side will tell what is wrong */
    if (result.failed)
        stream->events->sent(stream, INIA_CONNECTION_LOST);
    else if (result.reports)
        stream->events->sent(stream, INIA_OK);
}

static void socket_sent(struct ring_socket *socket, int error)
{
    struct net_stream *stream = of_socket(socket);
    if (stream->tls)
        secured_sent(stream, error);
    else if (stream->state == STREAM_OPEN)
        stream->events->sent(stream, status_of(error));
}

void stream_end(struct net_stream *stream)
{
    struct net *net = stream->net;
    opening_abandon(stream);
    if (stream->tls)
        tls_session_free(stream->tls);
    stream->tls = NULL;
    stream->state = STREAM_NEW;
    net->streams--;
    stream->events->closed(stream);
}

static void socket_closed(struct ring_socket *socket)
{
    struct net_stream *stream = of_socket(socket);
    check(stream->state == STREAM_CLOSING);
    if (opening_is_racing(stream))
        stream->state = STREAM_DRAINING;
    else
        stream_end(stream);
}

static const struct ring_socket_events socket_events = {
    .received = socket_received,
    .filled = socket_filled,
    .sent = socket_sent,
    .closed = socket_closed,
};

static void do_what_is_due(struct net_stream *stream)
{
    uint16_t due = stream->flags;
    stream->flags = 0;
    if (due & STREAM_DUE_SEND_FAILED)
        stream->events->sent(stream, INIA_CONNECTION_LOST);
    if (stream->state == STREAM_OPEN && (due & STREAM_DUE_INPUT))
        inbox_resume(stream->tls);
}

static void timer_fires(struct ring_timer *timer)
{
    struct net_stream *stream = CONTAINER_OF(timer, struct net_stream, timer);
    if (stream_is_opening(stream))
        opening_timer_fires(stream);
    else if (stream->state == STREAM_FAILING || stream->state == STREAM_OPENING)
        opening_tell(stream);
    else if (stream->state == STREAM_OPEN)
        do_what_is_due(stream);
    else if (stream->state == STREAM_FAREWELL)
        close_socket(stream);
}

/* ---- The door ---- */

void net_stream_init(
    struct net_stream *stream, struct net *net, const struct net_stream_events *events)
{
    memset(stream, 0, sizeof *stream);
    stream->net = net;
    stream->events = events;
    stream->timer.fire = timer_fires;
    ring_socket_init(&stream->socket, net->ring, &socket_events);
}

static void begin(struct net_stream *stream)
{
    check(stream->state == STREAM_NEW);
    net_stream_init(stream, stream->net, stream->events);
    stream->net->streams++;
    stream->times.started_ns = ring_now_ns(stream->net->ring);
}

void net_stream_open(struct net_stream *stream, const struct net_target *target)
{
    begin(stream);
    opening_start(stream, target);
}

void net_stream_accept(struct net_stream *stream, int fd, struct net_identity *identity)
{
    begin(stream);
    opening_accept(stream, fd, identity);
}

void net_stream_receive(struct net_stream *stream)
{
    check(stream->state == STREAM_OPEN && stream->receiving != RECEIVE_FILLING);
    if (!stream->tls) {
        ring_receive(&stream->socket);
        return;
    }
    stream->receiving = RECEIVE_PASSING;
    inbox_wants(stream->tls);
}

void net_stream_receive_stop(struct net_stream *stream)
{
    check(stream->state == STREAM_OPEN);
    if (!stream->tls) {
        ring_receive_stop(&stream->socket);
        return;
    }
    if (stream->receiving == RECEIVE_PASSING)
        stream->receiving = RECEIVE_NOTHING;
    inbox_wants(stream->tls);
}

void net_stream_receive_into(struct net_stream *stream, void *memory, size_t size)
{
    check(stream->state == STREAM_OPEN && stream->receiving != RECEIVE_FILLING && size > 0);
    if (!stream->tls) {
        ring_receive_into(&stream->socket, memory, size, RING_FILL_ALL);
        return;
    }
    stream->receiving = RECEIVE_FILLING;
    stream->fill_at = memory;
    stream->fill_left = size;
    stream->fill_done = 0;
    inbox_wants(stream->tls);
}

void net_stream_send(
    struct net_stream *stream, const struct iovec *pieces, size_t count, uint32_t flags)
{
    check(stream->state == STREAM_OPEN);
    if (!stream->tls)
        ring_send(&stream->socket, pieces, count, flags);
    else if (!outbox_send(stream->tls, pieces, count, flags))
        stream_put_off(stream, STREAM_DUE_SEND_FAILED);
}

uint64_t net_stream_acknowledged(const struct net_stream *stream)
{
    return carrier_acknowledged(stream);
}

/* A close_notify goes first if it can leave soon: it is what tells an end from a cut. */
static bool say_farewell(struct net_stream *stream)
{
    struct tls_session *session = stream->tls;
    if (!session || session->is_broken || !outbox_may_say_more(session))
        return false;
    if (session->has_ended && !session->was_closed_in_order)
        return false;
    stream->state = STREAM_FAREWELL;
    if (session->is_own)
        outbox_add_alert(session, ALERT_LEVEL_WARNING, ALERT_CLOSE_NOTIFY);
    else
        (void)wolfSSL_shutdown(session->ssl);
    if (!session->waiting)
        return false;
    ring_timer_set(
        stream->net->ring, &stream->timer, ring_now_ns(stream->net->ring) + FAREWELL_MS * MS_NS);
    outbox_flush(session);
    return true;
}

void net_stream_close(struct net_stream *stream)
{
    switch (stream->state) {
    case STREAM_NEW:
        stream->net->streams++; /* never opened: closed() is heard all the same */
        break;
    case STREAM_OPEN:
        if (say_farewell(stream))
            return;
        break;
    case STREAM_FAREWELL:
    case STREAM_CLOSING:
    case STREAM_DRAINING:
        return;
    default:
        break;
    }
    opening_stop(stream);
    close_socket(stream);
}

/* Of an accepted stream; asked only when somebody wants to know. */
static void learn_peer(struct net_stream *stream)
{
    struct sockaddr_storage address;
    union net_address peer;
    socklen_t size = sizeof address;
    memset(&address, 0, sizeof address);
    if (stream->socket.fd < 0 ||
        getpeername(stream->socket.fd, (struct sockaddr *)&address, &size) != 0)
        return;
    if (address_from(&peer, (const struct sockaddr *)&address))
        memcpy(&stream->peer, &peer, sizeof stream->peer);
}

const char *net_stream_peer(const struct net_stream *stream, char out[64])
{
    union net_address peer;
    if (!stream->peer.sin6_family)
        learn_peer((struct net_stream *)(uintptr_t)stream);
    memcpy(&peer, &stream->peer, sizeof peer);
    return address_text(&peer, out);
}
