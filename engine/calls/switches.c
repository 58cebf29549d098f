#include "switches.h"

bool switches_refuse(
    struct setting setting, const struct setting_names *names, const char *wanted,
    inia_error *error)
{
    char memory[160];
    struct buffer origin;
    buffer_init_fixed(&origin, memory, sizeof memory);
    setting_write_origin(&origin, setting);
    error_set(
        error, INIA_BAD_CONFIG, "%.*s: %s is '%.*s': %s is wanted", TEXT_ARGS(buffer_text(&origin)),
        names->key, TEXT_ARGS(setting.value), wanted);
    return false;
}

/* ---- Checksums --------------------------------------------------------------------------------
 */

static bool read_checksums(
    const struct settings *settings, const struct setting_names *names, inia_checksums *wanted,
    inia_error *error)
{
    struct setting setting = settings_find(settings, names);
    if (!setting.value.size)
        return true;
    if (text_equals_ignoring_case(setting.value, TEXT("when_supported"))) {
        *wanted = INIA_CHECKSUMS_WHEN_SUPPORTED;
        return true;
    }
    *wanted = INIA_CHECKSUMS_WHEN_REQUIRED;
    if (text_equals_ignoring_case(setting.value, TEXT("when_required")))
        return true;
    return switches_refuse(setting, names, "when_supported or when_required", error);
}

static bool choose_checksums(
    inia_checksums given, const char *name, const struct settings *settings,
    const struct setting_names *names, bool custom_endpoint, bool *when_supported,
    inia_error *error)
{
    if (given != INIA_CHECKSUMS_AUTO && given != INIA_CHECKSUMS_WHEN_SUPPORTED &&
        given != INIA_CHECKSUMS_WHEN_REQUIRED) {
        error_set(error, INIA_BAD_CONFIG, "inia_client_config: %s is none of inia_checksums", name);
        return false;
    }
    inia_checksums wanted = given;
    if (wanted == INIA_CHECKSUMS_AUTO && !read_checksums(settings, names, &wanted, error))
        return false;
    *when_supported =
        wanted == INIA_CHECKSUMS_AUTO ? !custom_endpoint : wanted == INIA_CHECKSUMS_WHEN_SUPPORTED;
    return true;
}

/* ---- The rest -------------------------------------------------------------------------------- */

static bool choose_compression(
    struct client_switches *switches, const inia_client_config *config,
    const struct settings *settings, inia_error *error)
{
    enum { MOST = 1 << 20 };
    uint64_t least = config->least_compressed;
    struct setting setting = settings_find(settings, &setting_least_compressed);
    switches->no_compression =
        config->no_compression ||
        setting_is_true(settings_find(settings, &setting_no_compression), false);
    if (least > MOST) {
        error_set(
            error, INIA_BAD_CONFIG, "inia_client_config: least_compressed is more than %d", MOST);
        return false;
    }
    if (!least && setting.value.size &&
        (!text_to_u64(setting.value, &least) || least > MOST || !least))
        return switches_refuse(
            setting, &setting_least_compressed, "a number from 1 to 1048576", error);
    switches->least_compressed = (size_t)least;
    return true;
}

/* ---- All of them ------------------------------------------------------------------------------
 */

bool switches_init(
    struct client_switches *switches, const inia_client_config *config,
    const struct settings *settings, bool custom_endpoint, inia_error *error)
{
    *switches = (struct client_switches){.request_checksums = false};
    if (!choose_checksums(
            config->request_checksums, "request_checksums", settings, &setting_request_checksums,
            custom_endpoint, &switches->request_checksums, error) ||
        !choose_checksums(
            config->response_checksums, "response_checksums", settings, &setting_response_checksums,
            custom_endpoint, &switches->response_checksums, error))
        return false;
    switches->md5_when_required = custom_endpoint && !switches->request_checksums;
    switches->no_host_prefix =
        config->no_host_prefix ||
        setting_is_true(settings_find(settings, &setting_no_host_prefix), false);
    return choose_compression(switches, config, settings, error);
}
