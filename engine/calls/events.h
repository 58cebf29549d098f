/*
 * events: the part of a sink that a response of events needs. Bytes become messages, these events,
 * and each goes where the request said as soon as it is whole: to a function of the user's, or as a
 * line of JSON to where any body may go. Not more than one message is held, and what came behind
 * one that the user was not ready for.
 */
#ifndef CALLS_EVENTS_H
#define CALLS_EVENTS_H

#include "protocols/protocols.h"
#include "sink.h"

struct events {
    struct event_reader reader;
    struct arena frames; /* of the reader: a message that came in pieces */
    struct arena scratch;
    struct protocol_event event; /* the newest; in scratch, or in the call's arena if an error */
    struct sink_block kept;      /* came while the sink was paused; or is no stream of events */
    size_t kept_at;              /* of kept: so much is done with */
    text initial;                /* the payload of the initial response, in the call's arena */
    bool begun;                  /* something came */
    bool foreign;                /* but no messages */
    bool offered_again;          /* event was not taken yet */
    bool payload_is_kept;        /* of that event: it does not lie in what came */
    bool met_last;               /* the event that says that the stream is whole */
};

/* At the head of a success; gives the call up if there is no memory. */
void events_begin(struct call *call);
void events_release(struct call *call); /* of the attempt; there may be none */

void events_body(struct call *call, const void *bytes, size_t size);
/* The sink is ready for more: true if it took all that was kept. */
bool events_resume(struct call *call);

/* In protocol_parse()'s place, for a success. */
inia_status events_parse(
    struct call *call, struct protocol_output *output, inia_error *error) MUST_USE;

#endif
