/* opening: what a stream needs until it stands. */
#ifndef NET_OPENING_H
#define NET_OPENING_H

#include "peer_certificate.h"
#include "race.h"
#include "state.h"
#include "tls_session.h"

enum { OPENING_DEFAULT_MS = 10000, OPENING_DETAIL_SIZE = NAME_SIZE + TLS_DETAIL_SIZE + 32 };

struct net_opening {
    struct net_stream *stream;
    struct net_trust *trust;
    uint64_t deadline_ns;
    uint32_t limit_ms;
    uint16_t port;
    bool is_literal;
    bool keep_alive;
    uint32_t silence_ms;
    bool is_abandoned; /* the stream stands, but losers of the race are still being closed */
    struct name_waiter waiter;
    struct race race;
    size_t host_size, hop_size;
    char host[NAME_SIZE];
    char hop[NAME_SIZE]; /* whom to connect to: the host, or the tunnel's */
    const struct net_tunnel *tunnel;
    char *answer; /* of the tunnel: NET_TUNNEL_ANSWER_MOST bytes of the budget, while it is heard */
    size_t answer_size;
    char tls_detail[TLS_DETAIL_SIZE];
    char detail[OPENING_DETAIL_SIZE];
};

#define MS_NS UINT64_C(1000000)

static inline uint64_t opening_now_ns(const struct net_stream *stream)
{
    return ring_now_ns(stream->net->ring);
}

static inline text opening_hop(const struct net_opening *opening)
{
    return text_from(opening->hop, opening->hop_size);
}

void opening_start(struct net_stream *stream, const struct net_target *target);
void opening_accept(struct net_stream *stream, int fd, struct net_identity *identity);

#endif
