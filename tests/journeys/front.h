/*
 * front: TLS in front of a scripted server of the world. It listens at an address of its own, by
 * the engine's net, and passes on what it hears to 10.0.0.1:80 and back, each connection to one of
 * its own. Its memory is the engine's, so it must be stopped before that is freed.
 */
#ifndef JOURNEYS_FRONT_H
#define JOURNEYS_FRONT_H

#include "net/certificates.h"

#include <arpa/inet.h>
#include <stdlib.h>

struct front_bytes {
    struct front_bytes *next;
    size_t size;
    char bytes[];
};

struct front_end {
    struct net_stream stream; /* first */
    struct front_pair *pair;
    struct front_end *other;
    struct front_bytes *first; /* to be sent, the first of them now */
    bool is_open, is_sending, ends, is_closing, is_closed;
};

struct front_pair {
    struct front *front;
    struct front_pair *next;
    struct front_end outer, inner;
};

struct front {
    struct ring_listener listener; /* first */
    struct net *net;
    struct net_identity *identity;
    struct front_pair *pairs;
    bool says_alert; /* instead of a handshake, from now on */
};

static void front_unlink(struct front_pair *pair)
{
    struct front_pair **at = &pair->front->pairs;
    while (*at != pair)
        at = &(*at)->next;
    *at = pair->next;
    free(pair);
}

static void front_end_close(struct front_end *end)
{
    if (end->is_closing)
        return;
    end->is_closing = true;
    net_stream_close(&end->stream);
}

static void front_send_on(struct front_end *end)
{
    if (!end->is_open || end->is_sending || end->is_closing)
        return;
    if (!end->first) {
        if (end->ends)
            front_end_close(end);
        return;
    }
    end->is_sending = true;
    net_stream_send(&end->stream, &(struct iovec){end->first->bytes, end->first->size}, 1, 0);
}

static void front_opened(struct net_stream *stream, inia_status status, const char *detail)
{
    struct front_end *end = (struct front_end *)(void *)stream;
    (void)detail;
    if (status != INIA_OK) {
        front_end_close(end);
        front_end_close(end->other);
        return;
    }
    end->is_open = true;
    net_stream_receive(stream);
    front_send_on(end);
}

static void front_received(
    struct net_stream *stream, const void *bytes, size_t size, inia_status status)
{
    struct front_end *end = (struct front_end *)(void *)stream, *other = end->other;
    (void)status;
    if (!size) {
        other->ends = true;
        front_end_close(end);
        front_send_on(other);
        return;
    }
    struct front_bytes *more = malloc(sizeof *more + size), **at = &other->first;
    CHECK(more != NULL);
    *more = (struct front_bytes){.size = size};
    memcpy(more->bytes, bytes, size);
    while (*at)
        at = &(*at)->next;
    *at = more;
    front_send_on(other);
}

static void front_sent(struct net_stream *stream, inia_status status)
{
    struct front_end *end = (struct front_end *)(void *)stream;
    struct front_bytes *sent = end->first;
    end->is_sending = false;
    end->first = sent->next;
    free(sent);
    if (status == INIA_OK) {
        front_send_on(end);
    } else {
        front_end_close(end);
        front_end_close(end->other);
    }
}

static void front_closed(struct net_stream *stream)
{
    struct front_end *end = (struct front_end *)(void *)stream;
    end->is_closed = true;
    while (end->first) {
        struct front_bytes *next = end->first->next;
        free(end->first);
        end->first = next;
    }
    end->other->ends = true;
    if (end->other->is_closed)
        front_unlink(end->pair);
    else if (end->other->is_open)
        front_send_on(end->other);
    else
        front_end_close(end->other);
}

static const struct net_stream_events front_events = {
    .opened = front_opened,
    .received = front_received,
    .sent = front_sent,
    .closed = front_closed,
};

/* handshake_failure, and that is all it says. */
static void front_say_alert(struct front_pair *pair)
{
    static const char alert[] = "\x15\x03\x03\x00\x02\x02\x28";
    struct front_bytes *bytes = malloc(sizeof *bytes + sizeof alert);
    CHECK(bytes != NULL);
    *bytes = (struct front_bytes){.size = sizeof alert - 1};
    memcpy(bytes->bytes, alert, sizeof alert);
    pair->outer.first = bytes;
    pair->outer.ends = true;
}

static void front_accepted(struct ring_listener *listener, int fd, int error)
{
    struct front *front = (struct front *)(void *)listener;
    CHECK_EQ(error, 0);
    struct front_pair *pair = calloc(1, sizeof *pair);
    CHECK(pair != NULL);
    *pair = (struct front_pair){.front = front, .next = front->pairs};
    front->pairs = pair;
    pair->outer.pair = pair->inner.pair = pair;
    pair->outer.other = &pair->inner;
    pair->inner.other = &pair->outer;
    net_stream_init(&pair->outer.stream, front->net, &front_events);
    net_stream_init(&pair->inner.stream, front->net, &front_events);
    if (front->says_alert)
        front_say_alert(pair);
    net_stream_accept(&pair->outer.stream, fd, front->says_alert ? NULL : front->identity);
    net_stream_open(
        &pair->inner.stream, &(struct net_target){.host = TEXT("10.0.0.1"), .port = 80});
}

static void front_start(
    struct front *front, struct net *net, struct ring *ring, const struct certificates *made,
    const char *ip)
{
    inia_error error = {0};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(443)};
    CHECK_EQ(inet_pton(AF_INET, ip, &address.sin_addr), 1);
    *front = (struct front){.net = net};
    front->identity = net_identity_new(net, made->leaf, made->key, &error);
    if (!front->identity)
        FAIL("%s", error.detail);
    CHECK_EQ(
        ring_listen(
            &front->listener, ring, (struct sockaddr *)(void *)&address, sizeof address,
            front_accepted),
        0);
}

/* As a server does that is to be restarted: says goodbye on each connection. */
static void front_close_all(struct front *front)
{
    for (struct front_pair *pair = front->pairs; pair; pair = pair->next)
        front_end_close(&pair->outer);
}

/* Then the ring must turn until there are no pairs. */
static void front_stop(struct front *front)
{
    ring_listener_close(&front->listener);
    front_close_all(front);
}

static void front_release(struct front *front)
{
    CHECK(!front->pairs);
    net_identity_free(front->identity);
}

#endif
