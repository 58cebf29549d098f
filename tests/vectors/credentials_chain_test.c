/* The chain of credentials, as the SDKs' fixtures have it: settings, files and recorded traffic in,
 * credentials out. */
#include "identity/chain.h"
#include "identity/plan.h"
#include "identity/words.h"

#include "vectors.h"

#include <dirent.h>
#include <poll.h>
#include <sys/stat.h>

static const int64_t long_ago = 1200000000; /* before the first recorded expiry */

struct stage {
    struct bench bench;
    struct protocol_readers readers;
    struct random_source random;
    char root[64]; /* a copy of the fixture's file system */
    char *environment[32];
    size_t variables;
};

static void run_command(const char *format, const char *one, const char *two)
{
    char command[16384];
    snprintf(command, sizeof command, format, one, two);
    CHECK_EQ(system(command), 0);
}

static void stage_init(struct stage *stage)
{
    *stage = (struct stage){.root = "/tmp/inia-chain-XXXXXX"};
    bench_init(&stage->bench);
    CHECK(protocol_readers_init(&stage->readers));
    random_init(&stage->random, 1);
    CHECK(mkdtemp(stage->root) != NULL);
}

static void stage_release(struct stage *stage)
{
    run_command("rm -rf '%s'%s", stage->root, "");
    protocol_readers_release(&stage->readers);
    bench_release(&stage->bench);
}

static void add_variable(struct stage *stage, text name, text value)
{
    struct buffer entry;
    buffer_init(&entry, &stage->bench.arena);
    buffer_add(&entry, name);
    buffer_add_char(&entry, '=');
    buffer_add(&entry, value);
    CHECK(stage->variables < COUNT_OF(stage->environment) - 1);
    stage->environment[stage->variables++] = (char *)(uintptr_t)buffer_string(&entry);
}

/* What the fixture calls /token.jwt or config is a file below our root. */
static text relocate(struct stage *stage, text value)
{
    char path[4096];
    bool absolute = value.size && *value.data == '/';
    snprintf(path, sizeof path, "%s%s%.*s", stage->root, absolute ? "" : "/", TEXT_ARGS(value));
    bool there = value.size && value.size < 1000 && access(path, F_OK) == 0;
    return there ? arena_copy(&stage->bench.arena, text_of(path)) : value;
}

static void add_environment(struct stage *stage, const struct json_value *environment)
{
    for (uint32_t i = 0; environment && i < environment->count; i++)
        add_variable(
            stage, environment->names[i], relocate(stage, json_text(&environment->items[i])));
}

static struct settings *settings_of(struct stage *stage, text profile)
{
    inia_error error = {0};
    struct settings *settings = settings_new(
        &stage->bench.memory,
        &(struct settings_config){.environment = stage->environment, .profile = profile}, &error);
    if (!settings)
        printf("settings: %s\n", error.detail);
    return settings;
}

static void write_file(const char *path, text contents)
{
    FILE *file = fopen(path, "w");
    CHECK(file != NULL);
    if (contents.size)
        CHECK_EQ(fwrite(contents.data, 1, contents.size, file), contents.size);
    CHECK_EQ(fclose(file), 0);
}

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
    check_request(replay, fetch);
    const struct json_value *response =
        json_member(next_action(replay, "Response"), TEXT("response"));
    const struct json_value *good = json_member(response, TEXT("Ok"));
    fetch->problem = good && !replay->wrong ? NULL : "connection refused";
    fetch->status = (int)json_i64(json_member(good, TEXT("status")), 0);
    fetch->answer = arena_copy(fetch->arena, data_of(replay, "Response"));
    fetch_answered(fetch);
}

static void replay_cancel(struct identity_wire *wire, struct fetch *fetch)
{
    (void)wire, (void)fetch;
}

/* ---- One fixture ----------------------------------------------------------------------------- */

static struct identity_values came; /* copied into the stage's arena */
static bool has_come, has_failed;
static char problem[256];
static struct stage *the_stage;

static void take(struct chain *chain, const struct identity_values *values, const char *why)
{
    (void)chain;
    has_come = values != NULL;
    has_failed = !values;
    snprintf(problem, sizeof problem, "%s", why ? why : "");
    if (!values)
        return;
    struct arena *arena = &the_stage->bench.arena;
    came = *values;
    came.access_key_id = arena_copy(arena, values->access_key_id);
    came.secret_access_key = arena_copy(arena, values->secret_access_key);
    came.session_token = arena_copy(arena, values->session_token);
    came.account_id = arena_copy(arena, values->account_id);
    came.token = arena_copy(arena, values->token);
}

static void tell(struct chain *chain)
{
    (void)chain;
}

static void run_plan(
    struct stage *stage, const struct plan *plan, struct replay *replay, int64_t now_s)
{
    inia_error error = {0};
    struct ring *ring = ring_new(
        &(struct ring_config){.memory = &stage->bench.memory, .sockets = 16, .receive_buffers = 16},
        &error);
    if (!ring)
        FAIL("%s", error.detail);
    struct log log = {0};
    struct chain chain;
    chain_init(
        &chain,
        &(struct chain_config){
            .wire = &replay->wire,
            .ring = ring,
            .memory = &stage->bench.memory,
            .arena_blocks = &stage->bench.blocks,
            .readers = &stage->readers,
            .log = &log,
            .take = take,
            .tell = tell},
        plan);
    the_stage = stage;
    has_come = has_failed = false;
    chain_run(&chain, now_s);
    for (int turns = 0; !has_come && !has_failed && turns < 100; turns++)
        ring_turn(ring, 100000000);
    chain_release(&chain);
    ring_free(ring);
}

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
        .wire = {.random = &stage.random, .send = replay_send, .cancel = replay_cancel},
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
        run_plan(&stage, &plan, &replay, long_ago);
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

static void write_profiles(struct buffer *out, const struct json_value *sections, const char *kind)
{
    for (uint32_t i = 0; sections && i < sections->count; i++) {
        buffer_add_format(out, "[%s %.*s]\n", kind, TEXT_ARGS(sections->names[i]));
        const struct json_value *section = &sections->items[i];
        for (uint32_t j = 0; j < section->count; j++)
            buffer_add_format(
                out, "%.*s = %.*s\n", TEXT_ARGS(section->names[j]),
                TEXT_ARGS(json_text(&section->items[j])));
    }
}

static struct settings *settings_with(
    struct stage *stage, const struct json_value *input, text profile)
{
    char path[128];
    snprintf(path, sizeof path, "%s/config", stage->root);
    struct buffer file;
    buffer_init(&file, &stage->bench.arena);
    write_profiles(&file, json_member(input, TEXT("profiles")), "profile");
    write_profiles(&file, json_member(input, TEXT("sso_sessions")), "sso-session");
    write_file(path, buffer_text(&file));
    add_variable(stage, TEXT("AWS_CONFIG_FILE"), text_of(path));
    add_variable(stage, TEXT("HOME"), text_of(stage->root));
    add_variable(stage, TEXT("AWS_PROFILE"), profile);
    return settings_of(stage, (text){NULL, 0});
}

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

/* ---- botocore's tables ----------------------------------------------------------------------- */

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
        .wire = {.random = &stage->random, .send = oidc_send, .cancel = replay_cancel},
        .answer = json_member(test, TEXT("refreshResponse"))};
    struct replay *replay = (struct replay *)(void *)&oidc;
    run_plan(stage, &plan, replay, now.seconds);
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
