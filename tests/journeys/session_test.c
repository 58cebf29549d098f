/* S3's directory buckets: the sessions that their requests are signed with, got by the engine. */
#include "journey_fixture.h"

#include <stdio.h>
#include <time.h>

enum { WALL_S = 1767225600, SESSION_S = 300, FIRST_BUCKETS = 130 };

static inia_param params[] = {{"Bucket", "b1--usw2-az1--x-s3"}, {"Key", "k"}, {0}};

/* What the service has done, and is to do. */
struct service {
    size_t sessions, objects, refused;
    int most_at_once, at_once;
    bool slow;            /* CreateSession takes 20 ms */
    const char *code;     /* CreateSession fails with it; NULL: it does not */
    bool garbled;         /* CreateSession answers nonsense */
    size_t broken_after;  /* CreateSession fails from then on; 0: never */
    size_t expire_tokens; /* so many objects are refused with ExpiredToken */
    uint64_t started_ns;
};

static int64_t now_s(void)
{
    return WALL_S + (int64_t)(world_now_ns() / 1000000000u);
}

static void create_session(
    const struct world_http_request *request, struct world_http_answer *answer,
    struct service *service)
{
    static char body[600];
    char value[128], when[32], authorization[512];
    CHECK(!world_http_header(request, "x-amz-s3session-token", value, sizeof value));
    CHECK(world_http_header(request, "authorization", authorization, sizeof authorization));
    CHECK(strstr(authorization, "Credential=AKID/") != NULL);
    CHECK(strstr(authorization, "/s3express/aws4_request") != NULL);
    service->sessions++;
    if (service->slow)
        answer->delay_ns = 20000000;
    bool broken = service->broken_after && service->sessions > service->broken_after;
    if (service->code || broken) {
        answer->status = service->code ? 404 : 403;
        snprintf(
            body, sizeof body, "<Error><Code>%s</Code><Message>as told</Message></Error>",
            service->code ? service->code : "AccessDenied");
    } else {
        time_t end = (time_t)(now_s() + SESSION_S);
        strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", gmtime(&end));
        snprintf(
            body, sizeof body,
            "<CreateSessionResult><Credentials><SessionToken>token-%zu</SessionToken>"
            "<SecretAccessKey>s%zu</SecretAccessKey><AccessKeyId>ID%zu</AccessKeyId>"
            "<Expiration>%s</Expiration></Credentials></CreateSessionResult>",
            service->sessions, service->sessions, service->sessions,
            service->garbled ? "soon" : when);
    }
    answer->body = body;
    answer->body_size = strlen(body);
}

static void serve(
    const struct world_http_request *request, struct world_http_answer *answer, void *arg)
{
    struct service *service = ((struct journey *)arg)->own;
    char token[128], authorization[512], value[128];
    answer->status = 200;
    if (strstr(request->target, "?session")) {
        create_session(request, answer, service);
        return;
    }
    CHECK(!world_http_header(request, "x-amz-security-token", value, sizeof value));
    CHECK(world_http_header(request, "x-amz-s3session-token", token, sizeof token));
    CHECK(world_http_header(request, "authorization", authorization, sizeof authorization));
    CHECK(strncmp(token, "token-", 6) == 0);
    char credential[160];
    snprintf(credential, sizeof credential, "Credential=ID%s/", token + 6);
    CHECK(strstr(authorization, credential) != NULL);
    CHECK(strstr(authorization, "/s3express/aws4_request") != NULL);
    CHECK(strstr(authorization, "x-amz-s3session-token") != NULL);
    service->objects++;
    if (service->expire_tokens) {
        service->expire_tokens--;
        service->refused++;
        answer->status = 400;
        answer->body = "<Error><Code>ExpiredToken</Code><Message>old</Message></Error>";
        answer->body_size = strlen(answer->body);
    }
}

static void begin(struct journey *journey, uint64_t seed, struct service *service)
{
    journey_begin(journey, seed, "s3", serve);
    journey->own = service;
    world_set_wall_ms((int64_t)WALL_S * 1000 + (int64_t)(world_now_ns() / 1000000u));
}

static void submit(struct journey *journey, size_t count)
{
    for (size_t i = 0; i < count; i++)
        CHECK(journey_submit(journey, "GetObject", params, NULL) != NULL);
}

