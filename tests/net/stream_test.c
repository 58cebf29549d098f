#include "rig.h"

#include "net/outbox.h"

#include <netinet/tcp.h>

#include <wolfssl/internal.h>

#ifndef TCP_RTO_MAX_MS
#define TCP_RTO_MAX_MS 44
#endif

static struct certificates certificates;

__attribute__((destructor)) static void clean_up(void)
{
    if (certificates.folder[0])
        certificates_remove(&certificates);
}

static void make_secure_for(struct rig *rig, const struct certificates *made, uint16_t minimum)
{
    rig_make(rig, NULL);
    rig_identity(rig, made);
    rig_trust(
        rig, (struct net_trust_config){.ca_bundle = made->authority, .minimum_version = minimum});
}

static void make_secure(struct rig *rig)
{
    if (!certificates.folder[0])
        certificates_make(&certificates, (struct net_certificate_config){0});
    make_secure_for(rig, &certificates, 0);
}

/* The server's side alone decides: a suite of TLS 1.2 needs a server that knows nothing newer. */
static void only_suite(struct rig *rig, const char *suite)
{
    bool is_tls13 = text_starts_with(text_of(suite), TEXT("TLS13"));
    WOLFSSL_CTX *context =
        context_new(is_tls13 ? wolfTLSv1_3_server_method() : wolfTLSv1_2_server_method(), 12);
    CHECK(context);
    CHECK_EQ(wolfSSL_CTX_use_certificate_chain_file(context, certificates.leaf), WOLFSSL_SUCCESS);
    CHECK_EQ(
        wolfSSL_CTX_use_PrivateKey_file(context, certificates.key, WOLFSSL_FILETYPE_PEM),
        WOLFSSL_SUCCESS);
    CHECK_EQ(wolfSSL_CTX_set_cipher_list(context, suite), WOLFSSL_SUCCESS);
    wolfSSL_CTX_free(rig->identity->context);
    rig->identity->context = context;
}

