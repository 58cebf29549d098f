#include "client.h"

#include "call.h"
#include "discovery.h"
#include "hosts.h"
#include "replay.h"
#include "session.h"
#include "turns.h"

/* ---- Life ------------------------------------------------------------------------------------ */

void client_destroy(inia_client *client)
{
    list_remove(&client->link);
    turns_release(client);
    hosts_release(client);
    sessions_release(client);
    discovery_release(client);
    instance_free(client->instance);
    identity_provider_free(client->identity);
    identity_provider_free(client->tokens);
    sigv4_signer_release(&client->signer);
    sigv4a_signer_release(&client->asymmetric);
    net_trust_free(client->trust);
    http_proxies_free(client->proxies);
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
    if (!client_configure(client, config, settings, error))
        return false;
    if (!client_introduce(client, config, settings))
        return error_no_memory(error, "a client");
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
        &client->engine->memory,
        &(struct settings_config){
            .profile = text_of(config->profile),
            .tell = config->explain,
            .tell_arg = config->explain_arg,
        },
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
    sigv4_signer_init(&client->signer);
    sigv4a_signer_init(&client->asymmetric);
    client->anonymous = config->anonymous;
    client->payload = config->payload;
    client->deadline_ms = config->deadline_ms;
    client->attempt_ms = config->attempt_ms ? config->attempt_ms : CLIENT_DEFAULT_ATTEMPT_MS;
    if (!hosts_set_up(client)) {
        error_no_memory(error, "a client");
        client_destroy(client);
        return NULL;
    }
    if (!set_up(client, config, error)) {
        client_destroy(client);
        return NULL;
    }
    list_push(&engine->clients, &client->link);
    client_warm(client, config);
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

/* ---- Operations ------------------------------------------------------------------------------ */

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
    operation->hedgeable = replay_is_read(model) && !operation->plan->event_stream_output;
    operation->polls = polling_is_long(client->model->service, model->name);
    operation->resource_member = turn_resource_member(model);
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
