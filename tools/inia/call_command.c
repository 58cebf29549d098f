#include "call_output.h"
#include "command.h"
#include "paging.h"
#include "session.h"
#include "signed_request.h"

#include <stdio.h>

/* ---- Sent ------------------------------------------------------------------------------------ */

static int print_output(struct session *session, const inia_call *call)
{
    const struct options *options = &session->options;
    bool events = inia_streams_events(call->operation);
    bool streamed = session->into_fd < 0 && inia_streams_output(call->operation);
    /* A body on standard output must not be mixed with JSON; events are JSON, a line for each. */
    if (streamed && !events) {
        if (options->debug)
            fprintf(stderr, "inia: output %.*s\n", (int)call->output_size, call->output);
        return EXIT_GOOD;
    }
    if (streamed && options->output.style == OUTPUT_PLAIN && !options->query) {
        printf("%.*s\n", (int)call->output_size, call->output);
        return EXIT_GOOD;
    }
    const struct json_value *value =
        call_output(call, &session->workspace, &session->workspace.arena);
    return value ? output_print(&options->output, value, &session->workspace.arena) : EXIT_FAILED;
}

static int send_one(struct session *session)
{
    inia_request request = session_request(session);
    inia_call *call = inia_submit(session->client, &request) ? session_wait(session) : NULL;
    if (!call)
        return workspace_out_of_memory();
    int exit_code = session_judge(session, call);
    if (exit_code == EXIT_GOOD)
        exit_code = print_output(session, call);
    inia_release(call);
    return exit_code;
}

int command_call(int argc, char **argv)
{
    struct session session;
    int exit_code = session_read(&session, argc, argv, "call");
    if (exit_code >= 0)
        return exit_code;
    struct options *options = &session.options;
    exit_code = EXIT_FAILED;
    if ((!options->query ||
         output_set_query(&options->output, &session.workspace, options->query)) &&
        session_connect(&session) && session_find_operation(&session)) {
        options->output.title = options->operation;
        exit_code = options->pages.wanted && inia_is_paginated(session.operation)
                        ? paging_run(&session)
                        : send_one(&session);
    }
    session_close(&session);
    return exit_code;
}

/* ---- Not sent -------------------------------------------------------------------------------- */

static int sign(struct session *session, inia_goal goal)
{
    inia_request request = session_request(session);
    request.goal = goal;
    inia_call *call = inia_submit(session->client, &request) ? session_wait(session) : NULL;
    if (!call)
        return workspace_out_of_memory();
    int exit_code = session_judge(session, call);
    if (exit_code == EXIT_GOOD)
        signed_request_print(call->signed_request, &session->options, goal);
    inia_release(call);
    return exit_code;
}

static int run_sign(int argc, char **argv, const char *command, inia_goal goal)
{
    struct session session;
    int exit_code = session_read(&session, argc, argv, command);
    if (exit_code >= 0)
        return exit_code;
    exit_code = session_connect(&session) && session_find_operation(&session) ? sign(&session, goal)
                                                                              : EXIT_FAILED;
    session_close(&session);
    return exit_code;
}

int command_sign(int argc, char **argv)
{
    return run_sign(argc, argv, "sign", INIA_SIGN);
}

int command_presign(int argc, char **argv)
{
    return run_sign(argc, argv, "presign", INIA_PRESIGN);
}
