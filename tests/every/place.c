#include "place.h"

#include "endpoint/server.h"
#include "test.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static struct server server; /* it is large */
static pthread_t thread;
static sem_t ready, stopped;
static bool runs;

/* ---- The endpoint ---------------------------------------------------------------------- */

static void *serve(void *arg)
{
    struct place *place = arg;
    char *argv[] = {"--port",  "0",           "--tls-port", "0",   "--echo",
                    "--state", place->folder, "--idle",     "600s"};
    struct options options;
    bool help;
    runs = options_parse(&options, COUNT_OF(argv), argv, &help);
    options.access_key = TEXT(PLACE_KEY);
    options.secret_key = TEXT(PLACE_SECRET);
    runs = runs && server_init(&server, &options);
    sem_post(&ready);
    if (runs)
        server_run(&server);
    while (sem_wait(&stopped) != 0) /* who stops it still touches it */
        ;
    server_release(&server);
    return arg;
}

static int connect_to(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    int at_once = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
        FAIL("cannot connect to the endpoint");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
    return fd;
}

void place_start(struct place *place)
{
    snprintf(place->folder, sizeof place->folder, "/tmp/inia-every-XXXXXX");
    CHECK(mkdtemp(place->folder) != NULL);
    sem_init(&ready, 0, 0);
    sem_init(&stopped, 0, 0);
    CHECK(pthread_create(&thread, NULL, serve, place) == 0);
    while (sem_wait(&ready) != 0)
        ;
    if (!runs)
        FAIL("the endpoint does not start");
    snprintf(place->url, sizeof place->url, "http://aws.localhost:%u", server.plain.port);
    snprintf(
        place->secure_url, sizeof place->secure_url, "https://aws.localhost:%u",
        server.secure.port);
    place->fd = connect_to(server.plain.port);
}

static void remove_folder(const char *folder)
{
    char path[512];
    DIR *files = opendir(folder);
    for (struct dirent *file; files && (file = readdir(files));) {
        snprintf(path, sizeof path, "%s/%s", folder, file->d_name);
        unlink(path);
    }
    if (files)
        closedir(files);
    rmdir(folder);
}

void place_stop(struct place *place)
{
    close(place->fd);
    server_stop(&server);
    sem_post(&stopped);
    pthread_join(thread, NULL);
    sem_destroy(&ready);
    sem_destroy(&stopped);
    remove_folder(place->folder);
}

/* ---- The administrator's requests -------------------------------------------------------- */

static void send_all(int fd, text bytes)
{
    while (bytes.size) {
        ssize_t sent = send(fd, bytes.data, bytes.size, MSG_NOSIGNAL);
        CHECK(sent > 0);
        bytes = text_after(bytes, (size_t)sent);
    }
}

static void receive_more(int fd, struct buffer *in)
{
    char piece[65536];
    ssize_t size = recv(fd, piece, sizeof piece, 0);
    CHECK(size > 0);
    buffer_add(in, (text){piece, (size_t)size});
    CHECK(buffer_ok(in));
}

static size_t length_in(text head)
{
    static const text name = TEXT_INIT("Content-Length: ");
    size_t at = text_find_text(head, name);
    if (at == SIZE_MAX)
        return 0;
    return (size_t)strtoull(head.data + at + name.size, NULL, 10);
}

/* The body of a successful answer. */
static text receive_answer(int fd, struct arena *arena)
{
    struct buffer in;
    size_t head;
    buffer_init(&in, arena);
    do {
        receive_more(fd, &in);
        head = http_head_size(buffer_text(&in), 0);
    } while (!head);
    size_t length = length_in((text){in.data, head});
    while (in.size < head + length)
        receive_more(fd, &in);
    if (in.data[9] != '2')
        FAIL("the endpoint refuses: %.*s", TEXT_ARGS(buffer_text(&in)));
    return (text){in.data + head, length};
}

static void write_deposit(const struct answer *answer, struct buffer *out)
{
    buffer_add_format(out, "{\"status\":%d,\"headers\":", answer->status);
    json_write(out, answer->headers);
    buffer_add(out, TEXT(",\"body_base64\":\""));
    buffer_add_base64(out, buffer_text(&answer->body));
    buffer_add(out, TEXT("\"}"));
}

void place_put(struct place *place, const struct answer *answer)
{
    struct buffer body, request;
    buffer_init(&body, answer->arena);
    buffer_init(&request, answer->arena);
    write_deposit(answer, &body);
    buffer_add_format(
        &request, "PUT /_inia/echo HTTP/1.1\r\nHost: here\r\nContent-Length: %zu\r\n\r\n",
        body.size);
    buffer_add(&request, buffer_text(&body));
    CHECK(buffer_ok(&request) && buffer_ok(&body));
    send_all(place->fd, buffer_text(&request));
    receive_answer(place->fd, answer->arena);
}

struct json_value *place_get(struct place *place, struct json_parser *parser, struct arena *arena)
{
    struct json_problem problem;
    send_all(place->fd, TEXT("GET /_inia/echo HTTP/1.1\r\nHost: here\r\n\r\n"));
    text body = receive_answer(place->fd, arena);
    struct json_value *description = json_parse(parser, body, arena, &problem);
    CHECK(description != NULL);
    return description;
}
