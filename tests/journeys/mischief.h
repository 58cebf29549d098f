/* mischief: what the cells of the fault matrix do to servers, connections, names, clocks and keys.
 */
#ifndef JOURNEYS_MISCHIEF_H
#define JOURNEYS_MISCHIEF_H

#include "trial_fixture.h"

/* ---- What is done to idle connections -------------------------------------------------------- */

static void reset(struct world_peer *peer, void *arg)
{
    (void)arg;
    world_peer_reset(peer, 0);
}

static void close_peer(struct world_peer *peer, void *arg)
{
    (void)arg;
    world_peer_close(peer, 0);
}

static void go_silent(struct world_peer *peer, void *arg)
{
    (void)arg;
    world_peer_stop_reading(peer);
}

static void say_and_close(struct world_peer *peer, void *arg)
{
    const char *words = arg;
    world_peer_send(peer, words, strlen(words), 0);
    world_peer_close(peer, 0);
}

static void make_noise(struct world_peer *peer, void *arg)
{
    (void)arg;
    world_peer_send(peer, "\xff\x00\xfe", 3, 0);
}

static void each(struct trial *trial, void (*visit)(struct world_peer *, void *), const char *words)
{
    union {
        const char *given;
        void *taken;
    } arg = {.given = words};
    world_each_peer(trial_struck(trial)->endpoint, visit, arg.taken);
}

static void reset_idle(struct trial *trial)
{
    each(trial, reset, NULL);
}

static void close_idle(struct trial *trial)
{
    each(trial, close_peer, NULL);
}

static void silence_idle(struct trial *trial)
{
    each(trial, go_silent, NULL);
}

static void disturb_idle(struct trial *trial)
{
    each(trial, make_noise, NULL);
}

static void begin_to_answer_idle(struct trial *trial)
{
    each(trial, say_and_close, "HTTP/1.1 408 Req");
}

static void answer_500_idle(struct trial *trial)
{
    each(trial, say_and_close, "HTTP/1.1 500 no\r\nContent-Length: 0\r\n\r\n");
}

static void answer_503_idle(struct trial *trial)
{
    each(trial, say_and_close, "HTTP/1.1 503 no\r\nContent-Length: 0\r\n\r\n");
}

static void answer_429_idle(struct trial *trial)
{
    each(trial, say_and_close, "HTTP/1.1 429 no\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n");
}

/* ---- What is done to the server -------------------------------------------------------------- */

static void stop_server(struct trial *trial)
{
    world_endpoint_close(trial_struck(trial)->endpoint);
    close_idle(trial);
}

static void start_server(struct trial *trial)
{
    world_http_listen(&trial->journey.server, "10.0.0.1", 80);
}

static void connect_slowly(struct trial *trial)
{
    (void)trial;
    world_network()->connect_ns = 300 * TRIAL_MS;
    close_idle(trial);
}

static void connect_quickly(struct trial *trial)
{
    (void)trial;
    world_network()->connect_ns = TRIAL_MS;
}

/* New connections are needed for anything to be wrong with connecting. */
static void close_standing(struct trial *trial)
{
    world_each_peer(trial->journey.server.endpoint, close_peer, NULL);
    for (int i = 1; i < TRIAL_SERVERS; i++)
        world_each_peer(trial->others[i].endpoint, close_peer, NULL);
}

/* ---- Clocks, credentials and names ----------------------------------------------------------- */

static void put_clock_off(struct trial *trial)
{
    trial_set_clock(trial, (trial->journey.seed % 2 ? 20 : -20) * 60000);
}

static void put_clock_right(struct trial *trial)
{
    trial_set_clock(trial, 0);
}

static void expire(struct trial *trial)
{
    trial->accepted_credentials++;
    trial->has_new_credentials = trial->cell->at_once;
}

static void renew(struct trial *trial)
{
    trial->has_new_credentials = true;
}

static void rename_server(struct trial *trial)
{
    trial_name(trial, 2, 1);
    close_standing(trial);
}

/* The old one is gone at once: until the answer's time is over nobody can know better. */
static void replace_server(struct trial *trial)
{
    trial_name(trial, 2, 1);
    stop_server(trial);
}

static void move_server(struct trial *trial)
{
    trial_name(trial, 2, 1);
}

static void silence_name_servers(struct trial *trial)
{
    close_standing(trial);
    world_name_servers()->are_silent = true;
}

static void slow_name_servers_down(struct trial *trial)
{
    close_standing(trial);
    world_name_servers()->latency_ns = 250 * TRIAL_MS;
}

static void break_name_servers(struct trial *trial)
{
    if (trial->phase == PHASE_RESOLVE)
        close_standing(trial);
    world_name_servers()->are_broken = true;
}

static void find_name(void *arg)
{
    trial_name(arg, 1, 1);
}

/* And for a while it is believed that there is none. */
static void lose_name(struct trial *trial)
{
    close_standing(trial);
    world_name("store.example", TRIAL_TTL_S, NULL);
    world_at(500 * TRIAL_MS, find_name, trial);
}

static void mend_name_servers(struct trial *trial)
{
    (void)trial;
    *world_name_servers() = (struct world_name_servers){.latency_ns = TRIAL_MS};
}

/* ---- Handshakes ------------------------------------------------------------------------------ */

static void say_goodbye(struct trial *trial)
{
    front_close_all(&trial->front);
}

static void alert(struct trial *trial)
{
    trial->front.says_alert = true;
    front_close_all(&trial->front);
}

static void shake_hands(struct trial *trial)
{
    trial->front.says_alert = false;
}

#endif
