/* botocore's tables of how a way of signing is chosen, and of a token's variable. */
#include "calls/calls.h"

#include "test.h"

#include <stdio.h>
#include <stdlib.h>

struct bench {
    struct budget budget;
    struct slab blocks;
    struct arena arena;
    struct json_parser *parser;
};

static void bench_init(struct bench *bench)
{
    budget_init(&bench->budget, 1UL << 30);
    slab_init(&bench->blocks, &bench->budget, ARENA_BLOCK_SIZE, 64);
    arena_init(&bench->arena, &bench->blocks);
    bench->parser = json_parser_new();
}

static void bench_release(struct bench *bench)
{
    json_parser_free(bench->parser);
    arena_release(&bench->arena);
    slab_release(&bench->blocks);
}

static const struct json_value *read_table(struct bench *bench, const char *file, const char *name)
{
    char path[512];
    size_t size;
    struct json_problem problem;
    snprintf(path, sizeof path, "%s/credentials-chain/%s", test_vectors(), file);
    char *bytes = test_read_file(path, &size);
    const struct json_value *root =
        json_parse(bench->parser, text_from(bytes, size), &bench->arena, &problem);
    free(bytes);
    const struct json_value *cases = json_member(root, text_of(name));
    CHECK(json_is(cases, JSON_LIST));
    return cases;
}

static text join(struct bench *bench, const struct json_value *names)
{
    struct buffer joined;
    buffer_init(&joined, &bench->arena);
    for (uint32_t i = 0; i < names->count; i++) {
        if (i)
            buffer_add_char(&joined, ',');
        buffer_add(&joined, json_text(&names->items[i]));
    }
    CHECK(buffer_ok(&joined));
    return buffer_text(&joined);
}

/* botocore's name of what is chosen; absent: it knows none of them. */
static const char *chosen_of(text preference, const struct json_value *options)
{
    static const char *const names[] = {
        [AUTH_NONE] = "none",
        [AUTH_SIGV4] = "v4",
        [AUTH_SIGV4A] = "v4a",
        [AUTH_BEARER] = "bearer",
        [AUTH_S3_EXPRESS] = "v4-s3express",
    };
    text offered[8];
    enum auth_scheme scheme;
    CHECK(options->count <= COUNT_OF(offered));
    for (uint32_t i = 0; i < options->count; i++)
        offered[i] = json_text(&options->items[i]);
    size_t index = auth_choose(preference, offered, options->count);
    if (index == options->count)
        return NULL;
    CHECK(auth_scheme_from_name(offered[index], &scheme));
    return names[scheme];
}

TEST(the_first_that_is_preferred_and_offered_is_chosen)
{
    struct bench bench;
    uint32_t passed = 0, total = 0;
    bench_init(&bench);
    const struct json_value *cases =
        read_table(&bench, "auth-scheme-preference.json", "test_resolve_auth_scheme_preference");
    for (uint32_t i = 0; i < cases->count; i++, total++) {
        const struct json_value *test = &cases->items[i];
        const char *chosen = chosen_of(
            join(&bench, json_member(test, TEXT("preference_list"))),
            json_member(test, TEXT("auth_options")));
        passed +=
            chosen && text_equals(text_of(chosen), json_text(json_member(test, TEXT("expected"))));
    }
    cases = read_table(
        &bench, "auth-scheme-preference.json", "test_resolve_auth_scheme_preference_unsupported");
    for (uint32_t i = 0; i < cases->count; i++, total++) {
        const struct json_value *test = &cases->items[i];
        passed += chosen_of(
                      join(&bench, json_member(test, TEXT("preference_list"))),
                      json_member(test, TEXT("auth_options"))) == NULL;
    }
    printf("credentials-chain/auth-scheme-preference: %u/%u\n", passed, total);
    CHECK_EQ(passed, total);
    bench_release(&bench);
}

