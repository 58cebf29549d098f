#include "test.h"

#include "ring/timer.h"

enum { MS = 1000000, MANY = 3000 };

struct alarm {
    struct ring_timer timer;
    struct timer_wheel *wheel;
    uint64_t now_ns, fired_at_ns;
    uint64_t again_in_ns; /* 0: not again */
    struct alarm *clears;
    int count;
};

static struct timer_wheel wheel;
static uint64_t now_ns;

static void fire(struct ring_timer *timer)
{
    struct alarm *alarm = CONTAINER_OF(timer, struct alarm, timer);
    alarm->fired_at_ns = now_ns;
    alarm->count++;
    if (alarm->clears)
        timer_wheel_clear(&wheel, &alarm->clears->timer);
    if (alarm->again_in_ns)
        timer_wheel_set(&wheel, timer, now_ns + alarm->again_in_ns - 1);
}

static void start_at(uint64_t start_ns)
{
    now_ns = start_ns;
    timer_wheel_init(&wheel, now_ns);
}

static void set(struct alarm *alarm, uint64_t due_ns)
{
    alarm->timer.fire = fire;
    timer_wheel_set(&wheel, &alarm->timer, due_ns);
}

/* Sleeps as the ring would, until nothing is set or the time has come; returns how often. */
static size_t sleep_until(uint64_t end_ns)
{
    size_t wakes = 0;
    for (;;) {
        uint64_t next_ns = timer_wheel_next_ns(&wheel);
        if (next_ns > end_ns)
            break;
        if (next_ns > now_ns)
            now_ns = next_ns;
        timer_wheel_fire(&wheel, now_ns);
        wakes++;
    }
    now_ns = end_ns;
    return wakes;
}

TEST(a_timer_fires_once_not_early_and_at_most_a_millisecond_late)
{
    start_at(5 * MS);
    struct alarm alarm = {0};
    set(&alarm, 12 * MS + 345);
    CHECK(ring_timer_is_set(&alarm.timer));
    sleep_until(100 * MS);
    CHECK_EQ(alarm.count, 1);
    CHECK(alarm.fired_at_ns >= 12 * MS + 345);
    CHECK(alarm.fired_at_ns <= 13 * MS + 345);
    CHECK(!ring_timer_is_set(&alarm.timer));
}

TEST(no_timer_fires_before_its_time_even_if_the_wheel_is_asked_often)
{
    start_at(1);
    struct alarm alarm = {0};
    set(&alarm, 50 * MS);
    for (now_ns = 1; now_ns < 50 * MS; now_ns += 100000)
        CHECK_EQ(timer_wheel_fire(&wheel, now_ns), 0);
    now_ns = 51 * MS;
    CHECK_EQ(timer_wheel_fire(&wheel, now_ns), 1);
}

TEST(an_empty_wheel_has_nothing_next)
{
    start_at(77 * MS);
    CHECK(timer_wheel_next_ns(&wheel) == UINT64_MAX);
    struct alarm alarm = {0};
    set(&alarm, 80 * MS);
    CHECK(timer_wheel_next_ns(&wheel) != UINT64_MAX);
    timer_wheel_clear(&wheel, &alarm.timer);
    CHECK(timer_wheel_next_ns(&wheel) == UINT64_MAX);
    timer_wheel_clear(&wheel, &alarm.timer);
}

TEST(a_timer_of_the_past_fires_next_time)
{
    start_at(1000 * MS);
    struct alarm alarm = {0};
    set(&alarm, 10 * MS);
    CHECK(timer_wheel_next_ns(&wheel) <= now_ns);
    CHECK_EQ(timer_wheel_fire(&wheel, now_ns), 1);
    CHECK_EQ(alarm.count, 1);
}

