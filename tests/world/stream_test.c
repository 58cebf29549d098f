#include "world_fixture.h"

enum { SEEDS = 30, BIG = 300000, MS = 1000000 };

/* ---- A service that sends back what it gets, twice as slowly ------------- */

static int peers_connected, peers_ended, last_peer_error;

static void note_connected(struct world_peer *peer)
{
    (void)peer;
    peers_connected++;
}

static void echo(struct world_peer *peer, const void *bytes, size_t size)
{
    world_peer_send(peer, bytes, size, world_random(MS));
}

static void note_ended(struct world_peer *peer, int error)
{
    (void)peer;
    peers_ended++;
    last_peer_error = error;
}

static const struct world_service echo_service = {note_connected, echo, note_ended};

static struct world_endpoint *begin_with_echo(uint64_t seed)
{
    begin(seed);
    peers_connected = peers_ended = last_peer_error = 0;
    return world_listen("10.0.0.1", 80, &echo_service, NULL);
}

TEST(bytes_come_back_whole_whatever_the_seed)
{
    char *bytes = malloc(BIG);
    fill_pattern(bytes, BIG, 1);
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct world_endpoint *endpoint = begin_with_echo(seed);
        struct client *client = client_connected_to("10.0.0.1", 80);
        CHECK_EQ(client->connect_error, 0);
        ring_receive(&client->socket);
        const struct iovec pieces[] = {{bytes, 1000}, {bytes + 1000, BIG - 1000}};
        ring_send(&client->socket, pieces, 2, seed % 2 ? RING_SEND_QUIET : RING_SEND_REPORT);
        UNTIL(client->heard_size == BIG);
        CHECK_BYTES(client->heard, BIG, bytes, BIG);
        CHECK_EQ(client->sent, seed % 2 ? 0 : 1);
        CHECK_EQ(world_endpoint_connections(endpoint), 1);
        CHECK_EQ(ring_counters(the_ring)->bytes_received, BIG);
        client_free(client);
        finish();
        CHECK_EQ(peers_connected, 1);
        CHECK_EQ(peers_ended, 1);
    }
    free(bytes);
}

TEST(memory_is_filled_in_every_way)
{
    char *bytes = malloc(BIG), *memory = malloc(BIG);
    fill_pattern(bytes, BIG, 2);
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        begin_with_echo(seed);
        struct client *client = client_connected_to("10.0.0.1", 80);
        if (seed % 3 == 0)
            ring_receive(&client->socket);
        ring_send(&client->socket, &(struct iovec){bytes, BIG}, 1, RING_SEND_QUIET);
        if (seed % 3 == 0)
            UNTIL(client->heard_size > 0);
        size_t at = client->heard_size;
        CHECK_BYTES(client->heard, at, bytes, at);
        for (int fills = 1; at < BIG; fills++) {
            size_t size = 1 + random_u64(&(struct random_source){seed + at}) % (BIG - at);
            bool fills_all = fills % 2;
            ring_receive_into(&client->socket, memory, size, fills_all ? RING_FILL_ALL : 0);
            CHECK_EQ(client->filled, fills - 1);
            UNTIL(client->filled == fills);
            CHECK_EQ(client->fill_error, 0);
            CHECK(fills_all ? client->fill_size == size : client->fill_size > 0);
            CHECK_BYTES(memory, client->fill_size, bytes + at, client->fill_size);
            at += client->fill_size;
        }
        client_free(client);
        finish();
    }
    free(bytes);
    free(memory);
}

TEST(nobody_listens_nobody_answers)
{
    struct world_endpoint *endpoint = begin_with_echo(5);
    struct client *client = client_connected_to("10.0.0.2", 80);
    CHECK_EQ(client->connect_error, ECONNREFUSED);
    client_free(client);
    world_endpoint_close(endpoint);
    client = client_connected_to("10.0.0.1", 80);
    CHECK_EQ(client->connect_error, ECONNREFUSED);
    client_free(client);
    CHECK_EQ(world_counters()->refused, 2);
    finish();
    CHECK_EQ(peers_connected, 0);
}

TEST(the_peer_hears_of_a_close_and_the_client_of_the_peers)
{
    begin_with_echo(6);
    struct client *client = client_connected_to("10.0.0.1", 80);
    client_say(client, "x", RING_SEND_REPORT);
    UNTIL(client->sent);
    client_free(client);
    for (int i = 0; i < 100; i++)
        ring_turn(the_ring, MS);
    CHECK_EQ(peers_ended, 1);
    finish();
}

static void answer_and_close(struct world_peer *peer, const void *bytes, size_t size)
{
    (void)bytes;
    (void)size;
    world_peer_send(peer, "bye", 3, 0);
    world_peer_close(peer, 0);
}

