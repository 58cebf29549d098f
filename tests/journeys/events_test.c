/* Streams of events, from scripted servers to the sinks that take them. */
#include "journey_fixture.h"

#include "formats/formats.h"

#include <unistd.h>

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

static struct event_header named(const char *name, const char *value)
{
    return (struct event_header){text_of(name), EVENT_STRING, 0, text_of(value)};
}

static void say(const struct event_header *headers, size_t count, text payload)
{
    struct buffer out;
    buffer_init_fixed(&out, script.bytes + script.size, ROOM - script.size);
    CHECK(event_message_write(&out, headers, count, payload));
    script.size += out.size;
}

static void say_event(const char *type, text payload)
{
    struct event_header headers[] = {named(":message-type", "event"), named(":event-type", type)};
    say(headers, 2, payload);
}

static void say_exception(const char *type, const char *payload)
{
    struct event_header headers[] = {
        named(":message-type", "exception"), named(":exception-type", type)};
    say(headers, 2, text_of(payload));
}

static void say_error(const char *code, const char *message)
{
    struct event_header headers[] = {
        named(":message-type", "error"), named(":error-code", code),
        named(":error-message", message)};
    say(headers, 3, TEXT(""));
}

static void begin_script(void)
{
    script.size = 0;
}

static void script_select(void)
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

static void serve(
    const struct world_http_request *request, struct world_http_answer *answer, void *arg)
{
    (void)arg;
    *answer = request->total <= refusals ? refused : planned;
}

static void plan_answer(void)
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

static void listen_anew(void)
{
    listener.size = listener.events = listener.cancel_at = listener.fail_at = 0;
    listener.paused = listener.refuses_each = false;
    listener.payload = (text){NULL, 0};
    listener.call = NULL;
}

/* Each event is refused once before it is taken. */
static bool refuses(void)
{
    if (!listener.refuses_each)
        return false;
    listener.paused = !listener.paused;
    return listener.paused;
}

static ssize_t take(void *arg, const inia_event *event)
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

static ssize_t write_line(void *arg, const void *bytes, size_t size)
{
    CHECK(arg == &listener);
    if (refuses())
        return INIA_PAUSE;
    listener.events++;
    CHECK(((const char *)bytes)[size - 1] == '\n');
    memcpy(listener.lines + listener.size, bytes, size);
    listener.size += size;
    return (ssize_t)size;
}

static inia_sink to_listener(void)
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

static void look(struct journey *journey, inia_call *call)
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

static void open_journey(struct journey *journey, uint64_t seed, const char *service)
{
    journey_begin_with(
        journey, seed, &(inia_client_config){.service = service, .max_attempts = 2}, NULL, serve);
    journey->look = look;
}

/* Resumes what has been paused, after each turn. */
static void run_resuming(struct journey *journey)
{
    for (int turns = 0; journey->finished < journey->accepted; turns++) {
        CHECK(turns < JOURNEY_TURNS);
        journey_turn(journey, 1);
        if (journey->finished < journey->accepted)
            inia_resume(listener.call);
    }
}

static void call_with(
    struct journey *journey, const char *operation, const inia_param *params, inia_sink into)
{
    outcome = (struct outcome){.status = INIA_OK};
    listener.call = journey_submit(journey, operation, params, &(inia_request){.into = into});
    CHECK(listener.call != NULL);
    run_resuming(journey);
}

static void select_into(struct journey *journey, inia_sink into)
{
    call_with(journey, "SelectObjectContent", select_params, into);
}

static void check_lines(const char *lines)
{
    CHECK_BYTES(listener.lines, listener.size, lines, strlen(lines));
}

/* ---- Events arrive --------------------------------------------------------------------------- */

TEST(events_arrive_one_by_one_whatever_the_pieces)
{
    static char large[LARGE];
    memset(large, 'x', sizeof large);
    for (uint64_t seed = 1; seed <= journey_seeds(6); seed++) {
        struct journey j;
        open_journey(&j, seed, "s3");
        begin_script();
        say_event("Records", text_from(large, LARGE));
        say_event("Records", text_from(large, LARGE));
        say_event("End", TEXT(""));
        plan_answer();
        planned.chunked = seed % 2;
        listen_anew();
        listener.payload = text_from(large, LARGE);
        listener.refuses_each = seed % 3 == 0;
        select_into(&j, to_listener());
        CHECK_EQ(outcome.status, INIA_OK);
        CHECK_TEXT(outcome.request_id, "R1");
        CHECK_EQ(listener.events, 3);
        CHECK_EQ(listener.size, 2 * (LARGE / 3 * 4 + 27) + 11);
        journey_end(&j);
    }
}

