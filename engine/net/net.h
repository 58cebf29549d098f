/*
 * net: a byte stream to a named host, plain or TLS.
 *
 * Names by c-ares (its sockets driven by the ring), answers cached by their TTL, all addresses of a
 * name used in turn, IPv6 and IPv4 raced (RFC 8305); sockets by the ring; TLS 1.2 and 1.3 by
 * wolfSSL over memory, with a record layer of our own for bulk data where the CPU allows. It does
 * not know HTTP, pools or retries. Also the accepting side, for the embedded endpoint.
 *
 *   struct net           names and TLS sessions of one engine
 *   struct net_trust     whom to believe: a CA bundle, or nobody is asked; one per client
 *   struct net_identity  certificate and key of the accepting side
 *   struct net_stream    one connection; the owner embeds it and holds its memory until closed()
 *
 * As with the ring: callbacks never run inside the function that started the work.
 *
 *   net_stream_init(&peer->stream, net, &peer_events);
 *   net_stream_open(&peer->stream, &(struct net_target){.host = host, .port = 443, .trust =
 * trust});
 *   // -> opened(): net_stream_send(), net_stream_receive() -> received() ...
 *   net_stream_close(&peer->stream);  // -> closed()
 */
#ifndef NET_NET_H
#define NET_NET_H

#include "ring/ring.h"

#include <netinet/in.h>

struct net;
struct net_trust;
struct net_identity;

struct net_config {
    struct ring *ring;
    struct budget *memory;
    const struct log *log;
    uint64_t seed;
    const char *name_servers; /* "127.0.0.1:5353,..."; NULL: the system's (resolv.conf) */
};

struct net *net_new(const struct net_config *config, inia_error *error) MUST_USE;
void net_free(struct net *net); /* all streams must be closed */

struct net_counters {
    uint64_t lookups, lookup_failures; /* questions that went out, not cache hits */
    uint64_t connects, connect_failures;
    uint64_t handshakes, resumptions, handshake_failures;
};
const struct net_counters *net_counters(const struct net *net);

/*
 * Answers from now on for this name as if the cache knew it for ever; size 0 forgets. For tests and
 * for hosts that are addresses of a simulated world.
 */
bool net_pin_name(
    struct net *net, text host, const struct sockaddr_storage *addresses, size_t size);

/* ---- Trust ----------------------------------------------------------------- */

struct net_trust_config {
    const char *ca_bundle;    /* a PEM file; NULL: AWS_CA_BUNDLE, else the system's bundle */
    bool no_verification;     /* explicit, per client; logged as a warning */
    bool later;               /* read the bundle when it is first needed, which a stream's opening
                                 then waits for, and whose failure it tells */
    uint16_t minimum_version; /* 12 or 13; 12 */
    /* PEM files, shown to servers that ask who we are: the chain, its first certificate first, and
     * its key. NULL: none; never one without the other. */
    const char *certificate, *key;
};

/* NULL with error: INIA_BAD_CONFIG naming the file and what is wrong with it. Equal settings share
 * one, by reference count. */
struct net_trust *net_trust_new(
    struct net *net, const struct net_trust_config *config, inia_error *error) MUST_USE;
/* The same, for another owner, who frees it too; NULL gives NULL. */
struct net_trust *net_trust_hold(struct net_trust *trust);
void net_trust_free(struct net_trust *trust);

/* PEM files, chain first certificate first. For the accepting side. */
struct net_identity *net_identity_new(
    struct net *net, const char *certificate_file, const char *key_file,
    inia_error *error) MUST_USE;
void net_identity_free(struct net_identity *identity);

/*
 * Makes a certificate for the accepting side, ECDSA P-256, and the authority that signs it. Writes
 * into a folder that exists: ca.pem, ca-key.pem, certificate.pem (with the authority's behind it)
 * and key.pem; keys are readable by the owner only. An authority that is there already signs again,
 * so that who believes it once need not do so anew. Blocks: it writes files.
 */
struct net_certificate_config {
    const char *folder;
    const char *const *names; /* hosts and addresses; "localhost", "127.0.0.1", "::1" */
    size_t name_count;
    int64_t not_before, not_after; /* Unix seconds; an hour ago, ten years ahead */
    bool self_signed;              /* no authority: for tests */
};
inia_status net_certificate_make(
    const struct net_certificate_config *config, inia_error *error) MUST_USE;

/* ---- Streams --------------------------------------------------------------- */

struct net_stream;

/* Where the time of opening went; monotonic ns, 0: did not happen. */
struct net_times {
    uint64_t started_ns, resolved_ns, connected_ns, secured_ns;
};

struct net_stream_events {
    /*
     * The stream stands (INIA_OK), or it does not: INIA_CONNECT_FAILED with one clear line for a
     * person that tells what failed and where: "cannot resolve no.such.host: no such name",
     * "127.0.0.1:9: connection refused", "TLS with s3...: the certificate has expired
     * (2019-01-01)", "... is for other.example, not s3...", "... is signed by an unknown CA (...)".
     * After a failure there is only net_stream_close().
     */
    void (*opened)(struct net_stream *stream, inia_status status, const char *detail);

