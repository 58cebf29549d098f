/*
 * The life of a call.
 *
 *   inia_submit                                    inia_wait's array, or on_done
 *       |                                                        ^
 *       v                                                        |
 *   PREPARING -> QUEUED -> IDENTIFYING -> SIGNING -> EXCHANGING -> JUDGING -> FINISHED
 *     ^ |           |           | ^ ^        |          ^         | |          ^ |
 *     | |           |           | | |        |          |         | v          | |
 *     | |           |           | | +--------|----------|-- BACKING OFF        | |
 *     | |           |           | +----------|----------|- BETWEEN POLLS       | |
 *     | |           |           |            |          +-- (again at once)    | |
 *     | +-----------+-----------+------------+---------------------------------+ |
 *     |   bad parameters, cancelled, deadline; goal sign or presign after SIGNING|
 *     +---------------------------- inia_next_page ------------------------------+
 *
 *   PREPARING    parameters become an HTTP request, in inia_submit()       call_prepare
 *   QUEUED       until the next inia_wait()                                wait_for_turn
 *   IDENTIFYING  until its turn has come, and there are an endpoint and    identify
 *                credentials
 *   SIGNING      endpoint, headers, signature, head; until the batch of    call_sign
 *                those that start in this turn is signed                   batch_sign
 *   EXCHANGING   a connection, the request, the response                   exchange
 *   JUDGING      result, error, or another attempt                         call_judge
 *   BACKING OFF  until the next attempt, or until the error is told        sleep_until_again
 *   BETWEEN      until a waiter looks again at what it waits for           sleep_until_again
 *   POLLS
 *   FINISHED     handed out by inia_wait(), until inia_release()           finish
 *
 * Invariants:
 *   1. An accepted call is in exactly one list of its engine: queued, active, finished or returned;
 *      one that the engine makes for itself (inner.h) ends in a list of its own.
 *   2. It enters FINISHED exactly once for each page, and leaves it for the next one only, when
 *      it has been handed out and inia_next_page() is called.
 *   3. Between an exchange's start and its finished() the call stays in EXCHANGING: memory that the
 *      kernel may touch (body, sink, head) is not given up before. Who wants out breaks it off.
 *   4. source and sink are not touched in FINISHED.
 *   5. None is in SIGNING while the ring turns: what ends a call there is a function of the user's,
 *      called for another call; it then leaves the batch.
 *   6. The timer is set from QUEUED to JUDGING if anything is to be timed, and never in FINISHED.
 */
#include "call.h"

#include "discovery.h"
#include "hedge.h"
#include "session.h"
#include "turns.h"
#include "watching.h"

#include <stdarg.h>
#include <stdio.h>

static enum call_state wait_for_turn(struct call *call);
static enum call_state identify(struct call *call);
static enum call_state exchange(struct call *call);
static enum call_state sleep_until_again(struct call *call);
static enum call_state finish(struct call *call);

/* What is done on entering a state; returns the state to go to next, or the same: to wait there. */
static enum call_state (*const steps[CALL_STATES])(struct call *call) = {
    [CALL_QUEUED] = wait_for_turn,
    [CALL_IDENTIFYING] = identify,
    [CALL_SIGNING] = call_sign,
    [CALL_EXCHANGING] = exchange,
    [CALL_JUDGING] = call_judge,
    [CALL_BACKING_OFF] = sleep_until_again,
    [CALL_BETWEEN_POLLS] = sleep_until_again,
    [CALL_FINISHED] = finish,
};

