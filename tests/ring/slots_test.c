#include "test.h"

#include "ring/uring_slots.h"

TEST(a_slot_finds_its_owner_until_it_is_given_back)
{
    struct budget memory;
    budget_init(&memory, 1 << 20);
    struct uring_slots slots;
    CHECK(uring_slots_init(&slots, &memory, 2));
    int owner, second_owner;
    uint32_t generation, second_generation;
    uint32_t slot = uring_slots_take(&slots, &owner, &generation);
    CHECK(slot != 0);
    CHECK(uring_slots_owner(&slots, slot, generation) == &owner);
    uring_slots_give(&slots, slot);
    CHECK(uring_slots_owner(&slots, slot, generation) == NULL);
    CHECK_EQ(uring_slots_take(&slots, &second_owner, &second_generation), slot);
    CHECK(uring_slots_owner(&slots, slot, generation) == NULL);
    CHECK(uring_slots_owner(&slots, slot, second_generation) == &second_owner);
    CHECK(uring_slots_owner(&slots, 0, 0) == NULL);
    uring_slots_release(&slots);
    CHECK_EQ(memory.used, 0);
}

TEST(slots_grow_and_keep_what_they_held)
{
    enum { MANY = 1000 };
    struct budget memory;
    budget_init(&memory, 1 << 20);
    struct uring_slots slots;
    CHECK(uring_slots_init(&slots, &memory, 2));
    static int owners[MANY];
    uint32_t numbers[MANY], generations[MANY];
    for (int i = 0; i < MANY; i++)
        CHECK((numbers[i] = uring_slots_take(&slots, &owners[i], &generations[i])) != 0);
    for (int i = 0; i < MANY; i++)
        CHECK(uring_slots_owner(&slots, numbers[i], generations[i]) == &owners[i]);
    uint64_t allocations = memory.allocations;
    for (int i = 0; i < MANY; i++) {
        uring_slots_give(&slots, numbers[i]);
        CHECK(uring_slots_take(&slots, &owners[i], &generations[i]) != 0);
    }
    CHECK_EQ(memory.allocations, allocations);
    uring_slots_release(&slots);
}

TEST(without_memory_no_slot_is_taken_and_none_is_lost)
{
    struct budget memory;
    budget_init(&memory, 4 * sizeof(struct uring_slot));
    struct uring_slots slots;
    CHECK(uring_slots_init(&slots, &memory, 4));
    int owner;
    uint32_t generation, slot = 0;
    for (int i = 0; i < 3; i++)
        CHECK((slot = uring_slots_take(&slots, &owner, &generation)) != 0);
    CHECK_EQ(uring_slots_take(&slots, &owner, &generation), 0);
    uring_slots_give(&slots, slot);
    CHECK_EQ(uring_slots_take(&slots, &owner, &generation), slot);
    uring_slots_release(&slots);
}
