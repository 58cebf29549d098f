/* Read in pieces, the bytes give the same messages as read at once, and what was read is written
 * back to the same bytes. */
#include "crypto/crypto.h"
#include "formats/formats.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_back(struct buffer *out, const struct event_message *message)
{
    static struct event_header headers[EVENT_MAX_HEADERS];
    struct cursor cursor = cursor_of(message->headers);
    size_t count = 0;
    while (count < EVENT_MAX_HEADERS && event_header_take(&cursor, &headers[count]))
        count++;
    check(cursor_ok(&cursor) && cursor_is_done(&cursor));
    check(event_message_write(out, headers, count, message->payload));
}

/* Whether the bytes were good to their end. */
static bool read_in_pieces(struct arena *arena, text bytes, size_t piece_size, struct buffer *out)
{
    struct event_reader reader;
    struct event_message message;
    enum event_answer answer = EVENT_MORE;
    event_reader_init(&reader, arena);
    buffer_init(out, arena);
    for (size_t at = 0; at < bytes.size && answer != EVENT_BAD; at += piece_size) {
        text rest = text_after(bytes, at);
        struct cursor piece =
            cursor_of(text_from(rest.data, rest.size < piece_size ? rest.size : piece_size));
        while ((answer = event_reader_take(&reader, &piece, &message)) == EVENT_MESSAGE)
            write_back(out, &message);
    }
    check((answer == EVENT_BAD) == (reader.what != NULL));
    return event_reader_is_between(&reader);
}

/* The checksums are made right, so that what lies behind them is reached. */
static void set_checksums(char *bytes, size_t size)
{
    static const size_t least = 16;
    if (size < least)
        return;
    uint32_t total = (uint32_t)size;
    for (size_t i = 0; i < 4; i++)
        bytes[i] = (char)(total >> (24 - 8 * i) & 0xFF);
    uint32_t prelude = crc32_add(0, text_from(bytes, 8));
    for (size_t i = 0; i < 4; i++)
        bytes[8 + i] = (char)(prelude >> (24 - 8 * i) & 0xFF);
    uint32_t message = crc32_add(0, text_from(bytes, size - 4));
    for (size_t i = 0; i < 4; i++)
        bytes[size - 4 + i] = (char)(message >> (24 - 8 * i) & 0xFF);
}

static void try_bytes(struct arena *arena, text bytes)
{
    struct buffer whole, pieces;
    bool good = read_in_pieces(arena, bytes, bytes.size + 1, &whole);
    check(read_in_pieces(arena, bytes, bytes.size / 7 + 1, &pieces) == good);
    check(text_equals(buffer_text(&whole), buffer_text(&pieces)));
    check(text_starts_with(bytes, buffer_text(&whole)));
    check(!good || whole.size == bytes.size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct budget budget;
    struct slab blocks;
    struct arena arena;
    budget_init(&budget, 64 << 20);
    slab_init(&blocks, &budget, ARENA_BLOCK_SIZE, 8);
    arena_init(&arena, &blocks);
    try_bytes(&arena, text_from(data, size));
    char *copy = arena_alloc(&arena, size + 1);
    if (copy) {
        memcpy(copy, data, size);
        set_checksums(copy, size);
        try_bytes(&arena, text_from(copy, size));
    }
    arena_release(&arena);
    slab_release(&blocks);
    return 0;
}
