#include "pace.h"

#define SMOOTHING 0.8
#define BETA 0.7
#define CUBIC_SCALE 0.4
#define LEAST_RATE 0.5
#define LEAST_CAPACITY 1.0
#define METER_INTERVAL_S 0.5
#define MOST_OF_MEASURED 2.0

static double smaller(double a, double b)
{
    return a < b ? a : b;
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

/* Newton's; a and the answer are small and not negative. */
static double cube_root(double a)
{
    enum { MOST_STEPS = 200 };
    double root = larger(a, 1);
    for (int i = 0; a > 0 && i < MOST_STEPS; i++) {
        double next = (2 * root + a / (root * root)) / 3;
        if (next >= root)
            break;
        root = next;
    }
    return a > 0 ? root : 0;
}

void retry_meter_count(struct retry_meter *meter, double now_s)
{
    double interval = (double)(uint64_t)(now_s / METER_INTERVAL_S) * METER_INTERVAL_S;
    meter->count++;
    if (interval <= meter->last_s)
        return;
    double rate = (double)meter->count / (interval - meter->last_s);
    meter->rate = rate * SMOOTHING + meter->rate * (1 - SMOOTHING);
    meter->count = 0;
    meter->last_s = interval;
}

void retry_cubic_init(struct retry_cubic *cubic, double max_rate, double throttled_s)
{
    cubic->max_rate = max_rate;
    cubic->throttled_s = throttled_s;
    cubic->window_s = cube_root(max_rate * (1 - BETA) / CUBIC_SCALE);
}

double retry_cubic_throttled(struct retry_cubic *cubic, double rate, double now_s)
{
    retry_cubic_init(cubic, rate, now_s);
    return rate * BETA;
}

double retry_cubic_succeeded(const struct retry_cubic *cubic, double now_s)
{
    double since = now_s - cubic->throttled_s - cubic->window_s;
    return CUBIC_SCALE * since * since * since + cubic->max_rate;
}

static void fill(struct retry_bucket *bucket, double now_s)
{
    double gained = (now_s - bucket->filled_s) * bucket->rate;
    if (gained > 0)
        bucket->tokens = smaller(bucket->capacity, bucket->tokens + gained);
    bucket->filled_s = now_s;
}

void retry_bucket_set_rate(struct retry_bucket *bucket, double rate, double now_s)
{
    fill(bucket, now_s);
    bucket->rate = larger(rate, LEAST_RATE);
    bucket->capacity = larger(rate, LEAST_CAPACITY);
    bucket->tokens = smaller(bucket->tokens, bucket->capacity);
}

double retry_bucket_take(struct retry_bucket *bucket, double now_s)
{
    fill(bucket, now_s);
    if (bucket->tokens < 1)
        return (1 - bucket->tokens) / bucket->rate;
    bucket->tokens -= 1;
    return 0;
}

static double seconds(uint64_t ns)
{
    return (double)ns / 1e9;
}

void retry_pace_init(struct retry_pace *pace, uint64_t now_ns)
{
    double now = seconds(now_ns);
    *pace = (struct retry_pace){0};
    pace->meter.last_s = (double)(uint64_t)now;
    retry_cubic_init(&pace->cubic, 0, now);
    pace->bucket = (struct retry_bucket){LEAST_RATE, LEAST_CAPACITY, 0, now};
}

uint64_t retry_pace_take(struct retry_pace *pace, uint64_t now_ns)
{
    if (!pace->enabled)
        return 0;
    return (uint64_t)(retry_bucket_take(&pace->bucket, seconds(now_ns)) * 1e9 + 0.999);
}

void retry_pace_answered(struct retry_pace *pace, bool throttled, uint64_t now_ns)
{
    double now = seconds(now_ns), rate;
    retry_meter_count(&pace->meter, now);
    if (throttled) {
        double current = pace->meter.rate;
        if (pace->enabled)
            current = smaller(current, pace->bucket.rate);
        rate = retry_cubic_throttled(&pace->cubic, current, now);
        pace->enabled = true;
    } else {
        rate = retry_cubic_succeeded(&pace->cubic, now);
    }
    rate = smaller(rate, MOST_OF_MEASURED * pace->meter.rate);
    retry_bucket_set_rate(&pace->bucket, rate, now);
}
