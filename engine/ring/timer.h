/*
 * timer: which timers are due. A hierarchical wheel: setting and clearing are O(1), nothing is
 * allocated, and the time is whatever the caller says it is.
 *
 * A level has 64 slots; a slot of level n spans 64^n ticks of half a millisecond. Eight levels hold
 * any time there is. A timer that is moved to a later time stays where it is and finds its new
 * place when its old one comes up, so that pushing a deadline ahead costs one store.
 */
#ifndef RING_TIMER_H
#define RING_TIMER_H

#include "ring.h"

enum {
    TIMER_LEVELS = 8,
    TIMER_SLOT_BITS = 6,
    TIMER_SLOTS = 1 << TIMER_SLOT_BITS,
    TIMER_TICK_SHIFT = 19, /* a tick is 2^19 ns, 0.52 ms */
};

struct timer_wheel {
    uint64_t now_ns;                 /* of the last firing */
    uint64_t tick;                   /* up to and with it, all is due or fired */
    uint64_t occupied[TIMER_LEVELS]; /* a bit for each slot that is not empty */
    struct list due;                 /* fire next time */
    struct list firing;              /* fire now */
    struct list slots[TIMER_LEVELS][TIMER_SLOTS];
};

void timer_wheel_init(struct timer_wheel *wheel, uint64_t now_ns);

void timer_wheel_set(struct timer_wheel *wheel, struct ring_timer *timer, uint64_t due_ns);
void timer_wheel_clear(struct timer_wheel *wheel, struct ring_timer *timer);

/* Nothing needs doing before this time; perhaps nothing yet at it. UINT64_MAX: no timer is set. */
uint64_t timer_wheel_next_ns(const struct timer_wheel *wheel);

/*
 * Fires all that were due at now_ns and set before this call; returns how many. What a fired timer
 * sets anew, fires next time at the earliest; what it clears does not fire. now_ns never goes back.
 */
size_t timer_wheel_fire(struct timer_wheel *wheel, uint64_t now_ns);

#endif
