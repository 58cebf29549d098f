/*
 * turns: calls wait before they go out, where what they go to throttles. With inia's retry mode at
 * a gate for each bucket, queue or table of a host that has throttled lately (retry_gate); with the
 * SDKs' adaptive mode by the client's pace (retry_pace). If the user wants that, also where more at
 * once are not answered sooner (retry_limit). Where nothing was ever throttled a call
 * passes by one comparison.
 *
 *   turn_wait()    before each attempt; if true it waits and is told by call_go_on()
 *   turn_judge()   when it is over: what the answer taught; the turn is given back
 *   turn_leave()   when the call is over, or is to wait for something else
 */
#ifndef CALLS_TURNS_H
#define CALLS_TURNS_H

#include "client.h"

enum {
    TURNS_MOST_GATES = 64, /* of one host; the next resource goes without */
    TURNS_LOOK_MS = 50,    /* a full gate grows meanwhile */
    TURNS_MOST_MS = 5000,  /* at a gate; then a call goes out all the same, and is told how it is */
};

struct call;

/* A queue of those that wait, first come, first served. */
struct turns {
    inia_client *client;
    struct list waiting;
    struct ring_timer timer;
    uint64_t (*take)(struct turns *turns, uint64_t now_ns); /* 0; else when to ask again */
};

struct gate {
    struct turns turns; /* first */
    struct retry_gate retry;
    uint64_t resource;
    struct list_link link; /* in the destination's gates */
};

/* The SDKs' adaptive mode. */
struct paced {
    struct turns turns; /* first */
    struct retry_pace retry;
};

/* How many calls to a host are worth having under way, where the user wants that found out. */
struct crowd {
    struct turns turns; /* first */
    struct retry_limit retry;
};

bool crowd_set_up(inia_client *client, struct destination *destination) MUST_USE;
bool turns_set_up(inia_client *client) MUST_USE; /* false: no memory */
void turns_release(inia_client *client);         /* nobody waits, as in the next */
void turns_forget(struct destination *destination);

/* Which of a host's resources the call is about: a number that is the same for the same one. */
uint64_t turn_resource(
    const inia_operation *operation, text bucket, const struct json_value *params);
/* The parameter that names it; absent: none does. */
text turn_resource_member(const struct model_operation *operation);

bool turn_wait(struct call *call) MUST_USE;
/* That calls are held back does not lessen what is refused. */
bool turn_is_vain(const struct call *call) MUST_USE;
/* throttled: the answer said so; wait_ns: and how long to wait, 0: it did not. */
void turn_judge(struct call *call, bool throttled, uint64_t wait_ns);
void turn_leave(struct call *call);

#endif
