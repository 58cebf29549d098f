#include "rig.h"

#include "net/state.h"

#include <fcntl.h>
#include <sys/socket.h>

/* ---- A name server of our own ---- */

enum { MS = 1000000, MOST_RECORDS = 8, TYPE_A = 1, TYPE_AAAA = 28 };

struct zone {
    const char *name;
    uint32_t ttl_s;
    int rcode; /* 3: no such name; -1: never answers */
    const char *addresses[MOST_RECORDS];
};

struct server {
    int fd;
    char csv[32];
    const struct zone *zones;
    size_t zone_count;
    int questions;
};

static void server_start(struct server *server, const struct zone *zones, size_t count)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    *server = (struct server){.zones = zones, .zone_count = count};
    server->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    CHECK(server->fd >= 0);
    CHECK_EQ(bind(server->fd, (struct sockaddr *)&address, size), 0);
    CHECK_EQ(getsockname(server->fd, (struct sockaddr *)&address, &size), 0);
    snprintf(server->csv, sizeof server->csv, "127.0.0.1:%u", ntohs(address.sin_port));
}

static const struct zone *find_zone(const struct server *server, const char *name)
{
    for (size_t i = 0; i < server->zone_count; i++)
        if (strcmp(server->zones[i].name, name) == 0)
            return &server->zones[i];
    return NULL;
}

/* The name in dotted form; the size of its encoding. */
static size_t read_name(const unsigned char *at, const unsigned char *end, char out[256])
{
    const unsigned char *start = at;
    size_t used = 0;
    while (at < end && *at) {
        size_t label = *at++;
        if (at + label > end || used + label + 1 >= 255)
            return 0;
        memcpy(out + used, at, label);
        used += label;
        out[used++] = '.';
        at += label;
    }
    out[used ? used - 1 : 0] = 0;
    return (size_t)(at - start) + 1;
}

static unsigned char *put_u16(unsigned char *at, unsigned number)
{
    at[0] = (unsigned char)(number >> 8);
    at[1] = (unsigned char)number;
    return at + 2;
}

static unsigned char *put_address(unsigned char *at, const struct zone *zone, const char *words)
{
    union net_address address;
    CHECK(address_parse(&address, text_of(words)));
    text bytes = address_bytes(&address);
    at = put_u16(at, 0xC00C);
    at = put_u16(at, bytes.size == 4 ? TYPE_A : TYPE_AAAA);
    at = put_u16(at, 1);
    at = put_u16(at, zone->ttl_s >> 16);
    at = put_u16(at, zone->ttl_s & 0xFFFF);
    at = put_u16(at, (unsigned)bytes.size);
    memcpy(at, bytes.data, bytes.size);
    return at + bytes.size;
}

static void server_answer(struct server *server)
{
    unsigned char question[512], answer[1024];
    struct sockaddr_in from;
    socklen_t from_size = sizeof from;
    char name[256];
    ssize_t size =
        recvfrom(server->fd, question, sizeof question, 0, (struct sockaddr *)&from, &from_size);
    if (size < 17)
        return;
    size_t name_size = read_name(question + 12, question + size, name);
    unsigned type = question[12 + name_size] * 256U + question[13 + name_size];
    const struct zone *zone = find_zone(server, name);
    if (type == TYPE_A)
        server->questions++;
    if (zone && zone->rcode < 0)
        return;
    size_t head = 12 + name_size + 4;
    memcpy(answer, question, head);
    unsigned char *at = answer + head;
    unsigned count = 0;
    for (size_t i = 0; zone && i < MOST_RECORDS && zone->addresses[i]; i++)
        if ((strchr(zone->addresses[i], ':') != NULL) == (type == TYPE_AAAA)) {
            at = put_address(at, zone, zone->addresses[i]);
            count++;
        }
    put_u16(answer + 2, 0x8180U | (unsigned)(zone ? zone->rcode : 3));
    put_u16(answer + 4, 1);
    put_u16(answer + 6, count);
    memset(answer + 8, 0, 4);
    CHECK(
        sendto(server->fd, answer, (size_t)(at - answer), 0, (struct sockaddr *)&from, from_size) >
        0);
}

