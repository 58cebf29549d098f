/* The mode of defaults "auto": IMDS tells where we are, and nobody waits for that. */
#include "journey_fixture.h"

#include "calls/calls.h"

enum { NEAR_MS = 2 * 1100, FAR_MS = 2 * 3100, SOON_MS = 100 };

static const uint64_t ms = 1000000;
static const inia_param params[] = {{"Bucket", "b"}, {"Key", "k"}, {0}};
static const char elsewhere[] = "http://10.0.0.2"; /* where connecting never ends */

static struct scene {
    const char *region; /* that IMDS tells; NULL: it knows none */
    int token_status;
    struct world_http imds;
    uint64_t took_ms;
} scene;

static void serve(
    const struct world_http_request *request, struct world_http_answer *answer, void *arg)
{
    (void)request;
    (void)arg;
    answer->status = 200;
}

static void serve_metadata(
    const struct world_http_request *request, struct world_http_answer *answer, void *arg)
{
    char value[64];
    (void)arg;
    if (strcmp(request->method, "PUT") == 0) {
        CHECK_TEXT(request->target, "/latest/api/token");
        answer->status = scene.token_status;
        answer->body = "t0ken";
        answer->body_size = 5;
        return;
    }
    CHECK_TEXT(request->target, "/latest/meta-data/placement/region");
    bool has_token = world_http_header(request, "x-aws-ec2-metadata-token", value, sizeof value);
    CHECK_EQ(has_token, scene.token_status == 200);
    answer->status = scene.region ? 200 : 404;
    answer->body = scene.region;
    answer->body_size = scene.region ? strlen(scene.region) : 0;
}

static void begin(struct journey *journey, uint64_t seed, inia_client_config config)
{
    config.service = "s3";
    config.defaults_mode = "auto";
    config.max_attempts = 1;
    config.endpoint_url = elsewhere;
    journey_begin_with(journey, seed, &config, NULL, serve);
    world_http_listen(&scene.imds, "169.254.169.254", 80);
    static const struct world_service nobody;
    world_fault_all(
        world_listen("10.0.0.2", 80, &nobody, NULL),
        &(struct world_fault){.kind = WORLD_NO_ANSWER});
}

static void let_pass(struct journey *journey, uint64_t duration_ms)
{
    uint64_t until_ns = world_now_ns() + duration_ms * ms;
    while (world_now_ns() < until_ns)
        journey_turn(journey, 10);
}

static void time_of(struct journey *journey, inia_call *call)
{
    (void)journey;
    CHECK_EQ(call->status, INIA_CONNECT_FAILED);
    scene.took_ms = call->attempts[0].ended_ns / ms;
}

/* How long a call goes on connecting. */
static uint64_t patience(struct journey *journey)
{
    journey->look = time_of;
    CHECK(journey_submit(journey, "DeleteObject", params, NULL));
    journey_run(journey);
    return (scene.took_ms + 50) / 100 * 100;
}

static void check_patience(
    inia_client_config config, const char *region, int token_status, uint64_t expected_ms,
    uint64_t questions)
{
    struct journey j;
    scene = (struct scene){
        .region = region, .token_status = token_status, .imds = {.answer = serve_metadata}};
    begin(&j, 1, config);
    let_pass(&j, SOON_MS);
    CHECK_EQ(patience(&j), expected_ms);
    CHECK_EQ(scene.imds.requests, questions);
    journey_end(&j);
}

TEST(in_the_region_of_the_machine_less_time_is_given_to_connecting)
{
    check_patience((inia_client_config){0}, "us-east-1", 200, NEAR_MS, 2);
    check_patience((inia_client_config){0}, "us-east-1\n", 404, NEAR_MS, 2);
    check_patience((inia_client_config){0}, "eu-west-1", 200, FAR_MS, 2);
}

TEST(who_is_nowhere_or_hears_nonsense_keeps_the_standard)
{
    check_patience((inia_client_config){0}, NULL, 200, FAR_MS, 2);
    check_patience((inia_client_config){0}, "<html>us-east-1</html>", 200, FAR_MS, 2);
    check_patience((inia_client_config){0}, "us-east-1", 400, FAR_MS, 1);
}

TEST(imds_is_only_asked_where_its_answer_matters)
{
    check_patience((inia_client_config){.connect_ms = 900}, "us-east-1", 200, 900, 0);
    setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
    check_patience((inia_client_config){0}, "us-east-1", 200, FAR_MS, 0);
    unsetenv("AWS_EC2_METADATA_DISABLED");
    setenv("AWS_EXECUTION_ENV", "AWS_Lambda_c", 1);
    setenv("AWS_REGION", "us-east-1", 1);
    check_patience((inia_client_config){0}, "eu-west-1", 200, NEAR_MS, 0);
    unsetenv("AWS_EXECUTION_ENV");
    unsetenv("AWS_REGION");
}

TEST(a_call_does_not_wait_for_the_answer_and_later_ones_go_by_it)
{
    struct journey j;
    scene = (struct scene){
        .region = "us-east-1", .token_status = 200, .imds = {.answer = serve_metadata}};
    begin(&j, 1, (inia_client_config){0});
    CHECK_EQ(patience(&j), FAR_MS);
    CHECK_EQ(patience(&j), NEAR_MS);
    CHECK_EQ(scene.imds.requests, 2);
    journey_end(&j);
}

TEST(an_address_of_imds_that_is_none_is_refused)
{
    struct journey j;
    inia_error error = {INIA_OK, ""};
    scene = (struct scene){.imds = {.answer = serve_metadata}};
    begin(&j, 1, (inia_client_config){0});
    setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", "imds", 1);
    inia_credentials credentials = {"AKID", "secret", NULL, 0};
    inia_client_config config = {
        .service = "s3",
        .region = "us-east-1",
        .defaults_mode = "auto",
        .credentials = &credentials,
        .no_verification = true};
    CHECK(!inia_client_new(j.engine, &config, &error));
    unsetenv("AWS_EC2_METADATA_SERVICE_ENDPOINT");
    CHECK_EQ(error.status, INIA_BAD_CONFIG);
    CHECK(strstr(error.detail, "AWS_EC2_METADATA_SERVICE_ENDPOINT: 'imds'") != NULL);
    journey_end(&j);
}

TEST(client_and_engine_may_be_freed_in_any_turn_of_the_question)
{
    for (uint64_t turns = 0; turns < 30; turns++) {
        struct journey j;
        scene = (struct scene){
            .region = "us-east-1", .token_status = 200, .imds = {.answer = serve_metadata}};
        begin(&j, turns, (inia_client_config){0});
        for (uint64_t i = 0; i < turns / 2; i++)
            journey_turn(&j, 1);
        if (turns % 2)
            inia_client_free(j.client);
        journey_end(&j);
    }
}

TEST(memory_that_is_missing_costs_the_answer_and_nothing_else)
{
    for (uint64_t missing = 1; missing <= 20; missing++) {
        struct journey j;
        scene = (struct scene){
            .region = "us-east-1", .token_status = 200, .imds = {.answer = serve_metadata}};
        begin(&j, missing, (inia_client_config){0});
        budget_fail_after(missing);
        let_pass(&j, 2 * FAR_MS);
        budget_fail_after(0);
        uint64_t waited_ms = patience(&j);
        CHECK(waited_ms == NEAR_MS || waited_ms == FAR_MS);
        journey_end(&j);
    }
}
