#include "settings.h"

#include "choice.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct settings {
    struct budget *memory;
    struct slab blocks;
    struct arena arena;
    char *const *environment;
    const char *home; /* NULL: unknown */
    const char *config_path, *credentials_path;
    struct profiles profiles;
    text profile_name;
    bool profile_is_given;
    void (*tell)(void *arg, const char *name, const char *value, const char *origin);
    void *tell_arg;
    const struct profile_section *profile; /* NULL: there is none */
};

const struct setting_names setting_region = {
    .variables = {"AWS_REGION", "AWS_DEFAULT_REGION"}, .key = "region"};
const struct setting_names setting_access_key_id = {.key = "aws_access_key_id"};
const struct setting_names setting_secret_access_key = {.key = "aws_secret_access_key"};
const struct setting_names setting_session_token = {.key = "aws_session_token"};
const struct setting_names setting_account_id = {.key = "aws_account_id"};
const struct setting_names setting_ca_bundle = {.variables = {"AWS_CA_BUNDLE"}, .key = "ca_bundle"};
const struct setting_names setting_tcp_keepalive = {.key = "tcp_keepalive"};
const struct setting_names setting_max_attempts = {
    .variables = {"AWS_MAX_ATTEMPTS"}, .key = "max_attempts"};
const struct setting_names setting_retry_mode = {
    .variables = {"AWS_RETRY_MODE"}, .key = "retry_mode"};
const struct setting_names setting_defaults_mode = {
    .variables = {"AWS_DEFAULTS_MODE"}, .key = "defaults_mode"};
const struct setting_names setting_use_fips = {
    .variables = {"AWS_USE_FIPS_ENDPOINT"}, .key = "use_fips_endpoint"};
const struct setting_names setting_use_dual_stack = {
    .variables = {"AWS_USE_DUALSTACK_ENDPOINT"}, .key = "use_dualstack_endpoint"};
const struct setting_names setting_sts_endpoints = {
    .variables = {"AWS_STS_REGIONAL_ENDPOINTS"}, .key = "sts_regional_endpoints"};
const struct setting_names setting_account_id_mode = {
    .variables = {"AWS_ACCOUNT_ID_ENDPOINT_MODE"}, .key = "account_id_endpoint_mode"};
const struct setting_names setting_request_checksums = {
    .variables = {"AWS_REQUEST_CHECKSUM_CALCULATION"}, .key = "request_checksum_calculation"};
const struct setting_names setting_response_checksums = {
    .variables = {"AWS_RESPONSE_CHECKSUM_VALIDATION"}, .key = "response_checksum_validation"};
const struct setting_names setting_app_id = {
    .variables = {"AWS_SDK_UA_APP_ID"}, .key = "sdk_ua_app_id"};
const struct setting_names setting_no_compression = {
    .variables = {"AWS_DISABLE_REQUEST_COMPRESSION"}, .key = "disable_request_compression"};
const struct setting_names setting_least_compressed = {
    .variables = {"AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES"},
    .key = "request_min_compression_size_bytes"};
const struct setting_names setting_no_host_prefix = {
    .variables = {"AWS_DISABLE_HOST_PREFIX_INJECTION"}, .key = "disable_host_prefix_injection"};
const struct setting_names setting_discovery = {
    .variables = {"AWS_ENABLE_ENDPOINT_DISCOVERY", "AWS_ENDPOINT_DISCOVERY_ENABLED"},
    .key = "endpoint_discovery_enabled"};
const struct setting_names setting_compatibility = {
    .variables = {"INIA_COMPATIBILITY"}, .key = "inia_compatibility"};
const struct setting_names setting_auth_schemes = {
    .variables = {"AWS_AUTH_SCHEME_PREFERENCE"}, .key = "auth_scheme_preference"};
const struct setting_names setting_signing_regions = {
    .variables = {"AWS_SIGV4A_SIGNING_REGION_SET"}, .key = "sigv4a_signing_region_set"};
