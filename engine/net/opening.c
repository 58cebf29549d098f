/* From a name to a stream that stands: resolving, connecting, securing, within one deadline. */
#include "opening.h"

#include "carrier.h"
#include "inbox.h"
#include "outbox.h"
#include "stream.h"

#include <stdarg.h>
#include <stdio.h>

static text host_of(const struct net_opening *opening)
{
    return text_from(opening->host, opening->host_size);
}

bool stream_is_opening(const struct net_stream *stream)
{
    return stream->state >= STREAM_RESOLVING && stream->state <= STREAM_SECURING;
}

void opening_fail(struct net_stream *stream, const char *format, ...)
{
    struct net_opening *opening = stream->opening;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(opening->detail, sizeof opening->detail, format, arguments);
    va_end(arguments);
    opening_stop(stream);
    stream->state = STREAM_FAILING;
    stream_put_off(stream, 0);
}

void opening_stop(struct net_stream *stream)
{
    if (!stream->opening)
        return;
    name_waiter_forget(&stream->opening->waiter);
    race_stop(stream->opening);
}

bool opening_is_racing(const struct net_stream *stream)
{
    return stream->opening && stream->opening->race.open;
}

void opening_abandon(struct net_stream *stream)
{
    struct net_opening *opening = stream->opening;
    if (!opening)
        return;
    opening_stop(stream);
    opening->is_abandoned = true;
    if (opening_is_racing(stream))
        return;
    net_trust_free(opening->trust);
    if (opening->answer)
        budget_free(stream->net->memory, opening->answer, NET_TUNNEL_ANSWER_MOST);
    stream->opening = NULL;
    slab_give(&stream->net->openings, opening);
}

void opening_raced(struct net_opening *opening)
{
    struct net_stream *stream = opening->stream;
    if (stream->state == STREAM_DRAINING)
        stream_end(stream);
    else if (opening->is_abandoned)
        opening_abandon(stream);
}

void opening_tell(struct net_stream *stream)
{
    if (stream->state == STREAM_FAILING) {
        stream->state = STREAM_FAILED;
        const char *detail = stream->opening ? stream->opening->detail : "no memory";
        stream->events->opened(stream, INIA_CONNECT_FAILED, detail);
        return;
    }
    opening_abandon(stream);
    stream->state = STREAM_OPEN;
    stream->events->opened(stream, INIA_OK, "");
}

/* ---- Securing ---- */

static void log_session(const struct net_stream *stream)
{
    char memory[160];
    struct buffer out;
    buffer_init_fixed(&out, memory, sizeof memory);
    tls_session_describe(stream->tls, &out);
    LOG(stream->net->log, LOG_LEVEL_DEBUG, "%s: %.*s, %.3f ms after it was connected",
        stream->opening->host, TEXT_ARGS(buffer_text(&out)),
        (double)(stream->times.secured_ns - stream->times.connected_ns) / (double)MS_NS);
}

static void secure(struct net_stream *stream, text bytes)
{
    struct tls_session *session = stream->tls;
    struct net_opening *opening = stream->opening;
    session->detail = opening->tls_detail;
    enum tls_progress progress = tls_session_shake(session, bytes);
    session->detail = NULL;
    if (progress == TLS_WANTS_MORE) {
        outbox_flush(session);
        return;
    }
    if (progress == TLS_FAILED) {
        outbox_flush(session);
        stream->net->counters.handshake_failures++;
        opening_fail(stream, "TLS with %s: %s", opening->host, opening->tls_detail);
        return;
    }
    /* What the last message of the handshake and the owner's first send are goes out together. */
    text rest = session->input;
    session->input = (text){NULL, 0};
    stream->times.secured_ns = opening_now_ns(stream);
    if (log_is_heard(stream->net->log, LOG_LEVEL_DEBUG))
        log_session(stream);
    ring_timer_clear(stream->net->ring, &stream->timer);
    opening_tell(stream);
    if (stream->state != STREAM_OPEN)
        return;
    outbox_flush(session);
    if (rest.size)
        inbox_received(session, rest);
    else
        inbox_wants(session);
}

