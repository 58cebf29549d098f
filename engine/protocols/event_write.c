/* event_write: events of a request's stream as messages (Smithy's event stream specification). */
#include "writing.h"

enum { MESSAGE_HEADERS = 3 }; /* :message-type, :event-type, :content-type */

/* An event taken apart. */
struct event_parts {
    struct event_header *headers;
    size_t header_count;
    const struct model_member *payload; /* the member that is the payload; NULL: the others are */
    const struct json_value *payload_value;
    struct json_value others; /* members that are neither */
};

static void put_text(struct event_parts *parts, text name, text value)
{
    parts->headers[parts->header_count++] =
        (struct event_header){.name = name, .kind = EVENT_STRING, .bytes = value};
}

/* ---- Headers ------------------------------------------------------------------------------ */

static enum event_header_kind number_kind(const struct model_shape *shape)
{
    if (text_equals(shape->type, TEXT("byte")))
        return EVENT_BYTE;
    if (text_equals(shape->type, TEXT("short")))
        return EVENT_SHORT;
    return text_equals(shape->type, TEXT("long")) ? EVENT_LONG : EVENT_INTEGER;
}

/* A number that does not fit its kind is one that no message may have. */
static void set_number(
    struct event_header *header, const struct model_shape *shape, const struct json_value *value)
{
    header->kind = number_kind(shape);
    header->number = json_i64(value, INT64_MAX);
}

static void set_instant(struct event_header *header, const struct json_value *value)
{
    struct date date = {0};
    if (!value_to_date(value, &date))
        return;
    header->kind = EVENT_TIMESTAMP;
    header->number = date.seconds * 1000 + date.nanoseconds / 1000000u;
}

static void put_header(
    struct writing *writing, struct event_parts *parts, const struct model_member *member,
    const struct json_value *value)
{
    struct event_header *header = &parts->headers[parts->header_count++];
    *header = (struct event_header){.name = member->name, .kind = EVENT_STRING};
    switch (member->shape->kind) {
    case MODEL_BOOLEAN:
        header->kind = json_is_true(value) ? EVENT_TRUE : EVENT_FALSE;
        break;
    case MODEL_INTEGER:
        set_number(header, member->shape, value);
        break;
    case MODEL_TIMESTAMP:
        set_instant(header, value);
        break;
    case MODEL_BLOB:
        header->kind = EVENT_BYTES;
        header->bytes = blob_bytes(writing, value);
        break;
    default:
        header->bytes = value->string;
        break;
    }
}

/* ---- Taking apart -------------------------------------------------------------------------- */

static bool parts_init(struct writing *writing, struct event_parts *parts, size_t count)
{
    struct arena *arena = writing->arena;
    parts->headers = arena_alloc(arena, (count + MESSAGE_HEADERS) * sizeof *parts->headers);
    parts->others.kind = JSON_OBJECT;
    parts->others.items = arena_alloc(arena, (count + 1) * sizeof *parts->others.items);
    parts->others.names = arena_alloc(arena, (count + 1) * sizeof *parts->others.names);
    return parts->headers && parts->others.items && parts->others.names;
}

static void put_other(struct event_parts *parts, text name, const struct json_value *value)
{
    parts->others.names[parts->others.count] = name;
    parts->others.items[parts->others.count++] = *value;
}

static void take_apart(
    struct writing *writing, struct event_parts *parts, const struct model_shape *shape,
    const struct json_value *event)
{
    uint32_t hint = 0;
    for (size_t i = 0; i < event->count; i++) {
        const struct json_value *value = &event->items[i];
        const struct model_member *member =
            is_absent(value) ? NULL : shape_find(shape, &hint, event->names[i]);
        if (!member)
            continue;
        if (member->event_header) {
            put_header(writing, parts, member, value);
        } else if (member->event_payload) {
            parts->payload = member;
            parts->payload_value = value;
        } else {
            put_other(parts, event->names[i], value);
        }
    }
}

/* ---- The payload --------------------------------------------------------------------------- */

static text structured_type(const struct writing *writing)
{
    text type = writing->plan->parts->codec->content_type;
    return type.data ? type : TEXT("application/json");
}

