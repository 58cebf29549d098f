/*
 * Design notes. The loop knows no clock but the one it reads once for each batch of answers: all
 * latencies come from the calls' own attempts. In the closed loop the next request is submitted
 * where an answer is counted. In the open loop an arrival is due at a time that does not depend on
 * any answer; the loop sleeps until then in ppoll, because inia_wait() counts in milliseconds.
 */
#include "bench_runner.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>

enum {
    BATCH = 256,            /* answers taken at a time */
    CALL_MEMORY = 64 << 10, /* of the engine's budget, for each request in flight */
    LEAST_MEMORY = 256 << 20,
    LEAST_BODY = 16 << 20,
    HUGE_PAGE = 2 << 20,
    LOOK_EVERY_MS = 100,
    LAST_ANSWERS_MS = 10000, /* how long to wait for what is in flight at the end */
};
static const uint64_t SECOND_NS = 1000000000;

static void write_log(void *arg, int level, const char *line)
{
    (void)arg, (void)level;
    fprintf(stderr, "inia bench: %s\n", line);
}

static bool open_engine(struct bench_runner *runner, inia_error *error)
{
    const struct bench_options *options = runner->options;
    size_t body = options->sink_memory ? 0 : options->size;
    size_t memory = (size_t)options->in_flight * (body + CALL_MEMORY);
    inia_engine_config config = {
        .max_calls = options->in_flight + BATCH,
        .max_connections = options->connections,
        .max_memory = memory > LEAST_MEMORY ? memory : LEAST_MEMORY,
        .max_body = options->size > LEAST_BODY ? options->size : LEAST_BODY,
        .batch_us = options->batch_us,
        .log = write_log,
        .log_level = options->debug ? 7 : 4,
    };
    runner->engine = inia_engine_new(&config, error);
    runner->client = inia_client_new(runner->engine, &options->client, error);
    return runner->client != NULL;
}

static bool find_operations(struct bench_runner *runner, inia_error *error)
{
    for (int action = 0; action < BENCH_ACTIONS; action++) {
        if (!bench_workload_uses(runner->job->workload, (enum bench_action)action))
            continue;
        runner->operations[action] = inia_find_operation(
            runner->client, bench_action_operation((enum bench_action)action), error);
        if (!runner->operations[action])
            return false;
    }
    return true;
}

/* Bodies are received into the same pages again and again: fresh ones cost more than the transfer.
 */
static bool map_memory(struct bench_runner *runner)
{
    if (!runner->options->sink_memory)
        return true;
    size_t slot = ((size_t)runner->options->size + 4095) & ~(size_t)4095;
    size_t size = slot * runner->options->in_flight + HUGE_PAGE;
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return false;
    madvise(memory, size, MADV_HUGEPAGE);
    memset(memory, 0, size);
    runner->memory = memory;
    runner->memory_size = size;
    runner->slot_memory = slot;
    return true;
}

static bool make_slots(struct bench_runner *runner)
{
    uint32_t count = runner->options->in_flight;
    runner->slots = calloc(count, sizeof *runner->slots);
    if (!runner->slots || !map_memory(runner))
        return false;
    char *aligned = runner->memory;
    if (aligned)
        aligned += (HUGE_PAGE - (uintptr_t)aligned % HUGE_PAGE) % HUGE_PAGE;
    for (uint32_t i = count; i-- > 0;) {
        struct bench_slot *slot = &runner->slots[i];
        slot->memory = aligned ? aligned + i * runner->slot_memory : NULL;
        slot->next = runner->free_slots;
        runner->free_slots = slot;
    }
    return true;
}

