/*
 * trial: one run of one cell of the fault matrix: calls before, while and after something is wrong,
 * what the server was asked to do, and what became of the calls.
 */
#ifndef JOURNEYS_TRIAL_H
#define JOURNEYS_TRIAL_H

#include "front.h"
#include "journey.h"

enum {
    TRIAL_BODY = 16000,
    TRIAL_ATTEMPTS = 3,
    TRIAL_ATTEMPT_MS = 1000,
    TRIAL_CONNECT_MS = 2000,
    TRIAL_DEADLINE_MS = 60000,
    TRIAL_LASTING_MS = 12000, /* longer than all attempts of a call */
    TRIAL_CALLS = 24,         /* at most */
    TRIAL_SERVERS = 8,
    TRIAL_TTL_S = 1,
    TRIAL_CONNECTIONS = 128, /* to the first of them */
};

/* Where in its life a call is met. */
enum phase {
    PHASE_RESOLVE,
    PHASE_CONNECT,
    PHASE_HANDSHAKE,
    PHASE_SEND_HEAD,
    PHASE_SEND_BODY,
    PHASE_FIRST_BYTE,
    PHASE_MID_BODY,
    PHASE_IDLE, /* between two calls */
    PHASES
};

#define ENDS_WITH(status) (1u << (status))

struct trial;

/* A fault in a phase; what it does is any of wire, says, begin and end. */
struct cell {
    const char *why_not;           /* recovers_ms 0: there is no such thing, because */
    struct world_fault wire;       /* of each connection while it lasts */
    struct world_http_answer says; /* to requests while it lasts; status 0: what is asked for */
    bool early;                    /* before the server has heard the body */
    void (*begin)(struct trial *trial), (*end)(struct trial *trial);
    unsigned ends_with;              /* what calls may end with meanwhile, INIA_OK aside */
    unsigned unrepeatable_ends_with; /* besides, what must not be done twice; later, too */
    uint32_t recovers_ms; /* so long after it all calls are well at their first attempt */
    bool at_once;         /* it has no duration */
    bool of_eight;        /* the name has eight addresses; it meets the third */
    bool asks_anew;       /* what is known of the name is too old when it begins */
    bool over_tls;        /* servers and all */
    uint32_t duration_ms; /* 0: by the seed */
    bool is_final;        /* another attempt would be vain */
    bool is_mild;         /* calls need not notice */
};

enum kind { KIND_GET, KIND_PUT, KIND_COMPLETE, KINDS };

struct asked {
    enum kind kind;
    bool is_well_by_now; /* nothing is wrong any more when it is submitted */
    bool is_late;        /* and so long after that it needs one attempt only */
    bool may_repeat;     /* it came over a connection that had long been idle */
    unsigned executed;   /* how often the server did what it says */
};

struct trial {
    struct journey journey; /* first */
    const char *fault;
    enum phase phase;
    const struct cell *cell;
    struct world_http others[TRIAL_SERVERS]; /* the first is the journey's */
    struct asked asked[TRIAL_CALLS];
    uint64_t used_ns[TRIAL_CONNECTIONS]; /* when a request came last, by the connection's number */
    struct front front;                  /* over_tls */
    uint64_t began_ns;
    bool is_wrong, is_over, is_late; /* the fault: it is on; it was; and long enough ago */
    unsigned credentials, accepted_credentials; /* their generation: ours, the server's */
    bool has_new_credentials;
    /* What became of it. */
    uint64_t ended_ns, recovered_ns; /* the fault; the last call that met it */
    size_t attempts, failed, troubled;
    size_t repeated;     /* calls that must not be, but were */
    unsigned ended_with; /* bits */
};

/* Fails the test with a line that names cell and seed when anything is amiss. */
void trial_run(
    struct trial *trial, const char *fault, enum phase phase, const struct cell *cell,
    uint64_t seed);

/* For begin and end: the name has count addresses from 10.0.0.first on, for TRIAL_TTL_S each time
 * they are asked for; our clock is off. */
void trial_name(struct trial *trial, uint32_t first, size_t count);
void trial_set_clock(struct trial *trial, int64_t off_ms);

extern const char *const phase_names[PHASES];

#endif
