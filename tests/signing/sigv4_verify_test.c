#include "signing/signing.h"

#include "test.h"

#include <stdio.h>

static const int64_t signed_at = 1440938160; /* 20150830T123600Z */

struct world {
    struct budget memory;
    struct slab blocks;
    struct arena arena;
    struct secret secret;
    struct sigv4_signer signer;
    struct sigv4a_signer asymmetric;
    struct sigv4_verifier verifier;
    struct signing_credentials credentials;
    struct sigv4_options options;
    struct http_draft draft;
    struct http_request request;
    struct sigv4_claim claim;
};

static const struct secret *find_secret(void *arg, text access_key_id)
{
    struct world *world = arg;
    return text_equals(access_key_id, TEXT("AKID/EXAMPLE")) ? &world->secret : NULL;
}

static void world_init(struct world *world)
{
    *world = (struct world){0};
    budget_init(&world->memory, 1 << 24);
    slab_init(&world->blocks, &world->memory, ARENA_BLOCK_SIZE, 8);
    arena_init(&world->arena, &world->blocks);
    CHECK(secret_set(&world->secret, TEXT("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")));
    world->credentials.access_key_id = TEXT("AKID/EXAMPLE");
    world->credentials.secret_key = &world->secret;
    world->verifier.find_secret = find_secret;
    world->verifier.arg = world;
    world->options.credentials = &world->credentials;
    world->options.region = TEXT("us-east-1");
    world->options.service = TEXT("s3");
    world->options.payload = TEXT("UNSIGNED-PAYLOAD");
    world->options.payload_header = true;
    world->options.path_encoded_once = world->options.path_not_normalized = true;
    world->options.expires_s = 60;
    world->draft.method = TEXT("PUT");
    world->draft.path = TEXT("/bucket/a%20key%2B");
    CHECK(http_draft_add(&world->draft, &world->arena, TEXT("host"), TEXT("localhost:9000")));
    CHECK(http_draft_add(
        &world->draft, &world->arena, TEXT("content-type"), TEXT(" text/plain;  a=b ")));
}

static void world_release(struct world *world)
{
    sigv4_signer_release(&world->signer);
    sigv4_signer_release(&world->verifier.signer);
    sigv4a_signer_release(&world->asymmetric);
    sigv4a_signer_release(&world->verifier.asymmetric);
    arena_release(&world->arena);
    slab_release(&world->blocks);
    CHECK_EQ(world->memory.used, 0);
}

static void arrive(struct world *world)
{
    struct buffer target;
    buffer_init(&target, &world->arena);
    buffer_add(&target, world->draft.path);
    if (world->draft.query.size) {
        buffer_add_char(&target, '?');
        buffer_add(&target, world->draft.query);
    }
    world->request.method = world->draft.method;
    world->request.target = buffer_text(&target);
    world->request.headers = world->draft.headers;
    world->request.header_count = world->draft.header_count;
}

static void sign(struct world *world)
{
    CHECK_EQ(
        sigv4_sign_headers(
            &world->signer, &world->draft, &world->arena, &world->options, signed_at),
        INIA_OK);
    arrive(world);
}

static void presign(struct world *world)
{
    CHECK_EQ(
        sigv4_presign(&world->signer, &world->draft, &world->arena, &world->options, signed_at),
        INIA_OK);
    arrive(world);
}

static enum sigv4_verdict verify_at(struct world *world, int64_t now_s)
{
    return sigv4_verify(
        &world->verifier, &world->request, (text){NULL, 0}, &world->arena, now_s, &world->claim);
}

static enum sigv4_verdict verify(struct world *world)
{
    return verify_at(world, signed_at);
}

static struct http_header *header(struct world *world, const char *name)
{
    for (size_t i = 0; i < world->request.header_count; i++)
        if (text_equals_ignoring_case(world->request.headers[i].name, text_of(name)))
            return &world->request.headers[i];
    FAIL("no header %s", name);
}

/* ---- What is signed is verified -------------------------------------------------------------- */

