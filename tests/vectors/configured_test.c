/* What others' vectors say of how settings come to count: clients are made of variables and files,
 * and their requests signed, not sent. */
#include "settings/settings.h"
#include "signing/signing.h"

#include "configured.h"

static struct tally profile = {.group = "profile-config/in-clients"};
static struct tally chain = {.group = "credentials-chain/bearer"};
static struct tally s3 = {.group = "s3/urls-by-settings"};

/* ---- profile-config/sigv4a-signing-region-set.json ------------------------------------------- */

TEST(the_regions_that_sigv4a_signs_for_are_the_programs_the_variables_or_the_files)
{
    struct stage stage;
    stage_init(&stage);
    const struct json_value *root =
        vector_json(&stage.bench, vector_path("profile-config/sigv4a-signing-region-set.json"));
    const struct json_value *cases =
        json_member(root, TEXT("test_sigv4a_signing_region_set_config_from_environment"));
    for (size_t i = 0; cases && i < cases->count; i++) {
        const struct json_value *one = json_item(cases, i);
        const struct json_value *given =
            json_member(json_member(one, TEXT("client_config")), TEXT("config"));
        text own = json_member_text(given, "sigv4a_signing_region_set");
        text in_file = json_member_text(one, "config_file_val");
        char line[128] = "";
        if (in_file.size)
            snprintf(line, sizeof line, "sigv4a_signing_region_set = %.*s\n", TEXT_ARGS(in_file));
        stage_write_config(&stage, line);
        stage_put_variable(
            "AWS_SIGV4A_SIGNING_REGION_SET", &stage, json_member_text(one, "env_var_val"));
        const inia_signed_request *request = stage_sign(
            &stage,
            (inia_client_config){
                .service = "sts",
                .region = "us-west-2",
                .credentials = &stage_keys,
                .auth_schemes = "sigv4a",
                .signing_regions = own.size ? arena_string(&stage.bench.arena, own) : NULL},
            "GetCallerIdentity", "{}", INIA_SIGN);
        text expected = json_member_text(one, "expected");
        tally_case(
            &profile,
            text_equals(
                text_of(stage_header(request, "x-amz-region-set")),
                expected.size ? expected : TEXT("*")),
            "SigV4a's regions", json_member_text(one, "id"));
        stage_forget(&stage);
    }
    unsetenv("AWS_SIGV4A_SIGNING_REGION_SET");
    stage_release(&stage);
}

/* ---- profile-config/defaults-mode.json, sdk-default-configuration.json ----------------------- */

static enum defaults_mode mode_named(text name)
{
    int mode = 0;
    while (mode < DEFAULTS_MODES && !text_equals(text_of(defaults_names[mode]), name))
        mode++;
    CHECK(mode < DEFAULTS_MODES);
    return (enum defaults_mode)mode;
}

static bool is_regional(const struct json_value *one, const char *name)
{
    return text_equals(json_member_text(one, name), TEXT("regional"));
}

static void check_mode(const struct json_value *one)
{
    struct defaults defaults = defaults_of(mode_named(json_member_text(one, "defaults_mode")));
    bool standard = text_equals(json_member_text(one, "retry_mode"), TEXT("standard"));
    /* Its connect_timeout is that of a file which botocore's test makes up. */
    tally_case(
        &profile,
        defaults.standard_retries == standard &&
            defaults.sts_regional == is_regional(one, "sts_regional_endpoints") &&
            defaults.us_east_1_regional == is_regional(one, "us_east_1_regional_endpoint"),
        "a mode of defaults", json_member_text(one, "id"));
}

static void check_auto_mode(const struct json_value *one)
{
    struct defaults_place place = {
        .execution_env = json_member_text(one, "execution_env_var"),
        .region_variable = json_member_text(one, "region_env_var"),
        .default_region_variable = json_member_text(one, "default_region_env_var"),
        .instance_region = json_member_text(one, "imds_region"),
    };
    enum defaults_mode mode = defaults_for(&place, json_member_text(one, "client_region"));
    tally_case(
        &profile, mode == mode_named(json_member_text(one, "resolved_mode")), "the mode auto",
        json_member_text(one, "id"));
}

