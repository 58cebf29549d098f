#include "ring_fixture.h"

enum { BIG = 3000000, SMALL = 700000, MS = 1000000 };

static struct peer *peer;
static int other;
static char *sent;

static void start(const struct ring_config *config)
{
    fixture_start_with(config);
    peer = peer_new();
    other = peer_connect_tcp(peer);
    sent = malloc(BIG);
    fill_pattern(sent, BIG, 7);
}

static void end(void)
{
    close(other);
    peer_close_and_free(peer);
    free(sent);
    fixture_end();
}

/* Writes without blocking for ever when the socket is full: turns in between. */
static void write_in_turns(const char *bytes, size_t size)
{
    while (size) {
        ssize_t wrote = send(other, bytes, size, MSG_DONTWAIT);
        if (wrote > 0) {
            bytes += wrote;
            size -= (size_t)wrote;
        }
        ring_turn(fixture_ring, 0);
    }
}

TEST(memory_is_filled_to_the_last_byte_and_no_further)
{
    start(&(struct ring_config){0});
    char *memory = calloc(1, BIG + 1);
    ring_receive_into(&peer->socket, memory, BIG, RING_FILL_ALL);
    write_in_turns(sent, BIG);
    UNTIL(peer->filled);
    CHECK_EQ(peer->fill_size, BIG);
    CHECK_EQ(peer->fill_error, 0);
    CHECK_BYTES(memory, BIG, sent, BIG);
    CHECK_EQ(memory[BIG], 0);
    CHECK_EQ(peer->received, 0);
    free(memory);
    end();
}

TEST(filling_some_ends_with_the_first_bytes)
{
    start(&(struct ring_config){0});
    char memory[100];
    ring_receive_into(&peer->socket, memory, sizeof memory, RING_FILL_SOME);
    ring_turn(fixture_ring, 0);
    CHECK_EQ(peer->filled, 0);
    write_all(other, sent, 3);
    UNTIL(peer->filled);
    CHECK_EQ(peer->fill_size, 3);
    CHECK_BYTES(memory, 3, sent, 3);
    end();
}

TEST(filling_nothing_is_done_in_the_next_turn)
{
    start(&(struct ring_config){0});
    ring_receive_into(&peer->socket, NULL, 0, RING_FILL_ALL);
    CHECK_EQ(peer->filled, 0);
    UNTIL(peer->filled);
    CHECK_EQ(peer->fill_size, 0);
    CHECK_EQ(peer->fill_error, 0);
    end();
}

TEST(after_a_fill_nothing_is_received_until_asked_for)
{
    start(&(struct ring_config){0});
    char memory[10];
    ring_receive_into(&peer->socket, memory, 4, RING_FILL_ALL);
    write_all(other, "abcdefgh", 8);
    UNTIL(peer->filled);
    for (int i = 0; i < 5; i++)
        ring_turn(fixture_ring, 1000000);
    CHECK_EQ(peer->received, 0);
    ring_receive(&peer->socket);
    UNTIL(peer->heard_size == 4);
    CHECK_BYTES(peer->heard, 4, "efgh", 4);
    end();
}

TEST(a_peer_that_ends_early_leaves_a_short_fill_without_error)
{
    start(&(struct ring_config){0});
    char memory[10];
    ring_receive_into(&peer->socket, memory, sizeof memory, RING_FILL_ALL);
    write_all(other, "abc", 3);
    shutdown(other, SHUT_WR);
    UNTIL(peer->filled);
    CHECK_EQ(peer->fill_size, 3);
    CHECK_EQ(peer->fill_error, 0);
    CHECK_BYTES(memory, 3, "abc", 3);
    ring_receive_into(&peer->socket, memory, sizeof memory, RING_FILL_ALL);
    UNTIL(peer->filled == 2);
    CHECK_EQ(peer->fill_size, 0);
    end();
}

TEST(a_reset_ends_a_fill_with_an_error)
{
    start(&(struct ring_config){0});
    char memory[10];
    ring_receive_into(&peer->socket, memory, sizeof memory, RING_FILL_ALL);
    ring_turn(fixture_ring, 0);
    setsockopt(other, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, sizeof(struct linger));
    close(other);
    UNTIL(peer->filled);
    CHECK_EQ(peer->fill_error, ECONNRESET);
    other = -1;
    end();
}

