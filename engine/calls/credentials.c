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

static void ask_for_mfa_code(void *arg, struct identity_provider *provider, const char *serial)
{
    struct inia_client *client = arg;
    client->mfa_query.provider = provider;
    client_hold(client);
    client->mfa(client->mfa_arg, serial, &client->mfa_query);
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

/* Another client's, if it would fetch the same: one refresh then serves both. */
static struct identity_provider *share(
    const inia_engine *engine, struct identity_provider *provider)
{
    for (struct list_link *link = engine->clients.first; link; link = link->next) {
        struct identity_provider *other = CONTAINER_OF(link, inia_client, link)->identity;
        if (!identity_provider_equals(provider, other))
            continue;
        identity_provider_free(provider);
        return identity_provider_hold(other);
    }
    return provider;
}

static struct identity_means means_of(inia_client *client)
{
    inia_engine *engine = client->engine;
    return (struct identity_means){
        .ring = engine->ring,
        .wire = wire_identity(engine->wire),
        .arena_blocks = &engine->arena_blocks,
        .readers = &engine->readers,
        .trust = client->trust,
        .proxies = client->proxies,
        .log = &engine->log,
        .random = &engine->random,
        .ask_mfa = client->mfa ? ask_for_mfa_code : NULL,
        .mfa_arg = client,
        .region = client->region,
    };
}

static bool set_up_credentials(
    inia_client *client, const inia_client_config *config, const struct settings *settings,
    inia_error *error)
{
    struct identity_values given;
    inia_engine *engine = client->engine;
    client->mfa = config->mfa;
    client->mfa_arg = config->mfa_arg;
    struct identity_means means = means_of(client);
    struct identity_config identity = {
        .memory = &engine->memory, .settings = settings, .means = &means};
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
    if (client->identity)
        client->identity = share(engine, client->identity);
    return client->identity != NULL;
}

static bool takes_tokens(const struct model *model)
{
    for (uint32_t i = 0; i < model->auth_count; i++) {
        if (text_equals(model->auth[i], TEXT("smithy.api#httpBearerAuth")))
            return true;
    }
    return text_equals(model->signature_version, TEXT("bearer"));
}

/* Those of SSO only where the service takes any: to find its services costs a client some time. */
static bool set_up_tokens(
    inia_client *client, const inia_client_config *config, const struct settings *settings,
    inia_error *error)
{
    struct identity_values given = {.token = text_of(config->bearer_token)};
    struct identity_means means = means_of(client);
    client->tokens = identity_provider_new(
        &(struct identity_config){
            .memory = &client->engine->memory,
            .settings = settings,
            .means = takes_tokens(client->model) ? &means : NULL,
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
        choice_text(settings, &setting_auth_schemes, config->auth_schemes),
        identity_current(client->tokens) != NULL);
    client->auth_schemes = buffer_text(&schemes);
    return buffer_ok(&schemes);
}

/* ---- What is told of them -------------------------------------------------------------------- */

/* Only its last four characters, and no more than a quarter of it. */
static void tell_masked(
    const struct settings *settings, const char *name, text secret, const char *origin)
{
    char masked[] = "****************\0\0\0\0";
    size_t shown = secret.size / 4 < 4 ? secret.size / 4 : 4;
    memcpy(masked + 16, secret.data + secret.size - shown, shown);
    choice_tell(settings, name, text_of(masked), origin);
}

static void tell_credentials(const inia_client *client, const struct settings *settings)
{
    char memory[1024];
    struct buffer origin;
    if (!choice_is_told(settings))
        return;
    const struct identity *token = identity_current(client->tokens);
    if (token)
        tell_masked(settings, "bearer_token", token->token, token->origin);
    if (client->anonymous) {
        choice_tell(settings, "credentials", TEXT("none: requests are not signed"), "program");
        return;
    }
    buffer_init_fixed(&origin, memory, sizeof memory);
    identity_provider_describe(client->identity, &origin);
    const char *from = buffer_string(&origin);
    const struct identity *identity = identity_current(client->identity);
    if (!identity) {
        choice_tell(settings, "credentials", TEXT("fetched when needed"), from ? from : "...");
        return;
    }
    tell_masked(settings, "access_key_id", identity->access_key_id, from);
    tell_masked(
        settings, "secret_access_key",
        text_from(identity->secret_key.bytes, identity->secret_key.size), from);
    if (identity->session_token.size)
        choice_tell(settings, "session_token", TEXT("there is one"), from);
    if (identity->account_id.size)
        choice_tell(settings, "account_id", identity->account_id, from);
}

bool credentials_set_up(
    inia_client *client, const inia_client_config *config, const struct settings *settings,
    inia_error *error)
{
    if (!set_up_credentials(client, config, settings, error) ||
        !set_up_tokens(client, config, settings, error))
        return false;
    tell_credentials(client, settings);
    if (prefer_schemes(client, config, settings))
        return true;
    return error_no_memory(error, "a client");
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

void client_answer_mfa(inia_mfa_query *query, const char *code)
{
    struct identity_provider *provider = query->provider;
    check(provider != NULL);
    query->provider = NULL;
    inia_client *client = CONTAINER_OF(query, struct inia_client, mfa_query);
    identity_answer_mfa(provider, text_of(code));
    engine_has_work(client->engine);
    client_let_go(client);
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
