#include "watching.h"

#include "call.h"

#include <stdio.h>

static double milliseconds(uint64_t ns)
{
    return (double)ns / 1e6;
}

static double since_submission_ms(const struct call *call)
{
    uint64_t now_ns = ring_clock_ns(call->engine->ring);
    return milliseconds(now_ns > call->submitted_ns ? now_ns - call->submitted_ns : 0);
}

/* What is worth telling beside the state. */
static void add_detail(const struct call *call, struct buffer *out)
{
    static const char *const proofs[] = {
        [AUTH_NONE] = "nobody's, unsigned", [AUTH_SIGV4] = "SigV4",
        [AUTH_SIGV4A] = "SigV4a",           [AUTH_S3_EXPRESS] = "SigV4 of a session",
        [AUTH_BEARER] = "a bearer token",   [AUTH_SIGV2] = "SigV2",
    };
    const struct client_target *target = &call->target;
    switch (call->state) {
    case CALL_QUEUED:
        if (target->route)
            buffer_add_format(
                out, ": to %.*s://%.*s", TEXT_ARGS(target->route->scheme),
                TEXT_ARGS(target->route->host));
        break;
    case CALL_SIGNING:
        buffer_add_format(out, ": %s", proofs[target->auth]);
        if (call->query.identity)
            buffer_add_format(out, ", credentials: %s", call->query.identity->origin);
        break;
    case CALL_EXCHANGING:
        buffer_add_format(out, ": attempt %zu", call->public.attempt_count + 1);
        break;
    case CALL_FINISHED:
        buffer_add_format(
            out, ": %s%s%s", inia_status_name(call->public.status),
            *call->public.error_code ? " " : "", call->public.error_code);
        break;
    default:
        break;
    }
}

void watching_state(const struct call *call)
{
    static const char *const states[CALL_STATES] = {
        [CALL_PREPARING] = "preparing",
        [CALL_QUEUED] = "queued",
        [CALL_IDENTIFYING] = "looking for credentials",
        [CALL_SIGNING] = "signing",
        [CALL_EXCHANGING] = "going out",
        [CALL_JUDGING] = "",
        [CALL_BACKING_OFF] = "backing off",
        [CALL_BETWEEN_POLLS] = "between two looks",
        [CALL_FINISHED] = "finished",
    };
    char memory[400];
    struct buffer out;
    if (call->state == CALL_JUDGING) /* what it comes to is told next */
        return;
    text name = call_operation_name(call);
    buffer_init_fixed(&out, memory, sizeof memory);
    add_detail(call, &out);
    LOG(&call->engine->log, LOG_LEVEL_DEBUG, "call %llu %.*s: %.3f ms: %s%.*s",
        (unsigned long long)call->number, TEXT_ARGS(name), since_submission_ms(call),
        states[call->state], TEXT_ARGS(buffer_text(&out)));
}

void watching_attempt(const struct call *call)
{
    const inia_attempt *attempt = &call->public.attempts[call->public.attempt_count - 1];
    text name = call_operation_name(call);
    char reached[80] = "no connection";
    if (attempt->connected_ns)
        snprintf(
            reached, sizeof reached, "%s connection at %.3f ms, first byte at %.3f ms",
            attempt->new_connection ? "new" : "kept", milliseconds(attempt->connected_ns),
            milliseconds(attempt->first_byte_ns));
    LOG(&call->engine->log, LOG_LEVEL_DEBUG,
        "call %llu %.*s: %.3f ms: attempt %zu: %s, HTTP %d, %s", (unsigned long long)call->number,
        TEXT_ARGS(name), milliseconds(attempt->ended_ns), call->public.attempt_count,
        inia_status_name(attempt->status), attempt->http_status, reached);
}
