/* Bodies to and from memory and streams, where they fail, and the limits they meet. */
#include "rig.h"

static char memory[300000];

struct stream {
    size_t moved, fail_at;
    int rewinds;
    bool overdoes, ends_early;
};

static ssize_t read_stream(void *arg, void *buffer, size_t capacity)
{
    struct stream *stream = arg;
    if (stream->moved >= stream->fail_at)
        return stream->overdoes ? (ssize_t)capacity + 1 : stream->ends_early ? 0 : -1;
    size_t size = capacity < 7000 ? capacity : 7000;
    memset(buffer, 'x', size);
    stream->moved += size;
    return (ssize_t)size;
}

static bool rewind_stream(void *arg)
{
    struct stream *stream = arg;
    stream->rewinds++;
    stream->moved = 0;
    return true;
}

static bool refuse_to_rewind(void *arg)
{
    ((struct stream *)arg)->rewinds++;
    return false;
}

static ssize_t write_stream(void *arg, const void *bytes, size_t size)
{
    struct stream *stream = arg;
    if (stream->moved >= stream->fail_at)
        return stream->overdoes ? (ssize_t)size + 1 : -1;
    if (memcmp(bytes, server_pattern + stream->moved, size) != 0)
        return -1;
    stream->moved += size;
    return (ssize_t)size;
}

static inia_call *put(
    struct rig *rig, const char *key, struct stream *stream, bool (*rewind)(void *), uint64_t size)
{
    inia_request request = {.body = inia_from_stream(read_stream, rewind, stream, size)};
    CHECK(rig_submit(rig, "PutObject", key, &request) != NULL);
    return rig_next(rig);
}

TEST(a_source_that_fails_ends_its_call_and_no_other)
{
    struct stream sources[] = {
        {.fail_at = 0},
        {.fail_at = 20000},
        {.fail_at = 20000, .overdoes = true},
        {.fail_at = 20000, .ends_early = true},
    };
    struct rig rig;
    rig_begin(&rig);
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        inia_call *call = put(&rig, "k", &sources[i], rewind_stream, 100000);
        CHECK_EQ(call->status, INIA_BODY_FAILED);
        CHECK(*call->message);
        CHECK_EQ(sources[i].rewinds, 0);
        inia_release(call);
        rig_get(&rig, "size-10");
        rig_finish(&rig, 1);
    }
    CHECK_EQ(rig.statuses[INIA_OK], 4);
    rig_end(&rig);
}

TEST(a_source_is_rewound_for_another_attempt_if_it_can_be)
{
    struct rig rig;
    rig_begin(&rig);
    struct stream stream = {.fail_at = SIZE_MAX};
    inia_call *call = put(&rig, "status-503", &stream, rewind_stream, 100000);
    CHECK_EQ(call->status, INIA_SERVICE_ERROR);
    CHECK_EQ(call->attempt_count, 3);
    CHECK_EQ(stream.rewinds, 2);
    inia_release(call);
    stream = (struct stream){.fail_at = SIZE_MAX};
    call = put(&rig, "status-503", &stream, NULL, 100000);
    CHECK_EQ(call->status, INIA_SERVICE_ERROR);
    CHECK_EQ(call->attempt_count, 1);
    inia_release(call);
    stream = (struct stream){.fail_at = SIZE_MAX};
    call = put(&rig, "status-503", &stream, refuse_to_rewind, 100000);
    CHECK_EQ(call->status, INIA_BODY_FAILED);
    CHECK_EQ(call->attempt_count, 1);
    CHECK_EQ(stream.rewinds, 1);
    inia_release(call);
    rig_end(&rig);
}

TEST(a_sink_that_fails_ends_its_call_and_no_other)
{
    static const char *const keys[] = {"size-200000", "chunked-300000", "size-200000"};
    struct stream sinks[] = {
        {.fail_at = 0}, {.fail_at = 50000}, {.fail_at = 50000, .overdoes = true}};
    struct rig rig;
    rig_begin(&rig);
    for (size_t i = 0; i < 3; i++) {
        inia_request request = {.into = inia_to_stream(write_stream, &sinks[i])};
        CHECK(rig_submit(&rig, "GetObject", keys[i], &request) != NULL);
        inia_call *call = rig_next(&rig);
        CHECK_EQ(call->status, INIA_BODY_FAILED);
        CHECK_EQ(call->attempt_count, 1);
        inia_release(call);
        rig_get(&rig, "size-10");
        rig_finish(&rig, 1);
    }
    CHECK_EQ(rig.statuses[INIA_OK], 3);
    rig_end(&rig);
}

