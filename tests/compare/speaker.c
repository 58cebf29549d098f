/*
 * speaker: what inia makes of many operations, told to a test in another language. Each line of
 * stdin is a JSON object, each line of stdout the answer to it, in the same order.
 *
 *   speaker requests   {"service", "operation", "params", "region", "body", "anonymous", ...}
 *                      -> {"status", "detail", "method", "url", "headers", "body"}: signed, unsent
 *   speaker calls      the same, sent to AWS_ENDPOINT_URL; "times": so many at once
 *                      -> {"status", "http_status", "code", "detail", "output", "body"}
 *   speaker responses  {"service", "operation", "http_status", "headers", "body"}
 *                      -> {"status", "detail", "is_error", "code", "output", "request_id"}
 *
 * Bodies are base64; headers are lists of [name, value]. A client or model is kept until another
 * service, region or setting is asked for.
 */
#include "calls/calls.h"

#include <inia/inia.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_AT_ONCE = 64 };

struct speaker {
    struct budget budget;
    struct slab blocks;
    struct arena arena; /* of one line */
    struct json_parser *parser;
    struct buffer out;
    /* of requests and calls */
    inia_engine *engine;
    inia_client *client;
    char *client_key; /* what client was made of */
    /* of responses */
    struct protocol_readers readers;
    struct model *model;
};

static text asked(const struct json_value *line, const char *name)
{
    return json_text(json_member(line, text_of(name)));
}

static const char *asked_string(const struct json_value *line, const char *name)
{
    text found = asked(line, name);
    return found.size ? found.data : NULL;
}

static bool asked_flag(const struct json_value *line, const char *name)
{
    return json_is_true(json_member(line, text_of(name)));
}

static text decoded(struct speaker *speaker, text encoded)
{
    char *bytes = arena_alloc(&speaker->arena, encoded.size + 4);
    size_t size = bytes ? base64_decode(bytes, encoded) : 0;
    return size == SIZE_MAX ? (text){NULL, 0} : (text){bytes, size};
}

/* ---- The answer ------------------------------------------------------------------------------ */

static void say(struct buffer *out, const char *name, text value)
{
    buffer_add_char(out, out->size && out->data[out->size - 1] != '{' ? ',' : ' ');
    json_write_string(out, text_of(name));
    buffer_add_char(out, ':');
    json_write_string(out, value);
}

static void say_json(struct buffer *out, const char *name, text json)
{
    buffer_add_format(out, ",\"%s\":", name);
    buffer_add(out, json);
}

static void say_body(struct buffer *out, const void *body, size_t size)
{
    buffer_add(out, TEXT(",\"body\":\""));
    buffer_add_base64(out, text_from(body, size));
    buffer_add_char(out, '"');
}

static void say_status(struct buffer *out, inia_status status, const char *detail)
{
    say(out, "status", text_of(inia_status_name(status)));
    say(out, "detail", text_of(detail));
}

static void say_headers(struct buffer *out, const inia_header *headers, size_t count)
{
    buffer_add(out, TEXT(",\"headers\":["));
    for (size_t i = 0; i < count; i++) {
        buffer_add(out, i ? TEXT(",[") : TEXT("["));
        json_write_string(out, text_of(headers[i].name));
        buffer_add_char(out, ',');
        json_write_string(out, text_of(headers[i].value));
        buffer_add_char(out, ']');
    }
    buffer_add_char(out, ']');
}

static void say_call(struct buffer *out, const inia_call *call)
{
    say_status(out, call->status, call->message);
    const inia_signed_request *made = call->signed_request;
    if (made) {
        say(out, "method", text_of(made->method));
        say(out, "url", text_of(made->url));
        say_headers(out, made->headers, made->header_count);
        say_body(out, made->body, made->body_size);
        return;
    }
    buffer_add_format(out, ",\"http_status\":%d", call->http_status);
    say(out, "code", text_of(call->error_code));
    say(out, "request_id", text_of(call->request_id));
    say_json(out, "output", text_from(call->output, call->output_size));
    say_body(out, call->body, call->body_size);
}

/* ---- Requests and calls ---------------------------------------------------------------------- */

static const char *const client_texts[] = {"service", "region", "endpoint_url", "session_token"};
static const char *const client_flags[] = {"path_style", "dual_stack", "fips", "anonymous"};

