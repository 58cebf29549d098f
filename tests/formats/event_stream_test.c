#include "crypto/crypto.h"
#include "formats/formats.h"
#include "test.h"

#include <string.h>

struct room {
    struct budget budget;
    struct slab blocks;
    struct arena arena;
    struct event_reader reader;
    struct event_message message;
    struct buffer out;
};

static void open_room(struct room *room)
{
    budget_init(&room->budget, 128 << 20);
    slab_init(&room->blocks, &room->budget, ARENA_BLOCK_SIZE, 8);
    arena_init(&room->arena, &room->blocks);
    event_reader_init(&room->reader, &room->arena);
    buffer_init(&room->out, &room->arena);
}

static void close_room(struct room *room)
{
    arena_release(&room->arena);
    slab_release(&room->blocks);
    CHECK_EQ(room->budget.used, 0);
}

static void add_u32(struct buffer *out, size_t number)
{
    for (unsigned i = 4; i-- > 0;)
        buffer_add_char(out, (char)(number >> 8 * i & 0xFF));
}

/* A frame whose checksums are right, whatever it says. */
static text frame_of(struct room *room, size_t total, size_t headers_size, text rest)
{
    struct buffer *out = &room->out;
    buffer_clear(out);
    add_u32(out, total);
    add_u32(out, headers_size);
    add_u32(out, crc32_add(0, buffer_text(out)));
    buffer_add(out, rest);
    add_u32(out, crc32_add(0, buffer_text(out)));
    CHECK(buffer_ok(out));
    return buffer_text(out);
}

static enum event_answer read_once(struct room *room, text bytes)
{
    struct cursor piece = cursor_of(bytes);
    event_reader_init(&room->reader, &room->arena);
    return event_reader_take(&room->reader, &piece, &room->message);
}

static const char *why_refused(struct room *room, text headers)
{
    text frame = frame_of(room, 16 + headers.size, headers.size, headers);
    return read_once(room, frame) == EVENT_BAD ? room->reader.what : NULL;
}

static const struct event_header one_of_each[] = {
    {.name = TEXT_INIT("true"), .kind = EVENT_TRUE},
    {.name = TEXT_INIT("false"), .kind = EVENT_FALSE},
    {.name = TEXT_INIT("byte"), .kind = EVENT_BYTE, .number = -128},
    {.name = TEXT_INIT("short"), .kind = EVENT_SHORT, .number = INT16_MIN},
    {.name = TEXT_INIT("integer"), .kind = EVENT_INTEGER, .number = INT32_MIN},
    {.name = TEXT_INIT("long"), .kind = EVENT_LONG, .number = INT64_MIN},
    {.name = TEXT_INIT("bytes"), .kind = EVENT_BYTES, .bytes = TEXT_INIT("\0\xFF")},
    {.name = TEXT_INIT("string"), .kind = EVENT_STRING, .bytes = TEXT_INIT("\xC3\xA9")},
    {.name = TEXT_INIT("time"), .kind = EVENT_TIMESTAMP, .number = INT64_MAX},
    {.name = TEXT_INIT("uuid"), .kind = EVENT_UUID, .bytes = TEXT_INIT("0123456789abcdef")},
};

TEST(what_was_written_is_read_in_pieces_of_every_size)
{
    struct room room;
    struct event_header header;
    open_room(&room);
    CHECK(event_message_write(&room.out, one_of_each, COUNT_OF(one_of_each), TEXT("payload")));
    CHECK(event_message_write(&room.out, NULL, 0, TEXT("")));
    for (size_t size = 1; size <= room.out.size; size++) {
        unsigned count = 0;
        event_reader_init(&room.reader, &room.arena);
        for (size_t at = 0; at < room.out.size; at += size) {
            text rest = text_after(buffer_text(&room.out), at);
            struct cursor piece =
                cursor_of(text_from(rest.data, rest.size < size ? rest.size : size));
            while (event_reader_take(&room.reader, &piece, &room.message) == EVENT_MESSAGE) {
                struct cursor headers = cursor_of(room.message.headers);
                for (size_t i = 0; count == 0 && i < COUNT_OF(one_of_each); i++) {
                    CHECK(event_header_take(&headers, &header));
                    CHECK(text_equals(header.name, one_of_each[i].name));
                    CHECK(text_equals(header.bytes, one_of_each[i].bytes));
                    CHECK_EQ(header.kind, one_of_each[i].kind);
                    CHECK_EQ(header.number, one_of_each[i].number);
                }
                CHECK(cursor_is_done(&headers));
                CHECK_EQ(room.message.payload.size, count ? 0 : 7);
                count++;
            }
            CHECK(!room.reader.what);
        }
        CHECK_EQ(count, 2);
        CHECK(event_reader_is_between(&room.reader));
    }
    close_room(&room);
}

