#include "identity.h"

#include "formats/formats.h"

#include <stdarg.h>
#include <stdio.h>

void identity_hold(struct identity *identity)
{
    identity->references++;
}

void identity_let_go(struct identity *identity)
{
    if (!identity || --identity->references)
        return;
    size_t size = identity->size;
    struct budget *memory = identity->memory;
    memory_wipe(identity, size);
    budget_free(memory, identity, size);
}

struct signing_credentials identity_credentials(const struct identity *identity)
{
    return (struct signing_credentials){
        .access_key_id = identity->access_key_id,
        .secret_key = &identity->secret_key,
        .session_token = identity->session_token,
    };
}

struct identity_provider {
    struct budget *memory;
    struct identity_source source; /* ask NULL: what is current is all there ever is */
    struct identity *current;
    const char *problem; /* with current NULL: why */
    char problem_text[252];
    struct list waiting;
    uint64_t generations;
    bool asked;   /* the source has yet to answer */
    bool expired; /* the service said so */
};

/* ---- What there is ----------------------------------------------------------------------------
 */

static const char *problem_of_token(text token)
{
    if (token.size > IDENTITY_TOKEN_MOST)
        return "the bearer token is too long";
    if (!http_is_field_value(token) || text_find(token, ' ') < token.size)
        return "the bearer token holds a space or a control character";
    return NULL;
}

static const char *find_problem(const struct identity_values *values)
{
    if (values->token.size)
        return problem_of_token(values->token);
    if (!values->access_key_id.size)
        return "the access key id is empty";
    if (!values->secret_access_key.size)
        return "the secret access key is empty";
    if (values->secret_access_key.size > SECRET_MOST)
        return "the secret access key is too long to be one";
    if (values->access_key_id.size > SECRET_MOST || values->account_id.size > SECRET_MOST ||
        values->session_token.size > IDENTITY_TOKEN_MOST)
        return "a part of the credentials is too long";
    /* They go into a header: a line break in one would let it write headers of its own. */
    if (!http_is_field_value(values->access_key_id) || !http_is_field_value(values->session_token))
        return "the credentials hold a control character";
    return NULL;
}

static text place(char **at, text original)
{
    text copy = {*at, original.size};
    if (original.size)
        memcpy(*at, original.data, original.size);
    *at += original.size;
    return copy;
}

/* NULL: no memory. */
static struct identity *identity_new(
    struct budget *memory, const struct identity_values *values, const char *origin)
{
    size_t size = sizeof(struct identity) + values->access_key_id.size +
                  values->session_token.size + values->account_id.size + values->token.size;
    struct identity *identity = budget_alloc(memory, size);
    if (!identity)
        return NULL;
    *identity = (struct identity){
        .references = 1,
        .memory = memory,
        .size = size,
        .expires_s = values->expires_s,
        .origin = origin,
    };
    char *at = (char *)(identity + 1);
    identity->access_key_id = place(&at, values->access_key_id);
    identity->session_token = place(&at, values->session_token);
    identity->account_id = place(&at, values->account_id);
    identity->token = place(&at, values->token);
    bool fits = secret_set(&identity->secret_key, values->secret_access_key);
    check(fits);
    return identity;
}

__attribute__((format(printf, 2, 3))) static void set_problem(
    struct identity_provider *provider, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(provider->problem_text, sizeof provider->problem_text, format, args);
    va_end(args);
    provider->problem = provider->problem_text;
}

/* Takes values for current; what was there stays if they cannot be. */
static void set_current(
    struct identity_provider *provider, const struct identity_values *values, const char *origin)
{
    const char *problem = find_problem(values);
    struct identity *identity = problem ? NULL : identity_new(provider->memory, values, origin);
    if (!identity) {
        set_problem(provider, "%s", problem ? problem : "no memory for the credentials");
        return;
    }
    identity->generation = ++provider->generations;
    identity_let_go(provider->current);
    provider->current = identity;
    provider->expired = false;
}

/* ---- Asking and answering ---------------------------------------------------------------------
 */

static bool is_usable(const struct identity_provider *provider, int64_t now_s)
{
    const struct identity *current = provider->current;
    return current && !provider->expired && (!current->expires_s || current->expires_s > now_s);
}

