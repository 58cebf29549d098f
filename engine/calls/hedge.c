#include "hedge.h"

#include "call.h"
#include "inner.h"
#include "replay.h"

enum { HEDGE_LEAST_NS = 1000000 };
#define HEDGE_SHARE 0.95

/* In the arena of the call. */
struct hedge {
    struct call *call;
    struct hedge_times *times;
    struct ring_timer timer;
    struct inner_call twin;
    bool won;
    /* What the twin found. */
    inia_call answer;
    inia_attempt attempt;
    struct sink_block body;
};

/* ---- Whether and when ------------------------------------------------------------------------ */

static bool is_wanted(const struct call *call)
{
    const struct inia_client *client = call->public.client;
    inia_place into = call->sink.into.place;
    return client->hedge_percent && call->attempts_made == 1 && !call->is_inner &&
           call->operation->hedgeable && call->params && call->source.from.place == INIA_NOWHERE &&
           (into == INIA_NOWHERE || into == INIA_MEMORY);
}

static struct hedge_times *find_times(struct call *call)
{
    struct destination *destination = call->destination;
    struct hedge_times *times = destination->hedge_times;
    while (times && times->operation != call->operation)
        times = times->next;
    if (times)
        return times;
    times = arena_alloc(destination->arena, sizeof *times);
    if (!times)
        return NULL;
    *times = (struct hedge_times){.operation = call->operation, .next = destination->hedge_times};
    retry_quantile_init(&times->first_byte, HEDGE_SHARE);
    destination->hedge_times = times;
    return times;
}

static bool may_have_another(const struct call *call)
{
    const inia_client *client = call->public.client;
    return call->state == CALL_EXCHANGING && !call->end_reason && !call->exchange_over &&
           !call->exchange.response_begun && !call->destination->gates.count &&
           (client->hedges + 1) * 100 <= client->hedged_reads * client->hedge_percent;
}

static void twin_done(struct inner_call *twin, const inia_call *answer);

static void due(struct ring_timer *timer)
{
    struct hedge *hedge = CONTAINER_OF(timer, struct hedge, timer);
    struct call *call = hedge->call;
    if (!may_have_another(call))
        return;
    hedge->twin.done = twin_done;
    if (!call_accept_twin(call, &hedge->twin))
        return;
    call->public.client->hedges++;
    call->engine->counted.hedges++;
}

void hedge_begin(struct call *call)
{
    if (!is_wanted(call))
        return;
    struct hedge *hedge = arena_alloc_zeroed(&call->arena, sizeof *hedge);
    struct hedge_times *times = find_times(call);
    if (!hedge || !times)
        return;
    hedge->call = call;
    hedge->times = times;
    hedge->timer.fire = due;
    call->hedge = hedge;
    call->public.client->hedged_reads++;
    uint64_t late_ns = retry_quantile_get(&times->first_byte);
    if (!late_ns)
        return;
    late_ns = late_ns > HEDGE_LEAST_NS ? late_ns : HEDGE_LEAST_NS;
    ring_timer_set(call->engine->ring, &hedge->timer, ring_now_ns(call->engine->ring) + late_ns);
}

/* ---- The end --------------------------------------------------------------------------------- */

static void learn(struct call *call, uint64_t until_ns)
{
    uint64_t started_ns = call->exchange.times.started_ns;
    if (until_ns > started_ns)
        retry_quantile_observe(&call->hedge->times->first_byte, until_ns - started_ns);
}

void hedge_answered(struct call *call)
{
    struct hedge *hedge = call->hedge;
    if (!hedge)
        return;
    learn(call, call->exchange.times.first_byte_ns);
    ring_timer_clear(call->engine->ring, &hedge->timer);
    struct call *twin = hedge->twin.call;
    if (twin && !twin->exchange.response_begun)
        inner_forget(&hedge->twin); /* else whichever is whole first */
}

