#include "ring_fixture.h"

#include <sys/mman.h>

enum { BIG = 3000000 };

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

TEST(a_connection_can_move_to_another_place_once_it_stands)
{
    fixture_start();
    struct peer *first = peer_new(), *second = peer_new();
    int other = peer_connect_tcp(first);
    ring_move(&second->socket, &first->socket);
    peer_close_and_free(first);
    ring_receive(&second->socket);
    peer_send_text(second, "hello", RING_SEND_REPORT);
    UNTIL(second->sent);
    char got[5];
    read_all(other, got, sizeof got);
    write_all(other, "world", 5);
    UNTIL(second->heard_size == 5);
    CHECK_BYTES(second->heard, second->heard_size, "world", 5);
    close(other);
    UNTIL(second->ends);
    peer_close_and_free(second);
    CHECK_EQ(ring_counters(fixture_ring)->sockets_opened, 1);
    CHECK_EQ(ring_counters(fixture_ring)->sockets_closed, 1);
    fixture_end();
}

TEST(what_the_peer_has_acknowledged_grows_while_a_large_send_is_under_way)
{
    fixture_start();
    struct peer *peer = peer_new();
    int other = peer_connect_tcp(peer);
    char *bytes = malloc(BIG), *got = malloc(BIG);
    memset(bytes, 'x', BIG);
    CHECK(ring_acknowledged(&peer->socket) <= 1);
    ring_send(&peer->socket, &(struct iovec){bytes, BIG}, 1, RING_SEND_REPORT);
    ring_turn(fixture_ring, 0);
    uint64_t before = 0;
    for (size_t at = 0; at < BIG; at += BIG / 10) {
        read_all(other, got, BIG / 10);
        ring_turn(fixture_ring, 0);
        uint64_t now = ring_acknowledged(&peer->socket);
        CHECK(now >= before && now >= at + BIG / 10 && now <= BIG + 1);
        before = now;
    }
    UNTIL(peer->sent);
    CHECK(ring_acknowledged(&peer->socket) >= BIG);
    close(other);
    peer_close_and_free(peer);
    free(bytes);
    free(got);
    fixture_end();
}

TEST(a_refused_connection_is_told_with_its_error)
{
    fixture_start();
    struct sockaddr_in address;
    close(fixture_listen(&address));
    struct peer *peer = peer_new();
    ring_connect(&peer->socket, (struct sockaddr *)&address, sizeof address);
    CHECK_EQ(peer->connected, 0);
    UNTIL(peer->connected);
    CHECK_EQ(peer->connect_error, ECONNREFUSED);
    peer_close_and_free(peer);
    fixture_end();
}

TEST(an_address_of_no_known_family_fails_in_a_later_turn)
{
    fixture_start();
    struct peer *peer = peer_new();
    struct sockaddr_storage address = {.ss_family = AF_MAX - 1};
    ring_connect(&peer->socket, (struct sockaddr *)&address, sizeof address);
    CHECK_EQ(peer->connected, 0);
    UNTIL(peer->connected);
    CHECK_EQ(peer->connect_error, EAFNOSUPPORT);
    peer_close_and_free(peer);
    fixture_end();
}

TEST(pieces_arrive_in_order_and_empty_ones_do_no_harm)
{
    fixture_start();
    struct peer *peer = peer_new();
    int other = peer_adopt_one_of_pair(peer);
    const struct iovec pieces[] = {{"ab", 2}, {"", 0}, {"cde", 3}, {"f", 1}};
    ring_send(&peer->socket, pieces, 4, RING_SEND_REPORT);
    UNTIL(peer->sent);
    CHECK_EQ(peer->send_error, 0);
    char got[6];
    read_all(other, got, sizeof got);
    CHECK_BYTES(got, sizeof got, "abcdef", 6);
    ring_send(&peer->socket, pieces + 1, 1, RING_SEND_REPORT);
    UNTIL(peer->sent == 2);
    CHECK_EQ(peer->send_error, 0);
    close(other);
    peer_close_and_free(peer);
    fixture_end();
}

static void send_much(uint32_t flags, int expected_reports)
{
    fixture_start();
    struct peer *peer = peer_new();
    int other = peer_connect_tcp(peer);
    char *bytes = malloc(BIG), *got = malloc(BIG);
    fill_pattern(bytes, BIG, 1);
    const struct iovec pieces[] = {{bytes, 1000}, {bytes + 1000, BIG - 1000}};
    ring_send(&peer->socket, pieces, 2, flags);
    size_t size = 0;
    while (size < BIG) {
        ring_turn(fixture_ring, 0);
        ssize_t some = recv(other, got + size, BIG - size, MSG_DONTWAIT);
        if (some > 0)
            size += (size_t)some;
    }
    CHECK_BYTES(got, BIG, bytes, BIG);
    for (int i = 0; i < 10; i++)
        ring_turn(fixture_ring, 0);
    CHECK_EQ(peer->sent, expected_reports);
    CHECK_EQ(peer->send_error, 0);
    CHECK_EQ(ring_counters(fixture_ring)->bytes_sent, BIG);
    free(bytes);
    free(got);
    close(other);
    peer_close_and_free(peer);
    fixture_end();
}

