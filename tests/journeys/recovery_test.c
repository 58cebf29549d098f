/* What a call does after trouble, by the retry mode that its client was given. */
#include "journey_fixture.h"

struct script {
    struct world_http_answer wrong; /* what the first answers are ... */
    uint64_t wrong_answers;         /* ... so many of them */
    uint64_t executed;              /* requests that came whole */
    struct world_http_answer good;
};

static void serve(
    const struct world_http_request *request, struct world_http_answer *answer, void *arg)
{
    struct script *script = ((struct journey *)arg)->own;
    script->executed++;
    *answer = request->total <= script->wrong_answers ? script->wrong : script->good;
    if (answer->body && !answer->body_size)
        answer->body_size = strlen(answer->body);
}

static const inia_param message[] = {
    {"QueueUrl", "http://10.0.0.1/1/q"}, {"MessageBody", "m"}, {0}};
static const struct world_http_answer sent = {.status = 200, .body = "{\"MessageId\":\"1\"}"};

struct outcome {
    inia_status status;
    size_t attempts;
    uint64_t took_ms;
    char message[128];
};

static struct outcome last;

static void keep(struct journey *journey, inia_call *call)
{
    (void)journey;
    last = (struct outcome){.status = call->status, .attempts = call->attempt_count};
    last.took_ms =
        call->attempt_count ? call->attempts[call->attempt_count - 1].ended_ns / 1000000 : 0;
    snprintf(last.message, sizeof last.message, "%s", call->message);
}

static void send_one(
    struct script *script, uint64_t seed, inia_client_config config, const char *operation,
    const inia_param *params, inia_stats *stats)
{
    struct journey j;
    journey_begin_with(&j, seed, &config, NULL, serve);
    j.own = script;
    j.look = keep;
    CHECK(journey_submit(&j, operation, params, NULL) != NULL);
    journey_run(&j);
    inia_engine_stats(j.engine, stats);
    journey_end(&j);
}