TEST(modes_of_defaults_say_what_botocores_do)
{
    struct bench bench;
    bench_init(&bench);
    const struct json_value *root =
        vector_json(&bench, vector_path("profile-config/defaults-mode.json"));
    const struct json_value *modes = json_member(root, TEXT("test_get_defualt_config_values"));
    const struct json_value *autos = json_member(root, TEXT("test_resolve_auto_mode"));
    for (size_t i = 0; modes && i < modes->count; i++)
        check_mode(json_item(modes, i));
    for (size_t i = 0; autos && i < autos->count; i++)
        check_auto_mode(json_item(autos, i));
    bench_release(&bench);
}

static uint32_t limit_of(
    const struct json_value *base, const struct json_value *mode, const char *name)
{
    const struct json_value *own = json_member(json_member(mode, text_of(name)), TEXT("override"));
    return (uint32_t)json_i64(own ? own : json_member(base, text_of(name)), 0);
}

TEST(modes_of_defaults_have_the_limits_that_the_sdks_have)
{
    struct bench bench;
    bench_init(&bench);
    const struct json_value *root =
        vector_json(&bench, vector_path("profile-config/sdk-default-configuration.json"));
    const struct json_value *base = json_member(root, TEXT("base"));
    const struct json_value *modes = json_member(root, TEXT("modes"));
    for (size_t i = 0; i < modes->count; i++) {
        struct defaults defaults = defaults_of(mode_named(modes->names[i]));
        const struct json_value *mode = &modes->items[i];
        tally_case(
            &profile,
            defaults.connect_ms == limit_of(base, mode, "connectTimeoutInMillis") &&
                defaults.tls_ms == limit_of(base, mode, "tlsNegotiationTimeoutInMillis") &&
                is_regional(base, "stsRegionalEndpoints") == defaults.sts_regional,
            "limits of a mode", modes->names[i]);
    }
    bench_release(&bench);
}

/* ---- credentials-chain/bearer-auth.json, bearer-env-services.json ---------------------------- */

static void sign_with_token(struct bench *bench, const struct json_value *one)
{
    const struct json_value *test = json_member(one, TEXT("test_case"));
    const struct json_value *headers = json_member(test, TEXT("headers"));
    text wanted = json_member_text(json_member(test, TEXT("expectedHeaders")), "Authorization");
    struct http_draft draft = {0};
    bool added = true;
    for (size_t i = 0; headers && i < headers->count; i++) {
        bool is_proof = text_equals(headers->names[i], TEXT("Authorization"));
        added = added &&
                http_draft_add(
                    &draft, &bench->arena, is_proof ? TEXT("authorization") : headers->names[i],
                    json_text(&headers->items[i]));
    }
    CHECK(added);
    inia_status status = bearer_sign(&draft, &bench->arena, json_member_text(test, "token"));
    const struct http_header *found =
        http_find_header(draft.headers, draft.header_count, TEXT("authorization"));
    bool good = wanted.size ? status == INIA_OK && found && text_equals(found->value, wanted)
                            : status == INIA_BAD_CONFIG;
    tally_case(&chain, good, "a token in a header", json_member_text(one, "id"));
}

TEST(tokens_go_into_the_header_as_botocore_puts_them)
{
    struct bench bench;
    bench_init(&bench);
    const struct json_value *cases = json_member(
        vector_json(&bench, vector_path("credentials-chain/bearer-auth.json")),
        TEXT("test_bearer_auth"));
    for (size_t i = 0; cases && i < cases->count; i++)
        sign_with_token(&bench, json_item(cases, i));
    bench_release(&bench);
}