static const char *key_of(struct speaker *speaker, const struct json_value *line)
{
    struct buffer key;
    buffer_init(&key, &speaker->arena);
    for (size_t i = 0; i < COUNT_OF(client_texts); i++) {
        buffer_add(&key, asked(line, client_texts[i]));
        buffer_add_char(&key, '\n');
    }
    for (size_t i = 0; i < COUNT_OF(client_flags); i++)
        buffer_add_char(&key, asked_flag(line, client_flags[i]) ? '1' : '0');
    return buffer_string(&key);
}

static inia_client *make_client(
    inia_engine *engine, const struct json_value *line, inia_error *error)
{
    inia_credentials credentials = {
        .access_key_id = "AKIAINIATESTKEY00001",
        .secret_access_key = "inia/test+secret/0123456789abcdef",
        .session_token = asked_string(line, "session_token")};
    inia_client_config config = {
        .service = asked_string(line, "service"),
        .region = asked_string(line, "region"),
        .endpoint_url = asked_string(line, "endpoint_url"),
        .credentials = &credentials,
        .path_style = asked_flag(line, "path_style"),
        .dual_stack = asked_flag(line, "dual_stack"),
        .fips = asked_flag(line, "fips"),
        .anonymous = asked_flag(line, "anonymous"),
        .no_verification = true,
        .max_attempts = 1};
    return inia_client_new(engine, &config, error);
}

static inia_client *client_for(
    struct speaker *speaker, const struct json_value *line, inia_error *error)
{
    const char *key = key_of(speaker, line);
    if (speaker->client && strcmp(key, speaker->client_key) == 0)
        return speaker->client;
    inia_client_free(speaker->client);
    free(speaker->client_key);
    speaker->client_key = strdup(key);
    speaker->client = make_client(speaker->engine, line, error);
    return speaker->client;
}

static bool request_of(
    struct speaker *speaker, const struct json_value *line, inia_request *request,
    inia_error *error)
{
    struct buffer params;
    inia_client *client = client_for(speaker, line, error);
    request->operation = inia_find_operation(client, asked_string(line, "operation"), error);
    if (!request->operation)
        return false;
    buffer_init(&params, &speaker->arena);
    json_write(&params, json_member(line, TEXT("params")));
    request->json = buffer_string(&params);
    text body = decoded(speaker, asked(line, "body"));
    if (asked(line, "body").data)
        request->body = inia_from_memory(body.data, body.size);
    return true;
}

/* The first of them is told, unless a later one differs: then that one. */
static void run_calls(struct speaker *speaker, const inia_request *request, size_t times)
{
    inia_call *done[MOST_AT_ONCE] = {NULL};
    size_t count = 0, told = 0;
    for (size_t i = 0; i < times; i++)
        check(inia_submit(speaker->client, request));
    while (count < times)
        count += inia_wait(speaker->engine, done + count, times - count, -1);
    for (size_t i = 1; i < times; i++) {
        if (strcmp(done[i]->output, done[told]->output) != 0)
            told = i;
    }
    say_call(&speaker->out, done[told]);
    for (size_t i = 0; i < times; i++)
        inia_release(done[i]);
}

static void answer_call(struct speaker *speaker, const struct json_value *line, inia_goal goal)
{
    inia_error error = {INIA_OK, ""};
    inia_request request = {.goal = goal};
    int64_t times = json_i64(json_member(line, TEXT("times")), 1);
    if (request_of(speaker, line, &request, &error))
        run_calls(speaker, &request, times > 0 && times <= MOST_AT_ONCE ? (size_t)times : 1);
    else
        say_status(&speaker->out, error.status, error.detail);
}

static void answer_request(struct speaker *speaker, const struct json_value *line)
{
    answer_call(speaker, line, INIA_SIGN);
}

static void answer_sent(struct speaker *speaker, const struct json_value *line)
{
    answer_call(speaker, line, INIA_SEND);
}

/* ---- Responses ------------------------------------------------------------------------------- */

static const struct model_operation *operation_of(
    struct speaker *speaker, const struct json_value *line, inia_error *error)
{
    text service = asked(line, "service");
    if (!speaker->model || !text_equals(speaker->model->service, service)) {
        model_free(speaker->model);
        speaker->model = model_load(NULL, service, (text){NULL, 0}, error);
    }
    return speaker->model ? model_require_operation(speaker->model, asked(line, "operation"), error)
                          : NULL;
}

