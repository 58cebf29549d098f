#include "engine.h"

#include "call.h"

#include <stdlib.h>

/* Handed-out blocks of bodies are kept for reuse up to this share of the budget. */
enum { KEPT_SHARE = 4, CALLS_PER_CHUNK = 32, ARENA_BLOCKS_PER_CHUNK = 64, END_TURN_MS = 50 };

static uint32_t or_default(uint32_t given, uint32_t fallback)
{
    return given ? given : fallback;
}

static uint32_t receive_buffers(const inia_engine *engine)
{
    uint32_t count = RECEIVE_BUFFERS;
    while (count > 16 && (size_t)count * RING_BUFFER_SIZE > engine->memory.limit / RECEIVE_SHARE)
        count /= 2;
    return count;
}

/* What is kept for the next call is of no use to one that needs something else. */
static void relieve(void *arg)
{
    inia_engine *engine = arg;
    block_cache_release(&engine->blocks);
    library_trim(&engine->library);
    slab_trim(&engine->arena_blocks);
    slab_trim(&engine->calls);
}

static bool make_rooms(inia_engine *engine, const inia_engine_config *config, inia_error *error)
{
    uint32_t connections = or_default(config->max_connections, ENGINE_DEFAULT_CONNECTIONS);
    engine->ring = ring_new(
        &(struct ring_config){
            .memory = &engine->memory,
            .sockets = connections,
            .receive_buffers = receive_buffers(engine),
            .batch = config->batch_us ? 32 : 1,
            .batch_us = config->batch_us,
            .log = &engine->log},
        error);
    if (!engine->ring)
        return false;
    random_init(&engine->random, ring_seed(engine->ring));
    engine->net = net_new(
        &(struct net_config){
            .ring = engine->ring,
            .memory = &engine->memory,
            .log = &engine->log,
            .seed = random_u64(&engine->random)},
        error);
    if (!engine->net)
        return false;
    engine->pool = http_pool_new(
        &(struct http_pool_config){
            .ring = engine->ring,
            .net = engine->net,
            .memory = &engine->memory,
            .log = &engine->log,
            .max_connections = connections},
        error);
    struct wire_config wire = {
        .ring = engine->ring,
        .pool = engine->pool,
        .memory = &engine->memory,
        .arena_blocks = &engine->arena_blocks,
        .random = &engine->random,
    };
    engine->wire = engine->pool ? wire_new(&wire) : NULL;
    if (engine->pool && !engine->wire)
        return error_no_memory(error, "the engine");
    if (engine->pool && !protocol_readers_init(&engine->readers))
        return error_no_memory(error, "the parsers");
    return engine->pool != NULL;
}

inia_engine *engine_new(const inia_engine_config *config, inia_error *error)
{
    inia_engine *engine = calloc(1, sizeof *engine);
    if (!engine) {
        error_set(error, INIA_NO_MEMORY, "no memory for the engine");
        return NULL;
    }
    size_t memory = config->max_memory ? config->max_memory : ENGINE_DEFAULT_MEMORY;
    budget_init(&engine->memory, memory);
    engine->log = (struct log){config->log, config->log_arg, config->log_level};
    if (!engine->log.level)
        engine->log.level = LOG_LEVEL_WARNING;
    slab_init(&engine->arena_blocks, &engine->memory, ARENA_BLOCK_SIZE, ARENA_BLOCKS_PER_CHUNK);
    slab_init(&engine->calls, &engine->memory, sizeof(struct call), CALLS_PER_CHUNK);
    block_cache_init(&engine->blocks, &engine->memory, memory / KEPT_SHARE);
    engine->arena_blocks.large = &engine->blocks;
    library_init(&engine->library, &engine->memory, &engine->arena_blocks);
    engine->memory.relieve = relieve;
    engine->memory.relieve_arg = engine;
    engine->max_calls = or_default(config->max_calls, ENGINE_DEFAULT_CALLS);
    engine->task_stack = config->task_stack;
    engine->no_overflow_message = config->no_overflow_message;
    engine->max_body = config->max_body ? config->max_body : ENGINE_DEFAULT_BODY;
    engine->batch = batch_new(&engine->memory);
    if (!make_rooms(engine, config, error)) {
        engine_free(engine);
        return NULL;
    }
    return engine;
}

/* ---- Other threads ------------------------------------------------------------------------ */

void engine_wake(inia_engine *engine)
{
    atomic_store_explicit(&engine->woken, true, memory_order_release);
    ring_wake(engine->ring);
}

void engine_hand_off(inia_handoff *handoff)
{
    inia_engine *engine = handoff->client->engine;
    if (mailbox_post(&engine->handoffs, &handoff->next))
        ring_wake(engine->ring);
}

