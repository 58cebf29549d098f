/* Pages: a finished call of a paginated operation goes out again, with the tokens of its output in
 * its parameters. */
#include "call.h"

#include "hedge.h"
#include "turns.h"

static void forget_attempts(struct call *call)
{
    call->public.attempts = NULL;
    call->public.attempt_count = 0;
    call->attempts = &call->first_attempt;
    call->attempt_capacity = 1;
    call->replays = call->retry_cost = call->attempts_made = call->away = 0;
    call->away_since_ns = 0;
    call->fresh_connection = call->gives_up = false;
}

static void forget_last_time(struct call *call)
{
    struct inia_call *public = &call->public;
    call_forget_result(call);
    turn_leave(call);
    hedge_leave(call);
    forget_attempts(call);
    public->http_status = 0;
    public->body = NULL;
    public->body_size = 0;
    sink_release(call);
    sink_restart(call);
    call->resumed = false;
    call->request = (struct protocol_request){0};
    call->target = (struct client_target){0};
    hosts_let_go(&call->hosts);
    hosts_hold(&call->hosts, call->public.client);
    call->draft = (struct http_draft){0};
    call->copied_body = (text){NULL, 0};
    call->redirected = false;
}

enum call_state call_begin_again(
    struct call *call, struct arena *fresh, struct json_value *params, enum call_state next)
{
    inia_error error;
    forget_last_time(call);
    arena_release(&call->arena);
    call->arena = *fresh;
    call->params = params;
    if (call_build(call, params, &error) == INIA_OK)
        return next;
    call_fail(call, error.status, "%s", error.detail);
    return CALL_FINISHED;
}

/* ---- The next page --------------------------------------------------------------------------- */

static enum call_state fail(struct call *call, inia_status status, const char *what)
{
    call_fail(call, status, "no next page: %s", what);
    return CALL_FINISHED;
}

static enum call_state send_next(struct call *call, const struct json_value *const *tokens)
{
    struct arena fresh;
    if (call->source.from.place == INIA_STREAM) /* rewinding runs the user's code */
        return fail(call, INIA_BODY_FAILED, "a body from a stream cannot be sent again");
    arena_init(&fresh, &call->engine->arena_blocks);
    struct json_value *params =
        page_params(call->operation->paginator, call->params, tokens, &fresh);
    if (!params || !source_rewind(call)) {
        arena_release(&fresh);
        return fail(call, INIA_NO_MEMORY, "no memory for its parameters");
    }
    call->is_later_page = true;
    return call_begin_again(call, &fresh, params, CALL_QUEUED);
}

/* CALL_STATES: there is none. */
static enum call_state turn_page(struct call *call)
{
    const struct model_paginator *paginator = call->operation->paginator;
    const struct json_value **tokens, *output = call_output_tree(call);
    struct jmespath_problem problem;
    if (!output)
        return fail(call, INIA_NO_MEMORY, "no memory to read this one");
    switch (page_after(paginator, output, &call->arena, &tokens, &problem)) {
    case PAGE_NONE:
        return CALL_STATES;
    case PAGE_UNKNOWN:
        return fail(
            call, problem.error == JMESPATH_NO_MEMORY ? INIA_NO_MEMORY : INIA_BAD_RESPONSE,
            problem.what);
    case PAGE_MORE:
        break;
    }
    if (call->is_later_page && page_is_repeated(paginator, call->params, tokens))
        return fail(call, INIA_BAD_RESPONSE, "the service gave the same token twice");
    return send_next(call, tokens);
}

static void restart_clock(struct call *call)
{
    uint64_t allowed = call->deadline_ns ? call->deadline_ns - call->submitted_ns : 0;
    call->submitted_ns = ring_clock_ns(call->engine->ring);
    call->deadline_ns = allowed ? call->submitted_ns + allowed : 0;
}

bool call_next_page(struct call *call)
{
    check(call_is_handed_out(call));
    bool has_pages = call->params && call->operation->paginator && !call->until;
    if (!has_pages || call->public.status != INIA_OK || call->public.client->freed ||
        call->engine->closing)
        return false;
    enum call_state next = turn_page(call);
    if (next == CALL_STATES)
        return false;
    call->engine->counted.calls_submitted++;
    restart_clock(call);
    call->state = CALL_PREPARING;
    call_go(call, next);
    return true;
}
