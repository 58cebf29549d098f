/* Design notes
 *
 * An event that the user's function does not take stays in scratch until sink_resume(); the bytes
 * behind it are kept and read from where they lie. Ending the call may judge it on the spot, so
 * that whoever ended it must not touch it again: false says so.
 */
#include "events.h"

#include "call.h"

#include <stdio.h>

void events_begin(struct call *call)
{
    struct events *events = arena_alloc_zeroed(&call->arena, sizeof *events);
    if (!events) {
        call_give_up(call, INIA_NO_MEMORY, "no memory for the response's events");
        return;
    }
    arena_init(&events->frames, &call->engine->arena_blocks);
    arena_init(&events->scratch, &call->engine->arena_blocks);
    event_reader_init(&events->reader, &events->frames);
    call->sink.events = events;
}

void events_release(struct call *call)
{
    struct events *events = call->sink.events;
    if (!events)
        return;
    arena_release(&events->frames);
    arena_release(&events->scratch);
    sink_give_block(call, &events->kept);
    call->sink.events = NULL;
}

/* ---- Where an event goes -------------------------------------------------------------------- */

static bool goes_on(const struct call *call)
{
    return call->state == CALL_EXCHANGING && !call->end_reason;
}

static void pause_sink(struct call *call)
{
    call->sink.paused = true;
    http_pause(&call->exchange);
}

/* What lies in the bytes that came will be gone. */
static bool keep_payload(struct call *call)
{
    struct events *events = call->sink.events;
    if (events->reader.is_shown || events->payload_is_kept)
        return true;
    events->payload_is_kept = true;
    if (!events->event.payload.size)
        return true;
    events->event.payload = arena_copy(&events->scratch, events->event.payload);
    if (events->event.payload.data)
        return true;
    call_give_up(call, INIA_NO_MEMORY, "no memory for an event");
    return false;
}

/* What the user's function said of an event. */
static bool answered(struct call *call, ssize_t answer, ssize_t taken, const char *failed)
{
    struct sink *sink = &call->sink;
    if (answer == taken) {
        sink->touched = true;
        return goes_on(call);
    }
    if (!goes_on(call))
        return false;
    if (answer != INIA_PAUSE) {
        call_give_up(call, INIA_BODY_FAILED, failed);
        return false;
    }
    pause_sink(call);
    sink->events->offered_again = true;
    return keep_payload(call);
}

static bool to_function(struct call *call, const struct protocol_event *from)
{
    const struct sink *sink = &call->sink;
    inia_event event = {
        .type = from->type.data,
        .json = from->json.data,
        .json_size = from->json.size,
        .payload = from->payload.data,
        .payload_size = from->payload.size};
    return answered(
        call, sink->into.take(sink->into.arg, &event), 0, "the sink's take function failed");
}

static bool to_stream(struct call *call, text line)
{
    const struct sink *sink = &call->sink;
    return answered(
        call, sink->into.write(sink->into.arg, line.data, line.size), (ssize_t)line.size,
        "the sink's write function failed");
}

static bool to_memory(struct call *call, text line)
{
    struct sink *sink = &call->sink;
    if (line.size > sink->into.capacity - sink->offset) {
        sink_too_large(call, sink->offset + line.size, sink->into.capacity);
        return false;
    }
    memcpy((char *)sink->into.data + sink->offset, line.data, line.size);
    sink->offset += line.size;
    return true;
}

static bool to_block(struct call *call, struct sink_block *block, text bytes)
{
    size_t size = block->size + bytes.size;
    if (size > block->capacity && size < 2 * block->capacity)
        size = 2 * block->capacity;
    if (!sink_reserve(call, block, size))
        return false;
    memcpy(block->data + block->size, bytes.data, bytes.size);
    block->size += bytes.size;
    return true;
}

/* Lines gather while others are being written. */
static bool to_file(struct call *call, text line)
{
    struct sink *sink = &call->sink;
    if (!to_block(call, &sink->block, line))
        return false;
    if (!sink->work.running)
        sink_flush(call);
    else if (sink->block.size >= TRANSFER_BLOCK)
        pause_sink(call);
    return true;
}

