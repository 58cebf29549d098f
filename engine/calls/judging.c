/* Judging: what the end of an attempt means. Also the exchange's events, which lead there. */
#include "call.h"

#include "discovery.h"
#include "events.h"
#include "hedge.h"
#include "message_sums.h"
#include "recovery.h"
#include "turns.h"
#include "watching.h"

/* ---- Events of the exchange ------------------------------------------------------------------ */

static void on_head(struct http_exchange *exchange)
{
    struct call *call = CONTAINER_OF(exchange, struct call, exchange);
    hedge_answered(call);
    sink_head(call);
}

static void on_body(struct http_exchange *exchange, const void *bytes, size_t size)
{
    sink_body(CONTAINER_OF(exchange, struct call, exchange), bytes, size);
}

static void on_filled(struct http_exchange *exchange, size_t size)
{
    sink_filled(CONTAINER_OF(exchange, struct call, exchange), size);
}

static void on_pull(struct http_exchange *exchange)
{
    source_pull(CONTAINER_OF(exchange, struct call, exchange));
}

static void on_finished(struct http_exchange *exchange, inia_status status, const char *detail)
{
    struct call *call = CONTAINER_OF(exchange, struct call, exchange);
    call->exchange_over = true;
    call->exchange_status = status;
    if (status != INIA_OK && !call->end_reason)
        call_fail(call, status, "%s", detail);
    call_settle(call);
}

const struct http_exchange_events call_exchange_events = {
    .head = on_head,
    .body = on_body,
    .filled = on_filled,
    .pull = on_pull,
    .finished = on_finished,
};

/* ---- The record of attempts ------------------------------------------------------------------ */

void call_attempt_begin(struct call *call)
{
    struct inia_call *public = &call->public;
    if (public->attempt_count == call->attempt_capacity) {
        size_t held = call->attempt_capacity * sizeof(inia_attempt);
        inia_attempt *larger = arena_alloc(&call->arena, 2 * held);
        if (!larger) { /* the oldest is forgotten rather than the call failed */
            memmove(call->attempts, call->attempts + 1, held - sizeof(inia_attempt));
            public->attempt_count--;
        } else {
            memcpy(larger, call->attempts, held);
            call->attempts = larger;
            call->attempt_capacity *= 2;
        }
    }
    public->attempts = call->attempts;
    uint64_t now = ring_now_ns(call->engine->ring); /* of this turn: may be before submission */
    call->attempts[public->attempt_count++] = (inia_attempt){
        .error_code = "",
        .started_ns = now > call->submitted_ns ? now - call->submitted_ns : 0,
    };
    call->attempts_made++;
    call->engine->counted.attempts++;
}

static uint64_t since_submission(const struct call *call, uint64_t ns)
{
    return ns > call->submitted_ns ? ns - call->submitted_ns : ns ? 1 : 0;
}

void call_attempt_end(struct call *call, inia_status status)
{
    const struct http_exchange *exchange = &call->exchange;
    inia_attempt *attempt = &call->attempts[call->public.attempt_count - 1];
    attempt->status = status;
    attempt->http_status = exchange->response.status;
    attempt->error_code = call->public.error_code;
    attempt->connected_ns = since_submission(call, exchange->times.connected_ns);
    attempt->first_byte_ns = since_submission(call, exchange->times.first_byte_ns);
    attempt->ended_ns = since_submission(call, ring_now_ns(call->engine->ring));
    attempt->new_connection = exchange->new_connection;
    watching_probe_attempt(
        call->number, call->public.attempt_count, status, attempt->http_status, attempt->ended_ns);
    if (log_is_heard(&call->engine->log, LOG_LEVEL_DEBUG))
        watching_attempt(call);
    unsigned digit = (unsigned)attempt->http_status / 100;
    inia_stats *counted = &call->engine->counted;
    counted->answers[digit < COUNT_OF(counted->answers) ? digit : 0]++;
    counted->timeouts += call->stalled;
}

/* ---- What the response says ------------------------------------------------------------------ */

static bool publish_headers(struct call *call)
{
    const struct http_response *response = &call->exchange.response;
    inia_header *headers =
        arena_alloc(&call->arena, (response->header_count + 1) * sizeof(inia_header));
    if (!headers)
        return false;
    for (size_t i = 0; i < response->header_count; i++)
        headers[i] = (inia_header){response->headers[i].name.data, response->headers[i].value.data};
    call->public.headers = headers;
    call->public.header_count = response->header_count;
    return true;
}

