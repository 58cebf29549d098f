/* Sinks for bytes get a stream of events as lines of JSON; a sink for events gets nothing else. */
#include "events_fixture.h"

#include <unistd.h>

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
