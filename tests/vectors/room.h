/* room: what one case of vectors/protocols needs: memory, a model of one operation made of it, and
 * what came out beside what was wanted. */
#ifndef VECTORS_ROOM_H
#define VECTORS_ROOM_H

#include "protocols/protocols.h"
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct room {
    struct budget budget;
    struct slab blocks;
    struct arena arena;
    struct protocol_readers readers;
    struct model *model;
    struct protocol_plan *plan;
    char why[512];
};

static inline void room_open(struct room *room)
{
    memset(room, 0, sizeof *room);
    budget_init(&room->budget, 512 << 20);
    slab_init(&room->blocks, &room->budget, ARENA_BLOCK_SIZE, 64);
    arena_init(&room->arena, &room->blocks);
    CHECK(protocol_readers_init(&room->readers));
}

static inline void room_close(struct room *room)
{
    protocol_readers_release(&room->readers);
    arena_release(&room->arena);
    slab_release(&room->blocks);
}

static inline bool fails(struct room *room, const char *what, text got, text wanted)
{
    snprintf(
        room->why, sizeof room->why, "%s: got '%.*s', wanted '%.*s'", what, TEXT_ARGS(got),
        TEXT_ARGS(wanted));
    return false;
}

static inline text member_text(const struct json_value *object, const char *name)
{
    return json_text(json_member(object, text_of(name)));
}

static inline bool is_s3(const struct room *room)
{
    return text_equals(room->model->service_id, TEXT("S3"));
}

/* ---- A model of one operation --------------------------------------------------------- */

/* The suites lack the trait by which S3's model leaves the bucket to the endpoint rules. */
static inline void write_shapes(struct buffer *out, const struct json_value *suite, bool path_style)
{
    static const char bucket[] = "\"Bucket\":{\"shape\":\"BucketName\",";
    struct buffer shapes;
    buffer_init(&shapes, out->arena);
    json_write(&shapes, json_member(suite, TEXT("shapes")));
    text rest = buffer_text(&shapes);
    size_t at;
    while (!path_style && (at = text_find_text(rest, text_of(bucket))) != SIZE_MAX) {
        buffer_add(out, (text){rest.data, at + sizeof bucket - 1});
        buffer_add(out, TEXT("\"contextParam\":{\"name\":\"Bucket\"},"));
        rest = text_after(rest, at + sizeof bucket - 1);
    }
    buffer_add(out, rest);
}

static inline bool make_plan(
    struct room *room, const struct json_value *suite, const struct json_value *given,
    bool path_style)
{
    struct buffer written;
    inia_error error = {0};
    text name = member_text(given, "name");
    if (!name.data)
        name = TEXT("OperationName");
    buffer_init(&written, &room->arena);
    buffer_add(&written, TEXT("{\"metadata\":"));
    json_write(&written, json_member(suite, TEXT("metadata")));
    buffer_add(&written, TEXT(",\"shapes\":"));
    write_shapes(&written, suite, path_style);
    buffer_add(&written, TEXT(",\"operations\":{"));
    json_write_string(&written, name);
    buffer_add_char(&written, ':');
    json_write(&written, given);
    buffer_add(&written, TEXT("}}"));
    room->model =
        model_parse(TEXT("vector"), TEXT("suite"), buffer_text(&written), (text){NULL, 0}, &error);
    if (room->model)
        room->plan = protocol_plan_new(
            &room->model->operations[0], MODEL_PROTOCOL_NONE, &room->arena, &error);
    if (room->model && room->plan)
        return true;
    return fails(room, "no plan", text_of(error.detail), TEXT(""));
}

/* ---- Comparing --------------------------------------------------------------------------- */

static inline double number_of(const struct json_value *value)
{
    char digits[128];
    snprintf(digits, sizeof digits, "%.*s", TEXT_ARGS(value->string));
    return strtod(digits, NULL);
}

