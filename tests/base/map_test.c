#include "base/base.h"
#include "test.h"

#include <stdio.h>

TEST(a_map_finds_what_was_put_there_and_nothing_else)
{
    struct budget memory;
    struct slab blocks;
    struct arena arena;
    struct map map;
    budget_init(&memory, 1 << 20);
    slab_init(&blocks, &memory, ARENA_BLOCK_SIZE, 4);
    arena_init(&arena, &blocks);
    map_init(&map, &arena);
    static char names[1000][8];
    for (size_t i = 0; i < 1000; i++) {
        snprintf(names[i], sizeof names[i], "k%zu", i);
        CHECK(map_put(&map, text_of(names[i]), &names[i]));
    }
    CHECK_EQ(map.count, 1000);
    for (size_t i = 0; i < 1000; i++)
        CHECK(map_find(&map, text_of(names[i])) == &names[i]);
    CHECK(map_find(&map, TEXT("k1000")) == NULL);
    CHECK(map_put(&map, TEXT("k7"), names));
    CHECK(map_find(&map, TEXT("k7")) == names);
    size_t seen = 0;
    for (struct map_entry *e = map_next(&map, NULL); e; e = map_next(&map, e))
        seen++;
    CHECK_EQ(seen, 1000);
    arena_release(&arena);
    slab_release(&blocks);
}

TEST(the_nearest_name_is_suggested_and_a_far_one_is_not)
{
    struct budget memory;
    struct slab blocks;
    struct arena arena;
    struct map map;
    budget_init(&memory, 1 << 20);
    slab_init(&blocks, &memory, ARENA_BLOCK_SIZE, 4);
    arena_init(&arena, &blocks);
    map_init(&map, &arena);
    int any;
    CHECK(map_put(&map, TEXT("GetObject"), &any));
    CHECK(map_put(&map, TEXT("PutObject"), &any));
    text nearest = map_nearest(&map, TEXT("GetObjet"));
    CHECK(text_equals(nearest, TEXT("GetObject")));
    CHECK(map_nearest(&map, TEXT("DescribeEverything")).data == NULL);
    arena_release(&arena);
    slab_release(&blocks);
}
