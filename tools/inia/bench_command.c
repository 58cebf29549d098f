#include "bench_options.h"
#include "bench_prepare.h"
#include "bench_report.h"
#include "bench_runner.h"
#include "command.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* All cores. The first runner runs in the main thread and tells of all of them. */
struct bench {
    struct bench_options options;
    struct bench_job job;
    struct bench_runner *runners;
    pthread_t *threads;
    _Atomic uint32_t opened;
    pthread_barrier_t all_open, all_done;
    struct bench_metrics *metrics; /* NULL: none are served */
    bool on_terminal;
    uint64_t told_ns;
    unsigned long long told_answers;
    struct bench_result result; /* large, for its histograms */
};

/* For the signal handler; set while engines are there. */
static struct bench *_Atomic running;

static void stop(int signal_number)
{
    (void)signal_number;
    struct bench *bench = running;
    for (uint32_t i = 0; bench && i < bench->options.cores; i++)
        bench_runner_stop(&bench->runners[i]);
    /* A second one ends us at once. */
    signal(SIGINT, SIG_DFL);
}

static void tell_progress(struct bench_runner *runner)
{
    struct bench *bench = runner->arg;
    unsigned long long answers = 0, failures = 0;
    for (uint32_t i = 0; i < bench->options.cores; i++) {
        answers += atomic_load_explicit(&bench->runners[i].answered, memory_order_relaxed);
        failures += atomic_load_explicit(&bench->runners[i].failures, memory_order_relaxed);
    }
    char load[100] = "";
    if (bench->options.client.adaptive_concurrency)
        bench_report_load(load, sizeof load, &runner->load, &runner->lately);
    uint64_t now_ns = bench_now_ns();
    double seconds = (double)(now_ns - bench->told_ns) / 1e9;
    fprintf(
        stderr, "%s%8.0f requests/s, %llu answered, %llu failed%s%s%s",
        bench->on_terminal ? "\r" : "", (double)(answers - bench->told_answers) / seconds, answers,
        failures, load, runner->measuring ? "" : ", warming up",
        bench->on_terminal ? "      " : "\n");
    bench->told_ns = now_ns;
    bench->told_answers = answers;
}

static bool open_runner(struct bench *bench, uint32_t i)
{
    struct bench_runner *runner = &bench->runners[i];
    int cpu = bench->options.pin + (int)i;
    if (bench->options.pin >= 0 && !bench_pin(cpu)) {
        snprintf(runner->failure, sizeof runner->failure, "cannot run on CPU %d", cpu);
        return false;
    }
    return bench_runner_open(runner);
}

/* All wait for all, so that no core measures alone; if one cannot, none does. */
static void run_one(struct bench_runner *runner)
{
    struct bench *bench = runner->arg;
    if (open_runner(bench, runner->number))
        bench->opened++;
    pthread_barrier_wait(&bench->all_open);
    bool everywhere = bench->opened == bench->options.cores;
    if (everywhere) {
        if (runner->number == 0) {
            bench->told_ns = bench_now_ns();
            running = bench;
        }
        bench_runner_run(runner);
    }
    pthread_barrier_wait(&bench->all_done);
    if (runner->number == 0)
        running = NULL;
    pthread_barrier_wait(&bench->all_done);
    bench_runner_close(runner);
}

static void *run_thread(void *arg)
{
    run_one(arg);
    return NULL;
}

static bool start_threads(struct bench *bench)
{
    uint32_t cores = bench->options.cores;
    bench->runners = calloc(cores, sizeof *bench->runners);
    bench->threads = calloc(cores, sizeof *bench->threads);
    if (!bench->runners || !bench->threads)
        return false;
    pthread_barrier_init(&bench->all_open, NULL, cores);
    pthread_barrier_init(&bench->all_done, NULL, cores);
    for (uint32_t i = 0; i < cores; i++) {
        struct bench_runner *runner = &bench->runners[i];
        runner->options = &bench->options;
        runner->job = &bench->job;
        runner->number = i;
        runner->arg = bench;
        runner->metrics = bench->metrics;
        runner->progress = i == 0 ? tell_progress : NULL;
        runner->serial = i; /* not all cores the same object at once */
    }
    for (uint32_t i = 1; i < cores; i++) {
        /* Those that wait at the barrier cannot be told that one is missing. */
        if (pthread_create(&bench->threads[i], NULL, run_thread, &bench->runners[i]) != 0) {
            fprintf(stderr, "inia bench: cannot start %u threads\n", cores);
            exit(EXIT_FAILED);
        }
    }
    return true;
}

static bool run_all(struct bench *bench)
{
    struct sigaction action = {.sa_handler = stop};
    if (!start_threads(bench)) {
        fprintf(stderr, "inia bench: no memory for %u cores\n", bench->options.cores);
        return false;
    }
    sigaction(SIGINT, &action, NULL);
    run_one(&bench->runners[0]);
    for (uint32_t i = 1; i < bench->options.cores; i++)
        pthread_join(bench->threads[i], NULL);
    for (uint32_t i = 0; i < bench->options.cores; i++) {
        if (*bench->runners[i].failure)
            fprintf(stderr, "inia bench: %s\n", bench->runners[i].failure);
    }
    return bench->opened == bench->options.cores;
}

static void sum_up(struct bench *bench)
{
    struct bench_result *result = &bench->result;
    /* Usage is the process's, so one runner's view of it is enough. */
    result->ready = bench->runners[0].ready;
    result->start = bench->runners[0].start;
    result->end = bench->runners[0].end;
    result->limited_by = bench->runners[0].load.limited_by;
    for (uint32_t i = 0; i < bench->options.cores; i++) {
        struct bench_runner *runner = &bench->runners[i];
        bench_tally_merge(&result->tally, &runner->tally);
        bench_stats_add(&result->stats, &runner->stats_start, &runner->stats_end);
        result->in_flight += runner->most_in_flight;
        result->lost += runner->lost;
        result->limit += runner->load.limit;
        result->stopped_early |= runner->stopped_early;
    }
}

static int report(struct bench *bench)
{
    sum_up(bench);
    const struct bench_tally *tally = &bench->result.tally;
    if (bench->on_terminal)
        fprintf(stderr, "\r\33[K");
    if (bench->options.as_json)
        bench_report_json(stdout, &bench->options, &bench->result);
    else
        bench_report_text(stdout, &bench->options, &bench->result);
    return tally->failed == tally->requests || bench->result.lost ? EXIT_FAILED : EXIT_GOOD;
}

int command_bench(int argc, char **argv)
{
    static struct bench bench;
    int exit_code = bench_options_read(&bench.options, argc, argv);
    if (exit_code >= 0)
        return exit_code;
    const struct bench_options *options = &bench.options;
    bench.on_terminal = isatty(STDERR_FILENO);
    bench_raise_descriptor_limit();
    exit_code = EXIT_FAILED;
    if (options->metrics_port) {
        bench.metrics = bench_metrics_new((uint16_t)options->metrics_port, options->cores);
        if (!bench.metrics)
            return exit_code;
    }
    if (!bench_job_init(
            &bench.job, options->workload, options->bucket, options->key, options->objects,
            options->size))
        fprintf(stderr, "inia bench: no memory for a body of --size\n");
    else if (bench_prepare(options, &bench.job) && run_all(&bench))
        exit_code = report(&bench);
    bench_metrics_free(bench.metrics);
    bench_job_release(&bench.job);
    free(bench.runners);
    free(bench.threads);
    return exit_code;
}
