#include "settings/settings.h"

#include "vectors.h"

#include <glob.h>
#include <sys/stat.h>

static struct tally tally = {.group = "profile-config"};

/* ---- The parser ------------------------------------------------------------------------------ */

static bool same_section(const struct profile_section *section, const struct json_value *expected)
{
    size_t count = 0;
    for (const struct profile_setting *s = section ? section->first : NULL; s; s = s->next) {
        count++;
        const struct json_value *value = json_member(expected, s->name);
        if (!value || !text_equals(json_text(value), s->value))
            return false;
    }
    return section && count == expected->count;
}

static bool same_sections(
    const struct profiles *profiles, enum section_kind kind, const struct json_value *expected)
{
    size_t count = expected ? expected->count : 0;
    if (profiles->sections[kind].count != count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!same_section(profiles_find(profiles, kind, expected->names[i]), &expected->items[i]))
            return false;
    return true;
}

static bool parse(const struct json_value *one, struct arena *arena)
{
    const struct json_value *input = json_member(one, TEXT("input"));
    const struct json_value *output = json_member(one, TEXT("output"));
    const struct json_value *config = json_member(output, TEXT("config"));
    struct profiles profiles;
    inia_error error = {0};
    profiles_init(&profiles, arena);
    inia_status status = profiles_add(
        &profiles, PROFILE_CONFIG, "config", json_member_text(input, "configFile"), &error);
    if (status == INIA_OK)
        status = profiles_add(
            &profiles, PROFILE_CREDENTIALS, "credentials",
            json_member_text(input, "credentialsFile"), &error);
    text problem = json_member_text(output, "errorContaining");
    if (problem.size)
        return status == INIA_BAD_CONFIG && strstr(error.detail, arena_string(arena, problem));
    return status == INIA_OK &&
           same_sections(&profiles, SECTION_PROFILE, json_member(config, TEXT("profiles"))) &&
           same_sections(&profiles, SECTION_SSO_SESSION, json_member(config, TEXT("sso_sessions")));
}

TEST(profile_files_are_parsed_as_the_sdks_agreed)
{
    struct bench bench;
    bench_init(&bench);
    const struct json_value *tests = json_member(
        vector_json(&bench, vector_path("profile-config/profile-parser-tests.json")),
        TEXT("tests"));
    for (size_t i = 0; i < tests->count; i++) {
        const struct json_value *one = json_item(tests, i);
        bool same = parse(one, &bench.arena);
        tally_case(&tally, same, "parser", json_member_text(one, "name"));
    }
    bench_release(&bench);
}

/* ---- botocore's files ------------------------------------------------------------------------ */

static bool same_nested(text nested, const struct json_value *expected)
{
    for (size_t i = 0; i < expected->count; i++)
        if (!text_equals(
                profile_sub_setting(nested, expected->names[i]), json_text(&expected->items[i])))
            return false;
    return true;
}

static bool same_botocore_section(
    const struct profile_section *section, const struct json_value *expected)
{
    size_t count = 0;
    for (const struct profile_setting *s = section ? section->first : NULL; s; s = s->next)
        count++;
    if (!section || count != expected->count)
        return false;
    for (size_t i = 0; i < expected->count; i++) {
        const struct json_value *value = &expected->items[i];
        const struct profile_setting *setting = profile_setting_find(section, expected->names[i]);
        if (!setting ||
            (json_is(value, JSON_OBJECT) ? !same_nested(setting->value, value)
                                         : !text_equals(setting->value, json_text(value))))
            return false;
    }
    return true;
}

static bool same_botocore_map(
    const struct profiles *profiles, enum section_kind kind, const struct json_value *expected)
{
    if (!expected || profiles->sections[kind].count != expected->count)
        return false;
    for (size_t i = 0; i < expected->count; i++)
        if (!same_botocore_section(
                profiles_find(profiles, kind, expected->names[i]), &expected->items[i]))
            return false;
    return true;
}

TEST(botocores_files_are_read_as_botocore_reads_them)
{
    struct bench bench;
    bench_init(&bench);
    const struct json_value *files = json_member(
        vector_json(&bench, vector_path("profile-config/botocore-files.expected.json")),
        TEXT("files"));
    for (size_t i = 0; i < files->count; i++) {
        const char *name = arena_string(&bench.arena, files->names[i]);
        const struct json_value *map = json_member(&files->items[i], TEXT("profile_map"));
        const char *path = vector_path("profile-config/botocore-files/%s", name);
        if (!vector_exists(path)) {
            tally.left_out++;
            continue;
        }
        struct profiles profiles;
        profiles_init(&profiles, &bench.arena);
        inia_status status =
            profiles_add(&profiles, PROFILE_CONFIG, name, vector_text(&bench, path), NULL);
        bool same =
            map ? status == INIA_OK &&
                      same_botocore_map(
                          &profiles, SECTION_PROFILE, json_member(map, TEXT("profiles"))) &&
                      same_botocore_map(
                          &profiles, SECTION_SSO_SESSION, json_member(map, TEXT("sso_sessions"))) &&
                      same_botocore_map(
                          &profiles, SECTION_SERVICES, json_member(map, TEXT("services")))
                : status == INIA_BAD_CONFIG;
        tally_case(&tally, same, "botocore's file", files->names[i]);
    }
    bench_release(&bench);
}

