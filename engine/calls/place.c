/*
 * Place: whether a client asks the region that it runs in, which the mode of defaults "auto" wants
 * to know. Where the environment does not say, IMDS does. The answer changes nothing but how long
 * connecting may take, so no call waits for it: until it comes the longer times of another region
 * count, and connections that are opened afterwards have the shorter ones.
 */
#include "call.h"

static void has_region(void *arg, text region)
{
    inia_client *client = arg;
    const struct defaults_place place = {.instance_region = region};
    enum defaults_mode mode = defaults_for(&place, client->region);
    struct defaults defaults = defaults_of(mode);
    LOG(&client->engine->log, LOG_LEVEL_DEBUG, "defaults_mode auto is %s: IMDS says '%.*s'",
        defaults_names[mode], TEXT_ARGS(region));
    client->connect_ms = defaults.connect_ms + defaults.tls_ms;
    client->last_route = NULL; /* its connections have the other times */
}

bool place_find_mode(
    inia_client *client, const inia_client_config *config, const struct settings *settings,
    enum defaults_mode *mode, inia_error *error)
{
    inia_engine *engine = client->engine;
    const struct defaults_place place = {
        .execution_env = settings_variable(settings, "AWS_EXECUTION_ENV").value,
        .region_variable = settings_variable(settings, "AWS_REGION").value,
        .default_region_variable = settings_variable(settings, "AWS_DEFAULT_REGION").value,
    };
    const struct instance_config question = {
        .memory = &engine->memory,
        .arena_blocks = &engine->arena_blocks,
        .wire = wire_identity(engine->wire),
        .settings = settings,
        .found = has_region,
        .arg = client,
    };
    *mode = defaults_for(&place, client->region);
    bool is_known = *mode != DEFAULTS_STANDARD;
    bool matters =
        !config->connect_ms && !config->warm_connections; /* which are kept as they are */
    if (is_known || !matters)
        return true;
    return instance_ask(&client->instance, &question, error);
}
