/* Where settings and profiles say that credentials are to be had. */
#include "stage.h"

/* ---- Where metadata services are ------------------------------------------------------------- */

static bool find_container(struct stage *stage, const struct json_value *one)
{
    add_environment(stage, json_member(one, TEXT("env")));
    struct settings *settings = settings_of(stage, (text){NULL, 0});
    struct plan_container container = {0};
    inia_error error = {0};
    bool found = plan_find_container(&container, settings, &stage->bench.arena, &error);
    settings_free(settings);
    const struct json_value *result = json_member(one, TEXT("result"));
    text expected = json_member_text(result, "Ok");
    return found == (expected.size > 0) && (!found || text_equals(container.url, expected));
}

static bool find_imds(struct stage *stage, const struct json_value *one)
{
    const struct json_value *files = json_member(one, TEXT("fs"));
    for (uint32_t i = 0; files && i < files->count; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%.*s", stage->root, TEXT_ARGS(files->names[i]));
        write_file(path, json_text(&files->items[i]));
    }
    add_environment(stage, json_member(one, TEXT("env")));
    struct settings *settings = settings_of(stage, (text){NULL, 0});
    CHECK(settings != NULL);
    struct plan_imds imds = {0};
    inia_error error = {0};
    bool found = plan_find_imds(&imds, settings, &stage->bench.arena, &error);
    settings_free(settings);
    text expected = json_member_text(json_member(one, TEXT("result")), "Ok");
    struct buffer url;
    buffer_init(&url, &stage->bench.arena);
    buffer_add(&url, imds.url);
    buffer_add(&url, TEXT("/latest/api/token"));
    return found == (expected.size > 0) && (!found || text_equals(buffer_text(&url), expected));
}

static bool overrides(const struct json_value *one)
{
    return json_member(one, TEXT("endpoint_override")) || json_member(one, TEXT("mode_override"));
}

static void run_addresses(
    struct tally *tally, const char *file,
    bool (*find)(struct stage *stage, const struct json_value *one))
{
    struct bench bench;
    bench_init(&bench);
    const struct json_value *tests =
        json_member(vector_json(&bench, vector_path("%s", file)), TEXT("tests"));
    for (uint32_t i = 0; i < tests->count; i++) {
        const struct json_value *one = &tests->items[i];
        if (overrides(one)) {
            tally->left_out++;
            continue;
        }
        struct stage stage;
        stage_init(&stage);
        tally_case(tally, find(&stage, one), "address", json_member_text(one, "docs"));
        stage_release(&stage);
    }
    bench_release(&bench);
}

TEST(metadata_services_are_where_the_settings_say)
{
    struct tally tally = {.group = "credentials-chain/addresses"};
    run_addresses(&tally, "credentials-chain/ecs-tests.json", find_container);
    run_addresses(&tally, "credentials-chain/imds-endpoint-tests.json", find_imds);
    tally_finish(&tally, "overrides in code, for which inia has settings alone");
}

/* ---- Profiles that lead to others ------------------------------------------------------------ */

static bool same_role(const struct plan_role *role, const struct json_value *expected)
{
    return text_equals(role->arn, json_member_text(expected, "role_arn")) &&
           text_equals(role->external_id, json_member_text(expected, "external_id")) &&
           text_equals(role->session_name, json_member_text(expected, "role_session_name"));
}

