#include "bench_tally.h"

#include <stdio.h>
#include <string.h>

static void count_latency(struct bench_tally *tally, const inia_call *call, uint64_t late_ns)
{
    if (call->attempt_count == 0)
        return;
    const inia_attempt *last = &call->attempts[call->attempt_count - 1];
    bench_histogram_record(&tally->stages[BENCH_TOTAL], late_ns + last->ended_ns);
    if (last->connected_ns == 0)
        return;
    bench_histogram_record(&tally->stages[BENCH_QUEUE], late_ns + last->connected_ns);
    if (last->new_connection)
        bench_histogram_record(
            &tally->stages[BENCH_CONNECT], last->connected_ns - last->started_ns);
    if (last->first_byte_ns >= last->connected_ns)
        bench_histogram_record(
            &tally->stages[BENCH_FIRST_BYTE], last->first_byte_ns - last->connected_ns);
}

static void count_error(struct bench_tally *tally, const struct bench_error *error)
{
    for (unsigned i = 0; i < tally->error_classes; i++) {
        struct bench_error *seen = &tally->errors[i];
        if (seen->status == error->status && seen->http_status == error->http_status &&
            strcmp(seen->code, error->code) == 0) {
            seen->count += error->count;
            return;
        }
    }
    if (tally->error_classes < BENCH_ERROR_CLASSES)
        tally->errors[tally->error_classes++] = *error;
    else
        tally->other_errors += error->count;
}

void bench_tally_count(
    struct bench_tally *tally, const inia_call *call, uint64_t bytes, uint64_t late_ns)
{
    tally->requests++;
    count_latency(tally, call, late_ns);
    if (call->status == INIA_OK) {
        tally->bytes += bytes;
        return;
    }
    tally->failed++;
    struct bench_error error = {
        .status = call->status, .http_status = call->http_status, .count = 1};
    snprintf(error.code, sizeof error.code, "%s", call->error_code);
    snprintf(error.message, sizeof error.message, "%s", call->message);
    count_error(tally, &error);
}

void bench_tally_merge(struct bench_tally *into, const struct bench_tally *from)
{
    for (int i = 0; i < BENCH_STAGES; i++)
        bench_histogram_merge(&into->stages[i], &from->stages[i]);
    into->requests += from->requests;
    into->failed += from->failed;
    into->bytes += from->bytes;
    into->missed += from->missed;
    into->other_errors += from->other_errors;
    for (unsigned i = 0; i < from->error_classes; i++)
        count_error(into, &from->errors[i]);
}

void bench_tally_clear(struct bench_tally *tally)
{
    memset(tally, 0, sizeof *tally);
}
