/* Configuring: what a client goes by, of what the program, the environment and the files say. */
#include "call.h"
#include "recovery.h"

/* ---- The mode of defaults -------------------------------------------------------------------- */

static bool choose_defaults(
    inia_client *client, const inia_client_config *config, const struct settings *settings,
    struct defaults *defaults, inia_error *error)
{
    static const struct choice_words words = {
        .words = defaults_names,
        .count = DEFAULTS_MODES,
        .wanted = "legacy, standard, in-region, cross-region, mobile or auto",
        .fallback = "legacy",
    };
    int given = CHOICE_NONE, mode;
    for (int i = 0; config->defaults_mode && *config->defaults_mode && i < DEFAULTS_MODES; i++) {
        if (strcmp(config->defaults_mode, defaults_names[i]) == 0)
            given = i;
    }
    if (config->defaults_mode && *config->defaults_mode && given == CHOICE_NONE) {
        (void)error_set(
            error, INIA_BAD_CONFIG, "inia_client_config: defaults_mode is '%.64s': %s is wanted",
            config->defaults_mode, words.wanted);
        return false;
    }
    if (!choice_word(settings, &setting_defaults_mode, given, &words, &mode, error))
        return false;
    enum defaults_mode chosen = mode == CHOICE_NONE ? DEFAULTS_LEGACY : (enum defaults_mode)mode;
    if (chosen == DEFAULTS_AUTO && !place_find_mode(client, config, settings, &chosen, error))
        return false;
    *defaults = defaults_of(chosen);
    return true;
}

/* ---- Endpoints ------------------------------------------------------------------------------- */

static const char *const regional_or_legacy[] = {"regional", "legacy"};

static bool choose_s3_words(
    const inia_client *client, const inia_client_config *config, const struct settings *settings,
    const struct defaults *defaults, struct endpoint_settings *wanted, inia_error *error)
{
    static const char *const styles[] = {
        [ENDPOINT_ADDRESSING_AUTO] = "auto",
        [ENDPOINT_PATH_STYLE] = "path",
        [ENDPOINT_VIRTUAL_HOST] = "virtual"};
    struct choice_words style_words = {styles, 3, "auto, path or virtual", "auto"};
    static const struct choice_words us_east_1_words = {
        regional_or_legacy, 2, "regional or legacy", "regional"};
    int style, us_east_1;
    if (client->s3_like)
        style_words.fallback = styles[ENDPOINT_PATH_STYLE];
    if (!choice_word(
            settings, &setting_addressing_style,
            config->path_style ? ENDPOINT_PATH_STYLE : CHOICE_NONE, &style_words, &style, error) ||
        !choice_word(
            settings, &setting_s3_us_east_1, CHOICE_NONE, &us_east_1_words, &us_east_1, error))
        return false;
    if (style != CHOICE_NONE)
        wanted->s3.addressing = (enum endpoint_addressing)style;
    else if (client->s3_like)
        wanted->s3.addressing = ENDPOINT_PATH_STYLE;
    wanted->s3.us_east_1_global = us_east_1 == 1;
    wanted->s3.us_east_1_regional =
        us_east_1 == 0 || (us_east_1 == CHOICE_NONE && defaults->us_east_1_regional);
    return true;
}

static bool choose_s3_flags(
    inia_client *client, const struct settings *settings, struct endpoint_settings *wanted,
    inia_error *error)
{
    bool is_said = settings_find(settings, &setting_use_arn_region).value.size > 0;
    bool signs_is_said = settings_find(settings, &setting_s3_signs_payload).value.size > 0;
    bool arn_region, signs;
    if (!choice_flag(
            settings, &setting_s3_accelerate, false, false, &wanted->s3.accelerate, error) ||
        !choice_flag(
            settings, &setting_s3_dual_stack, false, false, &wanted->s3.dual_stack, error) ||
        !choice_flag(settings, &setting_use_arn_region, false, true, &arn_region, error) ||
        !choice_flag(
            settings, &setting_no_multi_region, false, false,
            &wanted->s3.disable_multi_region_access_points, error) ||
        !choice_flag(
            settings, &setting_no_s3_sessions, false, false,
            &wanted->s3.disable_express_session_auth, error) ||
        !choice_flag(settings, &setting_s3_signs_payload, false, false, &signs, error))
        return false;
    if (is_said)
        wanted->s3.use_arn_region = arn_region ? ENDPOINT_YES : ENDPOINT_NO;
    if (client->payload == INIA_PAYLOAD_AUTO && signs_is_said && signs)
        client->payload = INIA_PAYLOAD_SIGNED;
    return true;
}

static bool choose_sts(
    const struct settings *settings, struct endpoint_settings *wanted, inia_error *error)
{
    static const struct choice_words words = {
        regional_or_legacy, 2, "regional or legacy", "regional"};
    int chosen;
    if (!choice_word(settings, &setting_sts_endpoints, CHOICE_NONE, &words, &chosen, error))
        return false;
    wanted->sts_global = chosen == 1;
    return true;
}

