/*
 * quantile: how long all but a few take, learnt one by one in constant space: each observation
 * above the estimate raises it, each below lowers it, in the proportion in which they should occur.
 * It follows a change within some hundred observations.
 */
#ifndef RETRY_QUANTILE_H
#define RETRY_QUANTILE_H

#include "base/base.h"

enum { QUANTILE_FIRST = 20 }; /* observations until anything is known */

struct retry_quantile {
    double share;    /* of observations that shall be below; 0.95 */
    double estimate; /* of the first few: the largest */
    uint32_t seen;   /* up to QUANTILE_FIRST */
};

void retry_quantile_init(struct retry_quantile *quantile, double share);
void retry_quantile_observe(struct retry_quantile *quantile, uint64_t value);
uint64_t retry_quantile_get(const struct retry_quantile *quantile); /* 0: not known yet */

#endif