#define MAY(state) (1u << (state))
static const unsigned may_follow[CALL_STATES] = {
    [CALL_PREPARING] = MAY(CALL_QUEUED) | MAY(CALL_FINISHED),
    [CALL_QUEUED] = MAY(CALL_IDENTIFYING) | MAY(CALL_FINISHED),
    [CALL_IDENTIFYING] = MAY(CALL_SIGNING) | MAY(CALL_FINISHED),
    [CALL_SIGNING] = MAY(CALL_EXCHANGING) | MAY(CALL_FINISHED),
    [CALL_EXCHANGING] = MAY(CALL_JUDGING),
    [CALL_JUDGING] = MAY(CALL_IDENTIFYING) | MAY(CALL_BACKING_OFF) | MAY(CALL_BETWEEN_POLLS) |
                     MAY(CALL_FINISHED),
    [CALL_BACKING_OFF] = MAY(CALL_IDENTIFYING) | MAY(CALL_FINISHED),
    [CALL_BETWEEN_POLLS] = MAY(CALL_IDENTIFYING) | MAY(CALL_FINISHED),
};

void call_go(struct call *call, enum call_state state)
{
    for (;;) {
        check(may_follow[call->state] & MAY(state));
        call->state = state;
        watching_probe_state(call->number, (int)state, call_operation_name(call));
        if (log_is_heard(&call->engine->log, LOG_LEVEL_DEBUG))
            watching_state(call);
        enum call_state next = steps[state](call);
        if (next == state)
            return;
        state = next;
    }
}

static void move_to(struct call *call, struct list *list)
{
    list_remove(&call->link);
    list_push(list, &call->link);
}

/* ---- The timer: deadline, stall of the peer, end of a back-off -------------------- */

static uint64_t stall_due(const struct call *call)
{
    uint64_t allowed = (uint64_t)call->public.client->attempt_ms * 1000000u;
    bool ours = call->sink.paused || call->source.paused || source_is_busy(&call->source);
    if (call->state != CALL_EXCHANGING || call->exchange_over || ours || !allowed)
        return UINT64_MAX;
    bool connected = call->exchange.times.connected_ns != 0; /* connecting has its own limit */
    if (!connected || http_waits_for_owner(&call->exchange))
        return UINT64_MAX;
    return call->exchange.times.progress_ns + allowed;
}

/* What a stall is not counted in, such as connecting or a pause, may end unheard. */
static uint64_t look_again_ns(const struct call *call)
{
    uint32_t ms = call->public.client->attempt_ms / LOOKS_LEAST + 1;
    return (uint64_t)(ms < LOOK_AGAIN_MS ? ms : LOOK_AGAIN_MS) * 1000000u;
}

static bool is_asleep(const struct call *call)
{
    return call->state == CALL_BACKING_OFF || call->state == CALL_BETWEEN_POLLS;
}

static void set_timer(struct call *call)
{
    uint64_t due = call->deadline_ns ? call->deadline_ns : UINT64_MAX;
    uint64_t stall = stall_due(call);
    if (stall < due)
        due = stall;
    if (is_asleep(call) && call->again_ns < due)
        due = call->again_ns;
    bool not_yet = call->state == CALL_EXCHANGING && stall == UINT64_MAX;
    uint64_t look_again = ring_now_ns(call->engine->ring) + look_again_ns(call);
    bool is_hidden = call->state == CALL_EXCHANGING && http_progress_is_hidden(&call->exchange);
    if ((not_yet || is_hidden || due == UINT64_MAX) && look_again < due)
        due = look_again;
    ring_timer_set(call->engine->ring, &call->timer, due);
}

/* Out of whatever state it is in, for the reason that call_fail() was told. */
static void abandon(struct call *call)
{
    if (call->state == CALL_EXCHANGING)
        call_break_off(call, call->public.status);
    else if (call->state == CALL_JUDGING) /* in the user's rewind(): heeded after it */
        call->end_reason = call->public.status;
    else
        call_go(call, CALL_FINISHED);
}

