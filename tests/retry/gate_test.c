#include "retry/retry.h"

#include "test.h"

#include <stdio.h>

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

/* Sends as many as may go in, of which so many of a hundred are refused; then all are out. */
static void send_all(struct retry_gate *gate, uint32_t refused_of_100, uint64_t now_ns)
{
    uint32_t inside = fill(gate, now_ns);
    for (uint32_t i = 0; i < inside; i++) {
        uint32_t sample = retry_gate_sent(gate);
        if (i * 37 % 100 < refused_of_100)
            retry_gate_throttled(gate, sample, 0, now_ns);
        else
            retry_gate_answered(gate, sample);
    }
    empty(gate, now_ns);
}

TEST(what_was_sent_together_and_refused_together_counts_once)
{
    struct retry_gate gate;
    retry_gate_init(&gate, 1000, second);
    send_all(&gate, 100, second + 50 * ms);
    CHECK(fill(&gate, second + 50 * ms) >= 1000);
    empty(&gate, second + 50 * ms);
    send_all(&gate, 100, second + 100 * ms);
    uint32_t left = fill(&gate, second + 100 * ms);
    CHECK(left >= 500 && left < 550);
}

TEST(one_refusal_of_a_hundred_slows_nobody_down)
{
    struct retry_gate gate;
    uint64_t now = second;
    retry_gate_init(&gate, 1000, now);
    for (int i = 0; i < 100; i++) {
        send_all(&gate, 1, now += 100 * ms);
        CHECK(gate.window > 990);
    }
}

TEST(from_next_to_nothing_it_is_back_in_three_seconds)
{
    struct retry_gate gate;
    uint64_t now = second;
    retry_gate_init(&gate, 1000, now);
    for (int i = 0; i < 300; i++)
        send_all(&gate, 100, now += 100 * ms);
    CHECK(gate.window < 70);
    CHECK(fill(&gate, now + 3 * second) >= 1000);
    CHECK(!retry_gate_is_over(&gate, now + 3 * second));
    CHECK(retry_gate_is_over(&gate, now + 10 * second));
}

TEST(when_half_of_what_is_sent_slower_is_refused_as_well_to_cut_is_in_vain)
{
    struct retry_gate gate;
    uint64_t now = second;
    retry_gate_init(&gate, 1000, now);
    while (!retry_gate_is_vain(&gate) && now < 3 * second)
        send_all(&gate, 50, now += 10 * ms);
    CHECK(now < 2 * second);
    CHECK(fill(&gate, now) >= 1000);
    empty(&gate, now);
    while (retry_gate_is_vain(&gate) && now < 6 * second)
        send_all(&gate, 50, now += 10 * ms);
    CHECK(now >= 4 * second && now < 6 * second); /* then it is tried again */
}

TEST(an_answer_of_a_sample_that_is_over_or_of_before_the_gate_is_no_samples)
{
    struct retry_gate gate;
    retry_gate_init(&gate, 1000, second);
    uint32_t sample = retry_gate_sent(&gate);
    CHECK_EQ(sample, gate.trial.before.number);
    retry_gate_answered(&gate, 0);
    retry_gate_answered(&gate, sample + 1);
    CHECK_EQ(gate.trial.before.sent, 1);
    CHECK_EQ(gate.trial.before.well, 0);
    retry_gate_throttled(&gate, sample, 0, second);
    CHECK_EQ(gate.trial.before.refused, 1);
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
        retry_gate_throttled(&gate, 0, 0, now);
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
    retry_gate_throttled(&gate, 0, 2 * second, second);
    CHECK_EQ(retry_gate_take(&gate, second), 2 * second);
    CHECK_EQ(retry_gate_take(&gate, second + second), second);
    CHECK_EQ(retry_gate_take(&gate, 3 * second), 0);
    retry_gate_throttled(&gate, 0, 3600 * second, 3 * second);
    CHECK_EQ(retry_gate_take(&gate, 3 * second), RETRY_GATE_CLOSED_MOST_NS);
    retry_gate_throttled(&gate, 0, 0, 3 * second); /* another that wishes nothing opens nothing */
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
            uint32_t sample = retry_gate_sent(&gate);
            tokens -= good;
            taken += good;
            refused += !good;
            retry_gate_leave(&gate, !good, now);
            if (good)
                retry_gate_answered(&gate, sample);
            else
                retry_gate_throttled(&gate, sample, 0, now);
        }
    }
    CHECK(taken >= LIMIT * SECONDS * 9 / 10);
    CHECK(refused < 2 * taken); /* ungated: 500 times as many */
}

