/* Credentials: the client's identity provider, fed by the config, by a callback of the user's, or
 * by the settings. */
#include "call.h"

static void ask_user(void *arg, struct identity_provider *provider)
{
    struct inia_client *client = arg;
    client->query.provider = provider;
    client_hold(client);
    client->provider(client->provider_arg, &client->query);
}

static struct identity_values values_of(const inia_credentials *credentials)
{
    return (struct identity_values){
        .access_key_id = text_of(credentials->access_key_id),
        .secret_access_key = text_of(credentials->secret_access_key),
        .session_token = text_of(credentials->session_token),
        .expires_s = credentials->expires_at,
    };
}

bool credentials_set_up(
    inia_client *client, const inia_client_config *config, const struct settings *settings,
    inia_error *error)
{
    struct identity_values given;
    struct identity_config identity = {
        .memory = &client->engine->memory,
        .settings = settings,
    };
    if (config->credentials) {
        given = values_of(config->credentials);
        identity.given = &given;
    } else if (config->provider) {
        client->provider = config->provider;
        client->provider_arg = config->provider_arg;
        identity.source = (struct identity_source){ask_user, client, "the program's provider"};
    }
    client->identity = identity_provider_new(&identity, error);
    return client->identity != NULL;
}

void client_answer(inia_credentials_query *query, const inia_credentials *credentials)
{
    struct identity_provider *provider = query->provider;
    check(provider != NULL);
    query->provider = NULL;
    if (credentials) {
        struct identity_values values = values_of(credentials);
        identity_answer(provider, &values, NULL);
    } else {
        identity_answer(provider, NULL, "the program's provider had no credentials");
    }
    inia_client *client = CONTAINER_OF(query, struct inia_client, query);
    engine_has_work(client->engine);
    client_let_go(client);
}