static inia_status read_response(struct call *call, struct protocol_output *output)
{
    const struct http_response *response = &call->exchange.response;
    const struct protocol_plan *plan = call->operation->plan;
    if (!verification_ends_well(call))
        return INIA_BAD_RESPONSE;
    bool good = response->status >= 200 && response->status < 300;
    bool body_is_users = good && plan->streaming_output;
    text body = body_is_users ? (text){NULL, 0} : sink_collected(&call->sink);
    inia_error error = {INIA_OK, ""};
    inia_status status = call->sink.events ? events_parse(call, output, &error)
                                           : protocol_parse_answer(
                                                 plan, &call->request, &call->engine->readers,
                                                 response, body, &call->arena, output, &error);
    if (status == INIA_OK && !publish_headers(call))
        status = error_set(&error, INIA_NO_MEMORY, "no memory for the response's headers");
    if (status != INIA_OK) {
        call_fail(call, status, "%s", error.detail);
        return status;
    }
    struct inia_call *public = &call->public;
    public->output = output->json.data;
    public->output_size = output->json.size;
    public->error_code = output->error_code.data;
    public->message = output->message.data;
    public->request_id = output->request_id.data;
    if (body_is_users && !call->sink.to_user) {
        public->body = call->sink.block.data;
        public->body_size = call->sink.block.size;
    }
    public->status = output->is_error ? INIA_SERVICE_ERROR : INIA_OK;
    return public->status;
}

/* ---- Again? ---------------------------------------------------------------------------------- */

static bool can_send_again(const struct call *call)
{
    return source_can_rewind(&call->source) && sink_can_restart(&call->sink);
}

/* Servers close what has been idle for a while; one that goes away sooner may have had the request.
 */
static bool is_safe_to_replay(const struct call *call)
{
    const struct http_exchange *exchange = &call->exchange;
    return call->operation->repeatable || !call->public.client->retry_policy.guards_repeats ||
           !exchange->request_begun || exchange->idle_ms >= REPLAY_IDLE_MS;
}

/* A kept connection that turned out dead, with not a byte of an answer: the server had closed it
 * before. */
static bool met_dead_connection(const struct call *call)
{
    const struct http_exchange *exchange = &call->exchange;
    return call->exchange_status == INIA_CONNECTION_LOST && !exchange->new_connection &&
           !exchange->response_begun && call->replays < CALL_MAX_REPLAYS &&
           is_safe_to_replay(call) && can_send_again(call);
}

static text header(const struct call *call, text name)
{
    const struct http_response *response = &call->exchange.response;
    const struct http_header *found =
        http_find_header(response->headers, response->header_count, name);
    return found ? found->value : (text){NULL, 0};
}

/* How far the server's clock is from the time that this was signed with, by an answer that may
 * complain of it; 0: nothing is known. (A 2xx is no such answer: it shows that the time would do.)
 */
static int64_t clock_change_s(const struct call *call)
{
    struct date date;
    bool complains = call->public.http_status >= 400 && call->public.http_status < 500;
    if (!complains || !date_parse_http(header(call, TEXT("date")), &date))
        return 0;
    return date.seconds - ring_wall_ms(call->engine->ring) / 1000 - call->skew_s;
}

/* A date to wait for is one by the server's clock. */
static int64_t server_now_s(const struct call *call)
{
    struct date date;
    if (date_parse_http(header(call, TEXT("date")), &date))
        return date.seconds;
    return ring_wall_ms(call->engine->ring) / 1000 + call->public.client->skew_s;
}

/* 0: it has no deadline. */
static uint64_t left_ns(const struct call *call)
{
    uint64_t now_ns = ring_now_ns(call->engine->ring);
    if (!call->deadline_ns)
        return 0;
    return call->deadline_ns > now_ns ? call->deadline_ns - now_ns : 1;
}

/* Another call may have learnt it since this one was signed. */
static bool correct_clock(struct call *call, const struct retry_attempt *attempt, int64_t change_s)
{
    enum { WORTH_S = 30 };
    if (retry_classify(RETRY_INIA, attempt) != RETRY_SKEWED ||
        (change_s <= WORTH_S && change_s >= -WORTH_S))
        return false;
    call->public.client->skew_s = call->skew_s + change_s;
    return true;
}

/* A source may have newer ones. */
static bool renew_credentials(struct call *call, const struct retry_attempt *attempt)
{
    if (!call->query.identity || retry_classify(RETRY_INIA, attempt) != RETRY_EXPIRED)
        return false;
    struct identity_provider *provider = call_identity_provider(call);
    return provider && identity_expired(provider, call->query.identity);
}