static const char *whereabouts(const struct call *call)
{
    const struct http_exchange *exchange = &call->exchange;
    if (call->state == CALL_QUEUED)
        return "not started: inia_wait() was not called";
    if (call->state == CALL_IDENTIFYING && link_is_listed(&call->turn_link))
        return "waiting for its turn: the service throttles";
    if (call->state == CALL_IDENTIFYING)
        return link_is_listed(&call->discovery_link) ? "waiting for an endpoint to be discovered"
                                                     : "waiting for credentials";
    if (call->state == CALL_BACKING_OFF)
        return "waiting for another attempt";
    if (call->state == CALL_BETWEEN_POLLS)
        return "what is waited for has not come";
    if (!exchange->times.connected_ns)
        return "waiting for a connection";
    return exchange->response_begun ? "in the middle of the response" : "waiting for an answer";
}

static void time_out(struct call *call, const char *what, uint64_t ms)
{
    call_fail(
        call, INIA_TIMED_OUT, "%s within %llu ms: %s", what, (unsigned long long)ms,
        whereabouts(call));
    abandon(call);
}

static void give_attempt_up(struct call *call)
{
    call->stalled = true;
    time_out(call, "the server neither took nor sent anything", call->public.client->attempt_ms);
}

static void resume(struct call *call)
{
    call->resumed = false;
    if (call->state == CALL_EXCHANGING && !call->end_reason)
        source_resume(call);
    if (call->state == CALL_EXCHANGING && !call->end_reason)
        sink_resume(call);
}

static void timer_fired(struct ring_timer *timer)
{
    struct call *call = CONTAINER_OF(timer, struct call, timer);
    uint64_t now = ring_now_ns(call->engine->ring);
    if (call->resumed)
        resume(call);
    if (call->end_reason || call->state == CALL_FINISHED)
        return;
    if (call->state == CALL_EXCHANGING)
        http_look_for_progress(&call->exchange);
    if (call->deadline_ns && now >= call->deadline_ns)
        time_out(call, "not finished", (call->deadline_ns - call->submitted_ns) / 1000000u);
    else if (now >= stall_due(call))
        give_attempt_up(call);
    else if (is_asleep(call) && now >= call->again_ns)
        call_go(call, call->gives_up ? CALL_FINISHED : CALL_IDENTIFYING);
    else
        set_timer(call);
}

/* ---- States ------------------------------------------------------------------------ */

static enum call_state wait_for_turn(struct call *call)
{
    move_to(call, &call->engine->queued);
    call->timer.fire = timer_fired;
    if (call->deadline_ns)
        set_timer(call);
    engine_has_work(call->engine);
    return CALL_QUEUED;
}

void call_start(struct call *call)
{
    move_to(call, &call->engine->active);
    call_go(call, CALL_IDENTIFYING);
}

static bool has_identity(struct call *call)
{
    if (call->query.identity)
        return !call->target.lacks_account || call_find_account(call);
    if (call->target.auth == AUTH_S3_EXPRESS)
        session_fail(call);
    else
        call_fail(
            call, INIA_NO_CREDENTIALS, "no %s: %s",
            call->target.auth == AUTH_BEARER ? "bearer token" : "credentials", call->query.problem);
    return false;
}

static void identity_answered(struct identity_query *query)
{
    struct call *call = CONTAINER_OF(query, struct call, query);
    call_go(call, has_identity(call) ? CALL_SIGNING : CALL_FINISHED);
}

static enum call_state ask_identity(struct call *call)
{
    if (call->target.auth == AUTH_NONE)
        return CALL_SIGNING;
    identity_forget(&call->query);
    call->query.answered = identity_answered;
    int64_t now_s = ring_wall_ms(call->engine->ring) / 1000;
    struct identity_provider *provider = call_identity_provider(call);
    bool answered = !provider || identity_ask(provider, &call->query, now_s);
    if (call->state == CALL_FINISHED) { /* cancelled by the user's provider */
        identity_forget(&call->query);
        return CALL_IDENTIFYING;
    }
    if (!answered) {
        if (call->deadline_ns)
            set_timer(call);
        return CALL_IDENTIFYING;
    }
    return has_identity(call) ? CALL_SIGNING : CALL_FINISHED;
}

