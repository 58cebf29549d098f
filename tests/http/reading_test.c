/* Where the body of a response goes: straight to memory, in pieces, later, or nowhere any more. */
#include "http_fixture.h"

enum { LARGE = 8 << 20 };

static struct call call;
static char large[LARGE];
static char memory_at[LARGE + 4096];

/* Answers with a part of large, as long as the request's Range says: "Range: 123"; "chunked" in it
 * for chunks of 1000 bytes. */
static void serve_large(struct visit *visit)
{
    char head[1024], line[200];
    while (hear_head(visit, head, sizeof head)) {
        size_t size = (size_t)atoll(strstr(head, "Range: ") + 7);
        if (!strstr(head, "chunked")) {
            snprintf(line, sizeof line, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", size);
            if (!say(visit, line) || !say_bytes(visit, large, size))
                return;
            continue;
        }
        say(visit, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (size_t at = 0; at < size; at += 1000) {
            size_t piece = size - at < 1000 ? size - at : 1000;
            size_t line_size = http_chunk_line(line, piece, at == 0);
            if (!say_bytes(visit, line, line_size) || !say_bytes(visit, large + at, piece))
                return;
        }
        if (strstr(head, "late"))
            rest_ms(30);
        say_bytes(visit, line, http_chunk_line(line, 0, size == 0));
    }
}

static void start(void)
{
    for (size_t i = 0; i < LARGE; i++)
        large[i] = (char)(i * 7 + i / 1000);
    memset(memory_at, 0, sizeof memory_at);
    fixture_start(serve_large);
}

static void start_get(size_t size, const char *how, void (*on_head)(struct call *call))
{
    char lines[100];
    snprintf(lines, sizeof lines, "Range: %zu %s\r\n", size, how);
    call_init(&call, "GET", lines);
    call.on_head = on_head;
    http_start(&call.exchange, origin);
}

static void finish_well(void)
{
    UNTIL(call.finished);
    CHECK_TEXT(call.detail, "");
    CHECK_EQ(call.status, INIA_OK);
    call_release(&call);
}

static bool is_part(size_t from, size_t size)
{
    return memcmp(memory_at + from, large + from, size) == 0 && memory_at[from + size] == 0;
}

/* ---- Straight to memory --------------------------------------------------------------------- */

static void take_all(struct call *taking)
{
    http_receive_into(&taking->exchange, memory_at, sizeof memory_at);
}

TEST(a_body_goes_straight_to_memory_whatever_its_size_and_framing)
{
    static const size_t sizes[] = {0, 1, 1000, 16384, 100000, 200000, LARGE};
    start();
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        for (int chunked = 0; chunked < 2; chunked++) {
            memset(memory_at, 0, sizeof memory_at);
            start_get(sizes[i], chunked ? "chunked" : "", take_all);
            UNTIL(call.finished);
            CHECK_EQ(call.fills, 1);
            CHECK_EQ(call.filled, sizes[i]);
            CHECK_EQ(call.body_size, 0);
            CHECK(is_part(0, sizes[i]));
            finish_well();
        }
    }
    CHECK_EQ(http_counters(pool)->connections_opened, 1);
    fixture_stop();
}

static void take_exactly(struct call *taking)
{
    http_receive_into(&taking->exchange, memory_at, (size_t)(uintptr_t)taking->own);
}

TEST(memory_of_just_the_bodys_size_is_filled_once)
{
    static const size_t sizes[] = {1, 20000, 400000};
    static const char *const ways[] = {"", "chunked", "chunked late"};
    start();
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        for (size_t way = 0; way < COUNT_OF(ways); way++) {
            start_get(sizes[i], ways[way], take_exactly);
            call.own = (void *)(uintptr_t)sizes[i];
            UNTIL(call.finished);
            CHECK_EQ(call.fills, 1);
            CHECK_EQ(call.filled, sizes[i]);
            finish_well();
        }
    }
    CHECK_EQ(http_counters(pool)->connections_opened, 1);
    fixture_stop();
}

static size_t part_size, taken;

static void take_part(struct call *taking)
{
    http_receive_into(&taking->exchange, memory_at + taken, part_size);
}

static void take_next_part(struct call *taking, size_t size)
{
    taken += size;
    if (taken < (size_t)(uintptr_t)taking->own)
        take_part(taking);
}