static bool needs_refresh(const struct identity_provider *provider, int64_t now_s)
{
    const struct identity *current = provider->current;
    if (!provider->source.ask || provider->asked)
        return false;
    uint32_t wanted_s = provider->source.refresh_s;
    int64_t refresh_s = wanted_s ? wanted_s : IDENTITY_REFRESH_S;
    return !is_usable(provider, now_s) ||
           (current->expires_s && current->expires_s - refresh_s <= now_s);
}

static void give(struct identity_provider *provider, struct identity_query *query)
{
    query->identity = provider->current;
    query->problem = provider->current ? NULL : provider->problem;
    if (query->identity)
        identity_hold(query->identity);
}

bool identity_ask(struct identity_provider *provider, struct identity_query *query, int64_t now_s)
{
    check(!query->identity && !link_is_listed(&query->link));
    if (needs_refresh(provider, now_s)) {
        provider->asked = true;
        provider->source.ask(provider->source.arg, provider);
    }
    if (is_usable(provider, now_s) || !provider->asked) {
        give(provider, query);
        return true;
    }
    list_push(&provider->waiting, &query->link);
    return false;
}

void identity_forget(struct identity_query *query)
{
    list_remove(&query->link);
    identity_let_go(query->identity);
    query->identity = NULL;
}

bool identity_expired(struct identity_provider *provider, const struct identity *identity)
{
    if (provider->source.ask && provider->current == identity)
        provider->expired = true;
    return provider->source.ask != NULL;
}

bool identity_is_busy(const struct identity_provider *provider)
{
    return provider->asked || !list_is_empty(&provider->waiting);
}

void identity_answer(
    struct identity_provider *provider, const struct identity_values *values, const char *problem)
{
    check(provider->asked);
    provider->asked = false;
    if (values)
        set_current(provider, values, provider->source.origin);
    else
        set_problem(provider, "%s", problem ? problem : "the provider of credentials has none");

    /* Only those who wait now: who asks again in answered() waits for the next answer. */
    struct list waiting = provider->waiting;
    for (struct list_link *link = waiting.first; link; link = link->next)
        link->list = &waiting;
    provider->waiting = (struct list){0};
    struct list_link *link;
    while ((link = list_pop(&waiting))) {
        struct identity_query *query = CONTAINER_OF(link, struct identity_query, link);
        give(provider, query);
        query->answered(query);
    }
}

const struct identity *identity_current(const struct identity_provider *provider)
{
    return provider->current;
}

/* ---- Providers --------------------------------------------------------------------------------
 */

