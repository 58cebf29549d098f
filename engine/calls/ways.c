/* Ways: whom a client believes, who it says it is, and how it gets to its servers. */
#include "call.h"

static bool refuse(inia_error *error, const char *what)
{
    error_set(error, INIA_BAD_CONFIG, "inia_client_config: %s", what);
    return false;
}

static bool is_sound(const inia_client_config *config, inia_error *error)
{
    if (config->min_tls != 0 && config->min_tls != 12 && config->min_tls != 13)
        return refuse(error, "min_tls is neither 12 (TLS 1.2) nor 13 (TLS 1.3)");
    if (config->client_key && *config->client_key &&
        !(config->client_certificate && *config->client_certificate))
        return refuse(error, "there is a client_key, but no client_certificate");
    return true;
}

static bool set_trust(
    inia_client *client, const inia_client_config *config, const struct settings *settings,
    inia_error *error)
{
    text bundle = text_of(config->ca_bundle);
    if (!bundle.size)
        bundle = settings_find(settings, &setting_ca_bundle).value;
    struct net_trust_config wanted = {
        .ca_bundle = bundle.size ? arena_string(&client->arena, bundle) : NULL,
        .no_verification = config->no_verification,
        .minimum_version = config->min_tls == 13 ? 13 : 12,
    };
    if (config->client_certificate && *config->client_certificate) {
        bool has_key = config->client_key && *config->client_key;
        wanted.certificate = config->client_certificate;
        wanted.key = has_key ? config->client_key : config->client_certificate;
    }
    client->trust = net_trust_new(client->engine->net, &wanted, error);
    return client->trust != NULL;
}

bool ways_set_up(
    inia_client *client, const inia_client_config *config, const struct settings *settings,
    inia_error *error)
{
    client->way.connect_ms = config->connect_ms;
    return is_sound(config, error) && set_trust(client, config, settings, error);
}