TEST(a_request_signed_in_headers_is_valid)
{
    struct world world;
    world_init(&world);
    sign(&world);
    CHECK_EQ(verify(&world), SIGV4_VALID);
    CHECK(text_equals(world.claim.access_key_id, TEXT("AKID/EXAMPLE")));
    CHECK(text_equals(world.claim.region, TEXT("us-east-1")));
    CHECK(text_equals(world.claim.service, TEXT("s3")));
    CHECK(text_equals(world.claim.payload, TEXT("UNSIGNED-PAYLOAD")));
    CHECK(!world.claim.in_query);
    world_release(&world);
}

TEST(a_request_signed_for_several_regions_is_valid_in_headers_and_in_the_query)
{
    for (int in_query = 0; in_query < 2; in_query++) {
        struct world world;
        world_init(&world);
        world.options.asymmetric = &world.asymmetric;
        world.options.region = TEXT("us-east-1,eu-*");
        if (in_query)
            presign(&world);
        else
            sign(&world);
        CHECK_EQ(verify(&world), SIGV4_VALID);
        CHECK(world.claim.is_asymmetric);
        CHECK(text_equals(world.claim.region, TEXT("us-east-1,eu-*")));
        CHECK(text_equals(world.claim.service, TEXT("s3")));
        CHECK(text_equals(world.claim.access_key_id, TEXT("AKID/EXAMPLE")));
        world.request.method = TEXT("GET");
        CHECK_EQ(verify(&world), SIGV4_MISMATCH);
        CHECK(text_starts_with(world.claim.string_to_sign, TEXT("AWS4-ECDSA-P256-SHA256\n")));
        CHECK(text_starts_with(world.claim.canonical_request, TEXT("GET\n")));
        world_release(&world);
    }
}