static const struct world_service closing_service = {NULL, answer_and_close, NULL};

TEST(the_end_comes_behind_the_bytes_and_writing_on_is_answered_by_a_reset)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        begin(seed);
        world_listen("10.0.0.1", 80, &closing_service, NULL);
        struct client *client = client_connected_to("10.0.0.1", 80);
        ring_receive(&client->socket);
        client_say(client, "x", RING_SEND_QUIET);
        UNTIL(client->ends);
        CHECK_EQ(client->end_error, 0);
        CHECK_BYTES(client->heard, client->heard_size, "bye", 3);
        static char much[1 << 20];
        ring_send(&client->socket, &(struct iovec){much, sizeof much}, 1, RING_SEND_REPORT);
        UNTIL(client->sent);
        CHECK_EQ(client->send_error, EPIPE);
        client_free(client);
        finish();
    }
}

TEST(a_reader_that_does_not_read_stops_the_writer)
{
    begin(7);
    static const struct world_service silent_service = {world_peer_stop_reading, NULL, NULL};
    world_listen("10.0.0.1", 80, &silent_service, NULL);
    struct client *client = client_connected_to("10.0.0.1", 80);
    static char much[1 << 20];
    ring_send(&client->socket, &(struct iovec){much, sizeof much}, 1, RING_SEND_REPORT);
    for (int i = 0; i < 1000; i++)
        ring_turn(the_ring, MS);
    CHECK_EQ(client->sent, 0);
    CHECK_EQ(world_counters()->bytes_to_peers, world_network()->window);
    client_free(client);
    finish();
}

TEST(a_stopped_receiver_loses_nothing)
{
    char bytes[20000];
    fill_pattern(bytes, sizeof bytes, 9);
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        begin_with_echo(seed);
        struct client *client = client_connected_to("10.0.0.1", 80);
        ring_send(&client->socket, &(struct iovec){bytes, sizeof bytes}, 1, RING_SEND_QUIET);
        while (client->heard_size < sizeof bytes) {
            int received = client->received;
            ring_receive(&client->socket);
            UNTIL(client->received > received);
            ring_receive_stop(&client->socket);
            received = client->received;
            for (int i = 0; i < 3; i++)
                ring_turn(the_ring, MS / 10);
            CHECK(client->received <= received + 1);
        }
        CHECK_BYTES(client->heard, client->heard_size, bytes, sizeof bytes);
        client_free(client);
        finish();
    }
}

/* Given memory is freed as soon as closed() ran; a sanitizer sees the world use it later. */
TEST(closing_at_any_turn_gives_the_memory_back_with_closed)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        for (int turns = 0; turns < 12; turns++) {
            begin_with_echo(seed);
            struct client *client = client_connected_to("10.0.0.1", 80);
            char *sent = calloc(1, BIG), *memory = malloc(BIG + 1);
            ring_send(
                &client->socket, &(struct iovec){sent, BIG}, 1,
                turns % 2 ? RING_SEND_QUIET : RING_SEND_REPORT);
            ring_receive_into(&client->socket, memory, BIG + 1, RING_FILL_ALL);
            for (int i = 0; i < turns; i++)
                ring_turn(the_ring, MS);
            CHECK_EQ(client->filled, 0);
            client_free(client);
            free(sent);
            free(memory);
            for (int i = 0; i < 20; i++)
                ring_turn(the_ring, MS);
            finish();
        }
    }
}

TEST(a_second_send_while_one_is_under_way_is_refused)
{
    begin_with_echo(3);
    struct client *client = client_connected_to("10.0.0.1", 80);
    static char much[1 << 20];
    ring_send(&client->socket, &(struct iovec){much, sizeof much}, 1, RING_SEND_QUIET);
    client_say(client, "too early", RING_SEND_QUIET);
    CHECK_EQ(client->sent, 0);
    UNTIL(client->sent);
    CHECK_EQ(client->send_error, EALREADY);
    client_free(client);
    finish();
}

/* ---- Faults -------------------------------------------------------------- */

static struct client *client_with_fault(uint64_t seed, const struct world_fault *fault)
{
    struct world_endpoint *endpoint = begin_with_echo(seed);
    world_fault_next(endpoint, fault);
    struct client *client = client_connected_to("10.0.0.1", 80);
    static char line[100];
    fill_pattern(line, sizeof line, 4);
    if (client->connect_error)
        return client;
    ring_receive(&client->socket);
    ring_send(&client->socket, &(struct iovec){line, sizeof line}, 1, RING_SEND_QUIET);
    return client;
}

