/* Engines and clients that are freed with calls in every state, and calls that callbacks cancel. */
#include "rig.h"

static int ended[32];

static void note_end(inia_call *call)
{
    ended[call->status]++;
    inia_release(call);
}

static void note_end_and_keep(inia_call *call)
{
    ended[call->status]++;
}

static void forget_ends(void)
{
    memset(ended, 0, sizeof ended);
}

static ssize_t never_ready(void *arg, void *buffer, size_t capacity)
{
    (void)arg, (void)buffer, (void)capacity;
    return INIA_PAUSE;
}

static ssize_t never_takes(void *arg, const void *bytes, size_t size)
{
    (void)arg, (void)bytes, (void)size;
    return INIA_PAUSE;
}

static void submit_one_of_each(struct rig *rig, void (*on_done)(inia_call *))
{
    static char memory[1 << 20];
    inia_source source = inia_from_stream(never_ready, NULL, NULL, 100000);
    inia_sink sink = inia_to_stream(never_takes, NULL);
    inia_source large = inia_from_memory(memory, sizeof memory);
    inia_request bad = {.on_done = on_done};
    CHECK(rig_submit(rig, "GetObject", "size-100", &(inia_request){.on_done = on_done}));
    CHECK(rig_submit(rig, "GetObject", "never", &(inia_request){.on_done = on_done}));
    CHECK(rig_submit(rig, "GetObject", "status-503", &(inia_request){.on_done = on_done}));
    CHECK(rig_submit(
        rig, "GetObject", "size-3000000",
        &(inia_request){.on_done = on_done, .into = inia_to_memory(server_pattern, 0)}));
    CHECK(rig_submit(
        rig, "GetObject", "size-1000", &(inia_request){.on_done = on_done, .into = sink}));
    CHECK(rig_submit(rig, "PutObject", "k", &(inia_request){.on_done = on_done, .body = source}));
    CHECK(rig_submit(rig, "PutObject", "k", &(inia_request){.on_done = on_done, .body = large}));
    CHECK(inia_submit(rig->s3, &bad));
}

TEST(an_engine_is_freed_with_calls_in_every_state)
{
    for (int waits = 0; waits < 12; waits++) {
        struct rig rig;
        rig_begin(&rig);
        if (waits % 2)
            inia_fd(rig.engine);
        submit_one_of_each(&rig, NULL);
        inia_call *done[2];
        for (int i = 0; i < waits; i++)
            inia_wait(rig.engine, done, 2, 2); /* those handed out are not released */
        rig_end(&rig);
    }
}

TEST(callbacks_hear_of_their_calls_when_the_engine_is_freed)
{
    for (int waits = 0; waits < 12; waits++) {
        struct rig rig;
        rig_begin(&rig);
        forget_ends();
        submit_one_of_each(&rig, waits % 2 ? note_end : note_end_and_keep);
        for (int i = 0; i < waits; i++)
            inia_wait(rig.engine, NULL, 0, 2);
        rig_end(&rig);
        int all = 0;
        for (size_t i = 0; i < 32; i++)
            all += ended[i];
        CHECK_EQ(all, 8);
        CHECK_EQ(ended[INIA_BAD_REQUEST], 1);
        CHECK(ended[INIA_CANCELLED] >= 3);
    }
}

static struct rig *persistent_rig;

static void submit_again(inia_call *call)
{
    ended[call->status]++;
    inia_call *another =
        rig_submit(persistent_rig, "GetObject", "never", &(inia_request){.on_done = submit_again});
    CHECK(another == NULL);
    inia_release(call);
}

TEST(an_engine_that_is_being_freed_takes_no_more_calls)
{
    struct rig rig;
    rig_begin(&rig);
    forget_ends();
    persistent_rig = &rig;
    for (int i = 0; i < 5; i++)
        CHECK(rig_submit(&rig, "GetObject", "never", &(inia_request){.on_done = submit_again}));
    inia_wait(rig.engine, NULL, 0, 20);
    for (int i = 0; i < 5; i++)
        CHECK(rig_submit(&rig, "GetObject", "never", &(inia_request){.on_done = submit_again}));
    rig_end(&rig);
    CHECK_EQ(ended[INIA_CANCELLED], 10);
}

