#include "base/base.h"
#include "test.h"

struct fixture {
    struct budget memory;
    struct slab blocks;
    struct arena arena;
};

static void set_up(struct fixture *fixture, size_t limit)
{
    budget_init(&fixture->memory, limit);
    slab_init(&fixture->blocks, &fixture->memory, ARENA_BLOCK_SIZE, 4);
    arena_init(&fixture->arena, &fixture->blocks);
}

static void tear_down(struct fixture *fixture)
{
    arena_release(&fixture->arena);
    slab_release(&fixture->blocks);
    CHECK_EQ(fixture->memory.used, 0);
}

TEST(an_arena_gives_aligned_memory_that_does_not_overlap)
{
    struct fixture f;
    set_up(&f, 1 << 20);
    char *before = NULL;
    for (size_t size = 1; size < 300; size += 7) {
        char *memory = arena_alloc(&f.arena, size);
        CHECK(memory != NULL);
        CHECK_EQ((uintptr_t)memory % 16, 0);
        CHECK(memory != before);
        memset(memory, 0xa5, size);
        before = memory;
    }
    tear_down(&f);
}

TEST(an_allocation_larger_than_a_block_comes_from_the_budget_and_goes_back)
{
    struct fixture f;
    set_up(&f, 1 << 20);
    CHECK(arena_alloc(&f.arena, 100000) != NULL);
    size_t with_large = f.memory.used;
    arena_clear(&f.arena);
    CHECK(f.memory.used <= with_large - 100000);
    tear_down(&f);
}

TEST(an_arena_says_NULL_when_the_budget_is_spent)
{
    struct fixture f;
    set_up(&f, 40000);
    CHECK(arena_alloc(&f.arena, 100000) == NULL);
    size_t given = 0;
    while (arena_alloc(&f.arena, 500))
        given++;
    CHECK(given >= 20 && given < 80);
    tear_down(&f);
}

TEST(growing_the_newest_allocation_keeps_its_place_and_any_keeps_its_bytes)
{
    struct fixture f;
    set_up(&f, 1 << 20);
    char *first = arena_alloc(&f.arena, 10);
    memcpy(first, "0123456789", 10);
    char *grown = arena_grow(&f.arena, first, 10, 200);
    CHECK(grown == first);
    CHECK(arena_alloc(&f.arena, 16) != NULL);
    char *moved = arena_grow(&f.arena, grown, 200, 1000);
    CHECK(moved != grown);
    CHECK_BYTES(moved, 10, "0123456789", 10);
    tear_down(&f);
}

TEST(a_copy_ends_in_a_nul)
{
    struct fixture f;
    set_up(&f, 1 << 20);
    CHECK_TEXT(arena_string(&f.arena, TEXT("bucket")), "bucket");
    CHECK_TEXT(arena_string(&f.arena, (text){NULL, 0}), "");
    tear_down(&f);
}

TEST(a_cleared_arena_takes_no_new_memory_for_the_same_work)
{
    struct fixture f;
    set_up(&f, 1 << 20);
    for (int round = 0; round < 3; round++) {
        uint64_t before = f.memory.allocations;
        for (int i = 0; i < 20; i++)
            CHECK(arena_alloc(&f.arena, 300) != NULL);
        if (round > 0)
            CHECK_EQ(f.memory.allocations, before);
        arena_clear(&f.arena);
    }
    tear_down(&f);
}

TEST(an_allocation_that_fails_leaves_the_arena_usable)
{
    struct fixture f;
    set_up(&f, 1 << 20);
    budget_fail_after(1);
    CHECK(arena_alloc(&f.arena, 10) == NULL);
    budget_fail_after(0);
    CHECK(arena_alloc(&f.arena, 10) != NULL);
    tear_down(&f);
}
