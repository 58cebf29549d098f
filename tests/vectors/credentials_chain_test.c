/* The chain of credentials, as the SDKs' fixtures have it: settings, files and recorded traffic in,
 * credentials out. */
#include "stage.h"

#include <dirent.h>

static const int64_t long_ago = 1200000000; /* before the first recorded expiry */

/* ---- Recorded traffic ------------------------------------------------------------------------ */

struct replay {
    struct identity_wire wire; /* first */
    struct stage *stage;
    const struct json_value *events;
    uint32_t next;
    const char *wrong; /* NULL: so far all was as recorded */
};

static const struct json_value *next_action(struct replay *replay, const char *name)
{
    while (replay->events && replay->next < replay->events->count) {
        const struct json_value *action =
            json_member(json_item(replay->events, replay->next++), TEXT("action"));
        const struct json_value *found = json_member(action, text_of(name));
        if (found)
            return found;
    }
    return NULL;
}

static bool has_field(text fields, text field)
{
    while (fields.size) {
        if (text_equals(text_split(fields, '&', &fields), field))
            return true;
    }
    return false;
}

/* Not to be compared: session names are made up, and of web identities the fixtures' files were
 * replaced, but not what was recorded. */
static bool may_differ(text field, bool web_identity)
{
    return text_starts_with(field, TEXT("RoleSessionName=")) ||
           (web_identity && (text_starts_with(field, TEXT("WebIdentityToken=")) ||
                             text_starts_with(field, TEXT("RoleArn="))));
}

/* In any order. */
static bool same_fields(text ours, text recorded)
{
    bool web_identity = has_field(recorded, TEXT("Action=AssumeRoleWithWebIdentity"));
    text rest = recorded;
    while (rest.size) {
        text field = text_split(rest, '&', &rest);
        if (!may_differ(field, web_identity) && !has_field(ours, field))
            return false;
    }
    return true;
}

static bool same_url(const struct fetch *fetch, text recorded)
{
    struct uri uri;
    if (uri_parse(&uri, recorded))
        return false;
    text path = uri.path.size ? uri.path : TEXT("/");
    return uri.secure == fetch->secure && text_equals(uri.host, fetch->host) &&
           uri.port == fetch->port && text_equals(path, fetch->draft.path) &&
           same_fields(fetch->draft.query, uri.query);
}

static text data_of(struct replay *replay, const char *direction)
{
    uint32_t mark = replay->next;
    const struct json_value *data = next_action(replay, "Data");
    if (!data || !text_equals(json_member_text(data, "direction"), text_of(direction))) {
        replay->next = mark;
        return (text){NULL, 0};
    }
    return json_member_text(json_member(data, TEXT("data")), "Utf8");
}

static void check_request(struct replay *replay, const struct fetch *fetch)
{
    const struct json_value *request = json_member(next_action(replay, "Request"), TEXT("request"));
    if (!request)
        replay->wrong = "a request that was not recorded";
    else if (!text_equals(json_member_text(request, "method"), fetch->draft.method))
        replay->wrong = "another method";
    else if (!same_url(fetch, json_member_text(request, "uri")))
        replay->wrong = "another URL";
    else if (!same_fields(fetch->body, data_of(replay, "Request")))
        replay->wrong = "another body";
    if (replay->wrong)
        printf(
            "%s: %.*s %.*s%.*s, recorded was %.*s\n", replay->wrong, TEXT_ARGS(fetch->draft.method),
            TEXT_ARGS(fetch->host), TEXT_ARGS(fetch->draft.path),
            TEXT_ARGS(json_member_text(request, "uri")));
}

static void replay_send(struct identity_wire *wire, struct fetch *fetch, uint32_t delay_ms)
{
    (void)delay_ms;
    struct replay *replay = CONTAINER_OF(wire, struct replay, wire);
    if (read_file(fetch))
        return;
    check_request(replay, fetch);
    const struct json_value *response =
        json_member(next_action(replay, "Response"), TEXT("response"));
    const struct json_value *good = json_member(response, TEXT("Ok"));
    fetch->problem = good && !replay->wrong ? NULL : "connection refused";
    fetch->status = (int)json_i64(json_member(good, TEXT("status")), 0);
    fetch->answer = arena_copy(fetch->arena, data_of(replay, "Response"));
    fetch_answered(fetch);
}

/* ---- One fixture ----------------------------------------------------------------------------- */

