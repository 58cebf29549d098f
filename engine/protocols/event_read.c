/* Design notes
 *
 * event_read: messages of a response's stream (Smithy's event stream specification) as output JSON.
 * What comes without a :message-type is an event, as botocore and the SDK for Ruby have it, except
 * in rest-json, of which Smithy's tests say that it must be refused.
 */
#include "reading.h"

static const text no_text = {NULL, 0};

static bool is_missing(const text *value)
{
    return !value->data;
}

/* A header of the message's own; absent if there is none. false: it is there but no string. */
static bool take_text(
    struct reading *reading, const struct event_message *message, text name, text *value)
{
    struct event_header header;
    *value = no_text;
    reading->where = name;
    if (!event_message_find(message, name, &header))
        return true;
    if (header.kind != EVENT_STRING)
        return reading_fail(reading, "a string is wanted in a message of the stream");
    *value = header.bytes.data ? header.bytes : TEXT("");
    return true;
}

/* ---- Members from headers ---------------------------------------------------------------- */

static bool out_instant(struct reading *reading, int64_t ms)
{
    int64_t seconds = ms / 1000, rest = ms % 1000;
    if (rest < 0) {
        seconds--;
        rest += 1000;
    }
    out_date(&reading->out, (struct date){seconds, (uint32_t)rest * 1000000u});
    return true;
}

static bool out_number(struct reading *reading, const struct event_header *header)
{
    if (header->kind < EVENT_BYTE || header->kind > EVENT_LONG)
        return reading_fail(reading, "not a number");
    buffer_add_i64(&reading->out, header->number);
    return true;
}

static bool out_bytes(struct reading *reading, const struct event_header *header)
{
    if (header->kind != EVENT_BYTES && header->kind != EVENT_STRING)
        return reading_fail(reading, "not bytes");
    buffer_add_char(&reading->out, '"');
    buffer_add_base64(&reading->out, header->bytes);
    buffer_add_char(&reading->out, '"');
    return true;
}

static bool out_uuid(struct reading *reading, text bytes)
{
    static const size_t ends[] = {4, 6, 8, 10, 16};
    size_t at = 0;
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        buffer_add_char(&reading->out, i ? '-' : '"');
        buffer_add_hex(&reading->out, text_from(bytes.data + at, ends[i] - at));
        at = ends[i];
    }
    buffer_add_char(&reading->out, '"');
    return true;
}

static bool out_header(
    struct reading *reading, const struct model_member *member, const struct event_header *header)
{
    enum model_kind kind = member->shape->kind;
    if (kind == MODEL_BLOB)
        return out_bytes(reading, header);
    if (header->kind == EVENT_STRING)
        return out_scalar(reading, member, header->bytes, MODEL_TIME_ISO8601);
    if (kind == MODEL_STRING && header->kind == EVENT_UUID)
        return out_uuid(reading, header->bytes);
    if (kind == MODEL_TIMESTAMP && header->kind == EVENT_TIMESTAMP)
        return out_instant(reading, header->number);
    if (kind == MODEL_BOOLEAN && header->kind <= EVENT_FALSE) {
        buffer_add(&reading->out, header->kind == EVENT_TRUE ? TEXT("true") : TEXT("false"));
        return true;
    }
    if (kind == MODEL_INTEGER || kind == MODEL_FLOAT)
        return out_number(reading, header);
    return reading_fail(reading, "a header of another type");
}

static bool read_header(
    struct reading *reading, const struct model_member *member, const struct event_message *message)
{
    struct event_header header;
    if (!event_message_find(message, member->name, &header))
        return true;
    out_name(&reading->out, member->name);
    return out_header(reading, member, &header);
}

/* ---- Members from the payload ------------------------------------------------------------- */

static bool read_payload(struct reading *reading, const struct model_member *member, text payload)
{
    const struct codec *codec = reading->plan->parts->codec;
    switch (member->shape->kind) {
    case MODEL_STRING:
        out_name(&reading->out, member->name);
        json_write_string(&reading->out, payload);
        return true;
    case MODEL_BLOB:
        out_name(&reading->out, member->name);
        buffer_add_char(&reading->out, '"');
        buffer_add_base64(&reading->out, payload);
        buffer_add_char(&reading->out, '"');
        return true;
    default:
        return codec->read_body(reading, payload) && codec->read_payload(reading, member);
    }
}

static const struct model_member *payload_member(const struct model_shape *shape)
{
    for (size_t i = 0; i < shape->member_count; i++) {
        if (shape->members[i].event_payload)
            return &shape->members[i];
    }
    return NULL;
}

/* All members that are no headers stand in the payload, unless one of them is the payload. */
static bool read_members(
    struct reading *reading, const struct model_shape *shape, const struct event_message *message)
{
    const struct codec *codec = reading->plan->parts->codec;
    const struct model_member *payload = payload_member(shape);
    bool parsed = false, good = true;
    buffer_add_char(&reading->out, '{');
    for (size_t i = 0; good && i < shape->member_count; i++) {
        const struct model_member *member = &shape->members[i];
        reading->where = member->name;
        if (member->event_header) {
            good = read_header(reading, member, message);
        } else if (member == payload) {
            good = read_payload(reading, member, message->payload);
        } else if (!payload) {
            good = (parsed || codec->read_body(reading, message->payload)) &&
                   codec->read_member(reading, member);
            parsed = true;
        }
    }
    buffer_add_char(&reading->out, '}');
    return good;
}

