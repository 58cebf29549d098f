/* Routes: what an endpoint's URL comes to, remembered, so that most calls need not look at it
 * again. */
#include "call.h"

#include "hosts.h"
#include "recovery.h"

static bool is_address(text host)
{
    for (size_t i = 0; i < host.size; i++) {
        char c = host.data[i];
        if ((c < '0' || c > '9') && c != '.' && c != ':')
            return false;
    }
    return true;
}

static text join_regions(const struct endpoint_auth_scheme *scheme, struct arena *arena)
{
    struct buffer regions;
    buffer_init(&regions, arena);
    for (size_t i = 0; i < scheme->signing_region_count; i++) {
        if (i)
            buffer_add_char(&regions, ',');
        buffer_add(&regions, scheme->signing_regions[i]);
    }
    return buffer_ok(&regions) ? buffer_text(&regions) : (text){NULL, 0};
}

/* What the endpoint's best scheme leaves open is the model's and the client's. */
static inia_status choose_signing(
    inia_client *client, const struct endpoint *endpoint, struct client_route *route,
    inia_error *error)
{
    route->signing_name = client->model->signing_name;
    route->signing_region = client->region;
    route->region_set = client->region_set.size ? client->region_set : TEXT("*");
    route->path_encoded_once = client->is_s3;
    inia_status status = auth_of_endpoint(endpoint, client->auth_schemes, &route->auth, error);
    const struct endpoint_auth_scheme *scheme = route->auth;
    if (status != INIA_OK || !scheme)
        return status;
    if (scheme->signing_name.size)
        route->signing_name = scheme->signing_name;
    if (scheme->signing_region.size)
        route->signing_region = scheme->signing_region;
    if (scheme->signing_region_count && !client->region_set.size)
        route->region_set = join_regions(scheme, &client->hosts->arena);
    route->path_encoded_once = scheme->disable_double_encoding;
    if (!route->region_set.data)
        return error_set(error, INIA_NO_MEMORY, "no memory for an endpoint");
    return INIA_OK;
}

static inia_status fill_route(
    inia_client *client, const struct endpoint *endpoint, const struct uri *uri, text prefix,
    struct client_route *route, inia_error *error)
{
    struct arena *arena = &client->hosts->arena;
    struct buffer host;
    buffer_init(&host, arena);
    bool prefixed = prefix.size && !is_address(uri->host);
    if (prefixed)
        buffer_add(&host, prefix);
    buffer_add(&host, uri->authority);
    text name = prefixed ? (text){host.data, prefix.size + uri->host.size} : uri->host;
    struct endpoint kept;
    if (!buffer_ok(&host) || !endpoint_copy(&kept, endpoint, arena))
        return error_set(error, INIA_NO_MEMORY, "no memory for an endpoint");
    inia_status status = choose_signing(client, &kept, route, error);
    if (status != INIA_OK)
        return status;
    text path = uri->path;
    while (path.size && path.data[path.size - 1] == '/')
        path.size--;
    route->path = arena_copy(arena, path);
    route->host = buffer_text(&host);
    route->name = name;
    route->secure = uri->secure;
    route->scheme = uri->secure ? TEXT("https") : TEXT("http");
    route->headers = kept.headers;
    route->header_count = kept.header_count;
    struct http_way way = client_way(client, uri->secure, name, uri->port);
    route->is_asked_of_proxy = way.proxy && !uri->secure;
    route->origin = http_origin_find(client->engine->pool, name, uri->port, &way);
    route->destination = recovery_destination(client, route->host);
    if (!route->origin || !route->destination || !route->path.data)
        return error_set(error, INIA_NO_MEMORY, "no memory for an endpoint");
    http_origin_warm(route->origin, client->warm_connections);
    return INIA_OK;
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
    const struct endpoint_auth_scheme *auth;
    inia_status status = auth_of_endpoint(endpoint, client->auth_schemes, &auth, error);
    if (status != INIA_OK)
        return status;
    if (!hosts_make_room(client))
        return error_set(error, INIA_NO_MEMORY, "no memory for an endpoint");
    struct hosts *hosts = client->hosts;
    struct client_route *route = arena_alloc_zeroed(&hosts->arena, sizeof *route);
    if (!route)
        return error_set(error, INIA_NO_MEMORY, "no memory for an endpoint");
    route->key = arena_copy(&hosts->arena, key);
    if (!route->key.data)
        return error_set(error, INIA_NO_MEMORY, "no memory for an endpoint");
    status = fill_route(client, endpoint, &uri, prefix, route, error);
    if (status == INIA_OK && !map_put(&hosts->routes, route->key, route))
        status = error_set(error, INIA_NO_MEMORY, "no memory for an endpoint");
    if (status == INIA_OK)
        *found = route;
    else
        http_origin_put(route->origin);
    return status;
}