/* A gate, a budget and the delays together, in the midst of callers who are always there and a
 * server that refuses: by chance, or what is above what it takes, or both. Time is the model's. */
enum { CALLERS_MOST = 1000, MOST_S = 64, REFUSAL_MS = 2 };

enum doing { NOTHING, WAITS_FOR_ANSWER, BACKS_OFF };

struct caller {
    enum doing doing;
    bool inside, refused;
    uint32_t attempts, cost, sample;
    uint64_t due_ms;
};

/* What the server does in each second. */
struct weather {
    double refused; /* by chance */
    double takes;   /* calls a second, with a tenth of a second's at once; 0: all */
};

struct model {
    struct retry_policy policy;
    struct retry_budget budget;
    struct retry_gate gate;
    struct random_source random;
    bool gated, has_gate;
    uint32_t callers, answer_ms, under_way;
    const char *error_code;
    struct weather weather[MOST_S];
    double tokens;
    uint64_t now_ms;
    struct caller caller[CALLERS_MOST];
    uint32_t well[MOST_S], failed[MOST_S], sent[MOST_S], refused[MOST_S];
};

static uint64_t now_ns(const struct model *model)
{
    return second + model->now_ms * ms;
}

static bool is_refused(struct model *model, const struct weather *weather)
{
    if (random_fraction(&model->random) < weather->refused)
        return true;
    if (weather->takes > 0 && model->tokens < 1)
        return true;
    model->tokens -= weather->takes > 0;
    return false;
}

static void send(struct model *model, struct caller *caller)
{
    size_t second_now = model->now_ms / 1000;
    caller->doing = WAITS_FOR_ANSWER;
    caller->refused = is_refused(model, &model->weather[second_now]);
    caller->due_ms = model->now_ms + (caller->refused ? REFUSAL_MS : model->answer_ms);
    caller->sample = caller->inside ? retry_gate_sent(&model->gate) : 0;
    caller->attempts++;
    model->under_way++;
    model->sent[second_now]++;
    model->refused[second_now] += caller->refused;
}

static void begin(struct model *model, struct caller *caller)
{
    bool gated = model->has_gate && !retry_gate_is_over(&model->gate, now_ns(model));
    if (gated && retry_gate_take(&model->gate, now_ns(model)))
        return;
    caller->inside = gated;
    caller->attempts = caller->cost = 0;
    send(model, caller);
}

static void end(struct model *model, struct caller *caller)
{
    if (caller->inside)
        retry_gate_leave(&model->gate, caller->refused, now_ns(model));
    caller->inside = false;
    caller->doing = NOTHING;
}

static void teach(struct model *model, struct caller *caller)
{
    if (!model->gated)
        return;
    if (!model->has_gate)
        retry_gate_init(&model->gate, model->under_way, now_ns(model));
    model->has_gate = true;
    if (!caller->inside)
        retry_gate_enter(&model->gate);
    caller->inside = true;
    retry_gate_throttled(&model->gate, caller->sample, 0, now_ns(model));
}

static void refuse(struct model *model, struct caller *caller)
{
    struct retry_attempt attempt = {
        .number = caller->attempts,
        .status = INIA_SERVICE_ERROR,
        .http_status = 503,
        .error_code = text_of(model->error_code),
        .reach = RETRY_ANSWERED,
        .vain = caller->inside && retry_gate_is_vain(&model->gate)};
    struct retry_decision decision =
        retry_decide(&model->budget, &attempt, now_ns(model), 1700000000, &model->random);
    teach(model, caller);
    if (!decision.again) {
        model->failed[model->now_ms / 1000]++;
        end(model, caller);
        return;
    }
    caller->cost = decision.cost;
    caller->doing = BACKS_OFF;
    caller->due_ms = model->now_ms + decision.delay_ns / ms;
}