TEST(one_session_is_created_for_all_who_wait_for_it_and_kept_for_those_to_come)
{
    for (uint64_t seed = 1; seed <= journey_seeds(10); seed++) {
        struct journey j;
        struct service service = {.slow = true};
        begin(&j, seed, &service);
        submit(&j, 50);
        journey_run(&j);
        CHECK_EQ(service.sessions, 1);
        submit(&j, 50);
        journey_run(&j);
        CHECK_EQ(j.statuses[INIA_OK], 100);
        CHECK_EQ(service.sessions, 1);
        CHECK_EQ(service.objects, 100);
        inia_stats stats;
        inia_engine_stats(j.engine, &stats);
        CHECK_EQ(stats.calls_submitted, 100);
        journey_end(&j);
    }
}

TEST(a_full_engine_still_creates_the_session_that_its_calls_wait_for)
{
    struct journey j;
    struct service service = {.slow = true};
    journey_begin_with(
        &j, 1, &(inia_client_config){.service = "s3"}, &(inia_engine_config){.max_calls = 4},
        serve);
    j.own = &service;
    submit(&j, 4);
    CHECK(journey_submit(&j, "GetObject", params, NULL) == NULL);
    CHECK_EQ(inia_pending(j.engine), 4);
    journey_run(&j);
    CHECK_EQ(j.statuses[INIA_OK], 4);
    journey_end(&j);
}

TEST(a_session_is_refreshed_ahead_of_its_end_while_calls_go_on_with_the_old_one)
{
    struct journey j;
    struct service service = {0};
    begin(&j, 1, &service);
    submit(&j, 1);
    journey_run(&j);
    journey_pass(&j, 200);
    submit(&j, 1);
    journey_run(&j);
    CHECK_EQ(service.sessions, 1);
    journey_pass(&j, 65); /* 45 seconds before its end, about */
    service.code = "NoSuchBucket";
    submit(&j, 10);
    journey_run(&j);
    CHECK_EQ(j.statuses[INIA_OK], 12);
    journey_pass(&j, 5);
    CHECK(service.sessions > 1);
    service.code = NULL;
    submit(&j, 10);
    journey_run(&j);
    journey_pass(&j, 60);
    size_t before = service.sessions;
    submit(&j, 10);
    journey_run(&j);
    CHECK_EQ(j.statuses[INIA_OK], 32);
    CHECK_EQ(service.sessions, before);
    journey_end(&j);
}

TEST(a_session_that_the_service_calls_expired_is_replaced)
{
    struct journey j;
    struct service service = {.expire_tokens = 1};
    begin(&j, 1, &service);
    submit(&j, 1);
    journey_run(&j);
    CHECK_EQ(j.statuses[INIA_OK], 1);
    CHECK_EQ(service.refused, 1);
    CHECK_EQ(service.sessions, 2);
    journey_end(&j);
}

static void check_refusal(struct journey *journey, inia_call *call)
{
    (void)journey;
    CHECK_EQ(call->status, INIA_SERVICE_ERROR);
    CHECK_TEXT(call->error_code, "NoSuchBucket");
    CHECK_EQ(call->http_status, 404);
    CHECK_TEXT(call->message, "no session for the bucket b1--usw2-az1--x-s3: as told");
}

TEST(all_who_wait_are_told_what_the_service_said_and_the_next_call_asks_again)
{
    struct journey j;
    struct service service = {.slow = true, .code = "NoSuchBucket"};
    begin(&j, 1, &service);
    j.look = check_refusal;
    submit(&j, 20);
    journey_run(&j);
    CHECK_EQ(j.statuses[INIA_SERVICE_ERROR], 20);
    CHECK_EQ(service.sessions, 1);
    j.look = NULL;
    service.code = NULL;
    submit(&j, 1);
    journey_run(&j);
    CHECK_EQ(j.statuses[INIA_OK], 1);
    journey_end(&j);
}

static void check_nonsense(struct journey *journey, inia_call *call)
{
    (void)journey;
    CHECK_EQ(call->status, INIA_BAD_RESPONSE);
    CHECK(strstr(call->message, "no session for the bucket") != NULL);
}

