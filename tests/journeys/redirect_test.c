/* S3 buckets that are in another region than the client's, in a simulated world. */
#include "journey_fixture.h"

enum way { MOVED, TEMPORARY, MALFORMED, HEAD_ALONE, ILLEGAL, WAYS };

struct place {
    enum way way;
    const char *region;   /* where the bucket is */
    const char *told;     /* NULL: the same */
    unsigned asked_wrong; /* by whom signed for elsewhere */
    size_t attempts;
    char code[64];
};

static void say(struct world_http_answer *answer, int status, const char *headers, const char *code)
{
    static char body[300];
    snprintf(body, sizeof body, "<Error><Code>%s</Code><Message>m</Message></Error>", code);
    answer->status = status;
    answer->headers = headers;
    answer->body = *code ? body : "";
    answer->body_size = strlen(answer->body);
}

static void send_away(const struct place *place, struct world_http_answer *answer)
{
    static char header[100], body[300];
    const char *told = place->told ? place->told : place->region;
    snprintf(header, sizeof header, "x-amz-bucket-region: %s\r\n", told);
    switch (place->way) {
    case MOVED:
        say(answer, 301, header, "PermanentRedirect");
        return;
    case TEMPORARY:
        say(answer, 307, header, "TemporaryRedirect");
        return;
    case HEAD_ALONE:
        say(answer, 400, header, "");
        return;
    case ILLEGAL:
        say(answer, 400, header, "IllegalLocationConstraintException");
        return;
    default:
        snprintf(
            body, sizeof body,
            "<Error><Code>AuthorizationHeaderMalformed</Code><Message>m</Message>"
            "<Region>%s</Region></Error>",
            told);
        answer->status = 400;
        answer->body = body;
        answer->body_size = strlen(body);
    }
}

static void serve(
    const struct world_http_request *request, struct world_http_answer *answer, void *arg)
{
    struct place *place = ((struct journey *)arg)->own;
    char authorization[512], scope[64];
    CHECK(world_http_header(request, "authorization", authorization, sizeof authorization));
    snprintf(scope, sizeof scope, "/%s/s3/aws4_request", place->region);
    if (strstr(authorization, scope))
        return;
    place->asked_wrong++;
    send_away(place, answer);
}

static void look(struct journey *j, inia_call *call)
{
    struct place *place = j->own;
    place->attempts = call->attempt_count;
    snprintf(place->code, sizeof place->code, "%s", call->error_code);
}

static const inia_param params[] = {{"Bucket", "b"}, {"Key", "k"}, {0}};
static const inia_param bucket_params[] = {{"Bucket", "b"}, {0}};

static const char *operation_for(enum way way)
{
    return way == HEAD_ALONE ? "HeadBucket" : "PutObject";
}

static void submit(struct journey *j, enum way way, inia_source body)
{
    bool put = way != HEAD_ALONE;
    inia_request request = {.body = put ? body : (inia_source){0}};
    CHECK(journey_submit(j, operation_for(way), put ? params : bucket_params, &request) != NULL);
}

static void begin(struct journey *j, struct place *place, uint64_t seed, uint32_t max_attempts)
{
    inia_client_config config = {.service = "s3", .max_attempts = max_attempts};
    journey_begin_with(j, seed, &config, NULL, serve);
    j->own = place;
    j->look = look;
}

TEST(a_bucket_elsewhere_is_asked_for_there_once_and_then_at_once)
{
    for (enum way way = 0; way < WAYS; way++) {
        struct journey j;
        struct place place = {.way = way, .region = "eu-west-1"};
        begin(&j, &place, 1, 1); /* going elsewhere is no retry */
        submit(&j, way, inia_from_memory("body", 4));
        journey_run(&j);
        CHECK_EQ(j.statuses[INIA_OK], 1);
        CHECK_EQ(place.attempts, 2);
        CHECK_EQ(place.asked_wrong, 1);
        submit(&j, way, inia_from_memory("body", 4));
        journey_run(&j);
        CHECK_EQ(j.statuses[INIA_OK], 2);
        CHECK_EQ(place.attempts, 1);
        CHECK_EQ(place.asked_wrong, 1);
        journey_end(&j);
    }
}

TEST(a_bucket_that_moves_again_is_followed_again)
{
    struct journey j;
    struct place place = {.way = MOVED, .region = "eu-west-1"};
    begin(&j, &place, 1, 1);
    submit(&j, MOVED, inia_from_memory("body", 4));
    journey_run(&j);
    place.region = "ap-south-1";
    submit(&j, MOVED, inia_from_memory("body", 4));
    journey_run(&j);
    CHECK_EQ(j.statuses[INIA_OK], 2);
    CHECK_EQ(place.attempts, 2);
    journey_end(&j);
}

