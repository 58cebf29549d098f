/*
 * race: connects to the first of several addresses that answers (RFC 8305, section 5). The next one
 * is tried as soon as one fails, or when RACE_DELAY_MS have brought nothing; those before it go on
 * meanwhile. The first connection that stands wins and becomes the stream's; the others are closed.
 * A loser that the winner has overtaken by more than its head start counts as failed, so that what
 * never answers is tried last for a while.
 */
#ifndef NET_RACE_H
#define NET_RACE_H

#include "ring/ring.h"

enum {
    RACE_DELAY_MS = 250,  /* RFC 8305's Connection Attempt Delay */
    RACE_LEAST_MS = 1000, /* when all racers are under way, the first gives way after this */
    RACERS = RACE_LEAST_MS / RACE_DELAY_MS,
};

struct net_opening;

enum racer_state { RACER_FREE, RACER_RUNNING, RACER_CLOSING };

struct racer {
    struct ring_socket socket; /* first */
    struct net_opening *opening;
    uint64_t started_ns;
    uint8_t state;
    uint8_t address; /* index of the waiter's */
};

/* Part of a struct net_opening, whose memory must stay while open is not 0. */
struct race {
    struct racer racers[RACERS];
    size_t next;  /* address to be tried */
    uint8_t open; /* racers that are not free */
    bool waits_for_room;
};

/* The opening's waiter has addresses -> opening_connected(), or opening_fail(). */
void race_start(struct net_opening *opening);
void race_timer_fires(struct net_opening *opening);
void race_stop(struct net_opening *opening); /* opening_raced() is heard if anything was open */

#endif
