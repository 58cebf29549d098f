#include "base/base.h"
#include "test.h"

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
