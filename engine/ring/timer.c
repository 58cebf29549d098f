/* Design notes
 *
 * A timer's level is where the highest bit lies in which its tick differs from the wheel's. So all
 * timers of a level lie ahead of the wheel's own slot in that level, and before all timers of the
 * levels above: the first occupied slot of the lowest occupied level is what comes next.
 */
#include "timer.h"

void timer_wheel_init(struct timer_wheel *wheel, uint64_t now_ns)
{
    *wheel = (struct timer_wheel){.now_ns = now_ns, .tick = now_ns >> TIMER_TICK_SHIFT};
}

/* Rounded up, so that no timer fires early; but so that the tick is still a time in ns. */
static uint64_t tick_of(uint64_t due_ns)
{
    uint64_t tick = due_ns >> TIMER_TICK_SHIFT;
    bool is_exact = tick << TIMER_TICK_SHIFT == due_ns;
    return is_exact || tick == UINT64_MAX >> TIMER_TICK_SHIFT ? tick : tick + 1;
}

static void place(struct timer_wheel *wheel, struct ring_timer *timer, struct list *overdue)
{
    uint64_t tick = tick_of(timer->due_ns);
    if (timer->due_ns <= wheel->now_ns || tick <= wheel->tick) {
        list_push(overdue, &timer->link);
        return;
    }
    int highest_bit = 63 - __builtin_clzll(tick ^ wheel->tick);
    int level = highest_bit / TIMER_SLOT_BITS;
    unsigned slot = (tick >> (level * TIMER_SLOT_BITS)) & (TIMER_SLOTS - 1);
    list_push(&wheel->slots[level][slot], &timer->link);
    wheel->occupied[level] |= 1ull << slot;
}

static bool is_in_slot(const struct timer_wheel *wheel, const struct ring_timer *timer)
{
    const struct list *list = timer->link.list;
    return list && list != &wheel->due && list != &wheel->firing;
}

void timer_wheel_clear(struct timer_wheel *wheel, struct ring_timer *timer)
{
    struct list *list = timer->link.list;
    bool in_slot = is_in_slot(wheel, timer);
    list_remove(&timer->link);
    if (in_slot && list_is_empty(list)) {
        size_t index = (size_t)(list - wheel->slots[0]);
        check(index < TIMER_LEVELS * TIMER_SLOTS);
        wheel->occupied[index / TIMER_SLOTS] &= ~(1ull << index % TIMER_SLOTS);
    }
}

void timer_wheel_set(struct timer_wheel *wheel, struct ring_timer *timer, uint64_t due_ns)
{
    check(timer->fire);
    if (is_in_slot(wheel, timer) && due_ns >= timer->due_ns) {
        timer->due_ns = due_ns;
        return;
    }
    timer_wheel_clear(wheel, timer);
    timer->due_ns = due_ns;
    place(wheel, timer, &wheel->due);
}

static int lowest_level(const struct timer_wheel *wheel)
{
    int level = 0;
    while (level < TIMER_LEVELS && !wheel->occupied[level])
        level++;
    return level;
}

/* When the first occupied slot of this level comes up. */
static uint64_t slot_tick(const struct timer_wheel *wheel, int level, unsigned slot)
{
    int shift = level * TIMER_SLOT_BITS;
    uint64_t level_start = wheel->tick >> shift >> TIMER_SLOT_BITS << TIMER_SLOT_BITS;
    return (level_start | slot) << shift;
}

uint64_t timer_wheel_next_ns(const struct timer_wheel *wheel)
{
    if (!list_is_empty(&wheel->due))
        return wheel->tick << TIMER_TICK_SHIFT;
    int level = lowest_level(wheel);
    if (level == TIMER_LEVELS)
        return UINT64_MAX;
    unsigned slot = (unsigned)__builtin_ctzll(wheel->occupied[level]);
    return slot_tick(wheel, level, slot) << TIMER_TICK_SHIFT;
}

static struct ring_timer *timer_of(struct list_link *link)
{
    return CONTAINER_OF(link, struct ring_timer, link);
}

static void advance(struct timer_wheel *wheel, uint64_t now)
{
    int level;
    while ((level = lowest_level(wheel)) < TIMER_LEVELS) {
        unsigned slot = (unsigned)__builtin_ctzll(wheel->occupied[level]);
        uint64_t tick = slot_tick(wheel, level, slot);
        if (tick > now)
            break;
        wheel->tick = tick;
        wheel->occupied[level] &= ~(1ull << slot);
        struct list_link *link;
        while ((link = list_pop(&wheel->slots[level][slot])))
            place(wheel, timer_of(link), &wheel->firing);
    }
    if (now > wheel->tick)
        wheel->tick = now;
}

size_t timer_wheel_fire(struct timer_wheel *wheel, uint64_t now_ns)
{
    struct list_link *link;
    while ((link = list_pop(&wheel->due)))
        list_push(&wheel->firing, link);
    wheel->now_ns = now_ns;
    advance(wheel, now_ns >> TIMER_TICK_SHIFT);
    size_t fired = 0;
    while ((link = list_pop(&wheel->firing))) {
        struct ring_timer *timer = timer_of(link);
        timer->fire(timer);
        fired++;
    }
    return fired;
}
