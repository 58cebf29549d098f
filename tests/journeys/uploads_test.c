/* Large requests over slow ways: slow is not stalled, and stalled is noticed in time. */
#include "journey_fixture.h"

enum { BODY = 400000, ATTEMPT_MS = 2000, MS = 1000000 };

static char body[BODY];
static const inia_param params[] = {{"Bucket", "b"}, {"Key", "k"}, {0}};
static const inia_client_config config = {
    .service = "s3",
    .attempt_ms = ATTEMPT_MS,
    .max_attempts = 1,
    .payload = INIA_PAYLOAD_UNSIGNED,
    .no_verification = true,
};

static void count_body(
    const struct world_http_request *request, struct world_http_answer *answer, void *arg)
{
    (void)arg;
    answer->status = request->body_size == BODY ? 200 : 400;
}

static void begin(struct journey *journey, uint64_t seed, const struct world_fault *fault)
{
    journey_begin_with(journey, seed, &config, NULL, count_body);
    world_network()->fragment = 1000;
    world_fault_next(journey->server.endpoint, fault);
}

static size_t left;

static ssize_t read_some(void *arg, void *memory, size_t size)
{
    (void)arg;
    size_t part = size < left ? size : left;
    memset(memory, 'x', part);
    left -= part;
    return (ssize_t)part;
}

static void put(struct journey *journey, bool from_memory)
{
    inia_request request = {0};
    left = BODY;
    if (from_memory)
        request.body = (inia_source){.place = INIA_MEMORY, .data = body, .size = BODY};
    else
        request.body = (inia_source){.place = INIA_STREAM, .read = read_some, .size = BODY};
    CHECK(journey_submit(journey, "PutObject", params, &request) != NULL);
    journey_run(journey);
}

TEST(an_upload_that_takes_much_longer_than_a_stall_may_last_succeeds)
{
    static const struct world_fault slow = {
        .kind = WORLD_SLOW, .of_requests = true, .ns_per_byte = 100000};
    for (uint64_t seed = 1; seed <= journey_seeds(6); seed++) {
        struct journey j;
        begin(&j, seed, &slow);
        uint64_t started_ns = world_now_ns();
        put(&j, seed % 2);
        CHECK_EQ(j.statuses[INIA_OK], 1);
        CHECK(world_now_ns() - started_ns > 10 * (uint64_t)ATTEMPT_MS * MS);
        journey_end(&j);
    }
}

TEST(an_upload_that_nobody_takes_any_more_is_given_up_in_time)
{
    static const struct world_fault stall = {
        .kind = WORLD_STALL, .of_requests = true, .after_bytes = BODY / 2};
    for (uint64_t seed = 1; seed <= journey_seeds(6); seed++) {
        struct journey j;
        begin(&j, seed, &stall);
        uint64_t started_ns = world_now_ns();
        put(&j, seed % 2);
        CHECK_EQ(j.statuses[INIA_TIMED_OUT], 1);
        uint64_t took_ms = (world_now_ns() - started_ns) / MS;
        CHECK(took_ms >= ATTEMPT_MS && took_ms <= 2 * ATTEMPT_MS + 1000);
        journey_end(&j);
    }
}
