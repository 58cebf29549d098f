/*
 * tls_session: one TLS connection over memory. wolfSSL shakes hands and handles what is not data;
 * the data is sealed and opened by our own records where the cipher allows (AES-GCM), because that
 * is four times as fast and copies nothing.
 *
 *   tls_session.c  its life, the handshake, control messages
 *   inbox.c        from the socket to the owner
 *   outbox.c       from the owner to the socket
 */
#ifndef NET_TLS_SESSION_H
#define NET_TLS_SESSION_H

#include "state.h"
#include "trust.h"

enum {
    TLS_DETAIL_SIZE = 320,
    TLS_MOST_RECORDS = 1 << 24, /* RFC 8446, 5.5: 2^24.5 for AES-GCM */
    /* What wolfSSL allocates for a connection, taken from the budget: measured 6 KB standing. */
    TLS_SESSION_COST = 8192,
};

struct tls_session {
    struct net_stream *stream;
    struct net *net;
    WOLFSSL *ssl;
    struct net_trust *trust;       /* of a client */
    struct net_identity *identity; /* of a server */
    uint16_t port;
    bool has_input;   /* the peer has said something */
    bool is_own;      /* our records; else wolfSSL does all */
    bool is_verified; /* the certificate is genuine and for the host */
    bool is_kept;     /* its session is in the cache */
    bool is_broken;   /* nothing can be sent or received any more */
    text host;        /* of a client: whom the certificate must be for; from the budget */
    char *detail;     /* TLS_DETAIL_SIZE bytes while shaking hands: what is wrong with the peer */

    text input; /* for wolfSSL to read */

    /* inbox */
    bool is_busy;    /* taking input: nothing needs to be put off */
    bool is_passing; /* the ring gives bytes as they come */
    bool is_kernel_filling;
    bool socket_ended; /* no more sealed bytes will come ... */
    bool has_ended;    /* ... and no more plain ones */
    bool end_is_told, was_closed_in_order;
    struct parcel *carry;            /* the start of a record whose end has not come */
    struct parcel *held, *held_last; /* sealed bytes that nobody wanted yet */
    struct parcel *plain;            /* opened bytes that nobody wanted yet */
    struct parcel *bulk;             /* for the kernel to fill, during a large transfer */

    /* outbox */
    struct parcel *waiting, *waiting_last; /* sealed, in order */
    struct parcel *on_way;                 /* with the kernel */
    bool is_on_way_quietly;
    struct iovec source[RING_MAX_PIECES]; /* of a large send: what is left to be sealed */
    size_t source_count;

    struct record_key read, write;
};

/* For a trust's or identity's context: where bytes come from and go to, and who is verified. */
void tls_session_prepare(WOLFSSL_CTX *context);
void tls_session_verify(WOLFSSL_CTX *context);

/* host as name_normalize() gives it. NULL: no memory. */
struct tls_session *tls_session_to(
    struct net_stream *stream, struct net_trust *trust, text host, uint16_t port) MUST_USE;
struct tls_session *tls_session_from(
    struct net_stream *stream, struct net_identity *identity) MUST_USE;
void tls_session_free(struct tls_session *session); /* the kernel must be done with its memory */

enum tls_progress { TLS_WANTS_MORE, TLS_STANDS, TLS_FAILED };

/* "TLSv1.3, TLS_AES_128_GCM_SHA256", once the handshake is done. */
void tls_session_describe(const struct tls_session *session, struct buffer *out);

/*
 * Goes on with the handshake. What is to be sent waits in the outbox. What is left of the bytes is
 * in session->input. After TLS_FAILED the session's detail says why.
 */
enum tls_progress tls_session_shake(struct tls_session *session, text bytes) MUST_USE;

/* Gives wolfSSL a record that is not data, in turn. false: the connection is lost. */
bool tls_session_control(struct tls_session *session, text record) MUST_USE;

/*
 * A key may seal so many records and no more: true when it is time for tls_session_renew(), which
 * lets the next record start with a new one (TLS 1.3).
 */
static inline bool tls_session_is_worn(const struct tls_session *session)
{
    return session->is_own && session->write.is_tls13 &&
           session->write.sequence >= TLS_MOST_RECORDS;
}
bool tls_session_renew(struct tls_session *session) MUST_USE;

/* Remembers the session for the next connection, once there is something to remember. */
void tls_session_keep(struct tls_session *session);

#endif
