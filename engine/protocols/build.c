/* Design notes
 *
 * The parameters are gone through once, in the order they came in, which is also the order of the
 * query and of the body: botocore does the same, so that both make the same bytes. What an
 * operation sends in any case is in its plan.
 */
#include "customs.h"
#include "writing.h"

/* Maps come last, for what has a name of its own wins. */
struct query {
    struct buffer out;
    const struct model_member *map, *header_map;
    const struct json_value *map_value, *header_map_value;
};

static bool no_memory(struct writing *writing)
{
    writing->failed = true;
    return false;
}

/* ---- Headers ------------------------------------------------------------------------- */

static void add_header(struct writing *writing, text name, text value)
{
    if (!http_draft_add(&writing->request->draft, writing->arena, name, value))
        no_memory(writing);
}

/* scalar_text()'s answer may lie in scratch memory. */
static text keep(struct writing *writing, text value)
{
    if (value.data != writing->scratch)
        return value;
    text copy = arena_copy(writing->arena, value);
    if (!copy.data)
        no_memory(writing);
    return copy;
}

static text base64_of(struct writing *writing, text bytes)
{
    struct buffer out;
    buffer_init(&out, writing->arena);
    buffer_add_base64(&out, bytes);
    if (!buffer_ok(&out))
        no_memory(writing);
    return buffer_text(&out);
}

static void make_lower(char *name, size_t size)
{
    for (size_t i = 0; name && i < size; i++)
        name[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] | 0x20 : name[i]);
}

static bool needs_quotes(text value)
{
    return text_find(value, ',') < value.size || text_find(value, '"') < value.size ||
           text_trim(value).size != value.size;
}

static void add_list_item(struct buffer *out, text value, bool quotable)
{
    if (!quotable || !needs_quotes(value)) {
        buffer_add(out, value);
        return;
    }
    buffer_add_char(out, '"');
    for (size_t i = 0; i < value.size; i++) {
        if (value.data[i] == '"' || value.data[i] == '\\')
            buffer_add_char(out, '\\');
        buffer_add_char(out, value.data[i]);
    }
    buffer_add_char(out, '"');
}

static text list_header(
    struct writing *writing, const struct model_member *member, const struct json_value *value)
{
    const struct model_member *item = member->shape->item;
    struct buffer out;
    buffer_init(&out, writing->arena);
    for (size_t i = 0; i < value->count; i++) {
        if (is_absent(&value->items[i]))
            continue;
        if (out.size)
            buffer_add(&out, item->shape->kind == MODEL_TIMESTAMP ? TEXT(", ") : TEXT(","));
        text written = scalar_text(writing, item, &value->items[i], MODEL_TIME_HTTP);
        add_list_item(&out, written, item->shape->kind == MODEL_STRING);
    }
    if (!buffer_ok(&out))
        no_memory(writing);
    return buffer_text(&out);
}

static void write_header(
    struct writing *writing, const struct model_member *member, const struct json_value *value)
{
    text written;
    if (member->shape->kind == MODEL_LIST)
        written = value->count ? list_header(writing, member, value) : TEXT("");
    else
        written = keep(writing, scalar_text(writing, member, value, MODEL_TIME_HTTP));
    if (member->json_value)
        written = base64_of(writing, written);
    text name = member_wire_name(member);
    text lower = arena_copy(writing->arena, name);
    if (!lower.data) {
        no_memory(writing);
        return;
    }
    make_lower((char *)(uintptr_t)lower.data, lower.size);
    if (member->shape->kind != MODEL_LIST || written.size)
        add_header(writing, lower, written);
}

static void write_headers(
    struct writing *writing, const struct model_member *member, const struct json_value *value)
{
    for (size_t i = 0; i < value->count; i++) {
        struct buffer name;
        if (is_absent(&value->items[i]))
            continue;
        buffer_init(&name, writing->arena);
        buffer_add(&name, member->location_name);
        buffer_add(&name, value->names[i]);
        if (!buffer_ok(&name))
            no_memory(writing);
        make_lower(name.data, name.size);
        if (http_draft_find(&writing->request->draft, buffer_text(&name)))
            continue;
        text written =
            scalar_text(writing, member->shape->value, &value->items[i], MODEL_TIME_HTTP);
        add_header(writing, buffer_text(&name), keep(writing, written));
    }
}

