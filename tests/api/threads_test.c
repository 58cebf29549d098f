/* Other threads: requests handed off to a full engine, and engines each in a thread of its own. */
#include "rig.h"

enum { WORKERS = 4, EACH = 500 };

static inia_handoff handoffs[WORKERS][EACH];
static int done_times[WORKERS][EACH];
static int done_in_all, done_well, done_elsewhere;
static pthread_t engine_thread;

struct worker {
    const inia_param *params;
    inia_client *client;
    const inia_operation *operation;
    int number;
};

static void handed_off_done(inia_call *call)
{
    ++*(int *)call->user_data;
    done_in_all++;
    done_well += call->status == INIA_OK;
    done_elsewhere += !pthread_equal(pthread_self(), engine_thread);
    inia_release(call);
}

static void *hand_off(void *arg)
{
    struct worker *worker = arg;
    for (int i = 0; i < EACH; i++) {
        inia_handoff *handoff = &handoffs[worker->number][i];
        *handoff = (inia_handoff){
            .client = worker->client,
            .request = {
                .operation = worker->operation,
                .params = worker->params,
                .on_done = handed_off_done,
                .user_data = &done_times[worker->number][i],
            }};
        inia_hand_off(handoff);
        if (i % 100 == 99)
            usleep(500);
    }
    return NULL;
}

static void hand_off_from_threads(uint32_t max_calls, bool by_descriptor)
{
    struct rig rig;
    rig_begin_with(
        &rig, &(inia_engine_config){.max_calls = max_calls, .max_connections = 16},
        (inia_client_config){0});
    if (by_descriptor)
        inia_fd(rig.engine);
    static const inia_param params[] = {{"Bucket", "b"}, {"Key", "size-100"}, {0}};
    struct worker workers[WORKERS];
    pthread_t threads[WORKERS];
    memset(done_times, 0, sizeof done_times);
    done_in_all = done_well = done_elsewhere = 0;
    engine_thread = pthread_self();
    for (int i = 0; i < WORKERS; i++) {
        workers[i] = (struct worker){params, rig.s3, rig_operation(&rig, "GetObject"), i};
        pthread_create(&threads[i], NULL, hand_off, &workers[i]);
    }
    while (done_in_all < WORKERS * EACH) {
        if (by_descriptor)
            CHECK(rig_poll(&rig, RIG_PATIENCE_MS));
        else
            CHECK_EQ(inia_wait(rig.engine, NULL, 0, RIG_PATIENCE_MS), 0);
    }
    for (int i = 0; i < WORKERS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < WORKERS; i++) {
        for (int j = 0; j < EACH; j++)
            CHECK_EQ(done_times[i][j], 1);
    }
    CHECK_EQ(done_well, WORKERS * EACH);
    CHECK_EQ(done_elsewhere, 0);
    CHECK_EQ(inia_pending(rig.engine), 0);
    inia_stats stats;
    inia_engine_stats(rig.engine, &stats);
    CHECK_EQ(stats.calls_finished, WORKERS * EACH);
    rig_end(&rig);
}

TEST(requests_handed_off_to_a_full_engine_are_each_done_once_on_its_thread)
{
    hand_off_from_threads(7, false);
}

TEST(requests_handed_off_are_done_when_only_looked_at_as_the_descriptor_says)
{
    hand_off_from_threads(5, true);
    hand_off_from_threads(0, true);
}

TEST(requests_of_one_thread_start_in_the_order_they_were_handed_off)
{
    struct rig rig;
    rig_begin_with(
        &rig, &(inia_engine_config){.max_calls = 2, .max_connections = 1}, (inia_client_config){0});
    static const inia_param params[] = {{"Bucket", "b"}, {"Key", "size-1"}, {0}};
    struct worker worker = {params, rig.s3, rig_operation(&rig, "GetObject"), 0};
    memset(done_times, 0, sizeof done_times);
    done_in_all = 0;
    pthread_t thread;
    pthread_create(&thread, NULL, hand_off, &worker);
    for (int all = 0; all < EACH; all = done_in_all) {
        CHECK_EQ(inia_wait(rig.engine, NULL, 0, RIG_PATIENCE_MS), 0);
        for (int i = done_in_all; i < EACH; i++)
            CHECK_EQ(done_times[0][i], 0);
    }
    pthread_join(thread, NULL);
    rig_end(&rig);
}

/* ---- Engines side by side -------------------------------------------------------------------- */

enum { ENGINES = 4, CALLS = 150 };

struct own_engine {
    const char *url;
    int rounds;
    size_t well, other;
    bool made;
};

static inia_client *client_for(inia_engine *engine, const char *url)
{
    inia_credentials credentials = {"AKID", "secret", NULL, 0};
    inia_client_config config = {
        .service = "s3", .region = "us-east-1", .endpoint_url = url, .credentials = &credentials};
    return inia_client_new(engine, &config, NULL);
}

static void run_calls(struct own_engine *own, inia_engine *engine, inia_client *s3)
{
    const inia_operation *get = inia_find_operation(s3, "GetObject", NULL);
    inia_param params[] = {{"Bucket", "b"}, {"Key", "size-2000"}, {0}};
    inia_request request = {.operation = get, .params = params};
    for (int i = 0; i < CALLS; i++) {
        if (!inia_submit(s3, &request))
            return;
    }
    while (inia_pending(engine)) {
        inia_call *done[8];
        size_t count = inia_wait(engine, done, 8, RIG_PATIENCE_MS);
        for (size_t i = 0; i < count; i++) {
            bool well = done[i]->status == INIA_OK && done[i]->body_size == 2000;
            own->well += well;
            own->other += !well;
            inia_release(done[i]);
        }
    }
}

static void *run_own_engine(void *arg)
{
    struct own_engine *own = arg;
    for (int round = 0; round < own->rounds; round++) {
        inia_engine *engine = inia_engine_new(
            &(inia_engine_config){.max_connections = 8, .max_memory = 32 << 20}, NULL);
        inia_client *s3 = client_for(engine, own->url);
        own->made = s3 != NULL;
        if (own->made)
            run_calls(own, engine, s3);
        inia_engine_free(engine);
    }
    return NULL;
}

TEST(engines_in_several_threads_do_not_know_of_each_other)
{
    static struct server server;
    server_start(&server);
    char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%u", server.port);
    struct own_engine engines[ENGINES];
    pthread_t threads[ENGINES];
    for (int i = 0; i < ENGINES; i++) {
        engines[i] = (struct own_engine){.url = url, .rounds = 2};
        pthread_create(&threads[i], NULL, run_own_engine, &engines[i]);
    }
    for (int i = 0; i < ENGINES; i++)
        pthread_join(threads[i], NULL);
    server_stop(&server);
    for (int i = 0; i < ENGINES; i++) {
        CHECK(engines[i].made);
        CHECK_EQ(engines[i].well, 2 * CALLS);
        CHECK_EQ(engines[i].other, 0);
    }
}
