/*
 * call: one request from inia_submit() to inia_release(). Its life is in call.c, the first file to
 * read; its parts:
 *
 *   preparing.c  parameters become an HTTP request; it is signed and written
 *   payload.c    how its body is framed, summed up and signed
 *   batch.c      calls that start in one turn are signed together
 *   source.c     where the request body comes from
 *   sink.c       where the response body goes
 *   events.c     the same of one that is a stream of events
 *   verification.c  whether it is the one that was sent
 *   judging.c    what an attempt's end means: result, error, or another attempt
 *   pages.c      the same call again, for the next page
 *   waiting.c    the same call again, until what it looks at is as a waiter wants it
 *   inner.c      a call that the engine makes for itself
 *   hosts.c      what is known of the hosts that it may go to
 *   turns.c      how it waits where what it goes to throttles
 *   hedge.c      the same once more, when its answer is late
 *   auth.c       which way of signing it goes out with
 *   introducing.c  what it says about us
 *   copying.c    what a copy from another region has in its body
 *   message_sums.c  whether SQS's messages are those that were sent
 *   redirect.c   an answer that sends it to another region
 *   watching.c   what the log and probes are told of all that
 *   proof.c      the ways that are not SigV4
 *   session.c    what it is signed with where S3's buckets have sessions
 */
#ifndef CALLS_CALL_H
#define CALLS_CALL_H

#include "batch.h"
#include "client.h"
#include "engine.h"
#include "hosts.h"
#include "inner.h"
#include "payload.h"
#include "sink.h"
#include "source.h"
#include "verification.h"

enum call_state {
    CALL_PREPARING,
    CALL_QUEUED,
    CALL_IDENTIFYING,
    CALL_SIGNING,
    CALL_EXCHANGING,
    CALL_JUDGING,
    CALL_BACKING_OFF,
    CALL_BETWEEN_POLLS,
    CALL_FINISHED,
    CALL_STATES
};

struct call {
    struct inia_call public; /* first: what the user sees is the call */
    struct inia_engine *engine;
    uint64_t number;        /* of all calls of the engine, from 1: for the log */
    struct list_link link;  /* in the engine's list of its state */
    struct list_link owned; /* in a list of whoever has submitted it, if he keeps one: a task */
    enum call_state state;
    struct arena arena;

    /* What was asked for. */
    const struct inia_operation *operation;
    inia_goal goal;
    uint32_t expires_s;
    void (*on_done)(inia_call *call);
    bool is_inner;            /* the engine makes it for itself */
    bool is_twin;             /* of another: hedge.h */
    struct inner_call *inner; /* who is then told; NULL: nobody any more */
    struct source source;
    struct sink sink;

    /* What goes out. */
    struct protocol_request request;       /* from the parameters; the same for every attempt */
    struct client_target target;           /* where to, and how to sign */
    struct json_value *params_for_account; /* while target.lacks_account */
    text invocation;                       /* amz-sdk-invocation-id */
    text copied_body;        /* before a copy's presigned URL was added; absent: none was */
    bool redirected;         /* to another region than the client's */
    struct http_draft draft; /* of this attempt: request and endpoint and signature */
    struct http_exchange exchange;
    size_t place_in_batch; /* of those being signed, from 1; 0: in none */
    bool exchange_over;    /* of this attempt: finished() has come */
    inia_status exchange_status;

    /* Time. */
    struct ring_timer timer; /* deadline, stall and back-off: whichever comes first */
    uint64_t submitted_ns;
    uint64_t deadline_ns;   /* 0: none */
    uint64_t again_ns;      /* BACKING OFF and BETWEEN POLLS end then */
    inia_status end_reason; /* why http_cancel() was called; INIA_OK: it was not */
    bool stalled;           /* end_reason is that of the attempt only: another may do better */
    bool is_spare;          /* of no slab: tells that there was no memory for a call */
    bool resumed;           /* outside inia_wait(): to be acted upon by the timer, in the next */

    /* Attempts. */
    inia_attempt first_attempt; /* storage of the first, so that most calls need no more */
    inia_attempt *attempts;
    size_t attempt_capacity;
    uint32_t away;          /* attempts that reached no server, and do not count ... */
    uint64_t away_since_ns; /* ... since then; 0: it was reached */
    uint32_t attempts_made; /* those included that there was no memory to remember */
    uint32_t replays;
    uint32_t retry_cost; /* tokens of the client's retry budget that the last retry took */
    bool gives_up;       /* BACKING OFF ends with the error */
    bool fresh_connection;
    int64_t skew_s; /* the client's when the attempt was signed */
    struct identity_query query;
    struct hosts_held hosts;                /* of its routes and destinations */
    struct destination *destination;        /* of the attempt */
    uint64_t resource;                      /* which of its resources: turn_resource() */
    struct gate *gate;                      /* it has a place there */
    uint32_t gate_sample;                   /* of its trial: retry_gate_sent() */
    struct hedge *hedge;                    /* NULL: none */
    const struct http_exchange *apart_from; /* of a twin: the other's */
    struct list_link turn_link;             /* waits for its turn ... */
    uint64_t turn_asked_ns;                 /* ... since then */
    bool has_turn;                          /* is counted among its destination's attempts */
    bool was_throttled;                     /* the last of them */
    bool in_crowd;                          /* has a place in its destination's */
    struct list_link discovery_link;        /* waits for the client's discovery of an endpoint */
    const struct json_value *output_tree;   /* of inia_get(), once asked for */

