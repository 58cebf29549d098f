/* engine: one ring and everything that runs on it; hands finished calls out. One thread. */
#ifndef CALLS_ENGINE_H
#define CALLS_ENGINE_H

#include "endpoints/endpoints.h"
#include "formats/formats.h"
#include "http/http.h"
#include "identity/identity.h"
#include "models/models.h"
#include "protocols/protocols.h"
#include "retry/retry.h"
#include "signing/signing.h"

#include "library.h"

#include <stdatomic.h>

/* Every limit of the engine that its config does not set. */
enum {
    CALL_RESERVE = 16 << 10, /* bytes of budget that must be free for a call to be accepted ... */
    CALL_LATER = 8 << 10,    /* ... and so many more for each that is not finished */
    AWAY_DEFAULT_MS = 10000, /* a server may be, where nobody says how long to connect */
    REPLAY_IDLE_MS = 1000,   /* what was idle for less, no server closes for idleness */
    CALL_MAX_REPLAYS = 8,    /* of a call that met dead idle connections, over all attempts */
    ENGINE_DEFAULT_CALLS = 4096,
    ENGINE_DEFAULT_CONNECTIONS = 1024,
    ENGINE_DEFAULT_BODY = 16 << 20,
    ENGINE_DEFAULT_MEMORY = 256 << 20,
    CLIENT_DEFAULT_ATTEMPT_MS = 60000,
    CLOCK_OFF_S = 240,    /* so far from a server's, a clock is the likely cause of its refusal */
    LOOK_AGAIN_MS = 1000, /* whether a stall has begun meanwhile; more often, if ... */
    LOOKS_LEAST = 8,      /* ... so many are needed within the time that one may last */
    TRANSFER_BLOCK = 1 << 20,        /* bytes read from or written to a file or stream at a time */
    RECEIVE_BUFFERS = 256,           /* of RING_BUFFER_SIZE each, but ... */
    RECEIVE_SHARE = 8,               /* ... at most this share of the budget */
    EXPECT_CONTINUE_LEAST = 1 << 20, /* bytes of a body worth asking first whether it is wanted */
    PRESIGN_DEFAULT_S = 900,
};

/* What a later room runs on an engine: tasks. */
struct engine_guest {
    bool (*has_work)(struct engine_guest *guest); /* run() is to be called before the ring waits */
    void (*run)(struct engine_guest *guest);      /* in each turn, where callbacks run */
    size_t pending;                               /* counted by inia_pending() */
    bool wants_room;                              /* for a call: look again after a release */
};

struct inia_engine {
    struct budget memory;
    struct log log;
    struct slab arena_blocks;
    struct slab calls;
    struct block_cache blocks;
    struct ring *ring;
    struct net *net;
    struct http_pool *pool;
    struct wire *wire;               /* what identity fetches goes over the pool */
    struct protocol_readers readers; /* JSON and XML, shared by all calls */
    struct library library;          /* the services' models and endpoint rules */
    struct net_trust *trust;         /* of the last client, kept for the next; NULL: none yet */
    struct random_source random;
    struct batch *batch; /* of calls being signed; NULL: they are signed one by one */

    /* Every accepted call is in exactly one of these. */
    struct list queued;         /* submitted; starts in the next turn */
    struct list active;         /* under way */
    struct list finished;       /* to be handed out */
    struct list returned;       /* handed out, not yet released */
    struct list inner_finished; /* of the engine's own: whoever asked is to be told */
    size_t inner_calls;         /* of the engine's own, in any list */

    struct list clients;
    struct mailbox handoffs; /* those collected wait for room */
    struct mailbox messages;
    atomic_bool woken;
    struct engine_guest *guest; /* NULL: none */
    bool in_wait, closing;
    uint32_t max_calls;
    size_t max_body;
    size_t task_stack; /* as configured */
    bool no_overflow_message;
    size_t callbacks_run;
    uint64_t calls_made; /* the engine's own too */
    inia_stats counted;  /* what calls count; the rest is asked of the rooms below */
};

inia_engine *engine_new(const inia_engine_config *config, inia_error *error) MUST_USE;
void engine_free(inia_engine *engine);
size_t engine_wait(inia_engine *engine, inia_call **done, size_t max, int timeout_ms);
size_t engine_pending(const inia_engine *engine);       /* calls, and what the guest has */
size_t engine_pending_calls(const inia_engine *engine); /* not yet handed out */
void engine_stats(const inia_engine *engine, inia_stats *stats);
void engine_wake(inia_engine *engine);                        /* any thread, signal-safe */
void engine_hand_off(inia_handoff *handoff);                  /* any thread */
void engine_post(inia_engine *engine, inia_message *message); /* any thread */

/* Does what was handed off wait for room? */
static inline bool engine_has_handoffs(const inia_engine *engine)
{
    return mailbox_first(&engine->handoffs) != NULL;
}

/* Those that count for max_calls. */
static inline size_t engine_calls(const inia_engine *engine)
{
    return engine->calls.in_use - engine->inner_calls;
}

/* What was handed off to this client and waits for room holds the client until it is a call, which
 * is then cancelled. */
void engine_keep_handoffs(inia_engine *engine, inia_client *client);

/* Something is to be done in the next turn: tells a poll loop that embeds the engine. */
void engine_has_work(inia_engine *engine);

#endif
