#include "race.h"

#include "opening.h"
#include "stream.h"

#include <errno.h>
#include <stdio.h>

enum { PLACE_SIZE = NAME_SIZE + ADDRESS_TEXT_SIZE + 16, WHY_SIZE = 64 };

static uint64_t now_ns(const struct net_opening *opening)
{
    return opening_now_ns(opening->stream);
}

static struct net *net_of(const struct net_opening *opening)
{
    return opening->stream->net;
}

static const char *words_for(int error)
{
    switch (error) {
    case ECONNREFUSED:
        return "connection refused";
    case ETIMEDOUT:
        return "no answer";
    case EHOSTUNREACH:
    case ENETUNREACH:
        return "unreachable";
    case EMFILE:
    case ENFILE:
        return "too many open files (RLIMIT_NOFILE)";
    default:
        return strerror(error);
    }
}

static const union net_address *address_of(const struct racer *racer)
{
    return &racer->opening->waiter.addresses[racer->address];
}

/* "s3.example (10.0.0.1:443)", or "10.0.0.1:443" alone. */
static const char *place(const struct racer *racer, char out[PLACE_SIZE])
{
    const struct net_opening *opening = racer->opening;
    char address[ADDRESS_TEXT_SIZE];
    address_text(address_of(racer), address);
    const char *role = opening->tunnel ? "the proxy " : "";
    if (opening->is_literal)
        snprintf(out, PLACE_SIZE, "%s%s", role, address);
    else
        snprintf(out, PLACE_SIZE, "%s%s (%s)", role, opening->hop, address);
    return out;
}

/* Started at an exact time, which may be later than that of the turn. */
static uint64_t age_ns(const struct racer *racer)
{
    uint64_t now = now_ns(racer->opening);
    return now > racer->started_ns ? now - racer->started_ns : 0;
}

/* The first in this state, in the order of being started. */
static struct racer *find(struct race *race, enum racer_state state)
{
    struct racer *found = NULL;
    for (size_t i = 0; i < RACERS; i++) {
        struct racer *racer = &race->racers[i];
        if (racer->state == state && (!found || racer->started_ns < found->started_ns))
            found = racer;
    }
    return found;
}

static void leave(struct racer *racer)
{
    racer->state = RACER_CLOSING;
    ring_close(&racer->socket);
}

void race_stop(struct net_opening *opening)
{
    struct racer *racer;
    while ((racer = find(&opening->race, RACER_RUNNING)))
        leave(racer);
}

static void count_failure(const struct racer *racer, const char *why)
{
    char where[PLACE_SIZE];
    struct net *net = net_of(racer->opening);
    net->counters.connect_failures++;
    names_address_failed(&net->names, opening_hop(racer->opening), address_of(racer));
    LOG(net->log, LOG_LEVEL_INFO, "%s: %s", place(racer, where), why);
}

/* ---- Starting ---- */

static const struct ring_socket_events racer_events;

static void start(struct net_opening *opening, struct racer *racer)
{
    struct race *race = &opening->race;
    union net_address *address = &opening->waiter.addresses[race->next];
    address_set_port(address, opening->tunnel ? opening->tunnel->port : opening->port);
    *racer = (struct racer){
        .opening = opening,
        .started_ns = ring_clock_ns(net_of(opening)->ring),
        .state = RACER_RUNNING,
        .address = (uint8_t)race->next++,
    };
    race->open++;
    ring_socket_init(&racer->socket, net_of(opening)->ring, &racer_events);
    ring_connect(&racer->socket, &address->any, address_size(address));
}

static void wait_until(struct net_opening *opening, uint64_t time_ns)
{
    if (time_ns > opening->deadline_ns)
        time_ns = opening->deadline_ns;
    ring_timer_set(net_of(opening)->ring, &opening->stream->timer, time_ns);
}

/* false: the name has no address that has not been tried, nor will it have any. */
static bool may_have_more(struct net_opening *opening)
{
    struct name_waiter *waiter = &opening->waiter;
    bool more_to_come = false;
    if (opening->race.next == waiter->count && !opening->is_literal)
        more_to_come = names_add_found(&net_of(opening)->names, opening_hop(opening), waiter);
    return more_to_come || opening->race.next < waiter->count;
}

