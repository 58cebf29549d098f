/*
 * Every operation of every service that botocore has: called with parameters made from its model,
 * over the embedded endpoint, and answered with an output made from its model.
 *
 *   INIA_EVERY=7            only every seventh operation
 *   INIA_EVERY_SERVICE=s3   only this service
 *   INIA_EVERY_TRACE=1      say which operation is at work
 */
#include "calls/calls.h"
#include "custom.h"
#include "event_frames.h"
#include "place.h"
#include "same.h"
#include "sample.h"
#include "taken.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>

enum { MEMORY_MOST = 1 << 30, PROBLEMS_SHOWN = 40, PATIENCE_MS = 20000 };

/* How requests are signed, as the endpoint calls it. */
static const char *const schemes[] = {"sigv4", "sigv4a", "sigv2", "bearer", "none"};
enum { SCHEMES = COUNT_OF(schemes) };

struct count {
    size_t good, all;
};

struct rig {
    struct place place;
    inia_engine *engine;
    struct json_parser *json;
    struct xml_parser *xml;
    struct budget memory;
    struct slab blocks;
    struct arena kept; /* of one service */
    struct arena once; /* of one operation */
    struct sampler sampler;
    inia_client *client;
    size_t stride;
    size_t services, problems, left_out, moved;
    struct count answered, requested, signed_only, refused;
    size_t patterns, unmatched;
    size_t schemes[SCHEMES], unverified, events;
};

static struct rig rig;

/* ---- Setting up -------------------------------------------------------------------------- */