TEST(chunks_must_be_signed_as_their_request_is)
{
    static const text payloads[] = {
        TEXT_INIT("STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
        TEXT_INIT("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD")};
    for (size_t i = 0; i < 4; i++) {
        struct world world;
        world_init(&world);
        bool is_asymmetric = i & 1, wants_asymmetric = i & 2;
        if (is_asymmetric)
            world.options.asymmetric = &world.asymmetric;
        world.options.payload = payloads[wants_asymmetric];
        sign(&world);
        CHECK_EQ(verify(&world), is_asymmetric == wants_asymmetric ? SIGV4_VALID : SIGV4_MALFORMED);
        if (is_asymmetric == wants_asymmetric)
            CHECK_BYTES(
                world.claim.chain.previous, world.claim.chain.previous_size,
                world.claim.signature.data, world.claim.signature.size);
        else
            CHECK_TEXT(world.claim.problem, "chunks that are signed otherwise than the request");
        world_release(&world);
    }
}

TEST(a_signature_for_several_regions_without_regions_or_over_other_ones_is_refused)
{
    struct world world;
    world_init(&world);
    world.options.asymmetric = &world.asymmetric;
    world.options.region = TEXT("us-east-1");
    sign(&world);
    header(&world, "x-amz-region-set")->value = TEXT("*");
    CHECK_EQ(verify(&world), SIGV4_MISMATCH);
    header(&world, "x-amz-region-set")->value = TEXT("");
    CHECK_EQ(verify(&world), SIGV4_MALFORMED);
    world_release(&world);
}

TEST(the_token_of_an_s3_session_is_told_and_must_be_signed)
{
    struct world world;
    world_init(&world);
    world.options.s3_session = true;
    world.credentials.session_token = TEXT("a token");
    sign(&world);
    CHECK_EQ(verify(&world), SIGV4_VALID);
    CHECK(text_equals(world.claim.session_token, TEXT("a token")));
    header(&world, "x-amz-s3session-token")->value = TEXT("another");
    CHECK_EQ(verify(&world), SIGV4_MISMATCH);
    world_release(&world);
}

TEST(a_request_presigned_is_valid_until_it_expires)
{
    struct world world;
    world_init(&world);
    world.draft.query = TEXT("partNumber=2&uploadId=a%2Fb");
    presign(&world);
    CHECK_EQ(verify(&world), SIGV4_VALID);
    CHECK(world.claim.in_query);
    CHECK_EQ(world.claim.expires_s, 60);
    CHECK(text_equals(world.claim.payload, TEXT("UNSIGNED-PAYLOAD")));
    CHECK_EQ(verify_at(&world, signed_at + 60), SIGV4_VALID);
    CHECK_EQ(verify_at(&world, signed_at + 61), SIGV4_EXPIRED);
    CHECK_EQ(verify_at(&world, signed_at - SIGV4_SKEW_MOST_S), SIGV4_VALID);
    CHECK_EQ(verify_at(&world, signed_at - SIGV4_SKEW_MOST_S - 1), SIGV4_SKEWED);
    world_release(&world);
}

TEST(another_service_than_s3_is_verified_with_its_path_encoded_twice)
{
    struct world world;
    world_init(&world);
    world.options.service = TEXT("execute-api");
    world.options.payload = TEXT("");
    world.options.payload_header = false;
    world.options.path_encoded_once = world.options.path_not_normalized = false;
    world.draft.path = TEXT("/a/../b//%40c/");
    sign(&world);
    CHECK_EQ(verify(&world), SIGV4_VALID);
    world_release(&world);
}

TEST(a_service_whose_name_only_begins_with_s3_is_verified_as_the_others)
{
    struct world world;
    world_init(&world);
    world.options.service = TEXT("s3tables");
    world.options.path_encoded_once = world.options.path_not_normalized = false;
    world.draft.path = TEXT("/buckets/arn%3Aaws%3As3tables");
    sign(&world);
    CHECK_EQ(verify(&world), SIGV4_VALID);
    world_release(&world);
}

TEST(a_slash_within_a_label_is_verified_as_it_was_sent)
{
    struct world world;
    world_init(&world);
    world.draft.path = TEXT("/v20180820/jobs/a%2Fb");
    sign(&world);
    CHECK_EQ(verify(&world), SIGV4_VALID);
    world.request.target = TEXT("/v20180820/jobs/a%2Fc");
    CHECK_EQ(verify(&world), SIGV4_MISMATCH);
    world_release(&world);
}

TEST(the_payload_comes_from_the_body_where_the_request_does_not_say_it)
{
    struct world world;
    world_init(&world);
    const text hash = TEXT("44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072");
    world.options.service = TEXT("sqs");
    world.options.payload = hash;
    world.options.payload_header = false;
    world.options.path_encoded_once = world.options.path_not_normalized = false;
    world.draft.path = TEXT("/");
    sign(&world);
    CHECK_EQ(verify(&world), SIGV4_MISMATCH);
    CHECK_EQ(
        sigv4_verify(&world.verifier, &world.request, hash, &world.arena, signed_at, &world.claim),
        SIGV4_VALID);
    world_release(&world);
}

TEST(a_session_token_is_seen_signed_or_not)
{
    for (int unsigned_token = 0; unsigned_token < 2; unsigned_token++) {
        struct world world;
        world_init(&world);
        world.credentials.session_token = TEXT("a/token+==");
        world.options.token_unsigned = unsigned_token;
        sign(&world);
        CHECK_EQ(verify(&world), SIGV4_VALID);
        CHECK(text_equals(world.claim.session_token, TEXT("a/token+==")));
        world_release(&world);
        world_init(&world);
        world.credentials.session_token = TEXT("a/token+==");
        presign(&world);
        CHECK_EQ(verify(&world), SIGV4_VALID);
        CHECK(text_equals(world.claim.session_token, TEXT("a/token+==")));
        world_release(&world);
    }
}

TEST(a_path_may_arrive_encoded_otherwise_than_it_was_signed)
{
    struct world world;
    world_init(&world);
    world.draft.path = TEXT("/bucket/%28x%29");
    sign(&world);
    world.request.target = TEXT("/bucket/(x)");
    CHECK_EQ(verify(&world), SIGV4_VALID);
    world_release(&world);
}

/* ---- What was changed is not ----------------------------------------------------------------- */

TEST(a_change_to_anything_signed_is_a_mismatch)
{
    struct world world;
    world_init(&world);
    world.draft.query = TEXT("versionId=1");
    sign(&world);
    struct http_request original = world.request;

    world.request.method = TEXT("GET");
    CHECK_EQ(verify(&world), SIGV4_MISMATCH);
    world.request = original;
    world.request.target = TEXT("/bucket/a%20key%2B?versionId=2");
    CHECK_EQ(verify(&world), SIGV4_MISMATCH);
    world.request.target = TEXT("/bucket/b%20key%2B?versionId=1");
    CHECK_EQ(verify(&world), SIGV4_MISMATCH);
    world.request = original;
    CHECK_EQ(verify(&world), SIGV4_VALID);

    static const char *const names[] = {"host", "content-type", "x-amz-content-sha256"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct http_header *changed = header(&world, names[i]);
        text was = changed->value;
        changed->value = TEXT("something else");
        CHECK_EQ(verify(&world), SIGV4_MISMATCH);
        changed->value = was;
    }
    CHECK_EQ(verify(&world), SIGV4_VALID);
    world_release(&world);
}

TEST(a_mismatch_shows_what_should_have_been_signed)
{
    struct world world;
    world_init(&world);
    sign(&world);
    world.request.method = TEXT("GET");
    CHECK_EQ(verify(&world), SIGV4_MISMATCH);
    CHECK(text_starts_with(
        world.claim.canonical_request, TEXT("GET\n/bucket/a%20key%2B\n\ncontent-type:text/plain; "
                                            "a=b\nhost:localhost:9000\n")));
    CHECK(text_starts_with(
        world.claim.string_to_sign, TEXT("AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/"
                                         "s3/aws4_request\n")));
    world_release(&world);
}

TEST(another_secret_is_a_mismatch_and_another_key_id_is_unknown)
{
    struct world world;
    world_init(&world);
    sign(&world);
    CHECK_EQ(verify(&world), SIGV4_VALID);
    CHECK(secret_set(&world.secret, TEXT("another")));
    CHECK_EQ(verify(&world), SIGV4_MISMATCH);
    world_release(&world);
    world_init(&world);
    world.credentials.access_key_id = TEXT("NOBODY");
    sign(&world);
    CHECK_EQ(verify(&world), SIGV4_UNKNOWN_KEY);
    world_release(&world);
}

TEST(a_clock_more_than_fifteen_minutes_off_is_noticed)
{
    struct world world;
    world_init(&world);
    sign(&world);
    CHECK_EQ(verify_at(&world, signed_at + 900), SIGV4_VALID);
    CHECK_EQ(verify_at(&world, signed_at - 900), SIGV4_VALID);
    CHECK_EQ(verify_at(&world, signed_at + 901), SIGV4_SKEWED);
    CHECK_EQ(verify_at(&world, signed_at - 901), SIGV4_SKEWED);
    world_release(&world);
}

TEST(an_amz_header_that_was_slipped_in_is_refused)
{
    struct world world;
    world_init(&world);
    sign(&world);
    CHECK(http_draft_add(&world.draft, &world.arena, TEXT("x-amz-acl"), TEXT("public-read")));
    arrive(&world);
    CHECK_EQ(verify(&world), SIGV4_MALFORMED);
    CHECK(strstr(world.claim.problem, "should be signed"));
    world_release(&world);
    world_init(&world);
    presign(&world);
    CHECK(http_draft_add(&world.draft, &world.arena, TEXT("X-Amz-Acl"), TEXT("public-read")));
    arrive(&world);
    CHECK_EQ(verify(&world), SIGV4_MALFORMED);
    world_release(&world);
}

TEST(a_request_without_a_signature_is_missing_it)
{
    struct world world;
    world_init(&world);
    arrive(&world);
    CHECK_EQ(verify(&world), SIGV4_MISSING);
    world_release(&world);
}

TEST(what_is_no_signature_is_malformed_with_a_reason)
{
    static const char *const values[] = {
        "Bearer abc",
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 ",
        "AWS4-HMAC-SHA256 Credential=, SignedHeaders=host, Signature=00",
        "AWS4-HMAC-SHA256 Credential=a/b/c, SignedHeaders=host, Signature=00",
        "AWS4-HMAC-SHA256 Credential=/20150830/r/s3/aws4_request, SignedHeaders=host, Signature=0",
        "AWS4-HMAC-SHA256 Credential=k/20150830//s3/aws4_request, SignedHeaders=host, Signature=0",
        "AWS4-HMAC-SHA256 Credential=k/20150830/r/s3/other, SignedHeaders=host, Signature=0",
        "AWS4-HMAC-SHA256 Credential=k/20150831/r/s3/aws4_request, SignedHeaders=host, Signature=0",
        "AWS4-HMAC-SHA256 Credential=k/20150830/r/s3/aws4_request, Signature=0",
        "AWS4-HMAC-SHA256 Credential=k/20150830/r/s3/aws4_request, SignedHeaders=host",
        "AWS4-HMAC-SHA256 Credential=k/20150830/r/s3/aws4_request, SignedHeaders=host, Sig=0",
        "AWS4-HMAC-SHA256 Credential=k/20150830/r/s3/aws4_request, SignedHeaders=x, Signature=0",
        "AWS4-HMAC-SHA256 Credential=k/20150830/r/s3/aws4_request, SignedHeaders=;, Signature=0",
        "AWS4-HMAC-SHA256 Credential=k/20150830/r/s3/aws4_request, SignedHeaders=date, Signature=",
    };
    struct world world;
    world_init(&world);
    sign(&world);
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        header(&world, "authorization")->value = text_of(values[i]);
        CHECK_EQ(verify(&world), SIGV4_MALFORMED);
        CHECK(world.claim.problem != NULL);
    }
    world_release(&world);
}

