#include "gate.h"

#define CUT_NS UINT64_C(100000000)
#define OVER_NS UINT64_C(10000000000)
#define RECOVERY_S 3.0
#define COOLING_S 0.5
#define MOST_DECREASE 0.5
#define LEAST_WINDOW 1.0
#define LEAST_HIGH 4.0
#define MOST_WINDOW 1e6

/* Trials. */
#define TRIAL_MOST_NS UINT64_C(8000000000) /* the first cut waits no longer for answers */
#define TRIAL_OLD_NS UINT64_C(20000000000)
#define TRIAL_WELL 50
#define TRIAL_ANSWERS 500
#define STILL_OUT 0.05    /* of what was sent need not be answered yet */
#define REFUSED_MUCH 0.1  /* of what was sent; less is hardly cut for */
#define SLOWER 0.8        /* so much slower is another rate */
#define HELPS (1.0 / 3.0) /* of what it would be if the service took so much and no more */
#define CERTAIN 2.0       /* standard deviations */
#define WATCHED_NS UINT64_C(500000000) /* after a refusal */
#define VAIN_NS UINT64_C(3000000000)

static double larger(double a, double b)
{
    return a > b ? a : b;
}

static double smaller(double a, double b)
{
    return a < b ? a : b;
}

/* ---- Trials ---------------------------------------------------------------------------------- */

static void trial_begin(struct retry_gate *gate, struct retry_trial *trial, uint64_t now_ns)
{
    *trial = (struct retry_trial){
        .number = ++gate->trials, .window = gate->window, .began_ns = now_ns, .is_open = true};
}

static void trial_end(struct retry_trial *trial, uint64_t now_ns)
{
    trial->took_ns += now_ns - trial->began_ns;
    trial->is_open = false;
}

static void trial_go_on(struct retry_trial *trial, uint64_t now_ns)
{
    trial->began_ns = now_ns;
    trial->is_open = true;
}

static bool trial_has_enough(const struct retry_trial *trial, uint64_t now_ns)
{
    bool enough = trial->well >= TRIAL_WELL || trial->well + trial->refused >= TRIAL_ANSWERS;
    return now_ns - trial->began_ns >= CUT_NS && enough;
}

static bool trial_is_answered(const struct retry_trial *trial)
{
    uint32_t still_out = trial->sent - trial->well - trial->refused;
    return !trial->is_open && still_out <= STILL_OUT * trial->sent;
}

static double rate(const struct retry_trial *trial)
{
    return trial->sent * 1e9 / (double)trial->took_ns;
}

static double well_share(const struct retry_trial *trial)
{
    return trial->well / larger(trial->well + trial->refused, 1);
}

static double variance(const struct retry_trial *trial)
{
    double share = well_share(trial);
    return share * (1 - share) / larger(trial->well + trial->refused, 1);
}

enum effect { NO_DIFFERENCE, UNCERTAIN, NO_EFFECT, EFFECT };

/* Of sending less. More of it is well by how much, and by how much if as many are as before? */
static enum effect effect_of(const struct retry_trial *before, const struct retry_trial *after)
{
    double share = well_share(before);
    if (1 - share < REFUSED_MUCH || rate(after) > SLOWER * rate(before))
        return NO_DIFFERENCE;
    double best = smaller(share * rate(before) / rate(after), 1) - share;
    double beyond = well_share(after) - share - HELPS * best;
    double doubt = CERTAIN * CERTAIN * (variance(before) + variance(after));
    if (beyond * beyond <= doubt)
        return UNCERTAIN;
    return beyond > 0 ? EFFECT : NO_EFFECT;
}

/* As if nothing had been cut. */
static void start_over(struct retry_gate *gate)
{
    gate->window = larger(gate->window, gate->before.window);
    gate->before = gate->after = (struct retry_trial){0};
}

static void cut_no_more(struct retry_gate *gate, uint64_t now_ns)
{
    gate->vain_share = 1 - well_share(&gate->before);
    start_over(gate);
    gate->warm = 0;
    gate->is_vain = true;
    gate->vain_until_ns = now_ns + VAIN_NS;
    trial_begin(gate, &gate->after, now_ns);
}

/* Where not even half as much is well as when that was found out, it is another trouble now. */
static void look_whether_still_vain(struct retry_gate *gate, uint64_t now_ns)
{
    double lack = (1 - gate->vain_share) / 2 - well_share(&gate->after);
    if (lack > 0 && lack * lack > CERTAIN * CERTAIN * variance(&gate->after)) {
        gate->is_vain = false;
        gate->vain_until_ns = now_ns;
    }
    trial_begin(gate, &gate->after, now_ns);
}

static void compare_trials(struct retry_gate *gate, uint64_t now_ns)
{
    bool is_old = now_ns - gate->before.began_ns > TRIAL_OLD_NS;
    struct retry_trial after = gate->after;
    enum effect effect = effect_of(&gate->before, &after);
    if (effect == NO_EFFECT)
        cut_no_more(gate, now_ns);
    else if (effect == UNCERTAIN && is_old)
        start_over(gate);
    else if (effect == UNCERTAIN)
        trial_go_on(&gate->after, now_ns);
    else
        trial_begin(gate, &gate->after, now_ns);
    if (effect == EFFECT || (effect == NO_DIFFERENCE && is_old))
        gate->before = after;
}

