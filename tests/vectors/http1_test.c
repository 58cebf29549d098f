/*
 * The vectors of llhttp, picohttpparser and aws-c-http. One line at the end: "http1: passed/total
 * (left out: why, by id)".
 *
 * A case is read as its sender meant it: message after message, heads by http_head_size() and the
 * parsers, bodies by their framing. Three things about the files: llhttp's inputs have lost their
 * last line end when the log of the case goes beyond them; a parser that sees single bytes refuses
 * a head before it is whole, ours when it is: an input that must be refused and ends within a head
 * gets an empty line; llhttp tells "data after Connection: close" and "upgrade" as errors: to us
 * the message before is whole, and whether to go on is for the owner of the connection to decide by
 * keep_alive.
 */
#include "formats/json.h"
#include "http/http.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>

enum { MOST_MESSAGES = 8, MOST_BODY = 4096, MOST_REASONS = 16 };

struct message {
    int status, minor; /* status 0: a request */
    text reason, method, target;
    const struct http_header *headers;
    size_t header_count;
    bool keep_alive, chunked;
    char body[MOST_BODY];
    size_t body_size;
    bool head_whole, whole;
};

struct reading {
    struct message messages[MOST_MESSAGES];
    size_t count;
    bool request, head_only;
    const char *problem;
};

struct outcome {
    int passed, total, left_out;
    struct reason {
        const char *why;
        char ids[2048];
    } reasons[MOST_REASONS];
};

struct suite {
    const char *file, *member;
    bool (*passes)(const struct json_value *test, text input, size_t piece);
    const char *(*why_it_differs)(
        const struct json_value *test, text input); /* NULL: it does not */
};

static struct budget memory;
static struct slab blocks;
static struct arena arena;
static struct json_parser *parser;
static struct outcome outcome;
static struct reading reading;

/* ---- Cases we decide otherwise, and why -------------------------------------------- */

static text member_text(const struct json_value *object, const char *name)
{
    return json_text(json_member(object, text_of(name)));
}

static bool has(text whole, const char *part)
{
    return text_find_text(whole, text_of(part)) != SIZE_MAX;
}

static bool is_true(const struct json_value *object, const char *name)
{
    return json_is(json_member(object, text_of(name)), JSON_TRUE);
}

/* The value of a header in the first expected message. */
static text expected_header(const struct json_value *test, const char *name)
{
    const struct json_value *message = json_item(json_member(test, TEXT("messages")), 0);
    const struct json_value *headers = json_member(message, TEXT("headers"));
    for (size_t i = 0; headers && i < headers->count; i++) {
        const struct json_value *pair = json_item(headers, i);
        if (text_equals_ignoring_case(json_text(json_item(pair, 0)), text_of(name)))
            return json_text(json_item(pair, 1));
    }
    return (text){NULL, 0};
}

static const char *why_llhttp_differs(const struct json_value *test, text input)
{
    text error = member_text(json_member(test, TEXT("error")), "reason");
    text coding = expected_header(test, "transfer-encoding");
    if (has(member_text(test, "mode"), "lenient"))
        return "a lenient mode";
    if (text_starts_with(input, TEXT("RTSP/")) || has(input, " RTSP/") || has(input, " ICE/"))
        return "RTSP and ICE are not HTTP";
    if (has(error, "PRI/Upgrade"))
        return "the preface of HTTP/2, to us a request like others";
    if (has(error, "method"))
        return "the set of methods is open (RFC 9110 9.1)";
    if (!error.data && coding.data && !text_equals_ignoring_case(coding, TEXT("chunked")))
        return "a coding we cannot undo; aws-c-http refuses it too";
    if (!error.data && has(input, "Transfer-Encoding: identity"))
        return "a coding we cannot undo; aws-c-http refuses it too";
    if (text_equals(member_text(test, "kind"), TEXT("response")))
        return NULL;
    if (is_true(test, "skip_body"))
        return "its own switch to skip the body of a request";
    if (!error.data && !has(input, " HTTP/"))
        return "HTTP/0.9, which aws-c-http refuses too";
    if (text_starts_with(input, TEXT("CONNECT ")) && has(input, "Content-Length"))
        return "the body of a CONNECT, which asks for a tunnel no origin server is";
    return NULL;
}

static const char *why_pico_differs(const struct json_value *test, text input)
{
    if (!text_equals(member_text(test, "result"), TEXT("complete")))
        return NULL;
    text line = text_split(input, '\n', &(text){NULL, 0});
    for (size_t i = 0; i < line.size; i++) {
        if ((unsigned char)line.data[i] > 127)
            return "bytes above 127 in a target, which llhttp refuses too";
    }
    if (has(line, "  "))
        return "more than one space in a start line, which llhttp refuses too";
    if (has(input, "\n ") || has(input, "\n\t"))
        return "folded lines, which aws-c-http refuses too";
    return NULL;
}

