/* Waiters, from the public API down to a simulated network. */
#include "journey_fixture.h"

/* A table, a function or a bucket that is in another state at each look; the last one stays. */
struct subject {
    const char *answers[8]; /* bodies; "404" and the like: a bare status */
    unsigned looks;
    uint64_t looked_ns[8]; /* in the world's time */
};

static void show(
    const struct world_http_request *request, struct world_http_answer *answer, void *arg)
{
    struct subject *subject = ((struct journey *)arg)->own;
    unsigned at = 0;
    (void)request;
    while (at < subject->looks && at + 1 < 8 && subject->answers[at + 1])
        at++;
    if (subject->looks < 8)
        subject->looked_ns[subject->looks] = world_now_ns();
    subject->looks++;
    answer->body = subject->answers[at];
    answer->body_size = strlen(answer->body);
    answer->status = 200;
    if (answer->body[0] != '{') {
        answer->status = atoi(answer->body);
        answer->body_size = 0;
    } else if (strstr(answer->body, "__type")) {
        answer->status = 400;
    }
}

static const inia_param table[] = {{"TableName", "t"}, {0}};
static const inia_param bucket[] = {{"Bucket", "b"}, {0}};

#define CREATING "{\"Table\":{\"TableStatus\":\"CREATING\"}}"
#define ACTIVE "{\"Table\":{\"TableStatus\":\"ACTIVE\"}}"
#define NOT_FOUND "{\"__type\":\"ResourceNotFoundException\",\"message\":\"none\"}"
#define DENIED "{\"__type\":\"AccessDeniedException\",\"message\":\"no\"}"

static void begin(struct journey *j, uint64_t seed, const char *service, struct subject *subject)
{
    journey_begin_with(
        j, seed, &(inia_client_config){.service = service, .path_style = true}, NULL, show);
    j->own = subject;
}

static inia_call *submit_wait(
    struct journey *j, const char *waiter, const inia_param *params, const inia_request *more)
{
    inia_request request = more ? *more : (inia_request){0};
    request.until = inia_find_waiter(j->client, waiter, NULL);
    request.params = params;
    CHECK(request.until != NULL);
    inia_call *call = inia_submit(j->client, &request);
    j->accepted += call != NULL;
    return call;
}

static inia_call *finish(struct journey *j, inia_call *submitted)
{
    inia_call *call = NULL;
    CHECK(submitted != NULL);
    for (int turns = 0; !call && turns < JOURNEY_TURNS; turns++)
        inia_wait(j->engine, &call, 1, -1);
    CHECK(call == submitted);
    return call;
}

static void end(struct journey *j, inia_call *call)
{
    inia_release(call);
    j->finished++;
    journey_end(j);
}

TEST(a_wait_ends_when_the_state_has_come)
{
    for (uint64_t seed = 1; seed <= journey_seeds(10); seed++) {
        struct journey j;
        struct subject subject = {.answers = {NOT_FOUND, CREATING, CREATING, ACTIVE}};
        begin(&j, seed, "dynamodb", &subject);
        inia_call *call = finish(&j, submit_wait(&j, "TableExists", table, NULL));
        CHECK_EQ(call->status, INIA_OK);
        CHECK_EQ(subject.looks, 4);
        CHECK_TEXT(inia_get(call, "Table.TableStatus"), "ACTIVE");
        CHECK(call->operation == inia_find_operation(j.client, "DescribeTable", NULL));
        CHECK_EQ(call->attempt_count, 1);
        for (int i = 1; i < 4; i++) { /* the model says 20 s */
            uint64_t between = subject.looked_ns[i] - subject.looked_ns[i - 1];
            CHECK(between >= 20000000000u && between < 21000000000u);
        }
        CHECK(!inia_next_page(call));
        end(&j, call);
    }
}

