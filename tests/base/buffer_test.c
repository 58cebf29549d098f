#include "base/base.h"
#include "test.h"

struct fixture {
    struct budget memory;
    struct slab blocks;
    struct arena arena;
    struct buffer buffer;
};

static void set_up(struct fixture *fixture, size_t limit)
{
    budget_init(&fixture->memory, limit);
    slab_init(&fixture->blocks, &fixture->memory, ARENA_BLOCK_SIZE, 1);
    arena_init(&fixture->arena, &fixture->blocks);
    buffer_init(&fixture->buffer, &fixture->arena);
}

static void tear_down(struct fixture *fixture)
{
    arena_release(&fixture->arena);
    slab_release(&fixture->blocks);
}

TEST(a_buffer_grows_and_keeps_what_it_has)
{
    struct fixture f;
    set_up(&f, 1 << 20);
    for (int i = 0; i < 5000; i++)
        buffer_add_char(&f.buffer, (char)('a' + i % 26));
    CHECK(buffer_ok(&f.buffer));
    CHECK_EQ(f.buffer.size, 5000);
    for (int i = 0; i < 5000; i++)
        CHECK(f.buffer.data[i] == (char)('a' + i % 26));
    tear_down(&f);
}

TEST(numbers_are_written_in_decimal)
{
    struct fixture f;
    set_up(&f, 1 << 20);
    buffer_add_u64(&f.buffer, 0);
    buffer_add_char(&f.buffer, ' ');
    buffer_add_u64(&f.buffer, UINT64_MAX);
    buffer_add_char(&f.buffer, ' ');
    buffer_add_i64(&f.buffer, INT64_MIN);
    CHECK_TEXT(buffer_string(&f.buffer), "0 18446744073709551615 -9223372036854775808");
    tear_down(&f);
}

TEST(a_format_longer_than_the_small_buffer_is_written_whole)
{
    struct fixture f;
    set_up(&f, 1 << 20);
    buffer_add_format(&f.buffer, "%0300d", 7);
    CHECK_EQ(f.buffer.size, 300);
    CHECK(f.buffer.data[299] == '7' && f.buffer.data[0] == '0');
    tear_down(&f);
}

TEST(a_failed_addition_marks_the_buffer_and_nothing_follows_it)
{
    struct fixture f;
    set_up(&f, 6000);
    char bytes[5000] = {0};
    buffer_add(&f.buffer, TEXT("head"));
    buffer_add(&f.buffer, (text){bytes, sizeof bytes});
    CHECK(!buffer_ok(&f.buffer));
    size_t size = f.buffer.size;
    buffer_add(&f.buffer, TEXT("tail"));
    CHECK_EQ(f.buffer.size, size);
    CHECK(buffer_string(&f.buffer) == NULL);
    tear_down(&f);
}

TEST(fixed_memory_does_not_grow)
{
    char memory[8];
    struct buffer buffer;
    buffer_init_fixed(&buffer, memory, sizeof memory);
    buffer_add(&buffer, TEXT("12345678"));
    CHECK(buffer_ok(&buffer));
    buffer_add_char(&buffer, '9');
    CHECK(!buffer_ok(&buffer));
}

TEST(encodings_are_added_as_they_are_defined)
{
    struct fixture f;
    set_up(&f, 1 << 20);
    buffer_add_hex(&f.buffer, TEXT("\x00\xff\x10"));
    buffer_add_char(&f.buffer, ' ');
    buffer_add_base64(&f.buffer, TEXT("any carnal pleas"));
    buffer_add_char(&f.buffer, ' ');
    buffer_add_percent(&f.buffer, TEXT("a/b c~"), PERCENT_PATH);
    buffer_add_char(&f.buffer, ' ');
    buffer_add_percent(&f.buffer, TEXT("a/b c~"), PERCENT_UNRESERVED);
    CHECK_TEXT(buffer_string(&f.buffer), "00ff10 YW55IGNhcm5hbCBwbGVhcw== a/b%20c~ a%2Fb%20c~");
    tear_down(&f);
}
