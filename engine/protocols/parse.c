/* Design notes
 *
 * Output is written as it is read, in the model's order. For the REST protocols the response's
 * headers are first sorted into the places of the members they fill, by a table that the plan
 * holds, so that no header is compared with every member.
 */
#include "customs.h"
#include "plan_header.h"
#include "reading.h"
#include "writing.h"

bool protocol_readers_init(struct protocol_readers *readers)
{
    readers->json = json_parser_new();
    readers->xml = xml_parser_new();
    if (readers->json && readers->xml)
        return true;
    protocol_readers_release(readers);
    return false;
}

void protocol_readers_release(struct protocol_readers *readers)
{
    json_parser_free(readers->json);
    xml_parser_free(readers->xml);
    *readers = (struct protocol_readers){NULL, NULL};
}

/* ---- Members from the head ---------------------------------------------------------------- */

bool out_json_value(struct reading *reading, text written)
{
    struct json_problem problem;
    const struct json_value *value =
        json_parse(reading->readers->json, written, reading->arena, &problem);
    if (!value)
        return reading_fail(reading, problem.what);
    json_write(&reading->out, value);
    return true;
}

static bool read_encoded_json(struct reading *reading, text encoded)
{
    char *bytes = arena_alloc(reading->arena, encoded.size + 3);
    if (!bytes)
        return reading_fail(reading, "out of memory");
    size_t size = base64_decode(bytes, encoded);
    if (size == SIZE_MAX)
        return reading_fail(reading, "not base64");
    return out_json_value(reading, (text){bytes, size});
}

/* The next item of a list in a header, its quotes undone where it stands; *rest moves on. */
static text take_item(struct reading *reading, text *rest, bool dates)
{
    text all = text_trim(*rest);
    if (all.size && all.data[0] == '"') {
        char *out = arena_alloc(reading->arena, all.size);
        size_t size = 0, at = 1;
        if (!out)
            return (text){NULL, 0};
        for (; at < all.size && all.data[at] != '"'; at++) {
            at += all.data[at] == '\\' && at + 1 < all.size;
            out[size++] = all.data[at];
        }
        size_t comma = at < all.size ? text_find(text_after(all, at), ',') + at : all.size;
        *rest = comma < all.size ? text_after(all, comma + 1) : (text){NULL, 0};
        return (text){out, size};
    }
    size_t comma = text_find(all, ',');
    if (dates && comma < all.size)
        comma += 1 + text_find(text_after(all, comma + 1), ',');
    text item = {all.data, comma};
    *rest = comma < all.size ? text_after(all, comma + 1) : (text){NULL, 0};
    return text_trim(item);
}

static bool read_header_list(struct reading *reading, const struct model_member *member, text value)
{
    const struct model_member *item = member->shape->item;
    bool dates = item->shape->kind == MODEL_TIMESTAMP &&
                 (item->time == MODEL_TIME_DEFAULT || item->time == MODEL_TIME_HTTP);
    buffer_add_char(&reading->out, '[');
    while (value.data) {
        out_item(&reading->out);
        if (!out_scalar(reading, item, take_item(reading, &value, dates), MODEL_TIME_HTTP))
            return false;
    }
    buffer_add_char(&reading->out, ']');
    return true;
}

/* Old objects hold whatever was once put into Expires. */
static bool is_odd_expires(const struct model_member *member, text value)
{
    struct date date;
    return text_equals(member->name, TEXT("Expires")) && !date_parse(value, &date);
}

/* The name is written already. */
static bool read_header(struct reading *reading, const struct model_member *member, text value)
{
    if (member->json_value)
        return read_encoded_json(reading, value);
    if (member->shape->kind == MODEL_LIST)
        return read_header_list(reading, member, value);
    return out_scalar(reading, member, value, MODEL_TIME_HTTP);
}