TEST(an_error_may_be_what_is_waited_for)
{
    struct journey j;
    struct subject subject = {.answers = {ACTIVE, NOT_FOUND}};
    begin(&j, 1, "dynamodb", &subject);
    inia_call *call = finish(&j, submit_wait(&j, "TableNotExists", table, NULL));
    CHECK_EQ(call->status, INIA_OK);
    CHECK_TEXT(call->error_code, "");
    CHECK_TEXT(call->message, "");
    CHECK_TEXT(call->output, "{}");
    CHECK_EQ(call->http_status, 400);
    end(&j, call);
}

TEST(a_bare_http_status_may_be_what_is_waited_for)
{
    struct journey j;
    struct subject subject = {.answers = {"404", "404", "403"}};
    begin(&j, 1, "s3", &subject);
    inia_call *call = finish(&j, submit_wait(&j, "BucketExists", bucket, NULL));
    CHECK_EQ(call->status, INIA_OK);
    CHECK_EQ(subject.looks, 3);
    end(&j, call);
}

TEST(a_state_that_cannot_come_any_more_ends_the_wait_and_says_why)
{
    struct journey j;
    struct subject subject = {
        .answers = {
            "{\"KinesisDataStreamDestinations\":[{\"DestinationStatus\":\"ENABLING\"}]}",
            "{\"KinesisDataStreamDestinations\":["
            "{\"DestinationStatus\":\"DISABLED\"},{\"DestinationStatus\":\"DISABLED\"}]}"}};
    begin(&j, 1, "dynamodb", &subject);
    inia_call *call = finish(&j, submit_wait(&j, "KinesisStreamingDestinationActive", table, NULL));
    CHECK_EQ(call->status, INIA_WAIT_FAILED);
    const char *start = "KinesisStreamingDestinationActive cannot come any more: length(Kinesis";
    CHECK(strncmp(call->message, start, strlen(start)) == 0);
    CHECK_EQ(subject.looks, 2);
    CHECK_TEXT(inia_get(call, "KinesisDataStreamDestinations[1].DestinationStatus"), "DISABLED");
    end(&j, call);
}

TEST(an_error_that_the_waiter_does_not_know_ends_the_wait_as_itself)
{
    struct journey j;
    struct subject subject = {.answers = {CREATING, DENIED}};
    begin(&j, 1, "dynamodb", &subject);
    inia_call *call = finish(&j, submit_wait(&j, "TableExists", table, NULL));
    CHECK_EQ(call->status, INIA_SERVICE_ERROR);
    CHECK_TEXT(call->error_code, "AccessDeniedException");
    end(&j, call);
}

TEST(the_looks_and_the_time_between_them_may_be_chosen)
{
    struct journey j;
    struct subject subject = {.answers = {CREATING}};
    begin(&j, 1, "dynamodb", &subject);
    inia_call *call = finish(
        &j, submit_wait(&j, "TableExists", table, &(inia_request){.wait_s = 3, .max_polls = 2}));
    CHECK_EQ(call->status, INIA_TIMED_OUT);
    CHECK_TEXT(call->message, "TableExists has not come in 2 looks, 3 s apart");
    CHECK_TEXT(inia_get(call, "Table.TableStatus"), "CREATING");
    CHECK_EQ(subject.looks, 2);
    CHECK(subject.looked_ns[1] - subject.looked_ns[0] >= 3000000000u);
    CHECK(subject.looked_ns[1] - subject.looked_ns[0] < 3500000000u);
    end(&j, call);
}

TEST(without_a_choice_the_waiter_says_how_often_to_look)
{
    struct journey j;
    struct subject subject = {.answers = {CREATING}};
    begin(&j, 1, "dynamodb", &subject);
    inia_call *call = finish(&j, submit_wait(&j, "TableExists", table, NULL));
    CHECK_EQ(call->status, INIA_TIMED_OUT);
    CHECK_EQ(subject.looks, 25);
    end(&j, call);
}

