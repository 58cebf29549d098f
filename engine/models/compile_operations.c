#include "compile.h"

static const struct json_value *member_of(const struct json_value *value, text outer, text inner)
{
    return json_member(json_member(value, outer), inner);
}

static void compile_http(
    struct compilation *compilation, struct model_operation *operation,
    const struct json_value *value)
{
    const struct json_value *http = json_member(value, TEXT("http"));
    operation->method = compile_text(compilation, json_member(http, TEXT("method")));
    operation->request_uri = compile_text(compilation, json_member(http, TEXT("requestUri")));
    operation->response_code = (int)json_i64(json_member(http, TEXT("responseCode")), 0);
    if (!operation->method.data)
        operation->method = TEXT("POST");
    if (!operation->request_uri.data)
        operation->request_uri = TEXT("/");
    operation->host_prefix =
        compile_text(compilation, member_of(value, TEXT("endpoint"), TEXT("hostPrefix")));
}

static const struct model_shape *compile_structure(
    struct compilation *compilation, const struct model_operation *operation, text part,
    const struct json_value *reference)
{
    if (!reference)
        return NULL;
    const struct model_shape *shape =
        compile_reference(compilation, operation->name, part, reference);
    if (shape && shape->kind != MODEL_STRUCTURE) {
        compile_fail(
            compilation, operation->name, part, "'%.*s' is not a structure",
            TEXT_ARGS(shape->name));
        return NULL;
    }
    return shape;
}

/* Old models name the payload where the shape is used. */
static void adopt_payload(
    struct compilation *compilation, const struct model_shape *used,
    const struct json_value *reference)
{
    text payload = json_text(json_member(reference, TEXT("payload")));
    if (!payload.data || !used || used->payload)
        return;
    struct model_shape *shape = compile_find_shape(compilation, used->name);
    shape->payload = model_find_member(shape, payload);
}

static const struct model_member *stream_of(const struct model_shape *shape)
{
    if (!shape)
        return NULL;
    for (size_t i = 0; i < shape->member_count; i++) {
        const struct model_member *member = &shape->members[i];
        if (member->shape->event_stream || (member == shape->payload && member->streaming))
            return member;
    }
    return NULL;
}

static void compile_structures(
    struct compilation *compilation, struct model_operation *operation,
    const struct json_value *value)
{
    const struct json_value *input = json_member(value, TEXT("input"));
    const struct json_value *output = json_member(value, TEXT("output"));
    const struct json_value *errors = json_member(value, TEXT("errors"));
    operation->input = compile_structure(compilation, operation, TEXT("input"), input);
    operation->output = compile_structure(compilation, operation, TEXT("output"), output);
    adopt_payload(compilation, operation->input, input);
    adopt_payload(compilation, operation->output, output);
    operation->input_location_name =
        compile_text(compilation, json_member(input, TEXT("locationName")));
    operation->input_namespace =
        compile_namespace(compilation, json_member(input, TEXT("xmlNamespace")));
    operation->result_wrapper =
        compile_text(compilation, json_member(output, TEXT("resultWrapper")));
    operation->output_wrapped = json_is_true(json_member(output, TEXT("wrapper")));
    operation->input_stream = stream_of(operation->input);
    operation->output_stream = stream_of(operation->output);
    operation->error_count = json_is(errors, JSON_LIST) ? errors->count : 0;
    operation->errors =
        compile_alloc(compilation, operation->error_count, sizeof *operation->errors);
    for (size_t i = 0; operation->errors && i < operation->error_count; i++)
        operation->errors[i] =
            compile_structure(compilation, operation, TEXT("errors"), json_item(errors, i));
}