static void receive(struct model *model, struct caller *caller)
{
    model->under_way--;
    if (caller->refused) {
        refuse(model, caller);
        return;
    }
    if (model->has_gate)
        retry_gate_answered(&model->gate, caller->sample);
    retry_succeeded(&model->budget, caller->cost, now_ns(model));
    model->well[model->now_ms / 1000]++;
    end(model, caller);
}

static void step(struct model *model, struct caller *caller)
{
    if (caller->doing == WAITS_FOR_ANSWER && model->now_ms >= caller->due_ms)
        receive(model, caller);
    if (caller->doing == BACKS_OFF && model->now_ms >= caller->due_ms)
        send(model, caller);
    if (caller->doing == NOTHING)
        begin(model, caller);
}

static void refill(struct model *model)
{
    double takes = model->weather[model->now_ms / 1000].takes;
    model->tokens += takes / 1000;
    model->tokens = model->tokens < takes / 10 ? model->tokens : takes / 10;
}

static void set_up(struct model *model, enum retry_mode mode, bool gated)
{
    memset(model, 0, sizeof *model);
    retry_policy_init(&model->policy, mode, TEXT("s3"));
    retry_budget_init(&model->budget, &model->policy, second);
    random_init(&model->random, 11);
    model->gated = gated;
    model->callers = CALLERS_MOST;
    model->answer_ms = 50;
    model->error_code = "SlowDown";
}

static void make_weather(struct model *model, size_t from_s, size_t to_s, struct weather weather)
{
    for (size_t i = from_s; i < to_s; i++)
        model->weather[i] = weather;
}

static void run(struct model *model, uint64_t seconds)
{
    for (model->now_ms = 0; model->now_ms < seconds * 1000; model->now_ms++) {
        refill(model);
        for (uint32_t i = 0; i < model->callers; i++)
            step(model, &model->caller[i]);
    }
}

static double sum(const uint32_t *of, size_t from_s, size_t to_s)
{
    double all = 0;
    for (size_t i = from_s; i < to_s; i++)
        all += of[i];
    return all;
}

struct outcome {
    double well_per_s, failed_share, attempts_per_call;
};

static struct outcome outcome(const struct model *model, size_t from_s, size_t to_s)
{
    double well = sum(model->well, from_s, to_s), failed = sum(model->failed, from_s, to_s);
    return (struct outcome){
        .well_per_s = well / (double)(to_s - from_s),
        .failed_share = failed / (well + failed),
        .attempts_per_call = sum(model->sent, from_s, to_s) / (well + failed)};
}

static void tell(const char *what, const struct outcome *outcome)
{
    printf(
        "%-32s %6.0f well/s, %4.1f %% failed, %.2f attempts a call\n", what, outcome->well_per_s,
        100 * outcome->failed_share, outcome->attempts_per_call);
}

static struct model model;

TEST(where_chance_refuses_more_is_well_than_by_the_standard_rules_and_less_fails)
{
    static const double shares[] = {0.3, 0.5, 0.7};
    static const uint32_t callers[] = {1000, 100};
    for (size_t i = 0; i < COUNT_OF(shares) * COUNT_OF(callers); i++) {
        struct outcome outcomes[2];
        struct weather storm = {.refused = shares[i % COUNT_OF(shares)]};
        for (int inias = 0; inias < 2; inias++) {
            set_up(&model, inias ? RETRY_INIA : RETRY_STANDARD, inias);
            model.callers = callers[i / COUNT_OF(shares)];
            make_weather(&model, 3, 33, storm);
            run(&model, 33);
            outcomes[inias] = outcome(&model, 3, 33);
            char what[64];
            snprintf(
                what, sizeof what, "%.0f %% by chance, %u, %s", 100 * storm.refused, model.callers,
                inias ? "inia" : "standard");
            tell(what, &outcomes[inias]);
        }
        CHECK(outcomes[1].well_per_s > 1.2 * outcomes[0].well_per_s);
        CHECK(outcomes[1].failed_share <= outcomes[0].failed_share + 0.01);
        CHECK(outcomes[1].attempts_per_call <= 1.6);
    }
}