static void leave_out(const char *id, const char *why)
{
    outcome.left_out++;
    for (size_t i = 0; i < MOST_REASONS; i++) {
        struct reason *reason = &outcome.reasons[i];
        if (reason->why && reason->why != why)
            continue;
        reason->why = why;
        size_t used = strlen(reason->ids);
        snprintf(reason->ids + used, sizeof(reason->ids) - used, "%s%s", used ? ", " : "", id);
        return;
    }
}

static void print_outcome(void)
{
    printf("http1: %d/%d (%d left out", outcome.passed, outcome.total, outcome.left_out);
    for (size_t i = 0; i < MOST_REASONS && outcome.reasons[i].why; i++)
        printf("%s %s: %s", i ? ";" : ":", outcome.reasons[i].why, outcome.reasons[i].ids);
    printf(")\n");
}

/* ---- Reading messages ----------------------------------------------------------------- */

static enum http_framing parse_head(
    struct message *message, char *head, size_t size, uint64_t *length)
{
    struct http_response response = {0};
    struct http_request request = {0};
    if (reading.request) {
        reading.problem = http_request_parse(&request, head, size, &arena);
        *message = (struct message){
            .minor = request.minor,
            .method = request.method,
            .target = request.target,
            .headers = request.headers,
            .header_count = request.header_count,
            .keep_alive = request.keep_alive};
        *length = request.content_length;
        return request.framing;
    }
    reading.problem = http_response_parse(&response, head, size, reading.head_only, &arena);
    *message = (struct message){
        .status = response.status,
        .minor = response.minor,
        .reason = response.reason,
        .headers = response.headers,
        .header_count = response.header_count,
        .keep_alive = response.keep_alive};
    *length = response.content_length;
    return response.framing;
}

static void add_body(struct message *message, text bytes)
{
    CHECK(message->body_size + bytes.size <= MOST_BODY);
    if (bytes.size)
        memcpy(message->body + message->body_size, bytes.data, bytes.size);
    message->body_size += bytes.size;
}

static void read_chunked(struct message *message, text *input, size_t piece)
{
    struct http_chunks chunks = {0};
    while (input->size && !chunks.done && !reading.problem) {
        text part = {input->data, input->size < piece ? input->size : piece};
        size_t before = part.size;
        add_body(message, http_chunks_next(&chunks, &part, &reading.problem));
        *input = text_after(*input, before - part.size);
    }
    message->whole = chunks.done;
}

static void read_body(
    struct message *message, enum http_framing framing, uint64_t length, text *input, size_t piece)
{
    message->chunked = framing == HTTP_CHUNKED;
    if (framing == HTTP_CHUNKED) {
        read_chunked(message, input, piece);
        return;
    }
    size_t size = framing == HTTP_NO_BODY ? 0 : input->size;
    if (framing == HTTP_LENGTH && size > length)
        size = (size_t)length;
    add_body(message, (text){input->data, size});
    *input = text_after(*input, size);
    message->whole = framing == HTTP_NO_BODY || (framing == HTTP_LENGTH && size == length);
}

static void read_messages(text input, size_t piece)
{
    reading.count = 0;
    reading.problem = NULL;
    bool go_on = true;
    while (go_on && input.size && !reading.problem) {
        size_t size = http_head_size(input, 0);
        if (size == 0)
            return;
        char *head = arena_alloc(&arena, size);
        CHECK(head != NULL && reading.count < MOST_MESSAGES);
        memcpy(head, input.data, size);
        input = text_after(input, size);
        struct message *message = &reading.messages[reading.count];
        uint64_t length;
        enum http_framing framing = parse_head(message, head, size, &length);
        if (reading.problem)
            return;
        reading.count++;
        message->head_whole = true;
        read_body(message, framing, length, &input, piece);
        go_on = message->whole && message->keep_alive && message->status != 101;
    }
}

/* ---- Comparing -------------------------------------------------------------------------- */

/* The files hold bytes above 127 as the characters of Latin-1. */
static bool is_latin_1_of(text expected, text actual)
{
    size_t at = 0;
    for (size_t i = 0; i < actual.size; i++) {
        unsigned char byte = (unsigned char)actual.data[i], first = byte;
        if (byte > 127)
            first = (unsigned char)(0xc0 | byte >> 6);
        if (at == expected.size || (unsigned char)expected.data[at++] != first)
            return false;
        if (byte > 127 &&
            (at == expected.size || (unsigned char)expected.data[at++] != (0x80 | (byte & 0x3f))))
            return false;
    }
    return at == expected.size;
}

