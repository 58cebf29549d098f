/* The fault matrix on the wire, and in the handshake of TLS. */
#include "faults_fixture.h"

struct wire_case {
    const char *what, *where;
    struct world_fault fault;
    bool put;
    inia_status lasting; /* what a call ends with when all of its attempts meet this fault */
    uint64_t recovers_ms;
};

#define REQUEST_HEAD .of_requests = true, .after_bytes = 100
#define REQUEST_BODY .of_requests = true, .after_bytes = 20000
#define FIRST_BYTE .after_bytes = 0
#define RESPONSE_HEAD .after_bytes = 30
#define RESPONSE_BODY .after_bytes = 20000

static const struct wire_case wire_cases[] = {
    {"refused", "connecting", {.kind = WORLD_REFUSE}, false, INIA_CONNECT_FAILED, 500},
    {"no answer", "connecting", {.kind = WORLD_NO_ANSWER}, false, INIA_CONNECT_FAILED, 11000},
    {"reset", "request head", {WORLD_RESET, REQUEST_HEAD}, false, INIA_CONNECTION_LOST, 500},
    {"reset", "request body", {WORLD_RESET, REQUEST_BODY}, true, INIA_CONNECTION_LOST, 2500},
    {"reset", "first byte", {WORLD_RESET, FIRST_BYTE}, false, INIA_CONNECTION_LOST, 500},
    {"reset", "response head", {WORLD_RESET, RESPONSE_HEAD}, false, INIA_CONNECTION_LOST, 500},
    {"reset", "response body", {WORLD_RESET, RESPONSE_BODY}, false, INIA_CONNECTION_LOST, 500},
    {"close", "request head", {WORLD_CUT, REQUEST_HEAD}, false, INIA_CONNECTION_LOST, 500},
    {"close", "request body", {WORLD_CUT, REQUEST_BODY}, true, INIA_CONNECTION_LOST, 2500},
    {"close", "first byte", {WORLD_CUT, FIRST_BYTE}, false, INIA_CONNECTION_LOST, 500},
    {"close", "response head", {WORLD_CUT, RESPONSE_HEAD}, false, INIA_CONNECTION_LOST, 500},
    {"close", "response body", {WORLD_CUT, RESPONSE_BODY}, false, INIA_CONNECTION_LOST, 500},
    {"stall", "request head", {WORLD_STALL, REQUEST_HEAD}, false, INIA_TIMED_OUT, 3000},
    {"stall", "request body", {WORLD_STALL, REQUEST_BODY}, true, INIA_TIMED_OUT, 3000},
    {"stall", "first byte", {WORLD_STALL, FIRST_BYTE}, false, INIA_TIMED_OUT, 3000},
    {"stall", "response head", {WORLD_STALL, RESPONSE_HEAD}, false, INIA_TIMED_OUT, 3000},
    {"stall", "response body", {WORLD_STALL, RESPONSE_BODY}, false, INIA_TIMED_OUT, 3000},
    {"slow", "response", {WORLD_SLOW, FIRST_BYTE, .ns_per_byte = 20000}, false, INIA_OK, 2000},
    {"slow", "request", {WORLD_SLOW, REQUEST_HEAD, .ns_per_byte = 20000}, true, INIA_OK, 2000},
    {"garbage", "first byte", {WORLD_GARBAGE, FIRST_BYTE}, false, INIA_BAD_RESPONSE, 3000},
    {"garbage", "response head", {WORLD_GARBAGE, RESPONSE_HEAD}, false, INIA_BAD_RESPONSE, 3000},
};

/* The first faults connections of a journey have the fault. */
static void run_wire_case(
    const struct wire_case *wire, uint64_t seed, int faults, struct tally *tally, size_t *statuses)
{
    struct journey j;
    begin(&j, seed, tally, (inia_client_config){0}, serve_well);
    world_network()->connect_ns = 2000000; /* so that none comes too late for its own connection */
    for (int i = 0; i < faults; i++)
        world_fault_next(j.server.endpoint, &wire->fault);
    submit_calls(&j, wire->put);
    journey_run(&j);
    inia_stats stats;
    inia_engine_stats(j.engine, &stats);
    CHECK(tally->executed <= tally->attempts);
    CHECK_EQ(stats.calls_finished, CALLS);
    CHECK_EQ(stats.calls, 0);
    for (size_t i = 0; i < 32; i++)
        statuses[i] += j.statuses[i];
    journey_end(&j);
}