/* All racers are under way or being closed. */
static void make_room(struct net_opening *opening)
{
    struct racer *first = find(&opening->race, RACER_RUNNING);
    uint64_t enough_ns = first ? first->started_ns + RACE_LEAST_MS * MS_NS : 0;
    opening->race.waits_for_room = true;
    if (first && now_ns(opening) < enough_ns) {
        wait_until(opening, enough_ns);
        return;
    }
    wait_until(opening, opening->deadline_ns);
    if (!first)
        return;
    count_failure(first, "no answer yet, others are waiting");
    leave(first);
}

static void go_on(struct net_opening *opening)
{
    bool has_more = may_have_more(opening);
    struct racer *free_one = find(&opening->race, RACER_FREE);
    opening->race.waits_for_room = false;
    if (opening->race.next < opening->waiter.count) {
        if (!free_one) {
            make_room(opening);
            return;
        }
        start(opening, free_one);
        has_more = may_have_more(opening);
    }
    uint64_t next_ns = now_ns(opening) + RACE_DELAY_MS * MS_NS;
    wait_until(opening, has_more ? next_ns : opening->deadline_ns);
}

void race_start(struct net_opening *opening)
{
    opening->stream->state = STREAM_CONNECTING;
    go_on(opening);
}

/* ---- Failing ---- */

void race_timer_fires(struct net_opening *opening)
{
    char where[PLACE_SIZE], why[WHY_SIZE];
    uint64_t started_ns = opening->stream->times.started_ns;
    if (now_ns(opening) < opening->deadline_ns) {
        go_on(opening);
        return;
    }
    snprintf(
        why, sizeof why, "no connection within %llu ms",
        (unsigned long long)((now_ns(opening) - started_ns) / MS_NS));
    snprintf(where, sizeof where, "%s", opening->hop);
    struct racer *first = find(&opening->race, RACER_RUNNING);
    if (first)
        place(first, where);
    for (size_t i = 0; i < RACERS; i++)
        if (opening->race.racers[i].state == RACER_RUNNING)
            count_failure(&opening->race.racers[i], why);
    opening_fail(opening->stream, "%s: %s", where, why);
}

static void fail(struct racer *racer, const char *why)
{
    struct net_opening *opening = racer->opening;
    char where[PLACE_SIZE];
    count_failure(racer, why);
    leave(racer);
    if (may_have_more(opening))
        go_on(opening);
    else if (!find(&opening->race, RACER_RUNNING))
        opening_fail(opening->stream, "%s: %s", place(racer, where), why);
}

/* ---- Winning ---- */

static void judge_losers(const struct racer *winner, uint64_t took_ns)
{
    struct net_opening *opening = winner->opening;
    for (size_t i = 0; i < RACERS; i++) {
        const struct racer *loser = &opening->race.racers[i];
        if (loser->state == RACER_RUNNING && loser != winner &&
            age_ns(loser) >= took_ns + RACE_DELAY_MS * MS_NS)
            count_failure(loser, "no answer, another address was faster");
    }
}

static void win(struct racer *racer)
{
    struct net_opening *opening = racer->opening;
    struct net_stream *stream = opening->stream;
    char where[PLACE_SIZE];
    uint64_t took_ns = age_ns(racer);
    LOG(stream->net->log, LOG_LEVEL_DEBUG, "%s: connected", place(racer, where));
    judge_losers(racer, took_ns);
    names_address_works(&stream->net->names, opening_hop(opening), address_of(racer), took_ns);
    memcpy(&stream->peer, address_of(racer), sizeof stream->peer);
    ring_move(&stream->socket, &racer->socket);
    racer->state = RACER_FREE;
    opening->race.open--;
    race_stop(opening);
    opening_connected(stream);
}

static void racer_connected(struct ring_socket *socket, int error)
{
    struct racer *racer = CONTAINER_OF(socket, struct racer, socket);
    if (racer->state != RACER_RUNNING)
        return;
    if (error)
        fail(racer, words_for(error));
    else
        win(racer);
}

static void racer_closed(struct ring_socket *socket)
{
    struct racer *racer = CONTAINER_OF(socket, struct racer, socket);
    struct net_opening *opening = racer->opening;
    racer->state = RACER_FREE;
    opening->race.open--;
    if (opening->race.waits_for_room && opening->stream->state == STREAM_CONNECTING)
        go_on(opening);
    if (opening->race.open == 0)
        opening_raced(opening);
}

static const struct ring_socket_events racer_events = {
    .connected = racer_connected,
    .closed = racer_closed,
};
