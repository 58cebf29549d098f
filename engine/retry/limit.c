#include "limit.h"

#define FIRST_LIMIT 16.0
#define LEAST_LIMIT 2.0
#define MOST_LIMIT 1e5
#define STEP_NS UINT64_C(100000000)
#define STEP_ANSWERS 2.0 /* for each call of the limit, before a step ends */
#define STEP_MOST_NS UINT64_C(2000000000)
#define TOLERANCE 1.5 /* so much longer than at best is not yet waiting */
#define LEAST_GRADIENT 0.7
#define REFUSED_SHARE 0.02
#define REFUSED_FACTOR 0.8
#define PROBE_STEPS 100
#define PROBE_FACTOR 0.5
#define REACHED 0.9
#define BUSY 0.9 /* of the time: what is left goes by between a wake-up and the next */

void retry_limit_init(struct retry_limit *limit, uint64_t now_ns, uint64_t cpu_ns)
{
    *limit = (struct retry_limit){.limit = FIRST_LIMIT, .step_ns = now_ns, .step_cpu_ns = cpu_ns};
}

bool retry_limit_take(struct retry_limit *limit)
{
    if (limit->inside + 1 > limit->limit)
        return false;
    limit->inside++;
    if (limit->inside > limit->most)
        limit->most = limit->inside;
    return true;
}

void retry_limit_give(struct retry_limit *limit)
{
    check(limit->inside > 0);
    limit->inside--;
}

static double square_root(double a)
{
    double root = a > 1 ? a : 1;
    for (int i = 0; i < 60 && root * root > a * 1.0001; i++)
        root = (root + a / root) / 2;
    return root;
}

static double within(double value, double least, double most)
{
    return value < least ? least : value > most ? most : value;
}

static void change(struct retry_limit *limit, double factor, double more)
{
    limit->limit = within(limit->limit * factor + more, LEAST_LIMIT, MOST_LIMIT);
}

static bool waits_mostly(const struct retry_limit *limit)
{
    return limit->waited_ns > limit->answered_ns / 4;
}

static void judge(struct retry_limit *limit)
{
    double took_ns = (double)limit->answered_ns / limit->answered;
    double gradient = within(TOLERANCE * limit->best_ns / took_ns, LEAST_GRADIENT, 1);
    if (limit->refused > limit->answered * REFUSED_SHARE) {
        limit->by = RETRY_LIMITED_BY_SERVER;
        change(limit, REFUSED_FACTOR, 0);
    } else if (limit->most < limit->limit * REACHED) {
        limit->by = RETRY_LIMITED_BY_DEMAND;
    } else {
        limit->by = gradient >= 1         ? RETRY_LIMITED_BY_LIMIT
                    : waits_mostly(limit) ? RETRY_LIMITED_BY_CONNECTIONS
                                          : RETRY_LIMITED_BY_SERVER;
        change(limit, gradient, square_root(limit->limit));
    }
}

/* With half of the calls for a step it shows whether the best time is another by now. */
static void probe(struct retry_limit *limit)
{
    limit->steps = 0;
    limit->before_probe = limit->limit;
    limit->limit = within(limit->limit * PROBE_FACTOR, LEAST_LIMIT, MOST_LIMIT);
}

static void end_step(struct retry_limit *limit)
{
    double best_ns = limit->step_best_ns;
    bool was_probe = limit->before_probe > 0;
    if (best_ns > 0 && (was_probe || limit->best_ns <= 0 || best_ns < limit->best_ns))
        limit->best_ns = best_ns;
    if (was_probe) {
        limit->limit = limit->before_probe;
        limit->before_probe = 0;
        return;
    }
    judge(limit);
    if (++limit->steps >= PROBE_STEPS && limit->by != RETRY_LIMITED_BY_DEMAND)
        probe(limit);
}

static bool step_is_over(const struct retry_limit *limit, uint64_t now_ns)
{
    uint64_t elapsed_ns = now_ns - limit->step_ns;
    bool enough = limit->answered >= STEP_ANSWERS * limit->limit;
    return elapsed_ns >= STEP_NS && (enough || elapsed_ns >= STEP_MOST_NS);
}

bool retry_limit_answered(
    struct retry_limit *limit, const struct retry_answer *answer, uint64_t now_ns)
{
    double took_ns = (double)answer->took_ns;
    limit->answered++;
    limit->refused += answer->refused;
    limit->answered_ns += answer->took_ns;
    limit->waited_ns += answer->waited_ns;
    if (!answer->refused && (limit->step_best_ns <= 0 || took_ns < limit->step_best_ns))
        limit->step_best_ns = took_ns;
    return step_is_over(limit, now_ns);
}

/* Then neither more calls nor fewer would change what is done, but for those that are refused. */
static bool was_busy(const struct retry_limit *limit, uint64_t now_ns, uint64_t cpu_ns)
{
    double elapsed_ns = (double)(now_ns - limit->step_ns);
    bool is_refused = limit->refused > limit->answered * REFUSED_SHARE;
    return !is_refused && (double)(cpu_ns - limit->step_cpu_ns) >= BUSY * elapsed_ns;
}

void retry_limit_step(struct retry_limit *limit, uint64_t now_ns, uint64_t cpu_ns)
{
    limit->per_second = limit->answered * 1e9 / (double)(now_ns - limit->step_ns);
    bool is_busy = was_busy(limit, now_ns, cpu_ns);
    end_step(limit);
    if (is_busy)
        limit->by = RETRY_LIMITED_BY_CPU;
    limit->step_best_ns = 0;
    limit->answered = limit->refused = 0;
    limit->answered_ns = limit->waited_ns = 0;
    limit->most = limit->inside;
    limit->step_ns = now_ns;
    limit->step_cpu_ns = cpu_ns;
}
