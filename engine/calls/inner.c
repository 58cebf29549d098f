#include "inner.h"

#include "call.h"

bool inner_submit(struct inner_call *inner, inia_client *client, const inia_request *request)
{
    check(!inner->call && inner->done);
    return !client->engine->closing && call_accept_inner(client, request, inner);
}

void inner_forget(struct inner_call *inner)
{
    struct call *call = inner->call;
    if (!call)
        return;
    inner->call = NULL;
    call->inner = NULL;
    call_cancel(call);
}

/* Only those that are there at first: one that fails as it is submitted is told of next time. */
void inner_finish(struct inia_engine *engine)
{
    for (size_t left = engine->inner_finished.count; left > 0; left--) {
        struct call *call = CONTAINER_OF(list_pop(&engine->inner_finished), struct call, link);
        struct inner_call *inner = call->inner;
        if (inner) {
            inner->call = NULL;
            inner->done(inner, &call->public);
        }
        call_release(call);
    }
}