const struct setting_names setting_output = {.variables = {"AWS_DEFAULT_OUTPUT"}, .key = "output"};
const struct setting_names setting_addressing_style = {
    .key = "s3_addressing_style", .section = "s3", .inner = "addressing_style"};
const struct setting_names setting_s3_accelerate = {
    .key = "s3_use_accelerate_endpoint", .section = "s3", .inner = "use_accelerate_endpoint"};
const struct setting_names setting_s3_dual_stack = {
    .key = "s3_use_dualstack_endpoint", .section = "s3", .inner = "use_dualstack_endpoint"};
const struct setting_names setting_s3_us_east_1 = {
    .variables = {"AWS_S3_US_EAST_1_REGIONAL_ENDPOINT"},
    .key = "s3_us_east_1_regional_endpoint",
    .section = "s3",
    .inner = "us_east_1_regional_endpoint"};
const struct setting_names setting_s3_signs_payload = {
    .key = "s3_payload_signing_enabled", .section = "s3", .inner = "payload_signing_enabled"};
const struct setting_names setting_use_arn_region = {
    .variables = {"AWS_S3_USE_ARN_REGION"},
    .key = "s3_use_arn_region",
    .section = "s3",
    .inner = "use_arn_region"};
const struct setting_names setting_no_multi_region = {
    .variables = {"AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS"},
    .key = "s3_disable_multiregion_access_points",
    .section = "s3",
    .inner = "s3_disable_multiregion_access_points"};
const struct setting_names setting_no_s3_sessions = {
    .variables = {"AWS_S3_DISABLE_EXPRESS_SESSION_AUTH"}, .key = "s3_disable_express_session_auth"};

/* ---- The environment ------------------------------------------------------------------------- */

static const char *find_variable(const struct settings *settings, const char *name)
{
    if (!settings->environment)
        return getenv(name);
    size_t size = strlen(name);
    for (char *const *entry = settings->environment; *entry; entry++)
        if (strncmp(*entry, name, size) == 0 && (*entry)[size] == '=')
            return *entry + size + 1;
    return NULL;
}

struct setting settings_variable(const struct settings *settings, const char *name)
{
    const char *value = find_variable(settings, name);
    if (!value || !*value)
        return (struct setting){0};
    return (struct setting){.value = text_of(value), .variable = name};
}

/* ---- The files ------------------------------------------------------------------------------- */

static bool is_of_name(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '_';
}

/* With $NAME and ${NAME} replaced, as botocore does; what is not set stays as it is. */
static text expand(struct settings *settings, text path)
{
    struct buffer out;
    buffer_init(&out, &settings->arena);
    while (path.size) {
        size_t size = 1, skip = path.data[0] == '$' && path.size > 1 && path.data[1] == '{' ? 2 : 1;
        const char *value = NULL;
        for (size = skip; path.data[0] == '$' && size < path.size && is_of_name(path.data[size]);)
            size++;
        text name = text_from(path.data + skip, size - skip);
        bool is_closed = skip == 1 || (size < path.size && path.data[size] == '}');
        if (path.data[0] == '$' && name.size && is_closed) {
            const char *ended = arena_string(&settings->arena, name);
            value = ended ? find_variable(settings, ended) : NULL;
            size += skip == 2;
        }
        buffer_add(&out, value ? text_of(value) : text_from(path.data, size));
        path = text_after(path, size);
    }
    return buffer_text(&out);
}

/* start and end joined, in the arena; NULL: no memory. */
static const char *join(struct settings *settings, text start, text end)
{
    struct buffer path;
    buffer_init(&path, &settings->arena);
    buffer_add(&path, start);
    buffer_add(&path, end);
    return buffer_string(&path);
}

