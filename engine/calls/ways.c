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

/* Reading a bundle of authorities costs more than all else of a client, and the next client will
 * mostly want the same. */
static void keep_trust(inia_engine *engine, struct net_trust *trust)
{
    (void)net_trust_hold(trust);
    net_trust_free(engine->trust);
    engine->trust = trust;
}

static bool set_trust(
    inia_client *client, const inia_client_config *config, const struct settings *settings,
    inia_error *error)
{
    text bundle = choice_text(settings, &setting_ca_bundle, config->ca_bundle);
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
    wanted.later = client->plain_endpoint && !wanted.ca_bundle && !wanted.certificate;
    client->trust = net_trust_new(client->engine->net, &wanted, error);
    if (client->trust)
        keep_trust(client->engine, client->trust);
    return client->trust != NULL;
}

/* ---- Proxies --------------------------------------------------------------------------------- */

static bool read_proxy(
    inia_client *client, const struct settings *settings, struct http_proxy *proxy, text url,
    const char *origin, inia_error *error)
{
    if (!url.size)
        return true;
    const char *problem = http_proxy_parse(proxy, url, &client->proxies->arena);
    if (!problem)
        choice_tell(settings, "proxy", proxy->host, origin);
    else
        error_set(error, INIA_BAD_CONFIG, "%s: the URL of the proxy: %s", origin, problem);
    return !problem;
}

/* The first of these variables that is set. HTTP_PROXY may be what somebody who asks a CGI program
 * has sent as a header, so that programs of that kind (REQUEST_METHOD) heed the other one only. */
static struct setting find_variable(
    const struct settings *settings, const char *const *names, size_t count)
{
    struct setting found = {0};
    for (size_t i = 0; i < count && !found.value.size; i++) {
        bool may_be_forged = strcmp(names[i], "HTTP_PROXY") == 0 &&
                             settings_variable(settings, "REQUEST_METHOD").value.size;
        if (!may_be_forged)
            found = settings_variable(settings, names[i]);
    }
    return found;
}

static bool set_proxies_of_environment(
    inia_client *client, const struct settings *settings, inia_error *error)
{
    struct http_proxies *proxies = client->proxies;
    static const char *const https[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
    static const char *const http[] = {"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"};
    static const char *const none[] = {"no_proxy", "NO_PROXY"};
    struct setting secure = find_variable(settings, https, COUNT_OF(https));
    struct setting plain = find_variable(settings, http, COUNT_OF(http));
    text no_proxy = find_variable(settings, none, COUNT_OF(none)).value;
    if (no_proxy.size) {
        proxies->no_proxy = arena_copy(&proxies->arena, no_proxy);
        if (!proxies->no_proxy.data)
            return error_no_memory(error, "a client");
    }
    return read_proxy(client, settings, &proxies->https, secure.value, secure.variable, error) &&
           read_proxy(client, settings, &proxies->http, plain.value, plain.variable, error);
}

static bool set_proxies(
    inia_client *client, const inia_client_config *config, const struct settings *settings,
    inia_error *error)
{
    static const char origin[] = "inia_client_config";
    text url = text_of(config->proxy);
    struct inia_engine *engine = client->engine;
    struct http_proxies *proxies = http_proxies_new(&engine->memory, &engine->arena_blocks);
    client->proxies = proxies;
    if (!proxies)
        return error_no_memory(error, "a client");
    bool is_set;
    if (config->proxy)
        is_set = read_proxy(client, settings, &proxies->https, url, origin, error) &&
                 read_proxy(client, settings, &proxies->http, url, origin, error);
    else
        is_set = set_proxies_of_environment(client, settings, error);
    if (is_set)
        http_proxies_trust(proxies, client->trust);
    return is_set;
}

struct http_way client_way(const inia_client *client, bool secure, text host, uint16_t port)
{
    return (struct http_way){
        .trust = secure ? client->trust : NULL,
        .proxy = http_proxies_find(client->proxies, secure, host, port),
        .connect_ms = client->connect_ms,
        .silence_ms = client->attempt_ms,
        .keep_alive = client->keep_alive,
    };
}

static bool set_keep_alive(
    inia_client *client, inia_choice wanted, const struct settings *settings, inia_error *error)
{
    enum { YES, NO };
    static const char *const list[] = {"true", "false"};
    static const struct choice_words words = {list, COUNT_OF(list), "true or false", "true"};
    int chosen = wanted == INIA_YES ? YES : wanted == INIA_NO ? NO : CHOICE_NONE;
    if (!choice_word(settings, &setting_tcp_keepalive, chosen, &words, &chosen, error))
        return false;
    client->keep_alive = chosen != NO;
    return true;
}

bool ways_set_up(
    inia_client *client, const inia_client_config *config, const struct settings *settings,
    inia_error *error)
{
    client->warm_connections = config->warm_connections;
    return is_sound(config, error) && set_trust(client, config, settings, error) &&
           set_proxies(client, config, settings, error) &&
           set_keep_alive(client, config->tcp_keepalive, settings, error);
}
