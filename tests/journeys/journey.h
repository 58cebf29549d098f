/*
 * journey: an engine, a client and a scripted server in a simulated world, for tests through the
 * public API alone. Every call is counted: a journey ends well only if each that was accepted has
 * finished exactly once and all memory is back.
 */
#ifndef JOURNEYS_JOURNEY_H
#define JOURNEYS_JOURNEY_H

#include <inia/inia.h>

#include "test.h"
#include "world/world_http.h"

#include <stdlib.h>
#include <string.h>

enum { JOURNEY_MOST = 512, JOURNEY_TURNS = 200000 };

struct journey {
    uint64_t seed;
    struct world_http server;
    inia_engine *engine;
    inia_client *client;
    size_t accepted, finished;
    size_t statuses[32]; /* how many finished with each inia_status */
    unsigned char finished_times[JOURNEY_MOST];
    void (*look)(struct journey *journey, inia_call *call); /* of each finished call; may be NULL */
    void *own;
};

/* Seeds of each journey: INIA_SEEDS in the environment, else fallback. */
uint64_t journey_seeds(uint64_t fallback);

void journey_begin(
    struct journey *journey, uint64_t seed, const char *service,
    void (*answer)(const struct world_http_request *, struct world_http_answer *, void *));
/* The same with what differs from the default filled in; zeroed fields keep it. */
void journey_begin_with(
    struct journey *journey, uint64_t seed, const inia_client_config *client,
    const inia_engine_config *engine,
    void (*answer)(const struct world_http_request *, struct world_http_answer *, void *));

/* Submits; the request's user_data is the journey's. NULL when the engine is full. */
inia_call *journey_submit(
    struct journey *journey, const char *operation, const inia_param *params,
    const inia_request *more);

/* Waits until all accepted calls have finished. Each is checked and released. */
void journey_run(struct journey *journey);
/* One inia_wait(): returns how many finished in it. */
size_t journey_turn(struct journey *journey, int timeout_ms);
/* Turns until so much virtual time has gone by. */
void journey_pass(struct journey *journey, uint64_t seconds);
void journey_end(struct journey *journey);

#endif
