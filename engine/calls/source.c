#include "source.h"

#include "call.h"

#include <errno.h>
#include <sys/stat.h>

const char *source_init(struct source *source, const inia_source *from)
{
    *source = (struct source){.from = *from, .size = from->size};
    switch (from->place) {
    case INIA_NOWHERE:
        source->size = 0;
        return NULL;
    case INIA_MEMORY:
        return from->data || !from->size ? NULL : "the body has a size but no data";
    case INIA_FILE: {
        struct stat file;
        if (fstat(from->fd, &file) != 0)
            return "the body's file descriptor is not open";
        if (source->size == INIA_UNKNOWN_SIZE) {
            uint64_t whole = file.st_size > 0 ? (uint64_t)file.st_size : 0;
            source->size = whole > from->offset ? whole - from->offset : 0;
        }
        return NULL;
    }
    case INIA_EVENTS:
        break;
    case INIA_STREAM:
        return from->read ? NULL : "the body is a stream without a read function";
    }
    return "the body is neither memory, file nor stream";
}

static void give_block(struct call *call, struct source_block *block)
{
    block_give(&call->engine->blocks, block->data, block->capacity);
    *block = (struct source_block){0};
}

static void drop_framing(struct source *source)
{
    if (source->framing)
        framing_release(source->framing);
    source->framing = NULL;
}

void source_release(struct call *call)
{
    check(!source_is_busy(&call->source));
    give_block(call, &call->source.reading);
    give_block(call, &call->source.sending);
    drop_framing(&call->source);
}

bool source_can_rewind(const struct source *source)
{
    return source->from.place != INIA_STREAM || !source->started || source->from.rewind;
}

bool source_rewind(struct call *call)
{
    struct source *source = &call->source;
    check(!source_is_busy(source));
    if (source->started && source->from.place == INIA_STREAM &&
        (!source->from.rewind || !source->from.rewind(source->from.arg)))
        return false;
    drop_framing(source);
    source->offset = 0;
    source->reading.size = source->sending.size = 0;
    source->wanted = source->ended = source->paused = source->started = false;
    return true;
}

/* ---- Reading ahead --------------------------------------------------------------------------- */

/* A framed piece is as large as all the others, but for the last. */
static bool is_ready(const struct source *source)
{
    if (source->ended)
        return true;
    return source->framing ? source->reading.size == FRAMING_CHUNK : source->reading.size > 0;
}

/* How much more goes into the block that is being read. */
static size_t wanted_size(const struct source *source)
{
    size_t most = source->framing ? (size_t)FRAMING_CHUNK : (size_t)TRANSFER_BLOCK;
    uint64_t left = source->size - source->offset;
    size_t room = most - source->reading.size;
    return left < room ? (size_t)left : room;
}

static bool has_block(struct call *call)
{
    struct source *source = &call->source;
    size_t wanted = wanted_size(source) + (source->framing ? FRAMING_BEFORE + FRAMING_AFTER : 0);
    if (source->reading.size || source->reading.capacity >= wanted)
        return true;
    give_block(call, &source->reading);
    source->reading.data = block_take(&call->engine->blocks, wanted, &source->reading.capacity);
    if (!source->reading.data)
        call_give_up(call, INIA_BODY_FAILED, "no memory for the body's next block");
    return source->reading.data != NULL;
}

static char *place_to_read(const struct source *source)
{
    return source->reading.data + (source->framing ? FRAMING_BEFORE : 0) + source->reading.size;
}

static void took(struct call *call, size_t size)
{
    struct source *source = &call->source;
    source->reading.size += size;
    source->offset += size;
    source->started = source->started || size > 0;
    if (source->size == INIA_UNKNOWN_SIZE) {
        source->ended = size == 0;
        return;
    }
    source->ended = source->offset == source->size;
    if (size == 0 && !source->ended)
        call_give_up(call, INIA_BODY_FAILED, "the body ended before the size that was promised");
}

static void read_file(struct call *call);
static void pass_on(struct call *call);

static void file_read_done(struct ring_file_work *work, size_t size, int error)
{
    struct call *call = CONTAINER_OF(work, struct call, source.work);
    if (call->exchange_over || call->end_reason) {
        call_settle(call);
        return;
    }
    if (error)
        call_give_up(call, INIA_BODY_FAILED, strerror(error));
    else
        took(call, size);
    if (call->end_reason)
        return;
    if (is_ready(&call->source))
        pass_on(call);
    else
        read_file(call);
}

static void read_file(struct call *call)
{
    struct source *source = &call->source;
    source->work.done = file_read_done;
    ring_file_read(
        call->engine->ring, &source->work, source->from.fd, place_to_read(source),
        wanted_size(source), source->from.offset + source->offset);
}

static void read_stream(struct call *call)
{
    struct source *source = &call->source;
    do {
        size_t wanted = wanted_size(source);
        ssize_t got = source->from.read(source->from.arg, place_to_read(source), wanted);
        if (got == INIA_PAUSE)
            source->paused = true;
        else if (got < 0 || (size_t)got > wanted)
            call_give_up(call, INIA_BODY_FAILED, "the body's read function failed");
        else
            took(call, (size_t)got);
        if (source->paused || call->end_reason)
            return;
    } while (!is_ready(source));
    pass_on(call);
}

static void read_ahead(struct call *call)
{
    if (!has_block(call))
        return;
    if (call->source.from.place == INIA_STREAM)
        read_stream(call);
    else
        read_file(call);
}

/* ---- Passing on ------------------------------------------------------------------------------ */

/* The block that was read, framed if it is to be. Empty with the call given up. */
static text wrap(struct call *call, const struct source_block *block)
{
    struct source *source = &call->source;
    if (!source->framing)
        return text_from(block->data, block->size);
    text piece =
        framing_wrap(source->framing, block->data + FRAMING_BEFORE, block->size, source->ended);
    if (!piece.size)
        call_give_up(
            call, INIA_UNSUPPORTED, "the system has no random bytes to sign the body with");
    return piece;
}

/* Hands the block that was read to the exchange, if it waits for one, and reads the next. */
static void pass_on(struct call *call)
{
    struct source *source = &call->source;
    if (!source->wanted || source_is_busy(source) || !is_ready(source))
        return;
    struct source_block full = source->reading;
    source->reading = source->sending;
    source->sending = full;
    source->reading.size = 0;
    source->wanted = false;
    text piece = wrap(call, &source->sending);
    if (call->end_reason)
        return;
    http_push(&call->exchange, piece.data, piece.size);
    if (!source->ended)
        read_ahead(call);
}

void source_pull(struct call *call)
{
    struct source *source = &call->source;
    source->wanted = true;
    if (is_ready(source))
        pass_on(call);
    else if (!source_is_busy(source) && !source->paused)
        read_ahead(call);
}

void source_resume(struct call *call)
{
    struct source *source = &call->source;
    if (source->paused) {
        source->paused = false;
        read_ahead(call);
    }
}
