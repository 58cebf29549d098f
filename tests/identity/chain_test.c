/* A chain that waits: for who is asked over the network, and then for a person. */
#include "identity/chain.h"

#include "test.h"

#include <stdio.h>
#include <string.h>

/* A wire on which nothing is answered until the test does so. */
struct scene {
    struct identity_wire wire; /* first */
    struct random_source random;
    struct budget memory;
    struct slab blocks;
    struct protocol_readers readers;
    struct plan plan;
    struct chain chain;
    struct fetch *sent;
    int requests, cancelled, asked, came, failed;
    char serial[64], key[64], problem[256];
};

static void keep(struct identity_wire *wire, struct fetch *fetch, uint32_t delay_ms)
{
    struct scene *scene = CONTAINER_OF(wire, struct scene, wire);
    (void)delay_ms;
    scene->sent = fetch;
    scene->requests++;
}

static void drop(struct identity_wire *wire, struct fetch *fetch)
{
    struct scene *scene = CONTAINER_OF(wire, struct scene, wire);
    CHECK(scene->sent == fetch);
    scene->sent = NULL;
    scene->cancelled++;
}

static void ask_mfa(void *arg, const char *serial)
{
    struct scene *scene = arg;
    scene->asked++;
    snprintf(scene->serial, sizeof scene->serial, "%s", serial);
}

static void take(struct chain *chain, const struct identity_values *values, const char *problem)
{
    struct scene *scene = CONTAINER_OF(chain, struct scene, chain);
    if (values) {
        scene->came++;
        snprintf(scene->key, sizeof scene->key, "%.*s", TEXT_ARGS(values->access_key_id));
    } else {
        scene->failed++;
        snprintf(scene->problem, sizeof scene->problem, "%s", problem);
    }
}

static void tell(struct chain *chain)
{
    (void)chain;
}

/* A container's credentials, from which a role is assumed with a code. */
static void begin(struct scene *scene)
{
    *scene = (struct scene){.wire = {.send = keep, .cancel = drop}};
    scene->wire.random = &scene->random;
    random_init(&scene->random, 1);
    budget_init(&scene->memory, 1 << 20);
    slab_init(&scene->blocks, &scene->memory, ARENA_BLOCK_SIZE, 4);
    CHECK(protocol_readers_init(&scene->readers));
    scene->plan = (struct plan){
        .base = PLAN_CONTAINER,
        .origin = "test",
        .note = "",
        .container = {.url = TEXT("http://127.0.0.1:1/keys")},
        .role_count = 1,
        .roles = {{.arn = TEXT("arn:role/r"), .mfa_serial = TEXT("arn:mfa/me")}},
        .sts = {TEXT("https://sts.test"), TEXT("us-east-1")}};
    chain_init(
        &scene->chain,
        &(struct chain_config){
            .wire = &scene->wire,
            .memory = &scene->memory,
            .arena_blocks = &scene->blocks,
            .readers = &scene->readers,
            .ask_mfa = ask_mfa,
            .mfa_arg = scene,
            .take = take,
            .tell = tell},
        &scene->plan);
    chain_run(&scene->chain, 1700000000);
}

static void end(struct scene *scene)
{
    chain_release(&scene->chain);
    CHECK(!scene->sent);
    protocol_readers_release(&scene->readers);
    slab_release(&scene->blocks);
    CHECK_EQ(scene->memory.used, 0);
}

static void answer(struct scene *scene, int status, const char *body)
{
    struct fetch *fetch = scene->sent;
    CHECK(fetch != NULL);
    scene->sent = NULL;
    fetch->problem = NULL;
    fetch->status = status;
    fetch->answer = arena_copy(fetch->arena, text_of(body));
    fetch_answered(fetch);
}

static const char keys[] = "{\"AccessKeyId\":\"AKBOX\",\"SecretAccessKey\":\"s\",\"Token\":\"t\","
                           "\"Expiration\":\"2033-01-01T00:00:00Z\"}";
static const char role[] = "<AssumeRoleResponse><AssumeRoleResult><Credentials>"
                           "<AccessKeyId>AKROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
                           "<SessionToken>t</SessionToken><Expiration>2033-01-01T00:00:00Z"
                           "</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>";
static const char refusal[] = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>MultiFactor"
                              "Authentication failed</Message></Error></ErrorResponse>";

static bool sends(const struct scene *scene, const char *part)
{
    return scene->sent && text_find_text(scene->sent->body, text_of(part)) != SIZE_MAX;
}

