#include "packed.h"

#include <igzip_lib.h>

/* What packed_start() looks at, of a gzip file, and gives: metadata takes about a tenth of it. */
enum { START_PACKED = 1536, START_UNPACKED = 8192 };

/* A guess from gzip's last four bytes, its size modulo 2^32, and no more than what deflate can do.
 */
static size_t unpacked_size(text packed)
{
    const unsigned char *end = (const unsigned char *)packed.data + packed.size;
    size_t size = packed.size < 18 ? 0
                                   : (size_t)end[-4] | (size_t)end[-3] << 8 |
                                         (size_t)end[-2] << 16 | (size_t)end[-1] << 24;
    return size / 1040 > packed.size ? 0 : size;
}

static void begin(struct inflate_state *state, text packed, char *data, size_t size)
{
    isal_inflate_init(state);
    state->crc_flag = ISAL_GZIP;
    state->next_in = (unsigned char *)(uintptr_t)packed.data;
    state->avail_in = (uint32_t)packed.size;
    state->next_out = (unsigned char *)data;
    state->avail_out = (uint32_t)size;
}

static inia_status unpack(text packed, struct arena *arena, text *bytes)
{
    size_t size = unpacked_size(packed);
    if (size == 0)
        return INIA_BAD_CONFIG;
    if (size > MODELS_MAX_FILE)
        return INIA_TOO_LARGE;
    char *data = arena_alloc(arena, size + JSON_PADDING);
    struct inflate_state *state = arena_alloc(arena, sizeof *state);
    if (!data || !state)
        return INIA_NO_MEMORY;
    begin(state, packed, data, size);
    bool good = isal_inflate(state) == ISAL_DECOMP_OK && state->block_state == ISAL_BLOCK_FINISH &&
                state->total_out == size;
    data[state->total_out] = '\0';
    *bytes = (text){data, state->total_out};
    return good ? INIA_OK : INIA_BAD_CONFIG;
}

inia_status packed_open(
    const struct packed *file, text path, struct arena *arena, text *bytes, inia_error *error)
{
    *bytes = file->bytes;
    inia_status status = file->is_gzip ? unpack(file->bytes, arena, bytes) : INIA_OK;
    switch (status) {
    case INIA_OK:
        return INIA_OK;
    case INIA_NO_MEMORY:
        return error_set(error, status, "out of memory reading %.*s", TEXT_ARGS(path));
    case INIA_TOO_LARGE:
        return error_set(
            error, INIA_BAD_CONFIG, "%.*s: too large for a model file", TEXT_ARGS(path));
    default:
        return error_set(error, INIA_BAD_CONFIG, "%.*s: not a whole gzip file", TEXT_ARGS(path));
    }
}

inia_status packed_copy(
    const struct packed *file, text path, struct arena *arena, text *bytes, inia_error *error)
{
    if (file->is_gzip)
        return packed_open(file, path, arena, bytes, error);
    size_t size = file->bytes.size;
    char *copy = arena_alloc(arena, size + JSON_PADDING);
    if (!copy)
        return error_set(error, INIA_NO_MEMORY, "out of memory reading %.*s", TEXT_ARGS(path));
    if (size)
        memcpy(copy, file->bytes.data, size);
    copy[size] = '\0';
    *bytes = text_from(copy, size);
    return INIA_OK;
}

static text first_of(text bytes, size_t most)
{
    return (text){bytes.data, bytes.size < most ? bytes.size : most};
}

text packed_start(const struct packed *file, struct arena *arena)
{
    if (!file->is_gzip)
        return first_of(file->bytes, START_UNPACKED);
    text packed = first_of(file->bytes, START_PACKED);
    char *data = arena_alloc(arena, START_UNPACKED);
    struct inflate_state *state = arena_alloc(arena, sizeof *state);
    if (!data || !state)
        return (text){NULL, 0};
    begin(state, packed, data, START_UNPACKED);
    bool good = isal_inflate(state) == ISAL_DECOMP_OK;
    return good ? text_from(data, START_UNPACKED - state->avail_out) : (text){NULL, 0};
}
