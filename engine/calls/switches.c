#include "switches.h"

/* ---- Checksums ------------------------------------------------------------------------------- */

static bool choose_checksums(
    inia_checksums given, const char *name, const struct settings *settings,
    const struct setting_names *names, bool s3_like, bool *when_supported, inia_error *error)
{
    if (given != INIA_CHECKSUMS_AUTO && given != INIA_CHECKSUMS_WHEN_SUPPORTED &&
        given != INIA_CHECKSUMS_WHEN_REQUIRED) {
        error_set(error, INIA_BAD_CONFIG, "inia_client_config: %s is none of inia_checksums", name);
        return false;
    }
    static const char *const words[] = {"when_supported", "when_required"};
    const struct choice_words choices = {
        words, COUNT_OF(words), "when_supported or when_required", words[s3_like ? 1 : 0]};
    int wanted = given == INIA_CHECKSUMS_AUTO             ? CHOICE_NONE
                 : given == INIA_CHECKSUMS_WHEN_SUPPORTED ? 0
                                                          : 1;
    if (!choice_word(settings, names, wanted, &choices, &wanted, error))
        return false;
    *when_supported = wanted == CHOICE_NONE ? !s3_like : wanted == 0;
    return true;
}

/* ---- The rest -------------------------------------------------------------------------------- */

static bool choose_compression(
    struct client_switches *switches, const inia_client_config *config,
    const struct settings *settings, inia_error *error)
{
    enum { MOST = 1 << 20, USUAL = 10240 };
    uint64_t least;
    if (config->least_compressed > MOST) {
        error_set(
            error, INIA_BAD_CONFIG, "inia_client_config: least_compressed is more than %d", MOST);
        return false;
    }
    struct choice_range range = {1, MOST, USUAL};
    if (!choice_flag(
            settings, &setting_no_compression, config->no_compression, false,
            &switches->no_compression, error) ||
        !choice_number(
            settings, &setting_least_compressed, config->least_compressed, range, &least, error))
        return false;
    switches->least_compressed = (size_t)least;
    return true;
}

/* ---- All of them ----------------------------------------------------------------------------- */

bool switches_init(
    struct client_switches *switches, const inia_client_config *config,
    const struct settings *settings, bool s3_like, inia_error *error)
{
    *switches = (struct client_switches){.request_checksums = false};
    if (!choose_checksums(
            config->request_checksums, "request_checksums", settings, &setting_request_checksums,
            s3_like, &switches->request_checksums, error) ||
        !choose_checksums(
            config->response_checksums, "response_checksums", settings, &setting_response_checksums,
            s3_like, &switches->response_checksums, error))
        return false;
    switches->md5_when_required = s3_like && !switches->request_checksums;
    return choice_flag(
               settings, &setting_no_host_prefix, config->no_host_prefix, false,
               &switches->no_host_prefix, error) &&
           choose_compression(switches, config, settings, error);
}