TEST(a_session_without_an_end_is_a_bad_response)
{
    struct journey j;
    struct service service = {.garbled = true};
    begin(&j, 1, &service);
    j.look = check_nonsense;
    submit(&j, 3);
    journey_run(&j);
    journey_end(&j);
}

TEST(sessions_beyond_the_limit_take_the_place_of_the_one_used_longest_ago)
{
    struct journey j;
    struct service service = {0};
    char bucket[64];
    begin(&j, 1, &service);
    params[0].value = bucket;
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < FIRST_BUCKETS; i++) {
            snprintf(bucket, sizeof bucket, "b%zu--usw2-az1--x-s3", i);
            submit(&j, 1);
            journey_run(&j);
        }
        CHECK_EQ(service.sessions, (size_t)(round + 1) * FIRST_BUCKETS);
    }
    submit(&j, 1);
    journey_run(&j);
    CHECK_EQ(service.sessions, 2 * FIRST_BUCKETS);
    params[0].value = "b1--usw2-az1--x-s3";
    journey_end(&j);
}

TEST(calls_may_be_cancelled_in_any_turn_with_their_session_underway)
{
    for (uint64_t turn = 0; turn < 14; turn++) {
        struct journey j;
        struct service service = {0};
        inia_call *calls[6];
        begin(&j, turn + 1, &service);
        for (size_t i = 0; i < 6; i++)
            calls[i] = journey_submit(&j, "GetObject", params, NULL);
        for (uint64_t i = 0; i < turn; i++)
            journey_turn(&j, 0);
        for (size_t i = 0; i < 6; i++) {
            if (!j.finished_times[i] && i % 3 != turn % 3)
                inia_cancel(calls[i]);
        }
        journey_run(&j);
        CHECK_EQ(j.statuses[INIA_OK] + j.statuses[INIA_CANCELLED], 6);
        CHECK_EQ(service.sessions, 1);
        journey_end(&j);
    }
}

TEST(client_and_engine_may_be_freed_in_any_turn_with_a_session_underway)
{
    for (uint64_t turn = 0; turn < 28; turn++) {
        struct journey j;
        struct service service = {0};
        begin(&j, turn + 1, &service);
        submit(&j, 6);
        for (uint64_t i = 0; i < turn / 2; i++)
            journey_turn(&j, 0);
        if (turn % 2) {
            inia_client_free(j.client);
            journey_run(&j);
        } else {
            j.accepted = j.finished;
        }
        journey_end(&j);
    }
}

TEST(each_allocation_may_fail_and_each_call_still_finishes_once)
{
    bool all_well = false;
    for (uint64_t nth = 1; nth < 300 && !all_well; nth++) {
        struct journey j;
        struct service service = {0};
        begin(&j, 1, &service);
        CHECK(inia_find_operation(j.client, "GetObject", NULL) != NULL);
        budget_fail_after(nth);
        size_t accepted = 0;
        for (int i = 0; i < 4; i++)
            accepted += journey_submit(&j, "GetObject", params, NULL) != NULL;
        journey_run(&j);
        budget_fail_after(0);
        all_well = accepted == 4 && j.statuses[INIA_OK] == 4;
        journey_end(&j);
    }
    CHECK(all_well);
}

TEST(a_deadline_ends_a_call_that_waits_for_a_session_and_no_other)
{
    struct journey j;
    struct service service = {.slow = true};
    begin(&j, 1, &service);
    CHECK(journey_submit(&j, "GetObject", params, &(inia_request){.deadline_ms = 5}) != NULL);
    submit(&j, 1);
    journey_run(&j);
    CHECK_EQ(j.statuses[INIA_TIMED_OUT], 1);
    CHECK_EQ(j.statuses[INIA_OK], 1);
    CHECK_EQ(service.sessions, 1);
    journey_end(&j);
}

TEST(each_call_finishes_once_whatever_the_network_does_to_it_and_its_session)
{
    for (uint64_t seed = 1; seed <= journey_seeds(20); seed++) {
        struct journey j;
        struct service service = {.slow = seed % 2};
        begin(&j, seed, &service);
        world_fault_often(j.server.endpoint, 300);
        for (int i = 0; i < 20; i++)
            journey_submit(&j, "GetObject", params, &(inia_request){.deadline_ms = 30000});
        journey_run(&j);
        journey_end(&j);
    }
}
