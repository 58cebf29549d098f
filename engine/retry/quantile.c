#include "quantile.h"

#define STEP 0.05
#define LEAST 1000.0

void retry_quantile_init(struct retry_quantile *quantile, double share)
{
    *quantile = (struct retry_quantile){.share = share, .estimate = LEAST};
}

void retry_quantile_observe(struct retry_quantile *quantile, uint64_t value)
{
    double observed = (double)value;
    if (quantile->seen < QUANTILE_FIRST) {
        quantile->seen++;
        if (observed > quantile->estimate)
            quantile->estimate = observed;
        return;
    }
    if (observed > quantile->estimate)
        quantile->estimate *= 1 + STEP * quantile->share;
    else
        quantile->estimate *= 1 - STEP * (1 - quantile->share);
    if (quantile->estimate < LEAST)
        quantile->estimate = LEAST;
}

uint64_t retry_quantile_get(const struct retry_quantile *quantile)
{
    return quantile->seen < QUANTILE_FIRST ? 0 : (uint64_t)quantile->estimate;
}
