/*
 * ring: everything the kernel does for us, behind one small door.
 *
 * Sockets, files, timers, descriptors to watch and wake-ups, all driven by one loop: ring_turn().
 * It does not know names, TLS, HTTP or AWS. It is the seam: engine/ring/uring*.c implements it with
 * io_uring; tests/world/ implements the same functions with a virtual clock, scripted peers and a
 * seed. Which one runs is chosen at link time; nothing above may know.
 *
 *   struct ring           the loop; one per engine, used by one thread
 *   struct ring_socket    a stream socket; the owner embeds it and holds its memory
 *   struct ring_listener  accepts connections (the embedded endpoint)
 *   struct ring_timer     calls once, at a time
 *   struct ring_file_work one read or write of a file
 *   struct ring_watch     waits until a foreign descriptor is readable or writable
 *
 * Completions are collected, then run: a callback never runs inside the function that started the
 * work, only inside ring_turn(). A callback may call anything here but ring_turn() and ring_free().
 * Errors are positive errno values; 0 is success.
 *
 *   struct ring *ring = ring_new(&(struct ring_config){.memory = &memory}, &error);
 *   ring_socket_init(&peer->socket, ring, &peer_events);
 *   ring_connect(&peer->socket, address, address_size);     // -> connected
 *   ring_send(&peer->socket, pieces, 2, RING_SEND_QUIET);
 *   ring_receive(&peer->socket);                            // -> received, received, ...
 *   while (working) ring_turn(ring, -1);
 *   ring_close(&peer->socket);                              // -> closed: memory may go
 */
#ifndef RING_RING_H
#define RING_RING_H

#include "base/base.h"

#include <sys/socket.h>
#include <sys/uio.h>

struct ring;

/* ---- The loop ------------------------------------------------------------ */

struct ring_config {
    struct budget *memory;    /* required: receive buffers come out of it */
    uint32_t sockets;         /* about how many at once, to size the queues; 1,024 */
    uint32_t receive_buffers; /* of RING_BUFFER_SIZE each, a power of two; 256 */
    uint32_t batch;           /* while it sleeps, wait for so many completions ...; 1 */
    uint32_t batch_us;        /* ... but no longer than this; 0: no such wait (kernel 6.12) */
    const struct log *log;    /* may be NULL */
    uint64_t seed;            /* for tests/world only */
};

enum {
    RING_BUFFER_SIZE = 16384, /* the most one received() gets at a time */
    RING_MAX_PIECES = 4,      /* of one ring_send() */
    RING_QUIET_LIMIT = 65536, /* bytes: a larger quiet send is made to report inside the ring */
};

/*
 * NULL with error filled: INIA_UNSUPPORTED when the kernel lacks or forbids io_uring (detail says
 * in one line what, and how to get it: "io_uring_setup: EPERM, kernel.io_uring_disabled is 2"),
 * INIA_NO_MEMORY when the budget or a limit of the process (RLIMIT_MEMLOCK, RLIMIT_NOFILE: named)
 * does not allow it. Needs Linux 6.0; steps down from what 6.1 and later offer, with a log line.
 */
struct ring *ring_new(const struct ring_config *config, inia_error *error) MUST_USE;

/* Everything must have been closed, cleared or finished, but the kernel may still be busy with it.
 */
void ring_free(struct ring *ring);

/*
 * Sends what was started, waits until something completes, a timer is due, ring_wake() is called or
 * wait_ns have passed (0: only look; negative: no limit), then runs all callbacks that are due, in
 * the order of arrival. Returns how many ran. Enters the kernel until it has no more to give, so
 * that one turn takes all there is.
 */
size_t ring_turn(struct ring *ring, int64_t wait_ns);

/* Makes the ring_turn() that runs, or the next one, return. Any thread; signal-safe; sticks. */
void ring_wake(struct ring *ring);

/*
 * An eventfd for the owner's own poll loop: readable whenever ring_turn(ring, 0) has work,
 * due timers included. Made at the first call. ring_turn() empties it; whoever leaves work for
 * later (something to send, something finished) calls ring_fd_signal(). -1 with errno if there is
 * none.
 */
int ring_fd(struct ring *ring);
void ring_fd_signal(struct ring *ring); /* does nothing before the first ring_fd() */

/* Time stands still between turns: read once per turn, after waiting, and by ring_catch_up(). */
uint64_t ring_now_ns(const struct ring *ring);   /* monotonic, from some start > 0 */
uint64_t ring_clock_ns(const struct ring *ring); /* monotonic and exact, read now: for measuring */
int64_t ring_wall_ms(const struct ring *ring);   /* Unix time in milliseconds */
uint64_t ring_cpu_ns(const struct ring *ring);   /* of a CPU, used by this thread: read now */