TEST(a_header_is_found_by_its_name)
{
    struct room room;
    struct event_header header;
    open_room(&room);
    CHECK(event_message_write(&room.out, one_of_each, COUNT_OF(one_of_each), TEXT("")));
    CHECK_EQ(read_once(&room, buffer_text(&room.out)), EVENT_MESSAGE);
    CHECK(event_message_find(&room.message, TEXT("string"), &header));
    CHECK(text_equals(header.bytes, TEXT("\xC3\xA9")));
    CHECK(!event_message_find(&room.message, TEXT("String"), &header));
    close_room(&room);
}

TEST(every_changed_bit_is_noticed)
{
    struct room room;
    open_room(&room);
    CHECK(event_message_write(&room.out, one_of_each, 3, TEXT("{}")));
    for (size_t i = 0; i < room.out.size * 8; i++) {
        room.out.data[i / 8] ^= (char)(1 << i % 8);
        CHECK_EQ(read_once(&room, buffer_text(&room.out)), EVENT_BAD);
        room.out.data[i / 8] ^= (char)(1 << i % 8);
    }
    CHECK_EQ(read_once(&room, buffer_text(&room.out)), EVENT_MESSAGE);
    close_room(&room);
}

TEST(a_stream_may_end_only_between_messages)
{
    struct room room;
    open_room(&room);
    CHECK(event_message_write(&room.out, one_of_each, 1, TEXT("{}")));
    for (size_t size = 1; size < room.out.size; size++) {
        CHECK_EQ(read_once(&room, text_from(room.out.data, size)), EVENT_MORE);
        CHECK(!event_reader_is_between(&room.reader));
    }
    CHECK_EQ(read_once(&room, TEXT("")), EVENT_MORE);
    CHECK(event_reader_is_between(&room.reader));
    close_room(&room);
}

TEST(bad_headers_are_refused_though_their_checksums_are_right)
{
    struct room room;
    open_room(&room);
    CHECK(!why_refused(&room, TEXT("\1a\0")));
    CHECK_TEXT(why_refused(&room, TEXT("\0\0")), "a header that is none");
    CHECK_TEXT(why_refused(&room, TEXT("\1a")), "a header that is none");
    CHECK_TEXT(why_refused(&room, TEXT("\1a\12")), "a header that is none");
    CHECK_TEXT(why_refused(&room, TEXT("\5a\0")), "a header that is none");
    CHECK_TEXT(why_refused(&room, TEXT("\1\xFF\0")), "a header that is none");
    CHECK_TEXT(why_refused(&room, TEXT("\1a\4abc")), "a header that is none");
    CHECK_TEXT(why_refused(&room, TEXT("\1a\7\0\2x")), "a header that is none");
    CHECK_TEXT(why_refused(&room, TEXT("\1a\7\0\1\xFF")), "a header that is none");
    CHECK(!why_refused(&room, TEXT("\1a\6\0\1\xFF")));
    CHECK_TEXT(why_refused(&room, TEXT("\1a\11uuid")), "a header that is none");
    CHECK_TEXT(why_refused(&room, TEXT("\1a\0\1a\1")), "a header that is there twice");
    close_room(&room);
}

TEST(sizes_are_limited_before_anything_is_kept)
{
    struct room room;
    open_room(&room);
    size_t largest = 16 + EVENT_MAX_PAYLOAD_SIZE;
    CHECK_EQ(read_once(&room, frame_of(&room, largest, 0, TEXT(""))), EVENT_MORE);
    CHECK_EQ(read_once(&room, frame_of(&room, largest + 1, 0, TEXT(""))), EVENT_BAD);
    CHECK_EQ(
        read_once(&room, frame_of(&room, largest, EVENT_MAX_HEADERS_SIZE, TEXT(""))), EVENT_MORE);
    CHECK_EQ(
        read_once(&room, frame_of(&room, largest, EVENT_MAX_HEADERS_SIZE + 1, TEXT(""))),
        EVENT_BAD);
    CHECK_EQ(read_once(&room, frame_of(&room, 15, 0, TEXT(""))), EVENT_BAD);
    CHECK_EQ(read_once(&room, frame_of(&room, 16, 1, TEXT(""))), EVENT_BAD);
    CHECK_EQ(read_once(&room, frame_of(&room, UINT32_MAX, UINT32_MAX, TEXT(""))), EVENT_BAD);
    close_room(&room);
}

