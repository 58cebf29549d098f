#include "customs.h"
#include "plan_header.h"

static const struct codec *const codecs[] = {
    [MODEL_JSON] = &json_codec,         [MODEL_REST_JSON] = &rest_json_codec,
    [MODEL_REST_XML] = &rest_xml_codec, [MODEL_CBOR] = &cbor_codec,
    [MODEL_QUERY] = &query_codec,       [MODEL_EC2] = &ec2_codec,
};

const struct codec *codec_of(enum model_protocol protocol)
{
    return codecs[protocol];
}

struct planning {
    const struct model_operation *operation;
    struct arena *arena;
    struct plan_parts *parts;
    bool failed;
};

static void *take(struct planning *planning, size_t count, size_t size)
{
    void *memory = arena_alloc_zeroed(planning->arena, count * size);
    planning->failed = planning->failed || !memory;
    return memory;
}

/* ---- Templates --------------------------------------------------------------------- */

static const struct model_member *label_member(const struct model_shape *input, text label)
{
    for (size_t i = 0; input && i < input->member_count; i++) {
        const struct model_member *member = &input->members[i];
        text name = member->location == MODEL_IN_PATH && member->location_name.data
                        ? member->location_name
                        : member->name;
        if (text_equals(name, label))
            return member;
    }
    return NULL;
}

/* A label without a member stays in the text as it is; a request with it is refused. */
static struct plan_template split_template(struct planning *planning, text written)
{
    size_t most = 1;
    for (size_t i = 0; i < written.size; i++)
        most += written.data[i] == '{' ? 2 : 0;
    struct plan_template result = {take(planning, most, sizeof *result.pieces), 0};
    while (result.pieces && written.size) {
        size_t open = text_find(written, '{'), close = text_find(written, '}');
        if (open == 0 && close < written.size) {
            text label = {written.data + 1, close - 1};
            bool greedy = text_ends_with(label, TEXT("+"));
            label.size -= greedy;
            result.pieces[result.count++] = (struct plan_piece){
                .literal = {written.data, close + 1},
                .label = label_member(planning->operation->input, label),
                .greedy = greedy};
            written = text_after(written, close + 1);
            continue;
        }
        if (open == 0 || open > written.size)
            open = written.size;
        result.pieces[result.count++] = (struct plan_piece){.literal = {written.data, open}};
        written = text_after(written, open);
    }
    return result;
}

/* The endpoint rules put the bucket into the host or the path, so the path must not say it again.
 */
static text without_bucket(const struct model_operation *operation, text uri)
{
    const struct model_member *bucket = model_find_member(operation->input, TEXT("Bucket"));
    if (bucket && text_equals(bucket->context_param, TEXT("Bucket")) &&
        text_starts_with(uri, TEXT("/{Bucket}")))
        return text_after(uri, sizeof "/{Bucket}" - 1);
    return uri;
}

/* The endpoint rules of S3 Control put the account into the host, so no prefix may. */
static text host_prefix_of(const struct model_operation *operation)
{
    const struct model_member *account = model_find_member(operation->input, TEXT("AccountId"));
    bool by_rules = account && text_equals(account->context_param, TEXT("AccountId")) &&
                    text_equals(operation->host_prefix, TEXT("{AccountId}."));
    return by_rules ? (text){NULL, 0} : operation->host_prefix;
}

/* ---- Headers of the response --------------------------------------------------------- */

static void put_header(struct plan_parts *parts, text name, uint32_t member)
{
    struct name_ends ends = name_ends_of(name);
    uint32_t mask = parts->header_slots - 1, slot = name_hash(ends, name.size) & mask;
    while (parts->headers[slot].name.data)
        slot = (slot + 1) & mask;
    parts->headers[slot] = (struct plan_header){name, ends.first, ends.last, member};
}

static bool is_in_header(const struct plan_parts *parts, const struct model_member *member)
{
    return parts->codec->uses_locations && member->location == MODEL_IN_HEADER;
}