static bool to_body(struct call *call, text line)
{
    struct sink_block *block = &call->sink.block;
    if (line.size <= call->engine->max_body - block->size)
        return to_block(call, block, line);
    sink_too_large(call, block->size + line.size, call->engine->max_body);
    return false;
}

static bool hand_out(struct call *call)
{
    struct protocol_event *event = &call->sink.events->event;
    switch (call->sink.into.place) {
    case INIA_EVENTS:
        return to_function(call, event);
    case INIA_STREAM:
        return to_stream(call, protocol_event_line(event));
    case INIA_MEMORY:
        return to_memory(call, protocol_event_line(event));
    case INIA_FILE:
        return to_file(call, protocol_event_line(event));
    case INIA_NOWHERE:
        break;
    }
    return to_body(call, protocol_event_line(event));
}

/* ---- Messages -------------------------------------------------------------------------------- */

static bool refuse(struct call *call, inia_status status, const char *what)
{
    if (status == INIA_NO_MEMORY)
        call_fail(call, status, "no memory for the response's events");
    else
        call_fail(call, status, "%s", what);
    call_break_off(call, status);
    return false;
}

/* The error must stay with the record of the attempt. Another attempt may do better. */
static bool end_with_error(struct call *call, const struct event_message *message)
{
    inia_error error = {INIA_OK, ""};
    inia_status status = protocol_read_event(
        call->operation->plan, &call->engine->readers, message, &call->arena,
        &call->sink.events->event, &error);
    if (status != INIA_OK)
        return refuse(call, status, error.detail);
    call->stalled = true;
    call_break_off(call, INIA_SERVICE_ERROR);
    return false;
}

static bool take_initial(struct call *call, text payload)
{
    call->sink.events->initial = arena_copy(&call->arena, payload);
    return call->sink.events->initial.data || refuse(call, INIA_NO_MEMORY, "");
}

static bool take_message(struct call *call, const struct event_message *message)
{
    struct events *events = call->sink.events;
    const struct protocol_plan *plan = call->operation->plan;
    inia_error error = {INIA_OK, ""};
    arena_clear(&events->scratch);
    events->payload_is_kept = false;
    inia_status status = protocol_read_event(
        plan, &call->engine->readers, message, &events->scratch, &events->event, &error);
    if (status != INIA_OK)
        return refuse(call, status, error.detail);
    switch (events->event.kind) {
    case PROTOCOL_EVENT_INITIAL:
        return events->initial.data || take_initial(call, events->event.payload);
    case PROTOCOL_EVENT_UNKNOWN:
        return true;
    case PROTOCOL_EVENT_ERROR:
        return end_with_error(call, message);
    case PROTOCOL_EVENT:
        break;
    }
    events->met_last = text_equals(events->event.type, protocol_last_event(plan));
    return hand_out(call);
}

static bool bad_stream(struct call *call)
{
    const struct events *events = call->sink.events;
    bool no_memory = strcmp(events->reader.what, "out of memory") == 0;
    char line[160];
    snprintf(line, sizeof line, "the stream of events has %s", events->reader.what);
    return refuse(call, no_memory ? INIA_NO_MEMORY : INIA_BAD_RESPONSE, line);
}

/* Until the piece is used up or the sink paused; false: the call has been ended. */
static bool read_piece(struct call *call, struct cursor *piece)
{
    struct event_message message;
    while (!call->sink.paused) {
        enum event_answer answer = event_reader_take(&call->sink.events->reader, piece, &message);
        if (answer == EVENT_MORE)
            return true;
        if (answer == EVENT_BAD)
            return bad_stream(call);
        if (!take_message(call, &message))
            return false;
    }
    return true;
}

/* ---- Bytes ----------------------------------------------------------------------------------- */

static text content_type(const struct call *call)
{
    const struct http_response *response = &call->exchange.response;
    const struct http_header *header =
        http_find_header(response->headers, response->header_count, TEXT("content-type"));
    return header ? header->value : (text){NULL, 0};
}

