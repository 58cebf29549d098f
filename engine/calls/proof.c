/* Proof of who asks that is not SigV4's: parameters that are signed, a token; and requests whose
 * parameters move into the URL because that alone is to be signed. */
#include "call.h"

static bool is_form(text content_type)
{
    return text_starts_with(content_type, TEXT("application/x-www-form-urlencoded"));
}

void call_move_body_to_query(struct call *call)
{
    struct http_draft *draft = &call->request.draft;
    const struct http_header *type = http_draft_find(draft, TEXT("content-type"));
    if (call->goal != INIA_PRESIGN || !type || !is_form(type->value) || draft->query.size)
        return;
    size_t index = (size_t)(type - draft->headers);
    memmove(
        draft->headers + index, draft->headers + index + 1,
        (draft->header_count - index - 1) * sizeof *draft->headers);
    draft->header_count--;
    draft->method = TEXT("GET");
    draft->query = call->request.body;
    call->request.body = (text){NULL, 0};
    call->request.has_body = false;
}

inia_status call_sign_parameters(struct call *call, int64_t now_s)
{
    struct signing_credentials credentials = identity_credentials(call->query.identity);
    struct http_draft *draft = &call->draft;
    bool in_query = call->goal == INIA_PRESIGN;
    struct sigv2_request request = {
        .method = draft->method,
        .host = call->target.route->host,
        .path = draft->path,
        .credentials = &credentials,
    };
    return sigv2_sign(
        &request, in_query ? &draft->query : &call->request.body, &call->arena, now_s);
}

inia_status call_add_token(struct call *call)
{
    return bearer_sign(&call->draft, &call->arena, call->query.identity->token);
}
