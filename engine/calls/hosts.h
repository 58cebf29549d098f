/*
 * hosts: what a client has learnt of the hosts that it goes to: the routes there, what the calls to
 * one of them share, and which buckets are in another region. Who goes to ever more of them
 * (buckets, mostly) would learn without end: with HOSTS_MOST routes or regions all are set aside,
 * and what is still of use is learnt again. What was set aside is freed with the last call that may
 * use it: each holds those that were the newest when it began and, once a route of it is found
 * anew, all since.
 *
 *   client->hosts (the newest, which alone is looked into) -> older, while calls hold them -> ...
 */
#ifndef CALLS_HOSTS_H
#define CALLS_HOSTS_H

#include "client.h"

enum { HOSTS_MOST = 4096 };

struct hosts {
    inia_client *client;
    struct arena arena;        /* of all that is in here */
    struct map routes;         /* struct client_route by endpoint: route.c */
    struct map destinations;   /* by host: recovery.c; with the SDKs' modes none */
    struct map bucket_regions; /* redirect.c */
    size_t calls;              /* that hold them */
    struct hosts *older, *newer;
};

bool hosts_set_up(inia_client *client) MUST_USE; /* false: no memory */
void hosts_release(inia_client *client);         /* no call uses them */

/* From the one to the other. */
struct hosts_held {
    struct hosts *first, *last;
};

void hosts_hold(struct hosts_held *held, const inia_client *client); /* the newest */
void hosts_hold_newer(struct hosts_held *held); /* up to the newest: a route was found */
void hosts_let_go(struct hosts_held *held);

/* Before something is put into client->hosts, which may be others afterwards. false: no memory. */
bool hosts_make_room(inia_client *client) MUST_USE;

#endif
