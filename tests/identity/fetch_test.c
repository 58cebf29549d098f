#include "identity/fetch.h"

#include "test.h"

/* A wire that answers at once, by a row of statuses; 0: no answer. */
struct row {
    struct identity_wire wire; /* first */
    struct random_source random;
    int statuses[8];
    int sent;
    uint32_t delays[8];
};

static void row_send(struct identity_wire *wire, struct fetch *fetch, uint32_t delay_ms)
{
    struct row *row = CONTAINER_OF(wire, struct row, wire);
    row->delays[row->sent] = delay_ms;
    fetch->status = row->statuses[row->sent++];
    fetch->problem = fetch->status ? NULL : "connection refused";
    fetch_answered(fetch);
}

static void row_cancel(struct identity_wire *wire, struct fetch *fetch)
{
    (void)wire, (void)fetch;
}

static struct budget memory;
static struct slab blocks;
static struct arena arena;
static int ended;

static void on_done(struct fetch *fetch)
{
    (void)fetch;
    ended++;
}

static struct fetch run(struct row *row)
{
    budget_init(&memory, 1 << 20);
    slab_init(&blocks, &memory, ARENA_BLOCK_SIZE, 4);
    arena_init(&arena, &blocks);
    random_init(&row->random, 1);
    row->wire = (struct identity_wire){&row->random, row_send, row_cancel};
    struct fetch fetch;
    CHECK(fetch_begin(&fetch, &row->wire, &arena, TEXT("GET"), TEXT("http://h:1/p?q")));
    fetch.done = on_done;
    ended = 0;
    fetch_send(&fetch);
    CHECK_EQ(ended, 1);
    arena_release(&arena);
    slab_release(&blocks);
    return fetch;
}

TEST(what_may_pass_is_tried_again_after_a_pause)
{
    struct row row = {.statuses = {0, 503, 200}};
    struct fetch fetch = run(&row);
    CHECK_EQ(row.sent, 3);
    CHECK_EQ(fetch.status, 200);
    CHECK_EQ(row.delays[0], 0);
    CHECK(row.delays[1] <= FETCH_BACK_OFF_MS);
    CHECK(row.delays[2] <= 2 * FETCH_BACK_OFF_MS);
}

TEST(what_will_not_pass_is_not_tried_again)
{
    struct row row = {.statuses = {403, 200}};
    CHECK_EQ(run(&row).status, 403);
    CHECK_EQ(row.sent, 1);
}

TEST(attempts_are_limited)
{
    struct row row = {.statuses = {500, 429, 0, 200}};
    struct fetch fetch = run(&row);
    CHECK_EQ(row.sent, FETCH_ATTEMPTS);
    CHECK_EQ(fetch.status, 0);
}

TEST(urls_and_values_that_would_break_a_head_are_refused)
{
    struct row row = {0};
    budget_init(&memory, 1 << 20);
    slab_init(&blocks, &memory, ARENA_BLOCK_SIZE, 4);
    arena_init(&arena, &blocks);
    struct fetch fetch;
    CHECK(!fetch_begin(&fetch, &row.wire, &arena, TEXT("GET"), TEXT("ftp://h/")));
    CHECK(fetch.problem != NULL);
    CHECK(fetch_begin(&fetch, &row.wire, &arena, TEXT("GET"), TEXT("https://h/")));
    CHECK_EQ(fetch.port, 443);
    CHECK(!fetch_add(&fetch, TEXT("x"), TEXT("a\r\nb: c")));
    CHECK(fetch_add(&fetch, TEXT("x"), TEXT("a b")));
    arena_release(&arena);
    slab_release(&blocks);
}