TEST(trouble_on_the_wire_that_passes_costs_an_attempt_and_no_call)
{
    for (size_t i = 0; i < sizeof wire_cases / sizeof wire_cases[0]; i++) {
        const struct wire_case *wire = &wire_cases[i];
        struct tally all = {0};
        size_t statuses[32] = {0};
        uint64_t seeds = journey_seeds(3);
        for (uint64_t seed = 1; seed <= seeds; seed++)
            run_wire_case(wire, seed, CALLS, &all, statuses);
        report(wire->what, wire->where, &all);
        if (statuses[INIA_OK] != seeds * CALLS)
            FAIL("%s, %s: %zu of the calls are well", wire->what, wire->where, statuses[INIA_OK]);
        CHECK(all.most_attempts <= 2);
        CHECK(wire->lasting == INIA_OK || all.attempts == 2 * all.calls);
        CHECK(all.most_ns <= wire->recovers_ms * 1000000u);
    }
}

TEST(trouble_on_the_wire_that_stays_ends_each_call_once_and_by_its_name)
{
    for (size_t i = 0; i < sizeof wire_cases / sizeof wire_cases[0]; i++) {
        const struct wire_case *wire = &wire_cases[i];
        struct tally all = {0};
        size_t statuses[32] = {0};
        uint64_t seeds = journey_seeds(2);
        for (uint64_t seed = 1; seed <= seeds; seed++)
            run_wire_case(wire, seed, CALLS * ATTEMPTS, &all, statuses);
        report(wire->what, wire->where, &all);
        size_t right = statuses[wire->lasting];
        if (wire->fault.kind == WORLD_GARBAGE) /* noise without an empty line is waited for */
            right += statuses[INIA_TIMED_OUT];
        if (right != seeds * CALLS) {
            for (int status = 0; status < 32; status++) {
                if (statuses[status])
                    printf("  %s: %zu\n", inia_status_name((inia_status)status), statuses[status]);
            }
            FAIL("%s, %s: not %s", wire->what, wire->where, inia_status_name(wire->lasting));
        }
        CHECK(wire->lasting == INIA_OK || all.attempts == ATTEMPTS * all.calls);
    }
}

struct hello_case {
    const char *what, *says; /* to the ClientHello; NULL: nothing */
    size_t size;
    bool closes, resets;
};

static const struct hello_case *hello_now;

static void answer_hello(struct world_peer *peer, const void *bytes, size_t size)
{
    (void)bytes, (void)size;
    if (peer->own)
        return;
    peer->own = peer;
    if (hello_now->says)
        world_peer_send(peer, hello_now->says, hello_now->size, 0);
    if (hello_now->closes)
        world_peer_close(peer, 0);
    if (hello_now->resets)
        world_peer_reset(peer, 0);
}

static const struct world_service hello_service = {.received = answer_hello};

TEST(handshakes_that_fail_end_each_call_once_with_CONNECT_FAILED)
{
    static const struct hello_case cases[] = {
        {"alert", "\x15\x03\x03\x00\x02\x02\x28", 7, true, false},
        {"plain HTTP", "HTTP/1.1 400 Bad Request\r\n\r\n", 28, true, false},
        {"garbage", "\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8", 8, false, false},
        {"close", NULL, 0, true, false},
        {"reset", NULL, 0, false, true},
        {"stall", NULL, 0, false, false},
        {"half a record", "\x16\x03\x03\x40\x00\x02", 6, false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tally all = {0};
        hello_now = &cases[i];
        for (uint64_t seed = 1; seed <= journey_seeds(2); seed++) {
            struct journey j;
            begin(&j, seed, &all, (inia_client_config){0}, serve_well);
            world_listen("10.0.0.2", 443, &hello_service, NULL);
            inia_credentials credentials = {"AKID", "secret", NULL, 0};
            j.client = inia_client_new(
                j.engine,
                &(inia_client_config){
                    .service = "s3",
                    .region = "us-east-1",
                    .endpoint_url = "https://10.0.0.2",
                    .credentials = &credentials,
                    .max_attempts = ATTEMPTS,
                    .no_verification = true},
                NULL);
            submit_calls(&j, false);
            journey_run(&j);
            CHECK_EQ(j.statuses[INIA_CONNECT_FAILED], CALLS);
            journey_end(&j);
        }
        report(cases[i].what, "handshake", &all);
        CHECK_EQ(all.attempts, ATTEMPTS * all.calls);
    }
}
