/* Where credentials come from: given, by the program's provider in all its ways, or not at all. */
#include "rig.h"

struct provider {
    inia_engine *engine;
    inia_credentials_query *query;
    inia_credentials credentials;
    inia_message message;
    int asked;
    enum { ANSWERS_NOW, ANSWERS_LATER, ANSWERS_NONE, ANSWERS_BY_POST } way;
};

static struct provider *posted;

static void answer_from_message(inia_engine *engine, inia_message *message)
{
    (void)engine, (void)message;
    inia_answer(posted->query, &posted->credentials);
}

static void ask(void *arg, inia_credentials_query *query)
{
    struct provider *provider = arg;
    provider->asked++;
    provider->query = query;
    if (provider->way == ANSWERS_NOW)
        inia_answer(query, &provider->credentials);
    if (provider->way == ANSWERS_NONE)
        inia_answer(query, NULL);
    if (provider->way == ANSWERS_BY_POST) {
        posted = provider;
        provider->message.run = answer_from_message;
        inia_post(provider->engine, &provider->message);
    }
}

static void begin(struct rig *rig, struct provider *provider)
{
    provider->credentials = (inia_credentials){"FRESH", "secret", "token", 0};
    rig_begin_with(rig, NULL, (inia_client_config){.provider = ask, .provider_arg = provider});
    provider->engine = rig->engine;
}

TEST(a_provider_that_answers_at_once_is_asked_once)
{
    struct rig rig;
    struct provider provider = {.way = ANSWERS_NOW};
    begin(&rig, &provider);
    for (int i = 0; i < 10; i++)
        rig_get(&rig, "fresh");
    CHECK_EQ(provider.asked, 0); /* callbacks run in inia_wait() */
    rig_finish(&rig, 10);
    rig_get(&rig, "fresh");
    rig_finish(&rig, 1);
    CHECK_EQ(provider.asked, 1);
    CHECK_EQ(rig.statuses[INIA_OK], 11);
    rig_end(&rig);
}

TEST(calls_wait_for_a_provider_that_answers_later_and_the_descriptor_tells)
{
    struct rig rig;
    struct provider provider = {.way = ANSWERS_LATER};
    begin(&rig, &provider);
    inia_fd(rig.engine);
    for (int i = 0; i < 5; i++)
        rig_get(&rig, "fresh");
    while (rig_poll(&rig, 20))
        ;
    CHECK_EQ(provider.asked, 1);
    CHECK_EQ(rig.done, 0);
    inia_answer(provider.query, &provider.credentials);
    CHECK_EQ(rig.done, 0);
    rig_poll_until_done(&rig, 5);
    CHECK_EQ(rig.statuses[INIA_OK], 5);
    rig_end(&rig);
}

TEST(a_provider_may_answer_from_a_message)
{
    struct rig rig;
    struct provider provider = {.way = ANSWERS_BY_POST};
    begin(&rig, &provider);
    inia_fd(rig.engine);
    for (int i = 0; i < 5; i++)
        rig_get(&rig, "fresh");
    rig_poll_until_done(&rig, 5);
    CHECK_EQ(rig.statuses[INIA_OK], 5);
    CHECK_EQ(provider.asked, 1);
    rig_end(&rig);
}

TEST(a_provider_with_none_is_asked_again_by_the_next_call)
{
    struct rig rig;
    struct provider provider = {.way = ANSWERS_NONE};
    begin(&rig, &provider);
    rig_get(&rig, "fresh");
    inia_call *call = rig_next(&rig);
    CHECK_EQ(call->status, INIA_NO_CREDENTIALS);
    CHECK(strstr(call->message, "provider") != NULL);
    CHECK_EQ(call->attempt_count, 0);
    inia_release(call);
    provider.way = ANSWERS_LATER;
    rig_get(&rig, "fresh");
    rig_get(&rig, "fresh");
    CHECK_EQ(inia_wait(rig.engine, NULL, 0, 5), 0);
    inia_answer(provider.query, NULL);
    rig_finish(&rig, 2);
    CHECK_EQ(rig.statuses[INIA_NO_CREDENTIALS], 3);
    provider.way = ANSWERS_NOW;
    rig_get(&rig, "fresh");
    rig_finish(&rig, 1);
    CHECK_EQ(rig.statuses[INIA_OK], 1);
    CHECK_EQ(provider.asked, 3);
    rig_end(&rig);
}

TEST(a_provider_that_is_slow_costs_no_more_than_the_deadline)
{
    struct rig rig;
    struct provider provider = {.way = ANSWERS_LATER};
    begin(&rig, &provider);
    CHECK(rig_submit(&rig, "GetObject", "fresh", &(inia_request){.deadline_ms = 20}) != NULL);
    inia_call *call = rig_next(&rig);
    CHECK_EQ(call->status, INIA_TIMED_OUT);
    CHECK(strstr(call->message, "credentials") != NULL);
    inia_release(call);
    inia_answer(provider.query, &provider.credentials);
    rig_get(&rig, "fresh");
    rig_finish(&rig, 1);
    CHECK_EQ(rig.statuses[INIA_OK], 1);
    rig_end(&rig);
}

