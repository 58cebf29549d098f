#include "retry/retry.h"

#include "test.h"

static const uint64_t ms = 1000000;
static const uint64_t second = 1000000000;

static uint32_t fill(struct retry_gate *gate, uint64_t now_ns)
{
    uint32_t taken = 0;
    while (taken < 100000 && retry_gate_take(gate, now_ns) == 0)
        taken++;
    return taken;
}

static void empty(struct retry_gate *gate, uint64_t now_ns)
{
    while (gate->inside > 0)
        retry_gate_leave(gate, false, now_ns);
}

TEST(as_many_as_were_under_way_may_go_on_at_first)
{
    struct retry_gate gate;
    retry_gate_init(&gate, 1000, second);
    CHECK_EQ(fill(&gate, second), 1000);
    CHECK_EQ(retry_gate_take(&gate, second), RETRY_GATE_FULL);
    retry_gate_leave(&gate, false, second);
    CHECK_EQ(retry_gate_take(&gate, second), 0);
}

TEST(what_was_sent_together_and_refused_together_counts_once)
{
    struct retry_gate gate;
    retry_gate_init(&gate, 1000, second);
    for (int i = 0; i < 500; i++)
        retry_gate_throttled(&gate, 0, second + 50 * ms);
    empty(&gate, second + 50 * ms);
    CHECK(fill(&gate, second + 50 * ms) >= 1000);
    retry_gate_throttled(&gate, 0, second + 100 * ms);
    empty(&gate, second + 100 * ms);
    uint32_t left = fill(&gate, second + 100 * ms);
    CHECK(left >= 500 && left < 550);
}

TEST(one_refusal_of_a_hundred_slows_nobody_down)
{
    struct retry_gate gate;
    uint64_t now = second;
    retry_gate_init(&gate, 1000, now);
    for (int i = 0; i < 100; i++) {
        for (int n = 0; n < 99; n++)
            retry_gate_answered(&gate);
        retry_gate_throttled(&gate, 0, now += 100 * ms);
        CHECK(gate.window > 990);
    }
}

TEST(from_next_to_nothing_it_is_back_in_three_seconds)
{
    struct retry_gate gate;
    uint64_t now = second;
    retry_gate_init(&gate, 1000, now);
    for (int i = 0; i < 300; i++)
        retry_gate_throttled(&gate, 0, now += 100 * ms);
    CHECK(gate.window < 70);
    empty(&gate, now + 3 * second);
    CHECK(fill(&gate, now + 3 * second) >= 1000);
    CHECK(!retry_gate_is_over(&gate, now + 3 * second));
    CHECK(retry_gate_is_over(&gate, now + 10 * second));
}

TEST(one_call_may_always_be_inside)
{
    struct retry_gate gate;
    retry_gate_init(&gate, 0, second);
    for (uint64_t now = second; now < 10 * second; now += 100 * ms) {
        for (int i = 0; i < 5; i++) {
            if (retry_gate_take(&gate, now) == 0)
                retry_gate_leave(&gate, true, now);
        }
        retry_gate_throttled(&gate, 0, now);
        CHECK(gate.window >= 1);
        CHECK_EQ(retry_gate_take(&gate, now), 0);
        empty(&gate, now);
    }
}

TEST(a_place_stays_warm_after_a_call_that_ended_throttled)
{
    struct retry_gate gate;
    retry_gate_init(&gate, 10, second);
    CHECK_EQ(fill(&gate, second), 10);
    for (int i = 0; i < 10; i++)
        retry_gate_leave(&gate, true, second);
    CHECK_EQ(fill(&gate, second), 1); /* one may always */
    empty(&gate, second);
    uint32_t some = fill(&gate, second + 250 * ms);
    CHECK(some > 2 && some < 9);
    empty(&gate, second + 250 * ms);
    CHECK(fill(&gate, second + second) >= 10);
}

TEST(it_closes_for_as_long_as_the_server_wishes_within_bounds)
{
    struct retry_gate gate;
    retry_gate_init(&gate, 1000, second);
    retry_gate_throttled(&gate, 2 * second, second);
    CHECK_EQ(retry_gate_take(&gate, second), 2 * second);
    CHECK_EQ(retry_gate_take(&gate, second + second), second);
    CHECK_EQ(retry_gate_take(&gate, 3 * second), 0);
    retry_gate_throttled(&gate, 3600 * second, 3 * second);
    CHECK_EQ(retry_gate_take(&gate, 3 * second), RETRY_GATE_CLOSED_MOST_NS);
    retry_gate_throttled(&gate, 0, 3 * second); /* another that wishes nothing opens nothing */
    CHECK_EQ(retry_gate_take(&gate, 3 * second), RETRY_GATE_CLOSED_MOST_NS);
}

/* A table that takes so many a second and refuses the rest, called by a thousand that are always
 * there: what is refused stays in proportion to what is taken. */
TEST(what_a_limited_table_refuses_stays_in_proportion_to_what_it_takes)
{
    enum { CALLERS = 1000, LIMIT = 400, STEP_MS = 5, SECONDS = 20 };
    struct retry_gate gate;
    uint64_t now = second, refused = 0, taken = 0;
    double tokens = LIMIT;
    retry_gate_init(&gate, CALLERS, now);
    for (int step = 0; step < SECONDS * 1000 / STEP_MS; step++, now += STEP_MS * ms) {
        tokens += LIMIT * STEP_MS / 1000.0;
        tokens = tokens > LIMIT ? LIMIT : tokens;
        uint32_t under_way = 0;
        while (under_way < CALLERS && retry_gate_take(&gate, now) == 0)
            under_way++;
        for (; under_way > 0; under_way--) {
            bool good = tokens >= 1;
            tokens -= good;
            taken += good;
            refused += !good;
            retry_gate_leave(&gate, !good, now);
            if (good)
                retry_gate_answered(&gate);
            else
                retry_gate_throttled(&gate, 0, now);
        }
    }
    CHECK(taken >= LIMIT * SECONDS * 9 / 10);
    CHECK(refused < 2 * taken); /* ungated: 500 times as many */
}