static bool same_credentials(const struct json_value *expected)
{
    int64_t expiry = json_i64(json_member(expected, TEXT("expiry")), 0);
    return text_equals(json_member_text(expected, "access_key_id"), came.access_key_id) &&
           text_equals(json_member_text(expected, "secret_access_key"), came.secret_access_key) &&
           text_equals(json_member_text(expected, "session_token"), came.session_token) &&
           text_equals(json_member_text(expected, "account_id"), came.account_id) &&
           expiry == came.expires_s;
}

/* Files that the fixture's settings name by an absolute path are found below our root. */
static void relocate_files(struct stage *stage, const char *folder)
{
    run_command("cp -r '%s/fs/.' '%s/' 2>/dev/null || true", folder, stage->root);
    run_command(
        "cd '%s' && for f in $(find . -maxdepth 1 -type f); do n=${f#.}; "
        "if [ -f home/.aws/config ]; then sed -i \"s#= *$n#= %s$n#\" home/.aws/config; fi; done",
        stage->root, stage->root);
}

enum wanted { WHOLE_CHAIN, PROFILE_ALONE, TOKEN };

static inia_status make_plan(
    struct plan *plan, const struct plan_config *config, enum wanted wanted, struct arena *arena,
    inia_error *error)
{
    text profile = settings_profile_name(config->settings);
    if (wanted == WHOLE_CHAIN)
        return plan_make(plan, config, arena, error);
    return wanted == TOKEN ? plan_of_token(plan, config, profile, arena, error)
                           : plan_of_profile(plan, config, profile, arena, error);
}

static bool run_fixture(const char *folder, enum wanted wanted)
{
    struct stage stage;
    stage_init(&stage);
    char path[4200];
    relocate_files(&stage, folder);
    snprintf(path, sizeof path, "%s/env.json", folder);
    add_environment(&stage, vector_json(&stage.bench, path));
    for (size_t i = 0; i < stage.variables; i++) { /* also where the fixture has no files */
        if (strcmp(stage.environment[i], "HOME=/home") == 0)
            stage.environment[i] = (char *)"HOME=/nowhere";
    }
    struct replay replay = {
        .wire = {.random = &stage.random, .send = replay_send, .cancel = cancel_nothing},
        .stage = &stage};
    snprintf(path, sizeof path, "%s/http-traffic.json", folder);
    if (vector_exists(path))
        replay.events = json_member(vector_json(&stage.bench, path), TEXT("events"));
    snprintf(path, sizeof path, "%s/test-case.json", folder);
    const struct json_value *result = json_member(vector_json(&stage.bench, path), TEXT("result"));
    const struct json_value *expected = json_member(result, TEXT("Ok"));

    struct settings *settings = settings_of(&stage, (text){NULL, 0});
    CHECK(settings != NULL);
    struct plan plan;
    inia_error error = {INIA_OK, ""};
    struct plan_config config = {
        .settings = settings,
        .region = settings_find(settings, &setting_region).value,
        .json = stage.readers.json};
    inia_status status = make_plan(&plan, &config, wanted, &stage.bench.arena, &error);
    has_come = false;
    if (status == INIA_OK)
        run_plan(&stage, &plan, &replay.wire, long_ago);
    bool good = !has_come && !expected;
    if (has_come && expected)
        good = wanted == TOKEN ? text_equals(came.token, json_member_text(expected, "token"))
                               : same_credentials(expected);
    if (!good)
        printf("%s: %s %s\n", folder, error.detail, has_come ? "other credentials" : problem);
    settings_free(settings);
    stage_release(&stage);
    return good;
}

static void run_fixtures(const char *group, const char *folder, enum wanted wanted)
{
    struct tally tally = {.group = group};
    char base[2048];
    snprintf(base, sizeof base, "%s", vector_path("credentials-chain/%s", folder));
    DIR *entries = opendir(base);
    if (!entries)
        SKIP("there is no folder %s", base);
    for (struct dirent *entry; (entry = readdir(entries));) {
        if (*entry->d_name == '.')
            continue;
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", base, entry->d_name);
        tally_case(&tally, run_fixture(path, wanted), "fixture", text_of(entry->d_name));
    }
    closedir(entries);
    tally_finish(&tally, "");
}

TEST(the_default_chain_finds_what_the_sdks_find)
{
    run_fixtures("credentials-chain/default", "default-credential-provider-chain", WHOLE_CHAIN);
}

TEST(profiles_lead_to_credentials_as_in_the_sdks)
{
    run_fixtures("credentials-chain/profile", "profile-provider", PROFILE_ALONE);
}

TEST(profiles_lead_to_tokens_as_in_the_sdks)
{
    run_fixtures("credentials-chain/token", "default-token-provider-chain", TOKEN);
}
