#include "command.h"
#include "session.h"

static int wait_for(struct session *session, const inia_waiter *waiter)
{
    enum { MS = 1000 };
    inia_request request = session_request(session);
    request.until = waiter;
    request.wait_s = (session->options.interval_ms + MS - 1) / MS;
    request.max_polls = session->options.max_polls;
    inia_call *call = inia_submit(session->client, &request) ? session_wait(session) : NULL;
    if (!call)
        return workspace_out_of_memory();
    int exit_code = session_judge(session, call);
    inia_release(call);
    return exit_code;
}

int command_wait(int argc, char **argv)
{
    struct session session;
    inia_error error = {0};
    int exit_code = session_read(&session, argc, argv, "wait");
    if (exit_code >= 0)
        return exit_code;
    exit_code = EXIT_FAILED;
    if (session_connect(&session)) {
        const inia_waiter *waiter =
            inia_find_waiter(session.client, session.options.operation, &error);
        exit_code = waiter ? wait_for(&session, waiter) : workspace_complain(&error);
    }
    session_close(&session);
    return exit_code;
}