static bool signer_fits(struct bench *bench, const struct json_value *test)
{
    const struct json_value *config = json_member(test, TEXT("config_kwargs"));
    text preference = json_text(json_member(config, TEXT("auth_scheme_preference")));
    text token = json_text(json_member(test, TEXT("env_token")));
    struct buffer schemes;
    buffer_init(&schemes, &bench->arena);
    auth_write_preference(&schemes, preference, (text){NULL, 0}, token.size > 0);
    const char *chosen = chosen_of(buffer_text(&schemes), json_member(test, TEXT("auth_options")));
    const struct json_value *wanted = json_member(test, TEXT("expected_signature_version"));
    if (!chosen)
        return false;
    if (json_is(wanted, JSON_NULL)) /* as the model's: v4 in all of these */
        return strcmp(chosen, "v4") == 0;
    if (json_is(wanted, JSON_OBJECT))
        return strcmp(chosen, "none") == 0;
    return text_equals(text_of(chosen), json_text(wanted));
}

TEST(a_token_makes_its_scheme_preferred_unless_the_program_prefers_another)
{
    static const char *const tables[] = {
        "test_set_auth_scheme_preference_signer",
        "test_set_auth_scheme_preference_signer_with_bearer_token",
    };
    struct bench bench;
    uint32_t passed = 0, total = 0;
    bench_init(&bench);
    for (size_t i = 0; i < COUNT_OF(tables); i++) {
        const struct json_value *cases =
            read_table(&bench, "auth-scheme-preference-signer.json", tables[i]);
        for (uint32_t k = 0; k < cases->count; k++, total++)
            passed += signer_fits(&bench, &cases->items[k]);
    }
    printf("credentials-chain/auth-scheme-preference-signer: %u/%u\n", passed, total);
    CHECK_EQ(passed, total);
    bench_release(&bench);
}

static bool found_token(text variable, text token, text signing_name)
{
    struct budget memory;
    char setting[200];
    inia_error error;
    snprintf(setting, sizeof setting, "%.*s=%.*s", TEXT_ARGS(variable), TEXT_ARGS(token));
    char *environment[] = {setting, NULL};
    budget_init(&memory, 1 << 20);
    struct settings *settings =
        settings_new(&memory, &(struct settings_config){.environment = environment}, &error);
    CHECK(settings != NULL);
    struct identity_provider *provider = identity_provider_new(
        &(struct identity_config){
            .memory = &memory, .settings = settings, .token_name = signing_name},
        &error);
    CHECK(provider != NULL);
    const struct identity *identity = identity_current(provider);
    bool found = identity && text_equals(identity->token, token);
    identity_provider_free(provider);
    settings_free(settings);
    CHECK_EQ(memory.used, 0);
    return found;
}

TEST(a_services_token_is_in_the_variable_of_its_name)
{
    struct bench bench;
    uint32_t passed = 0, total = 0;
    bench_init(&bench);
    const struct json_value *cases =
        read_table(&bench, "bearer-env-names.json", "test_get_bearer_env_var_name");
    for (uint32_t i = 0; i < cases->count; i++, total++) {
        struct buffer name;
        buffer_init(&name, &bench.arena);
        identity_token_variable(
            &name, json_text(json_member(&cases->items[i], TEXT("signing_name"))));
        passed += text_equals(
            buffer_text(&name), json_text(json_member(&cases->items[i], TEXT("expected_env_var"))));
    }
    cases = read_table(
        &bench, "bearer-env-names.json", "test_get_token_from_environment_returns_token");
    for (uint32_t i = 0; i < cases->count; i++, total++) {
        const struct json_value *test = &cases->items[i];
        passed += found_token(
            json_text(json_member(test, TEXT("env_var"))),
            json_text(json_member(test, TEXT("token"))),
            json_text(json_member(test, TEXT("signing_name"))));
    }
    cases =
        read_table(&bench, "bearer-env-names.json", "test_get_token_from_environment_returns_none");
    for (uint32_t i = 0; i < cases->count; i++, total++) {
        const struct json_value *test = &cases->items[i];
        passed += !found_token(
            TEXT("AWS_BEARER_TOKEN_ANOTHER"), TEXT("token"),
            json_text(json_member(test, TEXT("signing_name"))));
    }
    printf("credentials-chain/bearer-env-names: %u/%u\n", passed, total);
    CHECK_EQ(passed, total);
    bench_release(&bench);
}
