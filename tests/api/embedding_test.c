/* An engine in a program's own poll loop: its descriptor, wake-ups and messages. */
#include "rig.h"

#include <signal.h>

TEST(calls_finish_when_only_ever_looked_at_as_the_descriptor_says)
{
    struct rig rig;
    rig_begin(&rig);
    CHECK(inia_fd(rig.engine) >= 0);
    CHECK_EQ(inia_fd(rig.engine), inia_fd(rig.engine));
    for (size_t round = 1; round <= 20; round++) {
        for (int i = 0; i < 10; i++)
            rig_get(&rig, i % 2 ? "size-3000" : "after-2");
        rig_poll_until_done(&rig, round * 10);
    }
    CHECK_EQ(rig.statuses[INIA_OK], 200);
    rig_end(&rig);
}

TEST(the_descriptor_asked_for_late_still_tells_of_what_went_on_before)
{
    struct rig rig;
    rig_begin(&rig);
    for (int i = 0; i < 10; i++)
        rig_get(&rig, "size-100");
    inia_call *none[1];
    CHECK_EQ(inia_wait(rig.engine, none, 0, 0), 0);
    rig_poll_until_done(&rig, 10);
    rig_end(&rig);
}

TEST(the_descriptor_tells_of_deadlines)
{
    struct rig rig;
    rig_begin(&rig);
    inia_fd(rig.engine);
    for (uint32_t i = 0; i < 10; i++)
        CHECK(rig_submit(&rig, "GetObject", "never", &(inia_request){.deadline_ms = 20 + 10 * i}));
    uint64_t started = monotonic_ns();
    rig_poll_until_done(&rig, 10);
    CHECK_EQ(rig.statuses[INIA_TIMED_OUT], 10);
    CHECK(monotonic_ns() - started >= 100 * 1000000u);
    rig_end(&rig);
}

TEST(the_descriptor_falls_silent_when_there_is_nothing_to_do)
{
    struct rig rig;
    rig_begin(&rig);
    rig_get(&rig, "size-100");
    rig_poll_until_done(&rig, 1);
    int spurious = 0;
    while (rig_poll(&rig, 50))
        CHECK(++spurious < 20);
    rig_end(&rig);
}

TEST(finished_calls_left_behind_keep_the_descriptor_readable)
{
    struct rig rig;
    rig_begin(&rig);
    int fd = inia_fd(rig.engine);
    inia_request bad = {0};
    for (int i = 0; i < 3; i++)
        CHECK(inia_submit(rig.s3, &bad) != NULL);
    for (int i = 0; i < 3; i++) {
        struct pollfd watched = {.fd = fd, .events = POLLIN};
        CHECK_EQ(poll(&watched, 1, 1000), 1);
        inia_call *call;
        CHECK_EQ(inia_wait(rig.engine, &call, 1, 0), 1);
        CHECK_EQ(call->status, INIA_BAD_REQUEST);
        inia_release(call);
    }
    rig_end(&rig);
}

TEST(cancels_from_outside_reach_the_kernel_by_the_descriptor_alone)
{
    struct rig rig;
    rig_begin(&rig);
    inia_fd(rig.engine);
    inia_call *calls[10];
    for (int i = 0; i < 10; i++)
        calls[i] = rig_get(&rig, "never");
    while (atomic_load(&rig.server->requests) < 10)
        rig_poll(&rig, 20);
    while (rig_poll(&rig, 20))
        ;
    for (int i = 0; i < 10; i++)
        inia_cancel(calls[i]);
    rig_poll_until_done(&rig, 10);
    CHECK_EQ(rig.statuses[INIA_CANCELLED], 10);
    rig_end(&rig);
}

static inia_call *to_cancel;

static void cancel_the_other(inia_call *call)
{
    inia_cancel(to_cancel);
    inia_release(call);
}