static bool choose_account_id_mode(
    inia_client *client, const struct settings *settings, struct endpoint_settings *wanted,
    inia_error *error)
{
    static const char *const modes[] = {"preferred", "disabled", "required"};
    static const struct choice_words words = {
        modes, 3, "preferred, disabled or required", "preferred"};
    int chosen;
    if (!choice_word(settings, &setting_account_id_mode, CHOICE_NONE, &words, &chosen, error))
        return false;
    wanted->account_id_mode = text_of(modes[chosen == CHOICE_NONE ? 0 : chosen]);
    client->account_slot = endpoint_rules_built_in(client->rules, TEXT("AWS::Auth::AccountId"));
    if (chosen == 1 || client->anonymous)
        client->account_slot = -1;
    return true;
}

static bool has_built_in(const inia_client *client, text name)
{
    return endpoint_rules_built_in(client->rules, name) >= 0;
}

static bool apply_settings(
    inia_client *client, const inia_client_config *config, const struct settings *settings,
    const struct defaults *defaults, text url, inia_error *error)
{
    struct endpoint_settings wanted = {.region = client->region, .endpoint_url = url};
    client->account_slot = -1;
    if (!choice_flag(settings, &setting_use_fips, config->fips, false, &wanted.fips, error) ||
        !choice_flag(
            settings, &setting_use_dual_stack, config->dual_stack, false, &wanted.dual_stack,
            error))
        return false;
    wanted.fips |= client->fips_region;
    if (client->is_s3 && (!choose_s3_words(client, config, settings, defaults, &wanted, error) ||
                          !choose_s3_flags(client, settings, &wanted, error)))
        return false;
    if (has_built_in(client, TEXT("AWS::STS::UseGlobalEndpoint")) &&
        !choose_sts(settings, &wanted, error))
        return false;
    if (has_built_in(client, TEXT("AWS::Auth::AccountIdEndpointMode")) &&
        !choose_account_id_mode(client, settings, &wanted, error))
        return false;
    endpoint_values_init(&client->values, client->rules);
    endpoint_settings_apply(&wanted, client->rules, &client->values);
    client->presigns_globally = endpoint_settings_allow_global(&wanted, client->rules);
    client->refuses_arns =
        wanted.s3.accelerate && has_built_in(client, TEXT("AWS::S3Control::UseArnRegion"));
    return true;
}

/* A label of a host's name: anything else could lead elsewhere. */
static bool is_region(text region)
{
    bool is_number = true;
    for (size_t i = 0; i < region.size; i++) {
        char byte = region.data[i];
        bool is_digit = byte >= '0' && byte <= '9';
        bool is_letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        if (!is_digit && !is_letter && byte != '-')
            return false;
        is_number &= is_digit;
    }
    return region.size <= 63 && !is_number && region.data[0] != '-' &&
           region.data[region.size - 1] != '-';
}

static bool refuse_region(
    const inia_client_config *config, const struct settings *settings, text region,
    inia_error *error)
{
    char memory[4096];
    struct buffer origin;
    buffer_init_fixed(&origin, memory, sizeof memory);
    if (config->region && *config->region)
        buffer_add(&origin, TEXT("inia_client_config"));
    else
        setting_write_origin(&origin, settings_find(settings, &setting_region));
    const char *where = buffer_string(&origin);
    (void)error_set(
        error, INIA_BAD_CONFIG, "%.150s: region is '%.*s': one as us-east-1 is wanted",
        where ? where : "", region.size < 64 ? (int)region.size : 64, region.data);
    return false;
}

/* "fips-us-east-1" and "us-east-1-fips" of old are us-east-1 with FIPS. */
static text without_fips(inia_client *client, text region)
{
    text start = TEXT("fips-"), end = TEXT("-fips");
    client->fips_region = true;
    if (text_starts_with(region, start))
        return text_after(region, start.size);
    if (text_ends_with(region, end))
        return text_from(region.data, region.size - end.size);
    client->fips_region = false;
    return region;
}

static bool choose_region(
    inia_client *client, const inia_client_config *config, const struct settings *settings,
    inia_error *error)
{
    text region = choice_text(settings, &setting_region, config->region);
    bool optional = client->custom_endpoint || client->model->global_endpoint.size;
    if (!region.size && !optional) {
        (void)error_set(
            error, INIA_BAD_CONFIG,
            "no region: set AWS_REGION, a region in ~/.aws/config, or the client's region");
        return false;
    }
    if (region.size && !is_region(region))
        return refuse_region(config, settings, region, error);
    region = without_fips(client, region.size ? region : TEXT("us-east-1"));
    client->region = arena_copy(&client->arena, region);
    return client->region.data || error_no_memory(error, "a client");
}