static void start_securing(struct net_stream *stream)
{
    struct net_opening *opening = stream->opening;
    stream->state = STREAM_SECURING;
    ring_timer_set(stream->net->ring, &stream->timer, opening->deadline_ns);
    inia_error error;
    if (opening->trust && trust_load(opening->trust, &error) != INIA_OK) {
        opening_fail(stream, "%s", error.detail);
        return;
    }
    if (!stream->tls)
        stream->tls = tls_session_to(stream, opening->trust, host_of(opening), opening->port);
    if (!stream->tls) {
        opening_fail(stream, "TLS with %s: no memory", opening->host);
        return;
    }
    stream->tls->is_passing = true;
    carrier_receive(stream);
    if (opening->trust)
        secure(stream, (text){NULL, 0});
}

static void received_while_securing(
    struct net_stream *stream, const void *bytes, size_t size, int error)
{
    if (size) {
        secure(stream, text_from(bytes, size));
        return;
    }
    stream->net->counters.handshake_failures++;
    opening_fail(
        stream, "TLS with %s: the peer %s the connection during the handshake",
        stream->opening->host, error ? "broke" : "closed");
}

/* ---- Going through a tunnel ---- */

static void reached(struct net_stream *stream)
{
    if (stream->opening->trust) {
        start_securing(stream);
        return;
    }
    ring_timer_clear(stream->net->ring, &stream->timer);
    opening_tell(stream);
}

static void start_tunnel(struct net_stream *stream)
{
    struct net_opening *opening = stream->opening;
    text request = opening->tunnel->request;
    opening->answer = budget_alloc(stream->net->memory, NET_TUNNEL_ANSWER_MOST);
    if (!opening->answer) {
        opening_fail(stream, "the proxy %s: no memory", opening->hop);
        return;
    }
    stream->state = STREAM_TUNNELLING;
    ring_timer_set(stream->net->ring, &stream->timer, opening->deadline_ns);
    union {
        const char *given;
        void *taken;
    } address = {.given = request.data};
    struct iovec piece = {address.taken, request.size};
    carrier_send(stream, &piece, 1, RING_SEND_QUIET);
    carrier_receive(stream);
}

static void received_while_tunnelling(
    struct net_stream *stream, const void *bytes, size_t size, int error)
{
    struct net_opening *opening = stream->opening;
    char why[TLS_DETAIL_SIZE];
    if (size == 0) {
        opening_fail(
            stream, "the proxy %s %s the connection instead of answering", opening->hop,
            error ? "broke" : "closed");
        return;
    }
    if (size > NET_TUNNEL_ANSWER_MOST - opening->answer_size) {
        opening_fail(
            stream, "the proxy %s sent an answer larger than %d bytes", opening->hop,
            NET_TUNNEL_ANSWER_MOST);
        return;
    }
    memcpy(opening->answer + opening->answer_size, bytes, size);
    opening->answer_size += size;
    text answer = text_from(opening->answer, opening->answer_size);
    switch (opening->tunnel->heard(answer, why, sizeof why)) {
    case NET_TUNNEL_MORE:
        break;
    case NET_TUNNEL_STANDS:
        reached(stream);
        break;
    default:
        opening_fail(stream, "the proxy %s %s", opening->hop, why);
    }
}

void opening_received(struct net_stream *stream, const void *bytes, size_t size, int error)
{
    if (stream->state == STREAM_SECURING)
        received_while_securing(stream, bytes, size, error);
    else if (stream->state == STREAM_TUNNELLING)
        received_while_tunnelling(stream, bytes, size, error);
}

void opening_connected(struct net_stream *stream)
{
    struct net_opening *opening = stream->opening;
    stream->net->counters.connects++;
    stream->times.connected_ns = opening_now_ns(stream);
    ring_guard(&stream->socket, opening->keep_alive ? NET_KEEP_ALIVE_S : 0, opening->silence_ms);
    if (opening->tunnel && opening->tunnel->request.size)
        start_tunnel(stream);
    else
        reached(stream);
}

void opening_carried(struct net_stream *stream)
{
    stream->times.resolved_ns = stream->times.connected_ns = opening_now_ns(stream);
    start_tunnel(stream);
}

/* ---- Resolving ---- */

static void resolved(struct name_waiter *waiter)
{
    struct net_opening *opening = CONTAINER_OF(waiter, struct net_opening, waiter);
    struct net_stream *stream = opening->stream;
    stream->times.resolved_ns = opening_now_ns(stream);
    if (waiter->problem) {
        opening_fail(
            stream, "cannot resolve %s%s: %s", opening->tunnel ? "the proxy " : "", opening->hop,
            waiter->problem);
        return;
    }
    race_start(opening);
}

