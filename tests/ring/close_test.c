#include "ring_fixture.h"

enum { BIG = 3000000 };

TEST(a_socket_that_was_never_used_closes_in_the_next_turn)
{
    fixture_start();
    peer_close_and_free(peer_new());
    fixture_end();
}

TEST(a_socket_may_be_used_again_after_it_was_closed)
{
    fixture_start();
    struct peer *peer = peer_new();
    for (int i = 1; i <= 3; i++) {
        ring_socket_init(&peer->socket, fixture_ring, &peer_events);
        int other = peer_adopt_one_of_pair(peer);
        peer->closed = 0;
        ring_receive(&peer->socket);
        write_all(other, "x", 1);
        UNTIL(peer->heard_size == (size_t)i);
        ring_close(&peer->socket);
        UNTIL(peer->closed);
        close(other);
    }
    free(peer);
    fixture_end();
}

TEST(the_other_side_sees_the_end_as_soon_as_closed_was_told)
{
    fixture_start();
    struct peer *peer = peer_new();
    int other = peer_connect_tcp(peer);
    ring_receive(&peer->socket);
    peer_send_text(peer, "bye", RING_SEND_QUIET);
    UNTIL(true);
    ring_turn(fixture_ring, 0);
    ring_close(&peer->socket);
    UNTIL(peer->closed);
    char got[10];
    CHECK_EQ(recv(other, got, sizeof got, MSG_DONTWAIT), 3);
    CHECK_EQ(recv(other, got, sizeof got, MSG_DONTWAIT), 0);
    close(other);
    free(peer);
    fixture_end();
}

/* Memory given to the kernel is torn up as soon as closed() ran: a sanitizer would see it used. */
static void close_while(void (*start)(struct peer *peer, char *memory), int turns_before)
{
    fixture_start();
    struct peer *peer = peer_new();
    int other = peer_adopt_one_of_pair(peer);
    char *memory = calloc(1, BIG);
    start(peer, memory);
    for (int i = 0; i < turns_before; i++)
        ring_turn(fixture_ring, 0);
    peer_close_and_free(peer);
    free(memory);
    char drained[65536];
    while (recv(other, drained, sizeof drained, MSG_DONTWAIT) > 0)
        continue;
    CHECK_EQ(recv(other, drained, sizeof drained, MSG_DONTWAIT), 0);
    close(other);
    CHECK_EQ(ring_turn(fixture_ring, 0), 0);
    fixture_end();
}

static void close_while_at_any_time(void (*start)(struct peer *peer, char *memory))
{
    for (int turns = 0; turns < 3; turns++)
        close_while(start, turns);
}

static void start_receiving(struct peer *peer, char *memory)
{
    (void)memory;
    ring_receive(&peer->socket);
}

static void start_filling(struct peer *peer, char *memory)
{
    ring_receive_into(&peer->socket, memory, BIG, RING_FILL_ALL);
}

static void start_filling_after_receiving(struct peer *peer, char *memory)
{
    ring_receive(&peer->socket);
    ring_turn(fixture_ring, 0);
    ring_receive_into(&peer->socket, memory, BIG, RING_FILL_ALL);
}

static void start_sending(struct peer *peer, char *memory)
{
    ring_send(&peer->socket, &(struct iovec){memory, BIG}, 1, RING_SEND_REPORT);
}

static void start_sending_quietly(struct peer *peer, char *memory)
{
    ring_send(&peer->socket, &(struct iovec){memory, BIG}, 1, RING_SEND_QUIET);
}

/* The socket is full, so that a small quiet send waits in the kernel, and nobody would hear of it.
 */
static void start_silent_send_that_waits(struct peer *peer, char *memory)
{
    ring_turn(fixture_ring, 0);
    char *filling = calloc(1, BIG);
    while (send(peer->socket.fd, filling, BIG, MSG_DONTWAIT) > 0)
        continue;
    free(filling);
    const struct iovec pieces[] = {{memory, 100}, {memory + 1000, 5000}};
    ring_send(&peer->socket, pieces, 2, RING_SEND_QUIET);
}

static void start_all(struct peer *peer, char *memory)
{
    start_filling_after_receiving(peer, memory);
    start_silent_send_that_waits(peer, memory);
}

TEST(closing_ends_a_receive)
{
    close_while_at_any_time(start_receiving);
}

TEST(closing_ends_a_fill)
{
    close_while_at_any_time(start_filling);
}

TEST(closing_ends_a_switch_to_the_owners_memory)
{
    close_while_at_any_time(start_filling_after_receiving);
}

TEST(closing_ends_a_send)
{
    close_while_at_any_time(start_sending);
}

TEST(closing_ends_a_large_quiet_send)
{
    close_while_at_any_time(start_sending_quietly);
}

