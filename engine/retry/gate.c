#include "gate.h"

#define CUT_NS UINT64_C(100000000)
#define OVER_NS UINT64_C(10000000000)
#define RECOVERY_S 3.0
#define COOLING_S 0.5
#define MOST_DECREASE 0.5
#define LEAST_WINDOW 1.0
#define LEAST_HIGH 4.0
#define MOST_WINDOW 1e6
#define WATCHED_NS UINT64_C(500000000) /* after a refusal */

static double larger(double a, double b)
{
    return a > b ? a : b;
}

static double smaller(double a, double b)
{
    return a < b ? a : b;
}

/* ---- The window ------------------------------------------------------------------------------ */

void retry_gate_init(struct retry_gate *gate, uint32_t under_way, uint64_t now_ns)
{
    double high = larger(under_way, LEAST_HIGH);
    *gate = (struct retry_gate){
        .window = high, .high = high, .grown_ns = now_ns, .cut_ns = now_ns, .refused_ns = now_ns};
    retry_trial_init(&gate->trial, high, now_ns);
}

bool retry_gate_is_vain(const struct retry_gate *gate)
{
    return retry_trial_is_vain(&gate->trial);
}

static void grow(struct retry_gate *gate, uint64_t now_ns)
{
    if (now_ns <= gate->grown_ns)
        return;
    double elapsed_s = (double)(now_ns - gate->grown_ns) / 1e9;
    bool is_watched = retry_gate_is_vain(gate) && now_ns - gate->refused_ns < WATCHED_NS;
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
    gate->warm += throttled && !retry_gate_is_vain(gate);
}

/* ---- Answers --------------------------------------------------------------------------------- */

uint32_t retry_gate_sent(struct retry_gate *gate)
{
    return retry_trial_sent(&gate->trial);
}

void retry_gate_answered(struct retry_gate *gate, uint32_t sample)
{
    gate->answered++;
    retry_trial_well(&gate->trial, sample);
}

void retry_gate_forget(struct retry_gate *gate, uint32_t sample)
{
    retry_trial_forget(&gate->trial, sample);
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

/* As if nothing had been cut. */
static void undo_cuts(struct retry_gate *gate, double window)
{
    gate->window = window;
    gate->warm = 0;
}

static void close_for(struct retry_gate *gate, uint64_t wait_ns, uint64_t now_ns)
{
    if (wait_ns > RETRY_GATE_CLOSED_MOST_NS)
        wait_ns = RETRY_GATE_CLOSED_MOST_NS;
    if (now_ns + wait_ns > gate->closed_until_ns)
        gate->closed_until_ns = now_ns + wait_ns;
}

void retry_gate_throttled(
    struct retry_gate *gate, uint32_t sample, uint64_t wait_ns, uint64_t now_ns)
{
    grow(gate, now_ns);
    close_for(gate, wait_ns, now_ns);
    gate->answered++;
    gate->refused++;
    gate->refused_ns = now_ns;
    retry_trial_refused(&gate->trial, sample);
    double window = retry_trial_conclude(&gate->trial, gate->window, now_ns);
    if (window > 0)
        undo_cuts(gate, window);
    if (now_ns - gate->cut_ns >= CUT_NS && retry_trial_may_cut(&gate->trial, gate->window, now_ns))
        cut(gate, now_ns);
}

bool retry_gate_is_over(const struct retry_gate *gate, uint64_t now_ns)
{
    return now_ns >= gate->closed_until_ns && now_ns - gate->refused_ns >= OVER_NS;
}
