/* A name with many addresses, one of which is dead: no call fails, and soon none is slow. */
#include "journey_fixture.h"

#include "calls/calls.h"

#include <arpa/inet.h>

enum { ADDRESSES = 8, DEAD = 3, WAVE = 64, SLOW_NS = 200000000 };

static const inia_param params[] = {{"Bucket", "b"}, {"Key", "k"}, {0}};
static size_t slow;

static void say_yes(
    const struct world_http_request *request, struct world_http_answer *answer, void *arg)
{
    (void)request;
    (void)arg;
    answer->status = 200;
}

static void count_slow(struct journey *journey, inia_call *call)
{
    (void)journey;
    if (call->status != INIA_OK)
        FAIL("%s", call->message);
    CHECK_EQ(call->attempt_count, 1);
    slow += call->attempts[0].connected_ns - call->attempts[0].started_ns >= SLOW_NS;
}

/* The dead one never answers, which is worse than to refuse. */
static void listen_everywhere(struct world_http *servers)
{
    static const struct world_service nobody;
    for (int i = 2; i <= ADDRESSES; i++) {
        char ip[32];
        snprintf(ip, sizeof ip, "10.0.0.%d", i);
        servers[i] = (struct world_http){.answer = say_yes};
        if (i != DEAD)
            world_http_listen(&servers[i], ip, 80);
    }
    struct world_endpoint *dead = world_listen("10.0.0.3", 80, &nobody, NULL);
    for (int n = 0; n < 100; n++)
        world_fault_next(dead, &(struct world_fault){.kind = WORLD_NO_ANSWER});
}

static void pin_all(struct journey *journey)
{
    struct sockaddr_storage all[ADDRESSES];
    memset(all, 0, sizeof all);
    for (int i = 0; i < ADDRESSES; i++) {
        struct sockaddr_in address = {.sin_family = AF_INET};
        address.sin_addr.s_addr = htonl(0x0a000001 + (uint32_t)i);
        memcpy(&all[i], &address, sizeof address);
    }
    CHECK(net_pin_name(journey->engine->net, TEXT("eight.example"), all, ADDRESSES));
}

static inia_client *client_of_eight(struct journey *journey)
{
    static const inia_credentials credentials = {"AKID", "secret", NULL, 0};
    inia_error error = {INIA_OK, ""};
    inia_client_config config = {
        .service = "s3",
        .region = "us-east-1",
        .endpoint_url = "http://eight.example",
        .path_style = true,
        .credentials = &credentials,
    };
    inia_client *client = inia_client_new(journey->engine, &config, &error);
    if (!client)
        FAIL("%s", error.detail);
    return client;
}

static size_t wave(struct journey *journey)
{
    slow = 0;
    for (int i = 0; i < WAVE; i++)
        CHECK(journey_submit(journey, "DeleteObject", params, NULL) != NULL);
    journey_run(journey);
    return slow;
}

TEST(one_dead_address_of_eight_fails_no_call_and_is_probed_by_one_at_a_time)
{
    for (uint64_t seed = 1; seed <= journey_seeds(10); seed++) {
        struct world_http servers[ADDRESSES + 1];
        struct journey j;
        journey_begin(&j, seed, "s3", say_yes);
        listen_everywhere(servers);
        pin_all(&j);
        inia_client_free(j.client);
        j.client = client_of_eight(&j);
        j.look = count_slow;
        size_t first = wave(&j);
        CHECK(first >= 1 && first <= WAVE / ADDRESSES + 1);
        CHECK_EQ(wave(&j), 0);
        journey_pass(&j, 30);
        CHECK_EQ(wave(&j), 1);
        journey_pass(&j, 21);
        CHECK_EQ(wave(&j), 1);
        journey_pass(&j, 21); /* it has failed twice: it is avoided for 40 s */
        CHECK_EQ(wave(&j), 0);
        journey_end(&j);
    }
}
