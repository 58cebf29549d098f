/* Credentials: the client's identity providers, fed by the config, by a callback of the user's, or
 * by the settings. */
#include "call.h"

#include "session.h"

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

static bool set_up_credentials(
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
        identity.source = (struct identity_source){
            .ask = ask_user, .arg = client, .origin = "the program's provider"};
    }
    client->identity = identity_provider_new(&identity, error);
    return client->identity != NULL;
}

static bool set_up_tokens(
    inia_client *client, const inia_client_config *config, const struct settings *settings,
    inia_error *error)
{
    struct identity_values given = {.token = text_of(config->bearer_token)};
    client->tokens = identity_provider_new(
        &(struct identity_config){
            .memory = &client->engine->memory,
            .settings = settings,
            .given = given.token.size ? &given : NULL,
            .token_name = client->model->signing_name,
        },
        error);
    return client->tokens != NULL;
}

static bool prefer_schemes(
    inia_client *client, const inia_client_config *config, const struct settings *settings)
{
    struct buffer schemes;
    buffer_init(&schemes, &client->arena);
    auth_write_preference(
        &schemes, text_of(config->auth_schemes),
        settings_find(settings, &setting_auth_schemes).value,
        identity_current(client->tokens) != NULL);
    client->auth_schemes = buffer_text(&schemes);
    return buffer_ok(&schemes);
}

bool credentials_set_up(
    inia_client *client, const inia_client_config *config, const struct settings *settings,
    inia_error *error)
{
    if (!set_up_credentials(client, config, settings, error) ||
        !set_up_tokens(client, config, settings, error))
        return false;
    if (prefer_schemes(client, config, settings))
        return true;
    (void)error_set(error, INIA_NO_MEMORY, "no memory for a client");
    return false;
}

struct identity_provider *call_identity_provider(struct call *call)
{
    inia_client *client = call->public.client;
    if (call->target.auth == AUTH_BEARER)
        return client->tokens;
    if (call->target.auth == AUTH_S3_EXPRESS)
        return session_provider(client, call->target.bucket);
    return client->identity;
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