static bool look_in_environment(struct identity_provider *provider, const struct settings *settings)
{
    text id = settings_variable(settings, "AWS_ACCESS_KEY_ID").value;
    text secret = settings_variable(settings, "AWS_SECRET_ACCESS_KEY").value;
    if (!id.size && !secret.size)
        return false;
    if (!id.size || !secret.size) {
        set_problem(
            provider, "%s is set, but %s is not",
            id.size ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY",
            id.size ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID");
        return true;
    }
    text token = settings_variable(settings, "AWS_SESSION_TOKEN").value;
    if (!token.size)
        token = settings_variable(settings, "AWS_SECURITY_TOKEN").value;
    text expiry = settings_variable(settings, "AWS_CREDENTIAL_EXPIRATION").value;
    struct date expires;
    struct identity_values values = {
        .access_key_id = id,
        .secret_access_key = secret,
        .session_token = token,
        .account_id = settings_variable(settings, "AWS_ACCOUNT_ID").value,
        .expires_s = date_parse_iso8601(expiry, &expires) ? expires.seconds : 0,
    };
    set_current(provider, &values, "environment");
    return true;
}

static bool look_in_profile(struct identity_provider *provider, const struct settings *settings)
{
    struct setting id = settings_find(settings, &setting_access_key_id);
    struct setting secret = settings_find(settings, &setting_secret_access_key);
    if (!id.value.size && !secret.value.size)
        return false;
    if (!id.value.size || !secret.value.size) {
        struct setting there = id.value.size ? id : secret;
        set_problem(
            provider, "%.200s:%u: %s is set, but %s is not", there.file, there.line,
            id.value.size ? "aws_access_key_id" : "aws_secret_access_key",
            id.value.size ? "aws_secret_access_key" : "aws_access_key_id");
        return true;
    }
    struct setting token = settings_find(settings, &setting_session_token);
    if (!token.value.size)
        token = settings_in_profile(settings, "aws_security_token");
    struct identity_values values = {
        .access_key_id = id.value,
        .secret_access_key = secret.value,
        .session_token = token.value,
        .account_id = settings_find(settings, &setting_account_id).value,
    };
    set_current(provider, &values, "profile");
    return true;
}

/* Settings that name a way to credentials which inia does not know. */
static bool is_beyond_us(struct identity_provider *provider, const struct settings *settings)
{
    static const char *const ways[] = {
        "role_arn",      "web_identity_token_file", "sso_session",
        "sso_start_url", "credential_process",      "login_session",
    };
    for (size_t i = 0; i < COUNT_OF(ways); i++) {
        struct setting way = settings_in_profile(settings, ways[i]);
        if (!way.value.size)
            continue;
        set_problem(
            provider, "%.200s:%u: inia cannot get credentials by %s", way.file, way.line, ways[i]);
        return true;
    }
    return false;
}

static void look_in_settings(struct identity_provider *provider, const struct settings *settings)
{
    if (!settings_profile_is_given(settings) && look_in_environment(provider, settings))
        return;
    struct setting role = settings_in_profile(settings, "role_arn");
    if (!role.value.size && look_in_profile(provider, settings))
        return;
    if (is_beyond_us(provider, settings))
        return;
    text profile = settings_profile_name(settings);
    set_problem(
        provider,
        "no credentials: AWS_ACCESS_KEY_ID is not set, and profile \"%.*s\" has no "
        "aws_access_key_id",
        profile.size < 64 ? (int)profile.size : 64, profile.data);
}

void identity_token_variable(struct buffer *out, text signing_name)
{
    buffer_add(out, TEXT("AWS_BEARER_TOKEN_"));
    for (size_t i = 0; i < signing_name.size; i++) {
        char c = signing_name.data[i];
        bool is_small = c >= 'a' && c <= 'z';
        buffer_add_char(out, c == '-' || c == ' ' ? '_' : is_small ? (char)(c - 'a' + 'A') : c);
    }
}

static void look_for_token(
    struct identity_provider *provider, const struct settings *settings, text signing_name)
{
    char name[128];
    struct buffer variable;
    buffer_init_fixed(&variable, name, sizeof name);
    identity_token_variable(&variable, signing_name);
    const char *written = buffer_string(&variable);
    text token = written ? settings_variable(settings, written).value : (text){NULL, 0};
    struct identity_values values = {.token = token};
    if (token.size)
        set_current(provider, &values, "environment");
    else
        set_problem(provider, "%s is not set", written ? written : "AWS_BEARER_TOKEN_...");
}

struct identity_provider *identity_provider_new(
    const struct identity_config *config, inia_error *error)
{
    struct identity_provider *provider = budget_alloc(config->memory, sizeof *provider);
    if (!provider) {
        (void)error_set(error, INIA_NO_MEMORY, "no memory for the credentials");
        return NULL;
    }
    *provider = (struct identity_provider){.memory = config->memory, .source = config->source};
    set_problem(provider, "no credentials were given");
    if (config->given) {
        provider->source.ask = NULL;
        set_current(provider, config->given, "given");
        if (!provider->current) {
            (void)error_set(error, INIA_BAD_CONFIG, "credentials: %s", provider->problem);
            identity_provider_free(provider);
            return NULL;
        }
    } else if (!config->source.ask && config->settings && config->token_name.data) {
        look_for_token(provider, config->settings, config->token_name);
    } else if (!config->source.ask && config->settings) {
        look_in_settings(provider, config->settings);
    }
    return provider;
}

void identity_provider_free(struct identity_provider *provider)
{
    if (!provider)
        return;
    check(list_is_empty(&provider->waiting));
    identity_let_go(provider->current);
    budget_free(provider->memory, provider, sizeof *provider);
}