static bool same_text(const struct json_value *expected, const char *name, text actual)
{
    const struct json_value *value = json_member(expected, text_of(name));
    return !json_is(value, JSON_STRING) || is_latin_1_of(value->string, actual);
}

static bool same_number(const struct json_value *expected, const char *name, int actual)
{
    const struct json_value *value = json_member(expected, text_of(name));
    return !value || value->kind != JSON_NUMBER || atoi(value->string.data) == actual;
}

/* picohttpparser's tests look at some values only: their names are empty in the file. llhttp leaves
 * a tab behind a value, which is no part of it. */
static bool same_header(const struct json_value *pair, const struct http_header *header)
{
    text name = json_text(json_item(pair, 0)), value = json_text(json_item(pair, 1));
    if (name.size && !text_equals(name, header->name))
        return false;
    return is_latin_1_of(text_trim(value), header->value);
}

/* Of a chunked body, the trailers are among the expected headers; we drop them. */
static bool same_headers(const struct json_value *expected, const struct message *message)
{
    const struct json_value *headers = json_member(expected, TEXT("headers"));
    if (!headers || headers->kind != JSON_LIST)
        return true;
    size_t count = headers->count;
    if (count < message->header_count || (count > message->header_count && !message->chunked))
        return false;
    for (size_t i = 0; i < message->header_count; i++) {
        if (!same_header(json_item(headers, i), &message->headers[i]))
            return false;
    }
    return true;
}

static bool same_message(const struct json_value *expected, const struct message *message)
{
    char version[4] = {'1', '.', (char)('0' + message->minor), 0};
    const struct json_value *whole = json_member(expected, TEXT("message_complete"));
    bool ends = !whole || (whole->kind == JSON_TRUE) == message->whole;
    return ends && same_text(expected, "version", text_of(version)) &&
           same_text(expected, "reason", message->reason) &&
           same_text(expected, "method", message->method) &&
           same_text(expected, "url", message->target) &&
           same_number(expected, "status", message->status) &&
           same_text(expected, "body", (text){message->body, message->body_size}) &&
           same_headers(expected, message);
}

/* ---- llhttp --------------------------------------------------------------------------------- */

static const char *decode(const struct json_value *test, size_t *size)
{
    text encoded = member_text(test, "input_base64");
    char *bytes = arena_alloc(&arena, encoded.size + 8);
    CHECK(bytes != NULL);
    *size = base64_decode(bytes, encoded);
    CHECK(*size != SIZE_MAX);
    return bytes;
}

static text with_end(text input, const char *end)
{
    char *bytes = arena_alloc(&arena, input.size + strlen(end));
    CHECK(bytes != NULL);
    memcpy(bytes, input.data, input.size);
    memcpy(bytes + input.size, end, strlen(end));
    return (text){bytes, input.size + strlen(end)};
}

static size_t log_end(const struct json_value *test)
{
    const struct json_value *log = json_member(test, TEXT("llhttp_log"));
    size_t end = 0;
    for (size_t i = 0; log && i < log->count; i++) {
        size_t offset = 0, length = 0;
        sscanf(json_text(json_item(log, i)).data, "off=%zu len=%zu", &offset, &length);
        if (offset + length > end)
            end = offset + length;
    }
    return end;
}

static bool is_refusal(text error)
{
    return error.data && !text_equals(error, TEXT("CLOSED_CONNECTION")) &&
           !text_equals(error, TEXT("PAUSED_UPGRADE"));
}

static bool llhttp_passes(const struct json_value *test, text input, size_t piece)
{
    text error = member_text(json_member(test, TEXT("error")), "name");
    if (log_end(test) > input.size)
        input = with_end(input, "\r\n");
    reading.request = text_equals(member_text(test, "kind"), TEXT("request"));
    reading.head_only = is_true(test, "skip_body");
    read_messages(input, piece);
    if (is_refusal(error) && !reading.problem)
        read_messages(with_end(input, "\r\n\r\n"), piece);
    if (is_refusal(error) != (reading.problem != NULL))
        return false;
    const struct json_value *messages = json_member(test, TEXT("messages"));
    for (size_t i = 0; messages && i < messages->count && !reading.problem; i++) {
        const struct json_value *expected = json_item(messages, i);
        if (json_member(expected, TEXT("headers_complete"))->kind != JSON_TRUE)
            return i == reading.count;
        if (i >= reading.count || !same_message(expected, &reading.messages[i]))
            return false;
    }
    if (text_equals(error, TEXT("CLOSED_CONNECTION")))
        return !reading.messages[reading.count - 1].keep_alive;
    return true;
}

