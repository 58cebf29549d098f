#include "custom.h"

static bool is_of(const struct model_operation *operation, const char *service_id)
{
    return text_equals(operation->model->service_id, text_of(service_id));
}

static bool is_named(const struct model_operation *operation, const char *name)
{
    return text_equals(operation->name, text_of(name));
}

static void set_string(struct json_value *value, struct arena *arena, text string)
{
    if (value && value->kind == JSON_STRING)
        *value = *tree_string(arena, string);
}

static void last_part(
    struct arena *arena, const struct model_operation *operation, struct json_value *params)
{
    static const char *const shapes[] = {"ResourceId", "DelegationSetId", "ChangeId"};
    for (size_t i = 0; operation->input && i < operation->input->member_count; i++) {
        const struct model_member *member = &operation->input->members[i];
        struct json_value *value = tree_member(params, member->name);
        bool is_id = false;
        for (size_t j = 0; j < COUNT_OF(shapes); j++)
            is_id |= text_equals(member->shape->name, text_of(shapes[j]));
        if (!is_id || !value || value->kind != JSON_STRING)
            continue;
        size_t slash = text_find_last(value->string, '/');
        if (slash < value->string.size)
            set_string(value, arena, text_after(value->string, slash + 1));
    }
}

void custom_change_params(
    struct arena *arena, const struct model_operation *operation, struct json_value *params)
{
    bool rds = is_of(operation, "RDS") || is_of(operation, "Neptune") || is_of(operation, "DocDB");
    if (rds && operation->input && model_find_member(operation->input, TEXT("PreSignedUrl")))
        tree_remove(params, TEXT("SourceRegion"));
    if (is_of(operation, "Route 53"))
        last_part(arena, operation, params);
    struct json_value *data = tree_member(params, TEXT("UserData"));
    bool encodes =
        (is_of(operation, "EC2") && is_named(operation, "RunInstances")) ||
        (is_of(operation, "Auto Scaling") && is_named(operation, "CreateLaunchConfiguration"));
    if (encodes && data)
        set_string(data, arena, tree_base64(arena, data->string));
    struct json_value *source = tree_member(params, TEXT("CopySource"));
    if (is_of(operation, "S3") && source && source->kind == JSON_STRING) {
        struct buffer out;
        buffer_init(&out, arena);
        buffer_add_percent(&out, source->string, PERCENT_PATH);
        set_string(source, arena, buffer_text(&out));
    }
}

void custom_change_output(
    struct arena *arena, const struct model_operation *operation, struct json_value *output)
{
    const struct json_value *expires = tree_member(output, TEXT("Expires"));
    if (!is_of(operation, "S3") || !expires || expires->kind != JSON_STRING)
        return;
    const struct instant *instant = instant_of(expires->string);
    if (instant && instant->http)
        tree_add(arena, output, TEXT("ExpiresString"), tree_string(arena, text_of(instant->http)));
}
