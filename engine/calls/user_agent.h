/*
 * user_agent: who sends a request, in the form that the SDKs agreed upon (User-Agent 2.1), and the
 * headers that tell calls, attempts and the traces they belong to apart. Pure.
 *
 *   inia/0.1 ua/2.1 os/linux#6.1.0 lang/c#17 exec-env/AWS_ECS m/Z,b,E cfg/retry-mode#standard
 * app/mine
 */
#ifndef CALLS_USER_AGENT_H
#define CALLS_USER_AGENT_H

#include "base/base.h"

struct user_agent {
    text product, version; /* as they are; the rest has "-" for what may not be in it */
    text system, system_version;
    text language, language_version;
    text environment; /* AWS_EXECUTION_ENV; absent or empty: left out, as are the next ones */
    text metrics;     /* "A,B" */
    text retry_mode;  /* "standard" */
    text app_id;
    text framework, framework_version;
};

void user_agent_write(struct buffer *out, const struct user_agent *agent);

/* One part of it: what is no letter, digit or one of !$%&'*+-.^_`|~, becomes "-"; with_hash: "#"
 * stays too. */
void user_agent_add_part(struct buffer *out, text part, bool with_hash);

/* amz-sdk-request: which attempt of how many. */
void user_agent_write_attempt(struct buffer *out, uint32_t attempt, uint32_t most);

/* X-Amzn-Trace-Id from _X_AMZN_TRACE_ID: percent-encoded, but for -=;:+&[]{}"', */
void user_agent_write_trace(struct buffer *out, text trace);

#endif
