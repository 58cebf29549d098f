#include "turns.h"

#include "call.h"

static uint64_t now_ns(const inia_client *client)
{
    return ring_now_ns(client->engine->ring);
}

/* ---- Resources ------------------------------------------------------------------------------- */

text turn_resource_member(const struct model_operation *operation)
{
    static const text names[] = {
        TEXT_INIT("QueueUrl"),     TEXT_INIT("TableName"), TEXT_INIT("StreamName"),
        TEXT_INIT("StreamARN"),    TEXT_INIT("TopicArn"),  TEXT_INIT("DeliveryStreamName"),
        TEXT_INIT("FunctionName"), TEXT_INIT("KeyId"),     TEXT_INIT("SecretId"),
        TEXT_INIT("logGroupName"), TEXT_INIT("ModelId"),   TEXT_INIT("modelId"),
        TEXT_INIT("IndexName"),    TEXT_INIT("vaultName"), TEXT_INIT("EventBusName"),
    };
    for (size_t i = 0; operation->input && i < COUNT_OF(names); i++) {
        if (model_find_member(operation->input, names[i]))
            return names[i];
    }
    return (text){NULL, 0};
}

uint64_t turn_resource(
    const inia_operation *operation, text bucket, const struct json_value *params)
{
    if (bucket.size)
        return text_hash(bucket);
    text name = {NULL, 0};
    if (operation->resource_member.size)
        name = json_text(json_member(params, operation->resource_member));
    return text_hash(name.size ? name : operation->model->name);
}

/* ---- The queue ------------------------------------------------------------------------------- */

static uint64_t take_place(struct turns *turns, uint64_t now);

/* Those that wait for a pace or in a crowd wait as long as it takes. */
static uint64_t patience_ends_ns(const struct turns *turns)
{
    if (turns->take != take_place || list_is_empty(&turns->waiting))
        return UINT64_MAX;
    struct call *first = CONTAINER_OF(turns->waiting.first, struct call, turn_link);
    return first->turn_asked_ns + TURNS_MOST_MS * UINT64_C(1000000);
}

static void wait_for(struct turns *turns, uint64_t wait_ns)
{
    if (wait_ns == RETRY_GATE_FULL)
        wait_ns = TURNS_LOOK_MS * UINT64_C(1000000);
    uint64_t due = now_ns(turns->client) + wait_ns, end = patience_ends_ns(turns);
    ring_timer_set(turns->client->engine->ring, &turns->timer, due < end ? due : end);
}

static void let_go_on(struct ring_timer *timer);

static void look_soon(struct turns *turns)
{
    if (!list_is_empty(&turns->waiting))
        ring_timer_set(turns->client->engine->ring, &turns->timer, 0);
}

/* Behind those that wait already. */
static bool queue_up(struct turns *turns, struct call *call)
{
    uint64_t wait_ns = RETRY_GATE_FULL;
    if (list_is_empty(&turns->waiting)) {
        wait_ns = turns->take(turns, now_ns(turns->client));
        if (!wait_ns)
            return false;
        wait_for(turns, wait_ns);
    }
    call->turn_asked_ns = now_ns(turns->client);
    list_push(&turns->waiting, &call->turn_link);
    call->engine->counted.waits++;
    return true;
}

static void turns_init(
    struct turns *turns, inia_client *client,
    uint64_t (*take)(struct turns *turns, uint64_t now_ns))
{
    *turns = (struct turns){.client = client, .timer.fire = let_go_on, .take = take};
}

/* ---- Gates ----------------------------------------------------------------------------------- */

static uint64_t take_place(struct turns *turns, uint64_t now)
{
    return retry_gate_take(&CONTAINER_OF(turns, struct gate, turns)->retry, now);
}

static void gate_free(struct gate *gate)
{
    inia_client *client = gate->turns.client;
    list_remove(&gate->link);
    ring_timer_clear(client->engine->ring, &gate->turns.timer);
    budget_free(&client->engine->memory, gate, sizeof *gate);
}

static bool gate_is_over(const struct gate *gate)
{
    return retry_gate_is_over(&gate->retry, now_ns(gate->turns.client)) &&
           list_is_empty(&gate->turns.waiting);
}

static struct gate *find_gate(const struct destination *destination, uint64_t resource)
{
    for (struct list_link *link = destination->gates.first; link; link = link->next) {
        struct gate *gate = CONTAINER_OF(link, struct gate, link);
        if (gate->resource == resource)
            return gate;
    }
    return NULL;
}

static void free_gates_that_are_over(struct destination *destination)
{
    struct list_link *next;
    for (struct list_link *link = destination->gates.first; link; link = next) {
        next = link->next;
        struct gate *gate = CONTAINER_OF(link, struct gate, link);
        if (gate_is_over(gate) && !gate->retry.inside)
            gate_free(gate);
    }
}

