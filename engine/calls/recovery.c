#include "recovery.h"

static bool choose_mode(
    const inia_client_config *config, const struct settings *settings, enum retry_mode *mode,
    inia_error *error)
{
    static const enum retry_mode modes[] = {
        [INIA_RETRY_DEFAULT] = RETRY_INIA,      [INIA_RETRY_INIA] = RETRY_INIA,
        [INIA_RETRY_STANDARD] = RETRY_STANDARD, [INIA_RETRY_ADAPTIVE] = RETRY_ADAPTIVE,
        [INIA_RETRY_OFF] = RETRY_OFF,
    };
    size_t wanted = (size_t)config->retry;
    if (wanted >= COUNT_OF(modes)) {
        error_set(error, INIA_BAD_CONFIG, "inia_client_config: retry is none of inia_retry");
        return false;
    }
    *mode = modes[wanted];
    struct setting setting = settings_find(settings, &setting_retry_mode);
    if (config->retry != INIA_RETRY_DEFAULT || !setting.value.size ||
        retry_mode_from_name(setting.value, mode))
        return true;
    return switches_refuse(
        setting, &setting_retry_mode, "standard, adaptive, legacy, inia or off", error);
}

static bool choose_attempts(
    inia_client *client, const inia_client_config *config, const struct settings *settings,
    inia_error *error)
{
    uint64_t attempts = 0;
    struct setting setting = settings_find(settings, &setting_max_attempts);
    if (client->retry_policy.mode == RETRY_OFF)
        attempts = 1;
    else if (config->max_attempts)
        attempts = config->max_attempts;
    else if (!setting.value.size)
        attempts = client->retry_policy.max_attempts;
    else if (
        !text_to_u64(setting.value, &attempts) || !attempts || attempts > RECOVERY_MOST_ATTEMPTS)
        return switches_refuse(setting, &setting_max_attempts, "a number from 1 to 100", error);
    client->max_attempts = (uint32_t)attempts;
    return true;
}

bool recovery_set_up(
    inia_client *client, const inia_client_config *config, const struct settings *settings,
    inia_error *error)
{
    enum retry_mode mode;
    if (!choose_mode(config, settings, &mode, error))
        return false;
    retry_policy_init(&client->retry_policy, mode, client->model->service);
    retry_budget_init(&client->retries, &client->retry_policy, ring_clock_ns(client->engine->ring));
    return choose_attempts(client, config, settings, error);
}