/* ---- Whole settings -------------------------------------------------------------------------- */

/* An environment made of a JSON object and a few of ours. */
struct environment {
    char *entries[64];
    size_t count;
};

static void set(struct environment *environment, struct arena *arena, text name, text value)
{
    struct buffer entry;
    buffer_init(&entry, arena);
    buffer_add_format(&entry, "%.*s=%.*s", TEXT_ARGS(name), TEXT_ARGS(value));
    CHECK(environment->count + 1 < COUNT_OF(environment->entries));
    environment->entries[environment->count++] = (char *)(uintptr_t)buffer_string(&entry);
    environment->entries[environment->count] = NULL;
}

static void set_all(
    struct environment *environment, struct arena *arena, const struct json_value *object)
{
    environment->entries[environment->count] = NULL;
    for (size_t i = 0; object && i < object->count; i++)
        set(environment, arena, object->names[i], json_text(&object->items[i]));
}

TEST(the_files_are_where_the_sdks_agreed)
{
    struct bench bench;
    bench_init(&bench);
    const struct json_value *tests = json_member(
        vector_json(&bench, vector_path("profile-config/file-location-tests.json")), TEXT("tests"));
    for (size_t i = 0; i < tests->count; i++) {
        const struct json_value *one = json_item(tests, i);
        if (!text_equals(json_member_text(one, "platform"), TEXT("linux"))) {
            tally.left_out++;
            continue;
        }
        struct environment environment = {0};
        set_all(&environment, &bench.arena, json_member(one, TEXT("environment")));
        /* The profile, which is in none of these files, is only looked at by its name. */
        struct settings_config config = {.environment = environment.entries};
        text profile = json_member_text(one, "profile");
        inia_error error = {0};
        struct settings *settings = settings_new(&bench.memory, &config, &error);
        bool same;
        if (settings)
            same = text_equals(
                       text_of(settings_config_path(settings)),
                       json_member_text(one, "configLocation")) &&
                   text_equals(
                       text_of(settings_credentials_path(settings)),
                       json_member_text(one, "credentialsLocation")) &&
                   (!profile.size || text_equals(settings_profile_name(settings), profile));
        else
            same = strstr(error.detail, arena_string(&bench.arena, profile)) &&
                   strstr(
                       error.detail,
                       arena_string(&bench.arena, json_member_text(one, "configLocation")));
        tally_case(&tally, same, "file location", json_member_text(one, "name"));
        settings_free(settings);
    }
    bench_release(&bench);
}

/* ---- Endpoint URLs --------------------------------------------------------------------------- */

static void write_section(struct buffer *file, const char *prefix, text name)
{
    buffer_add_format(file, "[%s%.*s]\n", prefix, TEXT_ARGS(name));
}

static void write_profiles(struct buffer *file, const struct json_value *profiles)
{
    for (size_t i = 0; profiles && i < profiles->count; i++) {
        const struct json_value *values = &profiles->items[i];
        write_section(file, "profile ", profiles->names[i]);
        for (size_t v = 0; v < values->count; v++)
            buffer_add_format(
                file, "%.*s = %.*s\n", TEXT_ARGS(values->names[v]),
                TEXT_ARGS(json_text(&values->items[v])));
    }
}

static void write_services(struct buffer *file, const struct json_value *services)
{
    for (size_t i = 0; services && i < services->count; i++) {
        const struct json_value *section = &services->items[i];
        write_section(file, "services ", services->names[i]);
        for (size_t s = 0; s < section->count; s++) {
            const struct json_value *values = &section->items[s];
            buffer_add_format(file, "%.*s =\n", TEXT_ARGS(section->names[s]));
            for (size_t v = 0; v < values->count; v++)
                buffer_add_format(
                    file, "  %.*s = %.*s\n", TEXT_ARGS(values->names[v]),
                    TEXT_ARGS(json_text(&values->items[v])));
        }
    }
}

static struct settings *load(
    struct bench *bench, const struct json_value *profiles, const struct json_value *services,
    const struct json_value *variables, text profile)
{
    static char path[] = "/tmp/inia-settings-XXXXXX";
    snprintf(path, sizeof path, "/tmp/inia-settings-XXXXXX");
    int fd = mkstemp(path);
    CHECK(fd >= 0);
    struct buffer file;
    buffer_init(&file, &bench->arena);
    write_profiles(&file, profiles);
    write_services(&file, services);
    CHECK_EQ(write(fd, file.data, file.size), file.size);
    close(fd);
    struct environment environment = {0};
    set_all(&environment, &bench->arena, variables);
    set(&environment, &bench->arena, TEXT("AWS_CONFIG_FILE"), text_of(path));
    char **entries = arena_alloc(&bench->arena, sizeof environment.entries);
    memcpy(entries, environment.entries, sizeof environment.entries);
    struct settings_config config = {.environment = entries, .profile = profile};
    inia_error error = {0};
    struct settings *settings = settings_new(&bench->memory, &config, &error);
    unlink(path);
    if (!settings)
        FAIL("%s", error.detail);
    return settings;
}

