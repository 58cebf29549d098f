/* The functions of engine/net/resolver.h: what a test says by world_name() and
 * world_name_servers(). */
#include "world_inner.h"

#include "net/resolver.h"

#include <stdlib.h>
#include <string.h>

static const uint64_t PATIENCE_NS = 10000000000; /* with servers that say nothing */

struct asked {
    struct asked *next;
    struct resolver_question *question;
    int family;
    bool in_vain;
    uint64_t due_ns;
    char host[256];
};

struct resolver {
    struct ring *ring;
    struct budget *memory;
    struct ring_timer timer;
    struct asked *asked;
};

/* ---- What there is ------------------------------------------------------- */

static char *copy_of(const char *string)
{
    char *copy = world_allocate(strlen(string) + 1);
    strcpy(copy, string);
    return copy;
}

static struct world_host *find_host(const char *name)
{
    struct world_host *host = the_world.hosts;
    while (host && strcmp(host->name, name) != 0)
        host = host->next;
    return host;
}

void world_name(const char *name, uint32_t ttl_s, const char *addresses)
{
    check(the_world.started);
    struct world_host *host = find_host(name);
    if (!host) {
        host = world_allocate(sizeof *host);
        host->name = copy_of(name);
        host->next = the_world.hosts;
        the_world.hosts = host;
    }
    free(host->addresses);
    host->addresses = addresses ? copy_of(addresses) : NULL;
    host->ttl_s = ttl_s;
}

struct world_name_servers *world_name_servers(void)
{
    return &the_world.name_servers;
}

void world_forget_names(void)
{
    while (the_world.hosts) {
        struct world_host *host = the_world.hosts;
        the_world.hosts = host->next;
        free(host->name);
        free(host->addresses);
        free(host);
    }
}

/* ---- Answering ----------------------------------------------------------- */

static void take_addresses(
    const struct world_host *host, int family, struct resolver_answer *answer)
{
    const char *at = host->addresses;
    while (*at && answer->count < RESOLVER_MOST_ADDRESSES) {
        size_t size = strcspn(at, " ");
        union net_address *address = &answer->addresses[answer->count];
        check(address_parse(address, text_from(at, size)));
        answer->count += address->any.sa_family == family;
        at += size + strspn(at + size, " ");
    }
    answer->ttl_s = host->ttl_s;
    if (!answer->count) {
        answer->problem = "the name has no addresses";
        answer->is_final = true;
    }
}

static void answer_one(const struct asked *asked)
{
    struct resolver_answer answer = {0};
    const struct world_host *host = find_host(asked->host);
    world_trace("%s is looked up, family %d", asked->host, asked->family);
    if (asked->in_vain) {
        answer.problem = "no answer from the name servers";
    } else if (the_world.name_servers.are_broken) {
        answer.problem = "the name servers failed";
    } else if (host && host->addresses) {
        take_addresses(host, asked->family, &answer);
    } else {
        answer.problem = "no such name";
        answer.is_final = true;
    }
    asked->question->answered(asked->question, &answer);
}

static void set_timer(struct resolver *resolver)
{
    uint64_t next_ns = UINT64_MAX;
    for (const struct asked *at = resolver->asked; at; at = at->next)
        next_ns = at->due_ns < next_ns ? at->due_ns : next_ns;
    if (next_ns == UINT64_MAX)
        ring_timer_clear(resolver->ring, &resolver->timer);
    else
        ring_timer_set(resolver->ring, &resolver->timer, next_ns);
}

static struct asked *take_due(struct resolver *resolver)
{
    uint64_t now_ns = ring_now_ns(resolver->ring);
    struct asked **at = &resolver->asked;
    while (*at && (*at)->due_ns > now_ns)
        at = &(*at)->next;
    struct asked *due = *at;
    if (due)
        *at = due->next;
    return due;
}

static void timer_fires(struct ring_timer *timer)
{
    struct resolver *resolver = CONTAINER_OF(timer, struct resolver, timer);
    struct asked *due;
    while ((due = take_due(resolver))) {
        answer_one(due);
        free(due);
    }
    set_timer(resolver);
}

/* ---- The door ------------------------------------------------------------ */

struct resolver *resolver_new(
    struct ring *ring, struct budget *memory, const char *servers, inia_error *error)
{
    (void)servers;
    struct resolver *resolver = budget_alloc(memory, sizeof *resolver);
    if (!resolver) {
        error_set(error, INIA_NO_MEMORY, "no memory to look up names");
        return NULL;
    }
    *resolver = (struct resolver){.ring = ring, .memory = memory, .timer.fire = timer_fires};
    return resolver;
}

void resolver_free(struct resolver *resolver)
{
    if (!resolver)
        return;
    ring_timer_clear(resolver->ring, &resolver->timer);
    while (resolver->asked) {
        struct asked *asked = resolver->asked;
        resolver->asked = asked->next;
        free(asked);
    }
    budget_free(resolver->memory, resolver, sizeof *resolver);
}

void resolver_ask(
    struct resolver *resolver, struct resolver_question *question, const char *host, int family)
{
    struct world_name_servers *servers = &the_world.name_servers;
    struct asked *asked = world_allocate(sizeof *asked);
    uint64_t wait_ns = servers->latency_ns;
    if (family == AF_INET6)
        wait_ns += servers->ipv6_later_ns;
    servers->questions++;
    question->resolver = resolver;
    asked->question = question;
    asked->family = family;
    asked->in_vain = servers->are_silent;
    asked->due_ns = ring_now_ns(resolver->ring) + (asked->in_vain ? PATIENCE_NS : wait_ns);
    check(strlen(host) < sizeof asked->host);
    strcpy(asked->host, host);
    asked->next = resolver->asked;
    resolver->asked = asked;
    set_timer(resolver);
}