TEST(a_person_is_asked_once_the_credentials_of_the_base_have_come_and_may_take_time)
{
    struct scene scene;
    begin(&scene);
    CHECK_EQ(scene.asked, 0);
    answer(&scene, 200, keys);
    CHECK_EQ(scene.asked, 1);
    CHECK_TEXT(scene.serial, "arn:mfa/me");
    CHECK_EQ(scene.requests, 1); /* nothing goes out before the code is there */
    chain_mfa_answer(&scene.chain, TEXT("123456"));
    CHECK(sends(&scene, "SerialNumber=arn%3Amfa%2Fme"));
    CHECK(sends(&scene, "TokenCode=123456"));
    answer(&scene, 200, role);
    CHECK_EQ(scene.came, 1);
    CHECK_TEXT(scene.key, "AKROLE");
    end(&scene);
}

TEST(a_person_who_gives_no_code_ends_the_chain_with_a_line_that_says_so)
{
    struct scene scene;
    begin(&scene);
    answer(&scene, 200, keys);
    chain_mfa_answer(&scene.chain, (text){NULL, 0});
    CHECK_EQ(scene.failed, 1);
    CHECK_EQ(scene.requests, 1);
    CHECK_TEXT(
        scene.problem,
        "role arn:role/r wants a code of the MFA device arn:mfa/me, and none was given");
    end(&scene);
}

TEST(a_code_that_is_wrong_is_not_sent_twice_and_the_next_run_asks_again)
{
    struct scene scene;
    begin(&scene);
    answer(&scene, 200, keys);
    chain_mfa_answer(&scene.chain, TEXT("000000"));
    answer(&scene, 403, refusal);
    CHECK_EQ(scene.failed, 1);
    CHECK_EQ(scene.requests, 2);
    CHECK(strstr(scene.problem, "MultiFactorAuthentication failed") != NULL);
    chain_run(&scene.chain, 1700000100);
    answer(&scene, 200, keys);
    CHECK_EQ(scene.asked, 2);
    chain_mfa_answer(&scene.chain, TEXT("123456"));
    answer(&scene, 200, role);
    CHECK_EQ(scene.came, 1);
    end(&scene);
}

TEST(a_person_is_not_asked_when_the_base_has_no_credentials)
{
    struct scene scene;
    begin(&scene);
    answer(&scene, 404, "{}");
    CHECK_EQ(scene.failed, 1);
    CHECK_EQ(scene.asked, 0);
    end(&scene);
}

TEST(a_chain_may_be_left_in_each_of_its_steps)
{
    for (int steps = 0; steps < 3; steps++) {
        struct scene scene;
        begin(&scene);
        if (steps > 0)
            answer(&scene, 200, keys);
        if (steps > 1)
            chain_mfa_answer(&scene.chain, TEXT("123456"));
        end(&scene);
        CHECK_EQ(scene.cancelled, steps != 1);
        CHECK_EQ(scene.came + scene.failed, 0);
    }
}

static const char too_late[] = "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>"
                               "Signature expired</Message></Error></ErrorResponse>";

/* Up to the answer to the request for the role. */
static void begin_without_mfa(struct scene *scene)
{
    begin(scene);
    scene->plan.roles[0].mfa_serial = (text){NULL, 0};
    answer(scene, 200, keys);
    CHECK_EQ(scene->requests, 2);
}

static bool is_signed_at(const struct scene *scene, const char *time)
{
    const struct http_draft *draft = &scene->sent->draft;
    const struct http_header *found =
        http_find_header(draft->headers, draft->header_count, TEXT("x-amz-date"));
    return found && text_equals(found->value, text_of(time));
}

TEST(a_clock_that_is_off_is_put_right_once_by_the_date_of_the_answer_that_complains)
{
    struct scene scene;
    begin_without_mfa(&scene);
    CHECK(is_signed_at(&scene, "20231114T221320Z"));
    scene.sent->date_s = 1700001200; /* 20 minutes later */
    answer(&scene, 403, too_late);
    CHECK_EQ(scene.requests, 3);
    CHECK(is_signed_at(&scene, "20231114T223320Z"));
    scene.sent->date_s = 1700002400;
    answer(&scene, 403, too_late);
    CHECK_EQ(scene.requests, 3);
    CHECK_EQ(scene.failed, 1);
    end(&scene);
}

TEST(a_wrong_key_is_not_taken_for_a_wrong_clock)
{
    struct scene scene;
    begin_without_mfa(&scene);
    scene.sent->date_s = 1700000003;
    answer(&scene, 403, too_late);
    CHECK_EQ(scene.requests, 2);
    CHECK(strstr(scene.problem, "SignatureDoesNotMatch") != NULL);
    end(&scene);
}