static bool read_planned_header(
    struct reading *reading, const struct model_member *member, text name, text value)
{
    enum model_kind kind = member->shape->kind;
    if (kind == MODEL_TIMESTAMP && has_custom(reading->plan, CUSTOM_EXPIRES) &&
        customs_read_expires(reading, member, value))
        return true;
    if (kind == MODEL_TIMESTAMP && is_odd_expires(member, value))
        return true;
    out_planned_name(&reading->out, name);
    if (kind == MODEL_STRING && !member->json_value) {
        json_write_string(&reading->out, value);
        return true;
    }
    return read_header(reading, member, value);
}

static bool read_error_header(
    struct reading *reading, const struct model_member *member, text value)
{
    if (!value.data || (member->shape->kind == MODEL_TIMESTAMP && is_odd_expires(member, value)))
        return true;
    out_name(&reading->out, member->name);
    return read_header(reading, member, value);
}

static void read_headers(struct reading *reading, const struct model_member *member, text name)
{
    text start = member->location_name;
    const struct http_header *header = reading->response->headers;
    const struct http_header *end = header + reading->response->header_count;
    size_t last = start.size ? start.size - 1 : 0;
    char hyphen =
        start.size ? start.data[last] : '\0'; /* of x-amz-meta-: few others have it there */
    out_planned_name(&reading->out, name);
    buffer_add_char(&reading->out, '{');
    for (; header < end; header++) {
        if (header->name.size <= last || (hyphen == '-' && header->name.data[last] != '-'))
            continue;
        if (!text_starts_with_ignoring_case(header->name, start))
            continue;
        out_name(&reading->out, text_after(header->name, start.size));
        json_write_string(&reading->out, header->value);
    }
    buffer_add_char(&reading->out, '}');
}

/* Finds the headers that fill members, and adds these to the set; the first of several of a name.
 * The request's ids are taken on the way. */
static void sort_headers(
    struct reading *reading, const struct http_header **found, struct plan_members *members)
{
    struct protocol_output *output = reading->output;
    const struct plan_parts *parts = reading->plan->parts;
    const struct http_header *header = reading->response->headers;
    for (size_t i = 0; i < reading->response->header_count; i++, header++) {
        const struct plan_header *slot = plan_find_header(parts, header->name);
        if (!slot)
            continue;
        if (slot->member == PLAN_REQUEST_ID) {
            output->request_id = output->request_id.data ? output->request_id : header->value;
        } else if (slot->member == PLAN_HOST_ID) {
            output->host_id = output->host_id.data ? output->host_id : header->value;
        } else {
            uint64_t bit = (uint64_t)1 << slot->member % 64;
            if (!(members->bits[slot->member / 64] & bit))
                found[slot->member] = header;
            members->bits[slot->member / 64] |= bit;
        }
    }
}

/* ---- Members from the body ------------------------------------------------------------------ */

static bool read_bytes(struct reading *reading, const struct model_member *member, text body)
{
    if (body.size == 0)
        return true;
    out_name(&reading->out, member->name);
    if (member->shape->kind == MODEL_STRING) {
        json_write_string(&reading->out, body);
    } else {
        buffer_add_char(&reading->out, '"');
        buffer_add_base64(&reading->out, body);
        buffer_add_char(&reading->out, '"');
    }
    return true;
}

static bool read_payload(struct reading *reading, const struct model_member *member, text body)
{
    const struct codec *codec = reading->plan->parts->codec;
    enum model_kind kind = member->shape->kind;
    if (kind == MODEL_STRING || kind == MODEL_BLOB)
        return read_bytes(reading, member, body);
    if (text_trim(body).size == 0)
        return true;
    return codec->read_body(reading, body) && codec->read_payload(reading, member);
}

