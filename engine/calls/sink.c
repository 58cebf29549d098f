#include "sink.h"

#include "call.h"
#include "events.h"

#include <errno.h>

enum { SMALLEST_ROOM = 4096 }; /* of what is kept back for a stream */

const char *sink_init(struct sink *sink, const inia_sink *into)
{
    *sink = (struct sink){.into = *into};
    switch (into->place) {
    case INIA_NOWHERE:
    case INIA_FILE:
        return NULL;
    case INIA_MEMORY:
        return into->data || !into->capacity ? NULL : "the sink has a capacity but no memory";
    case INIA_STREAM:
        return into->write ? NULL : "the sink is a stream without a write function";
    case INIA_EVENTS:
        return into->take ? NULL : "the sink is for events but has no function to take them";
    }
    return "the sink is neither memory, file, stream nor for events";
}

void sink_give_block(struct call *call, struct sink_block *block)
{
    block_give(&call->engine->blocks, block->data, block->capacity);
    *block = (struct sink_block){0};
}

void sink_release(struct call *call)
{
    check(!call->sink.work.running);
    sink_give_block(call, &call->sink.block);
    sink_give_block(call, &call->sink.writing);
    events_release(call);
}

bool sink_can_restart(const struct sink *sink)
{
    bool to_function = sink->into.place == INIA_STREAM || sink->into.place == INIA_EVENTS;
    return !to_function || !sink->touched;
}

void sink_restart(struct call *call)
{
    struct sink *sink = &call->sink;
    check(!sink->work.running);
    sink->to_user = sink->paused = false;
    sink->verification = NULL;
    sink->offset = 0;
    sink->block.size = sink->writing.size = 0;
    events_release(call);
}

bool sink_reserve(struct call *call, struct sink_block *block, size_t size)
{
    if (size <= block->capacity)
        return true;
    struct sink_block larger = {.size = block->size};
    larger.data = block_take(&call->engine->blocks, size, &larger.capacity);
    if (!larger.data) {
        call_give_up(call, INIA_NO_MEMORY, "no memory for the response body");
        return false;
    }
    if (block->size)
        memcpy(larger.data, block->data, block->size);
    block_give(&call->engine->blocks, block->data, block->capacity);
    *block = larger;
    return true;
}

void sink_too_large(struct call *call, uint64_t size, size_t limit)
{
    if (!call->end_reason) {
        call_fail(
            call, INIA_TOO_LARGE, "the response body has %s%llu bytes, the limit is %zu",
            call->exchange.response.framing == HTTP_LENGTH ? "" : "more than ",
            (unsigned long long)size, limit);
        call_break_off(call, INIA_TOO_LARGE);
    }
}

/* All that is left; but what is summed up is so while it is still in the caches. */
static size_t next_size(const struct call *call, uint64_t done)
{
    uint64_t left = call->exchange.response.content_length - done;
    bool in_pieces = call->sink.verification && left > TRANSFER_BLOCK;
    return in_pieces ? (size_t)TRANSFER_BLOCK : (size_t)left;
}

static void next_memory(struct call *call)
{
    struct sink *sink = &call->sink;
    size_t size = next_size(call, sink->offset);
    if (size)
        http_receive_into(&call->exchange, (char *)sink->into.data + sink->offset, size);
}

static void head_for_memory(struct call *call)
{
    struct sink *sink = &call->sink;
    const struct http_response *response = &call->exchange.response;
    if (response->framing != HTTP_LENGTH)
        return;
    if (response->content_length > sink->into.capacity)
        sink_too_large(call, response->content_length, sink->into.capacity);
    else
        next_memory(call);
}

static void next_block(struct call *call)
{
    struct sink_block *block = &call->sink.block;
    size_t size = next_size(call, block->size);
    if (size)
        http_receive_into(&call->exchange, block->data + block->size, size);
}

static void head_for_block(struct call *call)
{
    const struct http_response *response = &call->exchange.response;
    if (response->framing != HTTP_LENGTH || response->content_length == 0)
        return;
    if (response->content_length > call->engine->max_body) {
        sink_too_large(call, response->content_length, call->engine->max_body);
        return;
    }
    if (sink_reserve(call, &call->sink.block, (size_t)response->content_length))
        next_block(call);
}

static void next_file_block(struct call *call)
{
    struct sink *sink = &call->sink;
    const struct http_response *response = &call->exchange.response;
    size_t size = TRANSFER_BLOCK;
    if (response->framing == HTTP_LENGTH) {
        uint64_t left = response->content_length - sink->offset;
        size = left < TRANSFER_BLOCK ? (size_t)left : TRANSFER_BLOCK;
    }
    if (size && sink_reserve(call, &sink->block, size))
        http_receive_into(&call->exchange, sink->block.data, size);
}

void sink_head(struct call *call)
{
    struct sink *sink = &call->sink;
    const struct http_response *response = &call->exchange.response;
    bool good = response->status >= 200 && response->status < 300;
    sink->to_user =
        good && sink->into.place != INIA_NOWHERE && call->operation->plan->streaming_output;
    if (good && call->operation->plan->event_stream_output) {
        events_begin(call);
        return;
    }
    if (response->framing == HTTP_NO_BODY)
        return;
    if (good && sink->is_checked && !verification_begin(call)) {
        call_give_up(call, INIA_NO_MEMORY, "no memory for the response's checksum");
        return;
    }
    if (!sink->to_user)
        head_for_block(call);
    else if (sink->into.place == INIA_MEMORY)
        head_for_memory(call);
    else if (sink->into.place == INIA_FILE)
        next_file_block(call);
}

/* ---- To a stream ----------------------------------------------------------- */

/* What comes in pieces of any size takes blocks of few sizes, which are soon all there. */
static size_t room_for(size_t size)
{
    size_t room = SMALLEST_ROOM;
    while (room < size)
        room *= 2;
    return room;
}