static bool claims_events(const struct call *call)
{
    text parameters, type = text_split(content_type(call), ';', &parameters);
    return text_equals_ignoring_case(text_trim(type), EVENT_STREAM_TYPE);
}

/* Servers that only resemble S3 call a stream what they like; but no text begins as a message does,
 * with a size of less than 2^25. */
static bool is_foreign(const struct call *call, text bytes)
{
    return content_type(call).data && !claims_events(call) && (unsigned char)bytes.data[0] > 1;
}

static void keep_foreign(struct call *call, text bytes)
{
    struct sink_block *kept = &call->sink.events->kept;
    if (bytes.size <= call->engine->max_body - kept->size)
        to_block(call, kept, bytes);
    else
        sink_too_large(call, kept->size + bytes.size, call->engine->max_body);
}

void events_body(struct call *call, const void *bytes, size_t size)
{
    struct events *events = call->sink.events;
    text whole = text_from(bytes, size);
    struct cursor piece = cursor_of(whole);
    if (size == 0)
        return;
    if (!events->begun)
        events->foreign = is_foreign(call, whole);
    events->begun = true;
    if (events->foreign)
        keep_foreign(call, whole);
    else if (read_piece(call, &piece) && !cursor_is_done(&piece))
        to_block(call, &events->kept, cursor_rest(&piece));
}

bool events_resume(struct call *call)
{
    struct events *events = call->sink.events;
    if (events->offered_again) {
        events->offered_again = false;
        if (!hand_out(call))
            return false;
    }
    text rest = text_from(events->kept.data, events->kept.size);
    struct cursor piece = cursor_of(text_after(rest, events->kept_at));
    if (call->sink.paused || !read_piece(call, &piece))
        return false;
    events->kept_at = events->kept.size - cursor_left(&piece);
    if (call->sink.paused)
        return false;
    sink_give_block(call, &events->kept);
    events->kept_at = 0;
    return true;
}

/* ---- The end --------------------------------------------------------------------------------- */

static inia_status not_events(struct call *call, struct protocol_output *output, inia_error *error)
{
    const struct events *events = call->sink.events;
    const struct protocol_plan *plan = call->operation->plan;
    text body = text_from(events->kept.data, events->kept.size);
    if (plan->protocol == MODEL_REST_XML) {
        inia_status status = protocol_parse(
            plan, &call->engine->readers, &call->exchange.response, body, &call->arena, output,
            error);
        if (status != INIA_OK || output->is_error)
            return status;
    }
    return error_set(
        error, INIA_BAD_RESPONSE, "the response to %.*s is '%.*s', not a stream of events",
        TEXT_ARGS(plan->operation->name), TEXT_ARGS(content_type(call)));
}

/* It ends as its transport does; whether that was the end of it, it must say itself. */
static inia_status check_end(const struct call *call, inia_error *error)
{
    const struct events *events = call->sink.events;
    text last = protocol_last_event(call->operation->plan);
    if (!event_reader_is_between(&events->reader))
        return error_set(error, INIA_BAD_RESPONSE, "the stream of events ends inside a message");
    if (last.data && !events->met_last)
        return error_set(
            error, INIA_BAD_RESPONSE, "the stream of events ends without its %.*s event",
            TEXT_ARGS(last));
    return INIA_OK;
}

inia_status events_parse(struct call *call, struct protocol_output *output, inia_error *error)
{
    const struct events *events = call->sink.events;
    bool empty = !events->begun && content_type(call).data && !claims_events(call);
    if (events->foreign || empty)
        return not_events(call, output, error);
    inia_status status = protocol_parse(
        call->operation->plan, &call->engine->readers, &call->exchange.response, events->initial,
        &call->arena, output, error);
    if (call->end_reason == INIA_SERVICE_ERROR) {
        text request_id = output->request_id;
        *output = events->event.error;
        if (status == INIA_OK)
            output->request_id = request_id;
        return status == INIA_NO_MEMORY ? status : INIA_OK;
    }
    return status == INIA_OK ? check_end(call, error) : status;
}