TEST(what_a_callback_starts_reaches_the_kernel_by_the_descriptor_alone)
{
    struct rig rig;
    rig_begin(&rig);
    inia_fd(rig.engine);
    to_cancel = rig_get(&rig, "never");
    while (atomic_load(&rig.server->requests) < 1)
        rig_poll(&rig, 20);
    CHECK(rig_submit(&rig, "GetObject", "after-30", &(inia_request){.on_done = cancel_the_other}));
    rig_poll_until_done(&rig, 1);
    CHECK_EQ(rig.statuses[INIA_CANCELLED], 1);
    rig_end(&rig);
}

/* ---- Streams that pause ------------------------------------------------------------------ */

struct pausing {
    size_t moved;
    int pauses;
    bool go;
};

static ssize_t read_after_pause(void *arg, void *buffer, size_t capacity)
{
    struct pausing *pausing = arg;
    if (!pausing->go) {
        pausing->pauses++;
        return INIA_PAUSE;
    }
    pausing->go = false;
    size_t size = capacity < 1000 ? capacity : 1000;
    memset(buffer, 'x', size);
    pausing->moved += size;
    return (ssize_t)size;
}

static ssize_t write_after_pause(void *arg, const void *bytes, size_t size)
{
    struct pausing *pausing = arg;
    (void)bytes;
    if (!pausing->go) {
        pausing->pauses++;
        return INIA_PAUSE;
    }
    pausing->go = false;
    pausing->moved += size;
    return (ssize_t)size;
}

static void go_on_until_done(struct rig *rig, inia_call *call, struct pausing *pausing)
{
    while (rig->done < 1) {
        if (rig_poll(rig, 10))
            continue;
        size_t before = pausing->moved;
        int pauses = pausing->pauses;
        pausing->go = true;
        inia_resume(call);
        CHECK_EQ(pausing->moved, before); /* callbacks run in inia_wait() and nowhere else */
        CHECK_EQ(pausing->pauses, pauses);
        CHECK(rig_poll(rig, 1000));
    }
}

TEST(a_paused_source_resumed_from_outside_goes_on_in_the_next_wait)
{
    struct rig rig;
    rig_begin(&rig);
    inia_fd(rig.engine);
    struct pausing pausing = {0};
    inia_request put = {.body = inia_from_stream(read_after_pause, NULL, &pausing, 5000)};
    inia_call *call = rig_submit(&rig, "PutObject", "k", &put);
    go_on_until_done(&rig, call, &pausing);
    CHECK_EQ(rig.statuses[INIA_OK], 1);
    CHECK_EQ(pausing.moved, 5000);
    CHECK_EQ(atomic_load(&rig.server->put_bytes), 5000);
    rig_end(&rig);
}

TEST(a_paused_sink_resumed_from_outside_goes_on_in_the_next_wait)
{
    struct rig rig;
    rig_begin(&rig);
    inia_fd(rig.engine);
    struct pausing pausing = {0};
    inia_request get = {.into = inia_to_stream(write_after_pause, &pausing)};
    inia_call *call = rig_submit(&rig, "GetObject", "size-100000", &get);
    go_on_until_done(&rig, call, &pausing);
    CHECK_EQ(rig.statuses[INIA_OK], 1);
    CHECK_EQ(pausing.moved, 100000);
    rig_end(&rig);
}

/* ---- Waking -------------------------------------------------------------------------------- */

static void *wake_after_20_ms(void *arg)
{
    usleep(20000);
    inia_wake(arg);
    return NULL;
}

TEST(another_thread_wakes_a_wait_without_limit)
{
    struct rig rig;
    rig_begin(&rig);
    rig_get(&rig, "never");
    pthread_t thread;
    pthread_create(&thread, NULL, wake_after_20_ms, rig.engine);
    inia_call *call;
    CHECK_EQ(inia_wait(rig.engine, &call, 1, -1), 0);
    pthread_join(thread, NULL);
    rig_end(&rig);
}

