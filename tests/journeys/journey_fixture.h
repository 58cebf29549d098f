/* The functions of journey.h, for the one test program that includes this. */
#ifndef JOURNEYS_JOURNEY_FIXTURE_H
#define JOURNEYS_JOURNEY_FIXTURE_H

#include "journey.h"

#include <stdio.h>

uint64_t journey_seeds(uint64_t fallback)
{
    const char *wanted = getenv("INIA_SEEDS");
    uint64_t seeds = wanted ? strtoull(wanted, NULL, 10) : 0;
    return seeds ? seeds : fallback;
}

void journey_begin_with(
    struct journey *journey, uint64_t seed, const inia_client_config *client,
    const inia_engine_config *engine,
    void (*answer)(const struct world_http_request *, struct world_http_answer *, void *))
{
    static const inia_credentials credentials = {"AKID", "secret", NULL, 0};
    inia_error error = {INIA_OK, ""};
    *journey = (struct journey){.seed = seed, .server = {.answer = answer, .arg = journey}};
    world_start(seed);
    world_http_listen(&journey->server, "10.0.0.1", 80);
    journey->engine = inia_engine_new(engine, &error);
    CHECK(journey->engine != NULL);
    inia_client_config config = *client;
    config.region = "us-east-1";
    config.endpoint_url = config.endpoint_url ? config.endpoint_url : "http://10.0.0.1";
    config.credentials = config.provider ? NULL : &credentials;
    journey->client = inia_client_new(journey->engine, &config, &error);
    if (!journey->client)
        printf("%s\n", error.detail);
    CHECK(journey->client != NULL);
}

void journey_begin(
    struct journey *journey, uint64_t seed, const char *service,
    void (*answer)(const struct world_http_request *, struct world_http_answer *, void *))
{
    journey_begin_with(journey, seed, &(inia_client_config){.service = service}, NULL, answer);
}

inia_call *journey_submit(
    struct journey *journey, const char *operation, const inia_param *params,
    const inia_request *more)
{
    inia_error error = {INIA_OK, ""};
    inia_request request = more ? *more : (inia_request){0};
    request.operation = inia_find_operation(journey->client, operation, &error);
    CHECK(request.operation != NULL);
    request.params = params;
    CHECK(journey->accepted < JOURNEY_MOST);
    request.user_data = (void *)journey->accepted;
    inia_call *call = inia_submit(journey->client, &request);
    journey->accepted += call != NULL;
    return call;
}

size_t journey_turn(struct journey *journey, int timeout_ms)
{
    inia_call *done[16];
    size_t count = inia_wait(journey->engine, done, 16, timeout_ms);
    for (size_t i = 0; i < count; i++) {
        size_t number = (size_t)done[i]->user_data;
        CHECK(number < journey->accepted);
        CHECK_EQ(++journey->finished_times[number], 1);
        journey->statuses[done[i]->status]++;
        if (journey->look)
            journey->look(journey, done[i]);
        inia_release(done[i]);
    }
    journey->finished += count;
    return count;
}

void journey_run(struct journey *journey)
{
    for (int turns = 0; journey->finished < journey->accepted; turns++) {
        CHECK(turns < JOURNEY_TURNS);
        journey_turn(journey, -1);
    }
    CHECK_EQ(inia_pending(journey->engine), 0);
}

void journey_pass(struct journey *journey, uint64_t seconds)
{
    uint64_t end = world_now_ns() + seconds * 1000000000u;
    for (int turns = 0; world_now_ns() < end; turns++) {
        CHECK(turns < JOURNEY_TURNS);
        journey_turn(journey, (int)((end - world_now_ns()) / 1000000u) + 1);
    }
}

void journey_end(struct journey *journey)
{
    inia_engine_free(journey->engine); /* checks that all memory is back */
    world_end();
    CHECK_EQ(journey->finished, journey->accepted);
}

#endif
