#include "bench_report.h"

#include <inttypes.h>
#include <string.h>

/* The figures that are quotients of what was counted. */
struct figures {
    double seconds, requests_per_second, gigabits, cpu_us, user_us, system_us, gb_per_cpu_second;
    double cores_busy, bytes_per_call, entries, completions, allocations;
};

static const char *const stage_names[BENCH_STAGES] = {
    [BENCH_QUEUE] = "queue",
    [BENCH_CONNECT] = "connect",
    [BENCH_FIRST_BYTE] = "first byte",
    [BENCH_TOTAL] = "total",
};
static const double shares[] = {0.5, 0.9, 0.99, 0.999};
static const char *const share_names[] = {"p50", "p90", "p99", "p999"};
enum { SHARES = sizeof shares / sizeof shares[0] };

void bench_stats_add(inia_stats *sum, const inia_stats *earlier, const inia_stats *later)
{
    sum->calls_submitted += later->calls_submitted - earlier->calls_submitted;
    sum->calls_finished += later->calls_finished - earlier->calls_finished;
    sum->calls_failed += later->calls_failed - earlier->calls_failed;
    sum->attempts += later->attempts - earlier->attempts;
    sum->retries += later->retries - earlier->retries;
    sum->connections_opened += later->connections_opened - earlier->connections_opened;
    sum->connections_reused += later->connections_reused - earlier->connections_reused;
    sum->handshakes += later->handshakes - earlier->handshakes;
    sum->handshakes_resumed += later->handshakes_resumed - earlier->handshakes_resumed;
    sum->lookups += later->lookups - earlier->lookups;
    sum->bytes_sent += later->bytes_sent - earlier->bytes_sent;
    sum->bytes_received += later->bytes_received - earlier->bytes_received;
    sum->kernel_entries += later->kernel_entries - earlier->kernel_entries;
    sum->completions += later->completions - earlier->completions;
    sum->allocations += later->allocations - earlier->allocations;
    sum->retries_transient += later->retries_transient - earlier->retries_transient;
    sum->retries_timeout += later->retries_timeout - earlier->retries_timeout;
    sum->retries_throttled += later->retries_throttled - earlier->retries_throttled;
    sum->retries_remedied += later->retries_remedied - earlier->retries_remedied;
    sum->retries_unaffordable += later->retries_unaffordable - earlier->retries_unaffordable;
    sum->retries_unsafe += later->retries_unsafe - earlier->retries_unsafe;
    sum->replays += later->replays - earlier->replays;
    sum->throttled += later->throttled - earlier->throttled;
    sum->waits += later->waits - earlier->waits;
    sum->timeouts += later->timeouts - earlier->timeouts;
    for (size_t i = 0; i < sizeof sum->answers / sizeof sum->answers[0]; i++)
        sum->answers[i] += later->answers[i] - earlier->answers[i];
    for (size_t i = 0; i < sizeof sum->ended / sizeof sum->ended[0]; i++)
        sum->ended[i] += later->ended[i] - earlier->ended[i];
    sum->memory_used += later->memory_used;
    sum->memory_peak += later->memory_peak;
    sum->calls += later->calls;
    sum->connections += later->connections;
}

static double ratio(double above, double below)
{
    return below > 0 ? above / below : 0;
}

static struct figures figures_of(const struct bench_result *result)
{
    double requests = (double)result->tally.requests, bytes = (double)result->tally.bytes;
    double user_us = (double)(result->end.user_us - result->start.user_us);
    double system_us = (double)(result->end.system_us - result->start.system_us);
    double seconds = (double)(result->end.at_ns - result->start.at_ns) / 1e9;
    uint64_t rss = result->end.rss_peak, before = result->ready.rss;
    return (struct figures){
        .seconds = seconds,
        .requests_per_second = ratio(requests, seconds),
        .gigabits = ratio(bytes * 8 / 1e9, seconds),
        .cpu_us = ratio(user_us + system_us, requests),
        .user_us = ratio(user_us, requests),
        .system_us = ratio(system_us, requests),
        .gb_per_cpu_second = ratio(bytes / 1e9, (user_us + system_us) / 1e6),
        .cores_busy = ratio((user_us + system_us) / 1e6, seconds),
        .bytes_per_call =
            ratio(rss > before ? (double)(rss - before) : 0, (double)result->in_flight),
        .entries = ratio((double)result->stats.kernel_entries, requests),
        .completions = ratio((double)result->stats.completions, requests),
        .allocations = ratio((double)result->stats.allocations, requests),
    };
}

/* "12.3 us", "4.56 ms", "1.20 s", in ten columns. */
static void print_time(FILE *out, uint64_t ns)
{
    double us = (double)ns / 1e3;
    if (us < 1000)
        fprintf(out, " %7.1f us", us);
    else if (us < 1e6)
        fprintf(out, " %7.2f ms", us / 1e3);
    else
        fprintf(out, " %7.2f s ", us / 1e6);
}

