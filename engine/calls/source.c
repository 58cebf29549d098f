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

void source_release(struct call *call)
{
    check(!source_is_busy(&call->source));
    give_block(call, &call->source.reading);
    give_block(call, &call->source.sending);
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
    source->offset = 0;
    source->reading.size = source->sending.size = 0;
    source->wanted = source->ended = source->paused = source->started = false;
    return true;
}

static void read_ahead(struct call *call);

/* Hands the block that was read to the exchange, if it waits for one, and reads the next. */
static void pass_on(struct call *call)
{
    struct source *source = &call->source;
    if (!source->wanted || source_is_busy(source) || (!source->reading.size && !source->ended))
        return;
    struct source_block full = source->reading;
    source->reading = source->sending;
    source->sending = full;
    source->reading.size = 0;
    source->wanted = false;
    http_push(&call->exchange, source->sending.data, source->sending.size);
    if (!source->ended)
        read_ahead(call);
}

static void took(struct call *call, size_t size)
{
    struct source *source = &call->source;
    source->reading.size = size;
    source->offset += size;
    source->started = source->started || size > 0;
    if (source->size != INIA_UNKNOWN_SIZE) {
        source->ended = source->offset == source->size;
        if (size == 0 && !source->ended) {
            call_give_up(
                call, INIA_BODY_FAILED, "the body ended before the size that was promised");
            return;
        }
    } else {
        source->ended = size == 0;
    }
    pass_on(call);
}

static void file_read_done(struct ring_file_work *work, size_t size, int error)
{
    struct call *call = CONTAINER_OF(work, struct call, source.work);
    if (call->exchange_over || call->end_reason)
        call_settle(call);
    else if (error)
        call_give_up(call, INIA_BODY_FAILED, strerror(error));
    else
        took(call, size);
}

static void read_stream(struct call *call, size_t wanted)
{
    struct source *source = &call->source;
    ssize_t got = source->from.read(source->from.arg, source->reading.data, wanted);
    if (got == INIA_PAUSE)
        source->paused = true;
    else if (got < 0 || (size_t)got > wanted)
        call_give_up(call, INIA_BODY_FAILED, "the body's read function failed");
    else
        took(call, (size_t)got);
}

static void read_ahead(struct call *call)
{
    struct source *source = &call->source;
    uint64_t left = source->size - source->offset;
    size_t wanted = left < TRANSFER_BLOCK ? (size_t)left : TRANSFER_BLOCK;
    if (!source->reading.data) {
        source->reading.data = block_take(&call->engine->blocks, wanted, &source->reading.capacity);
        if (!source->reading.data) {
            call_give_up(call, INIA_BODY_FAILED, "no memory for the body's next block");
            return;
        }
    }
    if (wanted > source->reading.capacity)
        wanted = source->reading.capacity;
    if (source->from.place == INIA_STREAM) {
        read_stream(call, wanted);
        return;
    }
    source->work.done = file_read_done;
    ring_file_read(
        call->engine->ring, &source->work, source->from.fd, source->reading.data, wanted,
        source->from.offset + source->offset);
}

void source_pull(struct call *call)
{
    struct source *source = &call->source;
    source->wanted = true;
    if (source->reading.size || source->ended)
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
