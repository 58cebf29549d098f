/* A client that goes to ever more hosts, a bucket each: what it has learnt of them is bounded, and
 * calls go on. All of them are reached by way of a proxy, so that none needs a name server. */
#include "journey.h"

#include "calls/hosts.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

enum { AT_ONCE = 64, ROUNDS = 3 };

static const uint64_t second = 1000000000;

static struct scene {
    inia_engine *engine;
    inia_client *client;
    struct world_http proxy;
    size_t in_flight, statuses[32];
    size_t refused_of_100;
    const char *slow;   /* the bucket that is answered after half a minute */
    const char *broken; /* and one that is always refused */
    size_t memory_of_one;
} scene;

static void answer(
    const struct world_http_request *request, struct world_http_answer *answer, void *arg)
{
    char host[128];
    (void)arg;
    CHECK(world_http_header(request, "host", host, sizeof host));
    bool is_slow = scene.slow && strncmp(host, scene.slow, strlen(scene.slow)) == 0;
    answer->status = 200;
    answer->delay_ns = is_slow ? 30 * second : 0;
    bool is_broken = scene.broken && strncmp(host, scene.broken, strlen(scene.broken)) == 0;
    if (is_broken || (!is_slow && world_random(100) < scene.refused_of_100))
        answer->status = 503;
}

static void on_done(inia_call *call)
{
    scene.in_flight--;
    scene.statuses[call->status]++;
    inia_release(call);
}

static size_t memory_used(void)
{
    inia_stats stats;
    inia_engine_stats(scene.engine, &stats);
    return stats.memory_used;
}

/* The bucket is to be in the host's name, though the endpoint is not AWS's. */
static int write_profile(void)
{
    static const char profile[] = "[default]\ns3 =\n  addressing_style = virtual\n";
    char path[32];
    int fd = memfd_create("profile", 0);
    CHECK(fd >= 0 && write(fd, profile, sizeof profile - 1) == sizeof profile - 1);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    setenv("AWS_CONFIG_FILE", path, 1);
    return fd;
}

static void begin(uint64_t seed, bool adapts)
{
    static const inia_credentials credentials = {"AKID", "secret", NULL, 0};
    inia_error error = {INIA_OK, ""};
    scene = (struct scene){.proxy = {.answer = answer}};
    world_start(seed);
    world_http_listen(&scene.proxy, "10.0.0.1", 80);
    scene.engine = inia_engine_new(&(inia_engine_config){.max_connections = AT_ONCE}, &error);
    CHECK(scene.engine != NULL);
    int profile = write_profile();
    scene.client = inia_client_new(
        scene.engine,
        &(inia_client_config){
            .service = "s3",
            .region = "us-east-1",
            .endpoint_url = "http://s3.example",
            .proxy = "http://10.0.0.1:80",
            .adaptive_concurrency = adapts,
            .hedge_percent = adapts ? 5 : 0,
            .credentials = &credentials},
        &error);
    setenv("AWS_CONFIG_FILE", "/dev/null", 1);
    close(profile);
    if (!scene.client)
        FAIL("%s", error.detail);
}

static void submit(inia_goal goal, const char *bucket)
{
    inia_error error;
    const inia_param params[] = {{"Bucket", bucket}, {"Key", "k"}, {0}};
    const inia_request request = {
        .operation = inia_find_operation(scene.client, "GetObject", &error),
        .params = params,
        .goal = goal,
        .on_done = on_done};
    CHECK(inia_submit(scene.client, &request) != NULL);
    scene.in_flight++;
}

static void finish(size_t left)
{
    while (scene.in_flight > left)
        (void)inia_wait(scene.engine, NULL, 0, -1);
}

/* A call for each bucket of so many that were not called before. */
static void call_each(inia_goal goal, size_t first, size_t count, size_t beside)
{
    for (size_t i = first; i < first + count; i++) {
        char bucket[32];
        snprintf(bucket, sizeof bucket, "bucket-%zu", i);
        finish(beside + AT_ONCE - 1);
        submit(goal, bucket);
    }
    finish(beside);
}

/* Beyond what it takes to call one of them. */
static size_t learnt(void)
{
    return memory_used() - scene.memory_of_one;
}

static void end(void)
{
    inia_engine_free(scene.engine);
    world_end();
}

TEST(ever_more_buckets_take_no_more_memory_than_so_many)
{
    size_t used[ROUNDS];
    begin(1, false);
    call_each(INIA_SEND, 0, AT_ONCE, 0);
    scene.memory_of_one = memory_used();
    for (size_t round = 0; round < ROUNDS; round++) {
        call_each(INIA_PRESIGN, (round + 1) * HOSTS_MOST, HOSTS_MOST, 0);
        used[round] = learnt();
    }
    printf("%d hosts: %zu bytes, %d: %zu\n", HOSTS_MOST, used[0], ROUNDS * HOSTS_MOST, used[2]);
    CHECK_EQ(scene.statuses[INIA_OK], AT_ONCE + ROUNDS * HOSTS_MOST);
    CHECK(used[ROUNDS - 1] <= used[0] + used[0] / 10);
    end();
}

TEST(a_call_under_way_keeps_what_it_uses_and_no_more)
{
    begin(2, false);
    scene.slow = "slow.";
    submit(INIA_SEND, "slow");
    call_each(INIA_SEND, 0, AT_ONCE, 1);
    for (size_t round = 0; round < ROUNDS; round++) {
        call_each(INIA_PRESIGN, (round + 1) * HOSTS_MOST, HOSTS_MOST, 1);
        const struct hosts *kept = scene.client->hosts->older;
        CHECK(kept && !kept->older && map_find(&kept->destinations, TEXT("slow.s3.example")));
        CHECK_EQ(kept->calls, 1);
    }
    CHECK_EQ(scene.in_flight, 1);
    finish(0);
    CHECK(!scene.client->hosts->older);
    CHECK_EQ(scene.statuses[INIA_OK], 1 + AT_ONCE + ROUNDS * HOSTS_MOST);
    end();
}

TEST(calls_go_on_while_hosts_are_forgotten_in_the_midst_of_refusals)
{
    for (int adapts = 0; adapts < 2; adapts++) {
        inia_stats stats;
        begin(3 + (uint64_t)adapts, adapts);
        scene.refused_of_100 = 10;
        call_each(INIA_SEND, 0, HOSTS_MOST + HOSTS_MOST / 4, 0);
        inia_engine_stats(scene.engine, &stats);
        CHECK(stats.throttled > 0 || stats.retries > 0);
        CHECK(scene.statuses[INIA_OK] >= HOSTS_MOST);
        CHECK_EQ(
            scene.statuses[INIA_OK] + scene.statuses[INIA_SERVICE_ERROR],
            HOSTS_MOST + HOSTS_MOST / 4);
        end();
    }
}

static uint64_t unaffordable(void)
{
    inia_stats stats;
    inia_engine_stats(scene.engine, &stats);
    return stats.retries_unaffordable;
}

TEST(what_one_host_spends_on_retries_is_not_missing_at_another_of_the_same_client)
{
    begin(5, false);
    scene.broken = "broken.";
    scene.refused_of_100 = 35;
    for (int i = 0; i < AT_ONCE; i++)
        submit(INIA_SEND, "broken");
    finish(0);
    uint64_t at_broken = unaffordable();
    CHECK(at_broken > 0);
    for (int i = 0; i < AT_ONCE; i++)
        submit(INIA_SEND, "whole");
    finish(0);
    CHECK_EQ(unaffordable(), at_broken);
    CHECK(scene.statuses[INIA_OK] > AT_ONCE * 9 / 10);
    end();
}
