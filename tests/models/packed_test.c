#include "models/packed.h"
#include "test.h"

#include <string.h>
#include <zlib.h>

enum { SIZE = 100000, MOST_PACKED = 200000 };

struct box {
    struct budget budget;
    struct slab blocks;
    struct arena arena;
    char plain[SIZE], gzip[MOST_PACKED];
    size_t gzip_size;
};

static struct box box;

/* Words that repeat, so that they pack well, but not too well. */
static void box_open(void)
{
    struct random_source random;
    z_stream stream = {0};
    random_init(&random, 20261121);
    budget_init(&box.budget, 8 << 20);
    slab_init(&box.blocks, &box.budget, ARENA_BLOCK_SIZE, 4);
    arena_init(&box.arena, &box.blocks);
    for (size_t i = 0; i < SIZE; i++)
        box.plain[i] = "{\"shape\":7}"[i % 5 ? i % 11 : random_below(&random, 11)];
    CHECK_EQ(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_in = (unsigned char *)box.plain;
    stream.avail_in = SIZE;
    stream.next_out = (unsigned char *)box.gzip;
    stream.avail_out = MOST_PACKED;
    CHECK_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
    box.gzip_size = stream.total_out;
    deflateEnd(&stream);
}

static void box_close(void)
{
    arena_release(&box.arena);
    slab_release(&box.blocks);
    CHECK_EQ(box.budget.used, 0);
}

static struct packed whole(void)
{
    return (struct packed){text_from(box.gzip, box.gzip_size), true};
}

static text plain_text(void)
{
    return text_from(box.plain, SIZE);
}

static bool is_start(text start)
{
    return start.size >= 2000 && start.size < 20000 &&
           memcmp(start.data, box.plain, start.size) == 0;
}

TEST(a_file_is_had_whole_or_its_start)
{
    text bytes;
    inia_error error;
    box_open();
    struct packed gzip = whole(), plain = {plain_text(), false};
    CHECK_EQ(packed_open(&gzip, TEXT("f"), &box.arena, &bytes, &error), INIA_OK);
    CHECK(text_equals(bytes, plain_text()));
    CHECK_EQ(packed_open(&plain, TEXT("f"), &box.arena, &bytes, &error), INIA_OK);
    CHECK(bytes.data == box.plain && bytes.size == SIZE);
    CHECK_EQ(packed_copy(&gzip, TEXT("f"), &box.arena, &bytes, &error), INIA_OK);
    CHECK(bytes.data != box.gzip && text_equals(bytes, plain_text()));
    CHECK_EQ(packed_copy(&plain, TEXT("f"), &box.arena, &bytes, &error), INIA_OK);
    CHECK(bytes.data != box.plain && text_equals(bytes, plain_text()));
    CHECK(is_start(packed_start(&gzip, &box.arena)));
    CHECK(is_start(packed_start(&plain, &box.arena)));
    plain.bytes.size = 3;
    CHECK(text_equals(packed_start(&plain, &box.arena), plain.bytes));
    box_close();
}

TEST(a_gzip_file_that_is_not_whole_is_told_of_when_it_is_opened)
{
    text bytes;
    inia_error error;
    box_open();
    for (size_t size = 0; size < box.gzip_size; size += size < 40 ? 1 : 997) {
        struct packed cut = {text_from(box.gzip, size), true};
        CHECK_EQ(packed_open(&cut, TEXT("f.gz"), &box.arena, &bytes, &error), INIA_BAD_CONFIG);
        CHECK_TEXT(error.detail, "f.gz: not a whole gzip file");
        CHECK(size < 3000 || is_start(packed_start(&cut, &box.arena)));
        arena_clear(&box.arena);
    }
    struct packed spoilt = whole();
    box.gzip[box.gzip_size - 6] ^= 1; /* of the checksum */
    CHECK_EQ(packed_open(&spoilt, TEXT("f.gz"), &box.arena, &bytes, &error), INIA_BAD_CONFIG);
    CHECK(is_start(packed_start(&spoilt, &box.arena)));
    memset(box.gzip, 'x', 100);
    CHECK_EQ(packed_open(&spoilt, TEXT("f.gz"), &box.arena, &bytes, &error), INIA_BAD_CONFIG);
    CHECK(!packed_start(&spoilt, &box.arena).data);
    box_close();
}

TEST(too_large_a_file_is_refused_by_what_it_says_of_itself)
{
    text bytes;
    inia_error error;
    box_open();
    struct packed file = {text_from(box.gzip, MOST_PACKED), true};
    box.gzip[MOST_PACKED - 1] = 5; /* 80 MB, which so many bytes may hold */
    CHECK_EQ(packed_open(&file, TEXT("f.gz"), &box.arena, &bytes, &error), INIA_BAD_CONFIG);
    CHECK_TEXT(error.detail, "f.gz: too large for a model file");
    box_close();
}

TEST(running_out_of_memory_while_unpacking_is_told)
{
    text bytes;
    inia_error error;
    box_open();
    struct packed gzip = whole(), plain = {plain_text(), false};
    for (uint64_t nth = 1; nth < 3; nth++) {
        arena_clear(&box.arena);
        budget_fail_after(nth);
        inia_status status = packed_open(&gzip, TEXT("f"), &box.arena, &bytes, &error);
        budget_fail_after(0);
        CHECK_EQ(status, INIA_NO_MEMORY);
        CHECK_TEXT(error.detail, "out of memory reading f");
    }
    budget_fail_after(1);
    CHECK_EQ(packed_copy(&plain, TEXT("f"), &box.arena, &bytes, &error), INIA_NO_MEMORY);
    CHECK(!packed_start(&gzip, &box.arena).data);
    budget_fail_after(0);
    box_close();
}
