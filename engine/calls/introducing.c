/* Introducing: the headers that tell who sends a request, which attempt of which call it is, and
 * the trace it belongs to. They are not signed: nothing depends on them. */
#include "call.h"

#include "user_agent.h"

#include <stdlib.h>
#include <sys/utsname.h>

static text name_of_mode(const inia_client *client)
{
    switch (client->retry_policy.mode) {
    case RETRY_OFF:
        return TEXT("off");
    case RETRY_STANDARD:
    case RETRY_STANDARD_2026:
        return TEXT("standard");
    case RETRY_ADAPTIVE:
        return TEXT("adaptive");
    case RETRY_INIA:
        break;
    }
    return TEXT("inia");
}

static void add_metric(struct buffer *out, bool holds, const char *letter)
{
    if (holds)
        buffer_add_format(out, "%s%s", out->size ? "," : "", letter);
}

/* What the SDKs agreed to tell of the features in use, a letter each (botocore/useragent.py). */
static void write_metrics(struct buffer *out, const inia_client *client)
{
    const struct client_switches *switches = &client->switches;
    enum retry_mode mode = client->retry_policy.mode;
    add_metric(out, client->custom_endpoint, "N");
    add_metric(out, switches->request_checksums, "Z");
    add_metric(out, !switches->request_checksums, "a");
    add_metric(out, switches->response_checksums, "b");
    add_metric(out, !switches->response_checksums, "c");
    add_metric(out, mode == RETRY_STANDARD || mode == RETRY_STANDARD_2026, "E");
    add_metric(out, mode == RETRY_ADAPTIVE, "F");
}

bool client_introduce(
    inia_client *client, const inia_client_config *config, const struct settings *settings)
{
    struct utsname system;
    struct buffer out, attempt, metrics;
    bool known = uname(&system) == 0;
    char letters[32];
    buffer_init_fixed(&metrics, letters, sizeof letters);
    write_metrics(&metrics, client);
    struct user_agent agent = {
        .product = TEXT("inia"),
        .version = TEXT(VERSION_TEXT),
        .system = TEXT("linux"),
        .system_version = known ? text_of(system.release) : (text){NULL, 0},
        .language = TEXT("c"),
        .language_version = TEXT("17"),
        .environment = settings_variable(settings, "AWS_EXECUTION_ENV").value,
        .metrics = buffer_text(&metrics),
        .retry_mode = name_of_mode(client),
        .app_id = choice_text(settings, &setting_app_id, config->app_id),
    };
    buffer_init(&out, &client->arena);
    user_agent_write(&out, &agent);
    buffer_init(&attempt, &client->arena);
    user_agent_write_attempt(&attempt, 1, client->max_attempts);
    client->user_agent = buffer_text(&out);
    client->first_attempt = buffer_text(&attempt);
    client->in_lambda = settings_variable(settings, "AWS_LAMBDA_FUNCTION_NAME").value.size > 0;
    return buffer_ok(&out) && buffer_ok(&attempt);
}

bool call_name_invocation(struct call *call)
{
    enum { UUID_SIZE = 36 };
    char *id = arena_alloc(&call->arena, UUID_SIZE + 1);
    if (!id)
        return false;
    random_uuid(&call->engine->random, id);
    call->invocation = text_from(id, UUID_SIZE);
    return true;
}

static text which_attempt(struct call *call)
{
    const inia_client *client = call->public.client;
    uint32_t number = call->attempts_made + 1 - call->replays - call->away;
    if (number == 1)
        return client->first_attempt;
    struct buffer out;
    buffer_init(&out, &call->arena);
    user_agent_write_attempt(&out, number, client->max_attempts);
    return buffer_ok(&out) ? buffer_text(&out) : (text){NULL, 0};
}

/* Lambda changes it for each invocation of the function that we are in. */
static bool add_trace(struct call *call)
{
    const char *trace = getenv("_X_AMZN_TRACE_ID");
    text name = TEXT("x-amzn-trace-id");
    struct buffer out;
    if (!trace || !*trace || http_draft_find(&call->draft, name))
        return true;
    buffer_init(&out, &call->arena);
    user_agent_write_trace(&out, text_of(trace));
    return buffer_ok(&out) && call_add_header(call, name, buffer_text(&out));
}

bool call_introduce(struct call *call)
{
    const inia_client *client = call->public.client;
    return call_add_header(call, TEXT("user-agent"), client->user_agent) &&
           call_add_header(call, TEXT("amz-sdk-invocation-id"), call->invocation) &&
           call_add_header(call, TEXT("amz-sdk-request"), which_attempt(call)) &&
           (!client->in_lambda || add_trace(call));
}
