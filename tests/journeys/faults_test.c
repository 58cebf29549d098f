/*
 * The fault matrix: what a network or a server does to a request in each of its phases, under many
 * seeds. Trouble that passes costs an attempt and no call; trouble that stays ends each call once
 * with the status that names it. What it cost is printed, a line for each case.
 */
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

static void count(struct journey *journey, inia_call *call)
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

static void report(const char *what, const char *where, const struct tally *tally)
{
    printf(
        "%s%s%s: %zu calls, %zu attempts (%zu at most), the last over after %llu ms\n", what,
        *where ? ", " : "", where, tally->calls, tally->attempts, tally->most_attempts,
        (unsigned long long)(tally->most_ns / 1000000u));
}

static void serve_well(
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

static void begin(
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

static void submit_calls(struct journey *journey, bool put)
{
    inia_request request = {.deadline_ms = 120000};
    if (put)
        request.body = inia_from_memory(body, BODY);
    for (int i = 0; i < CALLS; i++)
        CHECK(journey_submit(journey, put ? "PutObject" : "GetObject", object_params, &request));
}

/* ---- The wire ------------------------------------------------------------------------------- */

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

/* ---- Idle connections ------------------------------------------------------------------------ */

static const char exact_answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

static void serve_exactly(
    const struct world_http_request *request, struct world_http_answer *answer, void *arg)
{
    struct tally *tally = ((struct journey *)arg)->own;
    (void)request;
    tally->executed++;
    answer->raw = exact_answer;
    answer->raw_size = sizeof exact_answer - 1;
}

TEST(connections_that_die_while_idle_are_replaced_and_no_call_notices)
{
    static const enum world_fault_kind kinds[] = {WORLD_RESET, WORLD_CUT};
    for (int i = 0; i < 2; i++) {
        struct tally all = {0};
        for (uint64_t seed = 1; seed <= journey_seeds(5); seed++) {
            struct journey j;
            begin(&j, seed, &all, (inia_client_config){0}, serve_exactly);
            for (int n = 0; n < CALLS; n++)
                world_fault_next(
                    j.server.endpoint,
                    &(struct world_fault){kinds[i], .after_bytes = sizeof exact_answer - 1});
            submit_calls(&j, false);
            journey_run(&j);
            all.started_ns = world_now_ns();
            submit_calls(&j, true);
            journey_run(&j);
            CHECK_EQ(j.statuses[INIA_OK], 2 * CALLS);
            journey_end(&j);
        }
        report(i ? "close" : "reset", "idle", &all);
        CHECK(all.most_ns <= 2500 * 1000000ull);
    }
}

static void go_silent(struct world_peer *peer, void *arg)
{
    (void)arg;
    world_peer_stop_reading(peer);
}

/* A gateway that forgot them, or a machine that is gone: nothing tells us. */
TEST(one_attempt_is_lost_to_idle_connections_gone_silent_however_many_there_are)
{
    struct tally all = {0};
    for (uint64_t seed = 1; seed <= journey_seeds(5); seed++) {
        struct journey j;
        begin(&j, seed, &all, (inia_client_config){0}, serve_well);
        submit_calls(&j, false);
        journey_run(&j);
        world_each_peer(j.server.endpoint, go_silent, NULL);
        for (int i = 0; i < 2; i++) {
            all = (struct tally){.started_ns = world_now_ns()};
            CHECK(journey_submit(&j, "GetObject", object_params, NULL));
            journey_run(&j);
            CHECK(all.attempts <= 2);
            CHECK(all.most_ns <= (ATTEMPT_MS + 500) * 1000000ull);
        }
        CHECK_EQ(all.attempts, 1); /* the other idle ones are not believed any more */
        CHECK_EQ(j.statuses[INIA_OK], CALLS + 2);
        journey_end(&j);
    }
    report("silence", "idle", &all);
}

static void close_peer(struct world_peer *peer, void *arg)
{
    (void)arg;
    world_peer_close(peer, 0);
}

/* As count(), where a server is waited for. */
static void count_all(struct journey *journey, inia_call *call)
{
    struct tally *tally = journey->own;
    uint64_t took_ns = world_now_ns() - tally->started_ns;
    tally->most_ns = took_ns > tally->most_ns ? took_ns : tally->most_ns;
    tally->calls++;
    tally->attempts += call->attempt_count;
    if (call->attempt_count > tally->most_attempts)
        tally->most_attempts = call->attempt_count;
}

static void end_of_server(void *arg)
{
    world_endpoint_close(arg);
}

static void server_again(void *arg)
{
    struct journey *journey = arg;
    world_http_listen(&journey->server, "10.0.0.1", 80);
}

TEST(a_server_that_goes_away_and_comes_back_is_found_again)
{
    struct tally all = {0};
    size_t well = 0;
    for (uint64_t seed = 1; seed <= journey_seeds(5); seed++) {
        struct journey j;
        begin(&j, seed, &all, (inia_client_config){0}, serve_well);
        j.look = count_all;
        submit_calls(&j, false);
        journey_run(&j);
        world_at(0, end_of_server, j.server.endpoint);
        world_at(40000000, server_again, &j);
        for (int i = 0; i < 20; i++) {
            submit_calls(&j, false);
            journey_turn(&j, 5);
        }
        journey_run(&j);
        all.started_ns = world_now_ns();
        all.most_ns = 0;
        size_t well_before = j.statuses[INIA_OK];
        submit_calls(&j, false);
        journey_run(&j);
        CHECK_EQ(j.statuses[INIA_OK], well_before + CALLS);
        well += j.statuses[INIA_OK];
        journey_end(&j);
    }
    report("the server restarts", "", &all);
    CHECK(well > 0 && all.most_ns < 500 * 1000000u);
}

/* Sixteen times as many calls as a budget pays retries for. */
TEST(no_call_fails_while_a_server_restarts_that_has_answered_before)
{
    struct tally all = {0};
    for (uint64_t seed = 1; seed <= journey_seeds(5); seed++) {
        struct journey j;
        begin(&j, seed, &all, (inia_client_config){0}, serve_well);
        submit_calls(&j, false);
        journey_run(&j);
        world_endpoint_close(j.server.endpoint);
        world_each_peer(j.server.endpoint, close_peer, NULL);
        world_at(1500000000, server_again, &j);
        all.started_ns = world_now_ns();
        all.most_attempts = 0;
        j.look = count_all;
        for (int i = 0; i < 40; i++)
            submit_calls(&j, i % 2);
        journey_run(&j);
        CHECK_EQ(j.statuses[INIA_OK], 41 * CALLS);
        journey_end(&j);
    }
    report("the server restarts in 1.5 s", "", &all);
    CHECK(all.most_ns <= 3000 * 1000000ull);
}

TEST(a_server_that_never_answered_is_not_waited_for)
{
    for (uint64_t seed = 1; seed <= journey_seeds(5); seed++) {
        struct tally all = {0};
        struct journey j;
        begin(&j, seed, &all, (inia_client_config){0}, serve_well);
        world_endpoint_close(j.server.endpoint);
        submit_calls(&j, false);
        journey_run(&j);
        CHECK_EQ(j.statuses[INIA_CONNECT_FAILED], CALLS);
        CHECK_EQ(all.attempts, ATTEMPTS * CALLS);
        CHECK(all.most_ns <= 500 * 1000000ull);
        journey_end(&j);
    }
}

/* ---- What servers say ------------------------------------------------------------------------ */

static void serve_trouble_first(
    const struct world_http_request *request, struct world_http_answer *answer, void *arg)
{
    struct tally *tally = ((struct journey *)arg)->own;
    if (world_now_ns() >= tally->trouble_until_ns) {
        serve_well(request, answer, arg);
        return;
    }
    *answer = tally->wrong;
    if (answer->body)
        answer->body_size = strlen(answer->body);
}

struct said_case {
    const char *what;
    struct world_http_answer answer;
    inia_status lasting;
    int http_status;
    const char *error_code;
};

#define XML_ERROR(code) "<Error><Code>" code "</Code><Message>m</Message></Error>"

static const struct said_case said_cases[] = {
    {"500",
     {.status = 500, .body = XML_ERROR("InternalError")},
     INIA_SERVICE_ERROR,
     500,
     "InternalError"},
    {"500 without a body", {.status = 500}, INIA_SERVICE_ERROR, 500, NULL},
    {"502 in HTML",
     {.status = 502, .body = "<html><br>bad gateway"},
     INIA_SERVICE_ERROR,
     502,
     NULL},
    {"503 SlowDown",
     {.status = 503, .body = XML_ERROR("SlowDown")},
     INIA_SERVICE_ERROR,
     503,
     "SlowDown"},
    {"429 with Retry-After",
     {.status = 429, .headers = "Retry-After: 1\r\n", .body = XML_ERROR("TooManyRequests")},
     INIA_SERVICE_ERROR,
     429,
     "TooManyRequests"},
    {"no answer", {.hang = true}, INIA_TIMED_OUT, 0, ""},
    {"no HTTP", {.raw = "SSH-2.0-x\r\n\r\n", .raw_size = 13}, INIA_BAD_RESPONSE, 0, ""},
    {"a body cut short",
     {.status = 200, .body = XML_ERROR("x"), .cut = true, .cut_at = 9},
     0,
     0,
     NULL},
};

static void check_said(const struct said_case *said, inia_call *call)
{
    CHECK_EQ(call->status, said->lasting);
    CHECK_EQ(call->http_status, said->http_status);
    if (said->error_code)
        CHECK_TEXT(call->error_code, said->error_code);
}

static const struct said_case *said_now;

static void count_and_check_said(struct journey *journey, inia_call *call)
{
    count(journey, call);
    check_said(said_now, call);
}

static void run_said_case(
    const struct said_case *said, uint64_t seed, uint64_t trouble_ns, struct tally *tally,
    size_t *well)
{
    struct journey j;
    begin(&j, seed, tally, (inia_client_config){0}, serve_trouble_first);
    tally->wrong = said->answer;
    tally->trouble_until_ns = trouble_ns ? world_now_ns() + trouble_ns : UINT64_MAX;
    said_now = said;
    if (!trouble_ns)
        j.look = count_and_check_said;
    submit_calls(&j, false);
    journey_run(&j);
    *well += j.statuses[INIA_OK];
    journey_end(&j);
}

TEST(errors_that_servers_go_on_to_send_end_each_call_once_and_show)
{
    for (size_t i = 0; i + 1 < sizeof said_cases / sizeof said_cases[0]; i++) {
        struct tally all = {0};
        size_t well = 0;
        for (uint64_t seed = 1; seed <= journey_seeds(2); seed++)
            run_said_case(&said_cases[i], seed, 0, &all, &well);
        report(said_cases[i].what, "lasting", &all);
        CHECK_EQ(well, 0);
        CHECK_EQ(all.attempts, ATTEMPTS * all.calls);
    }
}

TEST(errors_that_servers_send_for_a_moment_cost_attempts_and_no_call)
{
    for (size_t i = 0; i < sizeof said_cases / sizeof said_cases[0]; i++) {
        struct tally all = {0};
        size_t well = 0;
        for (uint64_t seed = 1; seed <= journey_seeds(2); seed++)
            run_said_case(&said_cases[i], seed, 3000000, &all, &well);
        report(said_cases[i].what, "for 3 ms", &all);
        CHECK_EQ(well, all.calls);
        CHECK(all.most_ns <= 5000 * 1000000ull);
    }
}

static void submit_for(struct journey *journey, uint64_t duration_ns)
{
    uint64_t end_ns = world_now_ns() + duration_ns;
    for (uint64_t next_ns = world_now_ns(); next_ns < end_ns; next_ns += 100000000) {
        while (world_now_ns() < next_ns)
            journey_turn(journey, 10);
        submit_calls(journey, false);
    }
}

TEST(a_storm_of_refusals_costs_few_attempts_and_is_over_when_it_ends)
{
    struct tally storm = {0}, after = {0};
    for (uint64_t seed = 1; seed <= journey_seeds(3); seed++) {
        struct journey j;
        begin(&j, seed, &storm, (inia_client_config){0}, serve_trouble_first);
        storm.wrong = (struct world_http_answer){.status = 503, .body = XML_ERROR("SlowDown")};
        storm.trouble_until_ns = UINT64_MAX;
        submit_for(&j, 5000000000u);
        journey_run(&j);
        CHECK_EQ(j.statuses[INIA_SERVICE_ERROR], j.accepted);
        j.own = &after;
        after.started_ns = world_now_ns();
        submit_calls(&j, false);
        journey_run(&j);
        CHECK_EQ(j.statuses[INIA_OK], CALLS);
        journey_end(&j);
    }
    report("503 SlowDown", "for 5 s", &storm);
    report("503 SlowDown", "when it is over", &after);
    CHECK(storm.attempts <= 16 * storm.calls / 10);
    CHECK_EQ(after.attempts, after.calls);
    CHECK(after.most_ns < 500 * 1000000u);
}

/* ---- Clocks and credentials ------------------------------------------------------------------ */

static void serve_by_the_clock(
    const struct world_http_request *request, struct world_http_answer *answer, void *arg)
{
    char date[64];
    CHECK(world_http_header(request, "x-amz-date", date, sizeof date));
    if (strncmp(date, "20260101T00", 11) == 0) { /* our clock, 20 minutes late */
        answer->status = 403;
        answer->headers = "Date: Thu, 01 Jan 2026 01:05:00 GMT\r\n";
        answer->body = XML_ERROR("RequestTimeTooSkewed");
        answer->body_size = strlen(answer->body);
        return;
    }
    serve_well(request, answer, arg);
}

TEST(a_clock_that_is_off_is_corrected_from_the_first_answers)
{
    struct tally all = {0};
    for (uint64_t seed = 1; seed <= journey_seeds(5); seed++) {
        struct journey j;
        begin(&j, seed, &all, (inia_client_config){0}, serve_by_the_clock);
        world_set_wall_ms(1767225600000 + 45 * 60000); /* 2026-01-01T00:45 */
        submit_calls(&j, false);
        journey_run(&j);
        CHECK_EQ(j.statuses[INIA_OK], CALLS);
        size_t attempts = all.attempts;
        submit_calls(&j, false);
        journey_run(&j);
        CHECK_EQ(j.statuses[INIA_OK], 2 * CALLS);
        CHECK_EQ(all.attempts - attempts, CALLS); /* learnt once for all */
        journey_end(&j);
    }
    report("clock 20 minutes late", "", &all);
}

static int asked;
static inia_credentials_query *waiting_query;

static void answer_once(void *arg, inia_credentials_query *query)
{
    (void)arg;
    waiting_query = query;
    if (asked++ == 0)
        inia_answer(
            query, &(inia_credentials){"AKID", "secret", NULL, 1767225600 + 1}); /* one second */
}

TEST(a_deadline_ends_the_wait_for_new_credentials_between_two_attempts)
{
    for (uint64_t seed = 1; seed <= journey_seeds(5); seed++) {
        struct journey j;
        struct tally all = {0};
        asked = 0;
        begin(&j, seed, &all, (inia_client_config){.provider = answer_once}, serve_trouble_first);
        world_set_wall_ms(1767225600000);
        all.wrong = (struct world_http_answer){
            503, .headers = "Retry-After: 2\r\n", .body = XML_ERROR("SlowDown")};
        all.trouble_until_ns = UINT64_MAX;
        inia_request request = {.deadline_ms = 10000};
        CHECK(journey_submit(&j, "GetObject", object_params, &request));
        journey_run(&j);
        CHECK_EQ(j.statuses[INIA_TIMED_OUT], 1);
        CHECK(all.most_ns <= 10100 * 1000000ull);
        CHECK_EQ(asked, 2);
        journey_end(&j);
    }
}

/* ---- Handshakes
 * ---------------------------------------------------------------------------------- */

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
