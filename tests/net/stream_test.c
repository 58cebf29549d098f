/* A stream by itself, plain and secured alike: opening, carrying, ending. */
#include "secure_rig.h"

#include "net/tls_session.h"

#include <netinet/tcp.h>

#ifndef TCP_RTO_MAX_MS
#define TCP_RTO_MAX_MS 44
#endif

static size_t parcels_in_use(const struct rig *rig)
{
    size_t count = 0;
    for (size_t i = 0; i < PARCEL_CLASSES; i++)
        count += rig->net->parcels.classes[i].in_use;
    return count;
}

TEST(a_plain_stream_carries_bytes_both_ways)
{
    struct rig rig;
    char peer[64], expected[64];
    rig_make(&rig, NULL);
    talk(&rig);
    snprintf(expected, sizeof expected, "127.0.0.1:%u", rig.listener.port);
    CHECK_TEXT(net_stream_peer(&rig.client.stream, peer), expected);
    CHECK(text_starts_with(text_of(net_stream_peer(&rig.server.stream, peer)), TEXT("127.0.0.1:")));
    CHECK(rig.client.stream.times.connected_ns >= rig.client.stream.times.started_ns);
    rig_remove(&rig);
}

TEST(a_secured_stream_carries_bytes_both_ways)
{
    struct rig rig;
    make_secure(&rig);
    talk(&rig);
    CHECK(rig.client.stream.tls->is_own && rig.server.stream.tls->is_own);
    CHECK(rig.client.stream.times.secured_ns >= rig.client.stream.times.connected_ns);
    CHECK_EQ(net_counters(rig.net)->handshakes, 2);
    rig_remove(&rig);
}

TEST(the_end_is_orderly_when_the_peer_closes)
{
    for (int secure = 0; secure <= 1; secure++) {
        struct rig rig;
        if (secure)
            make_secure(&rig);
        else
            rig_make(&rig, NULL);
        rig_connect(&rig, "127.0.0.1");
        end_close(&rig.server);
        RIG_UNTIL(&rig, rig.client.has_ended);
        CHECK_EQ(rig.client.ended, INIA_OK);
        rig_remove(&rig);
    }
}

static int option(const struct rig *rig, int level, int name)
{
    int value = -1;
    socklen_t size = sizeof value;
    CHECK_EQ(getsockopt(rig->client.stream.socket.fd, level, name, &value, &size), 0);
    return value;
}

/* Since Linux 6.15. */
static bool kernel_limits_repetition(const struct rig *rig)
{
    int value = -1;
    socklen_t size = sizeof value;
    int fd = rig->client.stream.socket.fd;
    return getsockopt(fd, IPPROTO_TCP, TCP_RTO_MAX_MS, &value, &size) == 0;
}

TEST(the_kernel_is_told_how_long_a_silence_may_last)
{
    struct rig rig;
    rig_make(&rig, NULL);
    rig_connect(&rig, "127.0.0.1");
    CHECK_EQ(option(&rig, SOL_SOCKET, SO_KEEPALIVE), 0);
    CHECK_EQ(option(&rig, IPPROTO_TCP, TCP_USER_TIMEOUT), 0);
    rig_disconnect(&rig);
    struct net_target target = {
        .host = TEXT("127.0.0.1"),
        .port = rig.listener.port,
        .silence_ms = 12345,
        .keep_alive = true,
    };
    net_stream_open(&rig.client.stream, &target);
    RIG_UNTIL(&rig, rig.client.is_opened && rig.server.is_opened);
    CHECK_EQ(option(&rig, SOL_SOCKET, SO_KEEPALIVE), 1);
    CHECK_EQ(option(&rig, IPPROTO_TCP, TCP_KEEPIDLE), NET_KEEP_ALIVE_S);
    CHECK_EQ(option(&rig, IPPROTO_TCP, TCP_USER_TIMEOUT), 12345);
    if (kernel_limits_repetition(&rig))
        CHECK_EQ(option(&rig, IPPROTO_TCP, TCP_RTO_MAX_MS), RING_REPEAT_MS);
    rig_remove(&rig);
}

TEST(a_refused_connection_says_so)
{
    struct rig rig;
    char expected[64];
    rig_make(&rig, NULL);
    uint16_t port = rig.listener.port;
    ring_listener_close(&rig.listener);
    rig_turn_for(&rig, 5);
    rig_open(&rig, "127.0.0.1", port);
    RIG_UNTIL(&rig, rig.client.is_opened);
    CHECK_EQ(rig.client.opened, INIA_CONNECT_FAILED);
    snprintf(expected, sizeof expected, "127.0.0.1:%u: connection refused", port);
    CHECK_TEXT(rig.client.detail, expected);
    CHECK_EQ(net_counters(rig.net)->connect_failures, 1);
    rig_remove(&rig);
}

