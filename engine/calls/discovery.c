#include "discovery.h"

#include "call.h"

#include <stdio.h>

/* Where nobody says anything, only what must be discovered is. */
static bool choose(
    struct discovery *discovery, inia_choice wanted, const struct settings *settings,
    inia_error *error)
{
    enum { TRUE, FALSE };
    static const char *const list[] = {"true", "false", "auto"};
    static const struct choice_words words = {list, 3, "true, false or auto", "auto"};
    int chosen = wanted == INIA_YES ? TRUE : wanted == INIA_NO ? FALSE : CHOICE_NONE;
    if (!choice_word(settings, &setting_discovery, chosen, &words, &chosen, error))
        return false;
    discovery->enabled = chosen == TRUE;
    discovery->disabled = chosen == FALSE;
    return true;
}

bool discovery_set_up(
    inia_client *client, inia_choice wanted, const struct settings *settings, inia_error *error)
{
    struct discovery *discovery = arena_alloc_zeroed(&client->arena, sizeof *discovery);
    client->discovery = discovery;
    if (discovery)
        return choose(discovery, wanted, settings, error);
    return error_no_memory(error, "a client");
}

void discovery_release(inia_client *client)
{
    if (!client->discovery)
        return;
    check(list_is_empty(&client->discovery->waiting));
    inner_forget(&client->discovery->inner);
}

/* At the endpoint that the rules give it would be refused, or slower. */
static bool is_wanted(struct call *call)
{
    const struct model_operation *operation = call->operation->model;
    const inia_client *client = call->public.client;
    bool sends = call->goal == INIA_SEND; /* to sign alone takes no network */
    if (!operation->discovers_endpoint || !sends || client->custom_endpoint || client->anonymous)
        return false;
    return operation->discovery_required || client->discovery->enabled;
}

static int64_t now_s(const inia_client *client)
{
    return ring_wall_ms(client->engine->ring) / 1000;
}

/* ---- Asking ---------------------------------------------------------------------------------- */

static void keep(inia_client *client, text address, uint64_t minutes)
{
    struct discovery *discovery = client->discovery;
    char url[DISCOVERY_ADDRESS_MOST + 16];
    bool whole = text_starts_with(address, TEXT("http"));
    if (minutes > DISCOVERY_MOST_MINUTES)
        minutes = DISCOVERY_MOST_MINUTES;
    if (!address.size || address.size > DISCOVERY_ADDRESS_MOST) {
        snprintf(discovery->problem, sizeof discovery->problem, "the answer has no address");
        return;
    }
    snprintf(url, sizeof url, "%s%.*s", whole ? "" : "https://", TEXT_ARGS(address));
    struct arena scratch;
    arena_init(&scratch, &client->engine->arena_blocks);
    inia_error error;
    struct endpoint endpoint = {.url = text_of(url)};
    inia_status status =
        client_find_route(client, &endpoint, (text){NULL, 0}, &scratch, &discovery->route, &error);
    arena_release(&scratch);
    if (status != INIA_OK)
        snprintf(discovery->problem, sizeof discovery->problem, "%s", error.detail);
    else
        discovery->expires_s = now_s(client) + (int64_t)minutes * 60;
}

static void let_go_on(struct discovery *discovery)
{
    struct list waiting = discovery->waiting;
    for (struct list_link *link = waiting.first; link; link = link->next)
        link->list = &waiting;
    discovery->waiting = (struct list){0};
    struct list_link *link;
    while ((link = list_pop(&waiting)))
        call_go_on(CONTAINER_OF(link, struct call, discovery_link));
}

static void answered(struct inner_call *inner, const inia_call *answer)
{
    struct discovery *discovery = CONTAINER_OF(inner, struct discovery, inner);
    inia_client *client = answer->client;
    *discovery->problem = '\0';
    if (answer->status == INIA_OK) {
        struct call *call = call_of(answer);
        const char *minutes = call_get(call, "Endpoints[0].CachePeriodInMinutes");
        uint64_t number = 1;
        (void)text_to_u64(text_of(minutes), &number);
        keep(client, text_of(call_get(call, "Endpoints[0].Address")), number);
    } else {
        snprintf(
            discovery->problem, sizeof discovery->problem, "%s %s",
            *answer->error_code ? answer->error_code : inia_status_name(answer->status),
            answer->message);
    }
    if (*discovery->problem)
        discovery->next_try_s = now_s(client) + DISCOVERY_PAUSE_S;
    client_hold(client); /* those let go on may be its last */
    let_go_on(discovery);
    client_let_go(client);
}

static void ask(inia_client *client)
{
    struct discovery *discovery = client->discovery;
    const struct model_operation *model = model_endpoint_operation(client->model);
    inia_error error = {INIA_NO_MEMORY, "no memory for it"};
    const inia_operation *operation =
        model ? client_find_operation(client, model->name, &error) : NULL;
    discovery->inner.done = answered;
    inia_request request = {.operation = operation};
    if (operation && inner_submit(&discovery->inner, client, &request))
        return;
    snprintf(
        discovery->problem, sizeof discovery->problem, "%s",
        model ? error.detail : "the service has no operation that tells its endpoints");
    discovery->next_try_s = now_s(client) + DISCOVERY_PAUSE_S;
}

/* ---- For calls ------------------------------------------------------------------------------- */

/* What was found serves on when nothing newer is to be had; the signature stays as the rules say.
 */
static enum discovered settle(struct call *call)
{
    struct discovery *discovery = call->public.client->discovery;
    if (discovery->route) {
        call->target.route = discovery->route;
        call->target.origin = discovery->route->origin;
        hosts_hold_newer(&call->hosts);
        return DISCOVERY_DONE;
    }
    if (!call->operation->model->discovery_required)
        return DISCOVERY_DONE;
    call_fail(call, INIA_CONNECT_FAILED, "no endpoint was discovered: %s", discovery->problem);
    return DISCOVERY_FAILED;
}

enum discovered discovery_look(struct call *call)
{
    inia_client *client = call->public.client;
    struct discovery *discovery = client->discovery;
    if (!is_wanted(call))
        return DISCOVERY_DONE;
    if (discovery->disabled) {
        call_fail(
            call, INIA_BAD_CONFIG, "%.*s needs endpoint discovery, which is switched off",
            TEXT_ARGS(call->operation->model->name));
        return DISCOVERY_FAILED;
    }
    int64_t now = now_s(client);
    bool fresh = discovery->route && now < discovery->expires_s - DISCOVERY_AHEAD_S;
    if (!fresh && !discovery->inner.call && now >= discovery->next_try_s)
        ask(client);
    bool usable = discovery->route && now < discovery->expires_s;
    if (usable || !discovery->inner.call)
        return settle(call);
    list_push(&discovery->waiting, &call->discovery_link);
    return DISCOVERY_WAITS;
}

void discovery_forget(inia_client *client)
{
    if (client->discovery)
        client->discovery->route = NULL;
}

void discovery_leave(struct call *call)
{
    list_remove(&call->discovery_link);
}

bool discovery_was_wrong(struct call *call, int http_status, const char *error_code)
{
    struct discovery *discovery = call->public.client->discovery;
    bool wrong = http_status == 421 || strcmp(error_code, "InvalidEndpointException") == 0;
    if (!wrong || !is_wanted(call) || !discovery->route)
        return false;
    if (call->target.route == discovery->route)
        discovery->route = NULL;
    return true;
}
