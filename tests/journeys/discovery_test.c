/* Endpoints that a service itself tells: Timestream's, where that is required, and DynamoDB's,
 * where it is the user's choice. The client's endpoint is the simulated one, so the tests take back
 * that the user named it: discovery is not done at such. */
#include "calls/client.h"
#include "journey_fixture.h"

#include <stdio.h>
#include <stdlib.h>

static inia_param params[] = {{"QueryString", "SELECT 1"}, {0}};

struct service {
    size_t described, queried, refused;
    bool slow, broken;
    size_t wrong; /* so many queries are refused with 421 */
    const char *address;
    struct world_http cell;
};

static void describe(struct world_http_answer *answer, struct service *service)
{
    static char body[300];
    service->described++;
    if (service->slow)
        answer->delay_ns = 20000000;
    if (service->broken)
        answer->status = 403;
    snprintf(
        body, sizeof body, "{\"Endpoints\":[{\"Address\":\"%s\",\"CachePeriodInMinutes\":1}]}",
        service->address ? service->address : "http://10.0.0.2");
    answer->body =
        service->broken ? "{\"__type\":\"AccessDeniedException\",\"message\":\"no\"}" : body;
    answer->body_size = strlen(answer->body);
}

/* At the first address endpoints are told; queries belong to the second. */
static void serve(
    const struct world_http_request *request, struct world_http_answer *answer, void *arg)
{
    struct service *service = ((struct journey *)arg)->own;
    char target[128], host[64];
    answer->status = 200;
    CHECK(world_http_header(request, "x-amz-target", target, sizeof target));
    CHECK(world_http_header(request, "host", host, sizeof host));
    if (strstr(target, ".DescribeEndpoints")) {
        CHECK_TEXT(host, "10.0.0.1");
        describe(answer, service);
        return;
    }
    service->queried++;
    answer->body = "{}";
    if (service->wrong && strcmp(host, "10.0.0.2") == 0) {
        service->wrong--;
        service->refused++;
        answer->status = 421;
        answer->body = "{\"__type\":\"InvalidEndpointException\"}";
    }
    answer->body_size = strlen(answer->body);
}

static void begin_with(struct journey *journey, const char *name, struct service *service)
{
    journey_begin(journey, 1, name, serve);
    journey->own = service;
    service->cell = (struct world_http){.answer = serve, .arg = journey};
    world_http_listen(&service->cell, "10.0.0.2", 80);
    journey->client->custom_endpoint = false;
}

static void begin(struct journey *journey, struct service *service)
{
    begin_with(journey, "timestream-query", service);
}

static void submit(struct journey *journey, size_t count)
{
    for (size_t i = 0; i < count; i++)
        CHECK(journey_submit(journey, "Query", params, NULL) != NULL);
}

TEST(an_endpoint_is_asked_for_once_and_kept_as_long_as_it_says)
{
    struct journey j;
    struct service service = {.slow = true};
    begin(&j, &service);
    submit(&j, 20);
    journey_run(&j);
    CHECK_EQ(service.described, 1);
    submit(&j, 20);
    journey_run(&j);
    CHECK_EQ(service.described, 1);
    journey_pass(&j, 40); /* within half a minute of its end: asked again, while calls go on */
    submit(&j, 1);
    journey_run(&j);
    journey_pass(&j, 1);
    CHECK_EQ(service.described, 2);
    CHECK_EQ(j.statuses[INIA_OK], 41);
    journey_end(&j);
}

static void check_undiscovered(struct journey *journey, inia_call *call)
{
    (void)journey;
    CHECK_EQ(call->status, INIA_CONNECT_FAILED);
    CHECK(strstr(call->message, "no endpoint was discovered: AccessDeniedException") != NULL);
}

TEST(a_required_endpoint_that_cannot_be_had_fails_its_calls_and_is_not_asked_for_in_a_storm)
{
    struct journey j;
    struct service service = {.broken = true};
    begin(&j, &service);
    j.look = check_undiscovered;
    submit(&j, 10);
    journey_run(&j);
    submit(&j, 10);
    journey_run(&j);
    CHECK_EQ(service.described, 1);
    CHECK_EQ(service.queried, 0);
    journey_pass(&j, 61);
    j.look = NULL;
    service.broken = false;
    submit(&j, 1);
    journey_run(&j);
    CHECK_EQ(j.statuses[INIA_OK], 1);
    journey_end(&j);
}

