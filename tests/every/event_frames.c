#include "event_frames.h"

#include "test.h"

struct frames {
    struct sampler *sampler;
    const struct model_operation *operation;
    enum model_protocol protocol;
    struct buffer out;
};

static void write_frame(struct frames *frames, text type, text content_type, text payload)
{
    const struct event_header headers[] = {
        {.name = TEXT(":message-type"), .kind = EVENT_STRING, .bytes = TEXT("event")},
        {.name = TEXT(":event-type"), .kind = EVENT_STRING, .bytes = type},
        {.name = TEXT(":content-type"), .kind = EVENT_STRING, .bytes = content_type},
    };
    size_t count = content_type.size ? COUNT_OF(headers) : COUNT_OF(headers) - 1;
    CHECK(event_message_write(&frames->out, headers, count, payload));
}

static const struct model_member *payload_of(const struct model_shape *event)
{
    for (size_t i = 0; i < event->member_count; i++)
        if (event->members[i].event_payload)
            return &event->members[i];
    return NULL;
}

static text structure_text(
    struct frames *frames, const struct model_shape *shape, const struct json_value *value)
{
    struct answer inner = {
        .operation = frames->operation,
        .protocol = frames->protocol,
        .arena = frames->sampler->arena};
    buffer_init(&inner.body, inner.arena);
    if (frames->protocol == MODEL_REST_XML) {
        buffer_add_format(&inner.body, "<%.*s>", TEXT_ARGS(shape->name));
        answer_xml_members(&inner, shape, value);
        buffer_add_format(&inner.body, "</%.*s>", TEXT_ARGS(shape->name));
    } else {
        answer_json_members(&inner, shape, value, (text){NULL, 0}, (text){NULL, 0});
    }
    return buffer_text(&inner.body);
}

static void write_event(
    struct frames *frames, const struct model_member *member, const struct json_value *event)
{
    const struct model_member *payload = payload_of(member->shape);
    const struct json_value *value = payload ? json_member(event, payload->name) : NULL;
    text type = frames->protocol == MODEL_REST_XML ? TEXT("text/xml") : TEXT("application/json");
    struct arena *arena = frames->sampler->arena;
    if (value && payload->shape->kind == MODEL_BLOB)
        write_frame(
            frames, member->name, TEXT("application/octet-stream"),
            tree_bytes(arena, value->string));
    else if (value && payload->shape->kind == MODEL_STRUCTURE)
        write_frame(frames, member->name, type, structure_text(frames, payload->shape, value));
    else if (member->shape->member_count)
        write_frame(frames, member->name, type, structure_text(frames, member->shape, event));
    else
        write_frame(frames, member->name, TEXT(""), TEXT(""));
}

text event_frames_write(
    struct sampler *sampler, const struct model_operation *operation, enum model_protocol protocol,
    struct json_value *lines)
{
    struct frames frames = {sampler, operation, protocol, {0}};
    const struct model_shape *events = operation->output_stream->shape;
    buffer_init(&frames.out, sampler->arena);
    if (!operation->output->payload)
        write_frame(&frames, TEXT("initial-response"), TEXT("application/json"), TEXT("{}"));
    for (size_t i = 0; i < events->member_count; i++) {
        const struct model_member *member = &events->members[i];
        if (member->shape->exception)
            continue;
        struct json_value *event = sample_output(sampler, operation, member->shape);
        struct json_value *line = tree_new(sampler->arena, JSON_OBJECT);
        tree_add(sampler->arena, line, member->name, event);
        tree_add(sampler->arena, lines, (text){NULL, 0}, line);
        write_event(&frames, member, event);
    }
    return buffer_text(&frames.out);
}
