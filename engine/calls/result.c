#include "call.h"

/* One step of a path: a member's name, or [index]. Moves path on; NULL when the output has no such
 * thing. */
static const struct json_value *follow(const struct json_value *value, struct cursor *path)
{
    if (cursor_skip(path, TEXT("["))) {
        uint64_t index;
        if (!text_to_u64(cursor_take_until(path, ']'), &index) || !cursor_ok(path))
            return NULL;
        cursor_skip(path, TEXT("."));
        return json_item(value, (size_t)index);
    }
    text rest = {path->at, cursor_left(path)};
    size_t dot = text_find(rest, '.'), bracket = text_find(rest, '[');
    size_t end = dot < bracket ? dot : bracket;
    const struct json_value *member = json_member(value, cursor_take(path, end));
    if (end == dot)
        cursor_skip(path, TEXT("."));
    return member;
}

static const char *as_text(struct call *call, const struct json_value *value)
{
    if (!value || value->kind == JSON_NULL)
        return NULL;
    if (value->kind == JSON_STRING || value->kind == JSON_NUMBER)
        return arena_string(&call->arena, value->string);
    struct buffer out;
    buffer_init(&out, &call->arena);
    json_write(&out, value);
    return buffer_string(&out);
}

const struct json_value *call_output_tree(struct call *call)
{
    if (!call->output_tree) {
        struct json_problem problem;
        text output = {call->public.output, call->public.output_size};
        call->output_tree = json_parse(call->engine->readers.json, output, &call->arena, &problem);
    }
    return call->output_tree;
}

void call_forget_result(struct call *call)
{
    struct inia_call *public = &call->public;
    public->status = INIA_OK;
    public->error_code = public->message = public->request_id = "";
    public->output = "{}";
    public->output_size = 2;
    public->headers = NULL;
    public->header_count = 0;
    call->output_tree = NULL;
}

const char *call_get(struct call *call, const char *path)
{
    const struct json_value *value = call_output_tree(call);
    struct cursor left = cursor_of(text_of(path));
    while (value && !cursor_is_done(&left))
        value = follow(value, &left);
    return as_text(call, value);
}