/* What came before the switch, what comes while it is made, and the rest: in order, nothing lost.
 */
static void switch_after(size_t heard_first, size_t fill_size, uint32_t flags)
{
    start(&(struct ring_config){0});
    char *memory = calloc(1, BIG);
    ring_receive(&peer->socket);
    ring_turn(fixture_ring, 0);
    write_all(other, sent, heard_first);
    UNTIL(peer->heard_size == heard_first);
    write_all(other, sent + heard_first, 100000);
    ring_receive_into(&peer->socket, memory, fill_size, flags);
    write_in_turns(sent + heard_first + 100000, SMALL - heard_first - 100000);
    UNTIL(peer->filled);
    CHECK_EQ(peer->heard_size, heard_first);
    CHECK(flags == RING_FILL_ALL ? peer->fill_size == fill_size : peer->fill_size > 0);
    size_t at = heard_first + peer->fill_size;
    CHECK_BYTES(memory, peer->fill_size, sent + heard_first, peer->fill_size);
    peer->heard_size = 0;
    ring_receive(&peer->socket);
    UNTIL(peer->heard_size == SMALL - at);
    CHECK_BYTES(peer->heard, peer->heard_size, sent + at, SMALL - at);
    free(memory);
    end();
}

TEST(bytes_that_came_before_the_switch_to_the_owners_memory_are_found_there)
{
    switch_after(1000, 300000, RING_FILL_ALL);
}

TEST(more_than_was_asked_for_is_kept_and_given_when_asked_next)
{
    switch_after(1000, 50000, RING_FILL_ALL);
    switch_after(1000, 1, RING_FILL_ALL);
}

TEST(filling_some_after_a_receive_takes_what_has_come)
{
    switch_after(1000, 300000, RING_FILL_SOME);
    switch_after(1000, 5, RING_FILL_SOME);
}

static char *fill_memory;

static void take_777(struct peer *self, size_t size)
{
    (void)size;
    self->on_received = NULL;
    ring_receive_into(&self->socket, fill_memory, 777, RING_FILL_ALL);
}

TEST(what_was_kept_fills_memory_before_anything_newer)
{
    start(&(struct ring_config){0});
    char *memory = calloc(1, BIG);
    fill_memory = memory;
    peer->on_received = take_777;
    write_all(other, sent, 100000);
    ring_receive(&peer->socket);
    UNTIL(peer->filled);
    CHECK(peer->socket.spill);
    size_t heard = peer->heard_size, at = 777;
    for (int i = 2; heard + at < 100000; i++) {
        size_t left = 100000 - heard - at;
        size_t size = left < 777 ? left : 777;
        ring_receive_into(&peer->socket, memory + at, size, RING_FILL_ALL);
        UNTIL(peer->filled == i);
        CHECK_EQ(peer->fill_size, size);
        at += size;
    }
    CHECK_BYTES(memory, at, sent + heard, at);
    CHECK_EQ(peer->heard_size, heard);
    free(memory);
    end();
}

TEST(what_was_kept_is_received_before_anything_newer)
{
    start(&(struct ring_config){0});
    char memory[777];
    fill_memory = memory;
    peer->on_received = take_777;
    write_all(other, sent, 100000);
    ring_receive(&peer->socket);
    UNTIL(peer->filled);
    CHECK(peer->socket.spill);
    size_t heard = peer->heard_size;
    CHECK_BYTES(memory, sizeof memory, sent + heard, sizeof memory);
    write_all(other, sent + 100000, 100000);
    ring_receive(&peer->socket);
    UNTIL(peer->heard_size == 200000 - 777);
    CHECK_BYTES(peer->heard, heard, sent, heard);
    CHECK_BYTES(
        peer->heard + heard, peer->heard_size - heard, sent + heard + 777, 200000 - heard - 777);
    end();
}