TEST(an_error_goes_to_the_call_and_never_to_the_sink)
{
    struct rig rig;
    rig_begin_with(&rig, NULL, (inia_client_config){.max_attempts = 1});
    struct stream stream = {.fail_at = SIZE_MAX};
    inia_request request = {.into = inia_to_stream(write_stream, &stream)};
    CHECK(rig_submit(&rig, "GetObject", "status-503", &request) != NULL);
    inia_call *call = rig_next(&rig);
    CHECK_EQ(call->status, INIA_SERVICE_ERROR);
    CHECK_TEXT(call->error_code, "SlowDown");
    CHECK_EQ(stream.moved, 0);
    inia_release(call);
    rig_end(&rig);
}

TEST(a_body_larger_than_its_memory_is_TOO_LARGE_and_writes_nothing_beyond)
{
    struct rig rig;
    rig_begin(&rig);
    struct {
        const char *key;
        size_t capacity;
        inia_status status;
    } cases[] = {
        {"size-1000", 1000, INIA_OK},           {"size-1001", 1000, INIA_TOO_LARGE},
        {"size-200000", 1000, INIA_TOO_LARGE},  {"chunked-1000", 1000, INIA_OK},
        {"chunked-1001", 1000, INIA_TOO_LARGE}, {"size-0", 0, INIA_OK},
        {"size-1", 0, INIA_TOO_LARGE},          {"size-290000", 290000, INIA_OK},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        memset(memory, '.', sizeof memory);
        inia_request request = {.into = inia_to_memory(memory, cases[i].capacity)};
        CHECK(rig_submit(&rig, "GetObject", cases[i].key, &request) != NULL);
        inia_call *call = rig_next(&rig);
        if (call->status != cases[i].status)
            FAIL("%s into %zu: %s", cases[i].key, cases[i].capacity, call->message);
        CHECK_EQ(memory[cases[i].capacity], '.');
        if (call->status == INIA_OK)
            CHECK(memcmp(memory, server_pattern, cases[i].capacity) == 0);
        CHECK(call->body == NULL && call->body_size == 0);
        inia_release(call);
    }
    rig_end(&rig);
}

TEST(a_collected_body_larger_than_max_body_is_TOO_LARGE)
{
    static const char *const keys[] = {
        "size-5000", "chunked-5000", "size-5001", "chunked-5001", "size-2000000"};
    struct rig rig;
    rig_begin_with(&rig, &(inia_engine_config){.max_body = 5000}, (inia_client_config){0});
    for (size_t i = 0; i < 5; i++) {
        rig_get(&rig, keys[i]);
        inia_call *call = rig_next(&rig);
        CHECK_EQ(call->status, i < 2 ? INIA_OK : INIA_TOO_LARGE);
        if (i < 2)
            CHECK_BYTES(call->body, call->body_size, server_pattern, 5000);
        else
            CHECK(strstr(call->message, "5000") != NULL);
        inia_release(call);
    }
    inia_request request = {.into = inia_to_memory(memory, sizeof memory)};
    CHECK(rig_submit(&rig, "GetObject", "size-200000", &request) != NULL);
    inia_call *call = rig_next(&rig);
    CHECK_EQ(call->status, INIA_OK); /* max_body is not about memory of the caller's */
    inia_release(call);
    rig_end(&rig);
}

TEST(a_body_cut_short_is_a_lost_connection_and_is_tried_again)
{
    struct rig rig;
    rig_begin(&rig);
    rig_get(&rig, "half-1000");
    inia_call *call = rig_next(&rig);
    CHECK_EQ(call->status, INIA_CONNECTION_LOST);
    CHECK_EQ(call->attempt_count, 3);
    CHECK_EQ(call->attempts[2].http_status, 200);
    inia_release(call);
    struct stream stream = {.fail_at = SIZE_MAX};
    inia_request request = {.into = inia_to_stream(write_stream, &stream)};
    CHECK(rig_submit(&rig, "GetObject", "half-1000", &request) != NULL);
    call = rig_next(&rig);
    CHECK_EQ(call->status, INIA_CONNECTION_LOST);
    CHECK_EQ(call->attempt_count, 1); /* a stream cannot take its bytes again */
    CHECK_EQ(stream.moved, 500);
    inia_release(call);
    rig_end(&rig);
}