TEST(a_refusal_is_made_to_order_and_only_once)
{
    struct client *client = client_with_fault(1, &(struct world_fault){.kind = WORLD_REFUSE});
    CHECK_EQ(client->connect_error, ECONNREFUSED);
    client_free(client);
    client = client_connected_to("10.0.0.1", 80);
    CHECK_EQ(client->connect_error, 0);
    client_free(client);
    finish();
}

TEST(a_connect_without_answer_waits_until_it_is_closed)
{
    struct world_endpoint *endpoint = begin_with_echo(1);
    world_fault_next(endpoint, &(struct world_fault){.kind = WORLD_NO_ANSWER});
    struct client *client = client_new();
    client_connect(client, "10.0.0.1", 80);
    for (int i = 0; i < 100; i++)
        ring_turn(the_ring, 100 * MS);
    CHECK_EQ(client->connected, 0);
    client_free(client);
    finish();
}

TEST(a_reset_comes_after_so_many_bytes)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct client *client =
            client_with_fault(seed, &(struct world_fault){.kind = WORLD_RESET, .after_bytes = 40});
        UNTIL(client->ends);
        CHECK_EQ(client->end_error, ECONNRESET);
        CHECK(client->heard_size <= 40);
        client_free(client);
        finish();
        CHECK_EQ(peers_ended, 1);
    }
}

TEST(a_cut_loses_the_rest)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct client *client =
            client_with_fault(seed, &(struct world_fault){.kind = WORLD_CUT, .after_bytes = 40});
        UNTIL(client->ends);
        CHECK_EQ(client->end_error, 0);
        CHECK_EQ(client->heard_size, 40);
        client_free(client);
        finish();
    }
}

TEST(a_stall_is_silence)
{
    struct client *client =
        client_with_fault(8, &(struct world_fault){.kind = WORLD_STALL, .after_bytes = 40});
    for (int i = 0; i < 1000; i++)
        ring_turn(the_ring, 100 * MS);
    CHECK_EQ(client->heard_size, 40);
    CHECK_EQ(client->ends, 0);
    client_free(client);
    finish();
}

TEST(slow_bytes_take_their_time)
{
    const struct world_fault fault = {
        .kind = WORLD_SLOW, .after_bytes = 40, .ns_per_byte = 1000 * (uint64_t)MS};
    struct client *client = client_with_fault(8, &fault);
    uint64_t before_ns = world_now_ns();
    UNTIL(client->heard_size == 100);
    CHECK(world_now_ns() - before_ns >= 60ull * 1000 * MS);
    client_free(client);
    finish();
}

TEST(garbage_begins_where_it_was_ordered)
{
    struct client *client =
        client_with_fault(8, &(struct world_fault){.kind = WORLD_GARBAGE, .after_bytes = 40});
    char line[100];
    fill_pattern(line, sizeof line, 4);
    UNTIL(client->heard_size == 100);
    CHECK_BYTES(client->heard, 40, line, 40);
    CHECK(memcmp(client->heard + 40, line + 40, 60) != 0);
    client_free(client);
    finish();
}

TEST(a_request_can_be_what_breaks)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        const struct world_fault fault = {
            .kind = seed % 2 ? WORLD_RESET : WORLD_CUT, .after_bytes = 40, .of_requests = true};
        struct client *client = client_with_fault(seed, &fault);
        UNTIL(client->ends);
        CHECK_EQ(client->end_error, seed % 2 ? ECONNRESET : 0);
        CHECK(client->heard_size <= 40);
        client_free(client);
        finish();
    }
}

TEST(a_fault_of_all_strikes_those_that_stand_and_those_to_come_until_it_is_over)
{
    static char line[100];
    const struct iovec piece = {line, sizeof line};
    struct world_endpoint *endpoint = begin_with_echo(5);
    struct client *old = client_connected_to("10.0.0.1", 80);
    ring_receive(&old->socket);
    ring_send(&old->socket, &piece, 1, RING_SEND_QUIET);
    UNTIL(old->heard_size == 100);
    world_fault_all(endpoint, &(struct world_fault){.kind = WORLD_CUT, .after_bytes = 40});
    struct client *young = client_connected_to("10.0.0.1", 80);
    ring_receive(&young->socket);
    ring_send(&young->socket, &piece, 1, RING_SEND_QUIET);
    ring_send(&old->socket, &piece, 1, RING_SEND_QUIET);
    UNTIL(young->ends && old->ends);
    CHECK_EQ(young->heard_size, 40);
    CHECK_EQ(old->heard_size, 140);
    struct client *spared = client_connected_to("10.0.0.1", 80);
    world_fault_all(endpoint, NULL);
    ring_receive(&spared->socket);
    ring_send(&spared->socket, &piece, 1, RING_SEND_QUIET);
    UNTIL(spared->heard_size == 100);
    client_free(spared);
    client_free(young);
    client_free(old);
    finish();
}