/* Two endpoints with the same URL may differ in how to sign; and what the client learns of its
 * place (place.c) makes it go there in another way. */
static text route_key(
    const inia_client *client, const struct endpoint *endpoint, text prefix, struct arena *arena)
{
    struct buffer key;
    buffer_init(&key, arena);
    buffer_add_u64(&key, client->connect_ms);
    buffer_add_char(&key, '\n');
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

inia_status client_find_route(
    inia_client *client, const struct endpoint *endpoint, text prefix, struct arena *arena,
    const struct client_route **route, inia_error *error)
{
    text key = route_key(client, endpoint, prefix, arena);
    if (!key.data)
        return error_set(error, INIA_NO_MEMORY, "no memory for an endpoint");
    *route = map_find(&client->hosts->routes, key);
    return *route ? INIA_OK : add_route(client, endpoint, key, prefix, route, error);
}

void client_warm(inia_client *client, const inia_client_config *config)
{
    bool varies = (client->is_s3 && !config->path_style) || client->account_slot >= 0;
    struct arena arena;
    struct endpoint endpoint;
    const struct client_route *route;
    inia_error error;
    if (!config->warm_connections || varies)
        return;
    arena_init(&arena, &client->engine->arena_blocks);
    inia_status status = endpoint_memo_resolve(
        &client->memo, client->rules, &client->values, &arena, &endpoint, &error);
    if (status == INIA_OK) /* or else a call will tell */
        (void)!client_find_route(client, &endpoint, TEXT(""), &arena, &route, &error);
    arena_release(&arena);
}

static bool is_loopback(text host)
{
    return text_equals(host, TEXT("localhost")) || text_equals(host, TEXT("::1")) ||
           text_equals(host, TEXT("[::1]")) ||
           (text_starts_with(host, TEXT("127.")) && is_address(host));
}

/* The way to sign, on the way that was found. */
static inia_status set_auth(
    inia_client *client, const inia_operation *operation, struct client_target *target,
    inia_error *error)
{
    const struct client_route *route = target->route;
    target->auth = client->anonymous ? AUTH_NONE : auth_combine(operation->auth, route->auth);
    bool is_set = target->auth == AUTH_SIGV4A;
    target->signing_region = is_set ? route->region_set : route->signing_region;
    if (target->auth == AUTH_BEARER && !route->secure && !is_loopback(route->name))
        return error_set(
            error, INIA_BAD_CONFIG, "a bearer token is only sent over https, not to http://%.*s",
            TEXT_ARGS(route->host));
    return INIA_OK;
}

/* Whether it is S3's global endpoint that is to be presigned. */
static bool adapt_to_s3(
    const inia_client *client, const inia_operation *operation, text bucket, bool presigned,
    struct endpoint_values *values)
{
    text region = client_bucket_region(client, bucket);
    if (region.size)
        endpoint_value_set_string(
            values, endpoint_rules_built_in(client->rules, TEXT("AWS::Region")), region);
    if (text_equals(operation->model->name, TEXT("GetBucketLocation")))
        endpoint_values_force_path_style(values, client->rules);
    else
        endpoint_values_relax_path_style(values, client->rules);
    return presigned && client->presigns_globally &&
           endpoint_values_go_global(values, client->rules);
}

/* What of a call's parameters must last as long as the call. */
static bool keep_bucket(
    const inia_client *client, const struct json_value *params, struct arena *arena,
    struct client_target *target)
{
    text bucket = client->is_s3 ? json_text(json_member(params, TEXT("Bucket"))) : (text){NULL, 0};
    target->bucket = bucket.size ? arena_copy(arena, bucket) : bucket;
    return !bucket.size || target->bucket.data;
}

/* Who does not know the account yet goes without it, but does not count as having none. */
static void set_account(
    const inia_client *client, struct client_target *target, struct endpoint_values *values)
{
    if (client->account_slot < 0)
        return;
    const struct identity *identity =
        target->identity ? target->identity : identity_current(client->identity);
    target->lacks_account = !identity;
    if (!identity)
        endpoint_value_set_string(
            values,
            endpoint_rules_built_in(client->rules, TEXT("AWS::Auth::AccountIdEndpointMode")),
            TEXT("preferred"));
    else if (identity->account_id.size)
        endpoint_value_set_string(values, client->account_slot, identity->account_id);
}

static bool is_arn(const struct json_value *params, text name)
{
    return text_starts_with(json_text(json_member(params, name)), TEXT("arn:"));
}

inia_status client_find_target(
    inia_client *client, const inia_operation *operation, const struct json_value *params,
    text host_prefix, struct arena *arena, struct client_target *target, inia_error *error)
{
    struct endpoint_values values;
    endpoint_values_copy(&values, &client->values, client->rules);
    if (!keep_bucket(client, params, arena, target) ||
        !endpoint_binding_fill(operation->binding, params, arena, &values))
        return error_set(error, INIA_NO_MEMORY, "no memory for the endpoint's parameters");
    if (client->refuses_arns && (is_arn(params, TEXT("Name")) || is_arn(params, TEXT("Bucket"))))
        return error_set(
            error, INIA_BAD_CONFIG,
            "use_accelerate_endpoint is set: S3 Control has no accelerated "
            "endpoint for what an ARN names");
    set_account(client, target, &values);
    bool global =
        client->is_s3 && adapt_to_s3(client, operation, target->bucket, target->presigned, &values);
    if (client->switches.no_host_prefix)
        host_prefix = TEXT("");
    struct endpoint endpoint;
    inia_status status =
        endpoint_memo_resolve(&client->memo, client->rules, &values, arena, &endpoint, error);
    if (status != INIA_OK)
        return status;
    bool same = client->last_route && client->last_route_at == client->memo.misses;
    if (!same || host_prefix.size) {
        const struct client_route *route = NULL;
        status = client_find_route(client, &endpoint, host_prefix, arena, &route, error);
        if (status != INIA_OK)
            return status;
        target->route = route;
        client->last_route = host_prefix.size ? NULL : route;
        client->last_route_at = client->memo.misses;
    } else {
        target->route = client->last_route;
    }
    target->origin = target->route->origin;
    status = set_auth(client, operation, target, error);
    if (global && !text_equals(client->region, TEXT("aws-global")))
        target->signing_region = client->region;
    return status;
}

inia_status client_aim_at(
    inia_client *client, text address, struct arena *arena, struct client_target *target,
    inia_error *error)
{
    const struct client_route *old = target->route;
    bool has_scheme =
        text_starts_with(address, TEXT("http://")) || text_starts_with(address, TEXT("https://"));
    struct buffer url;
    buffer_init(&url, arena);
    buffer_add(&url, has_scheme ? TEXT("") : TEXT("https://"));
    buffer_add(&url, address);
    struct uri uri;
    const char *wrong = buffer_ok(&url) ? uri_parse(&uri, buffer_text(&url)) : "no memory for it";
    if (wrong)
        return error_set(
            error, INIA_BAD_REQUEST, "the endpoint '%.*s': %s", TEXT_ARGS(address), wrong);
    struct buffer whole;
    buffer_init(&whole, arena);
    buffer_add(&whole, uri.secure ? TEXT("https://") : TEXT("http://"));
    buffer_add(&whole, uri.authority);
    buffer_add(&whole, old->path);
    if (!buffer_ok(&whole))
        return error_set(error, INIA_NO_MEMORY, "no memory for an endpoint");
    struct endpoint endpoint = {
        .url = buffer_text(&whole),
        .headers = old->headers,
        .header_count = old->header_count,
        .auth_schemes = old->auth,
        .auth_scheme_count = old->auth ? 1 : 0,
    };
    inia_status status =
        client_find_route(client, &endpoint, TEXT(""), arena, &target->route, error);
    if (status == INIA_OK)
        target->origin = target->route->origin;
    target->lacks_account = false;
    return status;
}