/* For random_init(): another one each time. Of the system; in a simulated world, of its seed. */
uint64_t ring_seed(struct ring *ring);

/* Reads the clocks before the next turn does: for who starts something outside of one, when the
 * last may have been long ago. */
void ring_catch_up(struct ring *ring);

struct ring_counters {
    uint64_t enters;      /* times the kernel was entered */
    uint64_t completions; /* of all kinds */
    uint64_t starved;     /* receives that found no buffer and were armed again */
    uint64_t sockets_opened, sockets_closed, accepted;
    uint64_t bytes_sent, bytes_received;
};
const struct ring_counters *ring_counters(const struct ring *ring);

/* ---- Timers -------------------------------------------------------------- */

/* Zeroed, it is not set. Setting, moving and clearing cost no system call and no allocation. */
struct ring_timer {
    void (*fire)(struct ring_timer *timer);
    uint64_t due_ns;
    struct list_link link; /* the ring's; listed while set */
};

/* Fires once, in the first turn at or up to 1 ms after due_ns. Setting a set timer moves it. */
void ring_timer_set(struct ring *ring, struct ring_timer *timer, uint64_t due_ns);
void ring_timer_clear(struct ring *ring, struct ring_timer *timer); /* no harm if not set */

static inline bool ring_timer_is_set(const struct ring_timer *timer)
{
    return link_is_listed(&timer->link);
}

/* ---- Sockets ------------------------------------------------------------- */

struct ring_socket;

struct ring_socket_events {
    /* The connection stands (error 0), or it failed. */
    void (*connected)(struct ring_socket *socket, int error);

    /*
     * Bytes came; they are valid only during this call, and all must be taken. size 0 with error 0:
     * the peer sent its last byte. size 0 with an error: the connection is lost. After either,
     * nothing more is received.
     */
    void (*received)(struct ring_socket *socket, const void *bytes, size_t size, int error);

    /*
     * End of a ring_receive_into(): size bytes are in the caller's memory. error 0 and size less
     * than what was asked for under RING_FILL_ALL: the peer sent its last byte.
     */
    void (*filled)(struct ring_socket *socket, size_t size, int error);

    /*
     * End of a ring_send() that reports, or failure of any: error says which. Of a quiet send that
     * succeeded nothing is heard.
     */
    void (*sent)(struct ring_socket *socket, int error);

    /* After ring_close(): the kernel is done with the socket and with all its memory. */
    void (*closed)(struct ring_socket *socket);
};

/* Embedded in its owner's struct, which stays where it is until closed() ran. Fields are the
 * ring's. */
struct ring_socket {
    struct ring *ring;
    const struct ring_socket_events *events;
    int fd;              /* -1: none */
    uint32_t slot;       /* the ring's number for it, and ... */
    uint32_t generation; /* ... which user of that number */
    uint16_t state;      /* bits of the implementation */
    uint16_t pending;    /* completions the kernel still owes */
    char *fill_at;       /* of a ring_receive_into() */
    size_t fill_left, fill_done;
    uint32_t fill_flags;
    int error;                /* how connecting or receiving ended */
    struct ring_spill *spill; /* came before it was asked for */
    struct list_link link;    /* starved, has something to tell, or is being closed */
    size_t send_left;
    uint32_t piece_count;
    union {
        struct sockaddr_storage address; /* while connecting */
        struct {
            struct iovec pieces[RING_MAX_PIECES];
            struct msghdr message;
        };
    };
};

/* Before the first use, and again after closed(). events stays. */
void ring_socket_init(
    struct ring_socket *socket, struct ring *ring, const struct ring_socket_events *events);

/* Opens a TCP socket (TCP_NODELAY, close-on-exec) to address, which is copied. -> connected() */
void ring_connect(struct ring_socket *socket, const struct sockaddr *address, socklen_t size);

/* Takes over a connected descriptor, as accepted() gives it, and makes it a blocking one. */
void ring_adopt(struct ring_socket *socket, int fd);

/*
 * A connection to a better place: to, initialized and not used yet, has it from now on, and its own
 * events hear of it; from is as if just initialized. Only after connected() said 0, and before
 * anything else is asked of the socket.
 */
void ring_move(struct ring_socket *to, struct ring_socket *from);

/*
 * Of a connection that stands: a peer that was silent for idle_s seconds is asked for a sign of
 * life (0: never); one that acknowledges nothing of what was sent within silence_ms is given up as
 * if it had broken the connection, and until then it is sent that again every RING_REPEAT_MS at
 * least, so that it hears of us soon after a link that was cut is back (0: both when the kernel
 * thinks fit, as is the latter before Linux 6.15).
 */