/* The vectors' toy service, which takes tokens and keys, is bedrock here. */
static void choose_proof(struct stage *stage, const struct json_value *one, bool by_token)
{
    const struct json_value *variables = json_member(one, TEXT("env_vars"));
    const struct json_value *given = json_member(json_member(one, TEXT("config")), TEXT("config"));
    text version = json_member_text(given, "signature_version");
    text preferred = json_member_text(given, "auth_scheme_preference");
    bool is_toys = json_member(variables, TEXT("AWS_BEARER_TOKEN_BEARER_SERVICE")) != NULL;
    const char *variable = is_toys ? "AWS_BEARER_TOKEN_BEDROCK" : "AWS_BEARER_TOKEN_FOO_SERVICE";
    CHECK(variables->count == 1);
    stage_put_variable(variable, stage, json_text(&variables->items[0]));
    if (version.size)
        preferred = TEXT("sigv4");
    const inia_signed_request *request = stage_sign(
        stage,
        (inia_client_config){
            .service = "bedrock",
            .region = "us-west-2",
            .credentials = &stage_keys,
            .auth_schemes = preferred.size ? arena_string(&stage->bench.arena, preferred) : NULL,
            .anonymous = json_is(json_member(given, TEXT("signature_version")), JSON_OBJECT)},
        "ListFoundationModels", "{}", INIA_SIGN);
    char wanted[128];
    snprintf(wanted, sizeof wanted, "Bearer %.*s", TEXT_ARGS(json_text(&variables->items[0])));
    bool is_tokens = strcmp(stage_header(request, "authorization"), wanted) == 0;
    tally_case(&chain, request && is_tokens == by_token, "a token", json_member_text(one, "id"));
    stage_forget(stage);
    unsetenv(variable);
}

TEST(a_services_token_in_the_environment_is_used_unless_the_program_says_otherwise)
{
    struct stage stage;
    stage_init(&stage);
    stage_write_config(&stage, "");
    const struct json_value *root =
        vector_json(&stage.bench, vector_path("credentials-chain/bearer-env-services.json"));
    for (size_t g = 0; g < root->count; g++) {
        bool by_token = text_equals(root->names[g], TEXT("test_service_uses_bearer_auth"));
        for (size_t i = 0; i < root->items[g].count; i++)
            choose_proof(&stage, json_item(&root->items[g], i), by_token);
    }
    stage_release(&stage);
}

/* ---- s3/botocore-tables.json ----------------------------------------------------------------- */

/* The account's id is part of endpoints where there is one; the vectors' toy service is DynamoDB.
 */
TEST(the_accounts_id_is_in_endpoints_as_the_mode_says)
{
    static const inia_credentials without = {"AKID", "secret", NULL, 0};
    struct stage stage;
    stage_init(&stage);
    stage_write_config(&stage, "region = us-west-2\n");
    const struct json_value *cases = json_member(
        vector_json(&stage.bench, vector_path("s3/botocore-tables.json")),
        TEXT("test_account_id_endpoint_resolution"));
    for (size_t i = 0; cases && i < cases->count; i++) {
        const struct json_value *one = json_item(cases, i);
        bool in_url = json_is_true(json_member(one, TEXT("account_id_in_url")));
        text refusal = json_member_text(one, "expected_error");
        stage_put_variable("AWS_ACCESS_KEY_ID", &stage, TEXT("AKID"));
        stage_put_variable("AWS_SECRET_ACCESS_KEY", &stage, TEXT("secret"));
        stage_put_variable("AWS_ACCOUNT_ID", &stage, TEXT("123456789012"));
        stage_put_variable(
            "AWS_ACCOUNT_ID_ENDPOINT_MODE", &stage,
            json_member_text(one, "account_id_endpoint_mode"));
        const inia_signed_request *request = stage_sign(
            &stage,
            (inia_client_config){
                .service = "dynamodb", .credentials = refusal.size ? &without : NULL},
            "ListTables", "{}", INIA_SIGN);
        const char *start = in_url ? "https://123456789012.ddb.us-west-2." : "https://dynamodb.";
        bool good =
            refusal.size
                ? !request && text_find_text(text_of(stage.error.detail), refusal) != SIZE_MAX
                : request && strncmp(request->url, start, strlen(start)) == 0;
        tally_case(&s3, good, stage.error.detail, json_member_text(one, "id"));
        stage_forget(&stage);
    }
    unsetenv("AWS_ACCESS_KEY_ID");
    unsetenv("AWS_SECRET_ACCESS_KEY");
    unsetenv("AWS_ACCOUNT_ID");
    unsetenv("AWS_ACCOUNT_ID_ENDPOINT_MODE");
    stage_release(&stage);
}