/* Services are started without HOME: the user's entry knows it, too. false: no memory. */
static bool find_home(struct settings *settings)
{
    char memory[4096];
    struct passwd entry, *found = NULL;
    const char *home = find_variable(settings, "HOME");
    settings->home = home && *home ? home : NULL;
    if (settings->home || settings->environment)
        return true;
    if (getpwuid_r(geteuid(), &entry, memory, sizeof memory, &found) != 0 || !found)
        return true;
    settings->home = arena_string(&settings->arena, text_of(found->pw_dir));
    return settings->home != NULL;
}

/* Where a file is: *path is NULL when there is no telling. false: no memory. */
static bool locate(
    struct settings *settings, const char *variable, const char *usual, const char **path)
{
    text own = expand(settings, settings_variable(settings, variable).value);
    bool in_home = own.size && own.data[0] == '~' && (own.size == 1 || own.data[1] == '/');
    *path = NULL;
    if (own.size && !in_home) {
        *path = join(settings, own, TEXT(""));
    } else {
        if (!settings->home)
            return true;
        text end = in_home ? text_after(own, 1) : text_of(usual);
        *path = join(settings, text_of(settings->home), end);
    }
    return *path != NULL;
}

static inia_status read_open_file(
    struct settings *settings, int fd, const char *path, text *contents, inia_error *error)
{
    struct stat about;
    if (fstat(fd, &about) != 0)
        return error_set(error, INIA_BAD_CONFIG, "%s: %s", path, strerror(errno));
    if (!S_ISREG(about.st_mode))
        return INIA_OK;
    if (about.st_size > SETTINGS_FILE_MOST)
        return error_set(error, INIA_TOO_LARGE, "%s: more than 1 MiB", path);
    size_t size = (size_t)about.st_size, got = 0;
    char *bytes = arena_alloc(&settings->arena, size + 1);
    if (!bytes)
        return error_set(error, INIA_NO_MEMORY, "%s: no memory for it", path);
    while (got < size) {
        ssize_t count = read(fd, bytes + got, size - got);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return error_set(error, INIA_BAD_CONFIG, "%s: %s", path, strerror(errno));
        if (count == 0)
            break;
        got += (size_t)count;
    }
    *contents = text_from(bytes, got);
    return INIA_OK;
}

/* A file that is not there, that others keep from us, or that is none (a container has a folder
 * where there was no file to mount), is as good as empty. */
static inia_status add_file(
    struct settings *settings, enum profile_file kind, const char *path, inia_error *error)
{
    if (!path)
        return INIA_OK;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return INIA_OK;
    text contents = {NULL, 0};
    inia_status status = read_open_file(settings, fd, path, &contents, error);
    close(fd);
    if (status != INIA_OK || !contents.data)
        return status;
    return profiles_add(&settings->profiles, kind, path, contents, error);
}

/* ---- All of it ------------------------------------------------------------------------------- */

static inia_status choose_profile(
    struct settings *settings, text wanted, bool is_explicit, inia_error *error)
{
    settings->profile_name = arena_copy(&settings->arena, wanted);
    if (!settings->profile_name.data)
        return error_set(error, INIA_NO_MEMORY, "no memory for the settings");
    settings->profile = profiles_find(&settings->profiles, SECTION_PROFILE, settings->profile_name);
    if (settings->profile || !is_explicit || text_equals(wanted, TEXT("default")))
        return INIA_OK;
    return error_set(
        error, INIA_BAD_CONFIG, "there is no profile \"%.*s\" in %s or %s", TEXT_ARGS(wanted),
        settings->config_path ? settings->config_path : "~/.aws/config",
        settings->credentials_path ? settings->credentials_path : "~/.aws/credentials");
}

/* In botocore's order, which is not the other SDKs'. */
static const struct setting_names profile_names = {
    .variables = {"AWS_DEFAULT_PROFILE", "AWS_PROFILE"}};