TEST(closing_waits_for_a_silent_send_that_the_kernel_still_holds)
{
    close_while_at_any_time(start_silent_send_that_waits);
}

TEST(closing_ends_everything_at_once)
{
    close_while_at_any_time(start_all);
}

TEST(closing_ends_a_connect_that_gets_no_answer)
{
    /* A listener whose backlog is full lets a connect wait. */
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK_EQ(bind(listening, (struct sockaddr *)&address, sizeof address), 0);
    CHECK_EQ(listen(listening, 0), 0);
    socklen_t size = sizeof address;
    getsockname(listening, (struct sockaddr *)&address, &size);
    int fillers[4];
    for (int i = 0; i < 4; i++) {
        fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        int status = connect(fillers[i], (struct sockaddr *)&address, sizeof address);
        CHECK(status == 0 || errno == EINPROGRESS);
    }
    fixture_start();
    for (int turns = 0; turns < 3; turns++) {
        struct peer *peer = peer_new();
        ring_connect(&peer->socket, (struct sockaddr *)&address, sizeof address);
        for (int i = 0; i < turns; i++)
            ring_turn(fixture_ring, 1000000);
        CHECK_EQ(peer->connected, 0);
        peer_close_and_free(peer);
    }
    fixture_end();
    for (int i = 0; i < 4; i++)
        close(fillers[i]);
    close(listening);
}

static void close_it(struct peer *peer, size_t size)
{
    (void)size;
    ring_close(&peer->socket);
}

TEST(after_closing_from_within_a_callback_nothing_more_is_heard_but_closed)
{
    fixture_start();
    struct peer *peer = peer_new();
    int other = peer_adopt_one_of_pair(peer);
    char bytes[100000] = {0};
    peer->on_received = close_it;
    ring_receive(&peer->socket);
    write_all(other, bytes, sizeof bytes);
    UNTIL(peer->closed);
    CHECK_EQ(peer->received, 1);
    CHECK_EQ(peer->ends, 0);
    free(peer);
    close(other);
    fixture_end();
}

static char ten_bytes[10];

static void fill_ten_then_close(struct peer *peer, size_t size)
{
    (void)size;
    peer->on_received = close_it;
    ring_receive_into(&peer->socket, ten_bytes, sizeof ten_bytes, RING_FILL_ALL);
}

TEST(closing_while_kept_bytes_are_given_drops_the_rest_of_them)
{
    fixture_start();
    struct peer *peer = peer_new();
    int other = peer_adopt_one_of_pair(peer);
    char bytes[100000] = {0};
    write_all(other, bytes, sizeof bytes);
    peer->on_received = fill_ten_then_close;
    ring_receive(&peer->socket);
    UNTIL(peer->filled);
    CHECK(peer->socket.spill);
    ring_receive(&peer->socket);
    UNTIL(peer->closed);
    CHECK_EQ(peer->received, 2);
    free(peer);
    close(other);
    fixture_end();
}

TEST(a_ring_may_go_while_the_kernel_is_still_busy)
{
    fixture_start();
    struct peer *peer = peer_new();
    int other = peer_adopt_one_of_pair(peer);
    char *memory = calloc(1, BIG);
    start_all(peer, memory);
    ring_turn(fixture_ring, 0);
    ring_close(&peer->socket);
    fixture_end();
    free(memory);
    free(peer);
    char drained[65536];
    while (recv(other, drained, sizeof drained, MSG_DONTWAIT) > 0)
        continue;
    CHECK_EQ(recv(other, drained, sizeof drained, MSG_DONTWAIT), 0);
    close(other);
}

TEST(no_memory_for_one_more_socket_is_told_and_can_be_closed)
{
    enum { MANY = 200 };
    fixture_start_with(&(struct ring_config){.sockets = 1});
    static struct peer *peers[MANY];
    int refused = 0;
    budget_fail_after(1);
    for (int i = 0; i < MANY; i++) {
        peers[i] = peer_new();
        struct sockaddr_storage address = {.ss_family = AF_MAX - 1};
        ring_connect(&peers[i]->socket, (struct sockaddr *)&address, sizeof address);
        UNTIL(peers[i]->connected);
        refused += peers[i]->connect_error == ENOMEM;
    }
    CHECK(refused > 0 && refused < MANY);
    struct peer *adopted = peer_new();
    int other = peer_adopt_one_of_pair(adopted);
    ring_receive(&adopted->socket);
    peer_send_text(adopted, "x", RING_SEND_QUIET);
    UNTIL(adopted->ends && adopted->sent);
    CHECK_EQ(adopted->end_error, ENOMEM);
    CHECK_EQ(adopted->send_error, ENOMEM);
    budget_fail_after(0);
    peer_close_and_free(adopted);
    close(other);
    for (int i = 0; i < MANY; i++)
        peer_close_and_free(peers[i]);
    fixture_end();
}