/* In two chunks, so that the second comes as a piece of its own. */
static void plan_cut(size_t at, char *raw, size_t capacity)
{
    int head = snprintf(
        raw, capacity, "HTTP/1.1 200 OK\r\n" EVENT_TYPE "Transfer-Encoding: chunked\r\n\r\n%zx\r\n",
        at);
    size_t size = (size_t)head;
    memcpy(raw + size, script.bytes, at);
    size += at;
    size += (size_t)snprintf(raw + size, capacity - size, "\r\n%zx\r\n", script.size - at);
    memcpy(raw + size, script.bytes + at, script.size - at);
    size += script.size - at;
    size += (size_t)snprintf(raw + size, capacity - size, "\r\n0\r\n\r\n");
    planned = (struct world_http_answer){.raw = raw, .raw_size = size};
}

TEST(a_message_may_be_cut_at_every_byte)
{
    static char raw[4096];
    struct journey j;
    open_journey(&j, 1, "s3");
    script_select();
    for (size_t at = 1; at < script.size; at++) {
        plan_answer();
        plan_cut(at, raw, sizeof raw);
        listen_anew();
        listener.refuses_each = at % 2;
        select_into(&j, to_listener());
        CHECK_EQ(outcome.status, INIA_OK);
        check_lines(SELECT_LINES);
    }
    journey_end(&j);
}

TEST(a_stream_that_ends_early_at_any_byte_is_told_to_have_done_so)
{
    struct journey j;
    open_journey(&j, 2, "s3");
    script_select();
    size_t whole = script.size, inside = 0, between = 0;
    for (size_t size = 0; size < whole; size++) {
        plan_answer();
        planned.body_size = size;
        planned.chunked = size % 2;
        listen_anew();
        select_into(&j, to_listener());
        CHECK_EQ(outcome.status, INIA_BAD_RESPONSE);
        inside += strcmp(outcome.message, "the stream of events ends inside a message") == 0;
        between += strcmp(outcome.message, "the stream of events ends without its End event") == 0;
    }
    CHECK_EQ(between, 4);
    CHECK_EQ(inside + between, whole);
    journey_end(&j);
}

TEST(a_byte_that_is_wrong_anywhere_is_found)
{
    struct journey j;
    open_journey(&j, 3, "s3");
    script_select();
    for (size_t at = 0; at < script.size; at++) {
        script.bytes[at] ^= 0x10;
        plan_answer();
        listen_anew();
        select_into(&j, to_listener());
        script.bytes[at] ^= 0x10;
        CHECK_EQ(outcome.status, INIA_BAD_RESPONSE);
        CHECK(strstr(outcome.message, "the stream of events has a") == outcome.message);
        CHECK_EQ(outcome.attempts, 1);
    }
    journey_end(&j);
}