static void keep_back(struct call *call, const void *bytes, size_t size)
{
    struct sink_block *block = &call->sink.block;
    size_t wanted = block->size + size;
    if (wanted <= block->capacity || sink_reserve(call, block, room_for(wanted))) {
        memcpy(block->data + block->size, bytes, size);
        block->size += size;
    }
}

static void write_stream(struct call *call, const void *bytes, size_t size)
{
    struct sink *sink = &call->sink;
    if (sink->paused) {
        keep_back(call, bytes, size);
        return;
    }
    ssize_t taken = sink->into.write(sink->into.arg, bytes, size);
    if (taken == (ssize_t)size) {
        sink->touched = true;
        sink->offset += size;
    } else if (taken == INIA_PAUSE) {
        sink->paused = true;
        http_pause(&call->exchange);
        keep_back(call, bytes, size);
    } else {
        call_give_up(call, INIA_BODY_FAILED, "the sink's write function failed");
    }
}

static bool resume_stream(struct call *call)
{
    struct sink *sink = &call->sink;
    struct sink_block kept = sink->block;
    sink->block = (struct sink_block){0};
    if (kept.size)
        write_stream(call, kept.data, kept.size);
    sink_give_block(call, &kept);
    return !sink->paused && !call->end_reason;
}

/* Lines for a file are as many as one write takes. */
static bool must_wait(const struct sink *sink)
{
    return sink->into.place == INIA_FILE && sink->block.size >= TRANSFER_BLOCK;
}

void sink_resume(struct call *call)
{
    struct sink *sink = &call->sink;
    if (!sink->paused || must_wait(sink))
        return;
    sink->paused = false;
    if (!(sink->events ? events_resume(call) : resume_stream(call)))
        return;
    if (call->exchange_over)
        call_settle(call);
    else
        http_resume(&call->exchange);
}

/* ---- To a file --------------------------------------------------------------- */

static void file_written(struct ring_file_work *work, size_t size, int error);

static void write_file(struct call *call)
{
    struct sink *sink = &call->sink;
    sink->work.done = file_written;
    sink->touched = true;
    ring_file_write(
        call->engine->ring, &sink->work, sink->into.fd, sink->writing.data, sink->writing.size,
        sink->into.offset + sink->offset - sink->writing.size);
}

/* The filled block starts its way to the file and the other one takes its place. */
void sink_flush(struct call *call)
{
    struct sink *sink = &call->sink;
    struct sink_block full = sink->block;
    sink->block = sink->writing;
    sink->writing = full;
    sink->block.size = 0;
    sink->offset += full.size;
    write_file(call);
}

static void file_written(struct ring_file_work *work, size_t size, int error)
{
    struct call *call = CONTAINER_OF(work, struct call, sink.work);
    struct sink *sink = &call->sink;
    if (!error && size != sink->writing.size)
        error = ENOSPC;
    sink->writing.size = 0;
    if (error && !call->end_reason)
        call_give_up(call, INIA_BODY_FAILED, strerror(error));
    if (sink->paused && !call->end_reason) {
        sink_flush(call);
        sink_resume(call);
    } else if (call->exchange_over) {
        call_settle(call);
    } else if (!call->end_reason && sink->block.size) {
        sink_flush(call);
        if (!sink->events)
            next_file_block(call);
    }
}

/* ---- Events of the exchange ---------------------------------------------------- */

void sink_body(struct call *call, const void *bytes, size_t size)
{
    struct sink *sink = &call->sink;
    if (call->end_reason)
        return;
    verification_add(sink->verification, text_from(bytes, size));
    if (sink->events) {
        events_body(call, bytes, size);
    } else if (!sink->to_user) {
        if (sink->block.size + size > call->engine->max_body)
            sink_too_large(call, sink->block.size + size, call->engine->max_body);
        else
            keep_back(call, bytes, size);
    } else if (sink->into.place == INIA_STREAM) {
        write_stream(call, bytes, size);
    } else { /* to memory, size unknown beforehand */
        if (size > sink->into.capacity - sink->offset) {
            sink_too_large(call, sink->offset + size, sink->into.capacity);
            return;
        }
        memcpy((char *)sink->into.data + sink->offset, bytes, size);
        sink->offset += size;
    }
}

static void file_filled(struct call *call, size_t size)
{
    struct sink *sink = &call->sink;
    sink->block.size = size;
    verification_add(sink->verification, text_from(sink->block.data, size));
    if (!sink->work.running && !call->end_reason) {
        sink_flush(call);
        next_file_block(call);
    }
}

static void memory_filled(struct call *call, size_t size)
{
    struct sink *sink = &call->sink;
    const char *at = (const char *)sink->into.data + sink->offset;
    verification_add(sink->verification, text_from(at, size));
    sink->touched = true;
    sink->offset += size;
    next_memory(call);
}

static void block_filled(struct call *call, size_t size)
{
    struct sink_block *block = &call->sink.block;
    verification_add(call->sink.verification, text_from(block->data + block->size, size));
    block->size += size;
    next_block(call);
}

void sink_filled(struct call *call, size_t size)
{
    struct sink *sink = &call->sink;
    if (!sink->to_user)
        block_filled(call, size);
    else if (sink->into.place == INIA_MEMORY)
        memory_filled(call, size);
    else
        file_filled(call, size);
}

bool sink_settle(struct call *call)
{
    struct sink *sink = &call->sink;
    if (sink->work.running)
        return false;
    if (!sink->to_user || call->end_reason)
        return true;
    if (sink->paused)
        return false;
    if (sink->into.place == INIA_FILE && sink->block.size) {
        sink_flush(call);
        return false;
    }
    return true;
}
