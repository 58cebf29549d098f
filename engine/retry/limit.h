/*
 * limit: how many calls to one host are worth having under way at once, found by trying. Each step
 * looks at what came of the last: where the time that answers take stays what it is at best, there
 * is room for more; where it grows, calls only wait at the server, and fewer do as well; where the
 * server throttles, fewer do better. A limit that demand does not reach stays as it is.
 *
 * After the gradient method of congestion control: the next limit is the last one by the ratio of
 * the best time to the time now, and a little more, to find out. Now and then a step with half of
 * the calls shows whether the best time is another by now.
 *
 * Times are in nanoseconds from any start; the same clock throughout.
 */
#ifndef RETRY_LIMIT_H
#define RETRY_LIMIT_H

#include "base/base.h"

enum retry_limited_by {
    RETRY_LIMITED_BY_DEMAND,      /* there is room for more calls */
    RETRY_LIMITED_BY_LIMIT,       /* it is still growing */
    RETRY_LIMITED_BY_CONNECTIONS, /* calls wait for one of those that there may be */
    RETRY_LIMITED_BY_SERVER,      /* more calls at once are not answered sooner, or are refused */
    RETRY_LIMITED_BY_CPU,         /* ours: the thread has hardly been idle */
};

struct retry_answer {
    uint64_t took_ns;   /* until its first byte */
    uint64_t waited_ns; /* of that for a connection */
    bool refused;
};

struct retry_limit {
    double limit;
    double best_ns;                  /* how long answers take at best, as of the last probe */
    double step_best_ns;             /* in this step */
    double before_probe;             /* the limit; 0: this step is no probe */
    uint32_t steps;                  /* since the last one */
    uint32_t inside;                 /* calls */
    uint32_t most;                   /* of those in this step */
    uint32_t answered, refused;      /* in this step */
    uint64_t answered_ns, waited_ns; /* all of them together */
    uint64_t step_ns, step_cpu_ns;   /* when it began */
    double per_second;               /* answers, in the last step */
    enum retry_limited_by by;
};

/* cpu_ns: what the thread has used of a CPU until now; 0 throughout: it is not known. */
void retry_limit_init(struct retry_limit *limit, uint64_t now_ns, uint64_t cpu_ns);
bool retry_limit_take(struct retry_limit *limit); /* false: it is full */
void retry_limit_give(struct retry_limit *limit);
/* true: a step is over, and retry_limit_step() is next. */
bool retry_limit_answered(
    struct retry_limit *limit, const struct retry_answer *answer, uint64_t now_ns) MUST_USE;
void retry_limit_step(struct retry_limit *limit, uint64_t now_ns, uint64_t cpu_ns);

#endif
