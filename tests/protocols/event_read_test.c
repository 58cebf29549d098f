/* Streams of events: what is written comes back as it was, and what is no event is refused. */
#include "protocols/protocols.h"

#include "test.h"
#include "toy_talk.h"

#include <string.h>

struct talk {
    struct budget budget;
    struct slab blocks;
    struct arena arena;
    struct protocol_readers readers;
    struct model *model;
    struct protocol_plan *plan;
    struct buffer frame;
    struct event_message message;
    struct protocol_event event;
    inia_error error;
};

static void talk_open(struct talk *talk, const char *model)
{
    memset(talk, 0, sizeof *talk);
    budget_init(&talk->budget, 256 << 20);
    slab_init(&talk->blocks, &talk->budget, ARENA_BLOCK_SIZE, 8);
    arena_init(&talk->arena, &talk->blocks);
    CHECK(protocol_readers_init(&talk->readers));
    talk->model =
        model_parse(TEXT("talk"), TEXT("talk.json"), text_of(model), (text){NULL, 0}, &talk->error);
    if (!talk->model)
        FAIL("%s", talk->error.detail);
    talk->plan = protocol_plan_new(
        &talk->model->operations[0], MODEL_PROTOCOL_NONE, &talk->arena, &talk->error);
    CHECK(talk->plan && talk->plan->event_stream_input && talk->plan->event_stream_output);
    buffer_init(&talk->frame, &talk->arena);
}

static void talk_close(struct talk *talk)
{
    model_free(talk->model);
    protocol_readers_release(&talk->readers);
    arena_release(&talk->arena);
    slab_release(&talk->blocks);
    CHECK_EQ(talk->budget.used, 0);
}

static inia_status write_event(struct talk *talk, const char *json)
{
    struct json_problem problem;
    const struct json_value *params =
        json_parse(talk->readers.json, text_of(json), &talk->arena, &problem);
    CHECK(params != NULL);
    buffer_clear(&talk->frame);
    return protocol_write_event(
        talk->plan, &(struct protocol_input){.params = params}, &talk->arena, &talk->frame,
        &talk->error);
}

static inia_status read_frame(struct talk *talk)
{
    struct event_reader reader;
    struct cursor cursor = cursor_of(buffer_text(&talk->frame));
    event_reader_init(&reader, &talk->arena);
    CHECK_EQ(event_reader_take(&reader, &cursor, &talk->message), EVENT_MESSAGE);
    return protocol_read_event(
        talk->plan, &talk->readers, &talk->message, &talk->arena, &talk->event, &talk->error);
}

static inia_status read_message(
    struct talk *talk, const struct event_header *headers, size_t count, const char *payload)
{
    buffer_clear(&talk->frame);
    CHECK(event_message_write(&talk->frame, headers, count, text_of(payload)));
    return read_frame(talk);
}

static struct event_header named(const char *name, const char *value)
{
    return (struct event_header){text_of(name), EVENT_STRING, 0, text_of(value)};
}

static const char *header_text(struct talk *talk, const char *name)
{
    struct event_header header;
    if (!event_message_find(&talk->message, text_of(name), &header))
        return NULL;
    return arena_string(&talk->arena, header.bytes);
}

static const char *const protocols[] = {
    TALK_SERVICE("json"), TALK_SERVICE("rest-json"), TALK_SERVICE("rest-xml"),
    TALK_SERVICE("smithy-rpc-v2-cbor")};

