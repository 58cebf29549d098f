/*
 * cancel [CALLS]: so many calls (10,000) are in flight on as many connections to a server on
 * loopback that never answers, and are cancelled: nanoseconds for each inia_cancel(), and until
 * the last has been handed out. Then as many are submitted again, at once.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inia/inia.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CALLS = 10000, AT_ONCE = 512, ROUNDS = 3, QUIET_MS = 200, CONNECTED_MOST_S = 30 };

struct bench {
    inia_engine *engine;
    inia_client *client;
    inia_request request;
    inia_call **calls;
    size_t count;
};

static _Noreturn void fail(const char *what, const char *why)
{
    fprintf(stderr, "cancel: %s: %s\n", what, why);
    exit(1);
}

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void allow_files(size_t count)
{
    struct rlimit limit = {count + 100, count + 100};
    struct rlimit now;
    if (getrlimit(RLIMIT_NOFILE, &now) == 0 && now.rlim_cur >= limit.rlim_cur)
        return;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
        fail("files", strerror(errno));
}

/* Takes connections and says nothing, in a process of its own. Returns its id. */
static pid_t start_server(size_t most, int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 ||
        listen(listener, 4096) < 0 || getsockname(listener, (struct sockaddr *)&address, &size) < 0)
        fail("listen", strerror(errno));
    pid_t server = fork();
    if (server == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (size_t i = 0; i < most; i++)
            (void)!accept(listener, NULL, NULL);
        for (;;)
            pause();
    }
    close(listener);
    *port = ntohs(address.sin_port);
    return server;
}

static void open_bench(struct bench *bench, int port)
{
    static const inia_credentials credentials = {"AKID", "secret", NULL, 0};
    static const inia_param params[] = {{"Bucket", "b"}, {"Key", "k"}, {0}};
    char url[64];
    inia_error error = {INIA_OK, ""};
    snprintf(url, sizeof url, "http://127.0.0.1:%d", port);
    uint32_t count = (uint32_t)bench->count;
    bench->engine = inia_engine_new(
        &(inia_engine_config){.max_calls = count, .max_connections = count}, &error);
    if (!bench->engine)
        fail("engine", error.detail);
    inia_client_config config = {
        .service = "s3", .region = "us-east-1", .endpoint_url = url, .credentials = &credentials};
    bench->client = inia_client_new(bench->engine, &config, &error);
    if (!bench->client)
        fail("client", error.detail);
    bench->request = (inia_request){
        .operation = inia_find_operation(bench->client, "GetObject", &error), .params = params};
    bench->calls = calloc(bench->count, sizeof *bench->calls);
    if (!bench->request.operation || !bench->calls)
        fail("operation", error.detail);
}

static void submit_all(struct bench *bench)
{
    for (size_t i = 0; i < bench->count; i++) {
        bench->calls[i] = inia_submit(bench->client, &bench->request);
        if (!bench->calls[i])
            fail("submit", "a place was not given back");
    }
}

/* Until all have sent what they have to say: nothing has been sent for a while. */
static void let_them_go_out(struct bench *bench)
{
    uint64_t began = now_ns(), quiet_since = began, sent = 0;
    inia_stats stats;
    do {
        (void)inia_wait(bench->engine, NULL, 0, 10);
        inia_engine_stats(bench->engine, &stats);
        if (stats.bytes_sent != sent)
            quiet_since = now_ns();
        sent = stats.bytes_sent;
        if (now_ns() - began > CONNECTED_MOST_S * UINT64_C(1000000000))
            fail("connections", "not made in time");
    } while (stats.connections < bench->count ||
             now_ns() - quiet_since < QUIET_MS * UINT64_C(1000000));
}

static void collect_all(struct bench *bench)
{
    inia_call *done[AT_ONCE];
    inia_stats stats;
    for (size_t finished = 0; finished < bench->count;) {
        size_t count = inia_wait(bench->engine, done, AT_ONCE, -1);
        finished += count;
        for (size_t i = 0; i < count; i++) {
            if (done[i]->status != INIA_CANCELLED)
                fail("a call", done[i]->message);
            inia_release(done[i]);
        }
    }
    inia_engine_stats(bench->engine, &stats);
    if (stats.calls)
        fail("calls", "some are left");
}

static void measure(struct bench *bench)
{
    submit_all(bench);
    let_them_go_out(bench);
    uint64_t began = now_ns();
    for (size_t i = 0; i < bench->count; i++)
        inia_cancel(bench->calls[i]);
    uint64_t cancelled = now_ns();
    collect_all(bench);
    uint64_t collected = now_ns();
    submit_all(bench);
    uint64_t submitted = now_ns();
    double count = (double)bench->count;
    printf(
        "%zu in flight: %.0f ns for each inia_cancel(), all handed out %.1f ms after the first; as"
        " many submitted again, %.0f ns each\n",
        bench->count, (double)(cancelled - began) / count, (double)(collected - began) / 1e6,
        (double)(submitted - collected) / count);
    for (size_t i = 0; i < bench->count; i++)
        inia_cancel(bench->calls[i]);
    collect_all(bench);
}

int main(int argc, char **argv)
{
    struct bench bench = {.count = argc > 1 ? strtoul(argv[1], NULL, 10) : CALLS};
    if (!bench.count || bench.count > 1000000)
        fail("CALLS", "1 to 1000000");
    allow_files(bench.count);
    for (int round = 0; round < ROUNDS; round++) {
        int port;
        pid_t server = start_server(bench.count, &port);
        open_bench(&bench, port);
        measure(&bench);
        inia_engine_free(bench.engine);
        free(bench.calls);
        kill(server, SIGKILL);
        waitpid(server, NULL, 0);
    }
    return 0;
}
