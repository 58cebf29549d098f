#include "rig.h"

static struct certificates certificates;

static void make_secure(struct rig *rig, uint16_t minimum_version)
{
    rig_make(rig, NULL);
    if (!certificates.folder[0])
        certificates_make(&certificates, (struct net_certificate_config){0});
    rig_identity(rig, &certificates);
    rig_trust(
        rig, (struct net_trust_config){
                 .ca_bundle = certificates.authority, .minimum_version = minimum_version});
}

static void talk(struct rig *rig)
{
    rig->server.echoes = true;
    rig_connect(rig, "127.0.0.1");
    end_send(&rig->client, "hello", RING_SEND_QUIET);
    RIG_UNTIL(rig, rig->client.size == 5);
    CHECK_BYTES(rig->client.data, 5, "hello", 5);
    end_send(&rig->client, " again", RING_SEND_REPORT);
    RIG_UNTIL(rig, rig->client.size == 11 && rig->client.sents == 1);
    CHECK_EQ(rig->client.sent, INIA_OK);
    CHECK_EQ(rig->server.sents, 0);
    CHECK_BYTES(rig->client.data, 11, "hello again", 11);
}

TEST(a_plain_stream_carries_bytes_both_ways)
{
    struct rig rig;
    char peer[64];
    rig_make(&rig, NULL);
    talk(&rig);
    snprintf(rig.client.detail, sizeof rig.client.detail, "127.0.0.1:%u", rig.listener.port);
    CHECK_TEXT(net_stream_peer(&rig.client.stream, peer), rig.client.detail);
    CHECK(text_starts_with(text_of(net_stream_peer(&rig.server.stream, peer)), TEXT("127.0.0.1:")));
    CHECK(rig.client.stream.times.connected_ns >= rig.client.stream.times.started_ns);
    rig_remove(&rig);
}

TEST(a_secured_stream_carries_bytes_both_ways)
{
    struct rig rig;
    make_secure(&rig, 13);
    talk(&rig);
    CHECK(rig.client.stream.times.secured_ns >= rig.client.stream.times.connected_ns);
    CHECK_EQ(net_counters(rig.net)->handshakes, 2);
    rig_remove(&rig);
}

TEST(the_end_is_orderly_when_the_peer_closes)
{
    for (int secure = 0; secure <= 1; secure++) {
        struct rig rig;
        if (secure)
            make_secure(&rig, 0);
        else
            rig_make(&rig, NULL);
        rig_connect(&rig, "127.0.0.1");
        end_close(&rig.server);
        RIG_UNTIL(&rig, rig.client.has_ended);
        CHECK_EQ(rig.client.ended, INIA_OK);
        rig_remove(&rig);
    }
}

TEST(a_refused_connection_says_so)
{
    struct rig rig;
    rig_make(&rig, NULL);
    uint16_t port = rig.listener.port;
    ring_listener_close(&rig.listener);
    rig_turn_for(&rig, 5);
    rig_open(&rig, "127.0.0.1", port);
    RIG_UNTIL(&rig, rig.client.is_opened);
    CHECK_EQ(rig.client.opened, INIA_CONNECT_FAILED);
    char expected[64];
    snprintf(expected, sizeof expected, "127.0.0.1:%u: connection refused", port);
    CHECK_TEXT(rig.client.detail, expected);
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
                make_secure(&rig, 0);
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
            rig_remove(&rig);
        }
    free(from);
    free(into);
}
