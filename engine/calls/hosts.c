#include "hosts.h"

#include "discovery.h"
#include "turns.h"

static struct hosts *hosts_new(inia_client *client)
{
    struct hosts *hosts = budget_alloc(&client->engine->memory, sizeof *hosts);
    if (!hosts)
        return NULL;
    *hosts = (struct hosts){.client = client};
    arena_init(&hosts->arena, &client->engine->arena_blocks);
    map_init(&hosts->routes, &hosts->arena);
    map_init(&hosts->destinations, &hosts->arena);
    map_init(&hosts->bucket_regions, &hosts->arena);
    return hosts;
}

static void hosts_free(struct hosts *hosts)
{
    struct map *routes = &hosts->routes, *destinations = &hosts->destinations;
    for (struct map_entry *e = map_next(routes, NULL); e; e = map_next(routes, e))
        http_origin_put(((struct client_route *)e->value)->origin);
    for (struct map_entry *e = map_next(destinations, NULL); e; e = map_next(destinations, e))
        turns_forget(e->value);
    arena_release(&hosts->arena);
    if (hosts->older)
        hosts->older->newer = hosts->newer;
    if (hosts->newer)
        hosts->newer->older = hosts->older;
    budget_free(&hosts->client->engine->memory, hosts, sizeof *hosts);
}

static void free_if_unused(struct hosts *hosts)
{
    if (hosts->newer && !hosts->calls)
        hosts_free(hosts);
}

bool hosts_set_up(inia_client *client)
{
    client->hosts = hosts_new(client);
    return client->hosts != NULL;
}

void hosts_release(inia_client *client)
{
    while (client->hosts) {
        struct hosts *older = client->hosts->older;
        hosts_free(client->hosts);
        client->hosts = older;
    }
}

void hosts_hold(struct hosts_held *held, const inia_client *client)
{
    held->first = held->last = client->hosts;
    held->first->calls++;
}

void hosts_hold_newer(struct hosts_held *held)
{
    while (held->last->newer) {
        held->last = held->last->newer;
        held->last->calls++;
    }
}

void hosts_let_go(struct hosts_held *held)
{
    struct hosts *next = held->first, *end = held->last->newer;
    while (next != end) {
        struct hosts *hosts = next;
        next = hosts->newer;
        check(hosts->calls > 0);
        hosts->calls--;
        free_if_unused(hosts);
    }
    *held = (struct hosts_held){NULL, NULL};
}

bool hosts_make_room(inia_client *client)
{
    struct hosts *full = client->hosts;
    if (full->routes.count < HOSTS_MOST && full->bucket_regions.count < HOSTS_MOST)
        return true;
    struct hosts *hosts = hosts_new(client);
    if (!hosts)
        return false;
    hosts->older = full;
    full->newer = hosts;
    client->hosts = hosts;
    client->last_route = NULL;
    discovery_forget(client);
    free_if_unused(full);
    return true;
}
