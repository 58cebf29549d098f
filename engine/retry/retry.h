/*
 * retry: whether to try again, how long to wait first, and what may be spent on it. Pure: the time
 * and the random numbers are handed in. It does not wait, count attempts, or know connections.
 *
 *   retry_policy   the numbers: those of inia's default or of the SDKs' modes   policy.h
 *   retry_budget   what all calls of a client may spend on retries together     decide.h
 *   retry_gate     how many calls may be under way to what throttles          gate.h
 *   retry_trial    whether it helps that they are fewer                       trial.h
 *   polling        which operations are called in a loop                      polling.h
 *   retry_quantile how long all but a few take                                quantile.h
 *   retry_limit    how many calls are worth having under way at once          limit.h
 *   retry_pace     the SDKs' adaptive mode: how fast calls may go out           pace.h
 *
 * What is repeated after bytes went out. With the SDKs' modes everything. With inia's own an
 * operation that does no harm when done twice (calls/replay.h), and any other when it was refused:
 * throttled, answered by 503, 408, 425 or an error that the model calls retryable, or when the
 * service says that it has done nothing. So CompleteMultipartUpload, SendMessage or RunTask whose
 * connection is lost, or that is answered by a bare 500, ends there: RETRY_UNSAFE. A request of
 * which no byte can have arrived is always repeated.
 *
 *   struct retry_policy policy;
 *   retry_policy_init(&policy, RETRY_INIA, TEXT("s3"));
 *   struct retry_budget budget;
 *   retry_budget_init(&budget, &policy, now_ns);
 *   struct retry_attempt attempt = {.number = 1, .status = INIA_SERVICE_ERROR, .http_status = 503,
 *       .error_code = TEXT("SlowDown")};
 *   struct retry_decision decision = retry_decide(&budget, &attempt, now_ns, now_s, &random);
 *   if (decision.again) ...                       // wait decision.delay_ns; keep decision.cost
 *   retry_succeeded(&budget, decision.cost, now_ns);   // gives back what the last retry cost
 */
#ifndef RETRY_RETRY_H
#define RETRY_RETRY_H

#include "attempt.h"
#include "decide.h"
#include "gate.h"
#include "limit.h"
#include "pace.h"
#include "policy.h"
#include "polling.h"
#include "quantile.h"
#include "trial.h"

#endif