TEST(a_timer_moved_later_fires_at_the_later_time_only)
{
    start_at(3 * MS);
    struct alarm alarm = {0};
    set(&alarm, 10 * MS);
    for (uint64_t due_ns = 10 * MS; due_ns < 500 * MS; due_ns += 7 * MS)
        set(&alarm, due_ns);
    set(&alarm, 500 * MS);
    sleep_until(499 * MS);
    CHECK_EQ(alarm.count, 0);
    sleep_until(600 * MS);
    CHECK_EQ(alarm.count, 1);
    CHECK(alarm.fired_at_ns >= 500 * MS && alarm.fired_at_ns <= 501 * MS);
}

TEST(a_timer_moved_earlier_fires_at_the_earlier_time)
{
    start_at(3 * MS);
    struct alarm alarm = {0};
    set(&alarm, 60000ull * MS);
    set(&alarm, 20 * MS);
    sleep_until(22 * MS);
    CHECK_EQ(alarm.count, 1);
    sleep_until(70000ull * MS);
    CHECK_EQ(alarm.count, 1);
}

TEST(a_timer_that_sets_itself_for_now_fires_once_a_turn)
{
    start_at(9 * MS);
    struct alarm alarm = {.again_in_ns = 1};
    set(&alarm, 9 * MS);
    for (int turn = 1; turn <= 5; turn++) {
        CHECK_EQ(timer_wheel_fire(&wheel, now_ns), 1);
        CHECK_EQ(alarm.count, turn);
    }
}

TEST(a_timer_cleared_by_another_that_is_due_with_it_does_not_fire)
{
    start_at(2 * MS);
    struct alarm first = {0}, second = {0};
    first.clears = &second;
    second.clears = &first;
    set(&first, 30 * MS);
    set(&second, 30 * MS);
    sleep_until(40 * MS);
    CHECK_EQ(first.count + second.count, 1);
}

TEST(times_far_apart_and_at_the_end_of_all_time_are_kept_apart)
{
    start_at(1);
    struct alarm alarms[8] = {0};
    const uint64_t due_ns[8] = {2 * MS,     90 * MS,    7000ull * MS, 86400000ull * MS,
                                1ull << 50, 1ull << 58, 1ull << 63,   UINT64_MAX};
    for (int i = 7; i >= 0; i--)
        set(&alarms[i], due_ns[i]);
    size_t wakes = sleep_until(UINT64_MAX - MS);
    for (int i = 0; i < 7; i++) {
        CHECK_EQ(alarms[i].count, 1);
        CHECK(alarms[i].fired_at_ns >= due_ns[i]);
        CHECK(alarms[i].fired_at_ns - due_ns[i] <= MS);
    }
    CHECK(wakes <= 8 * TIMER_LEVELS);
    timer_wheel_clear(&wheel, &alarms[7].timer);
    CHECK(timer_wheel_next_ns(&wheel) == UINT64_MAX);
}

static uint64_t random_due(struct random_source *random)
{
    static const uint64_t ranges_ns[] = {2 * MS, 40 * MS, 3000ull * MS, 200000ull * MS};
    return now_ns + random_below(random, ranges_ns[random_below(random, 4)]);
}

TEST(thousands_of_timers_set_moved_and_cleared_at_random_fire_when_they_should)
{
    static struct alarm alarms[MANY];
    static uint64_t due_ns[MANY]; /* 0: not set */
    struct random_source random;
    random_init(&random, 42);
    start_at(123456789);
    for (int step = 0; step < 20 * MANY; step++) {
        size_t i = random_below(&random, MANY);
        if (random_below(&random, 4) == 0) {
            timer_wheel_clear(&wheel, &alarms[i].timer);
            due_ns[i] = 0;
        } else {
            due_ns[i] = random_due(&random);
            set(&alarms[i], due_ns[i]);
        }
        if (step % 16)
            continue;
        now_ns += random_below(&random, 5 * MS);
        timer_wheel_fire(&wheel, now_ns);
        for (size_t k = 0; k < MANY; k++) {
            if (alarms[k].count) {
                CHECK(due_ns[k] && due_ns[k] <= now_ns);
                CHECK(!ring_timer_is_set(&alarms[k].timer));
                alarms[k].count = 0;
                due_ns[k] = 0;
            }
            CHECK(!due_ns[k] || due_ns[k] + MS > now_ns);
        }
    }
}
