#include "endpoint/index.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>

enum { ENTRIES = 500 };

struct thing {
    struct index_entry entry;
    char key[16];
    bool is_in;
};

static struct budget memory;
static struct index things;
static struct thing all[ENTRIES];

static void start(void)
{
    budget_init(&memory, 1 << 20);
    index_init(&things, &memory);
    for (int i = 0; i < ENTRIES; i++) {
        int size = snprintf(all[i].key, sizeof all[i].key, "key%03d", i);
        all[i].entry.key = (text){all[i].key, (size_t)size};
        all[i].is_in = false;
    }
}

static void toggle(struct thing *thing)
{
    if (thing->is_in)
        index_remove(&things, &thing->entry);
    else
        CHECK(index_add(&things, &thing->entry));
    thing->is_in = !thing->is_in;
}

static void end(void)
{
    for (int i = 0; i < ENTRIES; i++)
        if (all[i].is_in)
            toggle(&all[i]);
    index_release(&things);
    CHECK_EQ(memory.used, 0);
}

static void check_walk(void)
{
    struct index_entry *entry = index_from(&things, TEXT(""));
    for (int i = 0; i < ENTRIES; i++) {
        CHECK(index_find(&things, all[i].entry.key) == (all[i].is_in ? &all[i].entry : NULL));
        if (!all[i].is_in)
            continue;
        CHECK(entry == &all[i].entry);
        entry = index_after(&things, entry->key);
    }
    CHECK(entry == NULL);
}

TEST(an_empty_index_finds_nothing)
{
    start();
    CHECK(index_find(&things, TEXT("a")) == NULL);
    CHECK(index_from(&things, TEXT("")) == NULL);
    CHECK(index_after(&things, TEXT("")) == NULL);
    end();
}

TEST(entries_are_walked_in_the_order_of_their_keys_whatever_came_and_went)
{
    struct random_source random;
    random_init(&random, 7);
    start();
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < 200; i++)
            toggle(&all[random_below(&random, ENTRIES)]);
        check_walk();
    }
    end();
}

TEST(a_walk_starts_at_or_behind_a_key_that_need_not_be_there)
{
    start();
    for (int i = 0; i < ENTRIES; i += 2)
        toggle(&all[i]);
    CHECK(index_from(&things, TEXT("key010")) == &all[10].entry);
    CHECK(index_from(&things, TEXT("key011")) == &all[12].entry);
    CHECK(index_after(&things, TEXT("key010")) == &all[12].entry);
    CHECK(index_after(&things, TEXT("key0")) == &all[0].entry);
    CHECK(index_from(&things, TEXT("key499")) == NULL);
    CHECK(index_from(&things, TEXT("l")) == NULL);
    end();
}

TEST(without_memory_nothing_is_added)
{
    start();
    budget_fail_after(1);
    CHECK(!index_add(&things, &all[0].entry));
    budget_fail_after(0);
    CHECK_EQ(things.count, 0);
    CHECK(index_find(&things, all[0].entry.key) == NULL);
    end();
}