TEST(the_end_that_came_behind_enough_bytes_is_told_when_asked_next)
{
    start(&(struct ring_config){0});
    char memory[4];
    ring_receive(&peer->socket);
    ring_turn(fixture_ring, 0);
    write_all(other, "abcdef", 6);
    shutdown(other, SHUT_WR);
    ring_receive_into(&peer->socket, memory, sizeof memory, RING_FILL_ALL);
    UNTIL(peer->filled);
    CHECK_EQ(peer->fill_size, 4);
    CHECK_EQ(peer->ends, 0);
    ring_receive(&peer->socket);
    UNTIL(peer->ends);
    CHECK_BYTES(peer->heard, peer->heard_size, "ef", 2);
    CHECK_EQ(peer->end_error, 0);
    end();
}

static void take_the_rest(struct peer *self, size_t size)
{
    self->on_received = NULL;
    ring_receive_into(&self->socket, fill_memory, BIG - size, RING_FILL_ALL);
}

TEST(a_body_can_be_sent_to_its_place_from_within_the_call_that_brought_its_head)
{
    start(&(struct ring_config){.receive_buffers = 64});
    fill_memory = calloc(1, BIG);
    peer->on_received = take_the_rest;
    ring_receive(&peer->socket);
    write_in_turns(sent, BIG);
    UNTIL(peer->filled);
    CHECK_EQ(peer->heard_size + peer->fill_size, BIG);
    CHECK_BYTES(peer->heard, peer->heard_size, sent, peer->heard_size);
    CHECK_BYTES(fill_memory, peer->fill_size, sent + peer->heard_size, peer->fill_size);
    free(fill_memory);
    end();
}

static void stop_receiving(struct peer *self, size_t size)
{
    (void)size;
    self->on_received = NULL;
    ring_receive_stop(&self->socket);
}

TEST(a_stopped_receiver_falls_silent_and_loses_nothing)
{
    start(&(struct ring_config){0});
    peer->on_received = stop_receiving;
    ring_receive(&peer->socket);
    write_all(other, sent, 500);
    UNTIL(peer->received);
    for (int i = 0; i < 5; i++)
        ring_turn(fixture_ring, 1000000);
    size_t heard = peer->heard_size;
    write_all(other, sent + 500, 500);
    for (int i = 0; i < 5; i++)
        ring_turn(fixture_ring, 1000000);
    CHECK_EQ(peer->heard_size, heard);
    ring_receive(&peer->socket);
    UNTIL(peer->heard_size == 1000);
    CHECK_BYTES(peer->heard, 1000, sent, 1000);
    end();
}

TEST(receiving_stopped_and_wanted_again_at_once_goes_on)
{
    start(&(struct ring_config){0});
    ring_receive(&peer->socket);
    ring_turn(fixture_ring, 0);
    ring_receive_stop(&peer->socket);
    ring_receive(&peer->socket);
    ring_receive(&peer->socket);
    write_all(other, sent, 1000);
    UNTIL(peer->heard_size == 1000);
    end();
}

TEST(many_connections_get_along_with_few_buffers)
{
    enum { PEERS = 40, EACH = 200000 };
    start(&(struct ring_config){.receive_buffers = 2});
    struct peer *peers[PEERS];
    int others[PEERS];
    size_t written[PEERS] = {0};
    for (int i = 0; i < PEERS; i++) {
        peers[i] = peer_new();
        others[i] = peer_adopt_one_of_pair(peers[i]);
        ring_receive(&peers[i]->socket);
    }
    size_t left = (size_t)PEERS * EACH;
    while (left) {
        for (int i = 0; i < PEERS; i++) {
            ssize_t wrote =
                send(others[i], sent + written[i], EACH - written[i], MSG_DONTWAIT | MSG_NOSIGNAL);
            if (wrote > 0) {
                written[i] += (size_t)wrote;
                left -= (size_t)wrote;
            }
        }
        ring_turn(fixture_ring, 0);
    }
    for (int i = 0; i < PEERS; i++) {
        UNTIL(peers[i]->heard_size == EACH);
        CHECK_BYTES(peers[i]->heard, EACH, sent, EACH);
    }
    CHECK(ring_counters(fixture_ring)->starved > 0);
    for (int i = 0; i < PEERS; i++) {
        peer_close_and_free(peers[i]);
        close(others[i]);
    }
    end();
}