static void resolve(struct net_stream *stream)
{
    struct net_opening *opening = stream->opening;
    struct name_waiter *waiter = &opening->waiter;
    waiter->answered = resolved;
    opening->is_literal = address_parse(&waiter->addresses[0], opening_hop(opening));
    if (opening->is_literal) {
        waiter->count = 1;
        resolved(waiter);
        return;
    }
    stream->state = STREAM_RESOLVING;
    ring_timer_set(stream->net->ring, &stream->timer, opening->deadline_ns);
    if (names_look_up(&stream->net->names, opening_hop(opening), waiter))
        resolved(waiter);
}

void opening_timer_fires(struct net_stream *stream)
{
    struct net_opening *opening = stream->opening;
    switch (stream->state) {
    case STREAM_RESOLVING:
        opening_fail(
            stream, "cannot resolve %s: no answer within %u ms", opening->hop, opening->limit_ms);
        break;
    case STREAM_TUNNELLING:
        opening_fail(
            stream, "the proxy %s: no answer within %u ms", opening->hop, opening->limit_ms);
        break;
    case STREAM_CONNECTING:
        race_timer_fires(opening);
        break;
    default:
        stream->net->counters.handshake_failures++;
        opening_fail(
            stream, "TLS with %s: not done within %u ms", opening->host, opening->limit_ms);
    }
}

static struct net_opening *opening_new(struct net_stream *stream, uint32_t limit_ms)
{
    struct net_opening *opening = slab_take(&stream->net->openings);
    if (!opening) {
        stream->state = STREAM_FAILING;
        stream_put_off(stream, 0);
        return NULL;
    }
    memset(opening, 0, sizeof *opening);
    opening->stream = stream;
    opening->limit_ms = limit_ms ? limit_ms : OPENING_DEFAULT_MS;
    opening->deadline_ns = stream->times.started_ns + opening->limit_ms * MS_NS;
    stream->opening = opening;
    return opening;
}

/* false: no host is called that. */
static bool set_hosts(struct net_opening *opening, const struct net_target *target)
{
    opening->host_size = name_normalize(target->host, opening->host);
    opening->tunnel = target->tunnel;
    opening->hop_size =
        name_normalize(target->tunnel ? target->tunnel->host : target->host, opening->hop);
    return opening->host_size && opening->hop_size;
}

static void open_carrier(struct net_stream *stream, const struct net_target *target)
{
    stream->state = STREAM_TUNNELLING;
    if (!carrier_open(stream, target))
        opening_fail(stream, "the proxy %s: no memory", stream->opening->hop);
}

/* Of a go-between that needs no asking but TLS: then it is no other than a server. */
static bool is_mere_server(const struct net_target *target)
{
    return target->tunnel && target->tunnel->trust && !target->tunnel->request.size;
}

static void start(struct net_stream *stream, const struct net_target *target)
{
    struct net_opening *opening = opening_new(stream, target->connect_ms);
    if (!opening)
        return;
    opening->port = target->port;
    opening->keep_alive = target->keep_alive;
    opening->silence_ms = target->silence_ms;
    opening->trust = net_trust_hold(target->trust);
    if (!set_hosts(opening, target)) {
        char shown[NAME_SIZE];
        text wrong = opening->host_size ? target->tunnel->host : target->host;
        opening_fail(
            stream, "cannot resolve \"%s\": no host is called that",
            printable(wrong, shown, sizeof shown));
        return;
    }
    if (target->tunnel && target->tunnel->trust)
        open_carrier(stream, target);
    else
        resolve(stream);
}

void opening_start(struct net_stream *stream, const struct net_target *target)
{
    struct net_target server = *target;
    if (is_mere_server(target)) {
        server.host = target->tunnel->host;
        server.port = target->tunnel->port;
        server.trust = target->tunnel->trust;
        server.tunnel = NULL;
    }
    start(stream, &server);
}

void opening_accept(struct net_stream *stream, int fd, struct net_identity *identity)
{
    struct net_opening *opening = opening_new(stream, 0);
    ring_adopt(&stream->socket, fd);
    if (!opening)
        return;
    stream->times.resolved_ns = stream->times.connected_ns = stream->times.started_ns;
    snprintf(opening->host, sizeof opening->host, "a client");
    if (!identity) {
        stream->state = STREAM_OPENING;
        stream_put_off(stream, 0);
        return;
    }
    stream->tls = tls_session_from(stream, identity);
    if (stream->tls)
        start_securing(stream);
    else
        opening_fail(stream, "TLS with a client: no memory");
}
