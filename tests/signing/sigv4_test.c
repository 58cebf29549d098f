#include "signing/signing.h"

#include "test.h"

#include <stdio.h>

static const int64_t moment = 1440938160; /* 20150830T123600Z */

struct world {
    struct budget memory;
    struct slab blocks;
    struct arena arena;
    struct secret secret;
    struct sigv4_signer signer;
    struct signing_credentials credentials;
    struct sigv4_options options;
    struct http_draft draft;
};

static void world_init(struct world *world)
{
    *world = (struct world){0};
    budget_init(&world->memory, 1 << 24);
    slab_init(&world->blocks, &world->memory, ARENA_BLOCK_SIZE, 8);
    arena_init(&world->arena, &world->blocks);
    CHECK(secret_set(&world->secret, TEXT("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")));
    world->credentials.access_key_id = TEXT("AKIDEXAMPLE");
    world->credentials.secret_key = &world->secret;
    world->options.credentials = &world->credentials;
    world->options.region = TEXT("us-east-1");
    world->options.service = TEXT("service");
    world->draft.method = TEXT("GET");
    world->draft.path = TEXT("/");
    CHECK(
        http_draft_add(&world->draft, &world->arena, TEXT("host"), TEXT("example.amazonaws.com")));
}

static void world_release(struct world *world)
{
    sigv4_signer_release(&world->signer);
    arena_release(&world->arena);
    slab_release(&world->blocks);
    CHECK_EQ(world->memory.used, 0);
}

static void sign_at(struct world *world, int64_t now_s)
{
    CHECK_EQ(
        sigv4_sign_headers(&world->signer, &world->draft, &world->arena, &world->options, now_s),
        INIA_OK);
}

static text authorization(const struct world *world)
{
    const struct http_header *header = http_draft_find(&world->draft, TEXT("authorization"));
    CHECK(header != NULL);
    return header->value;
}

TEST(the_suites_first_request_is_signed_the_same_each_time)
{
    struct world world;
    world_init(&world);
    for (int i = 0; i < 3; i++) {
        sign_at(&world, moment);
        CHECK(text_ends_with(
            authorization(&world),
            TEXT("SignedHeaders=host;x-amz-date, Signature="
                 "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")));
        CHECK_EQ(world.draft.header_count, 3);
    }
    world_release(&world);
}

TEST(a_draft_is_signed_again_with_the_time_and_token_of_the_day)
{
    struct world world;
    world_init(&world);
    world.credentials.session_token = TEXT("one");
    world.options.payload_header = true;
    sign_at(&world, moment);
    CHECK_EQ(world.draft.header_count, 5);
    world.credentials.session_token = TEXT("two");
    sign_at(&world, moment + 1);
    CHECK_EQ(world.draft.header_count, 5);
    CHECK(text_equals(
        http_draft_find(&world.draft, TEXT("x-amz-date"))->value, TEXT("20150830T123601Z")));
    CHECK(text_equals(
        http_draft_find(&world.draft, TEXT("x-amz-security-token"))->value, TEXT("two")));
    world_release(&world);
}

TEST(keys_are_kept_apart_by_all_that_they_are_made_of)
{
    struct sigv4_signer signer;
    sigv4_signer_init(&signer);
    struct secret secret, other;
    CHECK(secret_set(&secret, TEXT("secret")) && secret_set(&other, TEXT("other")));
    const text day = TEXT("20150830"), r = TEXT("region"), s = TEXT("service");
    struct sigv4_key *key = sigv4_key_for(&signer, &secret, day, r, s);
    CHECK(key == sigv4_key_for(&signer, &secret, day, r, s));
    CHECK(key != sigv4_key_for(&signer, &secret, TEXT("20150831"), r, s));
    CHECK(key != sigv4_key_for(&signer, &secret, day, TEXT("regio"), TEXT("nservice")));
    CHECK(key != sigv4_key_for(&signer, &other, day, r, s));
    CHECK(key == sigv4_key_for(&signer, &secret, day, r, s));
    /* The fifth takes the place of the first. */
    CHECK(key == sigv4_key_for(&signer, &secret, day, r, TEXT("another")));
    sigv4_signer_release(&signer);
}