static void compile_auth(
    struct compilation *compilation, struct model_operation *operation,
    const struct json_value *value)
{
    operation->auth_type = compile_text(compilation, json_member(value, TEXT("authtype")));
    operation->auth =
        compile_texts(compilation, json_member(value, TEXT("auth")), &operation->auth_count);
    operation->unsigned_payload = json_is_true(json_member(value, TEXT("unsignedPayload"))) ||
                                  text_equals(operation->auth_type, TEXT("v4-unsigned-body"));
    const struct json_value *discovery = json_member(value, TEXT("endpointdiscovery"));
    operation->discovers_endpoint = discovery != NULL;
    operation->discovery_required = json_is_true(json_member(discovery, TEXT("required")));
    operation->is_endpoint_operation = json_is_true(json_member(value, TEXT("endpointoperation")));
    operation->idempotent = json_is_true(json_member(value, TEXT("idempotent")));
    operation->readonly = json_is_true(json_member(value, TEXT("readonly")));
    operation->deprecated = json_is_true(json_member(value, TEXT("deprecated")));
}

static void compile_checksums(
    struct compilation *compilation, struct model_operation *operation,
    const struct json_value *value)
{
    const struct json_value *trait = json_member(value, TEXT("httpChecksum"));
    const struct model_shape *input = operation->input;
    operation->checksum_required =
        json_is_true(json_member(value, TEXT("httpChecksumRequired"))) ||
        json_is_true(json_member(trait, TEXT("requestChecksumRequired")));
    operation->checksum_algorithm =
        model_find_member(input, json_text(json_member(trait, TEXT("requestAlgorithmMember"))));
    operation->checksum_validation = model_find_member(
        input, json_text(json_member(trait, TEXT("requestValidationModeMember"))));
    operation->checksums = compile_texts(
        compilation, json_member(trait, TEXT("responseAlgorithms")), &operation->checksum_count);
    operation->compressions = compile_texts(
        compilation, member_of(value, TEXT("requestcompression"), TEXT("encodings")),
        &operation->compression_count);
}

/* member: what holds the value, "value" or "path". */
static struct model_named_value *compile_context(
    struct compilation *compilation, const struct json_value *params, text member, uint32_t *count)
{
    *count = json_is(params, JSON_OBJECT) ? params->count : 0;
    struct model_named_value *values = compile_alloc(compilation, *count, sizeof *values);
    for (size_t i = 0; values && i < *count; i++) {
        const struct json_value *value = json_member(&params->items[i], member);
        values[i].name = arena_copy(&compilation->model->arena, params->names[i]);
        values[i].kind = value ? value->kind : JSON_NULL;
        values[i].value = compile_text(compilation, value);
        values[i].items = compile_texts(compilation, value, &values[i].item_count);
    }
    return values;
}

bool compile_operation(
    struct compilation *compilation, struct model_operation *operation, text name,
    const struct json_value *value)
{
    operation->model = compilation->model;
    operation->name = name;
    if (!json_is(value, JSON_OBJECT))
        return compile_fail(compilation, name, (text){NULL, 0}, "not an object");
    compile_http(compilation, operation, value);
    compile_structures(compilation, operation, value);
    compile_auth(compilation, operation, value);
    compile_checksums(compilation, operation, value);
    operation->static_context = compile_context(
        compilation, json_member(value, TEXT("staticContextParams")), TEXT("value"),
        &operation->static_count);
    operation->dynamic_context = compile_context(
        compilation, json_member(value, TEXT("operationContextParams")), TEXT("path"),
        &operation->dynamic_count);
    return !compilation->failed;
}

bool compile_operations(struct compilation *compilation)
{
    const struct json_value *operations = json_member(compilation->root, TEXT("operations"));
    struct model *model = compilation->model;
    if (!json_is(operations, JSON_OBJECT))
        return compile_fail(compilation, TEXT("operations"), (text){NULL, 0}, "not an object");
    model->operation_count = operations->count;
    model->operations = compile_alloc(compilation, operations->count, sizeof *model->operations);
    for (size_t i = 0; model->operations && i < operations->count; i++) {
        struct model_operation *operation = &model->operations[i];
        text name = arena_copy(&model->arena, operations->names[i]);
        if (!name.data || !map_put(&model->operation_names, name, operation))
            return compile_fail(compilation, name, (text){NULL, 0}, "out of memory");
        if (!compile_operation(compilation, operation, name, &operations->items[i]))
            return false;
    }
    return !compilation->failed;
}