TEST(memory_may_come_in_parts_at_once_or_later)
{
    static const size_t parts[] = {700, 20000, 150000, 1 << 20};
    start();
    for (size_t i = 0; i < COUNT_OF(parts) * 4; i++) {
        bool chunked = i & 1, later = i & 2;
        const size_t size = 2000000;
        part_size = parts[i / 4];
        taken = 0;
        memset(memory_at, 0, sizeof memory_at);
        start_get(size, chunked ? "chunked" : "", take_part);
        call.own = (void *)(uintptr_t)size;
        call.on_filled = later ? NULL : take_next_part;
        for (int told = 0; later && taken < size; told++) {
            UNTIL(call.fills > told);
            if (told % 100 == 0)
                turn_for_ms(3);
            CHECK_EQ(call.fills, told + 1);
            CHECK_EQ(http_waits_for_owner(&call.exchange), taken + call.filled < size);
            take_next_part(&call, call.filled);
        }
        UNTIL(call.finished);
        CHECK_EQ(taken, size);
        CHECK(is_part(0, size));
        CHECK_EQ(call.body_size, 0);
        finish_well();
    }
    CHECK_EQ(http_counters(pool)->connections_opened, 1);
    fixture_stop();
}

static void resume(struct call *taking, size_t size)
{
    (void)size;
    http_resume(&taking->exchange);
}

TEST(after_memory_is_full_a_body_may_go_on_as_it_comes)
{
    start();
    for (int i = 0; i < 4; i++) {
        bool chunked = i & 1, later = i & 2;
        start_get(50000, chunked ? "chunked" : "", take_exactly);
        call.own = (void *)(uintptr_t)1500;
        call.on_filled = later ? NULL : resume;
        if (later) {
            UNTIL(call.fills == 1);
            turn_for_ms(5);
            CHECK_EQ(call.body_size, 0);
            CHECK(!call.finished);
            http_resume(&call.exchange);
        }
        UNTIL(call.finished);
        CHECK_EQ(call.filled, 1500);
        CHECK_EQ(call.fills, 1);
        CHECK_BYTES(call.body, call.body_size, large + 1500, 48500);
        finish_well();
    }
    fixture_stop();
}

static void serve_short(struct visit *visit)
{
    if (!hear_request(visit))
        return;
    say(visit, visit->number < 2 ? "HTTP/1.1 200 OK\r\nContent-Length: 1048576\r\n\r\n"
                                 : "HTTP/1.1 200 OK\r\n\r\n");
    say_bytes(visit, large, 300000);
    rest_ms(20);
    if (visit->number == 1)
        break_off(visit);
}

TEST(a_connection_that_ends_during_a_direct_receive_is_told_with_the_place)
{
    fixture_start(serve_short);
    for (int i = 0; i < 3; i++) {
        call_init(&call, "GET", "");
        call.on_head = take_all;
        http_start(&call.exchange, origin);
        UNTIL(call.finished);
        if (i == 0)
            check_failure(
                &call, INIA_CONNECTION_LOST,
                "closed the connection in the middle of a body (300,000 of 1,048,576 bytes)");
        else if (i == 1)
            CHECK_EQ(call.status, INIA_CONNECTION_LOST);
        else
            CHECK_EQ(call.filled, 300000);
        CHECK_EQ(call.fills, i == 2);
        call_release(&call);
    }
    fixture_stop();
}

/* ---- Pausing --------------------------------------------------------------------------------- */

static void pause_it(struct call *pausing)
{
    http_pause(&pausing->exchange);
}

static void pause_at_body(struct call *pausing, const void *bytes, size_t size)
{
    (void)bytes;
    (void)size;
    http_pause(&pausing->exchange);
}

TEST(a_paused_body_stands_still_until_it_is_resumed)
{
    start();
    for (int chunked = 0; chunked < 2; chunked++) {
        start_get(LARGE, chunked ? "chunked" : "", pause_it);
        UNTIL(call.heads == 1);
        turn_for_ms(20);
        size_t before = call.body_size;
        turn_for_ms(20);
        CHECK_EQ(call.body_size, before);
        CHECK(before < LARGE && http_waits_for_owner(&call.exchange));
        http_resume(&call.exchange);
        CHECK(!http_waits_for_owner(&call.exchange));
        UNTIL(call.finished);
        CHECK_EQ(call.body_size, LARGE);
        CHECK_BYTES(call.body, CALL_KEEPS, large, CALL_KEEPS);
        finish_well();
    }
    fixture_stop();
}