/* NULL: there are too many, or there is no memory; then calls go as they came. */
static struct gate *gate_new(struct call *call)
{
    inia_client *client = call->public.client;
    struct destination *destination = call->destination;
    free_gates_that_are_over(destination);
    if (destination->gates.count >= TURNS_MOST_GATES)
        return NULL;
    struct gate *gate = budget_alloc(&client->engine->memory, sizeof *gate);
    if (!gate)
        return NULL;
    *gate = (struct gate){.resource = call->resource};
    turns_init(&gate->turns, client, take_place);
    retry_gate_init(&gate->retry, destination->under_way + 1, now_ns(client));
    list_push(&destination->gates, &gate->link);
    LOG(&client->engine->log, LOG_LEVEL_INFO, "%.*s: %.*s throttles: %u calls were under way",
        TEXT_ARGS(call->operation->model->name), TEXT_ARGS(call->target.route->host),
        destination->under_way + 1);
    return gate;
}

static bool wait_at_gate(struct call *call)
{
    free_gates_that_are_over(call->destination);
    struct gate *gate = find_gate(call->destination, call->resource);
    if (!gate || call->gate || gate_is_over(gate))
        return false;
    if (queue_up(&gate->turns, call))
        return true;
    call->gate = gate;
    return false;
}

static void teach_gate(struct call *call, uint64_t wait_ns)
{
    struct gate *gate = call->gate ? call->gate : find_gate(call->destination, call->resource);
    if (!gate)
        gate = gate_new(call);
    if (!gate)
        return;
    if (!call->gate)
        retry_gate_enter(&gate->retry);
    call->gate = gate;
    retry_gate_throttled(&gate->retry, call->gate_sample, wait_ns, now_ns(gate->turns.client));
}

static void please_gate(struct call *call)
{
    struct gate *gate = call->gate ? call->gate : find_gate(call->destination, call->resource);
    if (gate)
        retry_gate_answered(&gate->retry, call->gate_sample);
}

/* ---- Pace ------------------------------------------------------------------------------------ */

static uint64_t take_token(struct turns *turns, uint64_t now)
{
    return retry_pace_take(&CONTAINER_OF(turns, struct paced, turns)->retry, now);
}

bool turns_set_up(inia_client *client)
{
    if (client->retry_policy.mode != RETRY_ADAPTIVE)
        return true;
    client->paced = arena_alloc_zeroed(&client->arena, sizeof *client->paced);
    if (!client->paced)
        return false;
    turns_init(&client->paced->turns, client, take_token);
    retry_pace_init(&client->paced->retry, ring_clock_ns(client->engine->ring));
    return true;
}

void turns_forget(struct destination *destination)
{
    struct crowd *crowd = destination->crowd;
    if (crowd)
        ring_timer_clear(crowd->turns.client->engine->ring, &crowd->turns.timer);
    while (!list_is_empty(&destination->gates))
        gate_free(CONTAINER_OF(destination->gates.first, struct gate, link));
}

void turns_release(inia_client *client)
{
    turns_forget(&client->whole);
    if (client->paced)
        ring_timer_clear(client->engine->ring, &client->paced->turns.timer);
}

/* ---- Crowds ---------------------------------------------------------------------------------- */

static uint64_t take_room(struct turns *turns, uint64_t now)
{
    (void)now;
    return retry_limit_take(&CONTAINER_OF(turns, struct crowd, turns)->retry) ? 0 : RETRY_GATE_FULL;
}

bool crowd_set_up(inia_client *client, struct destination *destination)
{
    if (!client->adapts)
        return true;
    struct crowd *crowd = arena_alloc_zeroed(destination->arena, sizeof *crowd);
    if (!crowd)
        return false;
    turns_init(&crowd->turns, client, take_room);
    struct ring *ring = client->engine->ring;
    retry_limit_init(&crowd->retry, ring_clock_ns(ring), ring_cpu_ns(ring));
    destination->crowd = crowd;
    return true;
}

static bool wait_in_crowd(struct call *call)
{
    struct crowd *crowd = call->destination->crowd;
    if (queue_up(&crowd->turns, call))
        return true;
    call->in_crowd = true;
    return false;
}

static void leave_crowd(struct call *call)
{
    struct crowd *crowd = call->destination->crowd;
    call->in_crowd = false;
    retry_limit_give(&crowd->retry);
    look_soon(&crowd->turns);
}

static void teach_crowd(struct call *call, bool refused)
{
    const struct http_times *times = &call->exchange.times;
    uint64_t now = now_ns(call->public.client);
    if (!times->first_byte_ns || times->first_byte_ns < times->started_ns)
        return;
    struct retry_limit *limit = &call->destination->crowd->retry;
    struct retry_answer answer = {
        .took_ns = times->first_byte_ns - times->started_ns,
        .waited_ns =
            times->connected_ns > times->started_ns ? times->connected_ns - times->started_ns : 0,
        .refused = refused};
    if (retry_limit_answered(limit, &answer, now))
        retry_limit_step(limit, now, ring_cpu_ns(call->engine->ring));
}