static inline bool same_json(const struct json_value *a, const struct json_value *b)
{
    if (!a || !b || a->kind != b->kind || (a->kind >= JSON_LIST && a->count != b->count))
        return false;
    if (a->kind == JSON_NUMBER)
        return number_of(a) == number_of(b);
    if (a->kind == JSON_STRING)
        return text_equals(a->string, b->string);
    for (size_t i = 0; a->kind >= JSON_LIST && i < a->count; i++) {
        const struct json_value *other =
            a->kind == JSON_LIST ? &b->items[i] : json_member(b, a->names[i]);
        if (!same_json(&a->items[i], other))
            return false;
    }
    return true;
}

static inline bool same_xml(const struct xml_node *a, const struct xml_node *b)
{
    if (!a || !b || !text_equals(a->name, b->name) ||
        !text_equals(text_trim(a->value), text_trim(b->value)))
        return false;
    size_t count = 0;
    for (const struct xml_attribute *x = a->attributes; x; x = x->next) {
        const struct xml_attribute *y = b->attributes;
        while (y && !text_equals(x->name, y->name))
            y = y->next;
        if (!y || !text_equals(x->value, y->value))
            return false;
        count++;
    }
    for (const struct xml_attribute *y = b->attributes; y; y = y->next)
        count--;
    const struct xml_node *child = a->first_child, *other = b->first_child;
    for (; child && other; child = child->next, other = other->next) {
        if (!same_xml(child, other))
            return false;
    }
    return count == 0 && !child && !other;
}

/* Of base64; bodies of CBOR are written so. */
static inline text decoded(struct room *room, text encoded)
{
    if (!encoded.size)
        return encoded;
    char *bytes = arena_alloc(&room->arena, encoded.size + 3);
    size_t size = base64_decode(bytes, encoded);
    return size == SIZE_MAX ? encoded : (text){bytes, size};
}

static inline bool same_body(struct room *room, text got, text wanted)
{
    struct json_problem json_problem;
    struct xml_problem xml_problem;
    if (text_equals(got, wanted))
        return true;
    if (room->plan->protocol == MODEL_REST_XML) {
        const struct xml_node *a = xml_parse(room->readers.xml, got, &room->arena, &xml_problem);
        const struct xml_node *b = xml_parse(room->readers.xml, wanted, &room->arena, &xml_problem);
        return same_xml(a, b);
    }
    if (room->plan->protocol == MODEL_CBOR) {
        struct cbor_problem problem;
        return same_json(
            cbor_parse(got, &room->arena, &problem), cbor_parse(wanted, &room->arena, &problem));
    }
    if (room->plan->protocol == MODEL_JSON || room->plan->protocol == MODEL_REST_JSON) {
        const struct json_value *a =
            json_parse(room->readers.json, got, &room->arena, &json_problem);
        const struct json_value *b =
            json_parse(room->readers.json, wanted, &room->arena, &json_problem);
        return same_json(a, b);
    }
    return false;
}

/* ---- Requests ------------------------------------------------------------------------------ */

static inline bool same_list(text a, text b)
{
    size_t i = 0, k = 0;
    while (i < a.size && k < b.size) {
        if (a.data[i] != b.data[k])
            return false;
        i++;
        k++;
        if (a.data[i - 1] == ',') {
            i += i < a.size && a.data[i] == ' ';
            k += k < b.size && b.data[k] == ' ';
        }
    }
    return i == a.size && k == b.size;
}

