/* The fault matrix in what servers say, by the wrong clock, and without credentials. */
#include "faults_fixture.h"

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