TEST(what_is_written_comes_back_in_every_protocol)
{
    static const char *const lines[] = {
        "{\"Heads\":{\"Good\":true,\"Tiny\":-128,\"Small\":-32768,\"Size\":2147483647,\"Large\":"
        "9007199254740993,\"Data\":\"AQI=\",\"Name\":\"n\",\"When\":\"2019-12-16T23:48:18.125000+"
        "00:00\"}}\n",
        "{\"Heads\":{\"Good\":false,\"When\":\"1969-12-31T23:59:59.999000+00:00\"}}\n",
        "{\"Bytes\":{\"Data\":\"AAH/\"}}\n",
        "{\"Letters\":{\"Text\":\"\u00e9\\n\",\"Name\":\"<&>\"}}\n",
        "{\"Whole\":{\"Item\":{\"Key\":\"k\",\"When\":\"2019-12-16T23:48:18+00:00\"}}}\n",
        "{\"Mixed\":{\"Name\":\"n\",\"Size\":5,\"Items\":[{\"Key\":\"a\"},{\"Key\":\"b\"}]}}\n",
        "{\"Empty\":{}}\n",
    };
    for (size_t i = 0; i < COUNT_OF(protocols); i++) {
        struct talk talk;
        talk_open(&talk, protocols[i]);
        for (size_t k = 0; k < COUNT_OF(lines); k++) {
            CHECK_EQ(write_event(&talk, lines[k]), INIA_OK);
            CHECK_EQ(read_frame(&talk), INIA_OK);
            CHECK_EQ(talk.event.kind, PROTOCOL_EVENT);
            CHECK_EQ(strlen(talk.event.json.data), talk.event.json.size);
            text line = protocol_event_line(&talk.event);
            CHECK_BYTES(line.data, line.size, lines[k], strlen(lines[k]));
        }
        talk_close(&talk);
    }
}

TEST(an_exception_comes_back_as_an_error)
{
    for (size_t i = 0; i < COUNT_OF(protocols); i++) {
        struct talk talk;
        talk_open(&talk, protocols[i]);
        CHECK_EQ(write_event(&talk, "{\"Lost\":{\"message\":\"gone\",\"Why\":7}}"), INIA_OK);
        CHECK_EQ(read_frame(&talk), INIA_OK);
        CHECK_EQ(talk.event.kind, PROTOCOL_EVENT_ERROR);
        CHECK(talk.event.error.is_error);
        CHECK_TEXT(talk.event.error.error_code.data, "Lost");
        CHECK_TEXT(talk.event.error.message.data, "gone");
        CHECK_TEXT(talk.event.error.json.data, "{\"message\":\"gone\",\"Why\":7}");
        CHECK_TEXT(talk.event.error.error_shape->name.data, "Lost");
        talk_close(&talk);
    }
}

TEST(a_message_says_what_it_holds)
{
    static const struct {
        const char *event, *type, *content;
    } cases[] = {
        {"{\"Empty\":{}}", "Empty", NULL},
        {"{\"Heads\":{\"Name\":\"n\"}}", "Heads", NULL},
        {"{\"Bytes\":{\"Data\":\"\"}}", "Bytes", "application/octet-stream"},
        {"{\"Letters\":{\"Text\":\"t\"}}", "Letters", "text/plain"},
        {"{\"Whole\":{\"Item\":{}}}", "Whole", "application/json"},
        {"{\"Mixed\":{}}", "Mixed", "application/json"},
    };
    struct talk talk;
    talk_open(&talk, TALK_SERVICE("rest-json"));
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CHECK_EQ(write_event(&talk, cases[i].event), INIA_OK);
        CHECK_EQ(read_frame(&talk), INIA_OK);
        CHECK_TEXT(header_text(&talk, ":message-type"), "event");
        CHECK_TEXT(header_text(&talk, ":event-type"), cases[i].type);
        CHECK_TEXT(header_text(&talk, ":content-type"), cases[i].content);
    }
    talk_close(&talk);
}