static bool read_event(
    struct reading *reading, const struct event_message *message, struct protocol_event *event)
{
    text type;
    if (!take_text(reading, message, TEXT(":event-type"), &type))
        return false;
    if (is_missing(&type))
        return reading_fail(reading, "an event of the stream has no type");
    const struct model_member *member =
        model_find_member(reading->plan->operation->output_stream->shape, type);
    if (!member) {
        bool initial = !reading->plan->parts->codec->uses_locations &&
                       text_equals(type, TEXT("initial-response"));
        event->kind = initial ? PROTOCOL_EVENT_INITIAL : PROTOCOL_EVENT_UNKNOWN;
        return true;
    }
    event->kind = PROTOCOL_EVENT;
    event->type = member->name;
    buffer_add_char(&reading->out, '{');
    json_write_string(&reading->out, member->name);
    buffer_add_char(&reading->out, ':');
    event->line_start = reading->out.size;
    return read_members(reading, member->shape, message);
}

/* ---- Errors -------------------------------------------------------------------------------- */

/* Of a header, to stay when the message goes. */
static bool keep_text(
    struct reading *reading, const struct event_message *message, text name, text *value)
{
    if (!take_text(reading, message, name, value))
        return false;
    if (is_missing(value))
        return true;
    *value = arena_copy(reading->arena, *value);
    return value->data || reading_fail(reading, "out of memory");
}

/* One that the model knows; its code is the one it has outside of streams, too. */
static bool read_exception(struct reading *reading, const struct event_message *message)
{
    struct protocol_output *output = reading->output;
    text type;
    if (!keep_text(reading, message, TEXT(":exception-type"), &type))
        return false;
    if (is_missing(&type))
        return reading_fail(reading, "an exception in the stream has no type");
    const struct model_member *member =
        model_find_member(reading->plan->operation->output_stream->shape, type);
    reading->plan->parts->codec->read_error(reading, message->payload);
    output->error_shape = member ? member->shape : NULL;
    output->error_code = type;
    if (member)
        output->error_code =
            member->shape->error_code.size ? member->shape->error_code : member->shape->name;
    return out_error(reading);
}

static bool read_other_error(struct reading *reading, const struct event_message *message)
{
    struct protocol_output *output = reading->output;
    buffer_add(&reading->out, TEXT("{}"));
    return keep_text(reading, message, TEXT(":error-code"), &output->error_code) &&
           keep_text(reading, message, TEXT(":error-message"), &output->message);
}

/* ---- The door ------------------------------------------------------------------------------ */

static bool read_message(
    struct reading *reading, const struct event_message *message, struct protocol_event *event)
{
    text type;
    if (!take_text(reading, message, TEXT(":message-type"), &type))
        return false;
    if (is_missing(&type) && reading->plan->protocol == MODEL_REST_JSON)
        return reading_fail(reading, "a message of the stream has no type");
    if (is_missing(&type) || text_equals(type, TEXT("event")))
        return read_event(reading, message, event);
    event->kind = PROTOCOL_EVENT_ERROR;
    event->error.is_error = true;
    if (text_equals(type, TEXT("exception")))
        return read_exception(reading, message);
    if (text_equals(type, TEXT("error")))
        return read_other_error(reading, message);
    return reading_fail(reading, "none of event, exception and error");
}

static bool seal_error(struct reading *reading, struct protocol_output *error)
{
    error->json = buffer_text(&reading->out);
    return reading_seal(reading, &error->error_code) && reading_seal(reading, &error->message) &&
           reading_seal(reading, &error->request_id) && reading_seal(reading, &error->host_id);
}

/* With room for what makes a line of it. */
static bool seal(struct reading *reading, struct protocol_event *event)
{
    if (!buffer_reserve(&reading->out, sizeof "}\n") || !buffer_string(&reading->out))
        return reading_fail(reading, "out of memory");
    if (event->kind == PROTOCOL_EVENT_ERROR)
        return seal_error(reading, &event->error) || reading_fail(reading, "out of memory");
    event->json = text_after(buffer_text(&reading->out), event->line_start);
    return true;
}

inia_status protocol_read_event(
    const struct protocol_plan *plan, struct protocol_readers *readers,
    const struct event_message *message, struct arena *arena, struct protocol_event *event,
    inia_error *error)
{
    static const struct http_response no_response;
    check(plan->event_stream_output);
    *event = (struct protocol_event){.payload = message->payload};
    struct reading reading = {
        .plan = plan,
        .readers = readers,
        .response = &no_response,
        .arena = arena,
        .output = &event->error,
        .error = error};
    buffer_init(&reading.out, arena);
    return read_message(&reading, message, event) && seal(&reading, event) ? INIA_OK
                                                                           : reading.status;
}

text protocol_event_line(struct protocol_event *event)
{
    check(event->kind == PROTOCOL_EVENT);
    char *end = (char *)(uintptr_t)event->json.data + event->json.size;
    memcpy(end, "}\n", sizeof "}\n" - 1);
    return text_from(
        event->json.data - event->line_start, event->line_start + event->json.size + 2);
}

text protocol_last_event(const struct protocol_plan *plan)
{
    const struct model_operation *operation = plan->operation;
    bool selects = text_equals(operation->model->service_id, TEXT("S3")) &&
                   text_equals(operation->name, TEXT("SelectObjectContent"));
    return selects ? TEXT("End") : no_text;
}