static bool same_base(const struct plan *plan, const struct json_value *expected)
{
    const struct json_value *held;
    if ((held = json_member(expected, TEXT("AccessKey"))))
        return plan->base == PLAN_KEYS &&
               text_equals(plan->keys.access_key_id, json_member_text(held, "access_key_id")) &&
               text_equals(
                   secret_text(&plan->keys.secret_key),
                   json_member_text(held, "secret_access_key")) &&
               text_equals(plan->keys.account_id, json_member_text(held, "account_id"));
    if ((held = json_member(expected, TEXT("WebIdentityToken"))))
        return plan->base == PLAN_WEB_IDENTITY && same_role(&plan->web_identity, held) &&
               text_equals(
                   text_of(plan->token_file), json_member_text(held, "web_identity_token_file"));
    if ((held = json_member(expected, TEXT("Sso"))))
        return plan->base == PLAN_SSO &&
               text_equals(plan->sso.account_id, json_member_text(held, "sso_account_id")) &&
               text_equals(plan->sso.role_name, json_member_text(held, "sso_role_name")) &&
               text_equals(plan->sso.start_url, json_member_text(held, "sso_start_url")) &&
               text_equals(plan->sso.region, json_member_text(held, "sso_region"));
    if ((held = json_member(expected, TEXT("CredentialProcess"))))
        return plan->base == PLAN_PROCESS &&
               text_equals(
                   plan->process,
                   held->kind == JSON_STRING ? json_text(held) : json_member_text(held, "command"));
    if ((held = json_member(expected, TEXT("NamedSource"))))
        return plan->base == PLAN_KEYS || plan->base == PLAN_IMDS || plan->base == PLAN_CONTAINER;
    return false;
}

static bool same_chain(const struct plan *plan, const struct json_value *expected)
{
    if (!expected || expected->count != plan->role_count + 1 ||
        !same_base(plan, &expected->items[0]))
        return false;
    for (uint32_t i = 1; i < expected->count; i++) {
        if (!same_role(&plan->roles[i - 1], json_member(&expected->items[i], TEXT("AssumeRole"))))
            return false;
    }
    return true;
}

static bool plan_one(struct stage *stage, const struct json_value *one)
{
    const struct json_value *input = json_member(one, TEXT("input"));
    const struct json_value *expected =
        json_member(json_member(one, TEXT("output")), TEXT("ProfileChain"));
    const struct json_value *first = json_item(expected, 0);
    text source = json_member_text(first, "NamedSource");
    if (text_equals(source, TEXT("Environment"))) {
        add_variable(stage, TEXT("AWS_ACCESS_KEY_ID"), TEXT("id"));
        add_variable(stage, TEXT("AWS_SECRET_ACCESS_KEY"), TEXT("secret"));
    } else if (text_equals(source, TEXT("EcsContainer"))) {
        add_variable(stage, TEXT("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"), TEXT("/x"));
    }
    text profile = json_member_text(input, "selected_profile");
    struct settings *settings = settings_with(stage, input, profile);
    if (!settings)
        return !expected;
    struct plan plan;
    inia_error error = {0};
    struct plan_config config = {.settings = settings, .json = stage->readers.json};
    /* A profile for a token alone: the SDK of these fixtures knows that as one of SSO, too. */
    bool for_token = json_member(first, TEXT("Sso")) &&
                     !json_member(json_member(first, TEXT("Sso")), TEXT("sso_role_name"));
    inia_status status =
        for_token ? plan_of_token(&plan, &config, profile, &stage->bench.arena, &error)
                  : plan_of_profile(&plan, &config, profile, &stage->bench.arena, &error);
    settings_free(settings);
    if (!expected)
        return status != INIA_OK || plan.base == PLAN_NOTHING;
    if (status != INIA_OK)
        printf("%s\n", error.detail);
    return status == INIA_OK && same_chain(&plan, expected);
}

TEST(profiles_lead_to_one_another)
{
    struct tally tally = {.group = "credentials-chain/assume-role"};
    struct bench bench;
    bench_init(&bench);
    const struct json_value *tests =
        vector_json(&bench, vector_path("credentials-chain/assume-role-tests.json"));
    for (uint32_t i = 0; i < tests->count; i++) {
        struct stage stage;
        stage_init(&stage);
        tally_case(
            &tally, plan_one(&stage, &tests->items[i]), "plan",
            json_member_text(&tests->items[i], "docs"));
        stage_release(&stage);
    }
    bench_release(&bench);
    tally_finish(&tally, "");
}