TEST(credentials_that_cannot_be_are_none)
{
    static const inia_credentials wrong[] = {
        {"", "secret", NULL, 0},  {NULL, NULL, NULL, 0},       {"AKID", "", NULL, 0},
        {"A\r\nB", "s", NULL, 0}, {"AKID", "s", "to\nken", 0}, {NULL, "secret", NULL, 0},
    };
    struct rig rig;
    struct provider provider = {.way = ANSWERS_NOW};
    begin(&rig, &provider);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        provider.credentials = wrong[i];
        rig_get(&rig, "fresh");
        rig_finish(&rig, 1);
        CHECK_EQ(rig.statuses[INIA_NO_CREDENTIALS], i + 1);
        inia_error error = {INIA_OK, ""};
        inia_client_config config = {.service = "s3", .region = "r", .credentials = &wrong[i]};
        CHECK(inia_client_new(rig.engine, &config, &error) == NULL);
        CHECK_EQ(error.status, INIA_BAD_CONFIG);
    }
    CHECK_EQ(atomic_load(&rig.server->requests), 0);
    rig_end(&rig);
}

TEST(credentials_near_their_end_are_renewed_while_calls_go_on)
{
    struct rig rig;
    struct provider provider = {.way = ANSWERS_NOW};
    begin(&rig, &provider);
    provider.credentials.expires_at = time(NULL) + 60;
    rig_get(&rig, "fresh");
    rig_finish(&rig, 1);
    CHECK_EQ(provider.asked, 1);
    provider.way = ANSWERS_LATER;
    for (int i = 0; i < 5; i++)
        rig_get(&rig, "fresh");
    rig_finish(&rig, 5); /* with the old ones: they are good for a minute */
    CHECK_EQ(provider.asked, 2);
    provider.credentials.expires_at = time(NULL) + 3600;
    inia_answer(provider.query, &provider.credentials);
    for (int i = 0; i < 5; i++)
        rig_get(&rig, "fresh");
    rig_finish(&rig, 5);
    CHECK_EQ(provider.asked, 2);
    CHECK_EQ(rig.statuses[INIA_OK], 11);
    rig_end(&rig);
}

TEST(credentials_that_have_expired_are_asked_for_before_anything_is_sent)
{
    struct rig rig;
    struct provider provider = {.way = ANSWERS_NOW};
    begin(&rig, &provider);
    provider.credentials.expires_at = time(NULL) - 10;
    rig_get(&rig, "fresh");
    rig_finish(&rig, 1);
    provider.way = ANSWERS_LATER;
    rig_get(&rig, "fresh");
    CHECK_EQ(inia_wait(rig.engine, NULL, 0, 20), 0);
    CHECK_EQ(inia_pending(rig.engine), 1);
    provider.credentials.expires_at = 0;
    inia_answer(provider.query, &provider.credentials);
    rig_finish(&rig, 1);
    CHECK_EQ(rig.statuses[INIA_OK], 2);
    rig_end(&rig);
}

TEST(credentials_that_the_service_calls_expired_are_renewed_within_the_call)
{
    struct rig rig;
    struct provider provider = {.way = ANSWERS_NOW};
    begin(&rig, &provider);
    provider.credentials.access_key_id = "STALE";
    rig_get(&rig, "size-1");
    rig_finish(&rig, 1);
    provider.credentials.access_key_id = "FRESH";
    rig_get(&rig, "fresh");
    inia_call *call = rig_next(&rig);
    CHECK_EQ(call->status, INIA_OK);
    CHECK_EQ(call->attempt_count, 2);
    CHECK_TEXT(call->attempts[0].error_code, "ExpiredToken");
    CHECK_EQ(provider.asked, 2);
    inia_release(call);
    provider.credentials.access_key_id = "STILL-STALE";
    rig_end(&rig);
}

TEST(a_source_of_stale_credentials_is_not_asked_for_ever)
{
    struct rig rig;
    struct provider provider = {.way = ANSWERS_NOW};
    begin(&rig, &provider);
    provider.credentials.access_key_id = "STALE";
    rig_get(&rig, "fresh");
    inia_call *call = rig_next(&rig);
    CHECK_EQ(call->status, INIA_SERVICE_ERROR);
    CHECK_TEXT(call->error_code, "ExpiredToken");
    CHECK(call->attempt_count <= 3 && provider.asked <= 3);
    inia_release(call);
    rig_end(&rig);
}

TEST(credentials_given_once_cannot_be_renewed)
{
    struct rig rig;
    rig_begin(&rig);
    rig_get(&rig, "fresh");
    inia_call *call = rig_next(&rig);
    CHECK_EQ(call->status, INIA_SERVICE_ERROR);
    CHECK_TEXT(call->error_code, "ExpiredToken");
    CHECK_EQ(call->attempt_count, 1);
    inia_release(call);
    rig_end(&rig);
}

TEST(without_credentials_anywhere_calls_say_so_and_anonymous_ones_go_out)
{
    static const char *const variables[] = {
        "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"};
    for (size_t i = 0; i < 4; i++)
        unsetenv(variables[i]);
    setenv("AWS_CONFIG_FILE", "/dev/null", 1);
    setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null", 1);
    setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
    struct rig rig;
    rig_begin(&rig);
    inia_client_config config = {.service = "s3", .region = "us-east-1", .endpoint_url = rig.url};
    rig.s3 = inia_client_new(rig.engine, &config, NULL);
    CHECK(rig.s3 != NULL);
    rig_get(&rig, "size-1");
    inia_call *call = rig_next(&rig);
    CHECK_EQ(call->status, INIA_NO_CREDENTIALS);
    CHECK(strstr(call->message, "AWS_ACCESS_KEY_ID") != NULL);
    inia_release(call);
    config.anonymous = true;
    rig.s3 = inia_client_new(rig.engine, &config, NULL);
    rig_get(&rig, "size-1");
    rig_finish(&rig, 1);
    CHECK_EQ(rig.statuses[INIA_OK], 1);
    rig_end(&rig);
}
