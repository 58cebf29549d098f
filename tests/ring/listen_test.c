#include "ring_fixture.h"

#include <netinet/tcp.h>
#include <sys/resource.h>

enum { MANY = 50 };

struct door {
    struct ring_listener listener;
    int fds[MANY], count;
    int errors, last_error;
};

static void accepted(struct ring_listener *listener, int fd, int error)
{
    struct door *door = CONTAINER_OF(listener, struct door, listener);
    if (fd < 0) {
        door->errors++;
        door->last_error = error;
        return;
    }
    CHECK_EQ(error, 0);
    CHECK(door->count < MANY);
    door->fds[door->count++] = fd;
}

static struct sockaddr_in loopback(uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
}

static void open_door(struct door *door)
{
    struct sockaddr_in address = loopback(0);
    *door = (struct door){0};
    CHECK_EQ(
        ring_listen(
            &door->listener, fixture_ring, (struct sockaddr *)&address, sizeof address, accepted),
        0);
    CHECK(door->listener.port != 0);
}

static int connect_to(uint16_t port)
{
    struct sockaddr_in address = loopback(port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof address)) {
        close(fd);
        return -1;
    }
    return fd;
}

TEST(all_who_connect_are_accepted_and_can_be_served)
{
    fixture_start();
    struct door door;
    open_door(&door);
    int fds[MANY];
    for (int i = 0; i < MANY; i++)
        fds[i] = connect_to(door.listener.port);
    UNTIL(door.count == MANY);
    CHECK_EQ(ring_counters(fixture_ring)->accepted, MANY);
    int on = 0;
    socklen_t size = sizeof on;
    getsockopt(door.fds[0], IPPROTO_TCP, TCP_NODELAY, &on, &size);
    CHECK(on);
    struct peer *peer = peer_new();
    ring_adopt(&peer->socket, door.fds[0]);
    ring_receive(&peer->socket);
    write_all(fds[0], "hi", 2);
    UNTIL(peer->heard_size == 2);
    peer_close_and_free(peer);
    for (int i = 0; i < MANY; i++) {
        close(fds[i]);
        if (i)
            close(door.fds[i]);
    }
    ring_listener_close(&door.listener);
    ring_listener_close(&door.listener);
    fixture_end();
}

TEST(a_port_in_use_is_told_at_once)
{
    fixture_start();
    struct door door, second = {0};
    open_door(&door);
    struct sockaddr_in address = loopback(door.listener.port);
    int error = ring_listen(
        &second.listener, fixture_ring, (struct sockaddr *)&address, sizeof address, accepted);
    CHECK_EQ(error, EADDRINUSE);
    ring_listener_close(&second.listener);
    ring_listener_close(&door.listener);
    fixture_end();
}

TEST(a_closed_listener_is_silent_refuses_and_its_memory_may_go)
{
    fixture_start();
    struct door *door = calloc(1, sizeof *door);
    open_door(door);
    uint16_t port = door->listener.port;
    ring_turn(fixture_ring, 0);
    int waiting = connect_to(port);
    CHECK(waiting >= 0);
    ring_listener_close(&door->listener);
    free(door);
    CHECK_EQ(connect_to(port), -1);
    for (int i = 0; i < 5; i++)
        ring_turn(fixture_ring, 1000000);
    char byte;
    CHECK(recv(waiting, &byte, 1, 0) <= 0);
    close(waiting);
    open_door(door = calloc(1, sizeof *door));
    ring_listener_close(&door->listener);
    free(door);
    fixture_end();
}

TEST(out_of_descriptors_is_told_and_accepting_goes_on_later)
{
    fixture_start();
    struct door door;
    open_door(&door);
    int first = connect_to(door.listener.port);
    int second = connect_to(door.listener.port);
    struct rlimit old;
    getrlimit(RLIMIT_NOFILE, &old);
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &(struct rlimit){3, old.rlim_max}), 0);
    for (int i = 0; i < 50 && !door.errors; i++)
        ring_turn(fixture_ring, FIXTURE_WAIT_NS);
    setrlimit(RLIMIT_NOFILE, &old);
    CHECK(door.errors >= 1 && door.errors < 5);
    CHECK_EQ(door.last_error, EMFILE);
    UNTIL(door.count == 2);
    close(first);
    close(second);
    close(door.fds[0]);
    close(door.fds[1]);
    ring_listener_close(&door.listener);
    fixture_end();
}
