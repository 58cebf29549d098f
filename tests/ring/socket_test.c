#include "ring_fixture.h"

TEST(a_connection_is_made_and_bytes_go_both_ways)
{
    fixture_start();
    struct peer *peer = peer_new();
    int other = peer_connect_tcp(peer);
    ring_receive(&peer->socket);
    peer_send_text(peer, "hello", RING_SEND_QUIET);
    ring_turn(fixture_ring, 0);
    char got[5];
    read_all(other, got, sizeof got);
    CHECK_BYTES(got, sizeof got, "hello", 5);
    write_all(other, "world", 5);
    UNTIL(peer->heard_size == 5);
    CHECK_BYTES(peer->heard, peer->heard_size, "world", 5);
    CHECK_EQ(peer->sent, 0);
    CHECK_EQ(ring_counters(fixture_ring)->bytes_sent, 5);
    CHECK_EQ(ring_counters(fixture_ring)->bytes_received, 5);
    close(other);
    UNTIL(peer->ends);
    CHECK_EQ(peer->end_error, 0);
    peer_close_and_free(peer);
    CHECK_EQ(ring_counters(fixture_ring)->sockets_opened, 1);
    CHECK_EQ(ring_counters(fixture_ring)->sockets_closed, 1);
    fixture_end();
}