static inline bool check_headers(
    struct room *room, const struct protocol_request *request, const struct json_value *wanted)
{
    const struct json_value *headers = json_member(wanted, TEXT("headers"));
    for (size_t i = 0; headers && i < headers->count; i++) {
        const struct http_header *header = http_find_header(
            request->draft.headers, request->draft.header_count, headers->names[i]);
        text value = json_text(&headers->items[i]);
        bool form = text_equals_ignoring_case(headers->names[i], TEXT("content-type")) &&
                    text_starts_with(value, TEXT("application/x-www-form-urlencoded"));
        if (form && header &&
            text_starts_with(header->value, TEXT("application/x-www-form-urlencoded")))
            continue;
        if (!header || !same_list(header->value, value))
            return fails(
                room, headers->names[i].data, header ? header->value : TEXT("none"), value);
    }
    const struct json_value *forbidden = json_member(wanted, TEXT("forbidHeaders"));
    for (size_t i = 0; forbidden && i < forbidden->count; i++) {
        text name = json_text(json_item(forbidden, i));
        if (http_find_header(request->draft.headers, request->draft.header_count, name))
            return fails(room, "forbidden header", name, TEXT("none"));
    }
    return true;
}

static inline bool check_uri(
    struct room *room, const struct json_value *suite, const struct protocol_request *request,
    const struct json_value *wanted)
{
    struct buffer uri;
    struct uri endpoint = {.host = TEXT("example.com"), .path = TEXT("")};
    text client = member_text(suite, "clientEndpoint");
    text expected = member_text(wanted, "uri");
    text host = member_text(wanted, "host");
    if (client.data && uri_parse(&endpoint, client))
        return fails(room, "clientEndpoint", client, TEXT("a URI"));
    buffer_init(&uri, &room->arena);
    buffer_add(&uri, endpoint.path);
    buffer_add(&uri, request->draft.path);
    if (request->draft.query.size) {
        buffer_add_char(&uri, '?');
        buffer_add(&uri, request->draft.query);
    }
    if (expected.data && !text_equals(buffer_text(&uri), expected))
        return fails(room, "uri", buffer_text(&uri), expected);
    buffer_clear(&uri);
    buffer_add(&uri, request->host_prefix);
    buffer_add(&uri, endpoint.host);
    buffer_add(&uri, endpoint.path);
    if (host.data && !is_s3(room) && !text_equals(buffer_text(&uri), host))
        return fails(room, "host", buffer_text(&uri), host);
    return true;
}

static inline bool input_passes(
    struct room *room, const struct json_value *suite, const struct json_value *one)
{
    const struct json_value *wanted = json_member(one, TEXT("serialized"));
    struct protocol_input input = {
        .params = json_member(one, TEXT("params")),
        .idempotency_token = TEXT("00000000-0000-4000-8000-000000000000"),
        .blobs_are_text = true};
    struct protocol_request request;
    inia_error error = {0};
    if (protocol_build(room->plan, &input, &room->arena, &request, &error) != INIA_OK)
        return fails(room, "refused", text_of(error.detail), TEXT(""));
    text method = member_text(wanted, "method"), body = member_text(wanted, "body");
    if (method.data && !text_equals(method, request.draft.method))
        return fails(room, "method", request.draft.method, method);
    if (room->plan->protocol == MODEL_CBOR)
        body = decoded(room, body);
    if (body.data && !same_body(room, request.body, body))
        return fails(room, "body", request.body, body);
    return check_uri(room, suite, &request, wanted) && check_headers(room, &request, wanted);
}

/* ---- Responses ------------------------------------------------------------------------------- */

static inline bool same_output(
    struct room *room, const struct model_member *member, const struct json_value *got,
    const struct json_value *wanted);

static inline bool same_structure(
    struct room *room, const struct model_shape *shape, const struct json_value *got,
    const struct json_value *wanted)
{
    size_t seen = 0;
    for (size_t i = 0; i < wanted->count; i++) {
        const struct model_member *member = model_find_member(shape, wanted->names[i]);
        const struct json_value *value = json_member(got, wanted->names[i]);
        if (wanted->items[i].kind == JSON_NULL && !value)
            continue;
        seen++;
        if (!member ? !same_json(value, &wanted->items[i])
                    : !value || !same_output(room, member, value, &wanted->items[i]))
            return fails(room, "member differs", wanted->names[i], TEXT(""));
    }
    return got->count == seen || fails(room, "more members", TEXT(""), TEXT(""));
}