static void print_latency(FILE *out, const struct bench_tally *tally)
{
    fprintf(out, "  latency             p50        p90        p99      p99.9        max\n");
    for (int stage = 0; stage < BENCH_STAGES; stage++) {
        const struct bench_histogram *histogram = &tally->stages[stage];
        fprintf(out, "    %-10s", stage_names[stage]);
        for (int i = 0; i < SHARES && histogram->count; i++)
            print_time(out, bench_histogram_quantile(histogram, shares[i]));
        if (histogram->count) {
            print_time(out, histogram->largest);
            fprintf(out, "\n");
        } else {
            fprintf(out, "  none\n");
        }
    }
}

static const char *const limits[] = {
    [INIA_LIMITED_BY_DEMAND] = "demand",
    [INIA_LIMITED_BY_LIMIT] = "limit",
    [INIA_LIMITED_BY_CONNECTIONS] = "connections",
    [INIA_LIMITED_BY_SERVER] = "server",
    [INIA_LIMITED_BY_CPU] = "CPU",
};

void bench_report_load(
    char *out, size_t capacity, const inia_load *load, const struct bench_histogram *lately)
{
    snprintf(
        out, capacity, ", %" PRIu32 " of %" PRIu32 " in flight, p50 %.2f ms, limited by %s",
        load->in_flight, load->limit, (double)bench_histogram_quantile(lately, 0.5) / 1e6,
        limits[load->limited_by]);
}

static void print_errors(FILE *out, const struct bench_tally *tally)
{
    if (tally->failed == 0) {
        fprintf(out, "  errors       none\n");
        return;
    }
    fprintf(out, "  errors       %" PRIu64 "\n", tally->failed);
    for (unsigned i = 0; i < tally->error_classes; i++) {
        const struct bench_error *error = &tally->errors[i];
        fprintf(
            out, "    %" PRIu64 " x %s, HTTP %d %s: %s\n", error->count,
            inia_status_name(error->status), error->http_status, error->code, error->message);
    }
    if (tally->other_errors)
        fprintf(out, "    %" PRIu64 " of other classes\n", tally->other_errors);
}

static void print_size(FILE *out, uint64_t size)
{
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB"};
    unsigned unit = 0;
    while (unit < 3 && size >= 1024 && size % 1024 == 0)
        size >>= 10, unit++;
    fprintf(out, "%" PRIu64 " %s", size, units[unit]);
}

static void print_head(
    FILE *out, const struct bench_options *options, const struct bench_result *result,
    double seconds)
{
    fprintf(out, "%s, ", options->workload->name);
    print_size(out, options->size);
    fprintf(out, ", %u core%s", options->cores, options->cores > 1 ? "s" : "");
    if (options->rate > 0)
        fprintf(
            out, ", open loop at %.0f requests/s with at most %u in flight on each", options->rate,
            options->in_flight);
    else
        fprintf(out, ", closed loop of %u in flight on each", options->in_flight);
    fprintf(
        out, ", %.2f s measured after %.2f s of warm-up%s\n", seconds,
        (double)options->warmup_ms / 1e3, result->stopped_early ? " (stopped early)" : "");
}

static void print_engine(
    FILE *out, const struct bench_options *options, const struct bench_result *result,
    const struct figures *figures)
{
    const inia_stats *stats = &result->stats;
    fprintf(
        out, "  per request  %.3f kernel entries, %.3f completions, %.4f allocations\n",
        figures->entries, figures->completions, figures->allocations);
    fprintf(
        out,
        "  memory       %.1f MB resident, %.1f MB at most; %.0f bytes for each of %" PRIu64
        " in flight; engine %.1f MB at most\n",
        (double)result->end.rss / 1e6, (double)result->end.rss_peak / 1e6, figures->bytes_per_call,
        result->in_flight, (double)stats->memory_peak / 1e6);
    fprintf(
        out, "  connections  %zu open, %" PRIu64 " opened and %" PRIu64 " retries in the window\n",
        stats->connections, stats->connections_opened, stats->retries);
    if (options->rate > 0)
        fprintf(
            out, "  missed       %" PRIu64 " arrivals that found everything in flight\n",
            result->tally.missed);
    if (result->lost)
        fprintf(out, "  LOST         %" PRIu64 " calls that never came back\n", result->lost);
}

void bench_report_text(
    FILE *out, const struct bench_options *options, const struct bench_result *result)
{
    struct figures figures = figures_of(result);
    print_head(out, options, result, figures.seconds);
    fprintf(
        out, "  requests     %" PRIu64 ": %.0f/s, %.2f Gbit/s\n", result->tally.requests,
        figures.requests_per_second, figures.gigabits);
    fprintf(
        out,
        "  CPU          %.2f us/request (user %.2f, system %.2f), %.2f cores busy, %.2f GB per "
        "CPU-second\n",
        figures.cpu_us, figures.user_us, figures.system_us, figures.cores_busy,
        figures.gb_per_cpu_second);
    if (options->client.adaptive_concurrency)
        fprintf(
            out, "  adaptive     %" PRIu64 " at once are worth it; limited by %s\n", result->limit,
            limits[result->limited_by]);
    print_latency(out, &result->tally);
    print_engine(out, options, result, &figures);
    print_errors(out, &result->tally);
}

