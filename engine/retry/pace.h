/*
 * pace: how fast calls may go out in the SDKs' adaptive mode: a token bucket whose rate follows a
 * cubic curve between one throttling error and the next. Free until the first of those.
 *
 * Times are in nanoseconds from any start; the same clock throughout.
 */
#ifndef RETRY_PACE_H
#define RETRY_PACE_H

#include "base/base.h"

/* How many a second, smoothed over half seconds. */
struct retry_meter {
    double rate, last_s;
    uint64_t count;
};

/* The curve on which the rate comes back after throttling. */
struct retry_cubic {
    double max_rate;    /* at the last throttling */
    double throttled_s; /* when that was */
    double window_s;    /* until the curve reaches max_rate again */
};

struct retry_bucket {
    double rate, capacity, tokens;
    double filled_s;
};

struct retry_pace {
    bool enabled; /* something was throttled once */
    struct retry_meter meter;
    struct retry_cubic cubic;
    struct retry_bucket bucket;
};

void retry_pace_init(struct retry_pace *pace, uint64_t now_ns);

/* Takes leave to send one request: 0, or how long to wait before asking again. */
uint64_t retry_pace_take(struct retry_pace *pace, uint64_t now_ns);

/* A response has come. */
void retry_pace_answered(struct retry_pace *pace, bool throttled, uint64_t now_ns);

/* The parts; times in seconds. */
void retry_meter_count(struct retry_meter *meter, double now_s);
void retry_cubic_init(struct retry_cubic *cubic, double max_rate, double throttled_s);
double retry_cubic_throttled(struct retry_cubic *cubic, double rate, double now_s); /* new rate */
double retry_cubic_succeeded(const struct retry_cubic *cubic, double now_s);        /* new rate */
void retry_bucket_set_rate(struct retry_bucket *bucket, double rate, double now_s);
double retry_bucket_take(struct retry_bucket *bucket, double now_s); /* 0, or seconds to wait */

#endif