static void clear_environment(void)
{
    static const char *const names[] = {
        "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        unsetenv(names[i]);
    setenv("AWS_CONFIG_FILE", "/dev/null", 1);
    setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null", 1);
}

static void rig_begin(void)
{
    inia_error error = {INIA_OK, ""};
    const char *stride = getenv("INIA_EVERY");
    clear_environment();
    rig = (struct rig){.stride = 1};
    if (stride && *stride)
        rig.stride = (size_t)strtoul(stride, NULL, 10);
    budget_init(&rig.memory, MEMORY_MOST);
    slab_init(&rig.blocks, &rig.memory, ARENA_BLOCK_SIZE, 256);
    arena_init(&rig.kept, &rig.blocks);
    arena_init(&rig.once, &rig.blocks);
    rig.json = json_parser_new();
    rig.xml = xml_parser_new();
    CHECK(rig.json && rig.xml && rig.stride > 0);
    place_start(&rig.place);
    rig.engine = inia_engine_new(NULL, &error);
    if (!rig.engine)
        FAIL("no engine: %s", error.detail);
}

static void rig_end(void)
{
    inia_engine_free(rig.engine);
    place_stop(&rig.place);
    json_parser_free(rig.json);
    xml_parser_free(rig.xml);
    arena_release(&rig.once);
    arena_release(&rig.kept);
    slab_release(&rig.blocks);
}

static bool complain(const struct model_operation *operation, const char *what, text detail)
{
    if (++rig.problems <= PROBLEMS_SHOWN)
        fprintf(
            stderr, "%.*s.%.*s: %s: %.*s\n", TEXT_ARGS(operation->model->service),
            TEXT_ARGS(operation->name), what, TEXT_ARGS(detail));
    return false;
}

/* ---- One operation --------------------------------------------------------------------------- */

struct attempt {
    const struct model_operation *model;
    const inia_operation *operation;
    struct json_value *params, *output;
    text body, stream;         /* of the request and the response, if they stream */
    struct json_value *events; /* of the response, if these are what streams */
    struct answer answer;
    inia_call *call;
};

static bool finish(struct attempt *attempt, const inia_request *request)
{
    attempt->call = inia_submit(rig.client, request);
    inia_call *done = NULL;
    if (!attempt->call)
        return complain(attempt->model, "not accepted", TEXT("the engine is full"));
    uint64_t until_ns = ring_clock_ns(rig.engine->ring) + PATIENCE_MS * UINT64_C(1000000);
    while (inia_wait(rig.engine, &done, 1, 1000) == 0)
        if (ring_clock_ns(rig.engine->ring) > until_ns)
            FAIL("%.*s does not finish", TEXT_ARGS(attempt->model->name));
    CHECK(done == attempt->call);
    return true;
}

static void prepare(struct attempt *attempt)
{
    static const char bytes[] = "\x00\x01 streamed \xFF\xFE bytes";
    enum model_protocol protocol = rig.client->model->protocol;
    const struct model_operation *model = attempt->model;
    if (model->input_stream)
        attempt->body = (text){bytes, sizeof bytes - 1};
    attempt->params = sample_input(&rig.sampler, model, attempt->body);
    attempt->output = sample_output(&rig.sampler, model, model->output);
    attempt->events = tree_new(&rig.once, JSON_LIST);
    if (model->output_stream && model->output_stream->shape->event_stream)
        attempt->stream = event_frames_write(&rig.sampler, model, protocol, attempt->events);
    else if (model->output_stream)
        attempt->stream = (text){bytes, sizeof bytes - 2};
    attempt->answer = (struct answer){.operation = model, .protocol = protocol, .arena = &rig.once};
    answer_write(&attempt->answer, attempt->output, attempt->stream);
}

/* A line of JSON for each. */
static bool check_events(const struct attempt *attempt)
{
    text rest = text_from(attempt->call->body, attempt->call->body_size);
    struct json_value *events = tree_new(&rig.once, JSON_LIST);
    struct json_problem problem;
    struct buffer why;
    while (rest.size) {
        text line = text_split(rest, '\n', &rest);
        const struct json_value *event = json_parse(rig.json, line, &rig.once, &problem);
        if (!event)
            return complain(attempt->model, "an event that is not JSON", line);
        tree_add(&rig.once, events, (text){NULL, 0}, event);
    }
    buffer_init(&why, &rig.once);
    rig.events += events->count;
    return same_values(attempt->events, events, &why) ||
           complain(attempt->model, "other events", buffer_text(&why));
}

static bool check_output(const struct attempt *attempt)
{
    const inia_call *call = attempt->call;
    struct json_problem problem;
    struct buffer why;
    if (call->status != INIA_OK) {
        char line[600];
        snprintf(
            line, sizeof line, "%s, HTTP %d, %s: %s", inia_status_name(call->status),
            call->http_status, call->error_code, call->message);
        return complain(attempt->model, "failed", text_of(line));
    }
    const struct json_value *output =
        json_parse(rig.json, (text){call->output, call->output_size}, &rig.once, &problem);
    if (!output)
        return complain(attempt->model, "its output is not JSON", text_of(problem.what));
    buffer_init(&why, &rig.once);
    custom_change_output(&rig.once, attempt->model, attempt->output);
    if (!same_values(attempt->output, output, &why))
        return complain(attempt->model, "another output", buffer_text(&why));
    if (attempt->events->count)
        return check_events(attempt);
    if (!text_equals(attempt->stream, text_from(call->body, call->body_size)))
        return complain(attempt->model, "another body", text_from(call->body, call->body_size));
    return true;
}

/* ---- Rules that will have a host of their own ------------------------------------------------ */

/* signin's control plane is where its rules say, whatever endpoint is set. Here those rules are
 * taken out, so that the rest can be tried. */
static void stay_here(struct attempt *attempt, const char *url)
{
    struct model_operation *model = (struct model_operation *)(uintptr_t)attempt->model;
    struct inia_operation *operation = (struct inia_operation *)(uintptr_t)attempt->operation;
    inia_error error = {INIA_OK, ""};
    if (text_find_text(text_of(url), TEXT("aws.localhost")) != SIZE_MAX)
        return;
    rig.moved++;
    model->static_count = 0;
    operation->binding = endpoint_binding_new(rig.client->rules, model, &rig.client->arena, &error);
    CHECK(operation->binding != NULL);
}

/* ---- The request, as it came to the endpoint ------------------------------------------------- */

static bool wants_no_signature(const struct model_operation *operation)
{
    for (size_t i = 0; i < operation->auth_count; i++)
        if (text_equals(operation->auth[i], TEXT("smithy.api#noAuth")))
            return true;
    return text_equals(operation->auth_type, TEXT("none"));
}

/* The endpoint lets nothing pass that is signed wrongly; here nothing that is not signed at all. */
static bool check_signature(const struct attempt *attempt, const struct json_value *description)
{
    text scheme = json_text(json_member(description, TEXT("signature")));
    for (size_t i = 0; i < SCHEMES; i++)
        rig.schemes[i] += text_equals(scheme, text_of(schemes[i]));
    bool is_signed = !text_equals(scheme, TEXT("none"));
    rig.unverified += is_signed && !json_is_true(json_member(description, TEXT("verified")));
    return is_signed != wants_no_signature(attempt->model) ||
           complain(attempt->model, "its signature", scheme);
}

static bool check_request(const struct attempt *attempt)
{
    struct json_value *description = place_get(&rig.place, rig.json, &rig.once);
    struct taken taken = {
        .operation = attempt->model,
        .protocol = rig.client->model->protocol,
        .arena = &rig.once,
        .json = rig.json,
        .xml = rig.xml};
    struct buffer why;
    if (!check_signature(attempt, description))
        return false;
    if (!taken_read(&taken, description))
        return complain(attempt->model, "its request", buffer_text(&taken.problem));
    buffer_init(&why, &rig.once);
    custom_change_params(&rig.once, attempt->model, attempt->params);
    if (!same_values(attempt->params, taken.params, &why))
        return complain(attempt->model, "another request", buffer_text(&why));
    if (!text_equals(attempt->body, attempt->body.data ? taken.body : attempt->body))
        return complain(attempt->model, "another body sent", taken.body);
    return true;
}

static inia_request request_of(const struct attempt *attempt)
{
    inia_request request = {
        .operation = attempt->operation,
        .json = tree_text(&rig.once, attempt->params).data,
    };
    if (attempt->body.data)
        request.body = inia_from_memory(attempt->body.data, attempt->body.size);
    return request;
}

static void call_it(struct attempt *attempt)
{
    inia_request request = request_of(attempt);
    place_put(&rig.place, &attempt->answer);
    if (finish(attempt, &request)) {
        rig.answered.good += check_output(attempt);
        rig.requested.good += attempt->call->http_status && check_request(attempt);
    }
    inia_release(attempt->call);
}

/* ---- Signed, and not sent -------------------------------------------------------------------- */

static const char *wrong_with(const struct attempt *attempt, const inia_signed_request *shown)
{
    bool streams = attempt->body.size > 0;
    if (attempt->call->status != INIA_OK)
        return attempt->call->message;
    if (!shown || !shown->method || !shown->url || shown->header_count < 2)
        return "not all of the request is there";
    if (!text_starts_with(text_of(shown->url), TEXT("http")))
        return "no URL";
    if (streams && !text_equals(attempt->body, text_from(shown->body, shown->body_size)))
        return "another body";
    for (size_t i = 0; i < shown->header_count; i++)
        if (!shown->headers[i].name || !shown->headers[i].value)
            return "a header without name or value";
    return NULL;
}

static bool sign_it(struct attempt *attempt)
{
    inia_request request = request_of(attempt);
    request.goal = INIA_SIGN;
    const char *wrong = finish(attempt, &request)
                            ? wrong_with(attempt, attempt->call->signed_request)
                            : "not accepted";
    bool good = !wrong || complain(attempt->model, "not signed", text_of(wrong));
    if (good)
        stay_here(attempt, attempt->call->signed_request->url);
    inia_release(attempt->call);
    return good;
}

/* ---- A modelled error ------------------------------------------------------------------------ */

static bool check_error(
    const struct attempt *attempt, const struct model_shape *error,
    const struct json_value *expected, text message)
{
    const inia_call *call = attempt->call;
    struct json_problem problem;
    struct buffer why;
    if (call->status != INIA_SERVICE_ERROR)
        return complain(attempt->model, "no error, but", text_of(inia_status_name(call->status)));
    if (text_equals(attempt->model->method, TEXT("HEAD"))) /* has no body to say it in */
        return call->http_status == attempt->answer.status;
    if (!text_equals(text_of(call->error_code), error->error_code))
        return complain(attempt->model, "another error", text_of(call->error_code));
    if (!text_equals(text_trim(text_of(call->message)), text_trim(message)))
        return complain(attempt->model, "another message", text_of(call->message));
    const struct json_value *output =
        json_parse(rig.json, (text){call->output, call->output_size}, &rig.once, &problem);
    if (!output)
        return complain(attempt->model, "its error is not JSON", text_of(problem.what));
    buffer_init(&why, &rig.once);
    return same_values(expected, output, &why) ||
           complain(attempt->model, "other details of an error", buffer_text(&why));
}

static text message_of(struct json_value *output)
{
    struct json_value *said = tree_member(output, TEXT("message"));
    if (!said)
        said = tree_member(output, TEXT("Message"));
    return said && said->kind == JSON_STRING ? said->string : TEXT("Something went wrong.");
}

static void refuse_it(struct attempt *attempt)
{
    const struct model_shape *error = attempt->model->errors[0];
    struct json_value *output = sample_output(&rig.sampler, attempt->model, error);
    text message = message_of(output);
    inia_request request = request_of(attempt);
    rig.refused.all++;
    answer_write_error(&attempt->answer, error, output, message);
    place_put(&rig.place, &attempt->answer);
    rig.refused.good += finish(attempt, &request) && check_error(attempt, error, output, message);
    inia_release(attempt->call);
}

static bool find_it(struct attempt *attempt)
{
    inia_error error = {INIA_OK, ""};
    attempt->operation =
        inia_find_operation(rig.client, arena_string(&rig.once, attempt->model->name), &error);
    return attempt->operation || complain(attempt->model, "not found", text_of(error.detail));
}

static bool is_bidirectional(const struct model_operation *operation)
{
    return operation->input_stream && operation->input_stream->shape->event_stream;
}

static void try_operation(const struct model_operation *model)
{
    struct attempt attempt = {.model = model};
    if (getenv("INIA_EVERY_TRACE"))
        fprintf(stderr, "%.*s.%.*s\n", TEXT_ARGS(model->model->service), TEXT_ARGS(model->name));
    rig.answered.all++;
    rig.requested.all++;
    rig.signed_only.all++;
    if (find_it(&attempt)) {
        prepare(&attempt);
        rig.signed_only.good += sign_it(&attempt);
        if (is_bidirectional(model))
            rig.left_out++;
        else
            call_it(&attempt);
        if (!is_bidirectional(model) && model->error_count)
            refuse_it(&attempt);
    }
    arena_clear(&rig.once);
}

/* ---- All of them ----------------------------------------------------------------------------- */

/* Over TLS if tokens are sent, which they are not otherwise. */
static inia_client *open_client(text service, bool secure, inia_error *error)
{
    static const inia_credentials credentials = {PLACE_KEY, PLACE_SECRET, NULL, 0};
    inia_client_config config = {
        .service = service.data,
        .region = "us-east-1",
        .endpoint_url = secure ? rig.place.secure_url : rig.place.url,
        .credentials = &credentials,
        .bearer_token = secure ? "a-token" : NULL,
        .no_verification = true,
        .max_attempts = 1,
    };
    return inia_client_new(rig.engine, &config, error);
}

static bool sends_tokens(const struct model *model)
{
    for (size_t i = 0; i < model->auth_count; i++)
        if (!text_equals(model->auth[i], TEXT("smithy.api#httpBearerAuth")))
            return false;
    return model->auth_count > 0 || text_equals(model->signature_version, TEXT("bearer"));
}

static void try_service(text service)
{
    inia_error error = {INIA_OK, ""};
    rig.client = open_client(service, false, &error);
    if (rig.client && sends_tokens(rig.client->model)) {
        inia_client_free(rig.client);
        rig.client = open_client(service, true, &error);
    }
    if (!rig.client) {
        fprintf(stderr, "%.*s: no client: %s\n", TEXT_ARGS(service), error.detail);
        rig.problems++;
        return;
    }
    /* All of it: the client's own is read operation by operation. */
    struct model *model = model_load(NULL, service, (text){NULL, 0}, &error);
    if (!model)
        FAIL("%s", error.detail);
    sampler_init(&rig.sampler, model, model->protocol, &rig.kept, &rig.once);
    for (size_t i = 0; i < model->operation_count; i++)
        if ((rig.answered.all + i) % rig.stride == 0 || i == 0)
            try_operation(&model->operations[i]);
    rig.patterns += rig.sampler.patterns;
    rig.unmatched += rig.sampler.unmatched;
    rig.services++;
    inia_client_free(rig.client);
    arena_clear(&rig.kept);
    model_free(model);
}

static void report(void)
{
    static const char why[] = "event streams both ways need HTTP/2";
    printf(
        "every-operation: %zu/%zu (%zu left out: %s)\n", rig.answered.good, rig.answered.all,
        rig.left_out, why);
    printf(
        "every-request: %zu/%zu (%zu left out: %s)\n", rig.requested.good, rig.requested.all,
        rig.left_out, why);
    printf("every-signature: %zu/%zu\n", rig.signed_only.good, rig.signed_only.all);
    printf("of them %zu would go to hosts of their own whatever endpoint is set\n", rig.moved);
    printf("events of streams: %zu\n", rig.events);
    printf("every-error: %zu/%zu\n", rig.refused.good, rig.refused.all);
    printf("signed:");
    for (size_t i = 0; i < SCHEMES; i++)
        printf(" %s %zu,", schemes[i], rig.schemes[i]);
    printf(" of them %zu that the endpoint cannot verify\n", rig.unverified);
    printf(
        "services: %zu; strings made by their patterns: %zu/%zu\n", rig.services,
        rig.patterns - rig.unmatched, rig.patterns);
}

TEST(every_operation_of_every_service_is_called_and_answered)
{
    text *services;
    size_t count;
    const char *only = getenv("INIA_EVERY_SERVICE");
    struct arena names;
    rig_begin();
    arena_init(&names, &rig.blocks);
    CHECK(models_list_services(NULL, &names, &services, &count) && count > 0);
    for (size_t i = 0; i < count; i++)
        if (!only || text_equals(services[i], text_of(only)))
            try_service(services[i]);
    arena_release(&names);
    report();
    rig_end();
    CHECK(rig.answered.all >= rig.services && rig.services > 0);
    CHECK_EQ(rig.problems, 0);
    CHECK_EQ(rig.answered.good + rig.left_out, rig.answered.all);
    CHECK_EQ(rig.requested.good + rig.left_out, rig.requested.all);
    CHECK_EQ(rig.signed_only.good, rig.signed_only.all);
    CHECK_EQ(rig.refused.good, rig.refused.all);
}
