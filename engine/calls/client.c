#include "client.h"

#include "call.h"
#include "discovery.h"
#include "recovery.h"
#include "replay.h"
#include "session.h"

/* What the program said, else what the environment and the files say. */
static text chosen(
    const char *given, const struct settings *settings, const struct setting_names *names)
{
    return given && *given ? text_of(given) : settings_find(settings, names).value;
}

static enum endpoint_addressing addressing(
    const inia_client_config *config, const struct settings *settings)
{
    text style =
        profile_sub_setting(settings_in_profile(settings, "s3").value, TEXT("addressing_style"));
    if (config->path_style || text_equals(style, TEXT("path")))
        return ENDPOINT_PATH_STYLE;
    return text_equals(style, TEXT("virtual")) ? ENDPOINT_VIRTUAL_HOST : ENDPOINT_ADDRESSING_AUTO;
}

static bool s3_flag(const struct settings *settings, const char *name)
{
    text s3 = settings_in_profile(settings, "s3").value;
    return text_equals_ignoring_case(profile_sub_setting(s3, text_of(name)), TEXT("true"));
}

static text chosen_us_east_1(const struct settings *settings)
{
    struct setting variable = settings_variable(settings, "AWS_S3_US_EAST_1_REGIONAL_ENDPOINT");
    text s3 = settings_in_profile(settings, "s3").value;
    return variable.value.size ? variable.value
                               : profile_sub_setting(s3, TEXT("us_east_1_regional_endpoint"));
}

static enum endpoint_choice use_arn_region(const struct settings *settings)
{
    struct setting general = settings_find(settings, &setting_use_arn_region);
    text s3 = settings_in_profile(settings, "s3").value;
    text value =
        general.value.size ? general.value : profile_sub_setting(s3, TEXT("use_arn_region"));
    if (!value.size)
        return ENDPOINT_UNDECIDED;
    return text_equals_ignoring_case(value, TEXT("true")) ? ENDPOINT_YES : ENDPOINT_NO;
}

static void apply_settings(
    inia_client *client, const inia_client_config *config, const struct settings *settings,
    text url)
{
    text us_east_1 = chosen_us_east_1(settings);
    struct endpoint_settings wanted = {
        .region = client->region,
        .endpoint_url = url,
        .fips = config->fips || setting_is_true(settings_find(settings, &setting_use_fips), false),
        .dual_stack = config->dual_stack ||
                      setting_is_true(settings_find(settings, &setting_use_dual_stack), false),
        .s3.addressing = addressing(config, settings),
        .s3.accelerate = s3_flag(settings, "use_accelerate_endpoint"),
        .s3.dual_stack = s3_flag(settings, "use_dualstack_endpoint"),
        .s3.us_east_1_regional = text_equals(us_east_1, TEXT("regional")),
        .s3.use_arn_region = use_arn_region(settings),
        .s3.disable_multi_region_access_points =
            setting_is_true(settings_find(settings, &setting_no_multi_region), false) ||
            s3_flag(settings, "s3_disable_multiregion_access_points"),
        .s3.disable_express_session_auth =
            setting_is_true(settings_find(settings, &setting_no_s3_sessions), false),
    };
    endpoint_values_init(&client->values, client->rules);
    endpoint_settings_apply(&wanted, client->rules, &client->values);
    client->presigns_globally = endpoint_settings_allow_global(&wanted, client->rules);
}

static bool choose_region(
    inia_client *client, const inia_client_config *config, const struct settings *settings,
    inia_error *error)
{
    text region = chosen(config->region, settings, &setting_region);
    bool optional = client->custom_endpoint || client->model->global_endpoint.size;
    if (!region.size && !optional) {
        error_set(
            error, INIA_BAD_CONFIG,
            "no region: set AWS_REGION, a region in ~/.aws/config, or the client's region");
        return false;
    }
    client->region = arena_copy(&client->arena, region.size ? region : TEXT("us-east-1"));
    if (!client->region.data)
        error_set(error, INIA_NO_MEMORY, "no memory for a client");
    return client->region.data != NULL;
}

