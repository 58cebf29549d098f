#include "session.h"

#include "command.h"
#include "file.h"
#include "mfa.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int session_read(struct session *session, int argc, char **argv, const char *command)
{
    *session = (struct session){.body_fd = -1, .into_fd = -1};
    int exit_code = options_read(&session->options, argc, argv, command);
    if (exit_code < 0 && !workspace_init(&session->workspace)) {
        options_release(&session->options);
        exit_code = EXIT_FAILED;
    }
    return exit_code;
}

static void write_log(void *arg, int level, const char *line)
{
    (void)arg, (void)level;
    fprintf(stderr, "inia: %s\n", line);
}

/* errno says why not. */
static int open_body(const char *path)
{
    struct stat found;
    int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &found) || !S_ISDIR(found.st_mode))
        return fd;
    close(fd);
    errno = EISDIR;
    return -1;
}

static bool open_files(struct session *session)
{
    const struct options *options = &session->options;
    if (options->body_file) {
        session->body_fd = open_body(options->body_file);
        if (session->body_fd < 0) {
            fprintf(stderr, "inia: --body: %s: %s\n", options->body_file, strerror(errno));
            return false;
        }
    }
    if (options->into_file && strcmp(options->into_file, "-") != 0) {
        session->into_fd = open(options->into_file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
        if (session->into_fd < 0) {
            fprintf(stderr, "inia: --into: %s: %s\n", options->into_file, strerror(errno));
            return false;
        }
    }
    return true;
}

bool session_open(struct session *session, inia_error *error)
{
    inia_engine_config config = {
        .log = write_log, .log_level = session->options.debug ? 7 : 4, .max_connections = 16};
    session->options.client.mfa = mfa_ask;
    session->engine = inia_engine_new(&config, error);
    session->client = inia_client_new(session->engine, &session->options.client, error);
    return session->client != NULL;
}

bool session_connect(struct session *session)
{
    inia_error error = {0};
    bool good = session_open(session, &error);
    if (!good)
        workspace_complain(&error);
    return good;
}

bool session_find_operation(struct session *session)
{
    inia_error error = {0};
    session->operation = inia_find_operation(session->client, session->options.operation, &error);
    if (!session->operation)
        workspace_complain(&error);
    return session->operation && open_files(session);
}

void session_close(struct session *session)
{
    inia_engine_free(session->engine);
    if (session->body_fd > STDIN_FILENO)
        close(session->body_fd);
    if (session->into_fd >= 0)
        close(session->into_fd);
    workspace_release(&session->workspace);
    options_release(&session->options);
}

static ssize_t read_stdin(void *arg, void *buffer, size_t capacity)
{
    (void)arg;
    ssize_t got;
    do
        got = read(STDIN_FILENO, buffer, capacity);
    while (got < 0 && errno == EINTR);
    return got;
}

static ssize_t write_stdout(void *arg, const void *bytes, size_t size)
{
    (void)arg;
    return file_write_all(STDOUT_FILENO, bytes, size) == 0 ? (ssize_t)size : -1;
}

/* A regular file has a size and may be read again; a pipe is a stream. */
static inia_source body_source(const struct session *session)
{
    if (session->body_fd < 0)
        return (inia_source){0};
    if (lseek(session->body_fd, 0, SEEK_CUR) >= 0)
        return inia_from_file(session->body_fd, 0, INIA_UNKNOWN_SIZE);
    return inia_from_stream(read_stdin, NULL, NULL, INIA_UNKNOWN_SIZE);
}

inia_request session_request(const struct session *session)
{
    const struct options *options = &session->options;
    return (inia_request){
        .operation = session->operation,
        .json = options->json,
        .params = options->params,
        .body = body_source(session),
        .into = session->into_fd >= 0 ? inia_to_file(session->into_fd, 0)
                                      : inia_to_stream(write_stdout, NULL),
        .deadline_ms = options->deadline_ms,
        .expires_s = options->expires_s,
    };
}

inia_call *session_wait(struct session *session)
{
    inia_call *call;
    while (inia_wait(session->engine, &call, 1, -1) == 0)
        ;
    return call;
}

static void print_failure(const inia_call *call)
{
    const char *name = *call->error_code ? call->error_code : inia_status_name(call->status);
    fprintf(stderr, "inia: %s: %s", name, *call->message ? call->message : "no message");
    if (call->http_status)
        fprintf(stderr, " (HTTP %d", call->http_status);
    if (call->http_status && *call->request_id)
        fprintf(stderr, ", request %s", call->request_id);
    fprintf(stderr, call->http_status ? ")\n" : "\n");
}

static void print_attempts(const inia_call *call)
{
    for (size_t i = 0; i < call->attempt_count; i++) {
        const inia_attempt *attempt = &call->attempts[i];
        fprintf(
            stderr,
            "inia: attempt %zu: %s, HTTP %d %s, %s connection, started %.3f ms, connected %.3f "
            "ms, first byte %.3f ms, ended %.3f ms\n",
            i + 1, inia_status_name(attempt->status), attempt->http_status, attempt->error_code,
            attempt->new_connection ? "new" : "kept", (double)attempt->started_ns / 1e6,
            (double)attempt->connected_ns / 1e6, (double)attempt->first_byte_ns / 1e6,
            (double)attempt->ended_ns / 1e6);
    }
}

int session_judge(const struct session *session, const inia_call *call)
{
    if (session->options.debug)
        print_attempts(call);
    if (call->status == INIA_OK)
        return EXIT_GOOD;
    print_failure(call);
    return EXIT_FAILED;
}