TEST(a_time_that_is_none_is_malformed)
{
    static const char *const values[] = {
        "",
        "20150830",
        "20150830T123600",
        "20150830T123600z",
        "20151330T123600Z",
        "20150832T123600Z",
        "20150830T246000Z",
        "2015083XT123600Z",
        "20150830T123600Z ",
        "not a time at all",
    };
    struct world world;
    world_init(&world);
    sign(&world);
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        header(&world, "x-amz-date")->value = text_of(values[i]);
        CHECK_EQ(verify(&world), SIGV4_MALFORMED);
    }
    world_release(&world);
}

TEST(a_presigned_url_that_is_not_whole_is_malformed)
{
    static const char *const removed[] = {
        "X-Amz-Credential=", "X-Amz-Date=", "X-Amz-Expires=", "X-Amz-SignedHeaders=",
        "X-Amz-Signature="};
    for (size_t i = 0; i < COUNT_OF(removed); i++) {
        struct world world;
        world_init(&world);
        presign(&world);
        char target[2048];
        snprintf(target, sizeof target, "%.*s", TEXT_ARGS(world.request.target));
        char *name = strstr(target, removed[i]);
        CHECK(name != NULL);
        *name = '_';
        world.request.target = text_of(target);
        CHECK_EQ(verify(&world), SIGV4_MALFORMED);
        world_release(&world);
    }
    struct world world;
    world_init(&world);
    world.options.expires_s = SIGV4_EXPIRES_MOST_S + 1;
    presign(&world);
    CHECK_EQ(verify(&world), SIGV4_MALFORMED);
    world_release(&world);
}

TEST(no_memory_is_no_crash)
{
    for (uint64_t fail = 1; fail < 8; fail++) {
        struct world world;
        world_init(&world);
        world.draft.query = TEXT("b=(&a=");
        presign(&world);
        /* A query that does not fit into what the arena has. */
        size_t size = 3 * (size_t)ARENA_BLOCK_SIZE;
        char *target = arena_alloc(&world.arena, world.request.target.size + size);
        memcpy(target, world.request.target.data, world.request.target.size);
        memset(target + world.request.target.size, '(', size);
        world.request.target = text_from(target, world.request.target.size + size);
        budget_fail_after(fail);
        enum sigv4_verdict verdict = verify(&world);
        budget_fail_after(0);
        CHECK(verdict == SIGV4_NO_MEMORY || verdict == SIGV4_MISMATCH);
        world_release(&world);
    }
}
