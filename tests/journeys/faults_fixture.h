/*
 * faults: the fault matrix, which is what a network or a server does to a request in each of its
 * phases, under many seeds. Trouble that passes costs an attempt and no call; trouble that stays
 * ends each call once with the status that names it. What it cost is printed, a line for each case.
 */
#ifndef TESTS_JOURNEYS_FAULTS_FIXTURE_H
#define TESTS_JOURNEYS_FAULTS_FIXTURE_H

#include "journey_fixture.h"

enum {
    CALLS = 8, /* at once, each on a connection of its own */
    ATTEMPTS = 3,
    ATTEMPT_MS = 2000,
    BODY = 40000,
};

static char body[BODY];
static const inia_param object_params[] = {{"Bucket", "b"}, {"Key", "k"}, {0}};

struct tally {
    uint64_t started_ns, most_ns;
    size_t calls, attempts, most_attempts;
    uint64_t executed;              /* requests that the server acted upon */
    struct world_http_answer wrong; /* what it says while in trouble */
    uint64_t trouble_until_ns;
};

static inline void count(struct journey *journey, inia_call *call)
{
    struct tally *tally = journey->own;
    uint64_t took_ns = world_now_ns() - tally->started_ns;
    tally->most_ns = took_ns > tally->most_ns ? took_ns : tally->most_ns;
    tally->calls++;
    tally->attempts += call->attempt_count;
    if (call->attempt_count > tally->most_attempts)
        tally->most_attempts = call->attempt_count;
    CHECK(call->attempt_count <= ATTEMPTS);
    if (call->attempt_count && call->status != INIA_TIMED_OUT) /* that may be between attempts */
        CHECK_EQ(call->attempts[call->attempt_count - 1].status, call->status);
    CHECK(call->status == INIA_OK || *call->message || *call->error_code);
}

static inline void report(const char *what, const char *where, const struct tally *tally)
{
    printf(
        "%s%s%s: %zu calls, %zu attempts (%zu at most), the last over after %llu ms\n", what,
        *where ? ", " : "", where, tally->calls, tally->attempts, tally->most_attempts,
        (unsigned long long)(tally->most_ns / 1000000u));
}

static inline void serve_well(
    const struct world_http_request *request, struct world_http_answer *answer, void *arg)
{
    struct tally *tally = ((struct journey *)arg)->own;
    tally->executed++;
    if (strcmp(request->method, "GET") == 0) {
        answer->body = body;
        answer->body_size = BODY;
    } else if (request->body_size != BODY || memcmp(request->body, body, BODY) != 0) {
        answer->status = 400;
    }
}

static inline void begin(
    struct journey *journey, uint64_t seed, struct tally *tally, inia_client_config config,
    void (*answer)(const struct world_http_request *, struct world_http_answer *, void *))
{
    for (size_t i = 0; i < BODY; i++)
        body[i] = (char)('a' + i % 23);
    if (!config.service)
        config.service = "s3";
    config.max_attempts = ATTEMPTS;
    config.attempt_ms = ATTEMPT_MS;
    config.no_verification = true;
    config.payload = INIA_PAYLOAD_UNSIGNED;
    journey_begin_with(journey, seed, &config, NULL, answer);
    journey->look = count;
    journey->own = tally;
    tally->started_ns = world_now_ns();
}

static inline void submit_calls(struct journey *journey, bool put)
{
    inia_request request = {.deadline_ms = 120000};
    if (put)
        request.body = inia_from_memory(body, BODY);
    for (int i = 0; i < CALLS; i++)
        CHECK(journey_submit(journey, put ? "PutObject" : "GetObject", object_params, &request));
}

#endif