/* ---- Query --------------------------------------------------------------------------- */

static void add_pair(struct query *query, text name, text value)
{
    if (query->out.size)
        buffer_add_char(&query->out, '&');
    buffer_add_percent(&query->out, name, PERCENT_UNRESERVED);
    buffer_add_char(&query->out, '=');
    buffer_add_percent(&query->out, value, PERCENT_UNRESERVED);
}

static void write_query(
    struct writing *writing, struct query *query, const struct model_member *member, text name,
    const struct json_value *value)
{
    if (member->shape->kind != MODEL_LIST) {
        add_pair(query, name, scalar_text(writing, member, value, MODEL_TIME_ISO8601));
        return;
    }
    for (size_t i = 0; i < value->count; i++) {
        if (!is_absent(&value->items[i]))
            add_pair(
                query, name,
                scalar_text(writing, member->shape->item, &value->items[i], MODEL_TIME_ISO8601));
    }
}

/* A map's keys are parameters of their own, unless a member has that name. */
static bool is_named(const struct writing *writing, text name)
{
    const struct model_shape *input = writing->plan->operation->input;
    for (size_t i = 0; i < input->member_count; i++) {
        const struct model_member *member = &input->members[i];
        if (member->location == MODEL_IN_QUERY && member->shape->kind != MODEL_MAP &&
            text_equals(member_wire_name(member), name) &&
            !is_absent(json_member(writing->params, member->name)))
            return true;
    }
    return false;
}

static void write_query_map(struct writing *writing, struct query *query)
{
    for (size_t i = 0; query->map && i < query->map_value->count; i++) {
        const struct json_value *value = &query->map_value->items[i];
        if (!is_absent(value) && !is_named(writing, query->map_value->names[i]))
            write_query(
                writing, query, query->map->shape->value, query->map_value->names[i], value);
    }
}

/* ---- Path and host --------------------------------------------------------------------- */

static bool write_path(struct writing *writing, inia_error *error)
{
    const struct plan_template *template = &writing->plan->parts->path;
    struct buffer path;
    if (template->count == 1 && !template->pieces[0].label) {
        writing->request->draft.path = template->pieces[0].literal;
        return true;
    }
    buffer_init(&path, writing->arena);
    for (size_t i = 0; i < template->count; i++) {
        const struct plan_piece *piece = &template->pieces[i];
        if (!piece->label) {
            buffer_add(&path, piece->literal);
            continue;
        }
        const struct json_value *value = json_member(writing->params, piece->label->name);
        text written = is_absent(value)
                           ? TEXT("")
                           : scalar_text(writing, piece->label, value, MODEL_TIME_ISO8601);
        if (written.size == 0 && piece->fallback.data)
            written = piece->fallback;
        if (written.size == 0) {
            error_set(
                error, INIA_BAD_REQUEST, "%.*s: may not be empty, for it is part of the path",
                TEXT_ARGS(piece->label->name));
            return false;
        }
        buffer_add_percent(&path, written, piece->greedy ? PERCENT_PATH : PERCENT_UNRESERVED);
    }
    if (!buffer_ok(&path))
        no_memory(writing);
    writing->request->draft.path = path.size ? buffer_text(&path) : TEXT("/");
    return true;
}