static inline bool same_time(const struct json_value *got, const struct json_value *wanted)
{
    struct date a, b;
    return json_is(got, JSON_STRING) && date_parse_iso8601(got->string, &a) &&
           date_parse(wanted->string, &b) && a.seconds == b.seconds &&
           a.nanoseconds / 1000 == b.nanoseconds / 1000;
}

static inline bool same_blob(struct room *room, const struct json_value *got, text wanted)
{
    text encoded = json_text(got);
    char *bytes = arena_alloc(&room->arena, encoded.size + 3);
    size_t size = base64_decode(bytes, encoded);
    return size != SIZE_MAX && text_equals((text){bytes, size}, wanted);
}

static inline bool same_output(
    struct room *room, const struct model_member *member, const struct json_value *got,
    const struct json_value *wanted)
{
    const struct model_shape *shape = member->shape;
    if (member->json_value || shape->document || wanted->kind == JSON_NULL)
        return same_json(got, wanted);
    switch (shape->kind) {
    case MODEL_STRUCTURE:
        return got->kind == JSON_OBJECT && same_structure(room, shape, got, wanted);
    case MODEL_LIST:
    case MODEL_MAP:
        if (got->kind != wanted->kind || got->count != wanted->count)
            return false;
        for (size_t i = 0; i < wanted->count; i++) {
            bool list = shape->kind == MODEL_LIST;
            const struct json_value *value =
                list ? &got->items[i] : json_member(got, wanted->names[i]);
            if (!value ||
                !same_output(room, list ? shape->item : shape->value, value, &wanted->items[i]))
                return false;
        }
        return true;
    case MODEL_TIMESTAMP:
        return same_time(got, wanted);
    case MODEL_BLOB:
        return same_blob(room, got, wanted->string);
    default:
        return same_json(got, wanted);
    }
}

static inline text response_body(struct room *room, const struct json_value *response)
{
    text body = member_text(response, "body");
    bool encoded = room->plan->protocol == MODEL_CBOR || room->plan->event_stream_output;
    return encoded ? decoded(room, body) : body;
}

static inline void make_response(
    struct room *room, const struct json_value *written, struct http_response *response)
{
    const struct json_value *headers = json_member(written, TEXT("headers"));
    size_t count = headers ? headers->count : 0;
    *response = (struct http_response){
        .status = (int)json_i64(json_member(written, TEXT("status_code")), 200),
        .reason = TEXT("Reason"),
        .header_count = count,
        .headers = arena_alloc_zeroed(&room->arena, (count + 1) * sizeof(struct http_header))};
    for (size_t i = 0; i < count; i++)
        response->headers[i] =
            (struct http_header){headers->names[i], json_text(&headers->items[i])};
}

/* The members of one event as {"Event":{...}}; NULL with why, if it is none. */
static inline const struct json_value *event_of(
    struct room *room, const struct event_message *message, struct protocol_event *event)
{
    struct json_problem problem;
    inia_error error = {0};
    if (protocol_read_event(room->plan, &room->readers, message, &room->arena, event, &error)) {
        fails(room, "no event", text_of(error.detail), TEXT(""));
        return NULL;
    }
    if (event->kind != PROTOCOL_EVENT) {
        fails(room, "another event", event->error.error_code, TEXT(""));
        return NULL;
    }
    text line = protocol_event_line(event);
    CHECK(text_ends_with(line, TEXT("\n")));
    return json_parse(room->readers.json, line, &room->arena, &problem);
}

