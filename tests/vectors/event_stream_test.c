/* The frames of vectors/eventstream: good ones read in pieces of every size and written back to the
 * same bytes, bad ones refused. */
#include "vectors.h"

static text from_base64(struct bench *bench, text encoded)
{
    char *bytes = arena_alloc(&bench->arena, encoded.size + 3);
    CHECK(bytes);
    size_t size = base64_decode(bytes, encoded);
    CHECK(size != SIZE_MAX);
    return text_from(bytes, size);
}

static text member_base64(struct bench *bench, const struct json_value *object, const char *name)
{
    return from_base64(bench, json_member_text(object, name));
}

/* The reader's answer to all of the bytes; messages: up to most, copied into the arena. */
static enum event_answer read_all(
    struct bench *bench, text bytes, size_t piece_size, struct event_message *messages, size_t most,
    size_t *count)
{
    struct event_reader reader;
    struct event_message message;
    enum event_answer answer = EVENT_MORE;
    *count = 0;
    event_reader_init(&reader, &bench->arena);
    for (size_t at = 0; at < bytes.size && answer != EVENT_BAD; at += piece_size) {
        text rest = text_after(bytes, at);
        struct cursor piece =
            cursor_of(text_from(rest.data, rest.size < piece_size ? rest.size : piece_size));
        while ((answer = event_reader_take(&reader, &piece, &message)) == EVENT_MESSAGE) {
            CHECK(*count < most);
            messages[(*count)++] = (struct event_message){
                arena_copy(&bench->arena, message.headers),
                arena_copy(&bench->arena, message.payload)};
        }
    }
    return answer == EVENT_MORE && !event_reader_is_between(&reader) ? EVENT_BAD : answer;
}

static enum event_header_kind kind_of(text name)
{
    static const text names[] = {
        TEXT_INIT("bool_true"),  TEXT_INIT("bool_false"), TEXT_INIT("byte"),
        TEXT_INIT("short"),      TEXT_INIT("integer"),    TEXT_INIT("long"),
        TEXT_INIT("byte_array"), TEXT_INIT("string"),     TEXT_INIT("timestamp"),
        TEXT_INIT("uuid"),
    };
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (text_equals(names[i], name))
            return (enum event_header_kind)i;
    }
    FAIL("a header type of the vectors that is not known: %.*s", TEXT_ARGS(name));
}

static struct event_header header_of(struct bench *bench, const struct json_value *one)
{
    struct event_header header = {
        .name = json_member_text(one, "name"), .kind = kind_of(json_member_text(one, "type"))};
    const struct json_value *value = json_member(one, TEXT("value"));
    text string = json_text(value);
    header.number = json_i64(value, 0);
    if (header.kind == EVENT_LONG || header.kind == EVENT_TIMESTAMP)
        CHECK(text_to_i64(string, &header.number));
    if (header.kind == EVENT_BYTES)
        header.bytes = from_base64(bench, string);
    if (header.kind == EVENT_STRING)
        header.bytes = string;
    if (header.kind == EVENT_UUID) {
        char *bytes = arena_alloc(&bench->arena, 16);
        CHECK(string.size == 32 && hex_decode(bytes, string));
        header.bytes = text_from(bytes, 16);
    }
    return header;
}

static bool message_fits(
    struct bench *bench, const struct event_message *message, const struct json_value *expected)
{
    const struct json_value *headers = json_member(expected, TEXT("headers"));
    struct cursor cursor = cursor_of(message->headers);
    for (size_t i = 0; i < headers->count; i++) {
        struct event_header header, wanted = header_of(bench, json_item(headers, i));
        if (!event_header_take(&cursor, &header) || !text_equals(header.name, wanted.name) ||
            header.kind != wanted.kind || header.number != wanted.number ||
            !text_equals(header.bytes, wanted.bytes))
            return false;
    }
    return cursor_is_done(&cursor) &&
           text_equals(message->payload, member_base64(bench, expected, "payload_base64"));
}

static void write_message(
    struct bench *bench, struct buffer *out, const struct json_value *expected)
{
    struct event_header headers[32];
    const struct json_value *list = json_member(expected, TEXT("headers"));
    CHECK(list->count <= COUNT_OF(headers));
    for (size_t i = 0; i < list->count; i++)
        headers[i] = header_of(bench, json_item(list, i));
    text payload = member_base64(bench, expected, "payload_base64");
    CHECK(event_message_write(out, headers, list->count, payload));
}

static bool good_passes(struct bench *bench, const struct json_value *one)
{
    enum { MOST = 16 };
    struct event_message messages[MOST];
    struct buffer written;
    size_t count = 0;
    const struct json_value *many = json_member(one, TEXT("messages"));
    text bytes = member_base64(bench, one, many ? "stream_base64" : "message_base64");
    for (size_t piece = 1; piece <= bytes.size; piece++) {
        if (read_all(bench, bytes, piece, messages, MOST, &count) != EVENT_MORE ||
            count != (many ? many->count : 1))
            return false;
        for (size_t i = 0; i < count; i++) {
            if (!message_fits(bench, &messages[i], many ? json_item(many, i) : one))
                return false;
        }
    }
    buffer_init(&written, &bench->arena);
    for (size_t i = 0; i < count; i++)
        write_message(bench, &written, many ? json_item(many, i) : one);
    return text_equals(buffer_text(&written), bytes);
}

static text bytes_of_parts(struct bench *bench, const struct json_value *parts)
{
    struct buffer all;
    buffer_init(&all, &bench->arena);
    for (size_t i = 0; i < parts->count; i++) {
        const struct json_value *part = json_item(parts, i);
        size_t count = (size_t)json_i64(json_member(part, TEXT("count")), 0);
        text encoded = json_member_text(part, "base64");
        if (encoded.data) {
            buffer_add(&all, from_base64(bench, encoded));
            continue;
        }
        char *run = buffer_reserve(&all, count);
        CHECK(run);
        memset(run, (int)json_i64(json_member(part, TEXT("byte")), 0), count);
        all.size += count;
    }
    CHECK(buffer_ok(&all));
    return buffer_text(&all);
}

static bool bad_passes(struct bench *bench, const struct json_value *one)
{
    struct event_message message;
    size_t count;
    const struct json_value *parts = json_member(one, TEXT("message_parts"));
    text bytes = parts ? bytes_of_parts(bench, parts) : member_base64(bench, one, "message_base64");
    for (size_t piece = 1; piece <= bytes.size; piece = parts ? piece * 4096 : piece + 1) {
        if (read_all(bench, bytes, piece, &message, 1, &count) != EVENT_BAD || count)
            return false;
    }
    return true;
}

TEST(good_frames_are_read_and_written_and_bad_ones_refused)
{
    struct bench bench;
    struct tally tally = {.group = "eventstream"};
    bench_init(&bench);
    const char *path = vector_path("eventstream/messages.json");
    if (!vector_exists(path))
        SKIP("no eventstream/messages.json in these vectors");
    const struct json_value *root = vector_json(&bench, path);
    const struct json_value *good = json_member(root, TEXT("good"));
    const struct json_value *bad = json_member(root, TEXT("bad"));
    for (size_t i = 0; good && i < good->count; i++) {
        const struct json_value *one = json_item(good, i);
        tally_case(&tally, good_passes(&bench, one), "good", json_member_text(one, "id"));
    }
    for (size_t i = 0; bad && i < bad->count; i++) {
        const struct json_value *one = json_item(bad, i);
        tally_case(&tally, bad_passes(&bench, one), "bad", json_member_text(one, "id"));
    }
    tally_finish(&tally, "");
    bench_release(&bench);
}