TEST(a_send_larger_than_the_socket_holds_reports_when_all_is_taken)
{
    send_much(RING_SEND_REPORT, 1);
}

TEST(a_large_quiet_send_stays_quiet)
{
    send_much(RING_SEND_QUIET, 0);
}

TEST(more_than_one_operation_can_move_is_sent_in_several)
{
    /* Memory that is never touched costs nothing, and the other side throws it away unread. */
    const size_t size = (1ul << 30) + 100000;
    char *zeros = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    CHECK(zeros != MAP_FAILED);
    fixture_start();
    struct peer *peer = peer_new();
    int other = peer_connect_tcp(peer);
    ring_send(&peer->socket, &(struct iovec){zeros, size}, 1, RING_SEND_REPORT);
    size_t got = 0;
    while (got < size) {
        ring_turn(fixture_ring, 0);
        ssize_t some = recv(other, NULL, 64 << 20, MSG_DONTWAIT | MSG_TRUNC);
        if (some > 0)
            got += (size_t)some;
    }
    UNTIL(peer->sent);
    CHECK_EQ(peer->send_error, 0);
    CHECK_EQ(got, size);
    CHECK_EQ(ring_counters(fixture_ring)->bytes_sent, size);
    peer_close_and_free(peer);
    close(other);
    fixture_end();
    munmap(zeros, size);
}

TEST(a_second_send_while_one_is_under_way_is_refused_and_not_mixed_in)
{
    fixture_start();
    struct peer *peer = peer_new();
    int other = peer_adopt_one_of_pair(peer);
    char *bytes = calloc(1, BIG);
    ring_send(&peer->socket, &(struct iovec){bytes, BIG}, 1, RING_SEND_QUIET);
    ring_turn(fixture_ring, 0);
    peer_send_text(peer, "too early", RING_SEND_QUIET);
    CHECK_EQ(peer->sent, 0);
    UNTIL(peer->sent);
    CHECK_EQ(peer->send_error, EALREADY);
    peer_close_and_free(peer);
    free(bytes);
    close(other);
    fixture_end();
}

TEST(a_quiet_send_that_fails_is_heard_of)
{
    fixture_start();
    struct peer *peer = peer_new();
    close(peer_adopt_one_of_pair(peer));
    peer_send_text(peer, "anyone?", RING_SEND_QUIET);
    UNTIL(peer->sent);
    CHECK_EQ(peer->send_error, EPIPE);
    peer_close_and_free(peer);
    fixture_end();
}

TEST(a_reset_is_told_as_a_lost_connection)
{
    fixture_start();
    struct peer *peer = peer_new();
    int other = peer_connect_tcp(peer);
    ring_receive(&peer->socket);
    ring_turn(fixture_ring, 0);
    setsockopt(other, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, sizeof(struct linger));
    close(other);
    UNTIL(peer->ends);
    CHECK_EQ(peer->end_error, ECONNRESET);
    peer_close_and_free(peer);
    fixture_end();
}

TEST(a_descriptor_that_does_not_block_can_be_adopted)
{
    fixture_start();
    struct peer *peer = peer_new();
    int ends[2];
    CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
    ring_adopt(&peer->socket, ends[0]);
    ring_receive(&peer->socket);
    ring_turn(fixture_ring, 1000000);
    write_all(ends[1], "now", 3);
    UNTIL(peer->heard_size == 3);
    CHECK(ring_counters(fixture_ring)->completions < 10);
    peer_close_and_free(peer);
    close(ends[1]);
    fixture_end();
}

TEST(hundreds_of_connections_are_served_by_a_small_submission_queue)
{
    enum { PEERS = 700 };
    fixture_start_with(&(struct ring_config){.sockets = PEERS});
    struct sockaddr_in address;
    int listening = fixture_listen(&address);
    struct peer **peers = calloc(PEERS, sizeof *peers);
    int *others = calloc(PEERS, sizeof *others);
    for (int i = 0; i < PEERS; i++) {
        peers[i] = peer_new();
        ring_connect(&peers[i]->socket, (struct sockaddr *)&address, sizeof address);
        if (i % 100 == 99) {
            UNTIL(peers[i]->connected && peers[i - 99]->connected);
            for (int k = i - 99; k <= i; k++)
                others[k] = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
        }
    }
    for (int i = 0; i < PEERS; i++) {
        UNTIL(peers[i]->connected);
        CHECK_EQ(peers[i]->connect_error, 0);
        ring_receive(&peers[i]->socket);
        peer_send_text(peers[i], "ping", RING_SEND_QUIET);
    }
    ring_turn(fixture_ring, 0);
    for (int i = 0; i < PEERS; i++) {
        char got[4];
        read_all(others[i], got, sizeof got);
        write_all(others[i], "pong", 4);
    }
    for (int i = 0; i < PEERS; i++)
        UNTIL(peers[i]->heard_size == 4);
    for (int i = 0; i < PEERS; i++)
        ring_close(&peers[i]->socket);
    for (int i = 0; i < PEERS; i++) {
        UNTIL(peers[i]->closed);
        free(peers[i]);
        close(others[i]);
    }
    free(peers);
    free(others);
    close(listening);
    fixture_end();
}
