/* Streams through a tunnel of a go-between that is spoken to by TLS. */
#include "rig.h"

#include "net/opening.h"

static struct certificates certificates;

__attribute__((destructor)) static void clean_up(void)
{
    if (certificates.folder[0])
        certificates_remove(&certificates);
}

static const char yes[] = "HTTP/1.1 200 OK\r\n\r\n";

static enum net_tunnel_state heard(text answer, char *detail, size_t detail_size)
{
    snprintf(detail, detail_size, "says %.*s", TEXT_ARGS(answer));
    return text_equals(answer, text_of(yes)) ? NET_TUNNEL_STANDS : NET_TUNNEL_REFUSED;
}

/* The proxy. */
static const char *to_say;

static void answer(struct end *end)
{
    if (to_say)
        end_send(end, to_say, RING_SEND_QUIET);
    to_say = NULL;
}

static struct net_tunnel tunnel;

static void make(struct rig *rig, const char *answered)
{
    if (!certificates.folder[0])
        certificates_make(&certificates, (struct net_certificate_config){0});
    rig_make(rig, NULL);
    rig_identity(rig, &certificates);
    rig_trust(rig, (struct net_trust_config){.ca_bundle = certificates.authority});
    rig->server.on_received = answer;
    to_say = answered;
    tunnel = (struct net_tunnel){
        .host = TEXT("localhost"),
        .port = rig->listener.port,
        .trust = rig->trust,
        .request = TEXT("CONNECT far.example:443 HTTP/1.1\r\n\r\n"),
        .heard = heard,
    };
}

static void start(struct rig *rig, bool is_secure, uint32_t connect_ms)
{
    struct net_target target = {
        .host = TEXT("far.example"),
        .port = 443,
        .trust = is_secure ? rig->trust : NULL,
        .tunnel = &tunnel,
        .connect_ms = connect_ms,
    };
    net_stream_open(&rig->client.stream, &target);
}

TEST(the_go_between_hears_by_tls_what_is_asked_of_it)
{
    struct rig rig;
    make(&rig, yes);
    start(&rig, true, 0);
    RIG_UNTIL(&rig, rig.server.size > tunnel.request.size);
    CHECK_BYTES(rig.server.data, tunnel.request.size, tunnel.request.data, tunnel.request.size);
    CHECK_EQ(rig.server.data[tunnel.request.size], 0x16); /* a handshake inside */
    rig_remove(&rig);
}

TEST(what_the_go_between_refuses_is_told)
{
    struct rig rig;
    make(&rig, "no");
    start(&rig, true, 0);
    RIG_UNTIL(&rig, rig.client.is_opened);
    CHECK_EQ(rig.client.opened, INIA_CONNECT_FAILED);
    CHECK_TEXT(rig.client.detail, "the proxy localhost says no");
    rig_remove(&rig);
}

TEST(a_go_between_that_is_asked_nothing_is_a_server_like_others)
{
    struct rig rig;
    make(&rig, NULL);
    tunnel.request = (text){NULL, 0};
    start(&rig, false, 0);
    RIG_UNTIL(&rig, rig.client.is_opened && rig.server.is_opened);
    CHECK_EQ(rig.client.opened, INIA_OK);
    end_send(&rig.client, "hello", RING_SEND_QUIET);
    RIG_UNTIL(&rig, rig.server.size == 5);
    CHECK_BYTES(rig.server.data, 5, "hello", 5);
    rig_remove(&rig);
}

TEST(one_deadline_is_kept_whatever_is_waited_for)
{
    static const char *const answers[] = {NULL, yes};
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        struct rig rig;
        make(&rig, answers[i]);
        start(&rig, true, 300);
        RIG_UNTIL(&rig, rig.client.is_opened);
        CHECK_EQ(rig.client.opened, INIA_CONNECT_FAILED);
        CHECK(strstr(rig.client.detail, "within 300 ms") != NULL);
        rig_remove(&rig);
    }
}

TEST(it_can_be_left_at_any_time)
{
    for (int turns = 0; turns < 24; turns++) {
        struct rig rig;
        make(&rig, yes);
        start(&rig, true, 0);
        for (int i = 0; i < turns; i++)
            ring_turn(rig.ring, 1000000);
        net_stream_close(&rig.client.stream);
        RIG_UNTIL(&rig, rig.client.is_closed);
        end_init(&rig.client, &rig);
        rig_remove(&rig);
    }
}

TEST(memory_may_run_out_at_any_time)
{
    for (uint64_t left = 1; left < 60; left++) {
        struct rig rig;
        make(&rig, yes);
        budget_fail_after(left);
        start(&rig, true, 100);
        RIG_UNTIL(&rig, rig.client.is_opened);
        budget_fail_after(0);
        CHECK_EQ(rig.client.opened, INIA_CONNECT_FAILED);
        rig_remove(&rig);
    }
}