#define SERVE_UNTIL(rig, server, condition)                                                        \
    do {                                                                                           \
        uint64_t until_ = milliseconds() + PATIENCE_MS;                                            \
        while (!(condition)) {                                                                     \
            ring_turn((rig)->ring, 1000000);                                                       \
            server_answer(server);                                                                 \
            if (milliseconds() > until_)                                                           \
                FAIL("waited in vain: %s", #condition);                                            \
        }                                                                                          \
    } while (0)

/* ---- Those who ask ---- */

struct asker {
    struct name_waiter waiter; /* first */
    bool is_answered;
};

static void asker_is_answered(struct name_waiter *waiter)
{
    ((struct asker *)(void *)waiter)->is_answered = true;
}

static void ask(struct rig *rig, struct asker *asker, const char *host)
{
    char normal[NAME_SIZE];
    *asker = (struct asker){.waiter.answered = asker_is_answered};
    text name = text_from(normal, name_normalize(text_of(host), normal));
    if (names_look_up(&rig->net->names, name, &asker->waiter))
        asker->is_answered = true;
}

static void resolve(struct rig *rig, struct server *server, struct asker *asker, const char *host)
{
    ask(rig, asker, host);
    SERVE_UNTIL(rig, server, asker->is_answered);
}

static const char *first(const struct asker *asker)
{
    static char words[ADDRESS_TEXT_SIZE];
    CHECK_TEXT(asker->waiter.problem, NULL);
    CHECK(asker->waiter.count > 0);
    address_text(&asker->waiter.addresses[0], words);
    *strrchr(words, ':') = 0;
    return words;
}

static const struct zone zones[] = {
    {"one.example", 60, 0, {"10.0.0.1"}},
    {"four.example", 60, 0, {"10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"}},
    {"both.example", 60, 0, {"10.0.0.1", "fd00::1"}},
    {"short.example", 1, 0, {"10.0.0.9"}},
    {"empty.example", 60, 0, {0}},
    {"broken.example", 60, 2, {0}},
    {"silent.example", 60, -1, {0}},
};

static void make(struct rig *rig, struct server *server)
{
    server_start(server, zones, COUNT_OF(zones));
    rig_make(rig, server->csv);
}

static void put_away(struct rig *rig, struct server *server)
{
    rig_remove(rig);
    close(server->fd);
}

static void fails(struct rig *rig, const char *host, const union net_address *address)
{
    names_address_failed(&rig->net->names, text_of(host), address);
}

static void works(
    struct rig *rig, const char *host, const union net_address *address, uint64_t took_ns)
{
    names_address_works(&rig->net->names, text_of(host), address, took_ns);
}

/* ---- Tests ---- */

TEST(a_name_is_looked_up_once_for_all_who_ask_and_kept)
{
    struct rig rig;
    struct server server;
    struct asker askers[5];
    make(&rig, &server);
    for (size_t i = 0; i < COUNT_OF(askers); i++) {
        ask(&rig, &askers[i], i % 2 ? "ONE.example." : "one.example");
        CHECK(!askers[i].is_answered);
    }
    SERVE_UNTIL(&rig, &server, askers[4].is_answered);
    for (size_t i = 0; i < COUNT_OF(askers); i++)
        CHECK_TEXT(first(&askers[i]), "10.0.0.1");
    CHECK_EQ(server.questions, 1);
    ask(&rig, &askers[0], "one.example");
    CHECK(askers[0].is_answered);
    CHECK_EQ(net_counters(rig.net)->lookups, 1);
    CHECK_EQ(net_counters(rig.net)->lookup_failures, 0);
    put_away(&rig, &server);
}

TEST(addresses_of_both_families_are_found)
{
    struct rig rig;
    struct server server;
    struct asker asker;
    make(&rig, &server);
    resolve(&rig, &server, &asker, "both.example");
    CHECK_EQ(asker.waiter.count, 2);
    CHECK(asker.waiter.addresses[0].any.sa_family != asker.waiter.addresses[1].any.sa_family);
    put_away(&rig, &server);
}

TEST(all_addresses_of_a_name_are_used_in_turn)
{
    struct rig rig;
    struct server server;
    struct asker asker;
    int seen[5] = {0};
    make(&rig, &server);
    for (int i = 0; i < 8; i++) {
        resolve(&rig, &server, &asker, "four.example");
        CHECK_EQ(asker.waiter.count, 4);
        seen[first(&asker)[7] - '0']++;
    }
    for (int i = 1; i <= 4; i++)
        CHECK_EQ(seen[i], 2);
    put_away(&rig, &server);
}

TEST(an_address_that_failed_comes_last_but_is_never_left_out)
{
    struct rig rig;
    struct server server;
    struct asker asker;
    make(&rig, &server);
    resolve(&rig, &server, &asker, "four.example");
    union net_address good = asker.waiter.addresses[3];
    for (int bad = 0; bad < 3; bad++)
        fails(&rig, "four.example", &asker.waiter.addresses[bad]);
    works(&rig, "four.example", &good, 1000000);
    for (int i = 0; i < 4; i++) {
        resolve(&rig, &server, &asker, "four.example");
        CHECK_EQ(asker.waiter.count, 4);
        CHECK(address_equals(&asker.waiter.addresses[0], &good));
    }
    fails(&rig, "four.example", &good);
    resolve(&rig, &server, &asker, "four.example");
    CHECK_EQ(asker.waiter.count, 4);
    put_away(&rig, &server);
}

TEST(the_families_take_turns_and_ipv6_begins)
{
    static const struct zone mixed = {
        "mixed.example", 60, 0, {"10.0.0.1", "10.0.0.2", "10.0.0.3", "fd00::1", "fd00::2"}};
    struct rig rig;
    struct server server;
    struct asker asker;
    make(&rig, &server);
    server.zones = &mixed;
    server.zone_count = 1;
    resolve(&rig, &server, &asker, "mixed.example");
    static const int families[] = {AF_INET6, AF_INET, AF_INET6, AF_INET, AF_INET};
    CHECK_EQ(asker.waiter.count, 5);
    for (size_t i = 0; i < COUNT_OF(families); i++)
        CHECK_EQ(asker.waiter.addresses[i].any.sa_family, families[i]);
    put_away(&rig, &server);
}

TEST(an_address_that_is_much_farther_than_others_comes_behind_them)
{
    struct rig rig;
    struct server server;
    struct asker asker;
    make(&rig, &server);
    resolve(&rig, &server, &asker, "four.example");
    union net_address near = asker.waiter.addresses[0], far = asker.waiter.addresses[1];
    works(&rig, "four.example", &near, 10 * MS);
    works(&rig, "four.example", &far, 100 * MS);
    for (int i = 0; i < 8; i++) {
        resolve(&rig, &server, &asker, "four.example");
        CHECK_EQ(asker.waiter.count, 4);
        CHECK(address_equals(&asker.waiter.addresses[3], &far));
    }
    for (int i = 0; i < 8; i++) /* it was the way, and that is better now */
        works(&rig, "four.example", &far, 10 * MS);
    int first_times = 0;
    for (int i = 0; i < 8; i++) {
        resolve(&rig, &server, &asker, "four.example");
        first_times += address_equals(&asker.waiter.addresses[0], &far);
    }
    CHECK_EQ(first_times, 2);
    put_away(&rig, &server);
}

TEST(an_answer_is_kept_no_longer_than_it_may_live)
{
    struct rig rig;
    struct server server;
    struct asker asker;
    make(&rig, &server);
    resolve(&rig, &server, &asker, "short.example");
    ask(&rig, &asker, "short.example");
    CHECK(asker.is_answered);
    rig_turn_for(&rig, 1050);
    ask(&rig, &asker, "short.example");
    CHECK(!asker.is_answered);
    SERVE_UNTIL(&rig, &server, asker.is_answered);
    CHECK_TEXT(first(&asker), "10.0.0.9");
    CHECK_EQ(server.questions, 2);
    put_away(&rig, &server);
}

/* What the name servers know from now on. */
static void change(struct server *server, const struct zone *zone)
{
    server->zones = zone;
    server->zone_count = 1;
}

TEST(a_stale_answer_serves_while_no_new_one_comes)
{
    static const struct zone silent = {"short.example", 1, -1, {0}};
    static const struct zone broken = {"short.example", 1, 2, {0}};
    static const struct zone moved = {"short.example", 1, 0, {"10.0.0.8"}};
    static const struct zone gone = {"short.example", 1, 3, {0}};
    struct rig rig;
    struct server server;
    struct asker asker;
    make(&rig, &server);
    resolve(&rig, &server, &asker, "short.example");
    rig_turn_for(&rig, 1050);
    change(&server, &silent);
    resolve(&rig, &server, &asker, "short.example");
    CHECK_TEXT(first(&asker), "10.0.0.9");
    change(&server, &broken);
    struct name_waiter *waiter = &asker.waiter;
    SERVE_UNTIL(&rig, &server, net_counters(rig.net)->lookup_failures == 1);
    ask(&rig, &asker, "short.example");
    CHECK(asker.is_answered && waiter->problem == NULL);
    rig_turn_for(&rig, 1050);
    change(&server, &moved);
    resolve(&rig, &server, &asker, "short.example");
    CHECK_TEXT(first(&asker), "10.0.0.8");
    rig_turn_for(&rig, 1050);
    change(&server, &gone);
    resolve(&rig, &server, &asker, "short.example");
    CHECK_TEXT(asker.waiter.problem, "no such name");
    put_away(&rig, &server);
}

TEST(that_a_name_does_not_exist_is_told_and_remembered_for_a_while)
{
    struct rig rig;
    struct server server;
    struct asker asker;
    make(&rig, &server);
    resolve(&rig, &server, &asker, "no.such.example");
    CHECK_TEXT(asker.waiter.problem, "no such name");
    int questions = server.questions;
    ask(&rig, &asker, "no.such.example");
    CHECK(asker.is_answered);
    CHECK_EQ(server.questions, questions);
    resolve(&rig, &server, &asker, "empty.example");
    CHECK_TEXT(asker.waiter.problem, "the name has no addresses");
    resolve(&rig, &server, &asker, "broken.example");
    CHECK_TEXT(asker.waiter.problem, "the name servers failed");
    CHECK_EQ(net_counters(rig.net)->lookup_failures, 3);
    put_away(&rig, &server);
}

TEST(names_of_this_host_need_no_name_server)
{
    struct rig rig;
    struct asker asker;
    rig_make(&rig, "127.0.0.1:1");
    ask(&rig, &asker, "localhost");
    RIG_UNTIL(&rig, asker.is_answered);
    CHECK_TEXT(asker.waiter.problem, NULL);
    CHECK(asker.waiter.count >= 1);
    rig_remove(&rig);
}

TEST(opening_fails_in_time_when_no_name_server_answers)
{
    struct rig rig;
    struct server server;
    make(&rig, &server);
    struct net_target target = {.host = TEXT("silent.example"), .port = 80, .connect_ms = 80};
    net_stream_open(&rig.client.stream, &target);
    SERVE_UNTIL(&rig, &server, rig.client.is_opened);
    CHECK_EQ(rig.client.opened, INIA_CONNECT_FAILED);
    CHECK_TEXT(rig.client.detail, "cannot resolve silent.example: no answer within 80 ms");
    put_away(&rig, &server);
}

TEST(opening_tells_what_is_wrong_with_a_name)
{
    struct rig rig;
    struct server server;
    make(&rig, &server);
    rig_open(&rig, "no.such.example", 0);
    SERVE_UNTIL(&rig, &server, rig.client.is_opened);
    CHECK_TEXT(rig.client.detail, "cannot resolve no.such.example: no such name");
    end_close(&rig.client);
    rig_open(&rig, "not a name", 0);
    RIG_UNTIL(&rig, rig.client.is_opened);
    CHECK_TEXT(rig.client.detail, "cannot resolve \"not a name\": no host is called that");
    end_close(&rig.client);
    rig_open(&rig, "", 0);
    RIG_UNTIL(&rig, rig.client.is_opened);
    CHECK_TEXT(rig.client.detail, "cannot resolve \"\": no host is called that");
    put_away(&rig, &server);
}

static void pin(struct rig *rig, const char *host, const char *const *addresses, size_t count)
{
    struct sockaddr_storage all[MOST_RECORDS];
    memset(all, 0, sizeof all);
    for (size_t i = 0; i < count; i++) {
        union net_address address;
        CHECK(address_parse(&address, text_of(addresses[i])));
        memcpy(&all[i], &address, sizeof address);
    }
    CHECK(net_pin_name(rig->net, text_of(host), all, count));
}

TEST(a_pinned_name_is_known_for_ever_until_it_is_forgotten)
{
    struct rig rig;
    struct server server;
    struct asker asker;
    make(&rig, &server);
    pin(&rig, "One.Example", (const char *const[]){"127.0.0.9"}, 1);
    ask(&rig, &asker, "one.example");
    CHECK(asker.is_answered);
    CHECK_TEXT(first(&asker), "127.0.0.9");
    CHECK(net_pin_name(rig.net, TEXT("one.example"), NULL, 0));
    resolve(&rig, &server, &asker, "one.example");
    CHECK_TEXT(first(&asker), "10.0.0.1");
    CHECK_EQ(net_counters(rig.net)->lookups, 1);
    put_away(&rig, &server);
}

TEST(the_next_address_is_tried_when_one_refuses)
{
    struct rig rig;
    rig_make(&rig, NULL);
    /* The listener is on 127.0.0.1 alone. */
    pin(&rig, "some.example", (const char *const[]){"127.0.0.2", "127.0.0.3", "127.0.0.1"}, 3);
    rig_connect(&rig, "some.example");
    CHECK_EQ(net_counters(rig.net)->connects, 1);
    uint64_t failures = net_counters(rig.net)->connect_failures;
    CHECK_EQ(failures, 2);
    rig_disconnect(&rig);
    rig_connect(&rig, "some.example");
    CHECK_EQ(net_counters(rig.net)->connect_failures, failures);
    rig_remove(&rig);
}

TEST(when_all_addresses_refuse_the_last_is_named)
{
    struct rig rig;
    char expected[80];
    rig_make(&rig, NULL);
    pin(&rig, "some.example", (const char *const[]){"127.0.0.2", "127.0.0.3"}, 2);
    rig_open(&rig, "some.example", 0);
    RIG_UNTIL(&rig, rig.client.is_opened);
    snprintf(
        expected, sizeof expected, "some.example (127.0.0.3:%u): connection refused",
        rig.listener.port);
    CHECK_TEXT(rig.client.detail, expected);
    rig_remove(&rig);
}

TEST(a_stream_that_is_closed_while_its_name_is_looked_up_is_forgotten)
{
    struct rig rig;
    struct server server;
    make(&rig, &server);
    rig_open(&rig, "one.example", 0);
    net_stream_close(&rig.client.stream);
    SERVE_UNTIL(&rig, &server, rig.client.is_closed);
    CHECK(!rig.client.is_opened);
    SERVE_UNTIL(&rig, &server, server.questions == 1);
    end_init(&rig.client, &rig);
    put_away(&rig, &server);
}

TEST(no_more_names_are_kept_than_there_is_room_for)
{
    struct rig rig;
    struct asker asker;
    char host[32];
    rig_make(&rig, "127.0.0.1:1");
    pin(&rig, "kept.example", (const char *const[]){"127.0.0.1"}, 1);
    for (int i = 0; i < NAMES_MOST + 50; i++) {
        snprintf(host, sizeof host, "%d.localhost", i);
        ask(&rig, &asker, host);
        CHECK(asker.is_answered);
    }
    CHECK_EQ(rig.net->names.ages.count, NAMES_MOST);
    ask(&rig, &asker, "kept.example");
    CHECK_TEXT(first(&asker), "127.0.0.1");
    rig_remove(&rig);
}

TEST(only_what_can_be_a_name_is_one)
{
    char out[NAME_SIZE], longest[300];
    memset(longest, 'a', sizeof longest);
    CHECK_EQ(name_normalize(TEXT("S3.Example."), out), 10);
    CHECK_TEXT(out, "s3.example");
    CHECK_EQ(name_normalize(text_from(longest, 253), out), 253);
    CHECK_EQ(name_normalize(text_from(longest, 254), out), 0);
    CHECK_EQ(name_normalize(TEXT("a\0b"), out), 0);
    CHECK_EQ(name_normalize(TEXT("a b"), out), 0);
    CHECK_EQ(name_normalize(TEXT("."), out), 0);
}
