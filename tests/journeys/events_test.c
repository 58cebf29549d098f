/* Streams of events, from scripted servers to the functions that take them. */
#include "events_fixture.h"

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
