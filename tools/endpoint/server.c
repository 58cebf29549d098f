#include "server.h"

#include "connection.h"
#include "sqs.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SWEEP_NS = 1000000000, STOP_NS = 1000000000 };

/* ---- Accepting ------------------------------------------------------------------- */

static void accept_on(struct server *server, int fd, int error, struct net_identity *identity)
{
    if (fd < 0)
        LOG(&server->log, LOG_LEVEL_WARNING, "accepting failed: %s", strerror(error));
    else if (server->is_stopping || server->connections.count >= server->options.connections_most)
        close(fd);
    else
        connection_accept(server, fd, identity);
}

static void accepted_plain(struct ring_listener *listener, int fd, int error)
{
    accept_on(CONTAINER_OF(listener, struct server, plain), fd, error, NULL);
}

static void accepted_secure(struct ring_listener *listener, int fd, int error)
{
    struct server *server = CONTAINER_OF(listener, struct server, secure);
    accept_on(server, fd, error, server->identity);
}

static bool socket_address(
    const char *host, uint16_t port, struct sockaddr_storage *address, socklen_t *size)
{
    struct sockaddr_in *four = (struct sockaddr_in *)(void *)address;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)(void *)address;
    memset(address, 0, sizeof *address);
    if (inet_pton(AF_INET, host, &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = htons(port);
        *size = sizeof *four;
        return true;
    }
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(port);
    *size = sizeof *six;
    return inet_pton(AF_INET6, host, &six->sin6_addr) == 1;
}

static bool listen_on(
    struct server *server, struct ring_listener *listener, uint16_t port,
    void (*accepted)(struct ring_listener *, int, int))
{
    struct sockaddr_storage address;
    socklen_t size;
    const char *host = server->options.address;
    if (!socket_address(host, port, &address, &size)) {
        fprintf(stderr, "inia endpoint: %s is not an IP address\n", host);
        return false;
    }
    int error =
        ring_listen(listener, server->ring, (const struct sockaddr *)&address, size, accepted);
    if (error)
        fprintf(
            stderr, "inia endpoint: cannot listen on %s port %u: %s\n", host, port,
            strerror(error));
    return error == 0;
}

/* ---- Time ------------------------------------------------------------------------- */

static void sweep(struct ring_timer *timer)
{
    struct server *server = CONTAINER_OF(timer, struct server, sweep);
    uint64_t now_ns = ring_now_ns(server->ring);
    uint64_t idle_ns = (uint64_t)server->options.idle_ms * 1000000;
    struct list_link *next;
    for (struct list_link *link = server->connections.first; link; link = next) {
        struct connection *connection = connection_of_link(link);
        next = link->next;
        if (now_ns > connection->active_ns && now_ns - connection->active_ns > idle_ns)
            connection_end(connection);
    }
    ring_timer_set(server->ring, &server->sweep, now_ns + SWEEP_NS);
}

text server_common_fields(struct server *server)
{
    int64_t now_s = ring_wall_ms(server->ring) / 1000;
    if (now_s != server->common_s) {
        struct buffer common;
        buffer_init_fixed(&common, server->common, sizeof server->common);
        buffer_add(&common, TEXT("Date: "));
        date_write_http(&common, (struct date){now_s, 0});
        buffer_add(
            &common, TEXT("\r\nServer: inia-endpoint\r\nx-amz-id-2: inia-endpoint\r\n"
                          "x-amz-request-id: "));
        check(buffer_ok(&common));
        server->common_s = now_s;
        server->common_size = common.size;
    }
    return (text){server->common, server->common_size};
}

void server_count(struct server *server, const struct request *request)
{
    const struct reply *reply = &request->reply;
    struct server_counters *counters = &server->counters;
    counters->requests++;
    counters->bytes_out += reply->left + reply->text.size;
    counters->answers_2xx += reply->status / 100 == 2;
    counters->answers_3xx += reply->status / 100 == 3;
    counters->answers_4xx += reply->status / 100 == 4;
    counters->answers_5xx += reply->status / 100 == 5;
    if (server->options.log_requests)
        fprintf(
            stderr, "%016llx %.*s %.*s %d %zu%s%.*s\n", (unsigned long long)request->number,
            TEXT_ARGS(request->operation->name), TEXT_ARGS(request->path), reply->status,
            reply->left + reply->text.size, request->refusal ? " " : "",
            TEXT_ARGS(request->refusal ? request->refusal->code : (text){0}));
}