TEST(large_bodies_arrive_whole_in_both_directions)
{
    enum { SIZE = 64 << 20 };
    char *from = malloc(SIZE), *into = malloc(SIZE + 1);
    fill_pattern(from, SIZE, 1);
    for (int secure = 0; secure <= 1; secure++)
        for (int client_sends = 0; client_sends <= 1; client_sends++) {
            struct rig rig;
            if (secure)
                make_secure(&rig);
            else
                rig_make(&rig, NULL);
            struct end *sender = client_sends ? &rig.client : &rig.server;
            struct end *receiver = client_sends ? &rig.server : &rig.client;
            receiver->stays_quiet = true;
            memset(into, 0, SIZE + 1);
            rig_connect(&rig, "127.0.0.1");
            net_stream_receive_into(&receiver->stream, into, SIZE);
            struct iovec pieces[2] = {{from, 1000001}, {from + 1000001, SIZE - 1000001}};
            net_stream_send(&sender->stream, pieces, 2, RING_SEND_REPORT);
            RIG_UNTIL(&rig, receiver->fills && sender->sents);
            CHECK_EQ(receiver->filled, SIZE);
            CHECK_EQ(receiver->fill_status, INIA_OK);
            CHECK(memcmp(from, into, SIZE) == 0);
            CHECK_EQ(into[SIZE], 0);
            rig_turn_for(&rig, 5);
            CHECK_EQ(parcels_in_use(&rig), 0);
            rig_remove(&rig);
        }
    free(from);
    free(into);
}

TEST(closing_before_the_stream_stands_is_heard_as_closed_only)
{
    for (int turns = 0; turns < 6; turns++) {
        struct rig rig;
        make_secure(&rig);
        rig_open(&rig, "127.0.0.1", 0);
        for (int i = 0; i < turns; i++)
            ring_turn(rig.ring, 0);
        if (!rig.client.is_opened) {
            net_stream_close(&rig.client.stream);
            RIG_UNTIL(&rig, rig.client.is_closed);
            CHECK(!rig.client.is_opened);
            end_init(&rig.client, &rig);
        }
        RIG_UNTIL(&rig, !rig.accepted || rig.server.is_opened);
        rig_remove(&rig);
    }
}

TEST(the_deadline_of_opening_covers_the_handshake)
{
    struct rig rig;
    char expected[64];
    make_secure(&rig);
    rig.holds_back_accepting = true;
    struct net_target target = {
        .host = TEXT("127.0.0.1"), .port = rig.listener.port, .trust = rig.trust, .connect_ms = 60};
    uint64_t started = milliseconds();
    net_stream_open(&rig.client.stream, &target);
    RIG_UNTIL(&rig, rig.client.is_opened);
    CHECK(milliseconds() - started >= 59 && milliseconds() - started < 2000);
    snprintf(expected, sizeof expected, "TLS with 127.0.0.1: not done within 60 ms");
    CHECK_TEXT(rig.client.detail, expected);
    rig_remove(&rig);
}

static void send_at_once(struct end *end)
{
    net_stream_receive(&end->stream);
    end_send(end, "first words", RING_SEND_QUIET);
}

TEST(what_is_sent_in_opened_stays_until_it_is_answered)
{
    struct rig rig;
    make_secure(&rig);
    rig.client.on_opened = send_at_once;
    rig.server.echoes = true;
    rig_connect(&rig, "127.0.0.1");
    RIG_UNTIL(&rig, rig.client.size == 11);
    CHECK_BYTES(rig.client.data, 11, "first words", 11);
    rig_turn_for(&rig, 2);
    CHECK_EQ(parcels_in_use(&rig), 0);
    rig_remove(&rig);
}

TEST(a_steady_exchange_allocates_nothing_and_an_idle_stream_holds_nothing)
{
    for (int secure = 0; secure <= 1; secure++) {
        struct rig rig;
        if (secure)
            make_secure(&rig);
        else
            rig_make(&rig, NULL);
        talk(&rig);
        uint64_t allocations = rig.memory.allocations;
        for (int i = 0; i < 200; i++) {
            size_t before = rig.client.size;
            end_send(&rig.client, "to and fro", RING_SEND_QUIET);
            RIG_UNTIL(&rig, rig.client.size == before + 10);
        }
        rig_turn_for(&rig, 2);
        CHECK_EQ(rig.memory.allocations, allocations);
        CHECK_EQ(parcels_in_use(&rig), 0);
        rig_remove(&rig);
    }
}

TEST(a_transfer_that_ends_early_says_how_far_it_came)
{
    static char into[200000], from[70000];
    for (int secure = 0; secure <= 1; secure++) {
        struct rig rig;
        if (secure)
            make_secure(&rig);
        else
            rig_make(&rig, NULL);
        rig.client.stays_quiet = true;
        rig_connect(&rig, "127.0.0.1");
        net_stream_receive_into(&rig.client.stream, into, sizeof into);
        net_stream_send(
            &rig.server.stream, &(struct iovec){from, sizeof from}, 1, RING_SEND_REPORT);
        RIG_UNTIL(&rig, rig.server.sents == 1);
        end_close(&rig.server);
        RIG_UNTIL(&rig, rig.client.fills == 1);
        CHECK_EQ(rig.client.filled, sizeof from);
        CHECK_EQ(rig.client.fill_status, INIA_OK);
        rig_remove(&rig);
    }
}

TEST(running_out_of_memory_at_any_place_fails_cleanly)
{
    int successes = 0;
    for (uint64_t nth = 1; nth < 40 && !successes; nth++) {
        struct rig rig;
        make_secure(&rig);
        budget_fail_after(nth);
        rig_open(&rig, "127.0.0.1", 0);
        RIG_UNTIL(&rig, rig.client.is_opened);
        if (rig.client.opened == INIA_OK) {
            end_send(&rig.client, "hello", RING_SEND_REPORT);
            RIG_UNTIL(&rig, rig.client.sents || rig.client.has_ended);
            successes = rig.client.sents && rig.client.sent == INIA_OK && rig.server.size == 5;
        } else {
            CHECK_EQ(rig.client.opened, INIA_CONNECT_FAILED);
        }
        budget_fail_after(0);
        rig_remove(&rig);
    }
}