    /* What is sent more than once. */
    struct json_value *params; /* all of them, in the arena; NULL: it has neither pages nor polls */
    bool is_later_page;
    const struct inia_waiter *until; /* NULL: no waiter */
    uint32_t wait_s, max_polls, polls;
};

static inline struct call *call_of(const inia_call *public)
{
    return CONTAINER_OF(public, struct call, public);
}

static inline text call_operation_name(const struct call *call)
{
    return call->operation ? call->operation->model->name : (text){"-", 1};
}

/* Finished, and whoever waits for it has been told. */
static inline bool call_is_handed_out(const struct call *call)
{
    return call->state == CALL_FINISHED && call->link.list != &call->engine->finished;
}

/* As inia_submit(), inia_cancel() and so on in the public header. */
inia_call *call_submit(inia_client *client, const inia_request *request) MUST_USE;
inia_call *call_accept(inia_client *client, const inia_request *request) MUST_USE; /* at any time */
bool call_accept_inner(
    inia_client *client, const inia_request *request, struct inner_call *inner) MUST_USE;
/* A finished call with this status, beyond max_calls. NULL: not even memory for that. */
inia_call *call_refuse(
    inia_client *client, const inia_request *request, inia_status status, const char *why) MUST_USE;
/* The same once more, of one attempt: hedge.h. false: no memory, or the engine is being freed. */
bool call_accept_twin(struct call *call, struct inner_call *inner) MUST_USE;
void call_cancel(struct call *call);
void call_release(struct call *call);
void call_resume(struct call *call);
bool call_next_page(struct call *call);
const char *call_get(struct call *call, const char *path);
const char *call_get_header(const struct call *call, const char *name);

/* For the other files of this room. */
void call_start(struct call *call); /* from QUEUED, in a turn */
void call_go(struct call *call, enum call_state state);
/* Says how it ended. detail is copied. Then go to CALL_FINISHED. */
void call_fail(struct call *call, inia_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Its turn has come; or the endpoint that it waited for is known, or cannot be. */
void call_go_on(struct call *call);
/* The exchange is over, or a file has been read or written: judges the attempt once all of it is.
 */
void call_settle(struct call *call);
/* Ends an exchange early for a reason of ours; judged once the kernel has let go of its memory. */
void call_break_off(struct call *call, inia_status reason);
/* For a source or sink that cannot go on: says why and breaks off, unless that has been done. */
void call_give_up(struct call *call, inia_status status, const char *what);

/* preparing.c */
enum call_state call_prepare(struct call *call, const inia_request *request);
enum call_state call_prepare_twin(struct call *twin, const struct call *of);
enum call_state call_sign(struct call *call);

/* preparing.c: one more header of this attempt. false: no memory, or no value for want of it. */
bool call_add_header(struct call *call, text name, text value) MUST_USE;

/* preparing.c, for batch.c: call_sign() in steps. */
bool call_complete_draft(struct call *call) MUST_USE; /* but for the signature; false: no memory */
/* body_hash: of what payload_for_signature() wanted hashed; NULL: nothing. Fails as
 * sigv4_job_begin(). */
inia_status call_begin_signature(
    struct call *call, struct sigv4_job *job, text payload,
    const unsigned char body_hash[SHA256_SIZE]) MUST_USE;
void call_go_signed(struct call *call, bool has_signature); /* out of SIGNING; false: sign it now */

/* Makes the HTTP request of these parameters. INIA_BAD_REQUEST, INIA_NO_MEMORY. */
inia_status call_build(
    struct call *call, const struct json_value *params, inia_error *error) MUST_USE;

/* The target anew, with the account of the identity that there is now. false: it has failed. */
bool call_find_account(struct call *call) MUST_USE;

/* result.c */
const struct json_value *call_output_tree(struct call *call); /* NULL: no memory */
void call_forget_result(struct call *call);

/* pages.c: begins anew with params, which lie in fresh; takes that for its arena and gives back the
 * old one with the results of the last time. The source has been rewound. */
enum call_state call_begin_again(
    struct call *call, struct arena *fresh, struct json_value *params, enum call_state next);

/* waiting.c */
void call_set_waiter(struct call *call, const inia_request *request);
/* What an answer means to a call that waits; CALL_FINISHED without a waiter. */
enum call_state call_look(struct call *call);

/* proof.c: parameters of a form become the query of a URL that is to be signed alone; SigV2's
 * signature among the parameters; a token. The last two fail as their signers do. */
void call_move_body_to_query(struct call *call);
inia_status call_sign_parameters(struct call *call, int64_t now_s) MUST_USE;
inia_status call_add_token(struct call *call) MUST_USE;

/* introducing.c: the call's own id; the headers that say who sends it. false: no memory. */
bool call_name_invocation(struct call *call) MUST_USE;
bool call_introduce(struct call *call) MUST_USE;

/* copying.c: the presigned URL that a copy from another region wants in its body. Fails as
 * sigv4_presign(). */
inia_status call_add_copy_source(struct call *call, int64_t now_s) MUST_USE;

/* redirect.c: whether the answer says that the bucket is elsewhere; the call then goes there. */
bool call_redirect(struct call *call) MUST_USE;

/* credentials.c: whom to ask for the identity that the call is signed with. NULL: no memory. */
struct identity_provider *call_identity_provider(struct call *call) MUST_USE;

/* judging.c */
extern const struct http_exchange_events call_exchange_events;
void call_attempt_begin(struct call *call);
void call_attempt_end(struct call *call, inia_status status);
enum call_state call_judge(struct call *call);

#endif
