#include "base/base.h"
#include "test.h"

TEST(a_block_is_at_least_as_large_as_asked_and_at_most_a_quarter_larger)
{
    struct budget memory;
    struct block_cache cache;
    budget_init(&memory, 1u << 30);
    block_cache_init(&cache, &memory, 0);
    for (size_t size = 1; size < (64u << 20); size = size * 5 / 3 + 1) {
        size_t capacity;
        char *block = block_take(&cache, size, &capacity);
        CHECK(block != NULL);
        CHECK(capacity >= size && (capacity <= 1024 || capacity <= size + size / 4 + 1));
        block[0] = block[capacity - 1] = 1;
        block_give(&cache, block, capacity);
    }
    CHECK_EQ(memory.used, 0);
}

TEST(a_block_given_back_is_the_next_one_taken_and_costs_no_allocation)
{
    struct budget memory;
    struct block_cache cache;
    budget_init(&memory, 64u << 20);
    block_cache_init(&cache, &memory, 32u << 20);
    size_t capacity;
    void *block = block_take(&cache, 8u << 20, &capacity);
    CHECK(block != NULL);
    CHECK_EQ(capacity, 8u << 20);
    CHECK_EQ((uintptr_t)block % (2u << 20), 0);
    block_give(&cache, block, capacity);
    uint64_t before = memory.allocations;
    CHECK(block_take(&cache, 8u << 20, &capacity) == block);
    CHECK_EQ(memory.allocations, before);
    block_give(&cache, block, capacity);
    block_cache_release(&cache);
    CHECK_EQ(memory.used, 0);
}

TEST(kept_blocks_make_room_when_the_budget_is_short)
{
    struct budget memory;
    struct block_cache cache;
    budget_init(&memory, 10u << 20);
    block_cache_init(&cache, &memory, 10u << 20);
    size_t small, large;
    void *block = block_take(&cache, 4u << 20, &small);
    block_give(&cache, block, small);
    CHECK_EQ(memory.used, 4u << 20);
    block = block_take(&cache, 8u << 20, &large);
    CHECK(block != NULL);
    block_give(&cache, block, large);
    block_cache_release(&cache);
    CHECK_EQ(memory.used, 0);
}

TEST(a_block_beyond_the_budget_or_beyond_all_classes_is_NULL)
{
    struct budget memory;
    struct block_cache cache;
    budget_init(&memory, 1u << 20);
    block_cache_init(&cache, &memory, 0);
    size_t capacity;
    CHECK(block_take(&cache, 2u << 20, &capacity) == NULL);
    CHECK(block_take(&cache, SIZE_MAX, &capacity) == NULL);
    CHECK_EQ(memory.used, 0);
}