static bool is_host_label(text label)
{
    for (size_t i = 0; i < label.size; i++) {
        char byte = label.data[i];
        if (!((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
              (byte >= '0' && byte <= '9') || byte == '-'))
            return false;
    }
    return label.size > 0 && label.size < 64;
}

static bool write_host(struct writing *writing, inia_error *error)
{
    const struct plan_template *template = &writing->plan->parts->host;
    struct buffer host;
    if (template->count == 0 || (template->count == 1 && !template->pieces[0].label)) {
        writing->request->host_prefix = template->count ? template->pieces[0].literal : TEXT("");
        return true;
    }
    buffer_init(&host, writing->arena);
    for (size_t i = 0; i < template->count; i++) {
        const struct plan_piece *piece = &template->pieces[i];
        if (!piece->label) {
            buffer_add(&host, piece->literal);
            continue;
        }
        text label = json_text(json_member(writing->params, piece->label->name));
        if (!is_host_label(label)) {
            error_set(
                error, INIA_BAD_REQUEST,
                "%.*s: '%.*s' cannot be part of a host name: 1 to 63 letters, digits and hyphens",
                TEXT_ARGS(piece->label->name), TEXT_ARGS(label));
            return false;
        }
        buffer_add(&host, label);
    }
    if (!buffer_ok(&host))
        no_memory(writing);
    writing->request->host_prefix = buffer_text(&host);
    return true;
}

/* ---- All of it ------------------------------------------------------------------------- */

/* The parameters with the idempotency tokens that they lack. */
static const struct json_value *fill_tokens(struct writing *writing)
{
    const struct plan_parts *parts = writing->plan->parts;
    const struct json_value *params = writing->params;
    for (size_t i = 0; i < parts->token_count; i++) {
        const struct model_member *member = parts->tokens[i];
        if (!is_absent(json_member(params, member->name)))
            continue;
        size_t count = params->count;
        struct json_value *filled = arena_alloc_zeroed(writing->arena, sizeof *filled);
        char *token = arena_alloc(writing->arena, 37);
        struct json_value *items = arena_alloc(writing->arena, (count + 1) * sizeof *items);
        text *names = arena_alloc(writing->arena, (count + 1) * sizeof *names);
        if (!filled || !token || !items || !names) {
            no_memory(writing);
            return params;
        }
        if (count) {
            memcpy(items, params->items, count * sizeof *items);
            memcpy(names, params->names, count * sizeof *names);
        }
        text value = writing->input->idempotency_token;
        if (!value.data) {
            check(writing->input->random != NULL);
            random_uuid(writing->input->random, token);
            token[36] = '\0';
            value = (text){token, 36};
        }
        items[count] = (struct json_value){.kind = JSON_STRING, .string = value};
        names[count] = member->name;
        *filled = (struct json_value){JSON_OBJECT, (uint32_t)count + 1, {NULL, 0}, items, names};
        params = filled;
    }
    return params;
}

static void write_located(struct writing *writing, struct query *query)
{
    const struct model_shape *input = writing->plan->operation->input;
    uint32_t hint = 0;
    for (size_t i = 0; input && i < writing->params->count; i++) {
        const struct json_value *value = &writing->params->items[i];
        const struct model_member *member =
            is_absent(value) ? NULL : shape_find(input, &hint, writing->params->names[i]);
        if (!member)
            continue;
        switch (writing->in_url && member->location == MODEL_IN_BODY ? MODEL_IN_QUERY
                                                                     : member->location) {
        case MODEL_IN_HEADER:
            write_header(writing, member, value);
            break;
        case MODEL_IN_HEADERS:
            query->header_map = member;
            query->header_map_value = value;
            break;
        case MODEL_IN_QUERY:
            if (member->shape->kind == MODEL_MAP) {
                query->map = member;
                query->map_value = value;
            } else {
                write_query(writing, query, member, member_wire_name(member), value);
            }
            break;
        default:
            break;
        }
    }
    write_query_map(writing, query);
    if (query->header_map)
        write_headers(writing, query->header_map, query->header_map_value);
}

static void write_payload(struct writing *writing)
{
    const struct plan_parts *parts = writing->plan->parts;
    const struct model_member *payload = writing->plan->operation->input->payload;
    const struct json_value *value = json_member(writing->params, payload->name);
    if (payload->shape->event_stream)
        return;
    if (parts->body == PLAN_PAYLOAD) {
        parts->codec->write_payload(writing, payload, is_absent(value) ? NULL : value);
    } else if (!is_absent(value)) {
        writing->request->has_body = true;
        writing->request->body =
            payload->shape->kind == MODEL_BLOB ? blob_bytes(writing, value) : value->string;
    }
}

static void write_body(struct writing *writing)
{
    const struct plan_parts *parts = writing->plan->parts;
    struct protocol_request *request = writing->request;
    buffer_init(&writing->body, writing->arena);
    switch (parts->body) {
    case PLAN_NO_BODY:
        break;
    case PLAN_MEMBERS:
        parts->codec->write_members(writing, writing->params);
        break;
    case PLAN_PAYLOAD:
    case PLAN_BYTES:
        write_payload(writing);
        break;
    }
    if (!buffer_ok(&writing->body))
        no_memory(writing);
    if (writing->body.size) {
        request->has_body = true;
        request->body = buffer_text(&writing->body);
    }
}

static void write_fixed_headers(struct writing *writing)
{
    const struct protocol_plan *plan = writing->plan;
    struct protocol_request *request = writing->request;
    if (plan->protocol == MODEL_JSON)
        add_header(writing, TEXT("x-amz-target"), plan->parts->target);
    if (plan->protocol == MODEL_CBOR) {
        add_header(writing, TEXT("smithy-protocol"), TEXT("rpc-v2-cbor"));
        add_header(
            writing, TEXT("accept"),
            plan->event_stream_output ? EVENT_STREAM_TYPE : TEXT("application/cbor"));
    }
    bool queries = plan->protocol == MODEL_JSON || plan->protocol == MODEL_CBOR;
    if (plan->operation->model->query_compatible && queries)
        add_header(writing, TEXT("x-amzn-query-mode"), TEXT("true"));
    text extra = plan->parts->extra.name;
    if (extra.data && !http_draft_find(&request->draft, extra))
        add_header(writing, extra, plan->parts->extra.value);
    const struct http_header *type = http_draft_find(&request->draft, TEXT("content-type"));
    if (type) {
        request->content_type = type->value;
    } else if (plan->event_stream_input) {
        request->content_type = EVENT_STREAM_TYPE;
        add_header(writing, TEXT("content-type"), request->content_type);
    } else if (
        (request->has_body && (request->body.size || !plan->parts->codec->uses_locations)) ||
        (plan->protocol == MODEL_REST_JSON && plan->parts->body == PLAN_BYTES &&
         !plan->streaming_input)) {
        request->content_type = plan->parts->content_type;
        add_header(writing, TEXT("content-type"), request->content_type);
    }
}

/* What came from parameters must not make a second header, or none. */
static bool headers_are_sound(const struct http_draft *draft, inia_error *error)
{
    for (size_t i = 0; i < draft->header_count; i++) {
        const struct http_header *header = &draft->headers[i];
        if (!http_is_token(header->name) || !http_is_field_value(header->value)) {
            error_set(
                error, INIA_BAD_REQUEST, "header %.*s: a name or value that HTTP does not allow",
                TEXT_ARGS(header->name));
            return false;
        }
    }
    return true;
}

inia_status protocol_build(
    const struct protocol_plan *plan, const struct protocol_input *input, struct arena *arena,
    struct protocol_request *request, inia_error *error)
{
    static const struct json_value nothing = {.kind = JSON_OBJECT};
    struct writing writing = {
        .plan = plan,
        .input = input,
        .arena = arena,
        .request = request,
        .in_url = input->presigned && has_custom(plan, CUSTOM_URL_ALONE),
        .params = input->params ? input->params : &nothing};
    *request = (struct protocol_request){.host_prefix = TEXT(""), .body = TEXT("")};
    if (plan->parts->unfilled.data)
        return error_set(
            error, INIA_BAD_CONFIG, "%.*s: %.*s.http.requestUri: no member for '%.*s'",
            TEXT_ARGS(plan->operation->model->file), TEXT_ARGS(plan->operation->name),
            TEXT_ARGS(plan->parts->unfilled));
    inia_status status = customs_apply_to_params(&writing, error);
    if (status == INIA_OK)
        status = params_check(plan, plan->operation->input, input, writing.params, error);
    if (status != INIA_OK)
        return status;
    request->params = writing.params;
    request->draft.method = plan->method;
    writing.params = fill_tokens(&writing);
    if (!write_path(&writing, error) || !write_host(&writing, error))
        return INIA_BAD_REQUEST;
    struct query query = {.map = NULL};
    buffer_init(&query.out, arena);
    buffer_add(&query.out, plan->parts->query);
    if (plan->parts->codec->uses_locations)
        write_located(&writing, &query);
    request->draft.query = buffer_text(&query.out);
    if (writing.in_url) {
        request->draft.method = TEXT("GET");
    } else {
        write_body(&writing);
        compress_body(&writing);
        write_fixed_headers(&writing);
    }
    customs_apply_to_request(&writing);
    if (writing.failed || !buffer_ok(&query.out))
        return error_set(error, INIA_NO_MEMORY, "out of memory building a request");
    return headers_are_sound(&request->draft, error) ? INIA_OK : INIA_BAD_REQUEST;
}