static void json_string(FILE *out, const char *string)
{
    fputc('"', out);
    for (; *string; string++) {
        unsigned char c = (unsigned char)*string;
        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c < 0x20 || c >= 0x7f)
            fprintf(out, "\\u%04x", c);
        else
            fputc(c, out);
    }
    fputc('"', out);
}

static void json_latency(FILE *out, const struct bench_tally *tally)
{
    fprintf(out, ",\"latency_us\":{");
    for (int stage = 0; stage < BENCH_STAGES; stage++) {
        const struct bench_histogram *histogram = &tally->stages[stage];
        char name[16];
        snprintf(name, sizeof name, "%s", stage_names[stage]);
        if (strchr(name, ' '))
            *strchr(name, ' ') = '_';
        fprintf(out, "%s\"%s\":{\"count\":%" PRIu64, stage ? "," : "", name, histogram->count);
        for (int i = 0; i < SHARES; i++)
            fprintf(
                out, ",\"%s\":%.1f", share_names[i],
                (double)bench_histogram_quantile(histogram, shares[i]) / 1e3);
        fprintf(out, ",\"max\":%.1f}", (double)histogram->largest / 1e3);
    }
    fputc('}', out);
}

static void json_errors(FILE *out, const struct bench_tally *tally)
{
    fprintf(out, ",\"errors\":[");
    for (unsigned i = 0; i < tally->error_classes; i++) {
        const struct bench_error *error = &tally->errors[i];
        fprintf(
            out,
            "%s{\"count\":%" PRIu64 ",\"status\":\"%s\",\"http_status\":%d,\"code\":", i ? "," : "",
            error->count, inia_status_name(error->status), error->http_status);
        json_string(out, error->code);
        fprintf(out, ",\"message\":");
        json_string(out, error->message);
        fputc('}', out);
    }
    fprintf(out, "],\"other_errors\":%" PRIu64, tally->other_errors);
}

static void json_stats(FILE *out, const struct bench_result *result, const struct figures *figures)
{
    const inia_stats *stats = &result->stats;
    fprintf(
        out,
        ",\"rss_bytes\":%" PRIu64 ",\"rss_peak_bytes\":%" PRIu64 ",\"rss_ready_bytes\":%" PRIu64
        ",\"bytes_per_call\":%.0f,\"engine_memory_peak_bytes\":%zu",
        result->end.rss, result->end.rss_peak, result->ready.rss, figures->bytes_per_call,
        stats->memory_peak);
    fprintf(
        out,
        ",\"kernel_entries_per_request\":%.4f,\"completions_per_request\":%.4f"
        ",\"allocations_per_request\":%.6f,\"allocations\":%" PRIu64,
        figures->entries, figures->completions, figures->allocations, stats->allocations);
    fprintf(
        out,
        ",\"connections\":%zu,\"connections_opened\":%" PRIu64 ",\"retries\":%" PRIu64
        ",\"missed\":%" PRIu64 ",\"lost\":%" PRIu64 ",\"failed\":%" PRIu64,
        stats->connections, stats->connections_opened, stats->retries, result->tally.missed,
        result->lost, result->tally.failed);
}

void bench_report_json(
    FILE *out, const struct bench_options *options, const struct bench_result *result)
{
    struct figures figures = figures_of(result);
    fprintf(
        out,
        "{\"workload\":\"%s\",\"size\":%" PRIu64 ",\"cores\":%u,\"in_flight\":%" PRIu64
        ",\"rate\":%.3f,\"stopped_early\":%s",
        options->workload->name, options->size, options->cores, result->in_flight, options->rate,
        result->stopped_early ? "true" : "false");
    fprintf(
        out,
        ",\"seconds\":%.4f,\"requests\":%" PRIu64 ",\"requests_per_second\":%.1f"
        ",\"gbit_per_second\":%.4f",
        figures.seconds, result->tally.requests, figures.requests_per_second, figures.gigabits);
    fprintf(
        out,
        ",\"cpu_us_per_request\":%.4f,\"user_us_per_request\":%.4f,\"system_us_per_request\":%.4f"
        ",\"cores_busy\":%.4f,\"gb_per_cpu_s\":%.4f",
        figures.cpu_us, figures.user_us, figures.system_us, figures.cores_busy,
        figures.gb_per_cpu_second);
    if (options->client.adaptive_concurrency)
        fprintf(
            out, ",\"limit\":%" PRIu64 ",\"limited_by\":\"%s\"", result->limit,
            limits[result->limited_by]);
    json_stats(out, result, &figures);
    json_latency(out, &result->tally);
    json_errors(out, &result->tally);
    fprintf(out, "}\n");
}
