/* outbox: what a TLS connection sends, sealed, in order, one send of the ring at a time. */
#ifndef NET_OUTBOX_H
#define NET_OUTBOX_H

#include "tls_session.h"

enum {
    ALERT_LEVEL_WARNING = 1,
    ALERT_LEVEL_FATAL = 2,
    ALERT_CLOSE_NOTIFY = 0,
    ALERT_UNEXPECTED_MESSAGE = 10,
    ALERT_BAD_RECORD = 20,
};

/* Bytes of wolfSSL's own: they wait for the next flush. false: no memory. */
bool outbox_add(struct tls_session *session, text bytes) MUST_USE;

/* Seals what was given to net_stream_send(). false: it cannot be sent. */
bool outbox_send(
    struct tls_session *session, const struct iovec *pieces, size_t count, uint32_t flags) MUST_USE;

/* An alert of our own: waits for the next flush, and is left out when there is no memory. */
void outbox_add_alert(struct tls_session *session, uint8_t level, uint8_t code);

/* Gives to the ring what waits, unless it is busy. */
void outbox_flush(struct tls_session *session);

static inline bool outbox_is_idle(const struct tls_session *session)
{
    return !session->on_way;
}

/* Something that answers nothing can be sent: the owner has not left a send unfinished, and none is
 * on its way of which nothing will be heard. */
bool outbox_may_say_more(const struct tls_session *session);

/* Data came: the peer has what was sent quietly. */
void outbox_is_answered(struct tls_session *session);

struct outbox_result {
    bool reports; /* the owner waits to hear of it */
    bool failed;
};
/* The ring has sent what was on its way. */
struct outbox_result outbox_sent(struct tls_session *session, int error);

void outbox_clear(struct tls_session *session);

#endif
