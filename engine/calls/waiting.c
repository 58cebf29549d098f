/* Waiting: a call with a waiter is sent again and again, until what it looks at is as it should be
 * or cannot become so any more. */
#include "call.h"

/* ---- The client's waiters -------------------------------------------------------------------- */

static bool learn_waiters(inia_client *client, inia_error *error)
{
    if (!client->knows_waiters)
        client->knows_waiters =
            waiters_load(&client->waiters, NULL, client->model, &client->arena, error);
    return client->knows_waiters;
}

const inia_waiter *client_find_waiter(inia_client *client, text name, inia_error *error)
{
    struct inia_waiter *waiter = map_find(&client->found_waiters, name);
    if (waiter || !learn_waiters(client, error))
        return waiter;
    const struct model_waiter *model = waiters_require(&client->waiters, name, error);
    if (!model)
        return NULL;
    const struct inia_operation *operation = client_find_operation(client, model->operation, error);
    if (!operation)
        return NULL;
    waiter = arena_alloc(&client->arena, sizeof *waiter);
    if (!waiter || !map_put(&client->found_waiters, model->name, waiter)) {
        error_set(error, INIA_NO_MEMORY, "no memory for a waiter");
        return NULL;
    }
    *waiter = (struct inia_waiter){client, model, operation};
    return waiter;
}

void call_set_waiter(struct call *call, const inia_request *request)
{
    const struct inia_waiter *waiter = request->until;
    if (!waiter)
        return;
    call->until = waiter;
    call->operation = call->public.operation = waiter->operation;
    call->wait_s = request->wait_s ? request->wait_s : waiter->model->delay_s;
    call->max_polls = request->max_polls ? request->max_polls : waiter->model->max_attempts;
}

/* ---- After each look ------------------------------------------------------------------------- */

static enum call_state succeed(struct call *call)
{
    if (call->public.status == INIA_SERVICE_ERROR)
        call_forget_result(call);
    return CALL_FINISHED;
}

static enum call_state fail(struct call *call, const struct waiter_acceptor *acceptor)
{
    struct buffer why;
    buffer_init(&why, &call->arena);
    waiter_explain(acceptor, &why);
    call_fail(
        call, INIA_WAIT_FAILED, "%.*s cannot come any more: %.*s",
        TEXT_ARGS(call->until->model->name), TEXT_ARGS(buffer_text(&why)));
    return CALL_FINISHED;
}

static enum call_state give_up(struct call *call)
{
    call_fail(
        call, INIA_TIMED_OUT, "%.*s has not come in %u looks, %u s apart",
        TEXT_ARGS(call->until->model->name), call->polls, call->wait_s);
    return CALL_FINISHED;
}

static bool rewind_bodies(struct call *call)
{
    bool good = sink_can_restart(&call->sink) && source_rewind(call);
    if (!good && !call->end_reason) /* else cancelled by the user's rewind() */
        call_fail(call, INIA_BODY_FAILED, "the body could not be rewound for another look");
    return good && !call->end_reason;
}

static enum call_state look_again_later(struct call *call)
{
    struct arena fresh;
    if (!rewind_bodies(call))
        return CALL_FINISHED;
    arena_init(&fresh, &call->engine->arena_blocks);
    struct json_value *params = arena_alloc(&fresh, sizeof *params);
    if (!params || !json_copy(params, call->params, &fresh)) {
        arena_release(&fresh);
        call_fail(call, INIA_NO_MEMORY, "no memory for another look");
        return CALL_FINISHED;
    }
    call->again_ns = ring_now_ns(call->engine->ring) + call->wait_s * UINT64_C(1000000000);
    return call_begin_again(call, &fresh, params, CALL_BETWEEN_POLLS);
}

static enum call_state judge_look(struct call *call, const struct json_value *output)
{
    struct jmespath_problem problem;
    bool is_error = call->public.status == INIA_SERVICE_ERROR;
    struct waiter_answer answer = {
        .http_status = call->public.http_status,
        .error_code = is_error ? text_of(call->public.error_code) : (text){NULL, 0},
        .output = output};
    const struct waiter_acceptor *acceptor =
        waiter_accepts(call->until->model, &answer, &call->arena, &problem);
    if (problem.what) {
        bool memory = problem.error == JMESPATH_NO_MEMORY;
        call_fail(
            call, memory ? INIA_NO_MEMORY : INIA_BAD_RESPONSE, "%.*s cannot be told: %s",
            TEXT_ARGS(call->until->model->name), problem.what);
        return CALL_FINISHED;
    }
    if (!acceptor && is_error)
        return CALL_FINISHED;
    if (acceptor && acceptor->state == WAITER_SUCCESS)
        return succeed(call);
    if (acceptor && acceptor->state == WAITER_FAILURE)
        return fail(call, acceptor);
    return call->polls < call->max_polls ? look_again_later(call) : give_up(call);
}

enum call_state call_look(struct call *call)
{
    inia_status status = call->public.status;
    if (!call->until || (status != INIA_OK && status != INIA_SERVICE_ERROR))
        return CALL_FINISHED;
    call->polls++;
    const struct json_value *output = call_output_tree(call);
    if (output)
        return judge_look(call, output);
    call_fail(call, INIA_NO_MEMORY, "no memory to read what was seen");
    return CALL_FINISHED;
}