TEST(handed_off_requests_finish_though_the_engine_never_came_to_them)
{
    for (int waits = 0; waits < 2; waits++) {
        struct rig rig;
        rig_begin_with(&rig, &(inia_engine_config){.max_calls = 3}, (inia_client_config){0});
        forget_ends();
        inia_handoff handoffs[10];
        inia_param params[] = {{"Bucket", "b"}, {"Key", "never"}, {0}};
        for (int i = 0; i < 10; i++) {
            handoffs[i] = (inia_handoff){
                .client = rig.s3,
                .request = {
                    .operation = rig_operation(&rig, "GetObject"),
                    .params = params,
                    .on_done = note_end}};
            inia_hand_off(&handoffs[i]);
        }
        for (int i = 0; i < waits; i++)
            inia_wait(rig.engine, NULL, 0, 20);
        rig_end(&rig);
        CHECK_EQ(ended[INIA_CANCELLED], 10);
    }
}

static int messages_run;

static void count_message(inia_engine *engine, inia_message *message)
{
    (void)engine, (void)message;
    messages_run++;
}

TEST(messages_are_run_though_the_engine_never_came_to_them)
{
    struct rig rig;
    rig_begin(&rig);
    inia_message messages[3] = {{count_message, 0}, {count_message, 0}, {count_message, 0}};
    messages_run = 0;
    for (int i = 0; i < 3; i++)
        inia_post(rig.engine, &messages[i]);
    rig_end(&rig);
    CHECK_EQ(messages_run, 3);
}

/* ---- Clients --------------------------------------------------------------------------------- */

TEST(freeing_a_client_cancels_its_calls_and_no_others)
{
    for (int waits = 0; waits < 8; waits++) {
        struct rig rig;
        rig_begin(&rig);
        inia_client *first = rig.s3;
        submit_one_of_each(&rig, NULL);
        rig.s3 = rig_client(&rig, (inia_client_config){0});
        rig_get(&rig, "size-500");
        rig_get(&rig, "after-50");
        for (int i = 0; i < waits; i++)
            inia_wait(rig.engine, NULL, 0, 1);
        inia_client_free(first);
        rig_finish(&rig, 10);
        CHECK(rig.statuses[INIA_CANCELLED] >= 3);
        CHECK(rig.statuses[INIA_OK] >= 2);
        CHECK_EQ(inia_pending(rig.engine), 0);
        rig_end(&rig);
    }
}

TEST(results_last_beyond_their_client)
{
    struct rig rig;
    rig_begin(&rig);
    rig_get(&rig, "size-100");
    inia_call *call = rig_next(&rig);
    inia_client_free(rig.s3);
    CHECK_EQ(call->body_size, 100);
    CHECK_TEXT(inia_get(call, "ETag"), "\"e\"");
    inia_release(call);
    rig_end(&rig);
}

TEST(requests_handed_off_to_a_client_that_is_freed_are_cancelled)
{
    for (int waits = 0; waits < 2; waits++) {
        struct rig rig;
        rig_begin_with(&rig, &(inia_engine_config){.max_calls = 3}, (inia_client_config){0});
        forget_ends();
        inia_client *first = rig.s3;
        inia_handoff handoffs[10];
        inia_param params[] = {{"Bucket", "b"}, {"Key", "never"}, {0}};
        for (int i = 0; i < 10; i++) {
            handoffs[i] = (inia_handoff){
                .client = first,
                .request = {
                    .operation = rig_operation(&rig, "GetObject"),
                    .params = params,
                    .on_done = note_end}};
            inia_hand_off(&handoffs[i]);
        }
        for (int i = 0; i < waits; i++)
            inia_wait(rig.engine, NULL, 0, 20);
        inia_client_free(first);
        rig.s3 = rig_client(&rig, (inia_client_config){0});
        while (ended[INIA_CANCELLED] < 10)
            inia_wait(rig.engine, NULL, 0, 100);
        rig_get(&rig, "size-100");
        rig_finish(&rig, 1);
        CHECK_EQ(rig.statuses[INIA_OK], 1);
        CHECK_EQ(ended[INIA_CANCELLED], 10);
        rig_end(&rig);
    }
}

static inia_credentials_query *unanswered;

static void answer_never(void *arg, inia_credentials_query *query)
{
    (void)arg;
    unanswered = query;
}

