/* Connections over TLS, to a server on the same ring. */
#include "../net/certificates.h"
#include "http/http.h"
#include "test.h"

#include <arpa/inet.h>
#include <time.h>

enum { LARGE = 8 << 20, MOST_VISITS = 16, INPUT_MOST = 16384, PATIENCE_MS = 10000 };

/* ---- The server --------------------------------------------------------------------------- */

struct visit {
    struct net_stream stream; /* first */
    struct arena arena;
    char input[INPUT_MOST];
    size_t input_size;
    uint64_t body_left;
    struct http_chunks chunks;
    enum http_framing framing;
    bool in_body, same, open, ends;
    size_t asked, got;
    char head[100];
};

static struct budget memory;
static struct ring *ring;
static struct net *net;
static struct slab blocks;
static struct net_trust *trust;
static struct net_identity *identity;
static struct ring_listener listener;
static struct http_pool *pool;
static struct http_origin *origin;
static struct certificates certificates;
static struct visit visits[MOST_VISITS];
static int visit_count;
static bool close_after_answer;
static char large[LARGE];

static void visit_answers(struct visit *visit)
{
    size_t size = visit->framing == HTTP_NO_BODY ? visit->asked : 4;
    const char *body = visit->framing == HTTP_NO_BODY ? large : visit->same ? "same" : "else";
    int head_size = snprintf(
        visit->head, sizeof visit->head, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", size);
    struct iovec pieces[2] = {{visit->head, (size_t)head_size}, {(void *)(uintptr_t)body, size}};
    visit->in_body = false;
    visit->ends = close_after_answer;
    net_stream_send(&visit->stream, pieces, size ? 2 : 1, RING_SEND_REPORT);
}

static void visit_hears_body(struct visit *visit, text bytes)
{
    visit->same &= visit->got + bytes.size <= LARGE &&
                   (!bytes.size || memcmp(bytes.data, large + visit->got, bytes.size) == 0);
    visit->got += bytes.size;
}

static void visit_feeds_body(struct visit *visit, text input)
{
    const char *problem = NULL;
    if (visit->framing == HTTP_LENGTH) {
        visit_hears_body(visit, input);
        visit->body_left -= input.size;
    }
    while (visit->framing == HTTP_CHUNKED && input.size && !visit->chunks.done && !problem)
        visit_hears_body(visit, http_chunks_next(&visit->chunks, &input, &problem));
    CHECK(!problem);
    if (visit->chunks.done || (visit->framing == HTTP_LENGTH && visit->body_left == 0))
        visit_answers(visit);
}

static void visit_hears_head(struct visit *visit, size_t size)
{
    struct http_request request;
    arena_clear(&visit->arena);
    CHECK_TEXT(http_request_parse(&request, visit->input, size, &visit->arena), NULL);
    text rest = {visit->input + size, visit->input_size - size};
    visit->input_size = 0;
    visit->framing = request.framing;
    visit->body_left = request.content_length;
    visit->asked = (size_t)atoll(request.target.data + 1);
    visit->chunks = (struct http_chunks){0};
    visit->got = 0;
    visit->same = true;
    visit->in_body = request.framing != HTTP_NO_BODY;
    if (!visit->in_body)
        visit_answers(visit);
    else if (rest.size)
        visit_feeds_body(visit, rest);
}

static void visit_opened(struct net_stream *stream, inia_status status, const char *detail)
{
    (void)detail;
    if (status == INIA_OK)
        net_stream_receive(stream);
    else
        net_stream_close(stream);
}

static void visit_received(
    struct net_stream *stream, const void *bytes, size_t size, inia_status status)
{
    struct visit *visit = CONTAINER_OF(stream, struct visit, stream);
    (void)status;
    if (size == 0) {
        net_stream_close(stream);
        return;
    }
    if (visit->in_body) {
        visit_feeds_body(visit, text_from(bytes, size));
        return;
    }
    CHECK(visit->input_size + size <= INPUT_MOST);
    memcpy(visit->input + visit->input_size, bytes, size);
    visit->input_size += size;
    size_t head_size = http_head_size((text){visit->input, visit->input_size}, 0);
    if (head_size)
        visit_hears_head(visit, head_size);
}

static void visit_sent(struct net_stream *stream, inia_status status)
{
    const struct visit *visit = CONTAINER_OF(stream, struct visit, stream);
    if (visit->ends || status)
        net_stream_close(stream);
}

static void visit_closed(struct net_stream *stream)
{
    struct visit *visit = CONTAINER_OF(stream, struct visit, stream);
    visit->open = false;
    arena_release(&visit->arena);
}

static const struct net_stream_events visit_events = {
    .opened = visit_opened,
    .received = visit_received,
    .sent = visit_sent,
    .closed = visit_closed,
};

static void accepted(struct ring_listener *from, int fd, int error)
{
    (void)from;
    CHECK_EQ(error, 0);
    CHECK(visit_count < MOST_VISITS);
    struct visit *visit = &visits[visit_count++];
    memset(visit, 0, sizeof *visit);
    visit->open = true;
    arena_init(&visit->arena, &blocks);
    net_stream_init(&visit->stream, net, &visit_events);
    net_stream_accept(&visit->stream, fd, identity);
}

/* ---- Both together --------------------------------------------------------------------------- */

#define UNTIL(condition)                                                                           \
    do {                                                                                           \
        uint64_t gives_up = ring_clock_ns(ring) + PATIENCE_MS * UINT64_C(1000000);                 \
        while (!(condition)) {                                                                     \
            if (ring_clock_ns(ring) > gives_up)                                                    \
                FAIL("never came: %s", #condition);                                                \
            ring_turn(ring, 5 * 1000 * 1000);                                                      \
        }                                                                                          \
    } while (0)

static int open_visits(void)
{
    int count = 0;
    for (int i = 0; i < visit_count; i++)
        count += visits[i].open;
    return count;
}

static const struct log no_log;

static void start_net(void)
{
    inia_error error = {0};
    budget_init(&memory, 256 << 20);
    slab_init(&blocks, &memory, ARENA_BLOCK_SIZE, 16);
    ring = ring_new(&(struct ring_config){.memory = &memory}, &error);
    if (!ring)
        SKIP("no ring here: %s", error.detail);
    net = net_new(
        &(struct net_config){.ring = ring, .memory = &memory, .log = &no_log, .seed = 1}, &error);
    CHECK(net != NULL);
    certificates_make(&certificates, (struct net_certificate_config){0});
    identity = net_identity_new(net, certificates.leaf, certificates.key, &error);
    CHECK(identity != NULL);
    trust =
        net_trust_new(net, &(struct net_trust_config){.ca_bundle = certificates.authority}, &error);
    CHECK(trust != NULL);
}

static struct http_origin *find_origin(struct net_trust *believed)
{
    return http_origin_find(
        pool, TEXT("localhost"), listener.port, &(struct http_way){.trust = believed});
}

static void start(void)
{
    inia_error error = {0};
    struct sockaddr_in address = {.sin_family = AF_INET};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (size_t i = 0; i < LARGE; i++)
        large[i] = (char)(i * 5 + i / 3000);
    visit_count = 0;
    close_after_answer = false;
    start_net();
    CHECK_EQ(
        ring_listen(&listener, ring, (const struct sockaddr *)&address, sizeof address, accepted),
        0);
    pool = http_pool_new(
        &(struct http_pool_config){.ring = ring, .net = net, .memory = &memory, .log = &no_log},
        &error);
    CHECK(pool != NULL);
    origin = find_origin(trust);
    CHECK(origin != NULL);
}

static void stop(void)
{
    http_pool_close(pool);
    UNTIL(http_pool_is_empty(pool));
    UNTIL(open_visits() == 0);
    http_origin_put(origin);
    http_pool_free(pool);
    ring_listener_close(&listener);
    net_trust_free(trust);
    net_identity_free(identity);
    net_free(net);
    ring_free(ring);
    slab_release(&blocks);
    certificates_remove(&certificates);
    CHECK_EQ(memory.used, 0);
}

struct call {
    struct http_exchange exchange;
    struct arena arena;
    char head[200];
    char *into;
    size_t into_size, filled, pushed, body_size;
    inia_status status;
    int finished;
    char detail[300], body[200];
};

static struct call call;

static void call_head(struct http_exchange *exchange)
{
    if (call.into)
        http_receive_into(exchange, call.into, call.into_size);
}

static void call_body(struct http_exchange *exchange, const void *bytes, size_t size)
{
    (void)exchange;
    if (call.body_size + size <= sizeof call.body)
        memcpy(call.body + call.body_size, bytes, size);
    call.body_size += size;
}

static void call_filled(struct http_exchange *exchange, size_t size)
{
    (void)exchange;
    call.filled += size;
}

static void call_pull(struct http_exchange *exchange)
{
    size_t size = LARGE - call.pushed < 700000 ? LARGE - call.pushed : 700000;
    call.pushed += size;
    http_push(exchange, large + call.pushed - size, size);
}

static void call_finished(struct http_exchange *exchange, inia_status status, const char *detail)
{
    (void)exchange;
    call.finished++;
    call.status = status;
    snprintf(call.detail, sizeof call.detail, "%s", detail);
}

static const struct http_exchange_events call_events = {
    call_head, call_body, call_filled, call_pull, call_finished};

static void run_call(const char *method, size_t size, const char *headers, struct http_body body)
{
    char *into = call.into;
    size_t into_size = call.into_size;
    memset(&call, 0, sizeof call);
    call.into = into;
    call.into_size = into_size;
    arena_init(&call.arena, &blocks);
    http_exchange_init(&call.exchange, &call_events, &call.arena);
    int head_size = snprintf(
        call.head, sizeof call.head, "%s /%zu HTTP/1.1\r\nHost: localhost\r\n%s\r\n", method, size,
        headers);
    call.exchange.head = (text){call.head, (size_t)head_size};
    call.exchange.body = body;
    http_start(&call.exchange, origin);
    UNTIL(call.finished);
    CHECK_EQ(call.finished, 1);
    arena_release(&call.arena);
}

static void check_same(void)
{
    CHECK_TEXT(call.detail, "");
    CHECK_BYTES(call.body, call.body_size, "same", 4);
}

TEST(exchanges_over_tls_share_a_connection)
{
    start();
    for (size_t i = 0; i < 20; i++) {
        run_call("GET", i * 10, "", (struct http_body){0});
        CHECK_TEXT(call.detail, "");
        CHECK_BYTES(call.body, call.body_size, large, i * 10);
    }
    CHECK_EQ(http_counters(pool)->connections_opened, 1);
    CHECK_EQ(net_counters(net)->handshakes, 2); /* of both sides */
    stop();
}

TEST(large_bodies_go_both_ways_over_tls)
{
    start();
    char *into = malloc(LARGE);
    CHECK(into != NULL);
    for (int i = 0; i < 2; i++) {
        memset(into, 0, LARGE);
        call.into = into;
        call.into_size = LARGE;
        run_call("GET", LARGE, "", (struct http_body){0});
        CHECK_TEXT(call.detail, "");
        CHECK_EQ(call.filled, LARGE);
        CHECK(memcmp(into, large, LARGE) == 0);
        call.into = NULL;
        run_call(
            "PUT", 0, "Content-Length: 8388608\r\n",
            (struct http_body){.data = large, .size = LARGE});
        check_same();
        run_call(
            "PUT", 0, "Content-Length: 60000\r\n",
            (struct http_body){.data = large, .size = 60000});
        check_same();
        run_call(
            "PUT", 0, "Transfer-Encoding: chunked\r\n",
            (struct http_body){.size = INIA_UNKNOWN_SIZE, .pulled = true});
        check_same();
    }
    CHECK_EQ(http_counters(pool)->connections_opened, 1);
    free(into);
    stop();
}

TEST(a_server_that_closes_an_idle_tls_connection_is_noticed)
{
    start();
    close_after_answer = true;
    for (int i = 0; i < 3; i++) {
        run_call("GET", 5, "", (struct http_body){0});
        CHECK_TEXT(call.detail, "");
        CHECK(call.exchange.new_connection);
        UNTIL(http_counters(pool)->connections == 0);
    }
    CHECK_EQ(http_counters(pool)->connections_lost_idle, 3);
    stop();
}

TEST(a_server_nobody_trusts_is_a_failed_connect)
{
    start();
    inia_error error = {0};
    struct certificates others;
    certificates_make(&others, (struct net_certificate_config){0});
    struct net_trust *other =
        net_trust_new(net, &(struct net_trust_config){.ca_bundle = others.authority}, &error);
    CHECK(other != NULL);
    http_origin_put(origin);
    origin = find_origin(other);
    run_call("GET", 5, "", (struct http_body){0});
    CHECK_EQ(call.status, INIA_CONNECT_FAILED);
    CHECK(strstr(call.detail, "localhost") != NULL);
    CHECK(!call.exchange.request_begun);
    UNTIL(http_pool_is_empty(pool));
    certificates_remove(&others);
    net_trust_free(other);
    stop();
}