static void tell_of_files(const struct settings *settings, const struct settings_config *config)
{
    if (config->profile.size)
        choice_tell(settings, "profile", config->profile, "program");
    else
        choice_tell_setting(settings, "profile", settings_find(settings, &profile_names));
    choice_tell(
        settings, "config file", text_of(settings->config_path),
        settings_variable(settings, "AWS_CONFIG_FILE").variable);
    choice_tell(
        settings, "credentials file", text_of(settings->credentials_path),
        settings_variable(settings, "AWS_SHARED_CREDENTIALS_FILE").variable);
}

static inia_status load(
    struct settings *settings, const struct settings_config *config, inia_error *error)
{
    if (!find_home(settings) ||
        !locate(settings, "AWS_CONFIG_FILE", "/.aws/config", &settings->config_path) ||
        !locate(
            settings, "AWS_SHARED_CREDENTIALS_FILE", "/.aws/credentials",
            &settings->credentials_path))
        return error_set(error, INIA_NO_MEMORY, "no memory for the settings");
    inia_status status = add_file(settings, PROFILE_CONFIG, settings->config_path, error);
    if (status == INIA_OK)
        status = add_file(settings, PROFILE_CREDENTIALS, settings->credentials_path, error);
    if (status != INIA_OK)
        return status;

    text wanted = config->profile;
    settings->profile_is_given = wanted.size > 0;
    if (!wanted.size)
        wanted = settings_find(settings, &profile_names).value;
    tell_of_files(settings, config);
    bool is_explicit = wanted.size > 0;
    return choose_profile(settings, is_explicit ? wanted : TEXT("default"), is_explicit, error);
}

struct settings *settings_new(
    struct budget *memory, const struct settings_config *config, inia_error *error)
{
    struct settings *settings = budget_alloc(memory, sizeof *settings);
    if (!settings) {
        (void)error_set(error, INIA_NO_MEMORY, "no memory for the settings");
        return NULL;
    }
    *settings = (struct settings){
        .memory = memory,
        .environment = config->environment,
        .tell = config->tell,
        .tell_arg = config->tell_arg,
    };
    slab_init(&settings->blocks, memory, ARENA_BLOCK_SIZE, 8);
    arena_init(&settings->arena, &settings->blocks);
    profiles_init(&settings->profiles, &settings->arena);
    if (load(settings, config, error) != INIA_OK) {
        settings_free(settings);
        return NULL;
    }
    return settings;
}

void settings_free(struct settings *settings)
{
    if (!settings)
        return;
    arena_release(&settings->arena);
    slab_release(&settings->blocks);
    budget_free(settings->memory, settings, sizeof *settings);
}

/* ---- Values ---------------------------------------------------------------------------------- */

static struct setting from_profile(const struct profile_setting *found)
{
    if (!found || !found->value.size)
        return (struct setting){0};
    return (struct setting){.value = found->value, .file = found->file, .line = found->line};
}

struct setting settings_in_profile(const struct settings *settings, const char *key)
{
    return from_profile(profile_setting_find(settings->profile, text_of(key)));
}

static struct setting in_section(const struct settings *settings, const struct setting_names *names)
{
    struct setting found = settings_in_profile(settings, names->section);
    found.value = profile_sub_setting(found.value, text_of(names->inner));
    return found.value.size ? found : (struct setting){0};
}

struct setting settings_find(const struct settings *settings, const struct setting_names *names)
{
    struct setting found = {0};
    for (size_t i = 0; i < COUNT_OF(names->variables) && !found.value.size; i++)
        if (names->variables[i])
            found = settings_variable(settings, names->variables[i]);
    if (!found.value.size && names->key)
        found = settings_in_profile(settings, names->key);
    return found.value.size || !names->section ? found : in_section(settings, names);
}

bool setting_is_true(struct setting setting, bool fallback)
{
    if (text_equals_ignoring_case(setting.value, TEXT("true")))
        return true;
    return text_equals_ignoring_case(setting.value, TEXT("false")) ? false : fallback;
}

void setting_write_origin(struct buffer *out, struct setting setting)
{
    if (setting.variable)
        buffer_add(out, text_of(setting.variable));
    else if (setting.file)
        buffer_add_format(out, "%s:%u", setting.file, setting.line);
}

