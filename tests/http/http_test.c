/*
 * Whatever servers and owners do, in any order: each exchange finishes once, says so only to its
 * owner, and leaves no memory behind. Seeds are printed, so that a failure can be run again.
 */
#include "http_fixture.h"

enum { AT_ONCE = 6, RUNS = 6, EXCHANGES = 60, BODY_MOST = 400000 };

static struct call calls[AT_ONCE];
static struct random_source owner_random;
static char body[BODY_MOST], into[AT_ONCE][BODY_MOST];
static int started, finished, well;
static uint64_t seed;

/* ---- Servers --------------------------------------------------------------------------------- */

static size_t make_answer(struct random_source *random, char *answer)
{
    static const char *const starts[] = {
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 200 OK\r\nConnection: close\r\n",
        "HTTP/1.1 204 No Content\r\n",
        "HTTP/1.1 404 Not Found\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n",
        "HTTP/1.0 200 OK\r\n",
        "\r\nHTTP/1.1 503 Slow Down\r\nx-long: a a a a a a a a a a a a a a a a a a a a a a a a\r\n",
    };
    size_t body_size = (size_t)random_below(random, random_below(random, 3) ? 2000 : BODY_MOST);
    uint64_t framing = random_below(random, 3);
    size_t size = (size_t)sprintf(answer, "%s", starts[random_below(random, COUNT_OF(starts))]);
    if (framing == 0)
        size += (size_t)sprintf(answer + size, "Content-Length: %zu\r\n\r\n", body_size);
    else
        size += (size_t)sprintf(
            answer + size, framing == 1 ? "Transfer-Encoding: chunked\r\n\r\n" : "\r\n");
    bool first = true;
    for (size_t at = 0; framing == 1 && at < body_size; first = false) {
        size_t piece = 1 + (size_t)random_below(random, 30000);
        if (piece > body_size - at)
            piece = body_size - at;
        size += http_chunk_line(answer + size, piece, first);
        memcpy(answer + size, body + at, piece);
        size += piece;
        at += piece;
    }
    if (framing == 1)
        return size + http_chunk_line(answer + size, 0, first);
    memcpy(answer + size, body, body_size);
    return size + body_size;
}

/* One visit in three goes wrong: a byte changed, the end missing, or more than the end. */
static size_t spoil(struct random_source *random, char *answer, size_t size)
{
    switch (random_below(random, 9)) {
    case 0:
        answer[random_below(random, size < 200 ? size : 200)] = (char)random_u64(random);
        return size;
    case 1:
        return (size_t)random_below(random, size);
    case 2:
        answer[size] = '!';
        return size + 1;
    default:
        return size;
    }
}

static bool say_in_pieces(struct visit *visit, struct random_source *random, text answer)
{
    bool slow = random_below(random, 4) == 0;
    size_t most = random_below(random, 2) ? 100000 : 700;
    int pieces = 0;
    while (answer.size) {
        size_t piece = 1 + (size_t)random_below(random, pieces++ < 20 ? most : BODY_MOST);
        if (piece > answer.size)
            piece = answer.size;
        if (!say_bytes(visit, answer.data, piece))
            return false;
        answer = text_after(answer, piece);
        if (slow && pieces < 20)
            rest_ms(1);
    }
    return true;
}

static void hear_some_body(struct visit *visit, struct random_source *random, const char *head)
{
    char bytes[4096];
    const char *length = strstr(head, "Content-Length: ");
    size_t left = length ? (size_t)atoll(length + 16) : 0;
    if (random_below(random, 5) == 0)
        left = left / 3;
    while (left) {
        ssize_t got = recv(visit->fd, bytes, left < sizeof bytes ? left : sizeof bytes, 0);
        if (got <= 0)
            return;
        left -= (size_t)got;
    }
}

static void serve_anything(struct visit *visit)
{
    struct random_source random;
    char head[1024];
    char *answer = malloc(BODY_MOST * 2);
    random_init(&random, seed * 1000 + (uint64_t)visit->number);
    while (answer && hear_head(visit, head, sizeof head)) {
        hear_some_body(visit, &random, head);
        size_t size = spoil(&random, answer, make_answer(&random, answer));
        if (!say_in_pieces(visit, &random, (text){answer, size}) || random_below(&random, 4) == 0)
            break;
    }
    if (random_below(&random, 3) == 0)
        break_off(visit);
    free(answer);
}

/* ---- Owners ---------------------------------------------------------------------------------- */