static void response_of(
    struct speaker *speaker, const struct json_value *line, struct http_response *response)
{
    const struct json_value *headers = json_member(line, TEXT("headers"));
    response->status = (int)json_i64(json_member(line, TEXT("http_status")), 200);
    response->reason = TEXT("Reason");
    size_t count = headers ? headers->count : 0;
    response->headers =
        arena_alloc_zeroed(&speaker->arena, (count + 1) * sizeof *response->headers);
    check(response->headers);
    for (size_t i = 0; i < count; i++) {
        const struct json_value *pair = &headers->items[i];
        response->headers[i] =
            (struct http_header){json_text(json_item(pair, 0)), json_text(json_item(pair, 1))};
    }
    response->header_count = count;
}

static void answer_response(struct speaker *speaker, const struct json_value *line)
{
    inia_error error = {INIA_OK, ""};
    struct protocol_output output;
    struct http_response response = {0};
    const struct model_operation *operation = operation_of(speaker, line, &error);
    const struct protocol_plan *plan =
        operation ? protocol_plan_new(operation, MODEL_PROTOCOL_NONE, &speaker->arena, &error)
                  : NULL;
    if (!plan) {
        say_status(&speaker->out, error.status, error.detail);
        return;
    }
    response_of(speaker, line, &response);
    text body = decoded(speaker, asked(line, "body"));
    inia_status status =
        protocol_parse(plan, &speaker->readers, &response, body, &speaker->arena, &output, &error);
    say_status(&speaker->out, status, error.detail);
    if (status != INIA_OK)
        return;
    say_json(&speaker->out, "is_error", output.is_error ? TEXT("true") : TEXT("false"));
    say(&speaker->out, "code", output.error_code);
    say(&speaker->out, "message", output.message);
    say(&speaker->out, "request_id", output.request_id);
    say_json(&speaker->out, "output", output.json);
}

/* ---- Lines ----------------------------------------------------------------------------------- */

typedef void answer(struct speaker *speaker, const struct json_value *line);

static void answer_line(struct speaker *speaker, answer *make_answer, text written)
{
    struct json_problem problem;
    buffer_init(&speaker->out, &speaker->arena);
    buffer_add_char(&speaker->out, '{');
    struct json_value *line = json_parse(speaker->parser, written, &speaker->arena, &problem);
    if (line)
        make_answer(speaker, line);
    else
        say_status(&speaker->out, INIA_BAD_REQUEST, problem.what);
    buffer_add(&speaker->out, TEXT("}\n"));
    check(buffer_ok(&speaker->out));
    fwrite(speaker->out.data, 1, speaker->out.size, stdout);
    fflush(stdout);
    arena_clear(&speaker->arena);
}

static void open_speaker(struct speaker *speaker)
{
    inia_error error;
    budget_init(&speaker->budget, 1 << 30);
    slab_init(&speaker->blocks, &speaker->budget, ARENA_BLOCK_SIZE, 64);
    arena_init(&speaker->arena, &speaker->blocks);
    speaker->parser = json_parser_new();
    speaker->engine = inia_engine_new(NULL, &error);
    if (!speaker->engine)
        fprintf(stderr, "speaker: %s\n", error.detail);
    check(speaker->parser && speaker->engine && protocol_readers_init(&speaker->readers));
}

static void close_speaker(struct speaker *speaker)
{
    inia_engine_free(speaker->engine);
    free(speaker->client_key);
    model_free(speaker->model);
    protocol_readers_release(&speaker->readers);
    json_parser_free(speaker->parser);
    arena_release(&speaker->arena);
    slab_release(&speaker->blocks);
}

static answer *answer_named(const char *name)
{
    if (strcmp(name, "requests") == 0)
        return answer_request;
    if (strcmp(name, "calls") == 0)
        return answer_sent;
    return strcmp(name, "responses") == 0 ? answer_response : NULL;
}

int main(int count, char **arguments)
{
    static struct speaker speaker;
    answer *make_answer = count == 2 ? answer_named(arguments[1]) : NULL;
    if (!make_answer) {
        fprintf(stderr, "usage: speaker requests|calls|responses\n");
        return 2;
    }
    char *line = NULL;
    size_t room = 0;
    open_speaker(&speaker);
    for (ssize_t size; (size = getline(&line, &room, stdin)) > 0;)
        answer_line(&speaker, make_answer, text_from(line, (size_t)size));
    free(line);
    close_speaker(&speaker);
    return 0;
}