static void tell(const struct destination *destination, inia_load *load)
{
    static const inia_limited_by names[] = {
        [RETRY_LIMITED_BY_DEMAND] = INIA_LIMITED_BY_DEMAND,
        [RETRY_LIMITED_BY_LIMIT] = INIA_LIMITED_BY_LIMIT,
        [RETRY_LIMITED_BY_CONNECTIONS] = INIA_LIMITED_BY_CONNECTIONS,
        [RETRY_LIMITED_BY_SERVER] = INIA_LIMITED_BY_SERVER,
        [RETRY_LIMITED_BY_CPU] = INIA_LIMITED_BY_CPU,
    };
    const struct crowd *crowd = destination->crowd;
    load->in_flight = destination->under_way;
    if (!crowd)
        return;
    load->limit = (uint32_t)crowd->retry.limit;
    load->waiting = (uint32_t)crowd->turns.waiting.count;
    load->per_second = crowd->retry.per_second;
    load->best_ns = (uint64_t)crowd->retry.best_ns;
    load->limited_by = names[crowd->retry.by];
}

void client_load(const inia_client *client, inia_load *load)
{
    const struct destination *most = &client->whole;
    const struct map *known = &client->hosts->destinations;
    for (struct map_entry *e = map_next(known, NULL); e; e = map_next(known, e)) {
        const struct destination *destination = e->value;
        bool larger = most == &client->whole || destination->under_way > most->under_way;
        most = larger ? destination : most;
    }
    *load = (inia_load){.in_flight = 0};
    tell(most, load);
}

/* ---- Calls ----------------------------------------------------------------------------------- */

static void begin(struct call *call)
{
    call->has_turn = true;
    call->destination->under_way++;
    call->gate_sample = call->gate ? retry_gate_sent(&call->gate->retry) : 0;
}

static void end(struct call *call)
{
    call->destination->under_way -= call->has_turn;
    if (call->in_crowd)
        leave_crowd(call);
    call->has_turn = false;
}

static void pass(struct turns *turns, struct call *call)
{
    if (turns->take == take_place)
        call->gate = CONTAINER_OF(turns, struct gate, turns);
    call->in_crowd = turns->take == take_room;
    begin(call);
    call_go_on(call);
}

/* In a turn of the ring and never in the midst of another call's business. */
static void let_go_on(struct ring_timer *timer)
{
    struct turns *turns = CONTAINER_OF(timer, struct turns, timer);
    inia_client *client = turns->client;
    client_hold(client); /* those let go on may be its last */
    while (!list_is_empty(&turns->waiting)) {
        uint64_t wait_ns = turns->take(turns, now_ns(client));
        if (wait_ns && now_ns(client) >= patience_ends_ns(turns)) {
            retry_gate_enter(&CONTAINER_OF(turns, struct gate, turns)->retry);
        } else if (wait_ns) {
            wait_for(turns, wait_ns);
            break;
        }
        pass(turns, CONTAINER_OF(list_pop(&turns->waiting), struct call, turn_link));
    }
    client_let_go(client);
}

bool turn_wait(struct call *call)
{
    struct paced *paced = call->public.client->paced;
    if (call->has_turn || call->goal != INIA_SEND)
        return false;
    call->destination = call->target.route->destination;
    bool waits = false;
    if (paced)
        waits = queue_up(&paced->turns, call);
    else if (call->destination->gates.count)
        waits = wait_at_gate(call);
    if (!waits && !paced && !call->gate && call->destination->crowd)
        waits = wait_in_crowd(call);
    if (!waits)
        begin(call);
    return waits;
}

bool turn_is_vain(const struct call *call)
{
    return call->gate && retry_gate_is_vain(&call->gate->retry);
}

void turn_judge(struct call *call, bool throttled, uint64_t wait_ns)
{
    inia_client *client = call->public.client;
    call->was_throttled = throttled;
    if (call->in_crowd)
        teach_crowd(call, throttled);
    if (client->paced)
        retry_pace_answered(&client->paced->retry, throttled, now_ns(client));
    else if (client->retry_policy.mode == RETRY_INIA && throttled)
        teach_gate(call, wait_ns);
    else if (call->destination->gates.count)
        please_gate(call);
    end(call);
}

void turn_leave(struct call *call)
{
    struct gate *gate = call->gate;
    list_remove(&call->turn_link);
    if (call->has_turn && gate)
        retry_gate_forget(&gate->retry, call->gate_sample);
    if (call->has_turn)
        end(call);
    if (!gate)
        return;
    retry_gate_leave(&gate->retry, call->was_throttled, now_ns(gate->turns.client));
    call->gate = NULL;
    look_soon(&gate->turns);
}