TEST(a_wake_sticks_until_the_next_wait_and_no_longer)
{
    struct rig rig;
    rig_begin(&rig);
    inia_call *call;
    inia_wake(rig.engine);
    inia_wake(rig.engine);
    uint64_t started = monotonic_ns();
    CHECK_EQ(inia_wait(rig.engine, &call, 1, 5000), 0);
    CHECK(monotonic_ns() - started < 4000 * 1000000ull);
    started = monotonic_ns();
    CHECK_EQ(inia_wait(rig.engine, &call, 1, 50), 0);
    CHECK(monotonic_ns() - started >= 49 * 1000000ull);
    inia_wake(rig.engine);
    CHECK_EQ(inia_wait(rig.engine, &call, 1, 0), 0);
    rig_get(&rig, "after-20");
    CHECK_EQ(inia_wait(rig.engine, &call, 1, -1), 1);
    rig_end(&rig);
}

TEST(a_wake_makes_the_descriptor_readable)
{
    struct rig rig;
    rig_begin(&rig);
    inia_fd(rig.engine);
    while (rig_poll(&rig, 20))
        ;
    inia_wake(rig.engine);
    CHECK(rig_poll(&rig, 1000));
    pthread_t thread;
    pthread_create(&thread, NULL, wake_after_20_ms, rig.engine);
    CHECK(rig_poll(&rig, 1000));
    pthread_join(thread, NULL);
    rig_end(&rig);
}

static inia_engine *signalled_engine;
static volatile sig_atomic_t signals_seen;

static void on_signal(int number)
{
    (void)number;
    int before = errno;
    signals_seen = signals_seen + 1;
    inia_wake(signalled_engine);
    if (errno != before)
        abort();
}

static void *signal_after_20_ms(void *arg)
{
    usleep(20000);
    pthread_kill(*(pthread_t *)arg, SIGUSR1);
    return NULL;
}

TEST(a_signal_handler_may_wake_the_engine_whether_it_waits_or_not)
{
    struct rig rig;
    rig_begin(&rig);
    signalled_engine = rig.engine;
    signals_seen = 0;
    struct sigaction action = {.sa_handler = on_signal}, old;
    sigaction(SIGUSR1, &action, &old);
    inia_call *call;
    raise(SIGUSR1);
    CHECK_EQ(inia_wait(rig.engine, &call, 1, -1), 0);
    pthread_t self = pthread_self(), thread;
    pthread_create(&thread, NULL, signal_after_20_ms, &self);
    while (signals_seen < 2)
        CHECK_EQ(inia_wait(rig.engine, &call, 1, -1), 0);
    pthread_join(thread, NULL);
    sigaction(SIGUSR1, &old, NULL);
    rig_end(&rig);
}

TEST(a_signal_without_a_wake_does_not_end_a_wait)
{
    struct rig rig;
    rig_begin(&rig);
    struct sigaction action = {.sa_handler = SIG_IGN}, old;
    sigaction(SIGUSR1, &action, &old);
    inia_call *call;
    pthread_t self = pthread_self(), thread;
    pthread_create(&thread, NULL, signal_after_20_ms, &self);
    uint64_t started = monotonic_ns();
    CHECK_EQ(inia_wait(rig.engine, &call, 1, 60), 0);
    CHECK(monotonic_ns() - started >= 59 * 1000000ull);
    pthread_join(thread, NULL);
    sigaction(SIGUSR1, &old, NULL);
    rig_end(&rig);
}

/* ---- Messages -------------------------------------------------------------------------------- */

struct note {
    inia_message message; /* first */
    int number;
};

enum { NOTES = 300, NOTERS = 4 };

static struct note notes[NOTERS][NOTES];
static int last_of[NOTERS];
static int notes_run;
static pthread_t notes_thread;
static bool notes_in_order;

static void run_note(inia_engine *engine, inia_message *message)
{
    struct note *note = (struct note *)message;
    int writer = note->number / NOTES, number = note->number % NOTES;
    (void)engine;
    notes_in_order = notes_in_order && number == last_of[writer] + 1 &&
                     pthread_equal(pthread_self(), notes_thread);
    last_of[writer] = number;
    notes_run++;
}