/* ---- picohttpparser and aws-c-http ----------------------------------------------------------- */

static bool pico_passes(const struct json_value *test, text input, size_t piece)
{
    text result = member_text(test, "result");
    reading.request = text_equals(member_text(test, "kind"), TEXT("request"));
    reading.head_only = false;
    read_messages(input, piece);
    if (text_equals(result, TEXT("incomplete")))
        return !reading.problem && reading.count == 0;
    if (text_equals(result, TEXT("error")))
        return reading.problem != NULL;
    const struct json_value *expected = json_member(test, TEXT("expect"));
    const struct message *message = &reading.messages[0];
    return reading.count == 1 &&
           (!expected ||
            (same_message(expected, message) && same_text(expected, "path", message->target) &&
             same_number(expected, "minor_version", message->minor) &&
             same_number(expected, "num_headers", (int)message->header_count)));
}

/* Where the case stops in front of the trailers, their end is added: we read them always. */
static bool pico_chunked_passes(const struct json_value *test, text input, size_t piece)
{
    const struct json_value *trailer = json_member(test, TEXT("consume_trailer"));
    if (trailer && trailer->kind == JSON_FALSE)
        input = with_end(input, "\r\n");
    int result = atoi(json_member(test, TEXT("result"))->string.data);
    struct message message = {0};
    reading.problem = NULL;
    read_chunked(&message, &input, piece);
    if (result == -1)
        return reading.problem != NULL;
    if (reading.problem || message.whole != (result >= 0))
        return false;
    return same_text(test, "decoded", (text){message.body, message.body_size}) &&
           (result < 0 || input.size == (size_t)result);
}

static bool aws_passes(const struct json_value *test, text input, size_t piece)
{
    reading.request = text_equals(member_text(test, "kind"), TEXT("request"));
    reading.head_only = false;
    read_messages(input, piece);
    if (reading.count == 0 && !reading.problem)
        read_messages(with_end(input, "\r\n"), piece);
    if (text_equals(member_text(test, "result"), TEXT("error")))
        return reading.problem != NULL;
    const struct json_value *expected = json_member(test, TEXT("expect"));
    return !reading.problem && reading.count == 1 &&
           (!expected || same_message(expected, &reading.messages[0]));
}

/* ---- All of them ----------------------------------------------------------------------------- */

static void start(void)
{
    budget_init(&memory, 256 << 20);
    slab_init(&blocks, &memory, ARENA_BLOCK_SIZE, 64);
    arena_init(&arena, &blocks);
    parser = json_parser_new();
    CHECK(parser != NULL);
}

static void stop(void)
{
    json_parser_free(parser);
    arena_release(&arena);
    slab_release(&blocks);
}

static void run_case(const struct json_value *test, const struct suite *suite)
{
    const char *id = member_text(test, "id").data;
    size_t size;
    const char *bytes = decode(test, &size);
    text input = {bytes, size};
    outcome.total++;
    const char *why = suite->why_it_differs ? suite->why_it_differs(test, input) : NULL;
    if (why) {
        leave_out(id, why);
        return;
    }
    bool passed = suite->passes(test, input, SIZE_MAX) && suite->passes(test, input, 1);
    outcome.passed += passed;
    if (!passed)
        printf("  failed: %s (%s)\n", id, reading.problem ? reading.problem : "no problem seen");
}

static void run_suite(const struct suite *suite)
{
    char path[512];
    snprintf(path, sizeof(path), "%s/http1/%s", test_vectors(), suite->file);
    size_t size;
    char *bytes = test_read_file(path, &size);
    struct json_problem problem;
    const struct json_value *cases = json_parse(parser, (text){bytes, size}, &arena, &problem);
    CHECK(cases != NULL);
    if (suite->member)
        cases = json_member(cases, text_of(suite->member));
    CHECK(json_is(cases, JSON_LIST) && cases->count > 0);
    for (size_t i = 0; i < cases->count; i++)
        run_case(json_item(cases, i), suite);
    free(bytes);
}

TEST(heads_and_bodies_of_http_1_are_read_as_others_read_them)
{
    static const struct suite suites[] = {
        {"llhttp.json", NULL, llhttp_passes, why_llhttp_differs},
        {"picohttpparser.json", "parse", pico_passes, why_pico_differs},
        {"picohttpparser.json", "chunked", pico_chunked_passes, NULL},
        {"aws-c-http.json", NULL, aws_passes, NULL},
    };
    start();
    outcome = (struct outcome){0};
    for (size_t i = 0; i < COUNT_OF(suites); i++)
        run_suite(&suites[i]);
    print_outcome();
    stop();
    CHECK_EQ(outcome.passed + outcome.left_out, outcome.total);
}