bool bench_runner_open(struct bench_runner *runner)
{
    inia_error error = {0};
    if (!open_engine(runner, &error) || !find_operations(runner, &error)) {
        snprintf(runner->failure, sizeof runner->failure, "%s", error.detail);
        return false;
    }
    if (!make_slots(runner)) {
        snprintf(
            runner->failure, sizeof runner->failure, "no memory for %u bodies of %llu bytes",
            runner->options->in_flight, (unsigned long long)runner->options->size);
        return false;
    }
    if (runner->options->rate > 0) {
        runner->interval_ns = (double)SECOND_NS * runner->options->cores / runner->options->rate;
        runner->next_arrival_ns = runner->interval_ns * runner->number / runner->options->cores;
    }
    return true;
}

static bool submit(struct bench_runner *runner, uint64_t late_ns)
{
    struct bench_slot *slot = runner->free_slots;
    inia_param params[BENCH_MAX_PARAMS + 1];
    slot->action = bench_workload_action(runner->job->workload, runner->serial);
    inia_request request = {
        .operation = runner->operations[slot->action],
        .deadline_ms = runner->options->deadline_ms,
        .user_data = slot,
    };
    bench_job_fill(runner->job, runner->serial, &request, params);
    if (slot->memory && slot->action == BENCH_GET)
        request.into = inia_to_memory(slot->memory, runner->slot_memory);
    if (!inia_submit(runner->client, &request))
        return false;
    runner->free_slots = slot->next;
    slot->late_ns = late_ns;
    runner->serial++;
    runner->in_flight++;
    if (runner->in_flight > runner->most_in_flight)
        runner->most_in_flight = runner->in_flight;
    return true;
}

static uint64_t received_into_memory(const inia_call *call)
{
    const char *length = inia_get_header(call, "content-length");
    return length ? strtoull(length, NULL, 10) : 0;
}

static void take(struct bench_runner *runner, inia_call *call)
{
    struct bench_slot *slot = call->user_data;
    uint64_t bytes = slot->memory && slot->action == BENCH_GET && call->status == INIA_OK
                         ? received_into_memory(call)
                         : bench_job_payload(runner->job, slot->action, call);
    if (runner->measuring)
        bench_tally_count(&runner->tally, call, bytes, slot->late_ns);
    if (runner->options->client.adaptive_concurrency && call->attempt_count)
        bench_histogram_record(
            &runner->lately, slot->late_ns + call->attempts[call->attempt_count - 1].ended_ns);
    if (call->status != INIA_OK)
        atomic_fetch_add_explicit(&runner->failures, 1, memory_order_relaxed);
    inia_release(call);
    slot->next = runner->free_slots;
    runner->free_slots = slot;
    runner->in_flight--;
}

static size_t take_answers(struct bench_runner *runner, int timeout_ms)
{
    inia_call *done[BATCH];
    size_t count = inia_wait(runner->engine, done, BATCH, timeout_ms);
    for (size_t i = 0; i < count; i++)
        take(runner, done[i]);
    if (count)
        atomic_fetch_add_explicit(&runner->answered, count, memory_order_relaxed);
    return count;
}

static void submit_while_free(struct bench_runner *runner)
{
    while (runner->free_slots && submit(runner, 0))
        ;
}

/* All that are due; those that find no room are missed, and their time is gone. */
static void submit_due(struct bench_runner *runner, double now_ns)
{
    while (runner->next_arrival_ns <= now_ns) {
        uint64_t late_ns = (uint64_t)(now_ns - runner->next_arrival_ns);
        bool went = runner->free_slots && submit(runner, late_ns);
        if (!went && runner->measuring)
            runner->tally.missed++;
        runner->next_arrival_ns += runner->interval_ns;
    }
}

static void wait_for_arrival(struct bench_runner *runner, double now_ns, uint64_t until_ns)
{
    double sleep_ns = runner->next_arrival_ns - now_ns;
    if (sleep_ns > (double)until_ns - now_ns)
        sleep_ns = (double)until_ns - now_ns;
    if (sleep_ns < 0)
        sleep_ns = 0;
    uint64_t whole_ns = (uint64_t)sleep_ns;
    struct timespec timeout = {(time_t)(whole_ns / SECOND_NS), (long)(whole_ns % SECOND_NS)};
    struct pollfd ready = {.fd = inia_fd(runner->engine), .events = POLLIN};
    ppoll(&ready, 1, &timeout, NULL);
}