static bool set_endpoint(
    inia_client *client, const inia_client_config *config, const struct settings *settings,
    inia_error *error)
{
    text url = text_of(config->endpoint_url);
    if (!url.size)
        url = settings_endpoint_url(settings, client->model->service_id).value;
    struct uri uri;
    const char *wrong = url.size ? uri_parse(&uri, url) : NULL;
    if (wrong) {
        error_set(error, INIA_BAD_CONFIG, "the endpoint URL '%.*s': %s", TEXT_ARGS(url), wrong);
        return false;
    }
    client->custom_endpoint = url.size > 0;
    client->plain_endpoint = url.size && !uri.secure;
    if (!choose_region(client, config, settings, error))
        return false;
    text kept_url = url.size ? arena_copy(&client->arena, url) : url;
    if (url.size && !kept_url.data) {
        error_set(error, INIA_NO_MEMORY, "no memory for a client");
        return false;
    }
    apply_settings(client, config, settings, kept_url);
    return true;
}

/* ---- Life -------------------------------------------------------------------------------------
 */

void client_destroy(inia_client *client)
{
    list_remove(&client->link);
    for (struct map_entry *e = map_next(&client->routes, NULL); e; e = map_next(&client->routes, e))
        http_origin_put(((struct client_route *)e->value)->origin);
    sessions_release(client);
    discovery_release(client);
    identity_provider_free(client->identity);
    identity_provider_free(client->tokens);
    sigv4_signer_release(&client->signer);
    sigv4a_signer_release(&client->asymmetric);
    net_trust_free(client->trust);
    http_proxy_wipe(&client->proxy_for_http);
    http_proxy_wipe(&client->proxy_for_https);
    endpoint_memo_release(&client->memo);
    arena_release(&client->arena);
    library_put(client->service);
    budget_free(&client->engine->memory, client, sizeof *client);
}

void client_hold(inia_client *client)
{
    client->references++;
}

void client_let_go(inia_client *client)
{
    check(client->references > 0);
    if (--client->references == 0)
        client_destroy(client);
}

static bool set_up_with(
    inia_client *client, const inia_client_config *config, const struct settings *settings,
    inia_error *error)
{
    if (!set_endpoint(client, config, settings, error) ||
        !switches_init(&client->switches, config, settings, client->custom_endpoint, error) ||
        !recovery_set_up(client, config, settings, error))
        return false;
    text regions = chosen(config->signing_regions, settings, &setting_signing_regions);
    if (regions.size)
        client->region_set = arena_copy(&client->arena, regions);
    if (!client_introduce(client, config, settings)) {
        error_set(error, INIA_NO_MEMORY, "no memory for a client");
        return false;
    }
    return ways_set_up(client, config, settings, error) &&
           discovery_set_up(client, config->discover_endpoints, settings, error) &&
           credentials_set_up(client, config, settings, error);
}

/* The user's choice, if the service offers it. */
static bool choose_protocol(inia_client *client, text name, inia_error *error)
{
    char offered[128];
    struct buffer list;
    const struct model *model = client->model;
    buffer_init_fixed(&list, offered, sizeof offered);
    for (int i = MODEL_PROTOCOL_NONE + 1; i < MODEL_PROTOCOL_COUNT; i++) {
        text known = text_of(model_protocol_name((enum model_protocol)i));
        if (!model->protocols[i])
            continue;
        if (text_equals(known, name)) {
            client->protocol = (enum model_protocol)i;
            return true;
        }
        buffer_add(&list, list.size ? TEXT(", ") : TEXT(""));
        buffer_add(&list, known);
    }
    error_set(
        error, INIA_BAD_CONFIG, "inia_client_config: protocol '%.*s': %.*s offers %.*s",
        TEXT_ARGS(name), TEXT_ARGS(model->service), TEXT_ARGS(buffer_text(&list)));
    return false;
}