TEST(errors_that_the_user_names_are_tried_again)
{
    static const struct {
        const char *codes;
        size_t attempts;
    } cases[] = {
        {NULL, 1},      {"Busy", 1},           {"TooBusyNow", 1},
        {"TooBusy", 2}, {"Other, TooBusy", 2}, {",TooBusy,", 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct script script = {
            .wrong = {.status = 400, .body = "{\"__type\":\"x#TooBusy\"}"},
            .wrong_answers = 1,
            .good = sent};
        inia_stats stats;
        inia_client_config config = {.service = "sqs", .retry_codes = cases[i].codes};
        send_one(&script, i, config, "SendMessage", message, &stats);
        CHECK_EQ(last.status, cases[i].attempts == 2 ? INIA_OK : INIA_SERVICE_ERROR);
        CHECK_EQ(last.attempts, cases[i].attempts);
        CHECK_EQ(stats.retries, cases[i].attempts - 1);
    }
}

/* ---- Which mode ------------------------------------------------------------------------------ */

TEST(the_mode_is_the_programs_then_the_environments)
{
    static const struct {
        const char *variable;
        inia_retry given;
        inia_status status;
        uint64_t executed;
    } cases[] = {
        /* SendMessage is lost with the connection: only the SDKs' modes send it again. */
        {NULL, INIA_RETRY_DEFAULT, INIA_CONNECTION_LOST, 1},
        {"standard", INIA_RETRY_DEFAULT, INIA_OK, 2},
        {"ADAPTIVE", INIA_RETRY_DEFAULT, INIA_OK, 2},
        {"legacy", INIA_RETRY_DEFAULT, INIA_OK, 2},
        {"inia", INIA_RETRY_DEFAULT, INIA_CONNECTION_LOST, 1},
        {"off", INIA_RETRY_DEFAULT, INIA_CONNECTION_LOST, 1},
        {"standard", INIA_RETRY_INIA, INIA_CONNECTION_LOST, 1},
        {NULL, INIA_RETRY_STANDARD, INIA_OK, 2},
        {NULL, INIA_RETRY_ADAPTIVE, INIA_OK, 2},
        {"standard", INIA_RETRY_OFF, INIA_CONNECTION_LOST, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct script script = {.wrong = {.reset = true}, .wrong_answers = 1, .good = sent};
        inia_stats stats;
        if (cases[i].variable)
            setenv("AWS_RETRY_MODE", cases[i].variable, 1);
        send_one(
            &script, i + 1, (inia_client_config){.service = "sqs", .retry = cases[i].given},
            "SendMessage", message, &stats);
        unsetenv("AWS_RETRY_MODE");
        if (last.status != cases[i].status || script.executed != cases[i].executed)
            FAIL("case %zu: %s", i, inia_status_name(last.status));
        CHECK_EQ(stats.ended[last.status], 1);
        CHECK_EQ(stats.retries_transient, script.executed - 1);
    }
}

TEST(a_mode_or_number_that_is_none_is_refused_with_its_place)
{
    static const struct {
        const char *variable, *value, *said;
    } cases[] = {
        {"AWS_RETRY_MODE", "fast", "AWS_RETRY_MODE: retry_mode is 'fast': "},
        {"AWS_MAX_ATTEMPTS", "many", "AWS_MAX_ATTEMPTS: max_attempts is 'many': "},
        {"AWS_MAX_ATTEMPTS", "0", "AWS_MAX_ATTEMPTS: max_attempts is '0': "},
        {"AWS_MAX_ATTEMPTS", "101", "AWS_MAX_ATTEMPTS: max_attempts is '101': "},
    };
    struct journey j;
    journey_begin(&j, 1, "s3", serve);
    inia_error error = {INIA_OK, ""};
    inia_client_config config = {.service = "s3", .region = "us-east-1"};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        setenv(cases[i].variable, cases[i].value, 1);
        CHECK(inia_client_new(j.engine, &config, &error) == NULL);
        unsetenv(cases[i].variable);
        CHECK_EQ(error.status, INIA_BAD_CONFIG);
        if (strncmp(error.detail, cases[i].said, strlen(cases[i].said)) != 0)
            FAIL("%s", error.detail);
    }
    config.retry = (inia_retry)99;
    CHECK(inia_client_new(j.engine, &config, &error) == NULL);
    CHECK_TEXT(error.detail, "inia_client_config: retry is none of inia_retry");
    journey_end(&j);
}

TEST(how_often_is_the_programs_then_the_environments_then_the_modes)
{
    static const struct {
        const char *service, *variable;
        uint32_t given;
        inia_retry retry;
        uint64_t attempts;
    } cases[] = {
        {"s3", NULL, 0, INIA_RETRY_INIA, 3},       {"s3", "5", 0, INIA_RETRY_INIA, 5},
        {"s3", "5", 2, INIA_RETRY_INIA, 2},        {"s3", "5", 2, INIA_RETRY_OFF, 1},
        {"dynamodb", NULL, 0, INIA_RETRY_INIA, 4}, {"dynamodb", NULL, 0, INIA_RETRY_STANDARD, 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct script script = {.wrong = {.status = 500}, .wrong_answers = 1000};
        inia_stats stats;
        if (cases[i].variable)
            setenv("AWS_MAX_ATTEMPTS", cases[i].variable, 1);
        bool s3 = strcmp(cases[i].service, "s3") == 0;
        send_one(
            &script, i + 1,
            (inia_client_config){
                .service = cases[i].service,
                .retry = cases[i].retry,
                .max_attempts = cases[i].given},
            s3 ? "ListBuckets" : "ListTables", NULL, &stats);
        unsetenv("AWS_MAX_ATTEMPTS");
        CHECK_EQ(last.status, INIA_SERVICE_ERROR);
        CHECK_EQ(script.executed, cases[i].attempts);
        CHECK_EQ(last.attempts, cases[i].attempts);
        CHECK_EQ(stats.answers[5], cases[i].attempts);
    }
}

/* ---- How long it waits ----------------------------------------------------------------------- */

TEST(a_call_whose_deadline_would_pass_while_it_waits_ends_at_once_as_its_attempt_did)
{
    static const inia_param object[] = {{"Bucket", "b"}, {"Key", "k"}, {0}};
    struct script script = {
        .wrong = {.status = 503, .headers = "Retry-After: 4\r\n"},
        .wrong_answers = 1,
        .good = {.status = 200}};
    static const struct {
        uint32_t deadline_ms;
        inia_status status;
    } cases[] = {{3000, INIA_SERVICE_ERROR}, {30000, INIA_OK}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        inia_stats stats;
        script.executed = 0;
        send_one(
            &script, i + 1,
            (inia_client_config){.service = "s3", .deadline_ms = cases[i].deadline_ms},
            "HeadObject", object, &stats);
        bool again = cases[i].status == INIA_OK;
        CHECK_EQ(last.status, cases[i].status);
        CHECK_EQ(script.executed, again ? 2 : 1);
        CHECK_EQ(stats.retries, again ? 1 : 0);
        CHECK(again ? last.took_ms >= 4000 : last.took_ms < 1000);
    }
}

static const char *const wishes[] = {
    "Date: Thu, 01 Jan 2026 03:00:00 GMT\r\nRetry-After: Thu, 01 Jan 2026 03:00:07 GMT\r\n",
    "Date: Thu, 01 Jan 2026 03:00:00 GMT\r\nRetry-After: Thu, 01 Jan 2026 02:00:00 GMT\r\n",
    "Date: garbage\r\nRetry-After: 99999999999999999999999999\r\n",
    "Retry-After: -7\r\n",
};

/* How long the ends of calls that fail are kept back, in all. */
static uint64_t pauses_ms(const char *operation, const inia_param *params, uint64_t *unaffordable)
{
    enum { CALLS = 200 };
    static struct script script;
    script = (struct script){.wrong = {.status = 503}, .wrong_answers = UINT64_MAX};
    inia_client_config config = {.service = "sqs"};
    struct journey j;
    inia_stats stats;
    uint64_t pauses = 0;
    journey_begin_with(&j, 1, &config, NULL, serve);
    j.own = &script;
    j.look = keep;
    for (int i = 0; i < CALLS; i++) {
        uint64_t start_ns = world_now_ns();
        CHECK(journey_submit(&j, operation, params, NULL) != NULL);
        journey_run(&j);
        CHECK_EQ(last.status, INIA_SERVICE_ERROR);
        pauses += (world_now_ns() - start_ns) / 1000000 - last.took_ms;
    }
    inia_engine_stats(j.engine, &stats);
    *unaffordable = stats.retries_unaffordable;
    journey_end(&j);
    return pauses;
}

TEST(who_polls_in_a_loop_is_told_of_an_error_after_a_while_when_no_retry_can_be_paid)
{
    static const inia_param queue[] = {{"QueueUrl", "http://10.0.0.1/1/q"}, {0}};
    uint64_t polls, others;
    uint64_t polls_ms = pauses_ms("ReceiveMessage", queue, &polls);
    uint64_t others_ms = pauses_ms("GetQueueAttributes", queue, &others);
    CHECK(polls > 20 && others > 20);
    CHECK(polls_ms > 10 * polls); /* 0 to 50 each */
    CHECK_EQ(others_ms, 0);
}

TEST(a_date_to_wait_for_is_one_by_the_servers_clock_however_far_ours_is_off)
{
    static const inia_param object[] = {{"Bucket", "b"}, {"Key", "k"}, {0}};
    static const uint64_t least_ms[] = {7000, 0, 60000, 0};
    for (size_t i = 0; i < sizeof wishes / sizeof wishes[0]; i++) {
        struct script script = {
            .wrong = {.status = 503, .headers = wishes[i]},
            .wrong_answers = 1,
            .good = {.status = 200}};
        inia_stats stats;
        send_one(
            &script, i + 1, (inia_client_config){.service = "s3"}, "HeadObject", object, &stats);
        CHECK_EQ(last.status, INIA_OK);
        if (last.took_ms < least_ms[i] || last.took_ms > least_ms[i] + 2000)
            FAIL("%s: %llu ms", wishes[i], (unsigned long long)last.took_ms);
    }
}

TEST(a_call_that_waits_for_its_next_attempt_is_cancelled_at_once)
{
    static const inia_param object[] = {{"Bucket", "b"}, {"Key", "k"}, {0}};
    struct script script = {
        .wrong = {.status = 503, .headers = "Retry-After: 30\r\n"}, .wrong_answers = 1};
    struct journey j;
    journey_begin(&j, 1, "s3", serve);
    j.own = &script;
    j.look = keep;
    inia_call *call = journey_submit(&j, "HeadObject", object, NULL);
    journey_pass(&j, 3);
    CHECK_EQ(script.executed, 1);
    CHECK_EQ(inia_pending(j.engine), 1);
    uint64_t cancelled_ns = world_now_ns();
    inia_cancel(call);
    journey_run(&j);
    CHECK_EQ(last.status, INIA_CANCELLED);
    CHECK(world_now_ns() < cancelled_ns + 1000000);
    journey_pass(&j, 60);
    CHECK_EQ(script.executed, 1);
    journey_end(&j);
}

/* ---- What is done twice ---------------------------------------------------------------------- */

struct lost_case {
    const char *operation;
    struct world_http_answer wrong;
    uint64_t executed;
};

TEST(what_must_not_be_done_twice_is_sent_again_only_when_it_was_refused)
{
    static const struct lost_case cases[] = {
        {"SendMessage", {.reset = true}, 1},
        {"SendMessage", {.status = 500, .body = "{}"}, 1},
        {"SendMessage", {.status = 504, .body = "gateway"}, 1},
        {"SendMessage", {.status = 503, .body = "{}"}, 2},
        {"SendMessage", {.status = 400, .body = "{\"__type\":\"ThrottlingException\"}"}, 2},
        {"GetQueueAttributes", {.reset = true}, 2},
        {"GetQueueAttributes", {.status = 500, .body = "{}"}, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct script script = {.wrong = cases[i].wrong, .wrong_answers = 1, .good = sent};
        bool sends = strcmp(cases[i].operation, "SendMessage") == 0;
        inia_stats stats;
        send_one(
            &script, i + 1, (inia_client_config){.service = "sqs"}, cases[i].operation,
            sends ? message : (const inia_param[]){{"QueueUrl", "http://10.0.0.1/1/q"}, {0}},
            &stats);
        if (script.executed != cases[i].executed)
            FAIL("case %zu: %llu times", i, (unsigned long long)script.executed);
        CHECK_EQ(last.status == INIA_OK, cases[i].executed == 2);
        CHECK_EQ(stats.retries_unsafe, cases[i].executed == 1);
        CHECK_EQ(stats.retries, cases[i].executed - 1);
    }
}

TEST(a_failure_that_s3_tells_of_itself_is_no_success)
{
    static const inia_param params[] = {{"Bucket", "b"}, {"Key", "k"}, {"UploadId", "u"}, {0}};
    static const char failed[] = "<Error><Code>InternalError</Code></Error>";
    struct script script = {
        .wrong = {.status = 200, .body = failed},
        .wrong_answers = 1,
        .good = {.status = 200, .body = "<CompleteMultipartUploadResult/>"}};
    inia_stats stats;
    send_one(
        &script, 1, (inia_client_config){.service = "s3"}, "CompleteMultipartUpload", params,
        &stats);
    CHECK_EQ(last.status, INIA_OK);
    CHECK_EQ(script.executed, 2);
    script = (struct script){.wrong = {.reset = true}, .wrong_answers = 1};
    send_one(
        &script, 2, (inia_client_config){.service = "s3"}, "CompleteMultipartUpload", params,
        &stats);
    CHECK_EQ(last.status, INIA_CONNECTION_LOST);
    CHECK_EQ(script.executed, 1);
}

/* ---- Clocks ---------------------------------------------------------------------------------- */

static void serve_by_the_clock(
    const struct world_http_request *request, struct world_http_answer *answer, void *arg)
{
    struct script *script = ((struct journey *)arg)->own;
    char date[64];
    (void)world_http_header(request, "x-amz-date", date, sizeof date);
    script->executed++;
    answer->headers = "Date: Thu, 01 Jan 2026 00:20:00 GMT\r\n";
    bool right = strncmp(date, "20260101T002", 12) == 0;
    answer->status = right ? 200 : 403;
    answer->body = right ? "{}" : "{\"__type\":\"InvalidSignatureException\"}";
    answer->body_size = strlen(answer->body);
}

TEST(a_clock_that_is_twenty_minutes_off_costs_one_attempt_of_one_call)
{
    for (uint64_t seed = 1; seed <= journey_seeds(3); seed++) {
        struct script script = {0};
        struct journey j;
        journey_begin(&j, seed, "dynamodb", serve_by_the_clock);
        j.own = &script;
        for (int i = 0; i < 5; i++) {
            CHECK(journey_submit(&j, "ListTables", NULL, NULL) != NULL);
            journey_run(&j);
        }
        CHECK_EQ(j.statuses[INIA_OK], 5);
        CHECK_EQ(script.executed, 6);
        inia_stats stats;
        inia_engine_stats(j.engine, &stats);
        CHECK_EQ(stats.retries_remedied, 1);
        CHECK_EQ(stats.answers[4], 1);
        CHECK_EQ(stats.answers[2], 5);
        journey_end(&j);
    }
}
