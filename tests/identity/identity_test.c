#include "identity/identity.h"
#include "protocols/protocols.h"

#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const int64_t now = 1700000000;

static const struct identity_values some_values = {
    .access_key_id = TEXT_INIT("AKID"),
    .secret_access_key = TEXT_INIT("secret"),
    .session_token = TEXT_INIT("token"),
    .account_id = TEXT_INIT("123456789012"),
};

/* A source that answers when it is told to. */
struct source {
    struct identity_provider *provider;
    unsigned asked;
    bool at_once;
    struct identity_values values;
};

static void ask(void *arg, struct identity_provider *provider)
{
    struct source *source = arg;
    source->provider = provider;
    source->asked++;
    if (source->at_once)
        identity_answer(provider, &source->values, NULL);
}

struct asker {
    struct identity_query query;
    unsigned answers;
    struct asker *forgets; /* in answered() */
    bool asks_again;
    struct identity_provider *provider;
};

static void answered(struct identity_query *query)
{
    struct asker *asker = CONTAINER_OF(query, struct asker, query);
    asker->answers++;
    if (asker->forgets)
        identity_forget(&asker->forgets->query);
    if (asker->asks_again) {
        asker->asks_again = false;
        identity_forget(&asker->query);
        if (identity_ask(asker->provider, &asker->query, now))
            asker->answers++;
    }
}

static struct asker new_asker(void)
{
    return (struct asker){.query.answered = answered};
}

static struct identity_provider *provider_new(
    struct budget *memory, struct source *source, const struct identity_values *given)
{
    struct identity_config config = {.memory = memory, .given = given};
    if (source)
        config.source = (struct identity_source){.ask = ask, .arg = source, .origin = "test"};
    inia_error error = {0};
    struct identity_provider *provider = identity_provider_new(&config, &error);
    if (!provider)
        FAIL("%s", error.detail);
    return provider;
}

TEST(given_credentials_are_there_at_once_and_outlive_their_provider)
{
    struct budget memory;
    budget_init(&memory, 1 << 20);
    struct identity_provider *provider = provider_new(&memory, NULL, &some_values);
    struct asker asker = new_asker();
    CHECK(identity_ask(provider, &asker.query, now));
    identity_provider_free(provider);
    struct signing_credentials credentials = identity_credentials(asker.query.identity);
    CHECK(text_equals(credentials.access_key_id, TEXT("AKID")));
    CHECK(text_equals(secret_text(credentials.secret_key), TEXT("secret")));
    CHECK(text_equals(credentials.session_token, TEXT("token")));
    CHECK(text_equals(asker.query.identity->account_id, TEXT("123456789012")));
    CHECK_TEXT(asker.query.identity->origin, "given");
    identity_forget(&asker.query);
    CHECK_EQ(memory.used, 0);
}

TEST(all_who_wait_are_answered_once_by_one_question)
{
    struct budget memory;
    budget_init(&memory, 1 << 20);
    struct source source = {0};
    struct identity_provider *provider = provider_new(&memory, &source, NULL);
    struct asker askers[3] = {new_asker(), new_asker(), new_asker()};
    for (size_t i = 0; i < 3; i++)
        CHECK(!identity_ask(provider, &askers[i].query, now));
    CHECK_EQ(source.asked, 1);
    identity_forget(&askers[1].query);
    identity_answer(provider, &some_values, NULL);
    CHECK_EQ(askers[0].answers, 1);
    CHECK_EQ(askers[1].answers, 0);
    CHECK_EQ(askers[2].answers, 1);
    CHECK(askers[0].query.identity == askers[2].query.identity);
    CHECK(!askers[1].query.identity);
    identity_forget(&askers[0].query);
    identity_forget(&askers[2].query);
    identity_forget(&askers[2].query);
    identity_provider_free(provider);
    CHECK_EQ(memory.used, 0);
}

TEST(who_is_forgotten_while_answers_are_given_gets_none)
{
    struct budget memory;
    budget_init(&memory, 1 << 20);
    struct source source = {0};
    struct identity_provider *provider = provider_new(&memory, &source, NULL);
    struct asker askers[3] = {new_asker(), new_asker(), new_asker()};
    askers[0].forgets = &askers[1];
    for (size_t i = 0; i < 3; i++)
        CHECK(!identity_ask(provider, &askers[i].query, now));
    identity_answer(provider, &some_values, NULL);
    CHECK_EQ(askers[1].answers, 0);
    CHECK_EQ(askers[2].answers, 1);
    identity_forget(&askers[0].query);
    identity_forget(&askers[2].query);
    identity_provider_free(provider);
    CHECK_EQ(memory.used, 0);
}