TEST(the_largest_payload_is_read_and_a_larger_one_not_written)
{
    struct room room;
    open_room(&room);
    char *bytes = arena_alloc_zeroed(&room.arena, EVENT_MAX_PAYLOAD_SIZE + 1);
    CHECK(bytes);
    CHECK(!event_message_write(&room.out, NULL, 0, text_from(bytes, EVENT_MAX_PAYLOAD_SIZE + 1)));
    CHECK_EQ(room.out.size, 0);
    CHECK(event_message_write(&room.out, NULL, 0, text_from(bytes, EVENT_MAX_PAYLOAD_SIZE)));
    struct cursor first = cursor_of(text_from(room.out.data, 100));
    struct cursor rest = cursor_of(text_after(buffer_text(&room.out), 100));
    CHECK_EQ(event_reader_take(&room.reader, &first, &room.message), EVENT_MORE);
    CHECK_EQ(event_reader_take(&room.reader, &rest, &room.message), EVENT_MESSAGE);
    CHECK_EQ(room.message.payload.size, EVENT_MAX_PAYLOAD_SIZE);
    close_room(&room);
}

TEST(headers_that_break_a_rule_are_not_written)
{
    static char many[EVENT_MAX_VALUE_SIZE + 1];
    const struct event_header bad[] = {
        {.name = TEXT(""), .kind = EVENT_TRUE},
        {.name = text_from(many, 256), .kind = EVENT_TRUE},
        {.name = TEXT("\xFF"), .kind = EVENT_TRUE},
        {.name = TEXT("a"), .kind = EVENT_BYTE, .number = 128},
        {.name = TEXT("a"), .kind = EVENT_SHORT, .number = INT16_MIN - 1},
        {.name = TEXT("a"), .kind = EVENT_INTEGER, .number = (int64_t)INT32_MAX + 1},
        {.name = TEXT("a"), .kind = EVENT_BYTES, .bytes = text_from(many, sizeof many)},
        {.name = TEXT("a"), .kind = EVENT_STRING, .bytes = TEXT("\xFF")},
        {.name = TEXT("a"), .kind = EVENT_UUID, .bytes = TEXT("short")},
        {.name = TEXT("a"), .kind = (enum event_header_kind)10},
    };
    struct event_header twice[2] = {one_of_each[0], one_of_each[0]};
    struct room room;
    open_room(&room);
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        CHECK(!event_message_write(&room.out, &bad[i], 1, TEXT("")));
    CHECK(!event_message_write(&room.out, twice, 2, TEXT("")));
    CHECK_EQ(room.out.size, 0);
    const struct event_header longest = {
        .name = TEXT("a"), .kind = EVENT_BYTES, .bytes = text_from(many, EVENT_MAX_VALUE_SIZE)};
    CHECK(event_message_write(&room.out, &longest, 1, TEXT("")));
    close_room(&room);
}

TEST(a_reader_that_met_a_bad_byte_reads_no_further)
{
    struct room room;
    open_room(&room);
    struct cursor bad = cursor_of(TEXT("not a frame at all"));
    CHECK_EQ(event_reader_take(&room.reader, &bad, &room.message), EVENT_BAD);
    CHECK(event_message_write(&room.out, NULL, 0, TEXT("{}")));
    struct cursor good = cursor_of(buffer_text(&room.out));
    CHECK_EQ(event_reader_take(&room.reader, &good, &room.message), EVENT_BAD);
    CHECK(!event_reader_is_between(&room.reader));
    close_room(&room);
}

TEST(a_reader_without_memory_says_so)
{
    struct room room;
    struct event_reader reader;
    char memory[20];
    open_room(&room);
    CHECK(event_message_write(&room.out, NULL, 0, TEXT("a payload of some size")));
    event_reader_init(&reader, NULL);
    buffer_init_fixed(&reader.frame, memory, sizeof memory);
    struct cursor piece = cursor_of(text_from(room.out.data, room.out.size - 1));
    CHECK_EQ(event_reader_take(&reader, &piece, &room.message), EVENT_BAD);
    CHECK_TEXT(reader.what, "out of memory");
    close_room(&room);
}