static bool is_stopped(const struct bench_runner *runner)
{
    return atomic_load_explicit(&runner->stop, memory_order_relaxed);
}

/* Until until_ns after origin_ns, or until it is stopped. */
static void turn_until(struct bench_runner *runner, uint64_t origin_ns, uint64_t until_ns)
{
    uint64_t now_ns = bench_now_ns() - origin_ns;
    while (now_ns < until_ns && !is_stopped(runner)) {
        if (runner->interval_ns > 0) {
            submit_due(runner, (double)now_ns);
            if (take_answers(runner, 0) == 0)
                wait_for_arrival(runner, (double)(bench_now_ns() - origin_ns), until_ns);
        } else {
            submit_while_free(runner);
            uint64_t left_ms = (until_ns - now_ns) / 1000000;
            take_answers(runner, left_ms < LOOK_EVERY_MS ? (int)left_ms : LOOK_EVERY_MS);
        }
        now_ns = bench_now_ns() - origin_ns;
    }
}

static void tell(struct bench_runner *runner)
{
    if (runner->metrics) {
        inia_stats stats;
        inia_engine_stats(runner->engine, &stats);
        bench_metrics_put(
            runner->metrics, runner->number, &stats, &runner->tally.stages[BENCH_TOTAL]);
    }
    inia_client_load(runner->client, &runner->load);
    if (runner->progress)
        runner->progress(runner);
    bench_histogram_clear(&runner->lately);
}

/* The same, telling of progress at each full second. */
static void run_until(struct bench_runner *runner, uint64_t origin_ns, uint64_t until_ns)
{
    uint64_t now_ns = bench_now_ns() - origin_ns;
    while (now_ns < until_ns && !is_stopped(runner)) {
        uint64_t second_ns = (now_ns / SECOND_NS + 1) * SECOND_NS;
        turn_until(runner, origin_ns, second_ns < until_ns ? second_ns : until_ns);
        now_ns = bench_now_ns() - origin_ns;
        if (now_ns >= second_ns)
            tell(runner);
    }
}

static void take_the_rest(struct bench_runner *runner)
{
    uint64_t start_ns = bench_now_ns();
    while (runner->in_flight && bench_now_ns() - start_ns < LAST_ANSWERS_MS * 1000000ull)
        take_answers(runner, LOOK_EVERY_MS);
    runner->lost = runner->in_flight;
}

void bench_runner_run(struct bench_runner *runner)
{
    uint64_t warmup_ns = runner->options->warmup_ms * 1000000ull;
    uint64_t duration_ns = runner->options->duration_ms * 1000000ull;
    prctl(PR_SET_TIMERSLACK, 1ul);
    runner->ready = bench_usage_now();
    uint64_t origin_ns = bench_now_ns();
    run_until(runner, origin_ns, warmup_ns);
    runner->start = bench_usage_now();
    inia_engine_stats(runner->engine, &runner->stats_start);
    runner->measuring = true;
    run_until(runner, origin_ns, warmup_ns + duration_ns);
    runner->measuring = false;
    inia_client_load(runner->client, &runner->load);
    inia_engine_stats(runner->engine, &runner->stats_end);
    runner->end = bench_usage_now();
    runner->stopped_early = is_stopped(runner);
    take_the_rest(runner);
    inia_engine_stats(runner->engine, &runner->stats_last);
}

void bench_runner_close(struct bench_runner *runner)
{
    inia_engine_free(runner->engine);
    runner->engine = NULL;
    free(runner->slots);
    runner->slots = NULL;
    if (runner->memory)
        munmap(runner->memory, runner->memory_size);
    runner->memory = NULL;
}

void bench_runner_stop(struct bench_runner *runner)
{
    atomic_store_explicit(&runner->stop, true, memory_order_relaxed);
    inia_wake(runner->engine);
}