TEST(what_came_before_the_events_is_the_output)
{
    struct journey j;
    static const inia_param shard[] = {
        {"ConsumerARN", "arn:aws:kinesis:us-east-1:123456789012:stream/s/consumer/c:1"},
        {"ShardId", "0"},
        {"StartingPosition", "{\"Type\":\"LATEST\"}"},
        {0}};
    begin_script();
    say_event("initial-response", TEXT("{}"));
    say_event(
        "SubscribeToShardEvent", TEXT("{\"Records\":[],\"ContinuationSequenceNumber\":\"1\","
                                      "\"MillisBehindLatest\":5}"));
    open_journey(&j, 4, "kinesis");
    plan_answer();
    listen_anew();
    call_with(&j, "SubscribeToShard", shard, to_listener());
    CHECK_EQ(outcome.status, INIA_OK);
    CHECK_TEXT(outcome.output, "{}");
    check_lines("{\"SubscribeToShardEvent\":{\"Records\":[],\"ContinuationSequenceNumber\":\"1\","
                "\"MillisBehindLatest\":5}}\n");
    journey_end(&j);

    begin_script();
    say_event("PayloadChunk", TEXT("abc"));
    say_event("InvokeComplete", TEXT("{\"ErrorCode\":\"E\"}"));
    open_journey(&j, 5, "lambda");
    plan_answer();
    planned.headers = EVENT_TYPE "X-Amz-Executed-Version: 7\r\n";
    listen_anew();
    static const inia_param function[] = {{"FunctionName", "f"}, {0}};
    call_with(&j, "InvokeWithResponseStream", function, to_listener());
    CHECK_EQ(outcome.status, INIA_OK);
    CHECK_TEXT(
        outcome.output,
        "{\"StatusCode\":200,\"ExecutedVersion\":\"7\",\"ResponseStreamContentType\":"
        "\"application/vnd.amazon.eventstream\"}");
    check_lines("{\"PayloadChunk\":{\"Payload\":\"YWJj\"}}\n"
                "{\"InvokeComplete\":{\"ErrorCode\":\"E\"}}\n");
    journey_end(&j);
}

TEST(events_the_model_does_not_know_are_left_out)
{
    struct journey j;
    open_journey(&j, 6, "s3");
    begin_script();
    say_event("Novelty", TEXT("?"));
    say_event("Records", TEXT("a"));
    say_event("Novelty", TEXT("?"));
    say_event("End", TEXT(""));
    plan_answer();
    listen_anew();
    select_into(&j, to_listener());
    CHECK_EQ(outcome.status, INIA_OK);
    check_lines("{\"Records\":{\"Payload\":\"YQ==\"}}\n{\"End\":{}}\n");
    journey_end(&j);
}

/* ---- Other sinks ----------------------------------------------------------------------------- */

TEST(other_sinks_and_the_body_get_lines_of_JSON)
{
    for (uint64_t seed = 1; seed <= journey_seeds(6); seed++) {
        struct journey j;
        static char memory[sizeof SELECT_LINES - 1];
        FILE *file = tmpfile();
        open_journey(&j, seed, "s3");
        script_select();
        plan_answer();
        planned.chunked = true;
        select_into(&j, (inia_sink){0});
        CHECK_EQ(outcome.status, INIA_OK);
        CHECK_BYTES(outcome.body, outcome.body_size, SELECT_LINES, sizeof SELECT_LINES - 1);
        select_into(&j, inia_to_memory(memory, sizeof memory));
        CHECK_EQ(outcome.status, INIA_OK);
        CHECK_BYTES(memory, sizeof memory, SELECT_LINES, sizeof SELECT_LINES - 1);
        select_into(&j, inia_to_file(fileno(file), 3));
        CHECK_EQ(outcome.status, INIA_OK);
        static char back[4096];
        CHECK_EQ(pread(fileno(file), back, sizeof back, 3), sizeof memory);
        CHECK_BYTES(back, sizeof memory, SELECT_LINES, sizeof memory);
        listen_anew();
        listener.refuses_each = seed % 2;
        select_into(&j, inia_to_stream(write_line, &listener));
        CHECK_EQ(outcome.status, INIA_OK);
        CHECK_EQ(listener.events, 4);
        check_lines(SELECT_LINES);
        select_into(&j, inia_to_memory(memory, sizeof memory - 1));
        CHECK_EQ(outcome.status, INIA_TOO_LARGE);
        fclose(file);
        journey_end(&j);
    }
}

