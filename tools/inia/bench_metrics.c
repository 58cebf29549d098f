#include "bench_metrics.h"

#include "api/api.h"
#include "bench_report.h"

#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    PAGE_MOST = 32 << 10,
    REQUEST_MOST = 8192, /* bytes of a head ... */
    PIECES_MOST = 8,     /* ... and in how many it may come, each ... */
    PATIENCE_MS = 1000,  /* ... so late: the bench waits for no longer at its end */
    LOOK_MS = 50,
};

struct core {
    inia_stats stats;
    struct bench_histogram latency;
};

struct bench_metrics {
    int listener;
    pthread_t thread;
    pthread_mutex_t lock; /* of the cores */
    atomic_bool stop;
    uint32_t core_count;
    struct bench_histogram latency; /* of all of them; the thread's, as is the page */
    char page[PAGE_MOST];
    struct core cores[];
};

/* ---- The page -------------------------------------------------------------------------------- */

size_t bench_metrics_write_latency(
    const struct bench_histogram *latency, char *buffer, size_t capacity)
{
    static const double bounds_s[] = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                      0.05,   0.1,     0.25,   0.5,   1,      2.5,   5,    10};
    static const char name[] = "inia_bench_latency_seconds";
    char lines[2048];
    int size = 0;
    for (size_t i = 0; i < sizeof bounds_s / sizeof bounds_s[0]; i++)
        size += snprintf(
            lines + size, sizeof lines - (size_t)size, "%s_bucket{le=\"%g\"} %" PRIu64 "\n", name,
            bounds_s[i], bench_histogram_within(latency, (uint64_t)(bounds_s[i] * 1e9)));
    size = snprintf(
        buffer, capacity,
        "# HELP %s From submission to the end of a call.\n# TYPE %s histogram\n%s"
        "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n%s_sum %.9f\n%s_count %" PRIu64 "\n",
        name, name, lines, name, latency->count, name, (double)latency->sum / 1e9, name,
        latency->count);
    return size > 0 ? (size_t)size : 0;
}

static size_t write_page(struct bench_metrics *metrics)
{
    static const inia_stats nothing;
    inia_stats stats = {0};
    bench_histogram_clear(&metrics->latency);
    pthread_mutex_lock(&metrics->lock);
    for (uint32_t i = 0; i < metrics->core_count; i++) {
        bench_stats_add(&stats, &nothing, &metrics->cores[i].stats);
        bench_histogram_merge(&metrics->latency, &metrics->cores[i].latency);
    }
    pthread_mutex_unlock(&metrics->lock);
    size_t size = metrics_write(&stats, metrics->page, PAGE_MOST);
    if (size < PAGE_MOST)
        size +=
            bench_metrics_write_latency(&metrics->latency, metrics->page + size, PAGE_MOST - size);
    return size < PAGE_MOST ? size : PAGE_MOST - 1;
}

/* ---- Serving --------------------------------------------------------------------------------- */

static bool write_all(int fd, const char *bytes, size_t size)
{
    while (size) {
        ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        bytes += sent;
        size -= (size_t)sent;
    }
    return true;
}

/* Until the head of a request has come. */
static bool read_head(int fd)
{
    char head[REQUEST_MOST + 1];
    size_t size = 0;
    for (int piece = 0; piece < PIECES_MOST && size < REQUEST_MOST; piece++) {
        ssize_t got = recv(fd, head + size, REQUEST_MOST - size, 0);
        if (got <= 0)
            return false;
        size += (size_t)got;
        head[size] = '\0';
        if (strstr(head, "\r\n\r\n"))
            return strncmp(head, "GET ", 4) == 0;
    }
    return false;
}

static void answer(struct bench_metrics *metrics, int fd)
{
    static const char refusal[] = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n"
                                  "Connection: close\r\n\r\n";
    struct timeval patience = {.tv_usec = PATIENCE_MS % 1000 * 1000, .tv_sec = PATIENCE_MS / 1000};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (!read_head(fd)) {
        (void)write_all(fd, refusal, sizeof refusal - 1);
        return;
    }
    char head[200];
    size_t size = write_page(metrics);
    int head_size = snprintf(
        head, sizeof head,
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
        "Content-Length: %zu\r\nConnection: close\r\n\r\n",
        size);
    if (write_all(fd, head, (size_t)head_size))
        (void)write_all(fd, metrics->page, size);
}

static void *serve(void *arg)
{
    struct bench_metrics *metrics = arg;
    struct pollfd ready = {.fd = metrics->listener, .events = POLLIN};
    while (!atomic_load(&metrics->stop)) {
        if (poll(&ready, 1, LOOK_MS) <= 0)
            continue;
        int fd = accept4(metrics->listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0)
            continue;
        answer(metrics, fd);
        close(fd);
    }
    return NULL;
}

/* ---- Life ------------------------------------------------------------------------------------ */

static int listen_on(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int yes = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 16) == 0)
        return fd;
    int problem = errno;
    close(fd);
    errno = problem;
    return -1;
}

struct bench_metrics *bench_metrics_new(uint16_t port, uint32_t cores)
{
    struct bench_metrics *metrics = calloc(1, sizeof *metrics + cores * sizeof(struct core));
    if (!metrics) {
        fprintf(stderr, "inia bench: no memory for metrics\n");
        return NULL;
    }
    metrics->core_count = cores;
    metrics->listener = listen_on(port);
    int problem = metrics->listener < 0 ? errno : 0;
    pthread_mutex_init(&metrics->lock, NULL);
    if (!problem)
        problem = pthread_create(&metrics->thread, NULL, serve, metrics);
    if (!problem)
        return metrics;
    fprintf(stderr, "inia bench: --metrics-port %u: %s\n", port, strerror(problem));
    if (metrics->listener >= 0)
        close(metrics->listener);
    free(metrics);
    return NULL;
}

void bench_metrics_free(struct bench_metrics *metrics)
{
    if (!metrics)
        return;
    atomic_store(&metrics->stop, true);
    pthread_join(metrics->thread, NULL);
    close(metrics->listener);
    pthread_mutex_destroy(&metrics->lock);
    free(metrics);
}

void bench_metrics_put(
    struct bench_metrics *metrics, uint32_t core, const inia_stats *stats,
    const struct bench_histogram *latency)
{
    pthread_mutex_lock(&metrics->lock);
    metrics->cores[core].stats = *stats;
    metrics->cores[core].latency = *latency;
    pthread_mutex_unlock(&metrics->lock);
}