static size_t parcels_in_use(const struct rig *rig)
{
    size_t count = 0;
    for (size_t i = 0; i < PARCEL_CLASSES; i++)
        count += rig->net->parcels.classes[i].in_use;
    return count;
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

/* ---- Both kinds ---- */

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

/* ---- Resumption, ciphers, keys ---- */

TEST(the_second_connection_to_a_host_resumes_the_first)
{
    struct rig rig;
    make_secure(&rig);
    for (int i = 0; i < 3; i++) {
        talk(&rig);
        rig_disconnect(&rig);
        CHECK_EQ(net_counters(rig.net)->handshakes, 2 * (i + 1));
        CHECK_EQ(net_counters(rig.net)->resumptions, 2 * i);
    }
    talk(&rig);
    rig_disconnect(&rig);
    rig_connect(&rig, "localhost");
    CHECK_EQ(net_counters(rig.net)->resumptions, 6);
    rig_remove(&rig);
}

static void talk_much(struct rig *rig)
{
    enum { SIZE = 300000 };
    static char from[SIZE], into[SIZE];
    fill_pattern(from, SIZE, 7);
    talk(rig);
    rig->client.on_received = NULL;
    rig->server.echoes = false;
    net_stream_receive_stop(&rig->client.stream);
    net_stream_receive_into(&rig->client.stream, into, SIZE);
    net_stream_send(&rig->server.stream, &(struct iovec){from, SIZE}, 1, RING_SEND_REPORT);
    RIG_UNTIL(rig, rig->client.fills == 1 && rig->server.sents == 1);
    CHECK_EQ(rig->client.fill_status, INIA_OK);
    CHECK(memcmp(from, into, SIZE) == 0);
    end_close(&rig->server);
    net_stream_receive(&rig->client.stream);
    RIG_UNTIL(rig, rig->client.has_ended);
    CHECK_EQ(rig->client.ended, INIA_OK);
}

TEST(every_cipher_suite_works_with_our_records_or_without)
{
    static const struct {
        const char *name;
        bool is_own;
    } suites[] = {
        {"TLS13-AES128-GCM-SHA256", true},         {"TLS13-AES256-GCM-SHA384", true},
        {"TLS13-CHACHA20-POLY1305-SHA256", false}, {"ECDHE-ECDSA-AES128-GCM-SHA256", true},
        {"ECDHE-ECDSA-AES256-GCM-SHA384", true},   {"ECDHE-ECDSA-CHACHA20-POLY1305", false},
    };
    for (size_t i = 0; i < COUNT_OF(suites); i++)
        for (int fast = 0; fast <= 1; fast++) {
            struct rig rig;
            make_secure(&rig);
            only_suite(&rig, suites[i].name);
            struct gcm_engine *engine = rig.net->gcm;
            if (!fast)
                rig.net->gcm = NULL;
            rig.client.stays_quiet = false;
            rig_connect(&rig, "localhost");
            CHECK_EQ(rig.client.stream.tls->is_own, suites[i].is_own);
            rig_disconnect(&rig);
            talk_much(&rig);
            CHECK_EQ(
                rig.client.stream.tls->ssl->options.tls1_3,
                text_starts_with(text_of(suites[i].name), TEXT("TLS13")));
            rig_remove(&rig);
            if (!fast)
                gcm_engine_free(engine);
        }
}

static void answer_with_what_came(struct end *end)
{
    struct iovec pieces[2] = {{(char[]){"echo:"}, 5}, {end->rig->net->scratch, 5}};
    net_stream_send(&end->stream, pieces, 2, RING_SEND_QUIET);
}

TEST(what_was_received_can_be_sent_at_once_without_a_copy)
{
    static const char *const suites[] = {
        "TLS13-AES128-GCM-SHA256", "TLS13-CHACHA20-POLY1305-SHA256"};
    for (size_t i = 0; i < COUNT_OF(suites); i++) {
        struct rig rig;
        make_secure(&rig);
        only_suite(&rig, suites[i]);
        rig.server.on_received = answer_with_what_came;
        rig_connect(&rig, "127.0.0.1");
        end_send(&rig.client, "hello", RING_SEND_QUIET);
        RIG_UNTIL(&rig, rig.client.size == 10);
        CHECK_BYTES(rig.client.data, 10, "echo:hello", 10);
        rig_remove(&rig);
    }
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

TEST(a_handshake_that_fails_is_not_resumed_but_done_in_full_the_next_time)
{
    struct rig rig;
    struct certificates others;
    make_secure(&rig);
    talk(&rig);
    rig_disconnect(&rig);
    CHECK_EQ(rig.net->resumptions.ages.count, 1);
    certificates_make(&others, (struct net_certificate_config){0});
    net_identity_free(rig.identity);
    rig_identity(&rig, &others);
    rig_open(&rig, "127.0.0.1", 0);
    RIG_UNTIL(&rig, rig.client.is_opened && rig.server.is_opened);
    CHECK_EQ(rig.client.opened, INIA_CONNECT_FAILED);
    CHECK_EQ(rig.net->resumptions.ages.count, 0);
    rig_remove(&rig);
    certificates_remove(&others);
}

static void renew(struct end *end)
{
    CHECK(tls_session_renew(end->stream.tls));
}

TEST(keys_can_be_renewed_by_either_side_at_any_time)
{
    struct rig rig;
    make_secure(&rig);
    talk(&rig);
    for (int i = 0; i < 4; i++) {
        size_t before = rig.client.size;
        if (i != 1)
            renew(&rig.client);
        end_send(&rig.client, "after the client's", RING_SEND_QUIET);
        RIG_UNTIL(&rig, rig.client.size == before + 18);
        if (i != 2)
            renew(&rig.server);
        end_send(&rig.client, "after the server's", RING_SEND_QUIET);
        RIG_UNTIL(&rig, rig.client.size == before + 36);
        CHECK_BYTES(rig.client.data + before + 18, 18, "after the server's", 18);
    }
    rig_remove(&rig);
}

TEST(a_worn_key_is_renewed_by_itself)
{
    struct rig rig;
    make_secure(&rig);
    talk(&rig);
    struct tls_session *client = rig.client.stream.tls, *server = rig.server.stream.tls;
    client->write.sequence = server->read.sequence = TLS_MOST_RECORDS - 1;
    for (int i = 0; i < 3; i++) {
        size_t before = rig.client.size;
        end_send(&rig.client, "worn", RING_SEND_QUIET);
        RIG_UNTIL(&rig, rig.client.size == before + 4);
    }
    CHECK(client->write.sequence < 8);
    rig_remove(&rig);
}

/* ---- Flow ---- */

static void answer_with_two(struct end *end)
{
    end->on_received = NULL;
    end_send(end, "0123456789abcdef", RING_SEND_QUIET);
}

static char small[10];

static void take_small(struct end *end)
{
    net_stream_receive_into(&end->stream, small, sizeof small);
}

TEST(what_a_fill_leaves_over_is_kept_until_it_is_asked_for)
{
    struct rig rig;
    make_secure(&rig);
    rig.server.on_received = answer_with_two;
    rig.client.on_opened = take_small;
    rig_connect(&rig, "127.0.0.1");
    end_send(&rig.client, "?", RING_SEND_QUIET);
    RIG_UNTIL(&rig, rig.client.fills == 1);
    CHECK_BYTES(small, 10, "0123456789", 10);
    rig_turn_for(&rig, 5);
    CHECK_EQ(rig.client.size, 0);
    net_stream_receive(&rig.client.stream);
    CHECK_EQ(rig.client.size, 0);
    RIG_UNTIL(&rig, rig.client.size == 6);
    CHECK_BYTES(rig.client.data, 6, "abcdef", 6);
    rig_remove(&rig);
}

TEST(nothing_comes_while_nothing_is_asked_for_and_all_of_it_afterwards)
{
    enum { SIZE = 60000 };
    static char from[SIZE];
    struct rig rig;
    fill_pattern(from, SIZE, 3);
    make_secure(&rig);
    rig.client.stays_quiet = true;
    rig_connect(&rig, "127.0.0.1");
    net_stream_send(&rig.server.stream, &(struct iovec){from, SIZE}, 1, RING_SEND_REPORT);
    RIG_UNTIL(&rig, rig.server.sents == 1);
    end_close(&rig.server);
    rig_turn_for(&rig, 10);
    CHECK_EQ(rig.client.size, 0);
    CHECK(!rig.client.has_ended);
    net_stream_receive(&rig.client.stream);
    RIG_UNTIL(&rig, rig.client.has_ended);
    CHECK_EQ(rig.client.ended, INIA_OK);
    CHECK_BYTES(rig.client.data, rig.client.size, from, SIZE);
    rig_remove(&rig);
}

static char medium[200000];
static size_t medium_step;

static void take_again(struct end *end)
{
    size_t at = (size_t)end->fills * medium_step;
    CHECK_EQ(end->filled, medium_step);
    if (at + medium_step <= sizeof medium)
        net_stream_receive_into(&end->stream, medium + at, medium_step);
    else
        net_stream_receive(&end->stream);
}

TEST(fills_of_any_size_follow_each_other)
{
    static const size_t steps[] = {1, 100, 16383, 16384, 16385, 40000, 65536, 70000, 200000};
    static char from[sizeof medium];
    fill_pattern(from, sizeof from, 9);
    for (size_t i = 0; i < COUNT_OF(steps); i++)
        for (int fast = 0; fast <= 1; fast++) {
            struct rig rig;
            make_secure(&rig);
            struct gcm_engine *engine = rig.net->gcm;
            if (!fast)
                rig.net->gcm = NULL;
            medium_step = steps[i];
            size_t whole = sizeof medium / medium_step * medium_step;
            memset(medium, 0, sizeof medium);
            rig.client.stays_quiet = true;
            rig.client.on_filled = take_again;
            rig_connect(&rig, "127.0.0.1");
            net_stream_receive_into(&rig.client.stream, medium, medium_step);
            net_stream_send(
                &rig.server.stream, &(struct iovec){from, sizeof from}, 1, RING_SEND_REPORT);
            RIG_UNTIL(
                &rig, rig.client.size == sizeof medium - whole && rig.server.sents &&
                          (size_t)rig.client.fills == sizeof medium / medium_step);
            CHECK(memcmp(medium, from, whole) == 0);
            CHECK(
                rig.client.size == 0 ||
                memcmp(rig.client.data, from + whole, rig.client.size) == 0);
            rig_remove(&rig);
            if (!fast)
                gcm_engine_free(engine);
        }
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

/* ---- Trouble ---- */

static void cut_off(struct end *end)
{
    end->stream.tls->is_broken = true; /* so that it says no farewell */
    end_close(end);
}

TEST(an_end_without_a_farewell_is_a_loss)
{
    struct rig rig;
    make_secure(&rig);
    talk(&rig);
    cut_off(&rig.server);
    RIG_UNTIL(&rig, rig.client.has_ended);
    CHECK_EQ(rig.client.ended, INIA_CONNECTION_LOST);
    rig_remove(&rig);
}

static void send_raw(struct end *end, text bytes)
{
    CHECK(outbox_add(end->stream.tls, bytes));
    outbox_flush(end->stream.tls);
}

TEST(a_record_that_is_cut_off_is_a_loss)
{
    struct rig rig;
    make_secure(&rig);
    talk(&rig);
    send_raw(
        &rig.server, TEXT("\x17\x03\x03\x01\x00"
                          "only a part of 256 bytes"));
    rig_turn_for(&rig, 5);
    CHECK(!rig.client.has_ended);
    end_close(&rig.server);
    RIG_UNTIL(&rig, rig.client.has_ended);
    CHECK_EQ(rig.client.ended, INIA_CONNECTION_LOST);
    rig_remove(&rig);
}

TEST(garbage_in_place_of_a_record_is_a_loss)
{
    static const char *const garbage[] = {
        "GET / HTTP/1.1\r\n\r\n",
        "\x17\x03\x03\xff\xff",
        "\x16\x03\x03\x01\x01",
        "\x17\x03\x03\x01\x14nothing like what it should be, though of the right length...........",
    };
    for (size_t i = 0; i < COUNT_OF(garbage); i++) {
        static char padded[400];
        struct rig rig;
        make_secure(&rig);
        talk(&rig);
        size_t size = strlen(garbage[i]);
        memset(padded, 'x', sizeof padded);
        memcpy(padded, garbage[i], size);
        send_raw(&rig.server, text_from(padded, sizeof padded));
        RIG_UNTIL(&rig, rig.client.has_ended);
        CHECK_EQ(rig.client.ended, INIA_CONNECTION_LOST);
        end_send(&rig.client, "too late", RING_SEND_REPORT);
        RIG_UNTIL(&rig, rig.client.sents == 2);
        CHECK_EQ(rig.client.sent, INIA_CONNECTION_LOST);
        rig_remove(&rig);
    }
}

TEST(a_forged_byte_in_a_large_transfer_is_a_loss)
{
    static char into[100000];
    struct rig rig;
    make_secure(&rig);
    rig.client.stays_quiet = true;
    rig_connect(&rig, "127.0.0.1");
    net_stream_receive_into(&rig.client.stream, into, sizeof into);
    static char from[100000];
    rig.server.stream.tls->write.sequence += 1;
    net_stream_send(&rig.server.stream, &(struct iovec){from, sizeof from}, 1, RING_SEND_REPORT);
    RIG_UNTIL(&rig, rig.client.fills == 1);
    CHECK_EQ(rig.client.fill_status, INIA_CONNECTION_LOST);
    CHECK_EQ(rig.client.filled, 0);
    rig_remove(&rig);
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