TEST(who_asks_again_within_its_answer_waits_for_the_next)
{
    struct budget memory;
    budget_init(&memory, 1 << 20);
    struct source source = {0};
    struct identity_provider *provider = provider_new(&memory, &source, NULL);
    struct asker asker = new_asker();
    asker.asks_again = true;
    asker.provider = provider;
    CHECK(!identity_ask(provider, &asker.query, now));
    identity_answer(provider, NULL, "no network");
    CHECK_EQ(asker.answers, 1);
    CHECK_EQ(source.asked, 2);
    identity_answer(provider, NULL, "still none");
    CHECK_EQ(asker.answers, 2);
    CHECK(!asker.query.identity);
    CHECK_TEXT(asker.query.problem, "still none");
    identity_provider_free(provider);
    CHECK_EQ(memory.used, 0);
}

TEST(an_answer_within_the_question_needs_no_callback)
{
    struct budget memory;
    budget_init(&memory, 1 << 20);
    struct source source = {.at_once = true, .values = some_values};
    struct identity_provider *provider = provider_new(&memory, &source, NULL);
    struct asker asker = new_asker();
    CHECK(identity_ask(provider, &asker.query, now));
    CHECK(asker.query.identity != NULL);
    CHECK_EQ(asker.answers, 0);
    identity_forget(&asker.query);
    identity_provider_free(provider);
    CHECK_EQ(memory.used, 0);
}

TEST(old_credentials_serve_while_new_ones_are_on_their_way)
{
    struct budget memory;
    budget_init(&memory, 1 << 20);
    struct source source = {.at_once = true, .values = some_values};
    source.values.expires_s = now + 2000;
    struct identity_provider *provider = provider_new(&memory, &source, NULL);
    struct asker asker = new_asker();
    CHECK(identity_ask(provider, &asker.query, now));
    CHECK_EQ(asker.query.identity->generation, 1);
    identity_forget(&asker.query);

    source.at_once = false;
    CHECK(identity_ask(provider, &asker.query, now + 2000 - IDENTITY_REFRESH_S - 1));
    CHECK_EQ(source.asked, 1);
    identity_forget(&asker.query);
    CHECK(identity_ask(provider, &asker.query, now + 2000 - IDENTITY_REFRESH_S));
    CHECK_EQ(source.asked, 2);
    CHECK_EQ(asker.query.identity->generation, 1);
    struct identity *old = asker.query.identity;
    struct asker late = new_asker();
    CHECK(!identity_ask(provider, &late.query, now + 2000));
    CHECK_EQ(source.asked, 2);

    source.values.expires_s = now + 5000;
    identity_answer(provider, &source.values, NULL);
    CHECK_EQ(late.answers, 1);
    CHECK_EQ(late.query.identity->generation, 2);
    CHECK(text_equals(old->access_key_id, TEXT("AKID")));
    identity_forget(&asker.query);
    identity_forget(&late.query);
    identity_provider_free(provider);
    CHECK_EQ(memory.used, 0);
}

TEST(credentials_the_service_calls_expired_are_asked_for_again)
{
    struct budget memory;
    budget_init(&memory, 1 << 20);
    struct source source = {.at_once = true, .values = some_values};
    struct identity_provider *provider = provider_new(&memory, &source, NULL);
    struct asker asker = new_asker();
    CHECK(identity_ask(provider, &asker.query, now));
    identity_expired(provider, asker.query.identity);
    struct asker next = new_asker();
    CHECK(identity_ask(provider, &next.query, now));
    CHECK_EQ(source.asked, 2);
    /* The first was told of again, which is no news. */
    identity_expired(provider, asker.query.identity);
    identity_forget(&next.query);
    CHECK(identity_ask(provider, &next.query, now));
    CHECK_EQ(source.asked, 2);
    identity_forget(&asker.query);
    identity_forget(&next.query);
    identity_provider_free(provider);
    CHECK_EQ(memory.used, 0);
}

TEST(credentials_that_cannot_be_are_refused)
{
    char long_secret[SECRET_MOST + 1];
    memset(long_secret, 'x', sizeof long_secret);
    struct identity_values values[] = {
        {.secret_access_key = TEXT_INIT("s")},
        {.access_key_id = TEXT_INIT("a")},
        {.access_key_id = TEXT_INIT("a"), .secret_access_key = {long_secret, sizeof long_secret}},
        {.access_key_id = TEXT_INIT("a\r\nx-evil: 1"), .secret_access_key = TEXT_INIT("s")},
        {.access_key_id = TEXT_INIT("a"),
         .secret_access_key = TEXT_INIT("s"),
         .session_token = TEXT_INIT("t\n")},
    };
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        struct budget memory;
        budget_init(&memory, 1 << 20);
        struct identity_config config = {.memory = &memory, .given = &values[i]};
        inia_error error = {0};
        CHECK(!identity_provider_new(&config, &error));
        CHECK_EQ(error.status, INIA_BAD_CONFIG);
        CHECK_EQ(memory.used, 0);
    }
}

