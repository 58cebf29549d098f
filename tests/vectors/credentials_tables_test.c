/* botocore's tables: command lines, and the tokens of SSO. */
#include "stage.h"

#include "identity/words.h"

TEST(command_lines_are_split_as_a_shell_does)
{
    struct tally tally = {.group = "credentials-chain/command-lines"};
    struct bench bench;
    bench_init(&bench);
    const struct json_value *tests = json_member(
        vector_json(&bench, vector_path("credentials-chain/credential-process-split.json")),
        TEXT("test_compat_shell_split_unix_linux2"));
    for (uint32_t i = 0; tests && i < tests->count; i++) {
        const struct json_value *one = &tests->items[i];
        const struct json_value *expected = json_member(one, TEXT("expected_output"));
        struct words words;
        const char *wrong =
            words_split(&words, json_member_text(one, "input_string"), &bench.arena);
        bool same = expected ? !wrong && words.count == expected->count : wrong != NULL;
        for (uint32_t j = 0; same && expected && j < expected->count; j++)
            same = text_equals(text_of(words.items[j]), json_text(&expected->items[j]));
        tally_case(&tally, same, "split", json_member_text(one, "id"));
    }
    bench_release(&bench);
    tally_finish(&tally, "");
}

static bool resolves(struct stage *stage, const struct json_value *one)
{
    const struct json_value *test = json_member(one, TEXT("test_case"));
    struct settings *settings =
        settings_with(stage, json_member(test, TEXT("config")), TEXT("test"));
    if (!settings)
        return false;
    struct plan plan;
    inia_error error = {0};
    struct plan_config config = {.settings = settings, .json = stage->readers.json};
    inia_status status = plan_of_token(&plan, &config, TEXT("test"), &stage->bench.arena, &error);
    settings_free(settings);
    bool refuses = json_member(test, TEXT("expectedException")) != NULL;
    bool found = status == INIA_OK && plan.base == PLAN_SSO;
    return refuses == (status != INIA_OK) &&
           found == json_is_true(json_member(test, TEXT("resolves")));
}

/* The service's answer to a renewal, played once. */
struct oidc {
    struct identity_wire wire; /* first */
    const struct json_value *answer;
};

static void oidc_send(struct identity_wire *wire, struct fetch *fetch, uint32_t delay_ms)
{
    (void)delay_ms;
    struct oidc *oidc = CONTAINER_OF(wire, struct oidc, wire);
    if (read_file(fetch))
        return;
    struct buffer out;
    buffer_init(&out, fetch->arena);
    if (oidc->answer)
        json_write(&out, oidc->answer);
    fetch->status = oidc->answer ? 200 : 400;
    fetch->answer = buffer_text(&out);
    fetch_answered(fetch);
}

static bool renews(struct stage *stage, const struct json_value *one)
{
    const struct json_value *test = json_member(one, TEXT("test_case"));
    const struct json_value *cached = json_member(test, TEXT("cachedToken"));
    struct date now;
    CHECK(date_parse(json_member_text(test, "currentTime"), &now));
    char path[128];
    snprintf(path, sizeof path, "%s/token.json", stage->root);
    struct buffer file;
    buffer_init(&file, &stage->bench.arena);
    json_write(&file, cached);
    write_file(path, buffer_text(&file));
    struct plan plan = {
        .base = PLAN_SSO,
        .origin = "test",
        .note = "",
        .sso = {
            .session = TEXT("admin"),
            .start_url = json_member_text(cached, "startUrl"),
            .region = TEXT("us-west-2"),
            .cache_file = path,
            .token_only = true,
            .oidc = {TEXT("https://oidc.us-west-2.amazonaws.com"), TEXT("us-west-2")}}};
    struct oidc oidc = {
        .wire = {.random = &stage->random, .send = oidc_send, .cancel = cancel_nothing},
        .answer = json_member(test, TEXT("refreshResponse"))};
    run_plan(stage, &plan, &oidc.wire, now.seconds);
    const struct json_value *expected = json_member(test, TEXT("expectedToken"));
    if (!expected)
        return has_failed;
    struct date expires;
    text expiry = json_member_text(expected, "expiration");
    return has_come && text_equals(came.token, json_member_text(expected, "token")) &&
           (!expiry.size || (date_parse(expiry, &expires) && expires.seconds == came.expires_s));
}

static void run_table(
    struct tally *tally, const char *name,
    bool (*holds)(struct stage *stage, const struct json_value *one))
{
    struct bench bench;
    bench_init(&bench);
    const struct json_value *tests = json_member(
        vector_json(&bench, vector_path("credentials-chain/sso-token-provider.json")),
        text_of(name));
    for (uint32_t i = 0; tests && i < tests->count; i++) {
        struct stage stage;
        stage_init(&stage);
        tally_case(
            tally, holds(&stage, &tests->items[i]), name, json_member_text(&tests->items[i], "id"));
        stage_release(&stage);
    }
    bench_release(&bench);
}

TEST(tokens_of_sso_are_found_and_renewed)
{
    struct tally tally = {.group = "credentials-chain/sso-tokens"};
    run_table(&tally, "test_sso_token_provider_resolution", resolves);
    run_table(&tally, "test_sso_token_provider_profile_name_overrides_session_profile", resolves);
    run_table(&tally, "test_sso_token_provider_refresh", renews);
    tally_finish(&tally, "");
}