enum { RING_REPEAT_MS = 2000 };
void ring_guard(struct ring_socket *socket, uint32_t idle_s, uint32_t silence_ms);

/* Bytes are wanted from now on -> received(), until ring_receive_stop(). No harm if on already. */
void ring_receive(struct ring_socket *socket);

/* No more bytes are wanted; a few received() may still come (at most what the kernel had given). */
void ring_receive_stop(struct ring_socket *socket);

enum {
    RING_FILL_SOME = 0, /* filled() as soon as there is at least one byte */
    RING_FILL_ALL = 1,  /* filled() when all is there, or the peer ended */
};

/*
 * The next size bytes (at most 1 GiB) go to memory, without a copy where the kernel can ->
 * filled(). Ends a ring_receive() first by itself: what that had received meanwhile is copied
 * there. After filled(), nothing is received until asked for again; should more have come already,
 * it is kept and comes first then. Memory is the kernel's until filled() or closed().
 *
 * Who expects something large does best never to ring_receive() for it, which brings up to half a
 * megabyte by way of buffers: ask for the head with RING_FILL_SOME, for the rest with
 * RING_FILL_ALL, and the kernel copies once and reports twice.
 */
void ring_receive_into(struct ring_socket *socket, void *memory, size_t size, uint32_t flags);

enum {
    RING_SEND_REPORT = 0, /* sent() says when the kernel has taken all bytes */
    RING_SEND_QUIET = 1,  /* nothing is heard of success: cheaper. The pieces must stay until the
                             peer's answer shows that it has them, or closed() */
};

/*
 * Sends all bytes of up to RING_MAX_PIECES pieces in order. The bytes must stay until sent() (see
 * also RING_SEND_QUIET); the array itself is copied. One send at a time: the next one only after
 * sent(), or after an answer to a quiet one. Should the answer have come before all was sent, the
 * next send is refused, lest bytes be mixed: sent() with EALREADY, and the connection is of no use.
 */
void ring_send(
    struct ring_socket *socket, const struct iovec *pieces, size_t count, uint32_t flags);

/*
 * Bytes that the peer has acknowledged, of all that was sent since it connected; never fewer than
 * before. It tells a peer that is slow from one that is gone while a large send is under way. The
 * beginning and the end of the connection may count as a byte each. 0: the kernel does not know.
 */
uint64_t ring_acknowledged(const struct ring_socket *socket);

/* Sends FIN and ends everything under way; of this socket only closed() is heard from now on. */
void ring_close(struct ring_socket *socket);

/* ---- Listening ----------------------------------------------------------- */

struct ring_listener {
    struct ring *ring;
    /* fd is the callee's: ring_adopt() or close() it. fd -1 with an error: accepting goes on. */
    void (*accepted)(struct ring_listener *listener, int fd, int error);
    int fd;
    uint32_t slot, generation;
    uint16_t port;           /* the one bound */
    struct ring_timer again; /* after an error such as EMFILE */
};

/* Binds, listens (backlog 4,096) and accepts until closed. Returns 0 or an errno. */
int ring_listen(
    struct ring_listener *listener, struct ring *ring, const struct sockaddr *address,
    socklen_t size, void (*accepted)(struct ring_listener *, int, int)) MUST_USE;
void ring_listener_close(struct ring_listener *listener); /* nothing is heard after this */

/* ---- Files --------------------------------------------------------------- */

/* One read or write. The owner keeps it and the memory until done() ran. */
struct ring_file_work {
    void (*done)(struct ring_file_work *work, size_t size, int error); /* short: end of file */
    struct ring *ring; /* this and the rest are the ring's */
    uint32_t slot, generation;
    int fd, error;
    bool writes, running;
    char *at;
    size_t left, size;
    uint64_t offset;
    struct ring_timer refused;
};
void ring_file_read(
    struct ring *ring, struct ring_file_work *work, int fd, void *memory, size_t size,
    uint64_t offset);
void ring_file_write(
    struct ring *ring, struct ring_file_work *work, int fd, const void *bytes, size_t size,
    uint64_t offset);

/* ---- Foreign descriptors ------------------------------------------------- */

/* For a library that has sockets of its own. events: POLLIN, POLLOUT. */
struct ring_watch {
    void (*ready)(struct ring_watch *watch, uint32_t events);
    uint32_t slot, generation;
    bool set; /* zeroed, it is not */
    int fd;
    uint32_t events;
    struct ring_timer refused;
};
/* ready() is called once; set it again from there. Setting a set watch changes what it waits for.
 */
void ring_watch_set(struct ring *ring, struct ring_watch *watch, int fd, uint32_t events);
void ring_watch_clear(struct ring *ring, struct ring_watch *watch); /* nothing is heard after */

#endif
