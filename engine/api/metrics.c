#include "metrics.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

struct page {
    char *buffer;
    size_t capacity, size; /* size may be more: of all that was to be written */
};

static void add(struct page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct page *page, const char *format, ...)
{
    size_t room = page->size < page->capacity ? page->capacity - page->size : 0;
    va_list args;
    va_start(args, format);
    int written = vsnprintf(room ? page->buffer + page->size : NULL, room, format, args);
    va_end(args);
    page->size += written > 0 ? (size_t)written : 0;
}

static void begin(struct page *page, const char *name, const char *type, const char *help)
{
    add(page, "# HELP inia_%s %s\n# TYPE inia_%s %s\n", name, help, name, type);
}

static void add_plain(struct page *page, const inia_stats *stats)
{
    const struct {
        const char *name, *help;
        uint64_t value;
    } counters[] = {
        {"calls_submitted_total", "Calls accepted.", stats->calls_submitted},
        {"attempts_total", "Attempts of calls.", stats->attempts},
        {"replays_total", "Attempts on connections that the server had closed, made again.",
         stats->replays},
        {"throttled_total", "Attempts answered by throttling.", stats->throttled},
        {"waits_total", "Calls that waited for their turn where something throttles.",
         stats->waits},
        {"timeouts_total", "Attempts given up because nothing moved.", stats->timeouts},
        {"connections_opened_total", "Connections opened.", stats->connections_opened},
        {"connections_reused_total", "Attempts on a connection kept.", stats->connections_reused},
        {"handshakes_total", "TLS handshakes.", stats->handshakes},
        {"handshakes_resumed_total", "TLS handshakes that resumed a session.",
         stats->handshakes_resumed},
        {"lookups_total", "Names asked for.", stats->lookups},
        {"sent_bytes_total", "Bytes sent on sockets.", stats->bytes_sent},
        {"received_bytes_total", "Bytes received on sockets.", stats->bytes_received},
        {"kernel_entries_total", "Entries into the kernel.", stats->kernel_entries},
        {"completions_total", "Completions of io_uring.", stats->completions},
        {"allocations_total", "Calls of malloc.", stats->allocations},
    };
    const struct {
        const char *name, *help;
        size_t value;
    } gauges[] = {
        {"memory_bytes", "Memory in use.", stats->memory_used},
        {"memory_peak_bytes", "The most memory that was in use.", stats->memory_peak},
        {"calls", "Calls that are not released.", stats->calls},
        {"connections", "Connections that are open.", stats->connections},
        {"tasks", "Tasks that have not ended.", stats->tasks},
    };
    for (size_t i = 0; i < COUNT_OF(counters); i++) {
        begin(page, counters[i].name, "counter", counters[i].help);
        add(page, "inia_%s %" PRIu64 "\n", counters[i].name, counters[i].value);
    }
    for (size_t i = 0; i < COUNT_OF(gauges); i++) {
        begin(page, gauges[i].name, "gauge", gauges[i].help);
        add(page, "inia_%s %zu\n", gauges[i].name, gauges[i].value);
    }
}

static void add_classes(struct page *page, const inia_stats *stats)
{
    const struct {
        const char *reason;
        uint64_t value;
    } retries[] = {
        {"transient", stats->retries_transient},
        {"timeout", stats->retries_timeout},
        {"throttled", stats->retries_throttled},
        {"remedied", stats->retries_remedied},
    };
    begin(page, "calls_finished_total", "counter", "Calls by how they ended.");
    for (size_t i = 0; i <= INIA_WAIT_FAILED; i++)
        add(page, "inia_calls_finished_total{status=\"%s\"} %" PRIu64 "\n",
            inia_status_name((inia_status)i), stats->ended[i]);
    begin(page, "answers_total", "counter", "Attempts by the class of the HTTP status.");
    for (size_t i = 0; i < COUNT_OF(stats->answers); i++)
        add(page, "inia_answers_total{class=\"%s\"} %" PRIu64 "\n",
            (const char *[]){"none", "1xx", "2xx", "3xx", "4xx", "5xx"}[i], stats->answers[i]);
    begin(page, "retries_total", "counter", "Attempts made again, by why.");
    for (size_t i = 0; i < COUNT_OF(retries); i++)
        add(page, "inia_retries_total{reason=\"%s\"} %" PRIu64 "\n", retries[i].reason,
            retries[i].value);
    begin(page, "retries_refused_total", "counter", "Attempts not made again, by why.");
    add(page, "inia_retries_refused_total{reason=\"unaffordable\"} %" PRIu64 "\n",
        stats->retries_unaffordable);
    add(page, "inia_retries_refused_total{reason=\"unsafe\"} %" PRIu64 "\n", stats->retries_unsafe);
}

size_t metrics_write(const inia_stats *stats, char *buffer, size_t capacity)
{
    struct page page = {.buffer = buffer, .capacity = capacity};
    add_plain(&page, stats);
    add_classes(&page, stats);
    return page.size;
}

size_t inia_write_metrics(const inia_engine *engine, char *buffer, size_t capacity)
{
    inia_stats stats;
    inia_engine_stats(engine, &stats);
    return metrics_write(&stats, buffer, capacity);
}