struct noter {
    inia_engine *engine;
    int number;
};

static void *post_notes(void *arg)
{
    struct noter *noter = arg;
    for (int i = 0; i < NOTES; i++) {
        struct note *note = &notes[noter->number][i];
        *note = (struct note){{run_note, NULL}, noter->number * NOTES + i};
        inia_post(noter->engine, &note->message);
        if (i % 50 == 0)
            usleep(100);
    }
    return NULL;
}

static void post_from_threads(struct rig *rig, bool by_descriptor)
{
    struct noter noters[NOTERS];
    pthread_t threads[NOTERS];
    notes_run = 0;
    notes_thread = pthread_self();
    notes_in_order = true;
    for (int i = 0; i < NOTERS; i++) {
        last_of[i] = -1;
        noters[i] = (struct noter){rig->engine, i};
        pthread_create(&threads[i], NULL, post_notes, &noters[i]);
    }
    while (notes_run < NOTERS * NOTES) {
        if (by_descriptor)
            CHECK(rig_poll(rig, RIG_PATIENCE_MS));
        else
            CHECK_EQ(inia_wait(rig->engine, NULL, 0, -1), 0);
    }
    for (int i = 0; i < NOTERS; i++)
        pthread_join(threads[i], NULL);
    CHECK_EQ(notes_run, NOTERS * NOTES);
    CHECK(notes_in_order);
}

TEST(messages_of_each_thread_run_in_its_order_on_the_engines_thread)
{
    struct rig rig;
    rig_begin(&rig);
    for (int i = 0; i < 10; i++)
        post_from_threads(&rig, false);
    rig_end(&rig);
}

TEST(messages_of_other_threads_make_the_descriptor_readable)
{
    struct rig rig;
    rig_begin(&rig);
    inia_fd(rig.engine);
    for (int i = 0; i < 10; i++)
        post_from_threads(&rig, true);
    rig_end(&rig);
}

struct again {
    inia_message message; /* first */
    struct rig *rig;
    int left;
};

static void run_again(inia_engine *engine, inia_message *message)
{
    struct again *again = (struct again *)message;
    rig_submit(again->rig, "GetObject", "size-10", NULL);
    if (again->left-- > 0)
        inia_post(engine, message);
}

TEST(a_message_may_post_itself_again_and_submit_calls)
{
    struct rig rig;
    rig_begin(&rig);
    inia_fd(rig.engine);
    struct again again = {{run_again, NULL}, &rig, 9};
    inia_post(rig.engine, &again.message);
    rig_poll_until_done(&rig, 10);
    again.left = 9;
    inia_post(rig.engine, &again.message);
    rig_finish(&rig, 10);
    CHECK_EQ(rig.statuses[INIA_OK], 20);
    rig_end(&rig);
}

static void release_and_count(inia_call *call)
{
    ++*(int *)call->user_data;
    inia_release(call);
}

TEST(callbacks_are_run_though_calls_for_the_array_finished_before_them)
{
    struct rig rig;
    rig_begin(&rig);
    int ran = 0;
    inia_request bad = {0};
    inia_request with_callback = {.on_done = release_and_count, .user_data = &ran};
    CHECK(inia_submit(rig.s3, &bad) && inia_submit(rig.s3, &with_callback));
    CHECK_EQ(inia_wait(rig.engine, NULL, 0, 1000), 0);
    CHECK_EQ(ran, 1);
    CHECK_EQ(inia_pending(rig.engine), 1);
    uint64_t started = monotonic_ns();
    CHECK_EQ(inia_wait(rig.engine, NULL, 0, 60000), 0); /* one has finished: no time is spent */
    CHECK(monotonic_ns() - started < 30000 * 1000000ull);
    rig_finish(&rig, 1);
    rig_end(&rig);
}