static enum call_state identify(struct call *call)
{
    if (turn_wait(call)) {
        if (call->deadline_ns)
            set_timer(call);
        return CALL_IDENTIFYING;
    }
    switch (discovery_look(call)) {
    case DISCOVERY_DONE:
        return ask_identity(call);
    case DISCOVERY_FAILED:
        return CALL_FINISHED;
    case DISCOVERY_WAITS:
        break;
    }
    if (call->deadline_ns)
        set_timer(call);
    return CALL_IDENTIFYING;
}

void call_go_on(struct call *call)
{
    enum call_state next = identify(call);
    if (next != CALL_IDENTIFYING)
        call_go(call, next);
}

static enum call_state exchange(struct call *call)
{
    call->exchange_over = false;
    call_attempt_begin(call);
    http_start(&call->exchange, call->target.origin);
    hedge_begin(call);
    set_timer(call);
    return CALL_EXCHANGING;
}

void call_settle(struct call *call)
{
    if (call->exchange_over && !source_is_busy(&call->source) && sink_settle(call))
        call_go(call, CALL_JUDGING);
}

static enum call_state sleep_until_again(struct call *call)
{
    set_timer(call);
    return call->state;
}

static enum call_state finish(struct call *call)
{
    struct inia_engine *engine = call->engine;
    ring_timer_clear(engine->ring, &call->timer);
    batch_leave(engine->batch, call);
    discovery_leave(call);
    turn_leave(call);
    hedge_leave(call);
    identity_forget(&call->query);
    source_release(call);
    move_to(call, call->is_inner ? &engine->inner_finished : &engine->finished);
    if (!call->is_inner) {
        engine->counted.calls_finished++;
        engine->counted.calls_failed += call->public.status != INIA_OK;
        engine->counted.ended[call->public.status]++;
    }
    engine_has_work(engine);
    return CALL_FINISHED;
}

void call_fail(struct call *call, inia_status status, const char *format, ...)
{
    char line[512];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    const char *message = arena_string(&call->arena, text_of(line));
    call->public.status = status;
    call->public.message = message ? message : inia_status_name(status);
}

void call_break_off(struct call *call, inia_status reason)
{
    check(call->state == CALL_EXCHANGING && !call->end_reason);
    call->end_reason = reason;
    if (call->exchange_over)
        call_settle(call);
    else
        http_cancel(&call->exchange);
}

void call_give_up(struct call *call, inia_status status, const char *what)
{
    if (call->end_reason)
        return;
    call_fail(call, status, "%s", what);
    call_break_off(call, status);
}

/* ---- From outside -------------------------------------------------------------------- */

static bool has_room(inia_engine *engine)
{
    size_t reserve = CALL_RESERVE + engine_pending_calls(engine) * CALL_LATER;
    return engine_calls(engine) < engine->max_calls && budget_make_room(&engine->memory, reserve);
}

static struct call *call_new(inia_client *client, const inia_request *request)
{
    struct inia_engine *engine = client->engine;
    struct call *call = slab_take(&engine->calls);
    if (!call)
        return NULL;
    memset(call, 0, sizeof *call);
    call->engine = engine;
    call->number = ++engine->calls_made;
    arena_init(&call->arena, &engine->arena_blocks);
    call->public = (struct inia_call){
        .user_data = request->user_data,
        .client = client,
        .operation = request->operation,
        .error_code = "",
        .message = "",
        .request_id = "",
        .output = "{}",
        .output_size = 2};
    call->attempts = &call->first_attempt;
    call->attempt_capacity = 1;
    call->state = CALL_PREPARING;
    call->operation = request->operation;
    call->on_done = request->on_done;
    call->submitted_ns = ring_clock_ns(engine->ring);
    hosts_hold(&call->hosts, client);
    client_hold(client);
    return call;
}

