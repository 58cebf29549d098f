#include "gate.h"

#define CUT_NS UINT64_C(100000000)
#define OVER_NS UINT64_C(10000000000)
#define RECOVERY_S 3.0
#define COOLING_S 0.5
#define MOST_DECREASE 0.5
#define LEAST_WINDOW 1.0
#define LEAST_HIGH 4.0
#define MOST_WINDOW 1e6

static double larger(double a, double b)
{
    return a > b ? a : b;
}

void retry_gate_init(struct retry_gate *gate, uint32_t under_way, uint64_t now_ns)
{
    double high = larger(under_way, LEAST_HIGH);
    *gate = (struct retry_gate){.window = high, .high = high, .grown_ns = now_ns, .cut_ns = now_ns};
}

static void grow(struct retry_gate *gate, uint64_t now_ns)
{
    if (now_ns <= gate->grown_ns)
        return;
    double elapsed_s = (double)(now_ns - gate->grown_ns) / 1e9;
    gate->window += larger(gate->high, gate->window) * elapsed_s / RECOVERY_S;
    if (gate->window > MOST_WINDOW)
        gate->window = MOST_WINDOW;
    gate->warm = elapsed_s < COOLING_S ? gate->warm * (1 - elapsed_s / COOLING_S) : 0;
    gate->grown_ns = now_ns;
}

uint64_t retry_gate_take(struct retry_gate *gate, uint64_t now_ns)
{
    grow(gate, now_ns);
    if (now_ns < gate->closed_until_ns)
        return gate->closed_until_ns - now_ns;
    if (gate->inside > 0 && gate->inside + gate->warm + 1 > gate->window)
        return RETRY_GATE_FULL;
    gate->inside++;
    return 0;
}

void retry_gate_enter(struct retry_gate *gate)
{
    gate->inside++;
}

void retry_gate_leave(struct retry_gate *gate, bool throttled, uint64_t now_ns)
{
    check(gate->inside > 0);
    grow(gate, now_ns);
    gate->inside--;
    gate->warm += throttled;
}

void retry_gate_answered(struct retry_gate *gate)
{
    gate->answered++;
}

static void cut(struct retry_gate *gate, uint64_t now_ns)
{
    double share = (double)gate->refused / gate->answered;
    gate->high = larger(gate->high, gate->window);
    gate->window = larger(gate->window * (1 - MOST_DECREASE * share * share), LEAST_WINDOW);
    gate->cut_ns = now_ns;
    gate->answered = gate->refused = 0;
}

void retry_gate_throttled(struct retry_gate *gate, uint64_t wait_ns, uint64_t now_ns)
{
    grow(gate, now_ns);
    if (wait_ns > RETRY_GATE_CLOSED_MOST_NS)
        wait_ns = RETRY_GATE_CLOSED_MOST_NS;
    if (now_ns + wait_ns > gate->closed_until_ns)
        gate->closed_until_ns = now_ns + wait_ns;
    gate->answered++;
    gate->refused++;
    if (now_ns - gate->cut_ns >= CUT_NS)
        cut(gate, now_ns);
}

bool retry_gate_is_over(const struct retry_gate *gate, uint64_t now_ns)
{
    return now_ns >= gate->closed_until_ns && now_ns - gate->cut_ns >= OVER_NS;
}