static void write_s3_section(struct stage *stage, const struct json_value *test)
{
    const struct json_value *given = json_member(test, TEXT("s3_config"));
    struct buffer lines;
    buffer_init(&lines, &stage->bench.arena);
    buffer_add(&lines, TEXT("s3 =\n"));
    if (!json_member(given, TEXT("us_east_1_regional_endpoint"))) /* botocore's default */
        buffer_add(&lines, TEXT("  us_east_1_regional_endpoint = legacy\n"));
    for (size_t i = 0; given && i < given->count; i++) {
        const struct json_value *value = &given->items[i];
        buffer_add_format(
            &lines, "  %.*s = %.*s\n", TEXT_ARGS(given->names[i]),
            TEXT_ARGS(
                json_is(value, JSON_STRING) ? json_text(value)
                : json_is_true(value)       ? TEXT("true")
                                            : TEXT("false")));
    }
    stage_write_config(stage, buffer_string(&lines));
}

static void find_object(struct stage *stage, const struct json_value *one)
{
    const struct json_value *test = json_member(one, TEXT("test_case"));
    text region = json_member_text(test, "region");
    text url = json_member_text(test, "customer_provided_endpoint");
    bool fips = json_is_true(json_member(test, TEXT("use_fips_endpoint")));
    char params[512];
    write_s3_section(stage, test);
    stage_put_variable("AWS_REGION", stage, region.size ? region : TEXT("aws-global"));
    stage_put_variable("AWS_ENDPOINT_URL_S3", stage, url);
    stage_put_variable("AWS_USE_FIPS_ENDPOINT", stage, fips ? TEXT("true") : TEXT("false"));
    snprintf(
        params, sizeof params, "{\"Bucket\":\"%.*s\",\"Key\":\"%.*s\"}",
        TEXT_ARGS(json_member_text(test, "bucket")), TEXT_ARGS(json_member_text(test, "key")));
    const inia_signed_request *request = stage_sign(
        stage, (inia_client_config){.service = "s3", .credentials = &stage_keys}, "GetObject",
        params, INIA_SIGN);
    bool good =
        request && text_equals(text_of(request->url), json_member_text(test, "expected_url"));
    if (!good)
        printf("  %s\n", request ? request->url : stage->error.detail);
    tally_case(&s3, good, "an object", json_member_text(one, "id"));
    stage_forget(stage);
}

TEST(objects_have_the_urls_that_variables_and_files_make)
{
    struct stage stage;
    stage_init(&stage);
    const struct json_value *cases = json_member(
        vector_json(&stage.bench, vector_path("s3/botocore-tables.json")),
        TEXT("test_correct_url_used_for_s3"));
    for (size_t i = 0; cases && i < cases->count; i++) {
        const struct json_value *one = json_item(cases, i);
        if (json_member(json_member(one, TEXT("test_case")), TEXT("is_secure")))
            s3.left_out++;
        else
            find_object(&stage, one);
    }
    unsetenv("AWS_REGION");
    unsetenv("AWS_ENDPOINT_URL_S3");
    unsetenv("AWS_USE_FIPS_ENDPOINT");
    stage_release(&stage);
}

TEST(configured_tally)
{
    (void)test_vectors();
    tally_finish(&profile, "");
    tally_finish(&chain, "");
    tally_finish(&s3, "http without an endpoint_url is no setting of inia");
}
