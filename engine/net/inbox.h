/* inbox: what a TLS connection receives: opened, and given to the owner as asked for. */
#ifndef NET_INBOX_H
#define NET_INBOX_H

#include "tls_session.h"

/* The ring gave bytes, or has filled the inbox's own memory; none: the socket's end. */
void inbox_received(struct tls_session *session, text bytes);
void inbox_filled(struct tls_session *session, size_t size);

/* The owner's wish changed: stream->receiving. */
void inbox_wants(struct tls_session *session);

/* Goes on with what was put off. */
void inbox_resume(struct tls_session *session);

void inbox_clear(struct tls_session *session);

#endif
