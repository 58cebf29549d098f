/* Streams of events that end a call with an error, or never begin. */
#include "events_fixture.h"

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
