/* Reads that are late are sent a second time, to whoever is quicker. */
#include "journey_fixture.h"

#include "calls/calls.h"

#include <arpa/inet.h>

enum { BODY = 3000, QUICK_MS = 10, SLOW_MS = 1000, LEARN = 400 };

static const uint64_t ms = 1000000;
static const inia_param params[] = {{"Bucket", "b"}, {"Key", "k"}, {0}};
static char body[BODY];

static struct scene {
    unsigned slow_of_1000; /* of all answers */
    bool second_is_slow;   /* the server of that address */
    bool failing;          /* the second attempt is refused */
    uint32_t refusals;     /* of what comes next */
    struct world_http second;
    uint64_t late, hedged, most_ns;
    inia_sink into;
} scene;

static void serve(
    const struct world_http_request *request, struct world_http_answer *answer, void *arg)
{
    bool is_second = arg == &scene;
    bool slow = (is_second && scene.second_is_slow) || world_random(1000) < scene.slow_of_1000;
    (void)request;
    if (scene.refusals > 0) {
        scene.refusals--;
        answer->status = 503;
        return;
    }
    answer->headers = "ETag: \"e\"\r\nx-amz-request-id: R1\r\n";
    answer->body = body;
    answer->body_size = BODY;
    answer->delay_ns = (slow ? SLOW_MS : QUICK_MS) * ms;
}

static void check_whole(struct journey *journey, inia_call *call)
{
    (void)journey;
    const inia_attempt *last = &call->attempts[call->attempt_count - 1];
    if (call->status == INIA_CANCELLED || call->status == INIA_NO_MEMORY)
        return;
    if (call->status != INIA_OK)
        FAIL("%s %s", inia_status_name(call->status), call->message);
    CHECK_EQ(call->http_status, 200);
    CHECK_TEXT(call->request_id, "R1");
    CHECK_TEXT(inia_get(call, "ETag"), "\"e\"");
    CHECK_TEXT(inia_get_header(call, "etag"), "\"e\"");
    if (scene.into.data)
        CHECK_BYTES(scene.into.data, BODY, body, BODY);
    else
        CHECK_BYTES(call->body, call->body_size, body, BODY);
    CHECK_EQ(last->status, INIA_OK);
    CHECK(last->ended_ns >= last->first_byte_ns && last->first_byte_ns > last->started_ns);
    scene.hedged += call->attempt_count == 2;
    if (call->attempt_count == 2)
        CHECK_EQ(call->attempts[0].status, INIA_CANCELLED);
    scene.late += last->ended_ns >= SLOW_MS * ms;
    scene.most_ns = last->ended_ns > scene.most_ns ? last->ended_ns : scene.most_ns;
}

static void begin(struct journey *journey, uint64_t seed, uint32_t percent)
{
    for (size_t i = 0; i < BODY; i++)
        body[i] = (char)('a' + i % 23);
    journey_begin_with(
        journey, seed, &(inia_client_config){.service = "s3", .hedge_percent = percent}, NULL,
        serve);
    journey->look = check_whole;
}

/* A journey counts no more than JOURNEY_MOST. */
static void get_one_by_one(struct journey *journey, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        CHECK(journey_submit(journey, "GetObject", params, &(inia_request){.into = scene.into}));
        journey_run(journey);
    }
}

TEST(a_late_answer_is_overtaken_by_that_to_a_second_request)
{
    for (int in_memory = 0; in_memory < 2; in_memory++) {
        for (uint64_t seed = 1; seed <= journey_seeds(5); seed++) {
            static char memory[BODY];
            struct journey j;
            inia_stats stats;
            scene = (struct scene){.slow_of_1000 = 0};
            begin(&j, seed, 5);
            get_one_by_one(&j, 100);
            scene.slow_of_1000 = 20;
            memset(memory, 0, sizeof memory);
            if (in_memory)
                scene.into = inia_to_memory(memory, sizeof memory);
            get_one_by_one(&j, LEARN);
            inia_engine_stats(j.engine, &stats);
            CHECK(stats.hedges > 0 && stats.hedges * 20 <= j.accepted);
            CHECK(stats.hedges_won > 0 && stats.hedges_won <= stats.hedges);
            CHECK_EQ(scene.hedged, stats.hedges_won);
            CHECK(scene.late <= 3); /* the second was slow, too, or one too many was late */
            CHECK_EQ(stats.attempts, j.accepted + stats.hedges);
            CHECK_EQ(stats.calls_finished, j.accepted);
            CHECK_EQ(stats.retries, 0);
            CHECK(j.server.requests <= stats.attempts);
            journey_end(&j);
        }
    }
}

static void keep_going(struct journey *journey, inia_call *call)
{
    (void)journey;
    CHECK_EQ(call->status, INIA_OK);
}

