#include "resolver.h"

#include <ares.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/time.h>

enum {
    MOST_SOCKETS =
        32, /* a name server is asked over one UDP socket and, for long answers, one TCP */
    TRY_MS = 1500,
    TRIES = 3,
    TTL_OF_FILES_S = 60, /* /etc/hosts gives none */
};

struct resolver_socket {
    struct ring_watch watch; /* first */
    struct resolver *resolver;
    int fd; /* -1: this place is free */
    uint32_t events;
};

struct resolver {
    struct ring *ring;
    struct budget *memory;
    ares_channel_t *channel;
    struct ring_timer timer;
    bool ending;
    struct resolver_socket sockets[MOST_SOCKETS];
};

static void set_timer(struct resolver *resolver)
{
    struct timeval until;
    if (!ares_timeout(resolver->channel, NULL, &until)) {
        ring_timer_clear(resolver->ring, &resolver->timer);
        return;
    }
    uint64_t wait_ns = (uint64_t)until.tv_sec * 1000000000 + (uint64_t)until.tv_usec * 1000;
    ring_timer_set(resolver->ring, &resolver->timer, ring_now_ns(resolver->ring) + wait_ns);
}

static void timer_fires(struct ring_timer *timer)
{
    struct resolver *resolver = CONTAINER_OF(timer, struct resolver, timer);
    ares_process_fds(resolver->channel, NULL, 0, ARES_PROCESS_FLAG_NONE);
    set_timer(resolver);
}

static void socket_is_ready(struct ring_watch *watch, uint32_t events)
{
    struct resolver_socket *socket = CONTAINER_OF(watch, struct resolver_socket, watch);
    struct resolver *resolver = socket->resolver;
    ares_fd_events_t event = {.fd = socket->fd};
    if (events & (POLLIN | POLLERR | POLLHUP))
        event.events |= ARES_FD_EVENT_READ;
    if (events & (POLLOUT | POLLERR))
        event.events |= ARES_FD_EVENT_WRITE;
    ares_process_fds(resolver->channel, &event, 1, ARES_PROCESS_FLAG_NONE);
    if (socket->fd == event.fd && !watch->set)
        ring_watch_set(resolver->ring, watch, socket->fd, socket->events);
    set_timer(resolver);
}

static struct resolver_socket *find_socket(struct resolver *resolver, int fd)
{
    for (size_t i = 0; i < MOST_SOCKETS; i++)
        if (resolver->sockets[i].fd == fd)
            return &resolver->sockets[i];
    return NULL;
}

/* c-ares tells what it wants to know of a socket of its own; nothing when it is about to close it.
 */
static void socket_changes(void *arg, ares_socket_t fd, int readable, int writable)
{
    struct resolver *resolver = arg;
    struct resolver_socket *socket = find_socket(resolver, fd);
    if (!socket)
        socket = find_socket(resolver, -1);
    if (!socket || resolver->ending)
        return;
    socket->events = (readable ? POLLIN : 0U) | (writable ? POLLOUT : 0U);
    socket->fd = socket->events ? fd : -1;
    if (socket->events)
        ring_watch_set(resolver->ring, &socket->watch, fd, socket->events);
    else
        ring_watch_clear(resolver->ring, &socket->watch);
}

static int open_channel(struct resolver *resolver)
{
    char lookups[] = "fb";
    struct ares_options options = {
        .sock_state_cb = socket_changes,
        .sock_state_cb_data = resolver,
        .timeout = TRY_MS,
        .tries = TRIES,
        .lookups = lookups,
        .qcache_max_ttl = 0,
    };
    int mask = ARES_OPT_SOCK_STATE_CB | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS |
               ARES_OPT_QUERY_CACHE;
    return ares_init_options(&resolver->channel, &options, mask);
}