void engine_post(inia_engine *engine, inia_message *message)
{
    if (mailbox_post(&engine->messages, &message->next))
        ring_wake(engine->ring);
}

static void run_messages(inia_engine *engine)
{
    mailbox_collect(&engine->messages);
    for (void **link; (link = mailbox_pop(&engine->messages));) {
        inia_message *message = CONTAINER_OF(link, inia_message, next);
        engine->callbacks_run++;
        message->run(engine, message);
    }
}

static void submit_handoffs(inia_engine *engine)
{
    mailbox_collect(&engine->handoffs);
    for (void **link; (link = mailbox_first(&engine->handoffs));) {
        const inia_handoff *handoff = CONTAINER_OF(link, inia_handoff, next);
        check(handoff->request.on_done != NULL);
        inia_client *client = handoff->client;
        inia_call *call = call_accept(client, &handoff->request);
        if (!call)
            return;
        mailbox_pop(&engine->handoffs);
        if (client->freed) {
            call_cancel(call_of(call));
            client_let_go(client);
        }
    }
}

void engine_keep_handoffs(inia_engine *engine, inia_client *client)
{
    mailbox_collect(&engine->handoffs);
    for (void **link = mailbox_first(&engine->handoffs); link; link = mailbox_next(link)) {
        if (CONTAINER_OF(link, inia_handoff, next)->client == client)
            client_hold(client);
    }
}

/* ---- The end --------------------------------------------------------------------------- */

static void cancel_all(struct list *list)
{
    struct list_link *next;
    for (struct list_link *link = list->first; link; link = next) {
        next = link->next;
        call_cancel(CONTAINER_OF(link, struct call, link));
    }
}

/* on_done is told of its call; what would have gone to inia_wait()'s array is released. */
static void end_finished(inia_engine *engine)
{
    inner_finish(engine);
    struct list_link *link;
    while ((link = list_pop(&engine->finished))) {
        struct call *call = CONTAINER_OF(link, struct call, link);
        list_push(&engine->returned, link);
        if (call->on_done)
            call->on_done(&call->public);
        else
            call_release(call);
    }
}

static void end_accepted(inia_engine *engine)
{
    cancel_all(&engine->queued);
    cancel_all(&engine->active);
    end_finished(engine);
    while (!list_is_empty(&engine->active)) {
        ring_turn(engine->ring, END_TURN_MS * 1000000);
        end_finished(engine);
    }
    while (!list_is_empty(&engine->returned))
        call_release(CONTAINER_OF(engine->returned.first, struct call, link));
}

/* Those handed off get room when others have left it. */
static void end_calls(inia_engine *engine)
{
    run_messages(engine);
    end_accepted(engine);
    submit_handoffs(engine);
    while (engine->calls.in_use) {
        end_accepted(engine);
        submit_handoffs(engine);
    }
    run_messages(engine);
}

static void end_rooms(inia_engine *engine)
{
    while (!list_is_empty(&engine->clients))
        client_destroy(CONTAINER_OF(engine->clients.first, struct inia_client, link));
    net_trust_free(engine->trust);
    while (engine->wire && !wire_is_idle(engine->wire))
        ring_turn(engine->ring, END_TURN_MS * 1000000);
    wire_free(engine->wire);
    if (engine->pool) {
        http_pool_close(engine->pool);
        while (!http_pool_is_empty(engine->pool))
            ring_turn(engine->ring, END_TURN_MS * 1000000);
        http_pool_free(engine->pool);
    }
    if (engine->net)
        net_free(engine->net);
    if (engine->ring)
        ring_free(engine->ring);
}

void engine_free(inia_engine *engine)
{
    if (!engine)
        return;
    check(!engine->in_wait);
    engine->closing = true;
    end_calls(engine);
    end_rooms(engine);
    batch_free(engine->batch);
    library_release(&engine->library);
    protocol_readers_release(&engine->readers);
    slab_release(&engine->calls);
    slab_release(&engine->arena_blocks);
    block_cache_release(&engine->blocks);
    check(engine->memory.used == 0);
    free(engine);
}

/* ---- Waiting -------------------------------------------------------------------------------- */

void engine_has_work(inia_engine *engine)
{
    if (!engine->in_wait)
        ring_fd_signal(engine->ring);
}

static void start_queued(inia_engine *engine)
{
    submit_handoffs(engine);
    batch_open(engine->batch);
    inner_finish(engine);
    struct list_link *link;
    while ((link = engine->queued.first)) {
        call_start(CONTAINER_OF(link, struct call, link));
        if (batch_is_full(engine->batch))
            batch_sign(engine->batch);
    }
    batch_close(engine->batch);
}