static void take_on(struct call *call, const inia_request *request)
{
    inia_client *client = call->public.client;
    call_set_waiter(call, request);
    call->goal = request->goal;
    call->expires_s = request->expires_s ? request->expires_s : PRESIGN_DEFAULT_S;
    uint32_t deadline_ms = request->deadline_ms ? request->deadline_ms : client->deadline_ms;
    if (deadline_ms)
        call->deadline_ns = call->submitted_ns + (uint64_t)deadline_ms * 1000000u;
    call_go(call, call_prepare(call, request));
}

inia_call *call_accept(inia_client *client, const inia_request *request)
{
    struct call *call = has_room(client->engine) ? call_new(client, request) : NULL;
    if (!call)
        return NULL;
    client->engine->counted.calls_submitted++;
    take_on(call, request);
    return &call->public;
}

bool call_accept_inner(inia_client *client, const inia_request *request, struct inner_call *inner)
{
    struct call *call = call_new(client, request);
    if (!call)
        return false;
    client->engine->inner_calls++;
    call->is_inner = true;
    call->inner = inner;
    inner->call = call;
    take_on(call, request);
    return true;
}

bool call_accept_twin(struct call *call, struct inner_call *inner)
{
    inia_client *client = call->public.client;
    const inia_request request = {.operation = call->operation};
    struct call *twin = client->engine->closing ? NULL : call_new(client, &request);
    if (!twin)
        return false;
    client->engine->inner_calls++;
    twin->is_inner = twin->is_twin = true;
    twin->inner = inner;
    inner->call = twin;
    twin->apart_from = &call->exchange;
    twin->deadline_ns = call->deadline_ns;
    call_go(twin, call_prepare_twin(twin, call));
    return true;
}

inia_call *call_refuse(
    inia_client *client, const inia_request *request, inia_status status, const char *why)
{
    struct call *call = call_new(client, request);
    if (!call)
        return NULL;
    client->engine->counted.calls_submitted++;
    call_fail(call, status, "%s", why);
    call_go(call, CALL_FINISHED);
    return &call->public;
}

inia_call *call_submit(inia_client *client, const inia_request *request)
{
    return client->engine->closing ? NULL : call_accept(client, request);
}

void call_cancel(struct call *call)
{
    if (call->state == CALL_FINISHED || (call->end_reason && !call->stalled))
        return;
    call_fail(call, INIA_CANCELLED, "cancelled");
    engine_has_work(call->engine);
    if (!call->stalled) {
        abandon(call);
        return;
    }
    call->stalled = false; /* the attempt is ending already: now the call is */
    call->end_reason = INIA_CANCELLED;
}

void call_release(struct call *call)
{
    check(call->state == CALL_FINISHED);
    if (call->is_spare)
        return;
    struct inia_engine *engine = call->engine;
    struct inia_client *client = call->public.client;
    list_remove(&call->link);
    list_remove(&call->owned);
    engine->inner_calls -= call->is_inner;
    sink_release(call);
    arena_release(&call->arena);
    hosts_let_go(&call->hosts);
    slab_give(&engine->calls, call);
    client_let_go(client);
    if (engine_has_handoffs(engine) || (engine->guest && engine->guest->wants_room))
        engine_has_work(engine);
}

void call_resume(struct call *call)
{
    if (call->state != CALL_EXCHANGING || call->end_reason)
        return;
    if (call->engine->in_wait) {
        resume(call);
        return;
    }
    call->resumed = true; /* the user's functions run inside inia_wait() only */
    ring_timer_set(call->engine->ring, &call->timer, 0);
    engine_has_work(call->engine);
}

const char *call_get_header(const struct call *call, const char *name)
{
    for (size_t i = 0; i < call->public.header_count; i++) {
        if (text_equals_ignoring_case(text_of(call->public.headers[i].name), text_of(name)))
            return call->public.headers[i].value;
    }
    return NULL;
}