static bool read_output_member(
    struct reading *reading, size_t at, const struct http_header *header, text body)
{
    const struct model_member *member = &reading->plan->operation->output->members[at];
    text name = reading->plan->parts->names[at];
    const struct codec *codec = reading->plan->parts->codec;
    const struct model_member *payload = reading->plan->operation->output->payload;
    reading->where = member->name;
    switch (codec->uses_locations ? member->location : MODEL_IN_BODY) {
    case MODEL_IN_HEADER:
        return read_planned_header(reading, member, name, header->value);
    case MODEL_IN_HEADERS:
        read_headers(reading, member, name);
        return true;
    case MODEL_IN_STATUS:
        out_planned_name(&reading->out, name);
        buffer_add_i64(&reading->out, reading->response->status);
        return true;
    default:
        break;
    }
    if (member == reading->plan->operation->output_stream)
        return true;
    if (!codec->uses_locations || !payload)
        return codec->read_member(reading, member);
    return member != payload || read_payload(reading, member, body);
}

/* A stream of events may say nothing more of itself than its head does, so that this must be whole:
 * Smithy has it tested for rest-json. */
static bool lacks_required(struct reading *reading, const struct plan_members *members)
{
    const struct model_shape *shape = reading->plan->operation->output;
    if (!reading->plan->event_stream_output || reading->plan->protocol != MODEL_REST_JSON)
        return false;
    for (size_t i = 0; i < shape->member_count && i < PLAN_MOST_MEMBERS; i++) {
        const struct model_member *member = &shape->members[i];
        if (!member->required || member->location != MODEL_IN_HEADER ||
            members->bits[i / 64] >> i % 64 & 1)
            continue;
        reading->where = member->name;
        return !reading_fail(reading, "required, but not in the initial response");
    }
    return false;
}

static bool read_members(struct reading *reading, text body)
{
    const struct http_header *found[PLAN_MOST_MEMBERS];
    struct plan_members members = reading->plan->parts->elsewhere;
    sort_headers(reading, found, &members);
    if (lacks_required(reading, &members))
        return false;
    for (size_t word = 0; word < COUNT_OF(members.bits); word++) {
        for (uint64_t bits = members.bits[word]; bits; bits &= bits - 1) {
            size_t at = word * 64 + (size_t)__builtin_ctzll(bits);
            if (!read_output_member(reading, at, found[at], body))
                return false;
        }
    }
    return true;
}

/* The body is read already. */
static bool read_error_members(struct reading *reading, const struct model_shape *shape)
{
    const struct codec *codec = reading->plan->parts->codec;
    for (size_t i = 0; i < shape->member_count; i++) {
        const struct model_member *member = &shape->members[i];
        bool good = true;
        reading->where = member->name;
        if (codec->uses_locations && member->location == MODEL_IN_HEADER) {
            good =
                read_error_header(reading, member, header_value(reading, member_wire_name(member)));
        } else if (codec->uses_locations && member->location == MODEL_IN_STATUS) {
            out_name(&reading->out, member->name);
            buffer_add_i64(&reading->out, reading->response->status);
        } else {
            good = codec->read_member(reading, member);
        }
        if (!good)
            return false;
    }
    return true;
}

static bool read_output(struct reading *reading, const struct protocol_request *request, text body)
{
    const struct model_shape *shape = reading->plan->operation->output;
    const struct codec *codec = reading->plan->parts->codec;
    bool wants_body = !codec->uses_locations || (shape && !shape->payload);
    bool has_body = !reading->plan->streaming_output || reading->plan->event_stream_output;
    buffer_add_char(&reading->out, '{');
    if (wants_body && has_body && !reading->json && !reading->xml &&
        !codec->read_body(reading, body))
        return false;
    customs_look_at_body(reading, request);
    if (!read_members(reading, body))
        return false;
    buffer_add_char(&reading->out, '}');
    return true;
}

/* ---- Errors ---------------------------------------------------------------------------------- */

static const struct model_shape *find_error(const struct protocol_plan *plan, text code)
{
    const struct model_operation *operation = plan->operation;
    for (size_t i = 0; i < operation->error_count; i++) {
        const struct model_shape *shape = operation->errors[i];
        if (text_equals(shape->error_code, code) || text_equals(shape->name, code))
            return shape;
    }
    const struct model_shape *shape = model_find_shape(operation->model, code);
    return shape && shape->exception ? shape : NULL;
}

