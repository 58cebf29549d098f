#include "retry/retry.h"

#include "test.h"

#include <stdio.h>

static const uint64_t ms = 1000000;

/* A server with so many workers, each of which answers after SERVICE_MS: calls beyond them wait.
 * The callers are as many as there are and call again at once. */
enum { SERVICE_MS = 10, MOST_INSIDE = 4096 };

struct model {
    struct retry_limit limit;
    uint64_t now_ns;
    uint32_t callers, workers, refuses_above;
    struct {
        uint64_t sent_ns, due_ns;
        bool refused;
    } calls[MOST_INSIDE];
    uint32_t count;
    uint64_t worker_free_ns[512];
    uint64_t answered, refused;
    bool waits_for_connections; /* the workers are connections */
    double busy;                /* share of the time that we need a CPU */
    uint64_t cpu_ns;
};

static void send(struct model *model)
{
    while (model->count < model->callers && retry_limit_take(&model->limit)) {
        uint32_t first = 0;
        bool refused = model->refuses_above && model->count >= model->refuses_above;
        for (uint32_t i = 1; i < model->workers; i++) {
            if (model->worker_free_ns[i] < model->worker_free_ns[first])
                first = i;
        }
        uint64_t start = model->worker_free_ns[first];
        start = start > model->now_ns ? start : model->now_ns;
        if (!refused)
            model->worker_free_ns[first] = start + SERVICE_MS * ms;
        model->calls[model->count].sent_ns = model->now_ns;
        model->calls[model->count].due_ns = refused ? model->now_ns + ms : start + SERVICE_MS * ms;
        model->calls[model->count++].refused = refused;
    }
}

static void receive(struct model *model)
{
    for (uint32_t i = 0; i < model->count;) {
        if (model->calls[i].due_ns > model->now_ns) {
            i++;
            continue;
        }
        retry_limit_give(&model->limit);
        struct retry_answer answer = {
            .took_ns = model->now_ns - model->calls[i].sent_ns,
            .waited_ns = model->waits_for_connections
                             ? model->now_ns - model->calls[i].sent_ns - SERVICE_MS * ms
                             : 0,
            .refused = model->calls[i].refused};
        if (retry_limit_answered(&model->limit, &answer, model->now_ns))
            retry_limit_step(&model->limit, model->now_ns, model->cpu_ns);
        model->answered += !model->calls[i].refused;
        model->refused += model->calls[i].refused;
        model->calls[i] = model->calls[--model->count];
    }
}

static void run(struct model *model, uint64_t duration_ms)
{
    model->answered = model->refused = 0;
    for (uint64_t end = model->now_ns + duration_ms * ms; model->now_ns < end;) {
        send(model);
        model->now_ns += ms;
        model->cpu_ns += (uint64_t)(model->busy * (double)ms);
        receive(model);
    }
}

static struct model model;

static void begin(uint32_t callers, uint32_t workers)
{
    model = (struct model){.callers = callers, .workers = workers, .now_ns = 1000 * ms};
    retry_limit_init(&model.limit, model.now_ns, 0);
}

TEST(the_limit_grows_until_the_server_is_busy_and_not_much_beyond)
{
    begin(4000, 200);
    run(&model, 20000);
    run(&model, 2000);
    printf("200 workers: %.0f at once\n", model.limit.limit);
    CHECK(model.answered >= 200 * 2000 / SERVICE_MS * 95 / 100);
    CHECK(model.limit.limit >= 200 && model.limit.limit < 600);
    CHECK_EQ(model.limit.by, RETRY_LIMITED_BY_SERVER);
}

TEST(a_server_that_loses_workers_gets_fewer_calls_at_once)
{
    begin(4000, 200);
    run(&model, 20000);
    double before = model.limit.limit;
    model.workers = 50;
    run(&model, 20000);
    printf("50 workers: %.0f at once\n", model.limit.limit);
    CHECK(model.limit.limit < before / 2);
    run(&model, 2000);
    CHECK(model.answered >= 50 * 2000 / SERVICE_MS * 95 / 100);
}

TEST(what_demand_does_not_reach_stays_as_it_is)
{
    begin(10, 200);
    run(&model, 5000);
    CHECK_EQ(model.limit.by, RETRY_LIMITED_BY_DEMAND);
    CHECK(model.limit.limit < 20);
    model.callers = 4000;
    run(&model, 20000);
    CHECK(model.limit.limit >= 200);
}

TEST(a_server_that_refuses_is_asked_less)
{
    begin(4000, 400);
    model.refuses_above = 100;
    run(&model, 10000);
    run(&model, 5000);
    printf("refuses above 100: %.0f at once\n", model.limit.limit);
    CHECK(model.limit.limit < 160);
    CHECK(model.refused * 4 < model.answered);
    CHECK(model.answered >= 80 * 5000 / SERVICE_MS);
}

TEST(where_calls_wait_for_connections_that_is_said)
{
    begin(4000, 50);
    model.waits_for_connections = true;
    run(&model, 20000);
    CHECK_EQ(model.limit.by, RETRY_LIMITED_BY_CONNECTIONS);
}

TEST(a_thread_that_is_hardly_ever_idle_is_what_limits_unless_calls_are_refused)
{
    static const uint32_t callers[] = {4000, 10};
    for (size_t i = 0; i < COUNT_OF(callers); i++) {
        begin(callers[i], 200);
        model.busy = 0.97;
        run(&model, 5000);
        CHECK_EQ(model.limit.by, RETRY_LIMITED_BY_CPU);
        model.busy = 0.6;
        run(&model, 5000);
        CHECK(model.limit.by != RETRY_LIMITED_BY_CPU);
    }
}

TEST(a_thread_that_is_busy_with_what_is_refused_is_limited_by_the_server)
{
    struct retry_limit limit;
    uint64_t now_ns = 0;
    retry_limit_init(&limit, now_ns, 0);
    for (int i = 0; i < 1000; i++) {
        struct retry_answer answer = {.took_ns = ms, .refused = i % 10 == 0};
        if (retry_limit_answered(&limit, &answer, now_ns += ms))
            retry_limit_step(&limit, now_ns, now_ns);
    }
    CHECK_EQ(limit.by, RETRY_LIMITED_BY_SERVER);
}