/* Callbacks run here and nowhere else. A call that one of them submits and that fails at once is
 * handed out in the next wait: only what was there at first is looked at, so that a callback cannot
 * keep us for ever. Without an array, what is meant for one steps back behind the rest. */
static size_t hand_out(inia_engine *engine, inia_call **done, size_t max)
{
    size_t stored = 0;
    for (size_t left = engine->finished.count; left > 0; left--) {
        struct list_link *link = engine->finished.first;
        struct call *call = CONTAINER_OF(link, struct call, link);
        bool has_no_place = !call->on_done && stored == max;
        if (has_no_place && max > 0)
            break;
        list_remove(link);
        list_push(has_no_place ? &engine->finished : &engine->returned, link);
        if (has_no_place)
            continue;
        if (call->on_done) {
            engine->callbacks_run++;
            call->on_done(&call->public);
        } else {
            done[stored++] = &call->public;
        }
    }
    return stored;
}

/* Of what other threads ask for: looked at first, because asking is rare. */
static bool take_wake(inia_engine *engine)
{
    return atomic_load_explicit(&engine->woken, memory_order_relaxed) &&
           atomic_exchange_explicit(&engine->woken, false, memory_order_acquire);
}

static bool has_finished(const inia_engine *engine)
{
    return !list_is_empty(&engine->finished) || !list_is_empty(&engine->inner_finished);
}

static bool has_work_now(inia_engine *engine)
{
    struct engine_guest *guest = engine->guest;
    return has_finished(engine) || (guest && guest->has_work(guest));
}

/* What the ring does not know of, or was told of by callbacks after its turn. */
static bool has_work_left(inia_engine *engine, size_t callbacks_before)
{
    return has_work_now(engine) || !list_is_empty(&engine->queued) ||
           engine->callbacks_run != callbacks_before || mailbox_has_post(&engine->handoffs) ||
           mailbox_has_post(&engine->messages);
}

static int64_t time_left_ns(uint64_t now, uint64_t end, int timeout_ms)
{
    if (timeout_ms < 0)
        return -1;
    return now < end ? (int64_t)(end - now) : 0;
}

size_t engine_wait(inia_engine *engine, inia_call **done, size_t max, int timeout_ms)
{
    check(!engine->in_wait);
    engine->in_wait = true;
    ring_catch_up(engine->ring);
    uint64_t now = ring_now_ns(engine->ring);
    uint64_t end = now + (timeout_ms > 0 ? (uint64_t)timeout_ms * 1000000u : 0);
    size_t stored = 0, callbacks_before = engine->callbacks_run;
    for (bool last = false; !last;) {
        start_queued(engine);
        int64_t wait_ns = time_left_ns(now, end, timeout_ms);
        ring_turn(engine->ring, has_work_now(engine) ? 0 : wait_ns);
        run_messages(engine);
        stored = hand_out(engine, done, max);
        if (engine->guest)
            engine->guest->run(engine->guest);
        now = ring_now_ns(engine->ring);
        bool ran_some = engine->callbacks_run != callbacks_before;
        bool ran_enough = ran_some && (max == 0 || engine_pending(engine) == 0);
        last = take_wake(engine) || stored > 0 || wait_ns == 0 || ran_enough ||
               (max == 0 && !list_is_empty(&engine->finished));
    }
    engine->in_wait = false;
    if (has_work_left(engine, callbacks_before))
        engine_has_work(engine);
    return stored;
}

size_t engine_pending_calls(const inia_engine *engine)
{
    size_t inner = engine->inner_calls - engine->inner_finished.count;
    return engine->queued.count + engine->active.count + engine->finished.count - inner;
}

size_t engine_pending(const inia_engine *engine)
{
    return engine_pending_calls(engine) + (engine->guest ? engine->guest->pending : 0);
}

void engine_stats(const inia_engine *engine, inia_stats *stats)
{
    const struct ring_counters *ring = ring_counters(engine->ring);
    const struct net_counters *net = net_counters(engine->net);
    const struct http_counters *http = http_counters(engine->pool);
    *stats = engine->counted;
    stats->connections_opened = http->connections_opened;
    stats->connections_reused = http->connections_reused;
    stats->handshakes = net->handshakes;
    stats->handshakes_resumed = net->resumptions;
    stats->lookups = net->lookups;
    stats->bytes_sent = ring->bytes_sent;
    stats->bytes_received = ring->bytes_received;
    stats->kernel_entries = ring->enters;
    stats->completions = ring->completions;
    stats->allocations = engine->memory.allocations;
    stats->memory_used = engine->memory.used;
    stats->memory_peak = engine->memory.peak;
    stats->calls = engine_calls(engine);
    stats->connections = http->connections;
    stats->tasks = engine->guest ? engine->guest->pending : 0;
}