TEST(the_deadline_counts_for_the_whole_wait)
{
    struct journey j;
    struct subject subject = {.answers = {CREATING}};
    begin(&j, 1, "dynamodb", &subject);
    inia_call *call =
        finish(&j, submit_wait(&j, "TableExists", table, &(inia_request){.deadline_ms = 50000}));
    CHECK_EQ(call->status, INIA_TIMED_OUT);
    CHECK_TEXT(call->message, "not finished within 50000 ms: what is waited for has not come");
    CHECK_EQ(subject.looks, 3);
    end(&j, call);
}

TEST(a_wait_that_cannot_be_asked_for_is_refused)
{
    struct journey j;
    struct subject subject = {.answers = {ACTIVE}};
    inia_error error = {INIA_OK, ""};
    begin(&j, 1, "dynamodb", &subject);
    CHECK(inia_find_waiter(j.client, "TableExist", &error) == NULL);
    CHECK_TEXT(
        error.detail, "unknown waiter 'TableExist' of dynamodb: did you mean 'TableExists'?");
    CHECK(inia_find_waiter(NULL, "TableExists", &error) == NULL);
    const inia_waiter *waiter = inia_find_waiter(j.client, "TableExists", &error);
    CHECK(waiter && waiter == inia_find_waiter(j.client, "TableExists", &error));
    inia_call *call = submit_wait(
        &j, "TableExists", table,
        &(inia_request){.operation = inia_find_operation(j.client, "ListTables", NULL)});
    CHECK_EQ(finish(&j, call)->status, INIA_BAD_REQUEST);
    CHECK_TEXT(call->message, "the request's operation is another than its waiter's");
    inia_release(call);
    call = submit_wait(&j, "TableExists", table, &(inia_request){.goal = INIA_SIGN});
    CHECK_TEXT(finish(&j, call)->message, "a request with a waiter can only be sent");
    inia_release(call);
    call = submit_wait(&j, "TableExists", NULL, NULL);
    CHECK_EQ(finish(&j, call)->status, INIA_BAD_REQUEST);
    inia_release(call);
    inia_client *other = inia_client_new(
        j.engine, &(inia_client_config){.service = "dynamodb", .region = "us-east-1"}, NULL);
    call = inia_submit(other, &(inia_request){.until = waiter, .params = table});
    CHECK_TEXT(finish(&j, call)->message, "the request's waiter belongs to another client");
    inia_release(call);
    inia_client_free(other);
    j.finished = j.accepted;
    CHECK_EQ(subject.looks, 0);
    journey_end(&j);
}

TEST(a_service_without_waiters_says_so)
{
    struct journey j;
    struct subject subject = {.answers = {"{}"}};
    inia_error error = {INIA_OK, ""};
    begin(&j, 1, "sqs", &subject);
    CHECK(inia_find_waiter(j.client, "QueueExists", &error) == NULL);
    CHECK_TEXT(error.detail, "unknown waiter 'QueueExists' of sqs");
    journey_end(&j);
}

TEST(a_wait_may_be_cancelled_in_any_turn_and_between_polls)
{
    for (int turn = 0; turn < 40; turn++) {
        struct journey j;
        struct subject subject = {.answers = {CREATING, CREATING, ACTIVE}};
        begin(&j, (uint64_t)turn + 1, "dynamodb", &subject);
        inia_call *call = submit_wait(&j, "TableExists", table, NULL), *done = NULL;
        size_t count = 0;
        for (int i = 0; i < turn && !count; i++)
            count = inia_wait(j.engine, &done, 1, turn % 2 ? 0 : 3000);
        if (!count) {
            inia_cancel(call);
            finish(&j, call);
        }
        CHECK(call->status == INIA_CANCELLED || call->status == INIA_OK);
        CHECK(call->status == INIA_CANCELLED || subject.looks == 3);
        end(&j, call);
    }
}

