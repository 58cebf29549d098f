#include "identity.h"

#include "chain.h"
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

/* What fetches, as the settings say. */
struct fetching {
    struct identity_means means;
    struct arena arena; /* of the plan */
    struct plan plan;
    struct chain chain;
    struct identity_provider *provider;
    int64_t next_try_s; /* after a failure */
    uint32_t pause_s;
};

struct identity_provider {
    size_t references;
    struct budget *memory;
    struct fetching *fetching;     /* NULL: there is nothing to fetch */
    int64_t now_s;                 /* when it was last asked */
    int64_t refresh_s;             /* of what is current; 0: never */
    int64_t stale_until_s;         /* it serves beyond its end */
    struct identity_source source; /* ask NULL: what is current is all there ever is */
    struct identity *current;
    const char *problem; /* with current NULL: why */
    char problem_text[252];
    struct list waiting;
    uint64_t generations;
    bool asked;   /* the source has yet to answer */
    bool expired; /* the service said so */
};

/* ---- What there is --------------------------------------------------------------------------- */

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
    text named = {origin, strlen(origin) + 1};
    size_t size = sizeof(struct identity) + values->access_key_id.size +
                  values->session_token.size + values->account_id.size + values->token.size +
                  named.size;
    struct identity *identity = budget_alloc(memory, size);
    if (!identity)
        return NULL;
    *identity = (struct identity){
        .references = 1,
        .memory = memory,
        .size = size,
        .expires_s = values->expires_s,
    };
    char *at = (char *)(identity + 1);
    identity->access_key_id = place(&at, values->access_key_id);
    identity->session_token = place(&at, values->session_token);
    identity->account_id = place(&at, values->account_id);
    identity->token = place(&at, values->token);
    identity->origin = place(&at, named).data;
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
    int64_t lifetime_s = values->expires_s - provider->now_s;
    bool is_short = lifetime_s > IDENTITY_REFRESH_S && lifetime_s < 4 * IDENTITY_REFRESH_S;
    int64_t ahead_s = is_short ? lifetime_s / 4 : IDENTITY_REFRESH_S;
    if (provider->source.refresh_s)
        ahead_s = provider->source.refresh_s;
    provider->refresh_s = values->expires_s ? values->expires_s - ahead_s : 0;
    provider->stale_until_s = 0;
    identity->generation = ++provider->generations;
    identity_let_go(provider->current);
    provider->current = identity;
    provider->expired = false;
}

/* ---- Asking and answering -------------------------------------------------------------------- */

static bool is_usable(const struct identity_provider *provider, int64_t now_s)
{
    const struct identity *current = provider->current;
    return current && !provider->expired &&
           (!current->expires_s || current->expires_s > now_s || provider->stale_until_s > now_s);
}

