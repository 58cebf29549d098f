#include "compile.h"

static enum model_protocol protocol_of(text name)
{
    for (int i = MODEL_JSON; i < MODEL_PROTOCOL_COUNT; i++) {
        if (text_equals(name, text_of(model_protocol_name((enum model_protocol)i))))
            return (enum model_protocol)i;
    }
    return MODEL_PROTOCOL_NONE;
}

static void compile_protocols(struct compilation *compilation, const struct json_value *metadata)
{
    struct model *model = compilation->model;
    const struct json_value *list = json_member(metadata, TEXT("protocols"));
    enum model_protocol named = protocol_of(json_text(json_member(metadata, TEXT("protocol"))));
    model->protocols[named] = true;
    enum model_protocol best = MODEL_PROTOCOL_NONE;
    for (size_t i = 0; json_is(list, JSON_LIST) && i < list->count; i++) {
        enum model_protocol offered = protocol_of(json_text(json_item(list, i)));
        model->protocols[offered] = true;
        /* The enum is in botocore's order of preference. */
        if (offered != MODEL_PROTOCOL_NONE && (best == MODEL_PROTOCOL_NONE || offered < best))
            best = offered;
    }
    model->protocols[MODEL_PROTOCOL_NONE] = false;
    model->protocol = best == MODEL_PROTOCOL_NONE ? named : best;
}

bool compile_metadata(struct compilation *compilation)
{
    struct model *model = compilation->model;
    const struct json_value *metadata = json_member(compilation->root, TEXT("metadata"));
    if (!json_is(metadata, JSON_OBJECT))
        return compile_fail(compilation, TEXT("metadata"), (text){NULL, 0}, "not an object");
    const struct {
        text name;
        text *value;
    } texts[] = {
        {TEXT("apiVersion"), &model->api_version},
        {TEXT("endpointPrefix"), &model->endpoint_prefix},
        {TEXT("serviceId"), &model->service_id},
        {TEXT("serviceFullName"), &model->full_name},
        {TEXT("serviceAbbreviation"), &model->abbreviation},
        {TEXT("signatureVersion"), &model->signature_version},
        {TEXT("signingName"), &model->signing_name},
        {TEXT("jsonVersion"), &model->json_version},
        {TEXT("targetPrefix"), &model->target_prefix},
        {TEXT("globalEndpoint"), &model->global_endpoint},
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        *texts[i].value = compile_text(compilation, json_member(metadata, texts[i].name));
    if (!model->signing_name.data)
        model->signing_name = model->endpoint_prefix;
    model->xml_namespace =
        compile_namespace(compilation, json_member(metadata, TEXT("xmlNamespace")));
    model->http2 = compile_text(
        compilation, json_member(json_member(metadata, TEXT("protocolSettings")), TEXT("h2")));
    model->query_compatible = json_member(metadata, TEXT("awsQueryCompatible")) != NULL;
    model->auth =
        compile_texts(compilation, json_member(metadata, TEXT("auth")), &model->auth_count);
    compile_protocols(compilation, metadata);
    return !compilation->failed;
}

/* What has been read of a file's start must not be something else further on. */
static bool has_metadata_once(struct compilation *compilation)
{
    const struct json_value *root = compilation->root;
    size_t times = 0;
    for (size_t i = 0; i < root->count; i++)
        times += text_equals(root->names[i], TEXT("metadata"));
    return times <= 1 ||
           compile_fail(compilation, TEXT("metadata"), (text){NULL, 0}, "is there twice");
}

bool compile_top(struct compilation *compilation)
{
    struct model *model = compilation->model;
    const struct json_value *context = json_member(compilation->root, TEXT("clientContextParams"));
    model->deprecated = json_is_true(json_member(compilation->root, TEXT("deprecated")));
    if (!has_metadata_once(compilation) || !json_is(context, JSON_OBJECT))
        return !compilation->failed;
    model->client_context =
        compile_alloc(compilation, context->count, sizeof *model->client_context);
    for (size_t i = 0; model->client_context && i < context->count; i++)
        model->client_context[i] = compile_text(
            compilation, &(struct json_value){.kind = JSON_STRING, .string = context->names[i]});
    model->client_context_count = compilation->failed ? 0 : context->count;
    return !compilation->failed;
}