/* By the model, or else by the user. */
static enum retry_modelled modelled(const struct call *call, const struct protocol_output *output)
{
    const struct model_shape *shape = output->error_shape;
    if (!shape || !shape->retryable) {
        text code = text_of(call->public.error_code);
        return recovery_knows_code(call->public.client, code) ? RETRY_MODELLED : RETRY_UNMODELLED;
    }
    return shape->throttling ? RETRY_MODELLED_THROTTLING : RETRY_MODELLED;
}

/* One that has answered before and now cannot be reached is being restarted, or its network is: it
 * has as long to come back as connecting may take. */
static bool is_away(struct call *call)
{
    const struct http_exchange *exchange = &call->exchange;
    uint64_t now_ns = ring_now_ns(call->engine->ring);
    call->destination->has_answered |= exchange->response_begun;
    if (call->public.status != INIA_CONNECT_FAILED || exchange->request_begun) {
        call->away_since_ns = 0;
        return false;
    }
    if (!call->away_since_ns)
        call->away_since_ns = exchange->times.started_ns;
    uint32_t connect_ms = call->public.client->connect_ms;
    uint64_t most_ns = (uint64_t)(connect_ms ? connect_ms : AWAY_DEFAULT_MS) * 1000000u;
    return call->destination->has_answered && now_ns - call->away_since_ns < most_ns;
}

static struct retry_decision decide(struct call *call, const struct protocol_output *output)
{
    inia_client *client = call->public.client;
    const struct http_exchange *exchange = &call->exchange;
    bool is_late = client->is_s3 && output->is_error && !call->sink.events &&
                   exchange->response.status < 300; /* said in a 200 */
    int64_t change_s = clock_change_s(call);
    struct retry_attempt attempt = {
        .number = call->attempts_made - call->replays - call->away,
        .max_attempts = call->is_twin ? 1 : client->max_attempts,
        .status = call->public.status,
        .http_status = is_late ? 500 : exchange->response.status,
        .error_code = text_of(call->public.error_code),
        .service = client->model->service,
        .modelled = modelled(call, output),
        .reach = exchange->response_begun  ? RETRY_ANSWERED
                 : exchange->request_begun ? RETRY_SENT
                                           : RETRY_UNSENT,
        .not_repeatable = !call->operation->repeatable,
        .not_done = client->is_s3 && output->is_error && *call->public.error_code,
        .clock_off = change_s > CLOCK_OFF_S || change_s < -CLOCK_OFF_S,
        .body_lost = !can_send_again(call),
        .vain = turn_is_vain(call),
        .long_polling = call->operation->polls,
        .left_ns = left_ns(call),
        .retry_after = header(call, TEXT("retry-after")),
        .amz_retry_after = header(call, TEXT("x-amz-retry-after")),
    };
    attempt.away = is_away(call);
    if (attempt.away)
        attempt.number = call->away + 1;
    attempt.remedied = correct_clock(call, &attempt, change_s) || renew_credentials(call, &attempt);
    if (discovery_was_wrong(call, attempt.http_status, call->public.error_code))
        attempt.modelled = RETRY_MODELLED;
    struct inia_engine *engine = call->engine;
    return retry_decide(
        &call->destination->budget, &attempt, ring_now_ns(engine->ring), server_now_s(call),
        &engine->random);
}

/* Back to where a new attempt may begin. false: the source would not go back. */
static bool start_over(struct call *call)
{
    bool rewound = source_rewind(call);
    if (call->end_reason) /* cancelled by the user's rewind() */
        return false;
    if (!rewound) {
        call_fail(call, INIA_BODY_FAILED, "the body could not be rewound for another attempt");
        return false;
    }
    sink_restart(call);
    call_forget_result(call);
    return true;
}

static enum call_state replay(struct call *call)
{
    call->replays++;
    call->engine->counted.replays++;
    call->fresh_connection = true;
    return start_over(call) ? CALL_IDENTIFYING : CALL_FINISHED;
}

/* Elsewhere, which is no retry. */
static enum call_state follow(struct call *call)
{
    call->replays++;
    turn_leave(call);
    return start_over(call) ? CALL_IDENTIFYING : CALL_FINISHED;
}

static void count(inia_stats *counted, const struct retry_decision *decision)
{
    enum retry_class class = decision->class;
    counted->throttled += class == RETRY_THROTTLED;
    counted->retries_unaffordable += decision->why == RETRY_BUDGET_EXHAUSTED;
    counted->retries_unsafe += decision->why == RETRY_UNSAFE;
    if (!decision->again)
        return;
    counted->retries_transient += class == RETRY_TRANSIENT;
    counted->retries_timeout += class == RETRY_TIMEOUT;
    counted->retries_throttled += class == RETRY_THROTTLED;
    counted->retries_remedied += class == RETRY_SKEWED || class == RETRY_EXPIRED;
}