struct resolver *resolver_new(
    struct ring *ring, struct budget *memory, const char *servers, inia_error *error)
{
    struct resolver *resolver = budget_alloc(memory, sizeof *resolver);
    if (!resolver) {
        error_set(error, INIA_NO_MEMORY, "no memory to look up names");
        return NULL;
    }
    memset(resolver, 0, sizeof *resolver);
    resolver->ring = ring;
    resolver->memory = memory;
    resolver->timer.fire = timer_fires;
    for (size_t i = 0; i < MOST_SOCKETS; i++) {
        resolver->sockets[i].resolver = resolver;
        resolver->sockets[i].watch.ready = socket_is_ready;
        resolver->sockets[i].fd = -1;
    }
    ares_library_init(ARES_LIB_INIT_ALL);
    int result = open_channel(resolver);
    if (result == ARES_SUCCESS && servers)
        result = ares_set_servers_ports_csv(resolver->channel, servers);
    if (result != ARES_SUCCESS) {
        error_set(error, INIA_BAD_CONFIG, "name servers: %s", ares_strerror(result));
        resolver_free(resolver);
        return NULL;
    }
    return resolver;
}

void resolver_free(struct resolver *resolver)
{
    if (!resolver)
        return;
    resolver->ending = true;
    ring_timer_clear(resolver->ring, &resolver->timer);
    for (size_t i = 0; i < MOST_SOCKETS; i++)
        ring_watch_clear(resolver->ring, &resolver->sockets[i].watch);
    if (resolver->channel)
        ares_destroy(resolver->channel);
    ares_library_cleanup();
    budget_free(resolver->memory, resolver, sizeof *resolver);
}

static const char *problem_of(int status)
{
    switch (status) {
    case ARES_ENOTFOUND:
    case ARES_ENONAME:
        return "no such name";
    case ARES_ENODATA:
        return "the name has no addresses";
    case ARES_ETIMEOUT:
        return "no answer from the name servers";
    case ARES_ECONNREFUSED:
        return "no name server can be reached";
    case ARES_ESERVFAIL:
        return "the name servers failed";
    case ARES_EREFUSED:
        return "the name servers refused";
    case ARES_EBADNAME:
        return "no name can look like this";
    case ARES_ENOMEM:
        return "no memory";
    default:
        return "the name servers' answer makes no sense";
    }
}

static void take_addresses(const struct ares_addrinfo *info, struct resolver_answer *answer)
{
    uint32_t ttl_s = UINT32_MAX;
    for (const struct ares_addrinfo_node *node = info->nodes; node; node = node->ai_next) {
        if (answer->count == RESOLVER_MOST_ADDRESSES)
            break;
        if (!address_from(&answer->addresses[answer->count], node->ai_addr))
            continue;
        answer->count++;
        uint32_t node_ttl_s = node->ai_ttl > 0 ? (uint32_t)node->ai_ttl : 0;
        if (node_ttl_s < ttl_s)
            ttl_s = node_ttl_s;
    }
    answer->ttl_s = ttl_s == UINT32_MAX ? TTL_OF_FILES_S : ttl_s;
    if (answer->count == 0) {
        answer->problem = problem_of(ARES_ENODATA);
        answer->is_final = true;
    }
}

static void question_ends(void *arg, int status, int timeouts, struct ares_addrinfo *info)
{
    struct resolver_question *question = arg;
    struct resolver_answer answer = {0};
    (void)timeouts;
    if (question->resolver->ending) {
        ares_freeaddrinfo(info);
        return;
    }
    if (status == ARES_SUCCESS && info) {
        take_addresses(info, &answer);
    } else {
        answer.problem = problem_of(status);
        answer.is_final =
            status == ARES_ENOTFOUND || status == ARES_ENODATA || status == ARES_ENONAME;
    }
    ares_freeaddrinfo(info);
    question->answered(question, &answer);
}

void resolver_ask(
    struct resolver *resolver, struct resolver_question *question, const char *host, int family)
{
    struct ares_addrinfo_hints hints = {
        .ai_flags = ARES_AI_NOSORT | (getenv("CARES_HOSTS") ? ARES_AI_ENVHOSTS : 0),
        .ai_family = family,
        .ai_socktype = SOCK_STREAM,
    };
    question->resolver = resolver;
    ares_getaddrinfo(resolver->channel, host, NULL, &hints, question_ends, question);
    set_timer(resolver);
}
