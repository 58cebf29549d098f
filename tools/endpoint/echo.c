#include "echo.h"

#include "echo_signature.h"
#include "refusals.h"
#include "server.h"

enum { STATUS_LEAST = 200, STATUS_MOST = 599 };

/* ---- What outlives a request ------------------------------------------------------- */

void echo_init(struct echo *echo, struct budget *memory)
{
    *echo = (struct echo){.memory = memory};
}

static void forget(struct echo *echo, struct echo_kept *kept)
{
    budget_free(echo->memory, kept->data, kept->size);
    *kept = (struct echo_kept){0};
}

void echo_release(struct echo *echo)
{
    if (!echo->memory)
        return;
    forget(echo, &echo->lines);
    forget(echo, &echo->body);
    forget(echo, &echo->last);
}

static bool keep(struct echo *echo, struct echo_kept *kept, text bytes)
{
    forget(echo, kept);
    if (!bytes.size)
        return true;
    kept->data = budget_alloc(echo->memory, bytes.size);
    if (!kept->data)
        return false;
    memcpy(kept->data, bytes.data, bytes.size);
    kept->size = bytes.size;
    return true;
}

/* ---- The description of a request --------------------------------------------------- */

static void add_member(struct buffer *out, const char *name, text value)
{
    buffer_add_format(out, ",\"%s\":", name);
    json_write_string(out, value);
}

static void add_headers(struct buffer *out, const struct http_request *http)
{
    buffer_add(out, TEXT(",\"headers\":["));
    for (size_t i = 0; i < http->header_count; i++) {
        buffer_add(out, i ? TEXT(",[") : TEXT("["));
        json_write_string(out, http->headers[i].name);
        buffer_add_char(out, ',');
        json_write_string(out, http->headers[i].value);
        buffer_add_char(out, ']');
    }
    buffer_add_char(out, ']');
}

static void describe(
    const struct request *request, const struct echo_signature *signature, struct buffer *out)
{
    buffer_add(out, TEXT("{\"method\":"));
    json_write_string(out, request->http.method);
    add_member(out, "target", request->http.target);
    add_headers(out, &request->http);
    add_member(out, "signature", signature->scheme);
    buffer_add(out, signature->verified ? TEXT(",\"verified\":true") : TEXT(",\"verified\":false"));
    if (utf8_is_valid(signature->body)) {
        add_member(out, "body", signature->body);
    } else {
        buffer_add(out, TEXT(",\"body_base64\":\""));
        buffer_add_base64(out, signature->body);
        buffer_add_char(out, '"');
    }
    buffer_add_char(out, '}');
}

/* ---- Answers ------------------------------------------------------------------------- */

static void answer(struct request *request)
{
    struct echo *echo = &request->server->echo;
    struct echo_signature signature;
    struct buffer description;
    echo_signature_check(request, &signature);
    if (request->refusal)
        return;
    buffer_init(&description, request->arena);
    describe(request, &signature, &description);
    if (!buffer_ok(&description) || !keep(echo, &echo->last, buffer_text(&description))) {
        request_refuse(request, &refusal_no_memory, (text){0});
    } else if (echo->status) {
        reply_end_whole(
            request, echo->status, (text){echo->lines.data, echo->lines.size},
            (text){echo->body.data, echo->body.size});
    } else {
        buffer_add_char(&description, '\n');
        reply_begin(request, 200);
        reply_end_text(request, TEXT("application/json"), &description);
    }
}

void echo_route(struct request *request)
{
    static const struct operation echoed = {TEXT_INIT("Echo"), BODY_TEXT, answer};
    request->service = SERVICE_ECHO;
    request->operation = &echoed;
}

bool echo_speaks_json(const struct request *request)
{
    text type = request_field(request, FIELD_CONTENT_TYPE);
    return request_field(request, FIELD_TARGET).data ||
           text_find_text(type, TEXT("json")) != SIZE_MAX;
}

bool echo_speaks_query(const struct request *request)
{
    text type = request_field(request, FIELD_CONTENT_TYPE);
    return text_starts_with(type, TEXT("application/x-www-form-urlencoded"));
}