TEST(a_query_for_credentials_may_be_answered_after_its_client_is_freed)
{
    struct rig rig;
    rig_begin_with(&rig, NULL, (inia_client_config){.provider = answer_never});
    rig_get(&rig, "size-100");
    CHECK_EQ(inia_wait(rig.engine, NULL, 0, 10), 0);
    inia_client_free(rig.s3);
    rig_finish(&rig, 1);
    CHECK_EQ(rig.statuses[INIA_CANCELLED], 1);
    inia_answer(unanswered, &(inia_credentials){"AKID", "secret", NULL, 0});
    rig_end(&rig);
}

TEST(an_engine_is_freed_with_queries_for_credentials_that_are_never_answered)
{
    for (int freed = 0; freed < 2; freed++) {
        struct rig rig;
        rig_begin_with(&rig, NULL, (inia_client_config){.provider = answer_never});
        rig_get(&rig, "size-100");
        CHECK_EQ(inia_wait(rig.engine, NULL, 0, 10), 0);
        if (freed)
            inia_client_free(rig.s3);
        rig_end(&rig);
    }
}

/* ---- Calls that are cancelled by their own callbacks ----------------------------------------- */

struct own_call {
    inia_call *call;
    bool answers;
};

static void provider_cancels(void *arg, inia_credentials_query *query)
{
    struct own_call *own = arg;
    inia_cancel(own->call);
    unanswered = query;
    if (own->answers)
        inia_answer(query, &(inia_credentials){"AKID", "secret", NULL, 0});
}

TEST(a_provider_may_cancel_the_call_that_asks)
{
    for (int answers = 0; answers < 2; answers++) {
        struct rig rig;
        struct own_call own = {.answers = answers};
        rig_begin_with(
            &rig, NULL, (inia_client_config){.provider = provider_cancels, .provider_arg = &own});
        own.call = rig_get(&rig, "size-100");
        rig_finish(&rig, 1);
        CHECK_EQ(rig.statuses[INIA_CANCELLED], 1);
        if (!answers)
            inia_answer(unanswered, &(inia_credentials){"AKID", "secret", NULL, 0});
        rig_get(&rig, "size-100");
        rig_finish(&rig, 1);
        CHECK_EQ(rig.statuses[INIA_OK], 1);
        rig_end(&rig);
    }
}

static ssize_t read_cancels(void *arg, void *buffer, size_t capacity)
{
    inia_cancel(*(inia_call **)arg);
    memset(buffer, 'x', capacity < 100 ? capacity : 100);
    return 100;
}

static ssize_t write_cancels(void *arg, const void *bytes, size_t size)
{
    (void)bytes;
    inia_cancel(*(inia_call **)arg);
    return (ssize_t)size;
}

TEST(streams_may_cancel_their_own_call)
{
    struct rig rig;
    rig_begin(&rig);
    inia_call *get, *put;
    inia_request into = {.into = inia_to_stream(write_cancels, &get)};
    inia_request from = {.body = inia_from_stream(read_cancels, NULL, &put, 5000)};
    get = rig_submit(&rig, "GetObject", "size-1000000", &into);
    put = rig_submit(&rig, "PutObject", "k", &from);
    rig_finish(&rig, 2);
    CHECK_EQ(rig.statuses[INIA_CANCELLED], 2);
    rig_end(&rig);
}

static ssize_t read_zeroes(void *arg, void *buffer, size_t capacity)
{
    (void)arg;
    size_t size = capacity < 100 ? capacity : 100;
    memset(buffer, 0, size);
    return (ssize_t)size;
}

static bool rewind_cancels(void *arg)
{
    inia_cancel(*(inia_call **)arg);
    return true;
}

TEST(a_rewind_may_cancel_its_own_call)
{
    struct rig rig;
    rig_begin(&rig);
    inia_call *put;
    inia_request from = {.body = inia_from_stream(read_zeroes, rewind_cancels, &put, 100)};
    put = rig_submit(&rig, "PutObject", "status-503", &from);
    inia_call *done = rig_next(&rig);
    CHECK_EQ(done->status, INIA_CANCELLED);
    CHECK_TEXT(done->message, "cancelled");
    CHECK_EQ(done->attempt_count, 1);
    inia_release(done);
    rig_end(&rig);
}