TEST(the_engine_may_be_freed_in_any_turn_of_a_wait)
{
    for (int turn = 0; turn < 40; turn++) {
        struct journey j;
        struct subject subject = {.answers = {CREATING, CREATING, ACTIVE}};
        begin(&j, (uint64_t)turn + 1, "dynamodb", &subject);
        submit_wait(&j, "TableExists", table, NULL);
        inia_call *done;
        for (int i = 0; i < turn; i++)
            inia_wait(j.engine, &done, 1, turn % 2 ? 0 : 3000);
        j.accepted = j.finished;
        journey_end(&j);
    }
}

TEST(freeing_the_client_ends_its_waits)
{
    struct journey j;
    struct subject subject = {.answers = {CREATING}};
    begin(&j, 1, "dynamodb", &subject);
    inia_call *call = submit_wait(&j, "TableExists", table, NULL), *done;
    while (subject.looks == 0)
        CHECK_EQ(inia_wait(j.engine, &done, 1, 1000), 0);
    CHECK_EQ(inia_wait(j.engine, &done, 1, 1000), 0);
    inia_client_free(j.client);
    CHECK_EQ(finish(&j, call)->status, INIA_CANCELLED);
    end(&j, call);
}

TEST(every_allocation_may_fail_and_a_wait_still_finishes_once)
{
    bool failed_some = false, all_well = false;
    for (uint64_t nth = 1; nth < 400 && !all_well; nth++) {
        struct journey j;
        struct subject subject = {.answers = {NOT_FOUND, CREATING, ACTIVE}};
        begin(&j, 1, "dynamodb", &subject);
        CHECK(inia_find_waiter(j.client, "TableExists", NULL) != NULL);
        budget_fail_after(nth);
        inia_call *call = submit_wait(&j, "TableExists", table, NULL);
        if (call)
            finish(&j, call);
        budget_fail_after(0);
        all_well = call && call->status == INIA_OK;
        CHECK(!all_well || subject.looks == 3);
        failed_some = failed_some || !all_well;
        inia_release(call);
        j.finished += call != NULL;
        journey_end(&j);
    }
    CHECK(failed_some && all_well);
}

TEST(a_long_wait_needs_no_more_memory_than_a_short_one)
{
    struct journey j;
    struct subject subject = {.answers = {CREATING}};
    inia_stats early, late;
    begin(&j, 1, "dynamodb", &subject);
    inia_call *call =
        submit_wait(&j, "TableExists", table, &(inia_request){.wait_s = 1, .max_polls = 3000});
    inia_call *done;
    while (subject.looks < 10)
        CHECK_EQ(inia_wait(j.engine, &done, 1, 1000), 0);
    inia_engine_stats(j.engine, &early);
    finish(&j, call);
    inia_engine_stats(j.engine, &late);
    CHECK_EQ(call->status, INIA_TIMED_OUT);
    CHECK_EQ(subject.looks, 3000);
    CHECK_EQ(late.memory_peak, early.memory_peak);
    CHECK_EQ(late.allocations, early.allocations);
    CHECK_EQ(call->attempt_count, 1);
    end(&j, call);
}

static void flaky(
    const struct world_http_request *request, struct world_http_answer *answer, void *arg)
{
    show(request, answer, arg);
    unsigned luck = (unsigned)world_random(8);
    answer->reset = luck == 1;
    answer->close = luck == 2;
    if (luck == 3)
        answer->status = 503;
}

TEST(a_wait_outlives_what_retries_mend)
{
    size_t good = 0;
    for (uint64_t seed = 1; seed <= journey_seeds(40); seed++) {
        struct journey j;
        struct subject subject = {.answers = {CREATING, CREATING, CREATING, CREATING, ACTIVE}};
        begin(&j, seed, "dynamodb", &subject);
        j.server.answer = flaky;
        inia_call *call = finish(&j, submit_wait(&j, "TableExists", table, NULL));
        good += call->status == INIA_OK;
        end(&j, call);
    }
    CHECK(good > 30 * journey_seeds(40) / 40);
}