/* More than a file takes in one write. */
TEST(a_stream_that_a_file_is_too_slow_for_waits_for_it)
{
    enum { EVENTS = 60 };
    static char chunk[10000], lines[EVENTS * 16000], back[sizeof lines], body[ROOM];
    size_t line = (size_t)snprintf(lines, sizeof lines, "{\"Records\":{\"Payload\":\"");
    memset(chunk, 0, sizeof chunk);
    begin_script();
    for (size_t i = 0; i < EVENTS; i++)
        say_event("Records", text_from(chunk, sizeof chunk));
    say_event("End", TEXT(""));
    memcpy(body, script.bytes, script.size);
    for (uint64_t seed = 1; seed <= journey_seeds(4); seed++) {
        struct journey j;
        FILE *file = tmpfile();
        open_journey(&j, seed, "s3");
        plan_answer();
        inia_sink into = inia_to_file(fileno(file), 0);
        listener.call =
            journey_submit(&j, "SelectObjectContent", select_params, &(inia_request){.into = into});
        run_resuming(&j); /* which must not hurry it */
        CHECK_EQ(outcome.status, INIA_OK);
        size_t wanted = EVENTS * (line + 13336 + 4) + sizeof "{\"End\":{}}\n" - 1;
        CHECK_EQ(pread(fileno(file), back, sizeof back, 0), (long long)wanted);
        CHECK(memcmp(back + wanted - 11, "{\"End\":{}}\n", 11) == 0);
        for (size_t i = 0; i < EVENTS; i++)
            CHECK(memcmp(back + i * (line + 13340), lines, line) == 0);
        fclose(file);
        journey_end(&j);
    }
}

TEST(the_body_holds_no_more_than_the_engine_allows)
{
    struct journey j;
    journey_begin_with(
        &j, 1, &(inia_client_config){.service = "s3"}, &(inia_engine_config){.max_body = 60},
        serve);
    j.look = look;
    script_select();
    plan_answer();
    select_into(&j, (inia_sink){0});
    CHECK_EQ(outcome.status, INIA_TOO_LARGE);
    journey_end(&j);
}

/* ---- Errors ---------------------------------------------------------------------------------- */

static const inia_param model_params[] = {{"modelId", "m"}, {0}};

TEST(an_exception_among_the_events_ends_the_call_with_what_it_says)
{
    struct journey j;
    open_journey(&j, 7, "bedrock-runtime");
    begin_script();
    say_event("chunk", TEXT("{\"bytes\":\"YWJj\"}"));
    say_exception(
        "modelStreamErrorException",
        "{\"message\":\"too hard\",\"originalStatusCode\":424,\"originalMessage\":\"no\"}");
    say_event("chunk", TEXT("{\"bytes\":\"ZGVm\"}"));
    plan_answer();
    listen_anew();
    call_with(&j, "InvokeModelWithResponseStream", model_params, to_listener());
    CHECK_EQ(outcome.status, INIA_SERVICE_ERROR);
    CHECK_TEXT(outcome.error_code, "ModelStreamErrorException");
    CHECK_TEXT(outcome.message, "too hard");
    CHECK_TEXT(
        outcome.output,
        "{\"message\":\"too hard\",\"originalStatusCode\":424,\"originalMessage\":\"no\"}");
    CHECK_EQ(outcome.attempts, 1);
    check_lines("{\"chunk\":{\"bytes\":\"YWJj\"}}\n");
    journey_end(&j);
}

TEST(an_error_no_model_knows_ends_the_call_too)
{
    struct journey j;
    open_journey(&j, 8, "s3");
    begin_script();
    say_error("InternalError", "We encountered an internal error.");
    plan_answer();
    for (int events = 0; events < 2; events++) {
        listen_anew();
        select_into(&j, events ? to_listener() : (inia_sink){0});
        CHECK_EQ(outcome.status, INIA_SERVICE_ERROR);
        CHECK_TEXT(outcome.error_code, "InternalError");
        CHECK_TEXT(outcome.message, "We encountered an internal error.");
        CHECK_TEXT(outcome.request_id, "R1");
        CHECK_EQ(outcome.attempts, 1);
    }
    journey_end(&j);
}

TEST(a_call_is_tried_again_as_long_as_no_event_was_handed_out)
{
    static char throttled[1024];
    struct journey j;
    open_journey(&j, 9, "bedrock-runtime");
    begin_script();
    say_exception("throttlingException", "{\"message\":\"later\"}");
    size_t size = script.size;
    memcpy(throttled, script.bytes, size);
    begin_script();
    say_event("chunk", TEXT("{\"bytes\":\"YWJj\"}"));
    plan_answer();
    planned.headers = EVENT_TYPE "X-Amzn-Bedrock-Content-Type: application/json\r\n";
    refused = planned;
    refused.body = throttled;
    refused.body_size = size;
    refusals = 1;
    listen_anew();
    call_with(&j, "InvokeModelWithResponseStream", model_params, to_listener());
    CHECK_EQ(outcome.status, INIA_OK);
    CHECK_EQ(outcome.attempts, 2);
    check_lines("{\"chunk\":{\"bytes\":\"YWJj\"}}\n");
    journey_end(&j);
}