static bool set_up(inia_client *client, const inia_client_config *config, inia_error *error)
{
    text service = text_of(config->service);
    if (!service.size) {
        error_set(error, INIA_BAD_CONFIG, "inia_client_config: service is missing");
        return false;
    }
    if (text_equals(service, TEXT("runtime.sagemaker"))) /* as it was called at first */
        service = TEXT("sagemaker-runtime");
    client->service = library_take(&client->engine->library, service, error);
    if (!client->service)
        return false;
    client->model = client->service->model;
    client->rules = client->service->rules;
    if (config->protocol && !choose_protocol(client, text_of(config->protocol), error))
        return false;
    client->is_s3 = text_starts_with(client->model->signature_version, TEXT("s3"));
    struct settings *settings = settings_new(
        &client->engine->memory, &(struct settings_config){.profile = text_of(config->profile)},
        error);
    bool good = settings && set_up_with(client, config, settings, error);
    settings_free(settings);
    return good;
}

inia_client *client_new(inia_engine *engine, const inia_client_config *config, inia_error *error)
{
    inia_client *client = budget_alloc(&engine->memory, sizeof *client);
    if (!client) {
        error_set(error, INIA_NO_MEMORY, "no memory for a client");
        return NULL;
    }
    *client = (inia_client){.engine = engine, .references = 1};
    arena_init(&client->arena, &engine->arena_blocks);
    endpoint_memo_init(&client->memo, &engine->arena_blocks);
    map_init(&client->operations, &client->arena);
    map_init(&client->found_waiters, &client->arena);
    map_init(&client->routes, &client->arena);
    map_init(&client->bucket_regions, &client->arena);
    sigv4_signer_init(&client->signer);
    sigv4a_signer_init(&client->asymmetric);
    client->anonymous = config->anonymous;
    client->payload = config->payload;
    client->deadline_ms = config->deadline_ms;
    client->attempt_ms = config->attempt_ms ? config->attempt_ms : CLIENT_DEFAULT_ATTEMPT_MS;
    if (!set_up(client, config, error)) {
        client_destroy(client);
        return NULL;
    }
    list_push(&engine->clients, &client->link);
    return client;
}

static void cancel_calls_of(inia_client *client, struct list *list)
{
    struct list_link *next;
    for (struct list_link *link = list->first; link; link = next) {
        next = link->next;
        struct call *call = CONTAINER_OF(link, struct call, link);
        if (call->public.client == client)
            call_cancel(call);
    }
}

void client_free(inia_client *client)
{
    if (!client)
        return;
    client->freed = true;
    engine_keep_handoffs(client->engine, client);
    cancel_calls_of(client, &client->engine->queued);
    cancel_calls_of(client, &client->engine->active);
    client_let_go(client);
}

/* ---- Operations --------------------------------------------------------------------------------
 */

static bool learn_pages(inia_client *client, inia_error *error)
{
    if (!client->knows_pages)
        client->knows_pages =
            paginators_load(&client->paginators, NULL, client->model, &client->arena, error);
    return client->knows_pages;
}

static struct inia_operation *make_operation(
    inia_client *client, const struct model_operation *model, inia_error *error)
{
    struct inia_operation *operation = arena_alloc_zeroed(&client->arena, sizeof *operation);
    if (!operation) {
        error_set(error, INIA_NO_MEMORY, "no memory for an operation");
        return NULL;
    }
    operation->client = client;
    operation->model = model;
    operation->plan = protocol_plan_new(model, client->protocol, &client->arena, error);
    if (!operation->plan)
        return NULL;
    operation->binding = endpoint_binding_new(client->rules, model, &client->arena, error);
    if (!operation->binding)
        return NULL;
    operation->repeatable = replay_is_harmless(model);
    operation->paginator = paginators_find(&client->paginators, model->name);
    inia_status status = auth_of_operation(model, client->auth_schemes, &operation->auth, error);
    return status == INIA_OK ? operation : NULL;
}

const inia_operation *client_find_operation(inia_client *client, text name, inia_error *error)
{
    struct inia_operation *operation = map_find(&client->operations, name);
    if (operation)
        return operation;
    const struct model_operation *model = model_require_operation(client->model, name, error);
    operation = model && learn_pages(client, error) ? make_operation(client, model, error) : NULL;
    if (operation && !map_put(&client->operations, model->name, operation)) {
        error_set(error, INIA_NO_MEMORY, "no memory for an operation");
        return NULL;
    }
    return operation;
}