static bool copy_headers(struct call *call, const inia_call *answer, inia_call *kept)
{
    inia_header *headers =
        arena_alloc(&call->arena, (answer->header_count + 1) * sizeof(inia_header));
    kept->headers = headers;
    for (size_t i = 0; headers && i < answer->header_count; i++) {
        headers[i].name = arena_string(&call->arena, text_of(answer->headers[i].name));
        headers[i].value = arena_string(&call->arena, text_of(answer->headers[i].value));
        if (!headers[i].name || !headers[i].value)
            return false;
    }
    return headers != NULL;
}

/* The twin's memory goes with it. */
static bool keep_answer(struct hedge *hedge, struct call *twin)
{
    struct call *call = hedge->call;
    const inia_call *answer = &twin->public;
    const inia_sink *into = &call->sink.into;
    if (into->place == INIA_MEMORY && answer->body_size > into->capacity)
        return false;
    hedge->answer = *answer;
    text output = {answer->output, answer->output_size};
    hedge->answer.output = arena_string(&call->arena, output);
    hedge->answer.request_id = arena_string(&call->arena, text_of(answer->request_id));
    if (!hedge->answer.output || !hedge->answer.request_id ||
        !copy_headers(call, answer, &hedge->answer))
        return false;
    if (answer->body) {
        hedge->body = twin->sink.block;
        twin->sink.block = (struct sink_block){0};
    }
    hedge->attempt = answer->attempts[answer->attempt_count - 1];
    uint64_t later_ns = twin->submitted_ns - call->submitted_ns;
    hedge->attempt.started_ns += later_ns;
    hedge->attempt.connected_ns += later_ns;
    hedge->attempt.first_byte_ns += later_ns;
    hedge->attempt.ended_ns += later_ns;
    hedge->attempt.error_code = "";
    return true;
}

static void twin_done(struct inner_call *twin, const inia_call *answer)
{
    struct hedge *hedge = CONTAINER_OF(twin, struct hedge, twin);
    struct call *call = hedge->call;
    bool late = call->state != CALL_EXCHANGING || call->end_reason || call->exchange_over;
    if (late || answer->status != INIA_OK || !keep_answer(hedge, call_of(answer)))
        return;
    hedge->won = true;
    call->engine->counted.hedges_won++;
    if (!call->exchange.response_begun)
        learn(call, ring_now_ns(call->engine->ring));
    call_break_off(call, INIA_CANCELLED);
}

bool hedge_won(const struct call *call)
{
    return call->hedge && call->hedge->won;
}

static void record_attempt(struct call *call)
{
    call_attempt_begin(call);
    call->engine->counted.attempts--; /* the twin has counted it */
    call->attempts[call->public.attempt_count - 1] = call->hedge->attempt;
}

void hedge_take(struct call *call)
{
    struct hedge *hedge = call->hedge;
    struct inia_call *public = &call->public;
    call_attempt_end(call, INIA_CANCELLED);
    record_attempt(call);
    call_forget_result(call);
    public->http_status = hedge->answer.http_status;
    public->request_id = hedge->answer.request_id;
    public->output = hedge->answer.output;
    public->output_size = hedge->answer.output_size;
    public->headers = hedge->answer.headers;
    public->header_count = hedge->answer.header_count;
    call->end_reason = INIA_OK;
    if (!hedge->body.data)
        return;
    if (call->sink.into.place == INIA_MEMORY) {
        memcpy(call->sink.into.data, hedge->body.data, hedge->body.size);
        return;
    }
    sink_give_block(call, &call->sink.block);
    call->sink.block = hedge->body;
    hedge->body = (struct sink_block){0};
    public->body = call->sink.block.data;
    public->body_size = call->sink.block.size;
}

void hedge_leave(struct call *call)
{
    struct hedge *hedge = call->hedge;
    if (!hedge)
        return;
    ring_timer_clear(call->engine->ring, &hedge->timer);
    inner_forget(&hedge->twin);
    sink_give_block(call, &hedge->body);
    call->hedge = NULL;
}
