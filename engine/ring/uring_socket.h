/* socket: the state of a stream socket, shared by its sending and its receiving side. */
#ifndef RING_URING_SOCKET_H
#define RING_URING_SOCKET_H

#include "uring.h"

/* Bits of ring_socket.state. Each operation marked (*) owes one completion, counted in pending. */
enum {
    SOCKET_CONNECTING = 1 << 0,     /* (*) */
    SOCKET_CONNECT_FAILED = 1 << 1, /* to be told */
    SOCKET_RECEIVING = 1 << 2,      /* the owner wants bytes */
    SOCKET_FILLING = 1 << 3,        /* the owner wants its memory filled */
    SOCKET_ARMED = 1 << 4,          /* (*) a multishot receive is with the kernel */
    SOCKET_DISARMING = 1 << 5,      /* and was asked to end */
    SOCKET_FILL_ARMED = 1 << 6,     /* (*) a receive into the owner's memory */
    SOCKET_ENDED = 1 << 7,          /* nothing more will come; error says why */
    SOCKET_END_TOLD = 1 << 8,
    SOCKET_SENDING = 1 << 9,       /* (*) a send that reports */
    SOCKET_SEND_TELLS = 1 << 10,   /* and the owner wants to know */
    SOCKET_SENT_QUIETLY = 1 << 11, /* a send that is silent, done or not */
    SOCKET_SEND_REFUSED = 1 << 12, /* to be told */
    SOCKET_SEND_OWED = 1 << 13,    /* (*) a silent send that was cancelled */
    SOCKET_CLOSING = 1 << 14,
};

static inline uint64_t socket_tag(const struct ring_socket *socket, enum uring_kind kind)
{
    return uring_tag(kind, socket->slot, socket->generation);
}

/* Has something to tell in the next turn, or in this one. */
void socket_is_due(struct ring_socket *socket);

/* Does what comes next on the receiving side; runs callbacks. */
size_t socket_receive_on(struct ring_socket *socket);

/* Asks the kernel for the end of whatever it may still do with this socket. */
void socket_cancel_all(struct ring_socket *socket);

/* If the kernel is done with it: closes it and tells so. */
size_t socket_try_to_close(struct ring_socket *socket);

#endif