    /*
     * Plain bytes came, valid during this call only; all must be taken. size 0: the end. Status is
     * INIA_OK at an orderly end (TLS: with close_notify, or without one when the stream is plain),
     * INIA_CONNECTION_LOST otherwise.
     */
    void (*received)(struct net_stream *stream, const void *bytes, size_t size, inia_status status);

    /* End of a net_stream_receive_into(); fewer bytes than asked for: the stream ended (status as
     * above). */
    void (*filled)(struct net_stream *stream, size_t size, inia_status status);

    /*
     * The bytes of a reporting send are with the kernel, or any send failed (INIA_CONNECTION_LOST):
     * then nothing more can be sent, though what has come may still be received.
     */
    void (*sent)(struct net_stream *stream, inia_status status);

    void (*closed)(struct net_stream *stream);
};

/*
 * A go-between: the stream connects to it instead, says request and hears the answer; then it
 * leads to the target. request empty: it does so unasked. All must stay until closed().
 */
enum net_tunnel_state { NET_TUNNEL_MORE, NET_TUNNEL_STANDS, NET_TUNNEL_REFUSED };

struct net_carrier;

struct net_tunnel {
    text host; /* as a target's */
    uint16_t port;
    struct net_trust *trust; /* TLS is spoken to it too, and that is in it; NULL: plainly */
    text request;
    /* What all bytes heard so far mean; at most NET_TUNNEL_ANSWER_MOST. Refused: detail goes on
     * from "the proxy NAME ". */
    enum net_tunnel_state (*heard)(text answer, char *detail, size_t detail_size);
};
enum { NET_TUNNEL_ANSWER_MOST = 4096 };

enum { NET_KEEP_ALIVE_S = 60 };

struct net_target {
    text host; /* a name, an IPv4 address, or an IPv6 address without brackets; copied */
    uint16_t port;
    struct net_trust *trust;         /* NULL: plain */
    const struct net_tunnel *tunnel; /* NULL: directly */
    uint32_t connect_ms;             /* for resolving, connecting and securing together; 10,000 */
    uint32_t silence_ms; /* a peer that acknowledges nothing for so long is lost; 0: the kernel's */
    bool keep_alive;     /* one that is silent for NET_KEEP_ALIVE_S is asked for a sign of life */
};

/* Embedded in its owner; fields belong to net. */
struct net_stream {
    struct ring_socket socket; /* first */
    struct net *net;
    const struct net_stream_events *events;
    struct net_carrier *carrier; /* a stream in place of the socket; NULL: none */
    struct tls_session *tls;     /* NULL: plain */
    struct net_opening *opening; /* resolving, connecting, securing; NULL afterwards */
    struct net_times times;
    struct ring_timer timer;  /* the deadline of opening; later, what cannot be done at once */
    struct sockaddr_in6 peer; /* or a sockaddr_in */
    uint8_t state;
    uint8_t receiving; /* what the owner asked for, under TLS */
    uint16_t flags;
    char *fill_at; /* of a net_stream_receive_into() under TLS */
    size_t fill_left, fill_done;
};

void net_stream_init(
    struct net_stream *stream, struct net *net, const struct net_stream_events *events);
void net_stream_open(struct net_stream *stream, const struct net_target *target); /* -> opened() */

/* The accepting side: fd from ring_listener; identity NULL: plain. -> opened() */
void net_stream_accept(struct net_stream *stream, int fd, struct net_identity *identity);

/*
 * As their namesakes in ring.h, but of plain bytes, and only once opened() said INIA_OK. Under TLS
 * the bytes to send have been taken (sealed into memory of the stream's own) when net_stream_send()
 * returns, unless it is larger than NET_SEAL_AT_ONCE: then they must stay until sent(), and it must
 * not be quiet. What comes while nothing is asked for is kept and comes first afterwards.
 */
enum { NET_SEAL_AT_ONCE = 65536 };
void net_stream_receive(struct net_stream *stream);
void net_stream_receive_stop(struct net_stream *stream);
void net_stream_receive_into(struct net_stream *stream, void *memory, size_t size); /* all of it */
void net_stream_send(
    struct net_stream *stream, const struct iovec *pieces, size_t count, uint32_t flags);

/* As ring_acknowledged(): under TLS, what counts is sealed. */
uint64_t net_stream_acknowledged(const struct net_stream *stream);

/*
 * In any state -> closed(), once, and nothing else is heard. A send that has not been reported yet
 * may be cut off; under TLS a close_notify goes first where that takes no waiting.
 */
void net_stream_close(struct net_stream *stream);

/* The peer's address as "127.0.0.1:9000", for messages; "" before it is known. */
const char *net_stream_peer(const struct net_stream *stream, char out[64]);

#endif