static void lose_connection(bool after_an_event, inia_status status, size_t attempts)
{
    struct journey j;
    open_journey(&j, 10, "s3");
    script_select();
    plan_answer();
    refused = planned;
    refused.cut = true;
    refused.cut_at = after_an_event ? script.size - 3 : 5;
    refusals = 1;
    listen_anew();
    select_into(&j, to_listener());
    CHECK_EQ(outcome.status, status);
    CHECK_EQ(outcome.attempts, attempts);
    journey_end(&j);
}

TEST(a_connection_lost_among_the_events_is_no_second_attempt)
{
    lose_connection(false, INIA_OK, 2);
    lose_connection(true, INIA_CONNECTION_LOST, 1);
}

TEST(an_error_instead_of_the_stream_is_one_as_always)
{
    struct journey j;
    open_journey(&j, 11, "s3");
    begin_script();
    plan_answer();
    planned.status = 404;
    planned.headers = "Content-Type: application/xml\r\n";
    planned.body = "<Error><Code>NoSuchKey</Code><Message>gone</Message></Error>";
    planned.body_size = strlen(planned.body);
    select_into(&j, to_listener());
    CHECK_EQ(outcome.status, INIA_SERVICE_ERROR);
    CHECK_TEXT(outcome.error_code, "NoSuchKey");
    planned.status = 200;
    select_into(&j, to_listener());
    CHECK_EQ(outcome.status, INIA_SERVICE_ERROR);
    CHECK_TEXT(outcome.error_code, "NoSuchKey");
    journey_end(&j);
}

TEST(a_success_that_is_no_stream_says_what_it_is)
{
    struct journey j;
    open_journey(&j, 12, "bedrock-runtime");
    begin_script();
    plan_answer();
    planned.headers = "Content-Type: text/html\r\n";
    planned.body = "<html>";
    for (planned.body_size = 0; planned.body_size <= 6; planned.body_size += 6) {
        call_with(&j, "InvokeModelWithResponseStream", model_params, to_listener());
        CHECK_EQ(outcome.status, INIA_BAD_RESPONSE);
        CHECK_TEXT(
            outcome.message, "the response to InvokeModelWithResponseStream is 'text/html', not a "
                             "stream of events");
    }
    journey_end(&j);
}

TEST(a_stream_by_another_name_is_read_all_the_same)
{
    static const char *const names[] = {
        "", "Content-Type: application/octet-stream\r\n", "Content-Type: application/xml\r\n"};
    struct journey j;
    open_journey(&j, 13, "s3");
    script_select();
    plan_answer();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        planned.headers = names[i];
        listen_anew();
        select_into(&j, to_listener());
        CHECK_EQ(outcome.status, INIA_OK);
        check_lines(SELECT_LINES);
    }
    journey_end(&j);
}

TEST(an_event_that_does_not_fit_its_model_is_told_with_its_place)
{
    struct journey j;
    open_journey(&j, 14, "s3");
    begin_script();
    say_event("Stats", TEXT("<Stats><BytesScanned>many</BytesScanned></Stats>"));
    plan_answer();
    select_into(&j, to_listener());
    CHECK_EQ(outcome.status, INIA_BAD_RESPONSE);
    CHECK_TEXT(outcome.message, "the response to SelectObjectContent: BytesScanned: not a number");
    journey_end(&j);
}

/* ---- The user's part ------------------------------------------------------------------------- */

TEST(a_function_that_fails_ends_the_call)
{
    struct journey j;
    open_journey(&j, 15, "s3");
    script_select();
    plan_answer();
    for (size_t at = 1; at <= 4; at++) {
        for (int refusing = 0; refusing < 2; refusing++) {
            listen_anew();
            listener.fail_at = at;
            listener.refuses_each = refusing;
            select_into(&j, to_listener());
            CHECK_EQ(outcome.status, INIA_BODY_FAILED);
            CHECK_EQ(listener.events, at);
        }
    }
    journey_end(&j);
}