static bool happens(uint64_t once_in)
{
    return random_below(&owner_random, once_in) == 0;
}

static void act(struct call *call)
{
    if (happens(20))
        http_cancel(&call->exchange);
    else if (happens(8))
        http_pause(&call->exchange);
}

static void name_memory(struct call *call)
{
    size_t size = 1 + (size_t)random_below(&owner_random, happens(2) ? 3000 : BODY_MOST);
    http_receive_into(&call->exchange, into[call - calls], size);
}

static void on_head(struct call *call)
{
    if (happens(2))
        name_memory(call);
    act(call);
}

static void on_body(struct call *call, const void *bytes, size_t size)
{
    (void)bytes;
    (void)size;
    act(call);
}

static void on_filled(struct call *call, size_t size)
{
    CHECK(size <= BODY_MOST);
    if (happens(3))
        name_memory(call);
    else if (happens(2))
        http_resume(&call->exchange);
    act(call);
}

static void on_pull(struct call *call)
{
    size_t left = call->exchange.body.size - (size_t)(uintptr_t)call->own;
    size_t size = 1 + (size_t)random_below(&owner_random, left);
    const char *at = body + (uintptr_t)call->own;
    call->own = (char *)call->own + size;
    http_push(&call->exchange, at, size);
}

static void on_finished(struct call *call)
{
    finished++;
    well += call->status == INIA_OK;
    CHECK_EQ(call->finished, 1);
    CHECK(call->status == INIA_OK || call->detail[0]);
    CHECK(call->status != INIA_NO_MEMORY && call->status != INIA_CONNECT_FAILED);
}

static void start_any(struct call *call)
{
    char lines[100] = "";
    bool has_body = happens(3);
    size_t size = has_body ? 1 + (size_t)random_below(&owner_random, BODY_MOST - 1) : 0;
    if (has_body)
        snprintf(lines, sizeof lines, "Content-Length: %zu\r\n", size);
    call_init(call, has_body ? "PUT" : happens(6) ? "HEAD" : "GET", lines);
    if (has_body && happens(2))
        call->exchange.body = (struct http_body){.size = size, .pulled = true};
    else if (has_body)
        call->exchange.body = (struct http_body){.data = body, .size = size};
    call->exchange.fresh_connection = happens(10);
    call->on_head = on_head;
    call->on_body = on_body;
    call->on_filled = on_filled;
    call->on_pull = on_pull;
    call->on_finished = on_finished;
    started++;
    http_start(&call->exchange, origin);
    if (happens(30))
        http_cancel(&call->exchange);
}

/* What waits for its owner must not wait for ever. */
static void wake(struct call *call)
{
    if (call->exchange.times.started_ns && !call->finished && happens(3))
        http_resume(&call->exchange);
    if (call->exchange.times.started_ns && !call->finished && happens(300))
        http_cancel(&call->exchange);
}

static void run_anything(void)
{
    fixture_start_with(serve_anything, &(struct http_pool_config){.max_connections = 4});
    random_init(&owner_random, seed);
    started = finished = well = 0;
    for (int i = 0; i < AT_ONCE; i++)
        start_any(&calls[i]);
    uint64_t gives_up = seconds_now() + UNTIL_SECONDS;
    while (finished < EXCHANGES) {
        if (seconds_now() > gives_up)
            FAIL("seed %llu: %d of %d ended", (unsigned long long)seed, finished, started);
        ring_turn(ring, 1000 * 1000);
        for (int i = 0; i < AT_ONCE; i++) {
            wake(&calls[i]);
            if (calls[i].finished && started < EXCHANGES) {
                call_release(&calls[i]);
                start_any(&calls[i]);
            }
        }
    }
    for (int i = 0; i < AT_ONCE; i++)
        call_release(&calls[i]);
    CHECK_EQ(http_counters(pool)->waiting, 0);
    fixture_stop();
}

TEST(each_exchange_finishes_once_whatever_servers_and_owners_do)
{
    const char *given = getenv("HTTP_TEST_SEED");
    int all_well = 0;
    for (size_t i = 0; i < sizeof body; i++)
        body[i] = (char)(i * 3 + i / 999);
    for (int run = 0; run < RUNS; run++) {
        seed = given ? (uint64_t)atoll(given) + (uint64_t)run : 1 + (uint64_t)run;
        run_anything();
        all_well += well;
    }
    CHECK(all_well > RUNS * EXCHANGES / 10); /* most failures would hide something */
    printf("  %d of %d exchanges ended well\n", all_well, RUNS * EXCHANGES);
}