static void close_it(struct world_peer *peer, void *arg)
{
    ++*(int *)arg;
    world_peer_close(peer, 0);
}

TEST(all_peers_of_connections_that_stand_are_visited)
{
    struct world_endpoint *endpoint = begin_with_echo(6);
    struct client *gone = client_connected_to("10.0.0.1", 80);
    client_free(gone);
    UNTIL(peers_ended == 1);
    struct client *clients[3];
    for (int i = 0; i < 3; i++) {
        clients[i] = client_connected_to("10.0.0.1", 80);
        ring_receive(&clients[i]->socket);
    }
    int visited = 0;
    world_each_peer(endpoint, close_it, &visited);
    CHECK_EQ(visited, 3);
    for (int i = 0; i < 3; i++) {
        UNTIL(clients[i]->ends);
        client_free(clients[i]);
    }
    finish();
}

TEST(random_faults_break_some_connections_and_every_client_can_still_close)
{
    int ended = 0, refused = 0, answered = 0;
    for (uint64_t seed = 1; seed <= 10 * SEEDS; seed++) {
        struct world_endpoint *endpoint = begin_with_echo(seed);
        world_fault_often(endpoint, 700);
        struct client *client = client_new();
        client_connect(client, "10.0.0.1", 80);
        for (int i = 0; i < 50 && !client->connected; i++)
            ring_turn(the_ring, 10 * MS);
        static char line[2000];
        if (client->connected && !client->connect_error) {
            ring_receive(&client->socket);
            ring_send(&client->socket, &(struct iovec){line, sizeof line}, 1, RING_SEND_QUIET);
            for (int i = 0; i < 100; i++)
                ring_turn(the_ring, 10 * MS);
        }
        ended += client->ends;
        refused += client->connect_error != 0;
        answered += client->heard_size == sizeof line;
        client_free(client);
        finish();
    }
    CHECK(ended > SEEDS);
    CHECK(refused > SEEDS / 3);
    CHECK(answered > SEEDS);
}

/* ---- The accepting side -------------------------------------------------- */

struct shop {
    struct ring_listener listener;
    struct client *server;
    int accepted;
};

static void accept_one(struct ring_listener *listener, int fd, int error)
{
    struct shop *shop = CONTAINER_OF(listener, struct shop, listener);
    CHECK_EQ(error, 0);
    shop->accepted++;
    shop->server = client_new();
    ring_adopt(&shop->server->socket, fd);
    ring_receive(&shop->server->socket);
}

static void open_shop(struct shop *shop)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    *shop = (struct shop){0};
    CHECK_EQ(
        ring_listen(
            &shop->listener, the_ring, (struct sockaddr *)&address, sizeof address, accept_one),
        0);
    CHECK(shop->listener.port);
}

TEST(two_sockets_of_a_ring_can_talk_to_each_other)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        begin(seed);
        struct shop shop;
        open_shop(&shop);
        struct client *client = client_connected_to("127.0.0.1", shop.listener.port);
        client_say(client, "good morning", RING_SEND_QUIET);
        UNTIL(shop.server && shop.server->heard_size == 12);
        ring_receive(&client->socket);
        client_say(shop.server, "hello", RING_SEND_QUIET);
        UNTIL(client->heard_size == 5);
        client_free(client);
        UNTIL(shop.server->ends);
        CHECK_EQ(shop.server->end_error, 0);
        client_free(shop.server);
        ring_listener_close(&shop.listener);
        finish();
    }
}

static void greet(struct world_peer *peer)
{
    world_peer_send(peer, "hi", 2, 0);
}

static char heard_by_peer[10];

static void hear(struct world_peer *peer, const void *bytes, size_t size)
{
    (void)peer;
    strncat(heard_by_peer, bytes, size);
}

TEST(a_scripted_client_is_served_by_a_ring)
{
    static const struct world_service caller = {greet, hear, note_ended};
    begin(4);
    peers_ended = 0;
    struct shop shop;
    open_shop(&shop);
    world_connect("127.0.0.1", shop.listener.port, &caller, NULL);
    UNTIL(shop.server && shop.server->heard_size == 2);
    client_say(shop.server, "yes?", RING_SEND_QUIET);
    UNTIL(strcmp(heard_by_peer, "yes?") == 0);
    ring_listener_close(&shop.listener);
    world_connect("127.0.0.1", shop.listener.port, &caller, NULL);
    UNTIL(peers_ended);
    CHECK_EQ(last_peer_error, ECONNREFUSED);
    client_free(shop.server);
    finish();
    CHECK_EQ(peers_ended, 2);
}