static void look_at_trials(struct retry_gate *gate, uint64_t now_ns)
{
    struct retry_trial *after = &gate->after;
    if (after->is_open && trial_has_enough(after, now_ns))
        trial_end(after, now_ns);
    if (!after->number || !trial_is_answered(after))
        return;
    if (!gate->before.number)
        look_whether_still_vain(gate, now_ns);
    else if (trial_is_answered(&gate->before))
        compare_trials(gate, now_ns);
}

/* ---- The window ------------------------------------------------------------------------------ */

void retry_gate_init(struct retry_gate *gate, uint32_t under_way, uint64_t now_ns)
{
    double high = larger(under_way, LEAST_HIGH);
    *gate = (struct retry_gate){
        .window = high, .high = high, .grown_ns = now_ns, .cut_ns = now_ns, .refused_ns = now_ns};
    trial_begin(gate, &gate->before, now_ns);
}

bool retry_gate_is_vain(const struct retry_gate *gate)
{
    return gate->is_vain;
}

static void grow(struct retry_gate *gate, uint64_t now_ns)
{
    if (now_ns <= gate->grown_ns)
        return;
    double elapsed_s = (double)(now_ns - gate->grown_ns) / 1e9;
    bool is_watched = gate->is_vain && now_ns - gate->refused_ns < WATCHED_NS;
    double most = is_watched ? gate->window : larger(gate->high, gate->window);
    gate->window += most * elapsed_s / RECOVERY_S;
    if (gate->window > MOST_WINDOW)
        gate->window = MOST_WINDOW;
    gate->warm = elapsed_s < COOLING_S ? gate->warm * (1 - elapsed_s / COOLING_S) : 0;
    gate->grown_ns = now_ns;
}

static void go_in(struct retry_gate *gate)
{
    gate->inside++;
    if (gate->inside > gate->most)
        gate->most = gate->inside;
}

uint64_t retry_gate_take(struct retry_gate *gate, uint64_t now_ns)
{
    grow(gate, now_ns);
    if (now_ns < gate->closed_until_ns)
        return gate->closed_until_ns - now_ns;
    if (gate->inside > 0 && gate->inside + gate->warm + 1 > gate->window)
        return RETRY_GATE_FULL;
    go_in(gate);
    return 0;
}

void retry_gate_enter(struct retry_gate *gate)
{
    go_in(gate);
}

void retry_gate_leave(struct retry_gate *gate, bool throttled, uint64_t now_ns)
{
    check(gate->inside > 0);
    grow(gate, now_ns);
    gate->inside--;
    gate->warm += throttled && !gate->is_vain;
}

/* ---- Answers --------------------------------------------------------------------------------- */

static struct retry_trial *find_trial(struct retry_gate *gate, uint32_t number)
{
    if (!number)
        return NULL;
    return number == gate->before.number  ? &gate->before
           : number == gate->after.number ? &gate->after
                                          : NULL;
}

uint32_t retry_gate_sent(struct retry_gate *gate)
{
    struct retry_trial *trial = gate->after.number ? &gate->after : &gate->before;
    if (!trial->is_open)
        return 0;
    trial->sent++;
    return trial->number;
}

void retry_gate_answered(struct retry_gate *gate, uint32_t number)
{
    struct retry_trial *trial = find_trial(gate, number);
    gate->answered++;
    if (trial)
        trial->well++;
}

/* What could go in and did not shrinks nobody: the cut is from what was inside. */
static void cut(struct retry_gate *gate, uint64_t now_ns)
{
    double share = (double)gate->refused / gate->answered;
    double used = smaller(gate->window, larger(gate->most, LEAST_HIGH));
    gate->high = larger(gate->high, used);
    gate->window = larger(used * (1 - MOST_DECREASE * share * share), LEAST_WINDOW);
    gate->cut_ns = now_ns;
    gate->answered = gate->refused = 0;
    gate->most = gate->inside;
}

/* The first cut comes when there is something to compare its effect with. */
static bool may_cut(struct retry_gate *gate, uint64_t now_ns)
{
    struct retry_trial *before = &gate->before;
    if (now_ns - gate->cut_ns < CUT_NS || now_ns < gate->vain_until_ns)
        return false;
    if (!before->number) {
        gate->after.number = 0;
        trial_begin(gate, before, now_ns);
    }
    if (!before->is_open)
        return true;
    if (!trial_has_enough(before, now_ns) && now_ns - before->began_ns < TRIAL_MOST_NS)
        return false;
    trial_end(before, now_ns);
    trial_begin(gate, &gate->after, now_ns);
    gate->is_vain = false;
    return true;
}

void retry_gate_throttled(
    struct retry_gate *gate, uint32_t number, uint64_t wait_ns, uint64_t now_ns)
{
    struct retry_trial *trial = find_trial(gate, number);
    grow(gate, now_ns);
    if (wait_ns > RETRY_GATE_CLOSED_MOST_NS)
        wait_ns = RETRY_GATE_CLOSED_MOST_NS;
    if (now_ns + wait_ns > gate->closed_until_ns)
        gate->closed_until_ns = now_ns + wait_ns;
    gate->answered++;
    gate->refused++;
    gate->refused_ns = now_ns;
    if (trial)
        trial->refused++;
    look_at_trials(gate, now_ns);
    if (may_cut(gate, now_ns))
        cut(gate, now_ns);
}

bool retry_gate_is_over(const struct retry_gate *gate, uint64_t now_ns)
{
    return now_ns >= gate->closed_until_ns && now_ns - gate->refused_ns >= OVER_NS;
}