TEST(a_signer_that_was_released_holds_nothing)
{
    struct world world;
    world_init(&world);
    sign_at(&world, moment);
    sigv4_signer_release(&world.signer);
    const unsigned char *bytes = (const unsigned char *)&world.signer;
    for (size_t i = 0; i < sizeof world.signer; i++)
        CHECK_EQ(bytes[i], 0);
    world_release(&world);
}

TEST(a_region_that_is_too_long_is_refused)
{
    static char region[SIGV4_SCOPE_MOST];
    memset(region, 'r', sizeof region);
    struct world world;
    world_init(&world);
    bool was_refused = false;
    for (size_t size = 100; size <= sizeof region; size++) {
        world.options.region = text_from(region, size);
        inia_status status =
            sigv4_sign_headers(&world.signer, &world.draft, &world.arena, &world.options, moment);
        CHECK(status == INIA_OK || status == INIA_BAD_CONFIG);
        CHECK(!was_refused || status == INIA_BAD_CONFIG);
        was_refused = status == INIA_BAD_CONFIG;
    }
    CHECK(was_refused);
    world_release(&world);
}

TEST(more_headers_than_http_allows_are_refused)
{
    struct world world;
    world_init(&world);
    for (int i = 0; i < HTTP_MAX_HEADERS; i++)
        CHECK(http_draft_add(&world.draft, &world.arena, TEXT("x-amz-meta-a"), TEXT("b")));
    CHECK_EQ(
        sigv4_sign_headers(&world.signer, &world.draft, &world.arena, &world.options, moment),
        INIA_TOO_LARGE);
    CHECK_EQ(
        sigv4_presign(&world.signer, &world.draft, &world.arena, &world.options, moment),
        INIA_TOO_LARGE);
    world_release(&world);
}

TEST(parameters_are_in_order_however_many_there_are)
{
    struct world world;
    world_init(&world);
    struct buffer query, canonical;
    buffer_init(&query, &world.arena);
    for (int i = 99; i >= 0; i--)
        buffer_add_format(&query, "&key%02d=%d", i % 50, i);
    buffer_init(&canonical, &world.arena);
    world.options.canonical = &canonical;
    world.draft.query = buffer_text(&query);
    sign_at(&world, moment);
    text rest, parameters = buffer_text(&canonical);
    for (int i = 0; i < 3; i++)
        parameters = text_split(i ? rest : parameters, '\n', &rest);
    text last = {NULL, 0};
    size_t count = 0;
    for (; parameters.data; count++) {
        text one = text_split(parameters, '&', &parameters);
        CHECK(!last.data || text_compare(last, one) < 0);
        last = one;
    }
    CHECK_EQ(count, 100);
    world_release(&world);
}

TEST(signing_costs_no_memory_but_the_arenas)
{
    struct world world;
    world_init(&world);
    sign_at(&world, moment);
    uint64_t before = world.memory.allocations;
    for (int i = 0; i < 1000; i++) {
        arena_clear(&world.arena);
        world.draft = (struct http_draft){.method = TEXT("GET"), .path = TEXT("/a/b")};
        CHECK(http_draft_add(&world.draft, &world.arena, TEXT("host"), TEXT("a")));
        sign_at(&world, moment + i);
    }
    CHECK_EQ(world.memory.allocations, before);
    world_release(&world);
}