static void plan_headers(struct planning *planning)
{
    const struct model_shape *output = planning->operation->output;
    struct plan_parts *parts = planning->parts;
    uint32_t count = 4, slots = 4;
    for (size_t i = 0; output && i < output->member_count; i++)
        count += is_in_header(parts, &output->members[i]);
    while (slots < 2 * count)
        slots *= 2;
    parts->headers = take(planning, slots, sizeof *parts->headers);
    if (!parts->headers)
        return;
    parts->header_slots = slots;
    for (uint32_t i = 0; output && i < output->member_count && i < PLAN_MOST_MEMBERS; i++) {
        const struct model_member *member = &output->members[i];
        if (is_in_header(parts, member))
            put_header(parts, member->location_name.data ? member->location_name : member->name, i);
        else
            parts->elsewhere.bits[i / 64] |= (uint64_t)1 << i % 64;
    }
    put_header(parts, TEXT("x-amzn-requestid"), PLAN_REQUEST_ID);
    put_header(parts, TEXT("x-amz-request-id"), PLAN_REQUEST_ID);
    put_header(parts, TEXT("x-amzn-request-id"), PLAN_REQUEST_ID);
    put_header(parts, TEXT("x-amz-id-2"), PLAN_HOST_ID);
}

static void plan_names(struct planning *planning)
{
    const struct model_shape *output = planning->operation->output;
    uint32_t count = output ? output->member_count : 0;
    text *names = planning->parts->names = take(planning, count + 1u, sizeof *names);
    struct buffer all; /* which moves as it grows */
    buffer_init(&all, planning->arena);
    for (uint32_t i = 0; names && i < count; i++) {
        size_t start = all.size;
        buffer_add_char(&all, ',');
        json_write_string(&all, output->members[i].name);
        buffer_add_char(&all, ':');
        names[i].size = all.size - start;
    }
    if (!buffer_reserve(&all, PLAN_NAME_ROOM)) /* NULL also if something before did not fit */
        planning->failed = true;
    const char *at = all.data;
    for (uint32_t i = 0; !planning->failed && i < count; at += names[i++].size)
        names[i].data = at;
}

/* ---- The request's body ---------------------------------------------------------------- */

static bool has_body_members(const struct model_shape *input)
{
    for (size_t i = 0; input && i < input->member_count; i++) {
        if (input->members[i].location == MODEL_IN_BODY)
            return true;
    }
    return false;
}

static enum plan_body body_of(const struct model_operation *operation, const struct codec *codec)
{
    const struct model_shape *input = operation->input;
    if (!codec->uses_locations)
        return PLAN_MEMBERS;
    if (input && input->payload) {
        enum model_kind kind = input->payload->shape->kind;
        return kind == MODEL_STRING || kind == MODEL_BLOB ? PLAN_BYTES : PLAN_PAYLOAD;
    }
    return has_body_members(input) ? PLAN_MEMBERS : PLAN_NO_BODY;
}

static text content_type_of(struct planning *planning)
{
    const struct model *model = planning->operation->model;
    const struct plan_parts *parts = planning->parts;
    if (parts->codec == &json_codec) {
        struct buffer type;
        buffer_init(&type, planning->arena);
        buffer_add(&type, TEXT("application/x-amz-json-"));
        buffer_add(&type, model->json_version.data ? model->json_version : TEXT("1.0"));
        planning->failed = planning->failed || !buffer_ok(&type);
        return buffer_text(&type);
    }
    if (parts->body == PLAN_BYTES)
        return planning->operation->input->payload->shape->kind == MODEL_STRING
                   ? TEXT("text/plain")
                   : TEXT("application/octet-stream");
    return parts->codec->content_type;
}

static void plan_target(struct planning *planning)
{
    struct buffer target;
    buffer_init(&target, planning->arena);
    buffer_add(&target, planning->operation->model->target_prefix);
    buffer_add_char(&target, '.');
    buffer_add(&target, planning->operation->name);
    planning->failed = planning->failed || !buffer_ok(&target);
    planning->parts->target = buffer_text(&target);
}

static void plan_tokens(struct planning *planning)
{
    const struct model_shape *input = planning->operation->input;
    struct plan_parts *parts = planning->parts;
    for (size_t pass = 0; pass < 2; pass++) {
        uint32_t count = 0;
        for (size_t i = 0; input && i < input->member_count; i++) {
            if (!input->members[i].idempotency_token)
                continue;
            if (pass == 1)
                parts->tokens[count] = &input->members[i];
            count++;
        }
        if (count == 0)
            return;
        if (pass == 0 && !(parts->tokens = take(planning, count, sizeof *parts->tokens)))
            return;
        parts->token_count = count;
    }
}

