/*
 * events: a server that says a script of event-stream messages, a listener that takes the events
 * of a call and writes them down as lines, and the outcome of the call made last.
 */
#ifndef TESTS_JOURNEYS_EVENTS_FIXTURE_H
#define TESTS_JOURNEYS_EVENTS_FIXTURE_H

#include "journey_fixture.h"

#include "formats/formats.h"

enum { ROOM = 1 << 20, LARGE = 300000 };

#define EVENT_TYPE "Content-Type: application/vnd.amazon.eventstream\r\n"
#define SELECT_LINES                                                                               \
    "{\"Records\":{\"Payload\":\"YSxiCg==\"}}\n"                                                   \
    "{\"Cont\":{}}\n"                                                                              \
    "{\"Stats\":{\"Details\":{\"BytesScanned\":7,\"BytesReturned\":4}}}\n"                         \
    "{\"End\":{}}\n"

static const inia_param select_params[] = {
    {"Bucket", "b"},
    {"Key", "k"},
    {"Expression", "SELECT * FROM S3Object"},
    {"ExpressionType", "SQL"},
    {"InputSerialization", "{\"CSV\":{}}"},
    {"OutputSerialization", "{\"CSV\":{}}"},
    {0}};

/* ---- What the server says ------------------------------------------------------------------- */

/* The messages of one stream. */
struct script {
    char bytes[ROOM];
    size_t size;
};

static struct script script;

static inline struct event_header named(const char *name, const char *value)
{
    return (struct event_header){text_of(name), EVENT_STRING, 0, text_of(value)};
}

static inline void say(const struct event_header *headers, size_t count, text payload)
{
    struct buffer out;
    buffer_init_fixed(&out, script.bytes + script.size, ROOM - script.size);
    CHECK(event_message_write(&out, headers, count, payload));
    script.size += out.size;
}

static inline void say_event(const char *type, text payload)
{
    struct event_header headers[] = {named(":message-type", "event"), named(":event-type", type)};
    say(headers, 2, payload);
}

static inline void say_exception(const char *type, const char *payload)
{
    struct event_header headers[] = {
        named(":message-type", "exception"), named(":exception-type", type)};
    say(headers, 2, text_of(payload));
}

static inline void say_error(const char *code, const char *message)
{
    struct event_header headers[] = {
        named(":message-type", "error"), named(":error-code", code),
        named(":error-message", message)};
    say(headers, 3, TEXT(""));
}

static inline void begin_script(void)
{
    script.size = 0;
}

static inline void script_select(void)
{
    begin_script();
    say_event("Records", TEXT("a,b\n"));
    say_event("Cont", TEXT(""));
    say_event(
        "Stats", TEXT("<Stats><BytesScanned>7</BytesScanned>"
                      "<BytesReturned>4</BytesReturned></Stats>"));
    say_event("End", TEXT(""));
}

static struct world_http_answer planned; /* answered to every request ... */
static uint64_t refusals;                /* ... but the first so many, which get refused */
static struct world_http_answer refused;

static inline void serve(
    const struct world_http_request *request, struct world_http_answer *answer, void *arg)
{
    (void)arg;
    *answer = request->total <= refusals ? refused : planned;
}

static inline void plan_answer(void)
{
    refusals = 0;
    planned = (struct world_http_answer){
        .status = 200,
        .headers = EVENT_TYPE "x-amz-request-id: R1\r\n",
        .body = script.bytes,
        .body_size = script.size};
}

/* ---- Who takes it ---------------------------------------------------------------------------- */

struct listener {
    char lines[ROOM];
    size_t size, events;
    bool paused, refuses_each, cancels;
    size_t cancel_at, fail_at; /* the event of this number, from 1 */
    inia_call *call;
    text payload; /* what each Records must bring */
};

static struct listener listener;

static inline void listen_anew(void)
{
    listener.size = listener.events = listener.cancel_at = listener.fail_at = 0;
    listener.paused = listener.refuses_each = false;
    listener.payload = (text){NULL, 0};
    listener.call = NULL;
}

/* Each event is refused once before it is taken. */
static inline bool refuses(void)
{
    if (!listener.refuses_each)
        return false;
    listener.paused = !listener.paused;
    return listener.paused;
}

static inline ssize_t take(void *arg, const inia_event *event)
{
    CHECK(arg == &listener);
    CHECK_EQ(strlen(event->json), event->json_size);
    if (listener.payload.data && strcmp(event->type, "Records") == 0)
        CHECK_BYTES(
            event->payload, event->payload_size, listener.payload.data, listener.payload.size);
    if (refuses())
        return INIA_PAUSE;
    listener.events++;
    if (listener.events == listener.cancel_at)
        inia_cancel(listener.call);
    if (listener.events == listener.fail_at)
        return -1;
    int added = snprintf(
        listener.lines + listener.size, ROOM - listener.size, "{\"%s\":%s}\n", event->type,
        event->json);
    listener.size += (size_t)added;
    CHECK(listener.size < ROOM);
    return 0;
}

static inline inia_sink to_listener(void)
{
    return inia_to_events(take, &listener);
}

/* ---- A call ---------------------------------------------------------------------------------- */

/* What the last call ended with. */
static struct outcome {
    inia_status status;
    char error_code[64], message[256], request_id[16], output[512], body[4096];
    size_t attempts, body_size;
} outcome;

static inline void look(struct journey *journey, inia_call *call)
{
    (void)journey;
    outcome = (struct outcome){
        .status = call->status, .attempts = call->attempt_count, .body_size = call->body_size};
    snprintf(outcome.error_code, sizeof outcome.error_code, "%s", call->error_code);
    snprintf(outcome.message, sizeof outcome.message, "%s", call->message);
    snprintf(outcome.request_id, sizeof outcome.request_id, "%s", call->request_id);
    snprintf(outcome.output, sizeof outcome.output, "%s", call->output);
    if (call->body_size && call->body_size < sizeof outcome.body)
        memcpy(outcome.body, call->body, call->body_size);
}

static inline void open_journey(struct journey *journey, uint64_t seed, const char *service)
{
    journey_begin_with(
        journey, seed, &(inia_client_config){.service = service, .max_attempts = 2}, NULL, serve);
    journey->look = look;
}

/* Resumes what has been paused, after each turn. */
static inline void run_resuming(struct journey *journey)
{
    for (int turns = 0; journey->finished < journey->accepted; turns++) {
        CHECK(turns < JOURNEY_TURNS);
        journey_turn(journey, 1);
        if (journey->finished < journey->accepted)
            inia_resume(listener.call);
    }
}

static inline void call_with(
    struct journey *journey, const char *operation, const inia_param *params, inia_sink into)
{
    outcome = (struct outcome){.status = INIA_OK};
    listener.call = journey_submit(journey, operation, params, &(inia_request){.into = into});
    CHECK(listener.call != NULL);
    run_resuming(journey);
}

static inline void select_into(struct journey *journey, inia_sink into)
{
    call_with(journey, "SelectObjectContent", select_params, into);
}

static inline void check_lines(const char *lines)
{
    CHECK_BYTES(listener.lines, listener.size, lines, strlen(lines));
}

#endif