/* ---- Life ------------------------------------------------------------------------- */

static void write_log(void *arg, int level, const char *line)
{
    (void)arg;
    (void)level;
    fprintf(stderr, "inia endpoint: %s\n", line);
}

static bool fail(const inia_error *error)
{
    fprintf(stderr, "inia endpoint: %s\n", error->detail);
    return false;
}

static bool init_engine(struct server *server)
{
    inia_error error = {0};
    struct ring_config ring = {
        .memory = &server->memory,
        .log = &server->log,
        .receive_buffers = 256,
    };
    server->ring = ring_new(&ring, &error);
    if (!server->ring)
        return fail(&error);
    struct net_config net = {
        .ring = server->ring,
        .memory = &server->memory,
        .log = &server->log,
        .seed = random_seed_from_system(),
    };
    server->net = net_new(&net, &error);
    if (!server->net)
        return fail(&error);
    if (server->options.with_tls) {
        server->identity = authority_identity(server->net, &server->authority, &error);
        if (!server->identity)
            return fail(&error);
    }
    return true;
}

static bool init_services(struct server *server)
{
    uint64_t seed = random_seed_from_system();
    slab_init(&server->connection_slab, &server->memory, sizeof(struct connection), 16);
    slab_init(&server->blocks, &server->memory, ARENA_BLOCK_SIZE, 64);
    slab_init(&server->pages, &server->memory, REPLY_PAGE_SIZE, 8);
    store_init(&server->store, &server->memory, seed);
    queues_init(
        &server->queues, server->ring, &server->memory, &server->store.objects.blobs, seed + 1,
        sqs_serve_waiting);
    echo_init(&server->echo, &server->memory);
    random_init(&server->random, seed + 2);
    server->request_number = seed >> 16;
    server->sweep.fire = sweep;
    ring_timer_set(server->ring, &server->sweep, ring_now_ns(server->ring) + SWEEP_NS);
    server->json = json_parser_new();
    server->xml = xml_parser_new();
    server->verifier.is_off = server->options.no_verify;
    return server->json && server->xml &&
           verifier_init(&server->verifier, server->options.access_key, server->options.secret_key);
}

bool server_init(struct server *server, const struct options *options)
{
    memset(server, 0, sizeof *server);
    server->options = *options;
    server->faults = options->faults;
    server->log = (struct log){
        .write = write_log,
        .level = options->log_requests ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING,
    };
    budget_init(&server->memory, (size_t)options->memory_most);
    if (!authority_init(&server->authority, options) || !init_engine(server))
        return false;
    if (!init_services(server)) {
        fprintf(stderr, "inia endpoint: out of memory, or the secret key is too long\n");
        return false;
    }
    server->is_listening = listen_on(server, &server->plain, options->port, accepted_plain);
    if (!server->is_listening)
        return false;
    if (!options->with_tls)
        return true;
    server->is_listening_secure =
        listen_on(server, &server->secure, options->tls_port, accepted_secure);
    return server->is_listening_secure;
}

void server_run(struct server *server)
{
    while (!server->is_stopping)
        ring_turn(server->ring, -1);
}

void server_stop(struct server *server)
{
    server->is_stopping = true;
    ring_wake(server->ring);
}

static void close_connections(struct server *server)
{
    for (struct list_link *link = server->connections.first, *next; link; link = next) {
        next = link->next;
        connection_end(connection_of_link(link));
    }
    uint64_t until_ns = ring_clock_ns(server->ring) + STOP_NS;
    while (!list_is_empty(&server->connections) && ring_clock_ns(server->ring) < until_ns)
        ring_turn(server->ring, 10000000);
}

void server_release(struct server *server)
{
    if (server->is_listening)
        ring_listener_close(&server->plain);
    if (server->is_listening_secure)
        ring_listener_close(&server->secure);
    if (server->ring)
        close_connections(server);
    if (!list_is_empty(&server->connections))
        return;
    if (server->json) {
        ring_timer_clear(server->ring, &server->sweep);
        queues_release(&server->queues);
        echo_release(&server->echo);
        store_release(&server->store);
        slab_release(&server->connection_slab);
        slab_release(&server->blocks);
        slab_release(&server->pages);
        json_parser_free(server->json);
    }
    if (server->xml)
        xml_parser_free(server->xml);
    verifier_release(&server->verifier);
    net_identity_free(server->identity);
    if (server->net)
        net_free(server->net);
    if (server->ring)
        ring_free(server->ring);
}