/* The error is only told after a while where the caller would come back at once. */
static enum call_state give_up(struct call *call, const struct retry_decision *decision)
{
    LOG(&call->engine->log, LOG_LEVEL_DEBUG, "call %llu %.*s: %s, told in %llu ms",
        (unsigned long long)call->number, TEXT_ARGS(call_operation_name(call)),
        retry_why_text(decision->why), (unsigned long long)(decision->delay_ns / 1000000u));
    if (!decision->delay_ns)
        return CALL_FINISHED;
    call->again_ns = ring_now_ns(call->engine->ring) + decision->delay_ns;
    call->gives_up = true;
    return CALL_BACKING_OFF;
}

static enum call_state try_again(struct call *call, const struct protocol_output *output)
{
    struct retry_decision decision = decide(call, output);
    count(&call->engine->counted, &decision);
    turn_judge(
        call, decision.class == RETRY_THROTTLED || call->public.http_status == 503,
        decision.asked_ns);
    if (!decision.again)
        return give_up(call, &decision);
    call->away += decision.awaited;
    if (!decision.awaited)
        call->retry_cost = decision.cost;
    call->engine->counted.retries++;
    LOG(&call->engine->log, LOG_LEVEL_DEBUG,
        "call %llu %.*s: attempt %zu failed (%s), again in %llu ms",
        (unsigned long long)call->number, TEXT_ARGS(call_operation_name(call)),
        call->public.attempt_count,
        *call->public.error_code ? call->public.error_code : call->public.message,
        (unsigned long long)(decision.delay_ns / 1000000u));
    if (!start_over(call))
        return CALL_FINISHED;
    call->again_ns = ring_now_ns(call->engine->ring) + decision.delay_ns;
    return decision.delay_ns ? CALL_BACKING_OFF : CALL_IDENTIFYING;
}

/* Of http; of https the tunnel fails, and the exchange says so. */
static bool was_refused_by_proxy(struct call *call)
{
    const struct http_proxy *proxy = &call->public.client->proxies->http;
    if (call->public.http_status != 407 || !call->target.route->is_asked_of_proxy)
        return false;
    call_fail(
        call, INIA_CONNECT_FAILED,
        "the proxy %.*s refuses: 407 (its URL has no user and password, or wrong ones)",
        TEXT_ARGS(proxy->host));
    return true;
}

/* A kept connection that fell silent: a machine that is gone, or a gateway that has forgotten it.
 * Waiting for each of the others in turn would use up all attempts. */
static void distrust_kept_connections(struct call *call)
{
    const struct http_exchange *exchange = &call->exchange;
    if (exchange->new_connection || exchange->response_begun)
        return;
    call->fresh_connection = true;
    http_distrust_idle(call->target.origin, exchange->times.started_ns);
}

static enum call_state judge_attempt(struct call *call)
{
    struct protocol_output output = {0};
    inia_status status = call->end_reason ? call->end_reason : call->exchange_status;
    call->public.http_status = call->exchange.response.status;
    if (status == INIA_OK && was_refused_by_proxy(call))
        status = INIA_CONNECT_FAILED;
    else if (status == INIA_OK || status == INIA_SERVICE_ERROR) /* told by an event of its stream */
        status = read_response(call, &output);
    bool is_whole = status != INIA_OK || message_sums_fit(call);
    status = is_whole ? status : INIA_BAD_RESPONSE;
    call_attempt_end(call, status);
    if (call->stalled) {
        distrust_kept_connections(call);
        call->end_reason = INIA_OK;
    }
    call->stalled = false;
    if (status == INIA_OK) {
        call->destination->has_answered = true;
        turn_judge(call, false, 0);
        retry_succeeded(
            &call->destination->budget, call->retry_cost, ring_now_ns(call->engine->ring));
        return CALL_FINISHED;
    }
    if (call->end_reason || !is_whole)
        return CALL_FINISHED;
    if (met_dead_connection(call))
        return replay(call);
    return can_send_again(call) && call_redirect(call) ? follow(call) : try_again(call, &output);
}

static enum call_state judge_hedged(struct call *call)
{
    hedge_take(call);
    turn_judge(call, false, 0);
    retry_succeeded(&call->destination->budget, 0, ring_now_ns(call->engine->ring));
    return CALL_FINISHED;
}

enum call_state call_judge(struct call *call)
{
    enum call_state next = hedge_won(call) ? judge_hedged(call) : judge_attempt(call);
    return next == CALL_FINISHED && !call->end_reason ? call_look(call) : next;
}