TEST(a_starved_connection_that_closes_is_closed)
{
    start(&(struct ring_config){.receive_buffers = 1});
    struct peer *second = peer_new();
    int second_other = peer_adopt_one_of_pair(second);
    ring_receive(&second->socket);
    ring_receive(&peer->socket);
    write_all(other, sent, 60000);
    write_all(second_other, sent, 60000);
    for (int i = 0; i < 3 && !ring_counters(fixture_ring)->starved; i++)
        ring_turn(fixture_ring, 0);
    peer_close_and_free(second);
    close(second_other);
    UNTIL(peer->heard_size == 60000);
    end();
}

static void take_ten(struct peer *self, size_t size)
{
    (void)size;
    self->on_received = NULL;
    ring_receive_into(&self->socket, fill_memory, 10, RING_FILL_ALL);
}

TEST(no_memory_for_what_came_too_much_loses_the_connection_not_the_bytes_before)
{
    start(&(struct ring_config){0});
    char memory[10];
    fill_memory = memory;
    peer->on_received = take_ten;
    write_all(other, sent, 50000);
    ring_receive(&peer->socket);
    budget_fail_after(1);
    UNTIL(peer->filled);
    budget_fail_after(0);
    CHECK_EQ(peer->fill_size, sizeof memory);
    CHECK_EQ(peer->fill_error, 0);
    CHECK_BYTES(memory, sizeof memory, sent + peer->heard_size, sizeof memory);
    ring_receive(&peer->socket);
    UNTIL(peer->ends);
    CHECK_EQ(peer->end_error, ENOMEM);
    end();
}

/* ---- Any mixture ---------------------------------------------------------- */

static struct random_source choices;
static size_t taken, wanted;

/* Asks for more in one of all ways there are. What is asked for is never more than will come. */
static void ask_somehow(void)
{
    size_t left = wanted - taken;
    if (!left)
        return;
    size_t size = 1 + random_below(&choices, left < 120000 ? left : 120000);
    switch (random_below(&choices, 4)) {
    case 0:
        ring_receive_into(&peer->socket, fill_memory, size, RING_FILL_ALL);
        break;
    case 1:
        ring_receive_into(&peer->socket, fill_memory, size, RING_FILL_SOME);
        break;
    case 2:
        ring_receive(&peer->socket);
        ring_receive_stop(&peer->socket);
        ring_receive(&peer->socket);
        break;
    default:
        ring_receive(&peer->socket);
    }
}

static void take_and_ask(struct peer *self, size_t size)
{
    CHECK_BYTES(self->heard, size, sent + taken, size);
    self->heard_size = 0;
    taken += size;
    if (random_below(&choices, 3) == 0)
        ask_somehow();
}

TEST(however_bytes_are_asked_for_they_come_in_order_and_none_is_lost)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        start(&(struct ring_config){.receive_buffers = seed % 2 ? 4 : 64});
        random_init(&choices, seed);
        fill_memory = malloc(BIG);
        taken = 0;
        wanted = SMALL;
        peer->on_received = take_and_ask;
        ask_somehow();
        int filled = 0;
        for (size_t written = 0; taken < wanted;) {
            size_t size = 1 + random_below(&choices, 60000);
            if (size > wanted - written)
                size = wanted - written;
            ssize_t wrote = size ? send(other, sent + written, size, MSG_DONTWAIT) : 0;
            if (wrote > 0)
                written += (size_t)wrote;
            ring_turn(fixture_ring, MS / 10);
            if (peer->filled == filled)
                continue;
            filled = peer->filled;
            CHECK_EQ(peer->fill_error, 0);
            CHECK_BYTES(fill_memory, peer->fill_size, sent + taken, peer->fill_size);
            taken += peer->fill_size;
            ask_somehow();
        }
        CHECK_EQ(taken, wanted);
        free(fill_memory);
        end();
    }
}