TEST(a_call_may_be_cancelled_at_every_event)
{
    struct journey j;
    open_journey(&j, 16, "s3");
    script_select();
    plan_answer();
    for (size_t at = 1; at <= 4; at++) {
        for (int refusing = 0; refusing < 2; refusing++) {
            listen_anew();
            listener.cancel_at = at;
            listener.refuses_each = refusing;
            select_into(&j, to_listener());
            CHECK(outcome.status == INIA_CANCELLED || (at == 4 && outcome.status == INIA_OK));
            CHECK_EQ(listener.events, at);
        }
    }
    journey_end(&j);
}

TEST(a_call_may_be_cancelled_in_every_turn)
{
    bool was_cancelled = false;
    for (size_t turn = 0; turn < 30; turn++) {
        struct journey j;
        open_journey(&j, turn + 1, "s3");
        script_select();
        plan_answer();
        planned.chunked = true;
        listen_anew();
        listener.refuses_each = turn % 2;
        listener.call = journey_submit(
            &j, "SelectObjectContent", select_params, &(inia_request){.into = to_listener()});
        for (size_t i = 0; i < turn && !j.finished; i++) {
            journey_turn(&j, 1);
            if (!j.finished)
                inia_resume(listener.call);
        }
        if (!j.finished)
            inia_cancel(listener.call);
        journey_run(&j);
        was_cancelled = was_cancelled || (outcome.status == INIA_CANCELLED && listener.events);
        CHECK(outcome.status == INIA_CANCELLED || outcome.status == INIA_OK);
        journey_end(&j);
    }
    CHECK(was_cancelled);
}

TEST(every_allocation_may_fail_and_the_call_still_finishes_once)
{
    bool failed_some = false, all_well = false;
    static char large[LARGE];
    for (uint64_t nth = 1; nth < 200 && !all_well; nth++) {
        struct journey j;
        open_journey(&j, 1, "s3");
        CHECK(inia_find_operation(j.client, "SelectObjectContent", NULL) != NULL);
        begin_script();
        say_event("Records", text_from(large, LARGE));
        say_event("End", TEXT(""));
        plan_answer();
        listen_anew();
        listener.refuses_each = true;
        budget_fail_after(nth);
        listener.call = journey_submit(
            &j, "SelectObjectContent", select_params, &(inia_request){.into = to_listener()});
        if (listener.call)
            run_resuming(&j);
        budget_fail_after(0);
        all_well = j.statuses[INIA_OK] == 1;
        failed_some = failed_some || !all_well;
        journey_end(&j);
    }
    CHECK(failed_some && all_well);
}

/* ---- What cannot be -------------------------------------------------------------------------- */

TEST(a_stream_of_events_to_the_service_is_refused_at_once)
{
    struct journey j;
    open_journey(&j, 17, "bedrock-runtime");
    call_with(&j, "InvokeModelWithBidirectionalStream", model_params, to_listener());
    CHECK_EQ(outcome.status, INIA_UNSUPPORTED);
    CHECK_TEXT(
        outcome.message,
        "InvokeModelWithBidirectionalStream takes a stream of events, which needs HTTP/2");
    CHECK_EQ(outcome.attempts, 0);
    CHECK(inia_streams_events(
        inia_find_operation(j.client, "InvokeModelWithBidirectionalStream", NULL)));
    CHECK(!inia_streams_events(inia_find_operation(j.client, "InvokeModel", NULL)));
    journey_end(&j);
}

TEST(a_sink_for_events_takes_no_bytes)
{
    static const inia_param object[] = {{"Bucket", "b"}, {"Key", "k"}, {0}};
    struct journey j;
    open_journey(&j, 18, "s3");
    call_with(&j, "GetObject", object, to_listener());
    CHECK_EQ(outcome.status, INIA_BAD_REQUEST);
    CHECK_TEXT(outcome.message, "this operation's output is no stream of events");
    select_into(&j, inia_to_events(NULL, NULL));
    CHECK_EQ(outcome.status, INIA_BAD_REQUEST);
    CHECK_TEXT(outcome.message, "the sink is for events but has no function to take them");
    journey_end(&j);
}