/* Where nothing says what went wrong, the status must do. */
static void fill_error(struct reading *reading)
{
    struct protocol_output *output = reading->output;
    text compatible = header_value(reading, TEXT("x-amzn-query-error"));
    output->error_shape = find_error(reading->plan, output->error_code);
    if (compatible.size) {
        text fault;
        output->error_code = text_split(compatible, ';', &fault);
    }
    if (!output->error_code.size) {
        struct buffer code;
        buffer_init(&code, reading->arena);
        buffer_add_i64(&code, reading->response->status);
        output->error_code = (text){buffer_string(&code), code.size};
        if (!output->message.data)
            output->message = reading->response->reason;
    }
}

bool out_error(struct reading *reading)
{
    const struct model_shape *shape = reading->output->error_shape;
    buffer_add_char(&reading->out, '{');
    if (shape) {
        size_t start = reading->out.size;
        if (!read_error_members(reading, shape)) {
            reading->status = reading->status == INIA_NO_MEMORY ? INIA_NO_MEMORY : INIA_OK;
            reading->out.size = start;
        }
    }
    buffer_add_char(&reading->out, '}');
    return reading->status == INIA_OK;
}

static bool read_error(struct reading *reading, text body)
{
    reading->output->is_error = true;
    reading->plan->parts->codec->read_error(reading, body);
    fill_error(reading);
    return out_error(reading);
}

/* S3 may find out that something is wrong after it has said 200. */
static bool is_late_error(struct reading *reading, text body)
{
    const struct protocol_plan *plan = reading->plan;
    if (plan->protocol != MODEL_REST_XML ||
        (plan->streaming_output && !plan->event_stream_output) ||
        text_find_text((text){body.data, body.size < 512 ? body.size : 512}, TEXT("<Error")) ==
            SIZE_MAX)
        return false;
    struct xml_problem problem;
    const struct xml_node *root = xml_parse(reading->readers->xml, body, reading->arena, &problem);
    return root && text_equals(root->name, TEXT("Error"));
}

/* ---- The door -------------------------------------------------------------------------------- */

/* Of an error: its headers have not been looked at yet. */
static void read_request_id(struct reading *reading)
{
    const struct http_header *found[PLAN_MOST_MEMBERS];
    struct plan_members members = {{0}};
    sort_headers(reading, found, &members);
}

bool reading_seal(struct reading *reading, text *value)
{
    if (!value->data)
        *value = TEXT("");
    else if (value->data[value->size] != '\0')
        *value = arena_copy(reading->arena, *value);
    return value->data != NULL;
}

inia_status protocol_parse(
    const struct protocol_plan *plan, struct protocol_readers *readers,
    const struct http_response *response, text body, struct arena *arena,
    struct protocol_output *output, inia_error *error)
{
    return protocol_parse_answer(plan, NULL, readers, response, body, arena, output, error);
}

inia_status protocol_parse_answer(
    const struct protocol_plan *plan, const struct protocol_request *request,
    struct protocol_readers *readers, const struct http_response *response, text body,
    struct arena *arena, struct protocol_output *output, inia_error *error)
{
    *output = (struct protocol_output){.is_error = false};
    struct reading reading = {
        .plan = plan,
        .readers = readers,
        .response = response,
        .arena = arena,
        .output = output,
        .error = error};
    buffer_init(&reading.out, arena);
    bool good = response->status >= 300 || is_late_error(&reading, body)
                    ? read_error(&reading, body)
                    : read_output(&reading, request, body);
    if (output->is_error)
        read_request_id(&reading);
    const char *json = good ? buffer_string(&reading.out) : NULL;
    output->json = (text){json, reading.out.size};
    good = good && (json || reading_fail(&reading, "out of memory"));
    good = good && ((reading_seal(&reading, &output->error_code) &&
                     reading_seal(&reading, &output->message) &&
                     reading_seal(&reading, &output->request_id) &&
                     reading_seal(&reading, &output->host_id)) ||
                    reading_fail(&reading, "out of memory"));
    return good ? INIA_OK : reading.status;
}
