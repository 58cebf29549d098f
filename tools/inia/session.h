/* session: one engine, one client, one call at a time: what `inia call`, `sign`, `presign` and
 * `wait` run. */
#ifndef INIA_SESSION_H
#define INIA_SESSION_H

#include "options.h"
#include "workspace.h"

struct session {
    struct options options;
    struct workspace workspace;
    inia_engine *engine;
    inia_client *client;
    const inia_operation *operation; /* NULL: not looked for */
    int body_fd, into_fd;            /* -1: none */
};

/* Reads the command line. -1, or the exit code to end with: then there is nothing to close. */
int session_read(struct session *session, int argc, char **argv, const char *command) MUST_USE;

/* Engine and client; then what session_find_operation() does and the files of the bodies. Each
 * false with a line on stderr; session_close() all the same. */
bool session_connect(struct session *session) MUST_USE;
bool session_open(struct session *session, inia_error *error) MUST_USE; /* says nothing itself */
bool session_find_operation(struct session *session) MUST_USE;
void session_close(struct session *session);

/* What the options ask for; the caller may change it before it is submitted. */
inia_request session_request(const struct session *session);

/* Waits for the one call that is under way. */
inia_call *session_wait(struct session *session);

/* Tells attempts if they are asked for, and a failure on stderr. Returns an exit code. */
int session_judge(const struct session *session, const inia_call *call);

#endif
