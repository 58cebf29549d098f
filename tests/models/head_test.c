#include "models/head.h"
#include "test.h"

struct desk {
    struct budget budget;
    struct slab blocks;
    struct arena arena;
};

static void desk_open(struct desk *desk)
{
    budget_init(&desk->budget, 1 << 20);
    slab_init(&desk->blocks, &desk->budget, ARENA_BLOCK_SIZE, 4);
    arena_init(&desk->arena, &desk->blocks);
}

static void desk_close(struct desk *desk)
{
    arena_release(&desk->arena);
    slab_release(&desk->blocks);
}

TEST(a_file_is_cut_off_behind_its_metadata)
{
    static const struct {
        const char *start, *head;
    } cuts[] = {
        {"{\"metadata\":{}", "{\"metadata\":{}}"},
        {" { \"version\" : \"2.0\",\n \"metadata\" \n:\t{ \"a\" : [ { } ] } , \"operations\":{\"O",
         " { \"version\" : \"2.0\",\n \"metadata\" \n:\t{ \"a\" : [ { } ] }}"},
        {"{\"metadata\":{\"}\":\"}\\\"}\\\\\",\"b\":{\"metadata\":{}}},7",
         "{\"metadata\":{\"}\":\"}\\\"}\\\\\",\"b\":{\"metadata\":{}}}}"},
        {"{\"a\":{\"metadata\":{\"no\":1}},\"b\":\"metadata\",\"metadata\":{\"c\":1},",
         "{\"a\":{\"metadata\":{\"no\":1}},\"b\":\"metadata\",\"metadata\":{\"c\":1}}"},
    };
    struct desk desk;
    desk_open(&desk);
    for (size_t i = 0; i < COUNT_OF(cuts); i++) {
        text head = head_cut(text_of(cuts[i].start), &desk.arena);
        CHECK(text_equals(head, text_of(cuts[i].head)));
    }
    desk_close(&desk);
}

TEST(a_start_without_whole_metadata_is_left_alone)
{
    static const char *const starts[] = {
        "",
        "{",
        "{\"metadata",
        "{\"metadata\"",
        "{\"metadata\":",
        "{\"metadata\":{\"a\":\"}",
        "{\"metadata\":{\"a\":\"}\\",
        "{\"metadata\":{\"a\":{}",
        "{\"metadata\":7,\"a\":{}}",
        "{\"metadata\":[{}],\"a\":{}}",
        "{\"metadatas\":{}}",
        "{\"a\":{\"metadata\":{}}}",
        "{}\"metadata\":{}}",
        "[\"metadata\",{}]",
        "}}}\"metadata\":{}}",
        "7",
    };
    struct desk desk;
    desk_open(&desk);
    for (size_t i = 0; i < COUNT_OF(starts); i++) {
        if (head_cut(text_of(starts[i]), &desk.arena).data)
            FAIL("cut: %s", starts[i]);
    }
    desk_close(&desk);
}

TEST(without_memory_there_is_no_head)
{
    struct desk desk;
    desk_open(&desk);
    budget_fail_after(1);
    CHECK(!head_cut(TEXT("{\"metadata\":{}}"), &desk.arena).data);
    budget_fail_after(0);
    desk_close(&desk);
}