static bool needs_refresh(const struct identity_provider *provider, int64_t now_s)
{
    if (!provider->source.ask || provider->asked)
        return false;
    if (!is_usable(provider, now_s))
        return true;
    return provider->refresh_s && provider->refresh_s <= now_s && provider->stale_until_s <= now_s;
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
    provider->now_s = now_s;
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

static void take_answer(
    struct identity_provider *provider, const struct identity_values *values, const char *problem)
{
    check(provider->asked);
    provider->asked = false;
    if (values)
        set_current(provider, values, provider->source.origin);
    else
        set_problem(provider, "%s", problem ? problem : "the provider of credentials has none");
}

/* Only those who wait now: who asks again in answered() waits for the next answer. */
static void tell_waiting(struct identity_provider *provider)
{
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

void identity_answer(
    struct identity_provider *provider, const struct identity_values *values, const char *problem)
{
    take_answer(provider, values, problem);
    tell_waiting(provider);
}

const struct identity *identity_current(const struct identity_provider *provider)
{
    return provider->current;
}

/* ---- Fetching -------------------------------------------------------------------------------- */

static struct fetching *fetching_of(struct chain *chain)
{
    return CONTAINER_OF(chain, struct fetching, chain);
}

/* IMDS's credentials serve on when there are no newer ones: its own trouble must not be ours. */
static void prolong(struct fetching *fetching)
{
    struct identity_provider *provider = fetching->provider;
    const struct plan *plan = &fetching->plan;
    if (plan->base != PLAN_IMDS || plan->role_count || !provider->current || provider->expired)
        return;
    if (provider->current->expires_s - IDENTITY_REFRESH_S > provider->now_s)
        return;
    provider->stale_until_s = provider->now_s + IDENTITY_STALE_S +
                              (int64_t)random_below(fetching->means.random, IDENTITY_STALE_S);
    LOG(fetching->means.log, LOG_LEVEL_WARNING,
        "IMDS gives no newer credentials: the old ones serve on, and it is asked again in %lld s",
        (long long)(provider->stale_until_s - provider->now_s));
}

static void chain_takes(
    struct chain *chain, const struct identity_values *values, const char *problem)
{
    struct fetching *fetching = fetching_of(chain);
    struct identity_provider *provider = fetching->provider;
    take_answer(provider, values, problem);
    bool old = values && values->expires_s && values->expires_s <= provider->now_s;
    if (!values || old)
        prolong(fetching);
    if (values) {
        fetching->pause_s = 0;
        fetching->next_try_s = 0;
        return;
    }
    fetching->pause_s = fetching->pause_s ? 2 * fetching->pause_s : 1;
    if (fetching->pause_s > IDENTITY_PAUSE_MOST_S)
        fetching->pause_s = IDENTITY_PAUSE_MOST_S;
    fetching->next_try_s = provider->now_s + fetching->pause_s;
}

static void chain_tells(struct chain *chain)
{
    tell_waiting(fetching_of(chain)->provider);
}

static void run_chain(void *arg, struct identity_provider *provider)
{
    struct fetching *fetching = arg;
    if (provider->now_s < fetching->next_try_s)
        provider->asked = false; /* what the last attempt said still holds */
    else
        chain_run(&fetching->chain, provider->now_s);
}

static void ask_mfa(void *arg, const char *serial)
{
    struct fetching *fetching = arg;
    fetching->means.ask_mfa(fetching->means.mfa_arg, fetching->provider, serial);
}

void identity_answer_mfa(struct identity_provider *provider, text code)
{
    check(provider->fetching != NULL);
    chain_mfa_answer(&provider->fetching->chain, code);
}

static void start_fetching(struct fetching *fetching)
{
    struct identity_provider *provider = fetching->provider;
    const struct identity_means *means = &fetching->means;
    (void)net_trust_hold(means->trust);
    (void)http_proxies_hold(means->proxies);
    struct chain_config config = {
        .wire = means->wire,
        .ring = means->ring,
        .memory = provider->memory,
        .arena_blocks = means->arena_blocks,
        .readers = means->readers,
        .trust = means->trust,
        .proxies = means->proxies,
        .log = means->log,
        .ask_mfa = means->ask_mfa ? ask_mfa : NULL,
        .mfa_arg = fetching,
        .take = chain_takes,
        .tell = chain_tells,
    };
    chain_init(&fetching->chain, &config, &fetching->plan);
    provider->source = (struct identity_source){
        .ask = run_chain, .arg = fetching, .origin = fetching->plan.origin};
}

static void fetching_free(struct fetching *fetching)
{
    if (!fetching)
        return;
    struct budget *memory = fetching->provider->memory;
    if (fetching->chain.plan) {
        chain_release(&fetching->chain);
        net_trust_free(fetching->means.trust);
        http_proxies_free(fetching->means.proxies);
    }
    arena_wipe(&fetching->arena);
    arena_release(&fetching->arena);
    memory_wipe(fetching, sizeof *fetching);
    budget_free(memory, fetching, sizeof *fetching);
}

/* ---- Providers ------------------------------------------------------------------------------- */

/* Keys that are known need no fetching. */
static void take_plan(struct identity_provider *provider, const struct plan *plan)
{
    const struct plan_keys *keys = &plan->keys;
    struct identity_values values = {
        .access_key_id = keys->access_key_id,
        .secret_access_key = secret_text(&keys->secret_key),
        .session_token = keys->session_token,
        .account_id = keys->account_id,
        .expires_s = keys->expires_s,
    };
    if (plan->base == PLAN_KEYS && !plan->role_count)
        set_current(provider, &values, plan->origin);
    else if (plan->base != PLAN_NOTHING)
        start_fetching(provider->fetching);
}

/* Settings that are wrong are no error of the client's: its calls are told. */
static bool look_in_settings(
    struct identity_provider *provider, const struct identity_config *config, inia_error *error)
{
    struct fetching *fetching = budget_alloc(provider->memory, sizeof *fetching);
    if (!fetching)
        return error_no_memory(error, "the credentials");
    *fetching = (struct fetching){.means = *config->means, .provider = provider};
    provider->fetching = fetching;
    arena_init(&fetching->arena, config->means->arena_blocks);
    inia_error problem = {INIA_OK, ""};
    struct plan_config plan_config = {
        .settings = config->settings,
        .region = config->means->region,
        .json = config->means->readers->json};
    text profile = settings_profile_name(config->settings);
    inia_status status =
        config->token_name.data
            ? plan_of_token(&fetching->plan, &plan_config, profile, &fetching->arena, &problem)
            : plan_make(&fetching->plan, &plan_config, &fetching->arena, &problem);
    if (status == INIA_NO_MEMORY) {
        (void)error_set(error, status, "%s", problem.detail);
        return false;
    }
    bool said = config->token_name.data && status == INIA_OK; /* which variable is missing */
    if (!said)
        set_problem(provider, "%s", problem.detail);
    if (status == INIA_OK)
        take_plan(provider, &fetching->plan);
    return true;
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

/* false: the environment has none. */
static bool look_for_token(
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
    return token.size > 0;
}

static bool look_for_any(
    struct identity_provider *provider, const struct identity_config *config, inia_error *error)
{
    if (!config->given && (config->source.ask || !config->settings))
        return true;
    if (!config->given && config->token_name.data &&
        (look_for_token(provider, config->settings, config->token_name) || !config->means))
        return true;
    if (!config->given)
        return look_in_settings(provider, config, error);
    provider->source.ask = NULL;
    set_current(provider, config->given, "given");
    if (!provider->current)
        (void)error_set(error, INIA_BAD_CONFIG, "credentials: %s", provider->problem);
    return provider->current != NULL;
}

struct identity_provider *identity_provider_new(
    const struct identity_config *config, inia_error *error)
{
    struct identity_provider *provider = budget_alloc(config->memory, sizeof *provider);
    if (!provider) {
        (void)error_set(error, INIA_NO_MEMORY, "no memory for the credentials");
        return NULL;
    }
    *provider = (struct identity_provider){
        .references = 1, .memory = config->memory, .source = config->source};
    set_problem(provider, "no credentials were given");
    if (look_for_any(provider, config, error))
        return provider;
    identity_provider_free(provider);
    return NULL;
}

struct identity_provider *identity_provider_hold(struct identity_provider *provider)
{
    provider->references++;
    return provider;
}

void identity_provider_free(struct identity_provider *provider)
{
    if (!provider || --provider->references)
        return;
    check(list_is_empty(&provider->waiting));
    fetching_free(provider->fetching);
    identity_let_go(provider->current);
    budget_free(provider->memory, provider, sizeof *provider);
}

bool identity_provider_equals(
    const struct identity_provider *provider, const struct identity_provider *other)
{
    const struct fetching *one = provider->fetching, *two = other->fetching;
    return one && two && provider->source.ask == run_chain && other->source.ask == run_chain &&
           one->means.trust == two->means.trust &&
           http_proxies_equal(one->means.proxies, two->means.proxies) &&
           plan_equals(&one->plan, &two->plan);
}

void identity_provider_describe(const struct identity_provider *provider, struct buffer *out)
{
    const struct plan *plan = provider->fetching ? &provider->fetching->plan : NULL;
    for (size_t i = plan ? plan->role_count : 0; i > 0; i--)
        buffer_add_format(out, "role %.*s from ", TEXT_ARGS(plan->roles[i - 1].arn));
    if (plan)
        buffer_add(out, text_of(plan->origin));
    else
        buffer_add(
            out, text_of(provider->current ? provider->current->origin : provider->source.origin));
}