TEST(what_was_found_serves_on_while_the_service_tells_nothing_newer)
{
    struct journey j;
    struct service service = {0};
    begin(&j, &service);
    submit(&j, 1);
    journey_run(&j);
    service.broken = true;
    journey_pass(&j, 100);
    submit(&j, 5);
    journey_run(&j);
    CHECK_EQ(j.statuses[INIA_OK], 6);
    CHECK_EQ(service.described, 2);
    journey_end(&j);
}

TEST(an_endpoint_that_calls_itself_the_wrong_one_is_asked_for_again)
{
    struct journey j;
    struct service service = {.wrong = 1};
    begin(&j, &service);
    submit(&j, 1);
    journey_run(&j);
    CHECK_EQ(j.statuses[INIA_OK], 1);
    CHECK_EQ(service.refused, 1);
    CHECK_EQ(service.described, 2);
    journey_end(&j);
}

TEST(an_answer_without_an_address_is_told_of)
{
    struct journey j;
    struct service service = {.address = ""};
    begin(&j, &service);
    submit(&j, 1);
    journey_run(&j);
    CHECK_EQ(j.statuses[INIA_CONNECT_FAILED], 1);
    journey_end(&j);
}

TEST(an_optional_endpoint_is_asked_for_if_the_user_wants_it)
{
    for (int wanted = 0; wanted < 2; wanted++) {
        struct journey j;
        struct service service = {0};
        CHECK_EQ(setenv("AWS_ENABLE_ENDPOINT_DISCOVERY", wanted ? "true" : "auto", 1), 0);
        begin_with(&j, "dynamodb", &service);
        inia_param table[] = {{"TableName", "t"}, {"Key", "{\"k\":{\"S\":\"v\"}}"}, {0}};
        CHECK(journey_submit(&j, "GetItem", table, NULL) != NULL);
        journey_run(&j);
        CHECK_EQ(j.statuses[INIA_OK], 1);
        CHECK_EQ(service.described, wanted);
        journey_end(&j);
        unsetenv("AWS_ENABLE_ENDPOINT_DISCOVERY");
    }
}

TEST(a_word_that_is_neither_yes_nor_no_nor_auto_is_refused_with_its_place)
{
    struct journey j;
    struct service service = {0};
    inia_error error = {INIA_OK, ""};
    begin_with(&j, "dynamodb", &service);
    CHECK_EQ(setenv("AWS_ENABLE_ENDPOINT_DISCOVERY", "perhaps", 1), 0);
    inia_client_config config = {.service = "dynamodb", .region = "us-east-1"};
    CHECK(!inia_client_new(j.engine, &config, &error));
    unsetenv("AWS_ENABLE_ENDPOINT_DISCOVERY");
    CHECK_EQ(error.status, INIA_BAD_CONFIG);
    CHECK_TEXT(
        error.detail, "AWS_ENABLE_ENDPOINT_DISCOVERY: endpoint_discovery_enabled is 'perhaps': "
                      "true, false or auto is wanted");
    journey_end(&j);
}

TEST(calls_may_be_cancelled_or_freed_in_any_turn_of_a_discovery)
{
    for (uint64_t turn = 0; turn < 36; turn++) {
        struct journey j;
        struct service service = {0};
        inia_call *calls[6];
        begin(&j, &service);
        for (size_t i = 0; i < 6; i++)
            calls[i] = journey_submit(&j, "Query", params, NULL);
        for (uint64_t i = 0; i < turn / 3; i++)
            journey_turn(&j, 0);
        for (size_t i = 0; turn % 3 == 0 && i < 6; i++) {
            if (!j.finished_times[i])
                inia_cancel(calls[i]);
        }
        if (turn % 3 == 1)
            inia_client_free(j.client);
        if (turn % 3 == 2)
            j.accepted = j.finished;
        else
            journey_run(&j);
        journey_end(&j);
    }
}

TEST(each_allocation_may_fail_and_each_call_still_finishes_once)
{
    bool all_well = false;
    for (uint64_t nth = 1; nth < 300 && !all_well; nth++) {
        struct journey j;
        struct service service = {0};
        begin(&j, &service);
        CHECK(inia_find_operation(j.client, "Query", NULL) != NULL);
        budget_fail_after(nth);
        size_t accepted = 0;
        for (int i = 0; i < 4; i++)
            accepted += journey_submit(&j, "Query", params, NULL) != NULL;
        journey_run(&j);
        budget_fail_after(0);
        all_well = accepted == 4 && j.statuses[INIA_OK] == 4;
        journey_end(&j);
    }
    CHECK(all_well);
}