/* ---- From settings --------------------------------------------------------------------------- */

static char problem[252];

/* The access key id and origin that these settings lead to, or "" with the problem. */
static const char *found(char *const *environment, const char *config_file, const char *profile)
{
    static char line[128];
    char path[] = "/tmp/inia-identity-XXXXXX", variable[64];
    int fd = mkstemp(path);
    CHECK(fd >= 0);
    CHECK_EQ(write(fd, config_file, strlen(config_file)), strlen(config_file));
    close(fd);
    snprintf(variable, sizeof variable, "AWS_CONFIG_FILE=%s", path);
    char *entries[10] = {variable, (char[]){"AWS_EC2_METADATA_DISABLED=true"}};
    for (size_t i = 0; environment[i]; i++)
        entries[i + 2] = environment[i];

    struct budget memory;
    budget_init(&memory, 1 << 20);
    struct settings_config settings_config = {.environment = entries, .profile = text_of(profile)};
    inia_error error = {0};
    struct settings *settings = settings_new(&memory, &settings_config, &error);
    unlink(path);
    if (!settings)
        FAIL("%s", error.detail);
    struct slab blocks;
    struct protocol_readers readers;
    struct identity_wire wire = {0}; /* nothing here is to be fetched */
    slab_init(&blocks, &memory, ARENA_BLOCK_SIZE, 4);
    CHECK(protocol_readers_init(&readers));
    struct identity_means means = {.wire = &wire, .arena_blocks = &blocks, .readers = &readers};
    struct identity_config config = {.memory = &memory, .settings = settings, .means = &means};
    struct identity_provider *provider = identity_provider_new(&config, &error);
    CHECK(provider != NULL);
    settings_free(settings);
    struct asker asker = new_asker();
    CHECK(identity_ask(provider, &asker.query, now));
    line[0] = problem[0] = 0;
    if (asker.query.identity)
        snprintf(
            line, sizeof line, "%.*s %s", TEXT_ARGS(asker.query.identity->access_key_id),
            asker.query.identity->origin);
    else
        snprintf(problem, sizeof problem, "%s", asker.query.problem);
    identity_forget(&asker.query);
    identity_provider_free(provider);
    protocol_readers_release(&readers);
    slab_release(&blocks);
    CHECK_EQ(memory.used, 0);
    return line;
}

static const char both_keys[] = "[default]\naws_access_key_id = P\naws_secret_access_key = s\n"
                                "[profile x]\naws_access_key_id = X\naws_secret_access_key = s\n";

TEST(the_environment_comes_before_the_profile_unless_the_program_chose_one)
{
    char *environment[] = {
        (char[]){"AWS_ACCESS_KEY_ID=E"}, (char[]){"AWS_SECRET_ACCESS_KEY=s"}, NULL};
    char *nothing[] = {NULL};
    CHECK_TEXT(found(environment, both_keys, NULL), "E environment");
    CHECK_TEXT(found(environment, both_keys, "x"), "X profile x");
    CHECK_TEXT(found(nothing, both_keys, NULL), "P profile default");
    char *chosen[] = {
        (char[]){"AWS_PROFILE=x"}, (char[]){"AWS_ACCESS_KEY_ID=E"},
        (char[]){"AWS_SECRET_ACCESS_KEY=s"}, NULL};
    CHECK_TEXT(found(chosen, both_keys, NULL), "E environment");
}

TEST(what_is_missing_is_told)
{
    char *nothing[] = {NULL};
    char *half[] = {(char[]){"AWS_ACCESS_KEY_ID=E"}, NULL};
    CHECK_TEXT(found(nothing, "", NULL), "");
    CHECK(strstr(problem, "AWS_ACCESS_KEY_ID is not set, profile \"default\" says nothing"));
    CHECK_TEXT(found(half, both_keys, NULL), "");
    CHECK(strstr(problem, "AWS_SECRET_ACCESS_KEY is not"));
    CHECK_TEXT(found(nothing, "[default]\naws_access_key_id = P\n", NULL), "");
    CHECK(strstr(problem, ":2: aws_access_key_id is set, but aws_secret_access_key is not"));
    CHECK_TEXT(found(nothing, "[default]\n\nrole_arn = arn:aws:iam::1:role/r\n", NULL), "");
    CHECK(strstr(problem, ":3: role_arn needs a source_profile or a credential_source"));
    char *identity[] = {(char[]){"AWS_WEB_IDENTITY_TOKEN_FILE=/none"}, NULL};
    CHECK_TEXT(found(identity, "", NULL), "");
    CHECK(strstr(problem, "set AWS_ROLE_ARN"));
    char *container[] = {(char[]){"AWS_CONTAINER_CREDENTIALS_FULL_URI=http://evil.example/"}, NULL};
    CHECK_TEXT(found(container, "", NULL), "");
    CHECK(strstr(problem, "only a loopback address"));
}