/* Of all partitions: what AWS's own names end with. */
static bool is_awss(text host)
{
    static const char *const ends[] = {
        ".amazonaws.com", ".amazonaws.com.cn",         ".amazonaws.eu",
        ".api.aws",       ".amazonwebservices.com.cn", ".c2s.ic.gov",
        ".sc2s.sgov.gov", ".cloud.adc-e.uk",           ".csp.hci.ic.gov",
    };
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        if (text_ends_with(host, text_of(ends[i])))
            return true;
    }
    return false;
}

static bool choose_compatibility(
    inia_client *client, const inia_client_config *config, const struct settings *settings,
    text url, inia_error *error)
{
    static const char *const list[] = {
        [INIA_COMPATIBLE_AUTO] = "auto",
        [INIA_COMPATIBLE_AWS] = "aws",
        [INIA_COMPATIBLE_S3_LIKE] = "s3-like",
    };
    static const struct choice_words words = {list, 3, "auto, aws or s3-like", NULL};
    struct uri uri;
    int chosen = (int)config->compatibility;
    if (chosen < 0 || chosen >= words.count) {
        (void)error_set(
            error, INIA_BAD_CONFIG,
            "inia_client_config: compatibility is none of inia_compatibility");
        return false;
    }
    if (chosen == INIA_COMPATIBLE_AUTO)
        chosen = CHOICE_NONE;
    if (!choice_word(settings, &setting_compatibility, chosen, &words, &chosen, error))
        return false;
    client->s3_like = chosen == INIA_COMPATIBLE_S3_LIKE;
    if (chosen != CHOICE_NONE && chosen != INIA_COMPATIBLE_AUTO)
        return true;
    client->s3_like = url.size && !uri_parse(&uri, url) && !is_awss(uri.host);
    int found = client->s3_like ? INIA_COMPATIBLE_S3_LIKE : INIA_COMPATIBLE_AWS;
    choice_tell(settings, setting_compatibility.key, text_of(list[found]), NULL);
    return true;
}

/* A URL that nobody says is absent; who means a section that is not there hears of it. */
static bool find_url(
    const inia_client *client, const inia_client_config *config, const struct settings *settings,
    struct setting *found, inia_error *error)
{
    static const char name[] = "endpoint_url";
    *found = (struct setting){.value = text_of(config->endpoint_url)};
    if (found->value.size) {
        choice_tell(settings, name, found->value, "program");
        return true;
    }
    *found = settings_endpoint_url(settings, client->model->service_id);
    choice_tell_setting(settings, name, *found);
    struct setting lost = settings_lost_services(settings);
    if (found->variable || !lost.value.size)
        return true;
    int size = lost.value.size < 40 ? (int)lost.value.size : 40;
    (void)error_set(
        error, INIA_BAD_CONFIG, "%.130s:%u: services is '%.*s', and there is no [services %.*s]",
        lost.file, lost.line, size, lost.value.data, size, lost.value.data);
    return false;
}

static bool choose_url(
    inia_client *client, const inia_client_config *config, const struct settings *settings,
    text *url, inia_error *error)
{
    struct setting setting;
    *url = (text){NULL, 0};
    if (!find_url(client, config, settings, &setting, error))
        return false;
    if (!setting.value.size)
        return true;
    struct uri uri;
    const char *wrong = uri_parse(&uri, setting.value);
    if (wrong) {
        char memory[160];
        struct buffer origin;
        buffer_init_fixed(&origin, memory, sizeof memory);
        setting_write_origin(&origin, setting);
        (void)error_set(
            error, INIA_BAD_CONFIG, "%.*s%sthe endpoint URL '%.*s': %s",
            TEXT_ARGS(buffer_text(&origin)), origin.size ? ": " : "", TEXT_ARGS(setting.value),
            wrong);
        return false;
    }
    client->custom_endpoint = true;
    client->plain_endpoint = !uri.secure;
    *url = arena_copy(&client->arena, setting.value);
    return url->data || error_no_memory(error, "a client");
}

/* ---- All of it ------------------------------------------------------------------------------- */

static bool choose_signing_regions(
    inia_client *client, const inia_client_config *config, const struct settings *settings,
    inia_error *error)
{
    text regions = choice_text(settings, &setting_signing_regions, config->signing_regions);
    if (regions.size)
        client->region_set = arena_copy(&client->arena, regions);
    return !regions.size || client->region_set.data || error_no_memory(error, "a client");
}

bool client_configure(
    inia_client *client, const inia_client_config *config, const struct settings *settings,
    inia_error *error)
{
    text url;
    struct defaults defaults;
    if (!choose_url(client, config, settings, &url, error) ||
        !choose_compatibility(client, config, settings, url, error) ||
        !choose_region(client, config, settings, error) ||
        !choose_defaults(client, config, settings, &defaults, error) ||
        !apply_settings(client, config, settings, &defaults, url, error))
        return false;
    client->connect_ms =
        config->connect_ms ? config->connect_ms : defaults.connect_ms + defaults.tls_ms;
    return recovery_set_up(client, config, settings, defaults.standard_retries, error) &&
           choose_signing_regions(client, config, settings, error) &&
           switches_init(&client->switches, config, settings, client->s3_like, error);
}