bool choice_is_told(const struct settings *settings)
{
    return settings->tell != NULL;
}

void choice_tell(const struct settings *settings, const char *name, text value, const char *origin)
{
    char memory[4096];
    struct buffer out;
    if (!settings->tell)
        return;
    buffer_init_fixed(&out, memory, sizeof memory);
    buffer_add(&out, value);
    const char *written = buffer_string(&out);
    settings->tell(
        settings->tell_arg, name, written ? written : "...", origin ? origin : "default");
}

bool settings_profile_is_given(const struct settings *settings)
{
    return settings->profile_is_given;
}

text settings_profile_name(const struct settings *settings)
{
    return settings->profile_name;
}

const struct profiles *settings_profiles(const struct settings *settings)
{
    return &settings->profiles;
}

const char *settings_home(const struct settings *settings)
{
    return settings->home;
}

const char *settings_config_path(const struct settings *settings)
{
    return settings->config_path;
}

const char *settings_credentials_path(const struct settings *settings)
{
    return settings->credentials_path;
}

/* ---- Endpoint URLs --------------------------------------------------------------------------- */

enum { SERVICE_ID_MOST = 100 };

/* "API Gateway" -> "API_GATEWAY" or "api_gateway". */
static void write_service_key(char *out, text service_id, char first, int shift)
{
    for (size_t i = 0; i < service_id.size; i++) {
        char byte = service_id.data[i];
        if (byte >= first && byte <= first + 25)
            byte = (char)(byte + shift);
        out[i] = byte == ' ' || byte == '-' ? '_' : byte;
    }
    out[service_id.size] = 0;
}

static struct setting url_from_environment(const struct settings *settings, text service_id)
{
    char name[sizeof "AWS_ENDPOINT_URL_" + SERVICE_ID_MOST] = "AWS_ENDPOINT_URL_";
    if (service_id.size && service_id.size <= SERVICE_ID_MOST) {
        write_service_key(name + sizeof "AWS_ENDPOINT_URL_" - 1, service_id, 'a', 'A' - 'a');
        struct setting own = settings_variable(settings, name);
        if (own.value.size) {
            own.variable = "AWS_ENDPOINT_URL_<SERVICE>";
            return own;
        }
    }
    return settings_variable(settings, "AWS_ENDPOINT_URL");
}

static struct setting url_from_services(const struct settings *settings, text service_id)
{
    char key[SERVICE_ID_MOST + 1];
    struct setting services = settings_in_profile(settings, "services");
    if (!services.value.size || service_id.size > SERVICE_ID_MOST)
        return (struct setting){0};
    write_service_key(key, service_id, 'A', 'a' - 'A');
    const struct profile_section *section =
        profiles_find(&settings->profiles, SECTION_SERVICES, services.value);
    struct setting found = from_profile(profile_setting_find(section, text_of(key)));
    found.value = profile_sub_setting(found.value, TEXT("endpoint_url"));
    return found.value.size ? found : (struct setting){0};
}

static bool ignores_urls(const struct settings *settings)
{
    static const struct setting_names ignore = {
        .variables = {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"},
        .key = "ignore_configured_endpoint_urls"};
    return setting_is_true(settings_find(settings, &ignore), false);
}

struct setting settings_endpoint_url(const struct settings *settings, text service_id)
{
    if (ignores_urls(settings))
        return (struct setting){0};
    struct setting url = url_from_environment(settings, service_id);
    if (!url.value.size)
        url = url_from_services(settings, service_id);
    return url.value.size ? url : settings_in_profile(settings, "endpoint_url");
}

struct setting settings_lost_services(const struct settings *settings)
{
    struct setting services = settings_in_profile(settings, "services");
    bool is_there = profiles_find(&settings->profiles, SECTION_SERVICES, services.value) != NULL;
    return is_there || ignores_urls(settings) ? (struct setting){0} : services;
}