/* The stream's events are in a list; or one stands there for the stream. */
static inline bool events_pass(struct room *room, text body, const struct json_value *wanted)
{
    struct event_reader reader;
    struct event_message message;
    struct protocol_event event;
    struct cursor cursor = cursor_of(body);
    size_t count = 0;
    const struct model_member *stream = room->plan->operation->output_stream;
    const struct json_value *list = json_member(wanted, stream->name);
    event_reader_init(&reader, &room->arena);
    while (event_reader_take(&reader, &cursor, &message) == EVENT_MESSAGE) {
        const struct json_value *one = json_is(list, JSON_LIST) ? json_item(list, count) : list;
        const struct json_value *got = one ? event_of(room, &message, &event) : NULL;
        if (!got || !same_structure(room, stream->shape, got, one))
            return one ? false : fails(room, "more events", TEXT(""), TEXT(""));
        count++;
    }
    if (count == 0 || (json_is(list, JSON_LIST) && count != list->count))
        return fails(room, "fewer events", text_of(reader.what ? reader.what : ""), TEXT(""));
    return true;
}

/* A streaming body is the caller's, so it is put into the output here. */
static inline const struct json_value *with_stream(
    struct room *room, const struct json_value *got, text body)
{
    const struct model_member *stream = room->plan->operation->output_stream;
    struct json_problem problem;
    struct buffer out;
    if (!stream || !body.size)
        return got;
    buffer_init(&out, &room->arena);
    buffer_add_char(&out, '{');
    for (size_t i = 0; i < got->count; i++) {
        json_write_string(&out, got->names[i]);
        buffer_add_char(&out, ':');
        json_write(&out, &got->items[i]);
        buffer_add_char(&out, ',');
    }
    json_write_string(&out, stream->name);
    buffer_add(&out, TEXT(":\""));
    buffer_add_base64(&out, body);
    buffer_add(&out, TEXT("\"}"));
    return json_parse(room->readers.json, buffer_text(&out), &room->arena, &problem);
}

static inline bool error_passes(
    struct room *room, const struct protocol_output *output, const struct json_value *got,
    const struct json_value *one)
{
    text code = member_text(one, "errorCode"), message = member_text(one, "errorMessage");
    const struct json_value *error = json_member(one, TEXT("error"));
    if (!output->is_error)
        return fails(room, "no error", output->json, code);
    if (code.data && !text_equals(code, output->error_code))
        return fails(room, "code", output->error_code, code);
    if (message.data && !text_equals(message, output->message))
        return fails(room, "message", output->message, message);
    return !error || !output->error_shape || same_structure(room, output->error_shape, got, error);
}

static inline bool output_passes(
    struct room *room, const struct json_value *suite, const struct json_value *one)
{
    const struct json_value *wanted = json_member(one, TEXT("result"));
    const struct json_value *written = json_member(one, TEXT("response"));
    struct http_response response;
    struct protocol_output output;
    struct json_problem problem;
    inia_error error = {0};
    (void)suite;
    make_response(room, written, &response);
    text body = response_body(room, written);
    if (protocol_parse(
            room->plan, &room->readers, &response,
            room->plan->event_stream_output ? TEXT("") : body, &room->arena, &output,
            &error) != INIA_OK)
        return fails(room, "refused", text_of(error.detail), TEXT(""));
    const struct json_value *got =
        json_parse(room->readers.json, output.json, &room->arena, &problem);
    if (!got)
        return fails(room, "not JSON", output.json, text_of(problem.what));
    if (!wanted)
        return error_passes(room, &output, got, one);
    if (output.is_error)
        return fails(room, "error", output.error_code, TEXT(""));
    const struct model_shape *shape = room->plan->operation->output;
    static const struct model_shape nothing = {.kind = MODEL_STRUCTURE};
    if (room->plan->event_stream_output)
        return events_pass(room, body, wanted);
    if (same_structure(room, shape ? shape : &nothing, with_stream(room, got, body), wanted))
        return true;
    size_t used = strlen(room->why);
    snprintf(room->why + used, sizeof room->why - used, " in %.*s", TEXT_ARGS(output.json));
    return false;
}

#endif
