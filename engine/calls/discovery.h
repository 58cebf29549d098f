/*
 * discovery: the endpoint of an operation whose model says that it is to be asked for (trait
 * endpointdiscovery): the service's own DescribeEndpoints is called once for all calls that wait,
 * its answer is kept for as long as it says, and asked for again ahead of its end while calls go on
 * with the old one. As in botocore it is not done at an endpoint that the user named, and where the
 * model does not require it only if the user wants it (endpoint_discovery_enabled). A required one
 * that cannot be had fails its calls; an optional one leaves them where the endpoint rules say.
 */
#ifndef CALLS_DISCOVERY_H
#define CALLS_DISCOVERY_H

#include "inner.h"

enum {
    DISCOVERY_AHEAD_S = 30,        /* before the end of what was found */
    DISCOVERY_PAUSE_S = 60,        /* after a failure, before the service is asked again */
    DISCOVERY_MOST_MINUTES = 1440, /* that an endpoint is kept, whatever the service says */
    DISCOVERY_ADDRESS_MOST = 255,
};

struct call;

/* Of one client. */
struct discovery {
    bool enabled; /* for operations that do not require it, too */
    bool disabled;
    struct inner_call inner;
    struct list waiting;              /* calls, by their discovery_link */
    const struct client_route *route; /* found; NULL: none */
    int64_t expires_s, next_try_s;    /* Unix time */
    char problem[256];                /* of the last failure */
};

/* Makes client->discovery, in the client's arena. false with error: no memory, or the setting has a
 * value that is none of its own. */
bool discovery_set_up(
    inia_client *client, inia_choice wanted, const struct settings *settings,
    inia_error *error) MUST_USE;
void discovery_release(inia_client *client); /* no call may be waiting */

enum discovered {
    DISCOVERY_DONE,   /* the call's target is what it should be */
    DISCOVERY_WAITS,  /* call_go_on() comes */
    DISCOVERY_FAILED, /* call_fail() was told */
};

/* In IDENTIFYING, before each attempt. */
enum discovered discovery_look(struct call *call);
void discovery_forget(inia_client *client); /* the route that was found */
void discovery_leave(struct call *call);    /* waits no more; no harm if it does not */

/* The service says that the endpoint is not the right one (status 421, InvalidEndpointException):
 * what was found is forgotten. true: another attempt may do better. */
bool discovery_was_wrong(struct call *call, int http_status, const char *error_code);

#endif
