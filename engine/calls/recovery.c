#include "recovery.h"

#include "hosts.h"
#include "turns.h"

static bool choose_mode(
    const inia_client_config *config, const struct settings *settings, bool is_standard,
    enum retry_mode *mode, inia_error *error)
{
    static const char *const names[] = {
        [INIA_RETRY_DEFAULT] = "legacy",    [INIA_RETRY_INIA] = "inia",
        [INIA_RETRY_STANDARD] = "standard", [INIA_RETRY_ADAPTIVE] = "adaptive",
        [INIA_RETRY_OFF] = "off",
    };
    struct choice_words words = {
        names, COUNT_OF(names), "standard, adaptive, legacy, inia or off",
        is_standard ? "standard" : "inia"};
    size_t wanted = (size_t)config->retry;
    if (wanted >= COUNT_OF(names)) {
        error_set(error, INIA_BAD_CONFIG, "inia_client_config: retry is none of inia_retry");
        return false;
    }
    int chosen = wanted == INIA_RETRY_DEFAULT ? CHOICE_NONE : (int)wanted;
    if (!choice_word(settings, &setting_retry_mode, chosen, &words, &chosen, error))
        return false;
    const char *name = chosen == CHOICE_NONE ? words.fallback : names[chosen];
    check(retry_mode_from_name(text_of(name), mode));
    return true;
}

static bool choose_attempts(
    inia_client *client, const inia_client_config *config, const struct settings *settings,
    inia_error *error)
{
    uint64_t attempts = 0;
    bool once = client->retry_policy.mode == RETRY_OFF;
    struct choice_range range = {1, RECOVERY_MOST_ATTEMPTS, client->retry_policy.max_attempts};
    if (!choice_number(
            settings, &setting_max_attempts, once ? 1 : config->max_attempts, range, &attempts,
            error))
        return false;
    client->max_attempts = (uint32_t)attempts;
    return true;
}

static bool keep_codes(inia_client *client, const inia_client_config *config)
{
    text codes = text_of(config->retry_codes);
    if (codes.size)
        client->retry_codes = arena_copy(&client->arena, codes);
    return !codes.size || client->retry_codes.data;
}

bool recovery_knows_code(const inia_client *client, text error_code)
{
    for (text rest = client->retry_codes; rest.data && error_code.size;) {
        if (text_equals(text_trim(text_split(rest, ',', &rest)), error_code))
            return true;
    }
    return false;
}

static bool destination_init(
    inia_client *client, struct arena *arena, struct destination *destination)
{
    *destination = (struct destination){.arena = arena};
    retry_budget_init(
        &destination->budget, &client->retry_policy, ring_clock_ns(client->engine->ring));
    return crowd_set_up(client, destination);
}

bool recovery_set_up(
    inia_client *client, const inia_client_config *config, const struct settings *settings,
    bool is_standard, inia_error *error)
{
    enum retry_mode mode;
    client->hedge_percent = config->hedge_percent;
    client->adapts = config->adaptive_concurrency;
    if (config->hedge_percent > 100) {
        error_set(error, INIA_BAD_CONFIG, "inia_client_config: hedge_percent is more than 100");
        return false;
    }
    if (!choose_mode(config, settings, is_standard, &mode, error))
        return false;
    retry_policy_init(&client->retry_policy, mode, client->model->service);
    if (!destination_init(client, &client->arena, &client->whole) || !turns_set_up(client) ||
        !keep_codes(client, config))
        return error_no_memory(error, "a client");
    return choose_attempts(client, config, settings, error);
}

struct destination *recovery_destination(inia_client *client, text host)
{
    if (client->retry_policy.mode != RETRY_INIA)
        return &client->whole;
    struct hosts *hosts = client->hosts;
    struct destination *destination = map_find(&hosts->destinations, host);
    if (destination)
        return destination;
    destination = arena_alloc_zeroed(&hosts->arena, sizeof *destination);
    text key = arena_copy(&hosts->arena, host);
    if (!destination || !key.data || !destination_init(client, &hosts->arena, destination) ||
        !map_put(&hosts->destinations, key, destination))
        return NULL;
    return destination;
}