TEST(running_out_of_memory_is_said)
{
    for (uint64_t fail = 1; fail < 5; fail++) {
        for (int presign = 0; presign < 2; presign++) {
            struct world world;
            world_init(&world);
            char *query = arena_alloc(&world.arena, 8 * (size_t)ARENA_BLOCK_SIZE);
            memset(query, '(', 8 * (size_t)ARENA_BLOCK_SIZE);
            world.draft.query = text_from(query, 8 * (size_t)ARENA_BLOCK_SIZE);
            budget_fail_after(fail);
            inia_status status =
                presign ? sigv4_presign(
                              &world.signer, &world.draft, &world.arena, &world.options, moment)
                        : sigv4_sign_headers(
                              &world.signer, &world.draft, &world.arena, &world.options, moment);
            budget_fail_after(0);
            CHECK(status == INIA_NO_MEMORY || (status == INIA_OK && fail > 1));
            world_release(&world);
        }
    }
}

/* ---- Many at once ---------------------------------------------------------------------------- */

static void sign_together(struct world *worlds, size_t count, int64_t now_s)
{
    static struct sigv4_job jobs[24];
    struct sha256_job hashing[24];
    void (*const steps[])(struct sigv4_job * job) = {
        NULL, sigv4_job_sign, sigv4_job_sign_outer, sigv4_job_end};
    for (size_t i = 0; i < count; i++)
        CHECK_EQ(
            sigv4_job_begin(
                &jobs[i], &worlds[0].signer, &worlds[i].draft, &worlds[i].arena, &worlds[i].options,
                now_s + (int64_t)(i / 8)),
            INIA_OK);
    for (size_t step = 0; step < COUNT_OF(steps); step++) {
        for (size_t i = 0; i < count; i++) {
            if (steps[step])
                steps[step](&jobs[i]);
            hashing[i] = jobs[i].hashing;
        }
        if (steps[step] != sigv4_job_end)
            sha256_lanes_run(hashing, count);
    }
}

TEST(requests_signed_together_have_the_signatures_they_have_alone)
{
    enum { COUNT = 24 };
    static const char *const regions[] = {
        "us-east-1", "eu-central-1", "a", "b", "c", "ap-southeast-2-with-a-very-long-name-indeed"};
    static struct world worlds[COUNT];
    static text together[COUNT];
    for (size_t count = 1; count <= COUNT; count++) {
        for (size_t i = 0; i < count; i++) {
            world_init(&worlds[i]);
            worlds[i].options.region = text_of(regions[i % COUNT_OF(regions)]);
            worlds[i].draft.query = i % 3 ? TEXT("b=2&a=1%20x") : TEXT("");
            worlds[i].draft.path = i % 4 ? TEXT("/some/key") : TEXT("/");
            worlds[i].options.payload_header = i % 2 == 0;
            worlds[i].credentials.session_token = i % 5 ? TEXT("") : TEXT("a token");
            worlds[i].options.token_unsigned = i % 10 == 0;
        }
        sign_together(worlds, count, moment);
        for (size_t i = 0; i < count; i++)
            together[i] = authorization(&worlds[i]);
        for (size_t i = 0; i < count; i++) {
            size_t headers = worlds[i].draft.header_count;
            sign_at(&worlds[i], moment + (int64_t)(i / 8));
            text alone = authorization(&worlds[i]);
            CHECK_BYTES(together[i].data, together[i].size, alone.data, alone.size);
            CHECK_EQ(worlds[i].draft.header_count, headers);
        }
        for (size_t i = 0; i < count; i++)
            world_release(&worlds[i]);
    }
}

TEST(a_request_too_large_for_a_job_can_still_be_signed_alone)
{
    static struct sigv4_job job;
    static char token[SIGV4_JOB_CANONICAL_MOST];
    memset(token, 't', sizeof token);
    struct world world;
    world_init(&world);
    world.credentials.session_token = text_from(token, sizeof token);
    CHECK_EQ(
        sigv4_job_begin(&job, &world.signer, &world.draft, &world.arena, &world.options, moment),
        INIA_TOO_LARGE);
    sign_at(&world, moment);
    CHECK_EQ(world.draft.header_count, 4);
    world_release(&world);
}