/* ---- The administrator's side ---------------------------------------------------------- */

static bool add_line(struct buffer *lines, text name, text value)
{
    if (!http_is_token(name) || !http_is_field_value(value))
        return false;
    buffer_add(lines, name);
    buffer_add(lines, TEXT(": "));
    buffer_add(lines, value);
    buffer_add(lines, TEXT("\r\n"));
    return true;
}

static bool add_field(struct buffer *lines, text name, const struct json_value *value)
{
    if (!json_is(value, JSON_LIST))
        return json_is(value, JSON_STRING) && add_line(lines, name, value->string);
    for (size_t i = 0; i < value->count; i++)
        if (!json_is(&value->items[i], JSON_STRING) ||
            !add_line(lines, name, value->items[i].string))
            return false;
    return true;
}

/* The whole fields of the answer, with a length unless they say it or the status has none. */
static bool write_lines(
    const struct json_value *headers, int status, size_t size, struct buffer *lines)
{
    bool has_length = status == 204 || status == 304;
    for (size_t i = 0; headers && i < headers->count; i++) {
        if (text_equals_ignoring_case(headers->names[i], TEXT("content-length")))
            has_length = true;
        if (!add_field(lines, headers->names[i], &headers->items[i]))
            return false;
    }
    if (!has_length)
        buffer_add_format(lines, "Content-Length: %zu\r\n", size);
    return true;
}

static bool read_body(const struct json_value *deposit, struct arena *arena, text *body)
{
    text encoded = json_text(json_member(deposit, TEXT("body_base64")));
    *body = json_text(json_member(deposit, TEXT("body")));
    if (!encoded.data)
        return true;
    char *bytes = arena_alloc(arena, encoded.size / 4 * 3 + 3);
    size_t size = bytes ? base64_decode(bytes, encoded) : SIZE_MAX;
    *body = (text){bytes, size};
    return size != SIZE_MAX;
}

static const char *take_deposit(struct request *request, const struct json_value *deposit)
{
    struct echo *echo = &request->server->echo;
    const struct json_value *headers = json_member(deposit, TEXT("headers"));
    int64_t status = json_i64(json_member(deposit, TEXT("status")), 200);
    struct buffer lines;
    text body;
    buffer_init(&lines, request->arena);
    if (status < STATUS_LEAST || status > STATUS_MOST)
        return "The status is not a number from 200 to 599.";
    if (headers && !json_is(headers, JSON_OBJECT))
        return "The headers are not an object.";
    if (!read_body(deposit, request->arena, &body))
        return "body_base64 is not base64.";
    if (!write_lines(headers, (int)status, body.size, &lines))
        return "A header's name or value is none.";
    echo->status = 0;
    if (!buffer_ok(&lines) || !keep(echo, &echo->lines, buffer_text(&lines)) ||
        !keep(echo, &echo->body, body))
        return "There is no memory left.";
    echo->status = (int)status;
    return NULL;
}

static void end_empty(struct request *request)
{
    reply_begin(request, 204);
    reply_end(request);
}

void echo_put(struct request *request)
{
    struct json_problem problem;
    const struct json_value *deposit =
        json_parse(request->server->json, request->body.text, request->arena, &problem);
    const char *wrong = json_is(deposit, JSON_OBJECT) ? take_deposit(request, deposit)
                                                      : "The body is not a JSON object.";
    if (wrong)
        request_refuse(request, &refusal_invalid_argument, text_of(wrong));
    else
        end_empty(request);
}

void echo_delete(struct request *request)
{
    request->server->echo.status = 0;
    end_empty(request);
}

void echo_get(struct request *request)
{
    const struct echo *echo = &request->server->echo;
    struct buffer out;
    buffer_init(&out, request->arena);
    buffer_add(&out, echo->last.data ? (text){echo->last.data, echo->last.size} : TEXT("null"));
    buffer_add_char(&out, '\n');
    reply_begin(request, 200);
    reply_end_text(request, TEXT("application/json"), &out);
}