TEST(events_that_may_not_be_written_are_refused_with_the_reason)
{
    static const struct {
        const char *event, *detail;
    } bad[] = {
        {"{}", "exactly one event of Talk is wanted"},
        {"{\"Empty\":null}", "exactly one event of Talk is wanted"},
        {"{\"Empty\":{},\"Bytes\":{}}", "exactly one event of Talk is wanted"},
        {"{\"Emty\":{}}", "Emty: unknown parameter: did you mean 'Empty'?"},
        {"{\"Empty\":[]}", "Empty: an object is wanted, not a list"},
        {"{\"Whole\":{\"Item\":{\"Key\":1}}}", "Whole.Item.Key: a string is wanted, not a number"},
        {"{\"Heads\":{\"Tiny\":128}}", "Heads: more than a message of a stream can hold"},
        {"{\"Heads\":{\"Size\":2147483648}}", "Heads: more than a message of a stream can hold"},
        {"[]", "an object is wanted, not a list"},
    };
    struct talk talk;
    talk_open(&talk, TALK_SERVICE("rest-json"));
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        CHECK_EQ(write_event(&talk, bad[i].event), INIA_BAD_REQUEST);
        CHECK_TEXT(talk.error.detail, bad[i].detail);
        CHECK_EQ(talk.frame.size, 0);
    }
    talk_close(&talk);
}

TEST(messages_that_are_no_events_are_refused_with_the_reason)
{
    static const struct event_header no_string = {
        TEXT_INIT(":message-type"), EVENT_BYTES, 0, TEXT_INIT("event")};
    struct {
        struct event_header headers[3];
        size_t count;
        const char *payload, *detail;
    } bad[] = {
        {{named(":event-type", "Empty")},
         1,
         "",
         ":message-type: a message of the stream has no type"},
        {{no_string}, 1, "", ":message-type: a string is wanted in a message of the stream"},
        {{named(":message-type", "event")},
         1,
         "",
         ":event-type: an event of the stream has no type"},
        {{named(":message-type", "exception")},
         1,
         "",
         ":exception-type: an exception in the stream has no type"},
        {{named(":message-type", "gossip")},
         1,
         "",
         ":message-type: none of event, exception and error"},
        {{named(":message-type", "event"), named(":event-type", "Whole")},
         2,
         "{\"Key\":",
         "Item: the text ends too early"},
        {{named(":message-type", "event"), named(":event-type", "Mixed")},
         2,
         "[]",
         "Size: the body is not an object"},
        {{named(":message-type", "event"), named(":event-type", "Heads"), named("Size", "x")},
         3,
         "",
         "Size: not a number"},
        {{named(":message-type", "event"),
          named(":event-type", "Heads"),
          {TEXT("Good"), EVENT_BYTE, 1, {NULL, 0}}},
         3,
         "",
         "Good: a header of another type"},
    };
    struct talk talk;
    talk_open(&talk, TALK_SERVICE("rest-json"));
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        CHECK_EQ(
            read_message(&talk, bad[i].headers, bad[i].count, bad[i].payload), INIA_BAD_RESPONSE);
        CHECK(strstr(talk.error.detail, "the response to Talk: ") == talk.error.detail);
        CHECK_TEXT(talk.error.detail + strlen("the response to Talk: "), bad[i].detail);
    }
    talk_close(&talk);
}

/* A type that is missing is an event's, but for rest-json. */
TEST(what_other_clients_take_is_taken)
{
    static const unsigned char id[] = "0123456789abcdef";
    struct event_header untyped[] = {named(":event-type", "Empty")};
    struct event_header novelty[] = {named(":message-type", "event"), named(":event-type", "New")};
    struct event_header initial[] = {
        named(":message-type", "event"), named(":event-type", "initial-response")};
    struct event_header unknown[] = {
        named(":message-type", "exception"), named(":exception-type", "Strange")};
    struct event_header uuid[] = {
        named(":message-type", "event"),
        named(":event-type", "Letters"),
        {TEXT("Name"), EVENT_UUID, 0, text_from(id, 16)}};
    for (size_t i = 0; i < COUNT_OF(protocols); i++) {
        struct talk talk;
        talk_open(&talk, protocols[i]);
        bool rest = talk.plan->protocol == MODEL_REST_JSON || talk.plan->protocol == MODEL_REST_XML;
        if (talk.plan->protocol != MODEL_REST_JSON)
            CHECK_EQ(read_message(&talk, untyped, 1, ""), INIA_OK);
        CHECK_EQ(read_message(&talk, novelty, 2, "?"), INIA_OK);
        CHECK_EQ(talk.event.kind, PROTOCOL_EVENT_UNKNOWN);
        CHECK_EQ(read_message(&talk, initial, 2, "{}"), INIA_OK);
        CHECK_EQ(talk.event.kind, rest ? PROTOCOL_EVENT_UNKNOWN : PROTOCOL_EVENT_INITIAL);
        CHECK_EQ(read_message(&talk, unknown, 2, "{"), INIA_OK);
        CHECK_EQ(talk.event.kind, PROTOCOL_EVENT_ERROR);
        CHECK_TEXT(talk.event.error.error_code.data, "Strange");
        CHECK_TEXT(talk.event.error.json.data, "{}");
        CHECK_EQ(read_message(&talk, uuid, 3, ""), INIA_OK);
        CHECK_TEXT(
            talk.event.json.data,
            "{\"Text\":\"\",\"Name\":\"30313233-3435-3637-3839-616263646566\"}");
        talk_close(&talk);
    }
}