static text write_payload(struct writing *writing, struct event_parts *parts)
{
    enum model_kind kind = parts->payload->shape->kind;
    if (kind == MODEL_STRING) {
        put_text(parts, TEXT(":content-type"), TEXT("text/plain"));
        return parts->payload_value->string;
    }
    if (kind == MODEL_BLOB) {
        put_text(parts, TEXT(":content-type"), TEXT("application/octet-stream"));
        return blob_bytes(writing, parts->payload_value);
    }
    put_text(parts, TEXT(":content-type"), structured_type(writing));
    writing->plan->parts->codec->write_payload(writing, parts->payload, parts->payload_value);
    return buffer_text(&writing->body);
}

static bool has_other_members(const struct model_shape *shape)
{
    bool others = false;
    for (size_t i = 0; i < shape->member_count; i++) {
        if (shape->members[i].event_payload)
            return false;
        others = others || !shape->members[i].event_header;
    }
    return others;
}

static text write_others(
    struct writing *writing, struct event_parts *parts, const struct model_member *event)
{
    if (!has_other_members(event->shape))
        return TEXT("");
    put_text(parts, TEXT(":content-type"), structured_type(writing));
    writing->plan->parts->codec->write_payload(writing, event, &parts->others);
    return buffer_text(&writing->body);
}

/* ---- The door ------------------------------------------------------------------------------ */

static inia_status out_of_memory(inia_error *error)
{
    return error_set(error, INIA_NO_MEMORY, "out of memory writing an event");
}

static inia_status write_event(
    struct writing *writing, const struct model_member *event, const struct json_value *value,
    struct buffer *out, inia_error *error)
{
    struct event_parts parts = {0};
    bool exception = event->shape->exception;
    if (!parts_init(writing, &parts, value->count))
        return out_of_memory(error);
    put_text(&parts, TEXT(":message-type"), exception ? TEXT("exception") : TEXT("event"));
    put_text(&parts, exception ? TEXT(":exception-type") : TEXT(":event-type"), event->name);
    take_apart(writing, &parts, event->shape, value);
    text payload =
        parts.payload ? write_payload(writing, &parts) : write_others(writing, &parts, event);
    if (writing->failed || !buffer_ok(&writing->body))
        return out_of_memory(error);
    if (event_message_write(out, parts.headers, parts.header_count, payload))
        return INIA_OK;
    if (!buffer_ok(out))
        return out_of_memory(error);
    return error_set(
        error, INIA_BAD_REQUEST, "%.*s: more than a message of a stream can hold",
        TEXT_ARGS(event->name));
}

/* The one member of the object that is there; NULL if there are others or none. */
static const struct model_member *only_member(
    const struct model_shape *shape, const struct json_value *object,
    const struct json_value **value)
{
    const struct model_member *only = NULL;
    for (size_t i = 0; i < object->count; i++) {
        if (is_absent(&object->items[i]))
            continue;
        if (only)
            return NULL;
        only = model_find_member(shape, object->names[i]);
        *value = &object->items[i];
    }
    return only;
}

inia_status protocol_write_event(
    const struct protocol_plan *plan, const struct protocol_input *input, struct arena *arena,
    struct buffer *out, inia_error *error)
{
    static const struct json_value nothing = {.kind = JSON_OBJECT};
    check(plan->event_stream_input);
    const struct model_shape *stream = plan->operation->input_stream->shape;
    const struct json_value *object = input->params ? input->params : &nothing, *value = NULL;
    struct writing writing = {.plan = plan, .input = input, .params = object, .arena = arena};
    if (!plan->parts->codec->write_payload)
        return error_set(
            error, INIA_UNSUPPORTED, "%s has no streams of events",
            model_protocol_name(plan->protocol));
    inia_status status = params_check(plan, stream, input, object, error);
    if (status != INIA_OK)
        return status;
    const struct model_member *event = only_member(stream, object, &value);
    if (!event)
        return error_set(
            error, INIA_BAD_REQUEST, "exactly one event of %.*s is wanted",
            TEXT_ARGS(plan->operation->name));
    buffer_init(&writing.body, arena);
    return write_event(&writing, event, value, out, error);
}
