/* imds: what all questions to the instance's metadata service have in common. */
#ifndef IDENTITY_IMDS_H
#define IDENTITY_IMDS_H

#include "plan.h"

/* The URL of base and rest there. Absent: no memory. */
text imds_url(const struct plan_imds *imds, text base, text rest, struct arena *arena);

/* A session's token was asked for, and the answer is there: whether things go on, with the token
 * (version 2) or, where it is absent, without (version 1). */
bool imds_may_go_on(const struct plan_imds *imds, const struct fetch *fetch, text *token) MUST_USE;

#define IMDS_TOKEN_PATH TEXT("/latest/api/token")
#define IMDS_TOKEN_LASTS TEXT("x-aws-ec2-metadata-token-ttl-seconds")
#define IMDS_TOKEN TEXT("x-aws-ec2-metadata-token")

#endif