static text service_id(struct bench *bench, text service)
{
    const struct json_value *ids = json_member(
        vector_json(bench, vector_path("profile-config/service-ids.json")), TEXT("service_ids"));
    return json_text(json_member(ids, service));
}

/* What the client is told itself comes first, which is the client's part. */
static text endpoint_of(const struct settings *settings, const struct json_value *client, text id)
{
    text own = json_member_text(client, "endpoint_url");
    if (own.size)
        return own;
    if (json_is_true(json_member(client, TEXT("ignore_configured_endpoint_urls"))))
        return (text){NULL, 0};
    return settings_endpoint_url(settings, id).value;
}

static void run_endpoint_suite(struct bench *bench, const struct json_value *suite)
{
    const struct json_value *tests = json_member(suite, TEXT("endpointUrlTests"));
    for (size_t i = 0; i < tests->count; i++) {
        const struct json_value *one = json_item(tests, i);
        const struct json_value *environments = json_member(suite, TEXT("environments"));
        const struct json_value *clients = json_member(suite, TEXT("client_configs"));
        struct settings *settings = load(
            bench, json_member(suite, TEXT("profiles")), json_member(suite, TEXT("services")),
            json_member(environments, json_member_text(one, "environment")),
            json_member_text(one, "profile"));
        text actual = endpoint_of(
            settings, json_member(clients, json_member_text(one, "client_config")),
            service_id(bench, json_member_text(one, "service")));
        text expected = json_member_text(json_member(one, TEXT("output")), "endpointUrl");
        /* Without any, the service's own rules say where. */
        bool same = text_ends_with(expected, TEXT(".amazonaws.com"))
                        ? actual.size == 0
                        : text_equals(actual, expected);
        tally_case(&tally, same, "endpoint URL", json_member_text(one, "name"));
        settings_free(settings);
    }
}

TEST(endpoint_urls_are_found_where_the_sdks_agreed)
{
    struct bench bench;
    bench_init(&bench);
    const struct json_value *suites = json_member(
        vector_json(&bench, vector_path("profile-config/configured-endpoint-urls.json")),
        TEXT("testSuites"));
    for (size_t i = 0; i < suites->count; i++)
        run_endpoint_suite(&bench, json_item(suites, i));
    bench_release(&bench);
}

TEST(endpoint_urls_are_found_as_botocores_provider_does)
{
    struct bench bench;
    bench_init(&bench);
    const struct json_value *root =
        vector_json(&bench, vector_path("profile-config/configured-endpoint-provider.json"));
    for (size_t g = 0; g < root->count; g++) {
        for (size_t i = 0; i < root->items[g].count; i++) {
            const struct json_value *one = json_item(&root->items[g], i);
            const struct json_value *test = json_member(one, TEXT("test_case"));
            const struct json_value *map = json_member(test, TEXT("full_config_map"));
            struct settings *settings = load(
                &bench, json_member(map, TEXT("profiles")), json_member(map, TEXT("services")),
                json_member(test, TEXT("environ_map")), (text){NULL, 0});
            text actual = settings_endpoint_url(
                              settings, service_id(&bench, json_member_text(test, "service")))
                              .value;
            bool same = text_equals(actual, json_member_text(test, "expected_value"));
            tally_case(&tally, same, "endpoint provider", json_member_text(one, "id"));
            settings_free(settings);
        }
    }
    bench_release(&bench);
}

/* ---- Seeds of fuzzing ------------------------------------------------------------------------ */

static void parse_seed(struct bench *bench, enum profile_file kind, const char *path)
{
    struct profiles profiles;
    inia_error error = {0};
    profiles_init(&profiles, &bench->arena);
    inia_status status = profiles_add(&profiles, kind, "seed", vector_text(bench, path), &error);
    bool told = status == INIA_OK || strncmp(error.detail, "seed:", 5) == 0;
    tally_case(&tally, told, "seed", text_of(path));
}

TEST(seeds_of_fuzzing_are_parsed_or_refused_with_their_line)
{
    static const char *const folders[] = {
        [PROFILE_CONFIG] = "parse_config_profile",
        [PROFILE_CREDENTIALS] = "parse_credentials_profile",
    };
    struct bench bench;
    bench_init(&bench);
    for (int kind = PROFILE_CONFIG; kind <= PROFILE_CREDENTIALS; kind++) {
        const char *pattern = vector_path("profile-config/fuzz-seeds/%s/*", folders[kind]);
        glob_t found = {.gl_pathc = 0};
        (void)glob(pattern, 0, NULL, &found);
        for (size_t i = 0; i < found.gl_pathc; i++)
            parse_seed(&bench, (enum profile_file)kind, found.gl_pathv[i]);
        globfree(&found);
    }
    bench_release(&bench);
}

TEST(profile_config_tally)
{
    (void)test_vectors();
    tally_finish(&tally, "file locations of other systems");
}