TEST(the_largest_payload_is_written_and_read)
{
    struct talk talk;
    size_t size = EVENT_MAX_PAYLOAD_SIZE / 3 * 4;
    talk_open(&talk, TALK_SERVICE("rest-json"));
    char *json = arena_alloc(&talk.arena, size + 64);
    CHECK(json != NULL);
    memcpy(json, "{\"Bytes\":{\"Data\":\"", 18);
    memset(json + 18, 'A', size);
    memcpy(json + 18 + size, "\"}}", 4);
    CHECK_EQ(write_event(&talk, json), INIA_OK);
    CHECK_EQ(read_frame(&talk), INIA_OK);
    CHECK_EQ(talk.event.payload.size, EVENT_MAX_PAYLOAD_SIZE);
    CHECK_BYTES(talk.event.json.data, talk.event.json.size, json + 9, size + 11);
    memcpy(json + 18 + size, "AAAA\"}}", 8);
    CHECK_EQ(write_event(&talk, json), INIA_BAD_REQUEST);
    CHECK_TEXT(talk.error.detail, "Bytes: more than a message of a stream can hold");
    talk_close(&talk);
}

TEST(what_the_head_promises_must_be_there_in_rest_json)
{
    static const char required[] =
        "{\"metadata\":{\"apiVersion\":\"2020-01-01\",\"endpointPrefix\":\"t\",\"protocol\":"
        "\"rest-json\",\"serviceId\":\"T\"},\"operations\":{\"Hear\":{\"http\":{\"method\":"
        "\"POST\",\"requestUri\":\"/\"},\"output\":{\"shape\":\"O\"},\"input\":{\"shape\":\"O\"}}},"
        "\"shapes\":{\"O\":{\"type\":\"structure\",\"required\":[\"Topic\"],\"payload\":\"W\","
        "\"members\":{\"W\":{\"shape\":\"W\"},\"Topic\":{\"shape\":\"S\",\"location\":\"header\","
        "\"locationName\":\"x-topic\"}}},\"W\":{\"type\":\"structure\",\"eventstream\":true,"
        "\"members\":{}},\"S\":{\"type\":\"string\"}}}";
    struct talk talk;
    struct protocol_output output;
    struct http_header topic = {TEXT("x-topic"), TEXT("toys")};
    struct http_response response = {.status = 200, .headers = &topic};
    talk_open(&talk, required);
    CHECK_EQ(
        protocol_parse(
            talk.plan, &talk.readers, &response, TEXT(""), &talk.arena, &output, &talk.error),
        INIA_BAD_RESPONSE);
    CHECK_TEXT(
        talk.error.detail,
        "the response to Hear: Topic: required, but not in the initial response");
    response.header_count = 1;
    CHECK_EQ(
        protocol_parse(
            talk.plan, &talk.readers, &response, TEXT(""), &talk.arena, &output, &talk.error),
        INIA_OK);
    CHECK_TEXT(output.json.data, "{\"Topic\":\"toys\"}");
    talk_close(&talk);
}