TEST(who_is_sent_in_circles_gives_up_after_one)
{
    static const char *const told[] = {"us-east-1", "eu-west-1", "Nowhere!", "", "-"};
    static const char too_long[] = "a-region-whose-name-is-longer-than-any";
    for (size_t i = 0; i <= sizeof told / sizeof told[0]; i++) {
        struct journey j;
        bool last = i == sizeof told / sizeof told[0];
        struct place place = {.way = MOVED, .region = "there"};
        place.told = last ? too_long : told[i];
        begin(&j, &place, 1, 3);
        submit(&j, MOVED, inia_from_memory("body", 4));
        journey_run(&j);
        CHECK_EQ(j.statuses[INIA_SERVICE_ERROR], 1);
        CHECK_TEXT(place.code, "PermanentRedirect");
        CHECK_EQ(place.attempts, i == 1 ? 2 : 1);
        journey_end(&j);
    }
}

static ssize_t read_body(void *arg, void *buffer, size_t capacity)
{
    (void)arg;
    CHECK(capacity >= 4);
    memcpy(buffer, "body", 4);
    return 4;
}

TEST(a_body_that_cannot_be_read_again_goes_nowhere_else)
{
    struct journey j;
    struct place place = {.way = MOVED, .region = "eu-west-1"};
    begin(&j, &place, 1, 3);
    submit(&j, MOVED, inia_from_stream(read_body, NULL, NULL, 4));
    journey_run(&j);
    CHECK_EQ(j.statuses[INIA_SERVICE_ERROR], 1);
    CHECK_EQ(place.attempts, 1);
    journey_end(&j);
}

TEST(a_call_that_goes_elsewhere_may_be_cancelled_in_any_turn)
{
    size_t cancelled = 0;
    for (uint64_t turn = 0; turn < 30; turn++) {
        struct journey j;
        struct place place = {.way = TEMPORARY, .region = "eu-west-1"};
        begin(&j, &place, turn + 1, 1);
        inia_request request = {.body = inia_from_memory("body", 4)};
        inia_call *call = journey_submit(&j, "PutObject", params, &request);
        for (uint64_t i = 0; i < turn && !j.finished; i++)
            journey_turn(&j, 0);
        if (!j.finished)
            inia_cancel(call);
        journey_run(&j);
        CHECK_EQ(j.statuses[INIA_OK] + j.statuses[INIA_CANCELLED], 1);
        cancelled += j.statuses[INIA_CANCELLED];
        journey_end(&j);
    }
    CHECK(cancelled > 5);
}

TEST(each_allocation_of_a_call_that_goes_elsewhere_may_fail)
{
    bool all_well = false;
    for (uint64_t nth = 1; nth < 200 && !all_well; nth++) {
        struct journey j;
        struct place place = {.way = MALFORMED, .region = "eu-west-1"};
        begin(&j, &place, 1, 1);
        CHECK(inia_find_operation(j.client, "PutObject", NULL) != NULL);
        budget_fail_after(nth);
        inia_request request = {.body = inia_from_memory("body", 4)};
        journey_submit(&j, "PutObject", params, &request);
        journey_run(&j);
        budget_fail_after(0);
        all_well = j.statuses[INIA_OK] == 1;
        journey_end(&j);
    }
    CHECK(all_well);
}

/* ---- What S3 says in a 200 ------------------------------------------------------------------- */

static void fail_late(
    const struct world_http_request *request, struct world_http_answer *answer, void *arg)
{
    unsigned *failures = ((struct journey *)arg)->own;
    (void)request;
    answer->body = *failures ? "\n \n<Error><Code>Odd</Code><Message>m</Message></Error>"
                             : "<CopyObjectResult><ETag>e</ETag></CopyObjectResult>";
    answer->body_size = strlen(answer->body);
    *failures -= *failures > 0;
}

TEST(an_error_in_a_200_is_tried_again_as_a_500_is)
{
    static const inia_param copy[] = {
        {"Bucket", "b"}, {"Key", "k"}, {"CopySource", "from/there"}, {0}};
    for (unsigned failures = 0; failures < 4; failures++) {
        struct journey j;
        unsigned left = failures;
        journey_begin(&j, 1, "s3", fail_late);
        j.own = &left;
        CHECK(journey_submit(&j, "CopyObject", copy, NULL) != NULL);
        journey_run(&j);
        CHECK_EQ(j.statuses[INIA_OK], failures < 3);
        CHECK_EQ(j.statuses[INIA_SERVICE_ERROR], failures == 3);
        journey_end(&j);
    }
}
