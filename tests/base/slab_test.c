#include "base/base.h"
#include "test.h"

#include <string.h>

TEST(objects_are_reused_last_in_first_out_without_new_memory)
{
    struct budget memory;
    struct slab slab;
    budget_init(&memory, 1 << 16);
    slab_init(&slab, &memory, 100, 8);
    void *objects[8];
    for (int i = 0; i < 8; i++) {
        objects[i] = slab_take(&slab);
        CHECK(objects[i] != NULL && (uintptr_t)objects[i] % 16 == 0);
    }
    CHECK_EQ(memory.allocations, 1);
    slab_give(&slab, objects[3]);
    CHECK(slab_take(&slab) == objects[3]);
    CHECK_EQ(memory.allocations, 1);
    for (int i = 0; i < 8; i++)
        slab_give(&slab, objects[i]);
    slab_release(&slab);
    CHECK_EQ(memory.used, 0);
}

TEST(a_slab_is_full_when_its_budget_is)
{
    struct budget memory;
    struct slab slab;
    budget_init(&memory, 3000);
    slab_init(&slab, &memory, 1000, 1);
    void *one = slab_take(&slab), *two = slab_take(&slab);
    CHECK(one && two && slab_take(&slab) == NULL);
    slab_give(&slab, one);
    CHECK(slab_take(&slab) == one);
    slab_give(&slab, one);
    slab_give(&slab, two);
    slab_release(&slab);
}

TEST(trimming_gives_back_the_chunks_that_nothing_uses_and_no_others)
{
    struct budget memory;
    struct slab slab;
    budget_init(&memory, 1 << 20);
    slab_init(&slab, &memory, 64, 4);
    void *objects[40];
    for (int i = 0; i < 40; i++)
        objects[i] = slab_take(&slab);
    size_t full = memory.used;
    slab_trim(&slab);
    CHECK_EQ(memory.used, full);
    for (int i = 39; i >= 0; i -= 2) /* half of each chunk */
        slab_give(&slab, objects[i]);
    slab_trim(&slab);
    CHECK_EQ(memory.used, full);
    for (int i = 8; i < 40; i += 2)
        slab_give(&slab, objects[i]);
    slab_trim(&slab);
    CHECK_EQ(memory.used, full / 5);
    for (int i = 1; i < 40; i += 2) {
        objects[i] = slab_take(&slab);
        CHECK(objects[i] != NULL);
        memset(objects[i], i, 64);
    }
    for (int i = 1; i < 40; i += 2)
        slab_give(&slab, objects[i]);
    for (int i = 0; i < 8; i += 2)
        slab_give(&slab, objects[i]);
    slab_trim(&slab);
    CHECK_EQ(memory.used, 0);
    slab_trim(&slab);
    CHECK(slab_take(&slab) != NULL);
    slab_give(&slab, slab_take(&slab));
    slab.in_use = 0;
    slab_release(&slab);
}

static void give_all(void *arg)
{
    slab_trim(arg);
}

TEST(a_budget_that_is_spent_asks_its_owner_for_what_is_only_kept)
{
    struct budget memory;
    struct slab slab;
    budget_init(&memory, 4096);
    slab_init(&slab, &memory, 3000, 1);
    memory.relieve = give_all;
    memory.relieve_arg = &slab;
    void *object = slab_take(&slab);
    CHECK(budget_alloc(&memory, 2000) == NULL);
    CHECK(!budget_make_room(&memory, 2000));
    slab_give(&slab, object);
    CHECK(!budget_has_room(&memory, 2000) && budget_make_room(&memory, 2000));
    void *other = budget_alloc(&memory, 2000);
    CHECK(other != NULL);
    budget_free(&memory, other, 2000);
    slab_release(&slab);
}