static void plan_uri(struct planning *planning)
{
    struct plan_parts *parts = planning->parts;
    if (parts->codec == &cbor_codec) {
        struct buffer path;
        buffer_init(&path, planning->arena);
        buffer_add(&path, TEXT("/service/"));
        buffer_add(&path, planning->operation->model->target_prefix);
        buffer_add(&path, TEXT("/operation/"));
        buffer_add(&path, planning->operation->name);
        planning->failed = planning->failed || !buffer_ok(&path);
        parts->path = split_template(planning, buffer_text(&path));
        return;
    }
    bool is_form = parts->codec == &query_codec || parts->codec == &ec2_codec;
    if (is_form) { /* the action is in the body; what old models have in the URI is for SOAP */
        parts->path = split_template(planning, TEXT("/"));
        return;
    }
    text uri = without_bucket(planning->operation, planning->operation->request_uri);
    text path = text_split(uri, '?', &parts->query);
    parts->path = split_template(planning, path);
    for (size_t i = 0; !planning->failed && i < parts->path.count; i++) {
        const struct plan_piece *piece = &parts->path.pieces[i];
        if (!piece->label && text_starts_with(piece->literal, TEXT("{")))
            parts->unfilled = piece->literal;
    }
}

/* MODEL_PROTOCOL_NONE with a line in error: neither the model nor who asked names one of ours. */
static enum model_protocol choose_protocol(
    const struct model *model, enum model_protocol wanted, inia_error *error)
{
    if (wanted == MODEL_PROTOCOL_NONE && model->protocol == MODEL_PROTOCOL_NONE)
        error_set(
            error, INIA_UNSUPPORTED, "%.*s: metadata: no protocol that inia speaks",
            TEXT_ARGS(model->file));
    else if (wanted != MODEL_PROTOCOL_NONE && !model->protocols[wanted])
        error_set(
            error, INIA_UNSUPPORTED, "%.*s does not offer that protocol",
            TEXT_ARGS(model->service));
    else
        return wanted == MODEL_PROTOCOL_NONE ? model->protocol : wanted;
    return MODEL_PROTOCOL_NONE;
}

/* ---- The door ---------------------------------------------------------------------------- */

static void plan_streams(struct protocol_plan *plan)
{
    const struct model_member *in = plan->operation->input_stream;
    const struct model_member *out = plan->operation->output_stream;
    plan->streaming_input = in != NULL;
    plan->streaming_output = out != NULL;
    plan->event_stream_input = in && in->shape->event_stream;
    plan->event_stream_output = out && out->shape->event_stream;
}

struct protocol_plan *protocol_plan_new(
    const struct model_operation *operation, enum model_protocol protocol, struct arena *arena,
    inia_error *error)
{
    protocol = choose_protocol(operation->model, protocol, error);
    if (protocol == MODEL_PROTOCOL_NONE)
        return NULL;
    struct planning planning = {.operation = operation, .arena = arena};
    struct protocol_plan *plan = take(&planning, 1, sizeof *plan);
    struct plan_parts *parts = planning.parts = take(&planning, 1, sizeof *parts);
    if (!planning.failed) {
        plan->operation = operation;
        plan->protocol = protocol;
        plan->parts = parts;
        parts->codec = codec_of(protocol);
        plan->method =
            parts->codec->uses_locations || protocol == MODEL_QUERY || protocol == MODEL_EC2
                ? operation->method
                : TEXT("POST");
        plan->head_only = text_equals(plan->method, TEXT("HEAD"));
        parts->body = body_of(operation, parts->codec);
        plan_streams(plan);
        plan_uri(&planning);
        customs_plan(plan, parts);
        parts->host = split_template(&planning, host_prefix_of(operation));
        parts->content_type = content_type_of(&planning);
        plan_target(&planning);
        plan_tokens(&planning);
        plan_headers(&planning);
        plan_names(&planning);
    }
    if (!planning.failed)
        return plan;
    error_set(error, INIA_NO_MEMORY, "out of memory planning %.*s", TEXT_ARGS(operation->name));
    return NULL;
}