TEST(a_bucket_that_throttled_long_ago_keeps_no_other_from_second_requests)
{
    static const inia_param other[] = {{"Bucket", "other"}, {"Key", "k"}, {0}};
    struct journey j;
    inia_stats stats;
    scene = (struct scene){.refusals = 1};
    begin(&j, 1, 5);
    j.look = keep_going;
    CHECK(journey_submit(&j, "GetObject", other, NULL));
    journey_run(&j);
    j.look = check_whole;
    journey_pass(&j, 60);
    get_one_by_one(&j, 100);
    scene.slow_of_1000 = 20;
    get_one_by_one(&j, LEARN);
    inia_engine_stats(j.engine, &stats);
    CHECK_EQ(stats.retries, 1);
    CHECK(stats.hedges_won > 0);
    journey_end(&j);
}

TEST(nobody_who_has_not_asked_for_it_gets_a_second_request)
{
    struct journey j;
    inia_stats stats;
    scene = (struct scene){.slow_of_1000 = 20};
    begin(&j, 1, 0);
    get_one_by_one(&j, LEARN);
    inia_engine_stats(j.engine, &stats);
    CHECK_EQ(stats.hedges, 0);
    CHECK_EQ(j.server.requests, LEARN);
    CHECK(scene.late > 0);
    journey_end(&j);
}

static void pin_both(struct journey *journey)
{
    struct sockaddr_storage both[2];
    memset(both, 0, sizeof both);
    for (uint32_t i = 0; i < 2; i++) {
        struct sockaddr_in address = {.sin_family = AF_INET};
        address.sin_addr.s_addr = htonl(0x0a000001 + i);
        memcpy(&both[i], &address, sizeof address);
    }
    CHECK(net_pin_name(journey->engine->net, TEXT("two.example"), both, 2));
}

TEST(the_second_request_goes_to_another_address)
{
    for (uint64_t seed = 1; seed <= journey_seeds(5); seed++) {
        static const inia_credentials credentials = {"AKID", "secret", NULL, 0};
        struct journey j;
        inia_stats before, stats;
        inia_error error;
        scene = (struct scene){.slow_of_1000 = 0};
        begin(&j, seed, 5);
        scene.second = (struct world_http){.answer = serve, .arg = &scene};
        world_http_listen(&scene.second, "10.0.0.2", 80);
        pin_both(&j);
        inia_client *own = j.client;
        j.client = inia_client_new(
            j.engine,
            &(inia_client_config){
                .service = "s3",
                .region = "us-east-1",
                .endpoint_url = "http://two.example",
                .path_style = true,
                .credentials = &credentials,
                .hedge_percent = 5},
            &error);
        CHECK(j.client != NULL);
        for (int i = 0; i < 40; i++) {
            for (int n = 0; n < 10; n++) /* so that there are connections to both */
                CHECK(journey_submit(&j, "GetObject", params, NULL));
            journey_run(&j);
        }
        CHECK(scene.second.requests > 0 && j.server.requests > 0);
        scene.second_is_slow = true;
        inia_engine_stats(j.engine, &before);
        for (int i = 0; i < 10; i++) {
            for (int n = 0; n < 10; n++) /* all of those connections are used */
                CHECK(journey_submit(&j, "GetObject", params, NULL));
            journey_run(&j);
        }
        inia_engine_stats(j.engine, &stats);
        CHECK(stats.hedges > before.hedges);
        CHECK_EQ(stats.hedges_won - before.hedges_won, stats.hedges - before.hedges);
        inia_client_free(own);
        journey_end(&j);
    }
}

static inia_call *to_be_cancelled; /* NULL: it has finished */

static void cancel(void *arg)
{
    (void)arg;
    if (to_be_cancelled)
        inia_cancel(to_be_cancelled);
}

static void check_cancelled(struct journey *journey, inia_call *call)
{
    to_be_cancelled = NULL;
    check_whole(journey, call);
}

TEST(a_call_cancelled_at_any_time_takes_its_second_request_along)
{
    for (uint64_t seed = 1; seed <= journey_seeds(5); seed++) {
        struct journey j;
        scene = (struct scene){.slow_of_1000 = 0};
        begin(&j, seed, 100);
        get_one_by_one(&j, 100);
        j.look = check_cancelled;
        scene.slow_of_1000 = 500;
        for (uint64_t i = 0; i < 300; i++) {
            to_be_cancelled = journey_submit(&j, "GetObject", params, NULL);
            CHECK(to_be_cancelled != NULL);
            if (i % 3)
                world_at(world_random(40 * ms), cancel, NULL);
            journey_run(&j);
            for (uint64_t until = world_now_ns() + 50 * ms; world_now_ns() < until;)
                journey_turn(&j, 10);
        }
        CHECK(j.statuses[INIA_OK] > 0);
        journey_end(&j);
    }
}

TEST(memory_that_is_missing_costs_the_second_request_and_nothing_else)
{
    for (uint64_t missing = 1; missing <= 40; missing++) {
        struct journey j;
        scene = (struct scene){.slow_of_1000 = 0};
        begin(&j, missing, 100);
        get_one_by_one(&j, 50);
        scene.slow_of_1000 = 500;
        for (int i = 0; i < 20; i++) {
            CHECK(journey_submit(&j, "GetObject", params, NULL));
            budget_fail_after(missing);
            journey_run(&j);
            budget_fail_after(0);
        }
        journey_end(&j);
    }
}