TEST(a_handful_of_callers_lose_nothing_at_a_gate_when_chance_refuses_them)
{
    struct outcome outcomes[2];
    for (int gated = 0; gated < 2; gated++) {
        set_up(&model, RETRY_INIA, gated);
        model.callers = 10;
        make_weather(&model, 3, 60, (struct weather){.refused = 0.5});
        run(&model, 60);
        outcomes[gated] = outcome(&model, 3, 60);
        tell(gated ? "ten, at a gate" : "ten, without", &outcomes[gated]);
    }
    CHECK(outcomes[1].well_per_s >= 0.7 * outcomes[0].well_per_s);
}

TEST(within_five_seconds_after_a_storm_all_is_as_before_it)
{
    static const char *const codes[] = {"SlowDown", NULL};
    static const double shares[] = {0.5, 0.9, 1};
    for (size_t i = 0; i < COUNT_OF(codes) * COUNT_OF(shares); i++) {
        set_up(&model, RETRY_INIA, true);
        model.error_code = codes[i % COUNT_OF(codes)];
        struct weather storm = {.refused = shares[i / COUNT_OF(codes)]};
        make_weather(&model, 3, 23, storm);
        run(&model, 33);
        struct outcome in = outcome(&model, 3, 23), after = outcome(&model, 28, 33);
        tell(storm.refused < 1 ? "a storm" : "nobody is let in", &in);
        tell("  and after it", &after);
        CHECK(after.well_per_s >= 0.95 * model.well[2]);
        CHECK_EQ(sum(model.failed, 28, 33), 0);
    }
}

/* A service that takes so much and refuses the rest: all of it is used, and refusals stay in
 * proportion. */
TEST(what_a_service_takes_is_used_and_little_more_is_sent)
{
    static const uint32_t takes[] = {50, 500, 5000};
    for (size_t i = 0; i < COUNT_OF(takes); i++) {
        set_up(&model, RETRY_INIA, true);
        make_weather(&model, 3, 43, (struct weather){.takes = takes[i]});
        run(&model, 43);
        struct outcome limited = outcome(&model, 13, 43);
        char what[64];
        snprintf(what, sizeof what, "%u/s are taken", takes[i]);
        tell(what, &limited);
        CHECK(limited.well_per_s >= 0.95 * takes[i]);
        CHECK(sum(model.refused, 13, 43) <= 30 * (takes[i] + 100));
    }
}

TEST(a_service_that_takes_less_after_a_storm_by_chance_is_found_out)
{
    set_up(&model, RETRY_INIA, true);
    make_weather(&model, 3, 20, (struct weather){.refused = 0.5});
    make_weather(&model, 20, 50, (struct weather){.takes = 1000});
    run(&model, 58);
    struct outcome storm = outcome(&model, 5, 20), limited = outcome(&model, 26, 50);
    tell("one half by chance", &storm);
    tell("then 1000/s are taken", &limited);
    CHECK(storm.well_per_s > 0.3 * model.well[2]);
    CHECK(limited.well_per_s >= 950);
    CHECK(sum(model.refused, 26, 50) <= 24 * 1000);
    CHECK(model.well[56] >= 0.95 * model.well[2]);
}

TEST(a_service_that_refuses_by_chance_and_above_what_it_takes_is_not_flooded)
{
    set_up(&model, RETRY_INIA, true);
    make_weather(&model, 3, 50, (struct weather){.refused = 0.3, .takes = 1000});
    run(&model, 50);
    struct outcome both = outcome(&model, 10, 50);
    tell("30 % by chance of 1000/s", &both);
    CHECK(both.well_per_s >= 800);
    CHECK(sum(model.refused, 10, 50) <= 40 * 3000);
}