TEST(a_body_may_be_paused_at_every_piece)
{
    start();
    start_get(500000, "", NULL);
    call.on_body = pause_at_body;
    for (int turns = 0; !call.finished; turns++) {
        CHECK(turns < 100000);
        ring_turn(ring, 1000 * 1000);
        if (!call.finished)
            http_resume(&call.exchange);
    }
    CHECK_EQ(call.body_size, 500000);
    CHECK_BYTES(call.body, CALL_KEEPS, large, CALL_KEEPS);
    finish_well();
    fixture_stop();
}

/* ---- Cancelling at every stage --------------------------------------------------------------- */

static void check_cancelled(void)
{
    UNTIL(call.finished);
    CHECK_EQ(call.status, INIA_CANCELLED);
    int heads = call.heads;
    turn_for_ms(3);
    CHECK_EQ(call.heads, heads);
    CHECK_EQ(http_counters(pool)->idle, 0);
    call_release(&call);
}

static void cancel_it(struct call *cancelled)
{
    http_cancel(&cancelled->exchange);
    http_cancel(&cancelled->exchange);
    CHECK_EQ(cancelled->finished, 0);
}

static void cancel_at_body(struct call *cancelled, const void *bytes, size_t size)
{
    (void)bytes;
    (void)size;
    cancel_it(cancelled);
}

static void cancel_at_filled(struct call *cancelled, size_t size)
{
    (void)size;
    cancel_it(cancelled);
}

TEST(an_exchange_can_be_cancelled_at_every_stage_of_its_answer)
{
    start();
    for (int stage = 0; stage < 10; stage++) {
        start_get(LARGE, stage & 1 ? "chunked" : "", stage == 3 || stage >= 6 ? take_all : NULL);
        switch (stage) {
        case 0: /* connecting */
            break;
        case 1:
            UNTIL(call.exchange.request_begun);
            break;
        case 2:
        case 3:
            call.on_head = cancel_it;
            UNTIL(call.exchange.response_begun);
            break;
        case 4:
        case 5:
            call.on_body = cancel_at_body;
            UNTIL(call.body_size);
            break;
        case 6: /* into memory, directly or not */
        case 7:
            UNTIL(call.heads);
            ring_turn(ring, 0);
            break;
        default:
            call.on_head = take_exactly;
            call.own = (void *)(uintptr_t)300000;
            call.on_filled = cancel_at_filled;
            UNTIL(call.fills);
            break;
        }
        if (stage < 2 || stage == 6 || stage == 7)
            cancel_it(&call);
        check_cancelled();
        CHECK_EQ(http_counters(pool)->connections, 0);
    }
    start_get(1000, "", take_all); /* and nothing is broken by it */
    finish_well();
    http_cancel(&call.exchange); /* nothing to end any more */
    fixture_stop();
}

static void serve_nothing(struct visit *visit)
{
    hear_request(visit);
    wait_for_go(visit);
}

TEST(an_upload_can_be_cancelled_while_the_kernel_has_its_bytes)
{
    fixture_start(serve_nothing);
    for (int pulled = 0; pulled < 2; pulled++) {
        char lines[64];
        snprintf(lines, sizeof lines, "Content-Length: %d\r\n", LARGE);
        call_init(&call, "PUT", lines);
        char *body = malloc(LARGE);
        CHECK(body != NULL);
        memset(body, 1, LARGE);
        call.exchange.body = (struct http_body){.size = LARGE, .pulled = pulled};
        if (!pulled)
            call.exchange.body.data = body;
        http_start(&call.exchange, origin);
        UNTIL(call.exchange.request_begun && (!pulled || call.pulls));
        if (pulled)
            http_push(&call.exchange, body, LARGE);
        turn_for_ms(5);
        cancel_it(&call);
        UNTIL(call.finished);
        free(body);
        CHECK_EQ(call.status, INIA_CANCELLED);
        call_release(&call);
        atomic_store(&server.go, true);
    }
    fixture_stop();
}
