/* Routes: what an endpoint's URL comes to, remembered, so that most calls need not look at it
 * again. */
#include "call.h"

static bool is_address(text host)
{
    for (size_t i = 0; i < host.size; i++) {
        char c = host.data[i];
        if ((c < '0' || c > '9') && c != '.' && c != ':')
            return false;
    }
    return true;
}

/* The first scheme we can sign with; without any the model's own. */
static void choose_signing(
    inia_client *client, const struct endpoint *endpoint, struct client_route *route)
{
    route->signing_name = client->model->signing_name;
    route->signing_region = client->region;
    route->path_encoded_once = client->is_s3;
    for (size_t i = 0; i < endpoint->auth_scheme_count; i++) {
        const struct endpoint_auth_scheme *scheme = &endpoint->auth_schemes[i];
        if (!text_equals(scheme->name, TEXT("sigv4")))
            continue;
        if (scheme->signing_name.size)
            route->signing_name = scheme->signing_name;
        if (scheme->signing_region.size)
            route->signing_region = scheme->signing_region;
        route->path_encoded_once = scheme->disable_double_encoding;
        return;
    }
}

static bool fill_route(
    inia_client *client, const struct endpoint *endpoint, const struct uri *uri, text prefix,
    struct client_route *route)
{
    struct arena *arena = &client->arena;
    struct buffer host;
    buffer_init(&host, arena);
    bool prefixed = prefix.size && !is_address(uri->host);
    if (prefixed)
        buffer_add(&host, prefix);
    buffer_add(&host, uri->authority);
    text name = prefixed ? (text){host.data, prefix.size + uri->host.size} : uri->host;
    if (!buffer_ok(&host))
        return false;
    struct endpoint kept;
    if (!endpoint_copy(&kept, endpoint, arena))
        return false;
    choose_signing(client, &kept, route);
    text path = uri->path;
    while (path.size && path.data[path.size - 1] == '/')
        path.size--;
    route->path = arena_copy(arena, path);
    route->host = buffer_text(&host);
    route->secure = uri->secure;
    route->scheme = uri->secure ? TEXT("https") : TEXT("http");
    route->headers = kept.headers;
    route->header_count = kept.header_count;
    struct net_trust *trust = uri->secure ? client->trust : NULL;
    route->origin = http_origin_get(client->engine->pool, name, uri->port, trust);
    return route->origin && route->path.data;
}

static inia_status add_route(
    inia_client *client, const struct endpoint *endpoint, text key, text prefix,
    const struct client_route **found, inia_error *error)
{
    struct uri uri;
    const char *wrong = uri_parse(&uri, endpoint->url);
    if (wrong)
        return error_set(
            error, INIA_BAD_CONFIG, "the endpoint %.*s: %s", TEXT_ARGS(endpoint->url), wrong);
    if (client->routes.count >= CLIENT_MAX_ROUTES)
        return error_set(
            error, INIA_TOO_LARGE, "more than %d different endpoints in one client",
            CLIENT_MAX_ROUTES);
    struct client_route *route = arena_alloc_zeroed(&client->arena, sizeof *route);
    if (!route)
        return error_set(error, INIA_NO_MEMORY, "no memory for an endpoint");
    route->key = arena_copy(&client->arena, key);
    if (!route->key.data || !fill_route(client, endpoint, &uri, prefix, route) ||
        !map_put(&client->routes, route->key, route)) {
        http_origin_put(route->origin);
        return error_set(error, INIA_NO_MEMORY, "no memory for an endpoint");
    }
    *found = route;
    return INIA_OK;
}

/* Two endpoints with the same URL may differ in how to sign. */
static text route_key(const struct endpoint *endpoint, text prefix, struct arena *arena)
{
    struct buffer key;
    buffer_init(&key, arena);
    buffer_add(&key, prefix);
    buffer_add_char(&key, '\n');
    buffer_add(&key, endpoint->url);
    for (size_t i = 0; i < endpoint->auth_scheme_count; i++) {
        buffer_add_char(&key, '\n');
        buffer_add(&key, endpoint->auth_schemes[i].name);
        buffer_add_char(&key, ' ');
        buffer_add(&key, endpoint->auth_schemes[i].signing_name);
        buffer_add_char(&key, ' ');
        buffer_add(&key, endpoint->auth_schemes[i].signing_region);
    }
    return buffer_ok(&key) ? buffer_text(&key) : (text){NULL, 0};
}

static inia_status find_route(
    inia_client *client, const struct endpoint *endpoint, text prefix, struct arena *arena,
    const struct client_route **route, inia_error *error)
{
    text key = route_key(endpoint, prefix, arena);
    if (!key.data)
        return error_set(error, INIA_NO_MEMORY, "no memory for an endpoint");
    *route = map_find(&client->routes, key);
    return *route ? INIA_OK : add_route(client, endpoint, key, prefix, route, error);
}

static bool needs_identity(const struct model_operation *operation)
{
    for (uint32_t i = 0; i < operation->auth_count; i++) {
        if (text_equals(operation->auth[i], TEXT("smithy.api#noAuth")))
            return false;
    }
    return !text_equals(operation->auth_type, TEXT("none"));
}

inia_status client_find_target(
    inia_client *client, const inia_operation *operation, const struct json_value *params,
    text host_prefix, struct arena *arena, struct client_target *target, inia_error *error)
{
    struct endpoint_values values;
    endpoint_values_copy(&values, &client->values, client->rules);
    if (!endpoint_binding_fill(operation->binding, params, arena, &values))
        return error_set(error, INIA_NO_MEMORY, "no memory for the endpoint's parameters");
    if (client->is_s3)
        endpoint_values_relax_path_style(&values, client->rules);
    struct endpoint endpoint;
    inia_status status =
        endpoint_memo_resolve(&client->memo, client->rules, &values, arena, &endpoint, error);
    if (status != INIA_OK)
        return status;
    bool same = client->last_route && client->last_route_at == client->memo.misses;
    if (!same || host_prefix.size) {
        const struct client_route *route = NULL;
        status = find_route(client, &endpoint, host_prefix, arena, &route, error);
        if (status != INIA_OK)
            return status;
        target->route = route;
        client->last_route = host_prefix.size ? NULL : route;
        client->last_route_at = client->memo.misses;
    } else {
        target->route = client->last_route;
    }
    target->origin = target->route->origin;
    target->needs_identity = needs_identity(operation->model);
    return INIA_OK;
}
