#include "base/base.h"
#include "test.h"

TEST(reading_past_the_end_marks_the_cursor_and_gives_zeros)
{
    struct cursor c = cursor_of(TEXT("\x01\x02\x03"));
    CHECK_EQ(cursor_u16(&c), 0x0102);
    CHECK_EQ(cursor_u16(&c), 0);
    CHECK(!cursor_ok(&c) && cursor_is_done(&c));
    CHECK_EQ(cursor_u8(&c), 0);
    CHECK(cursor_take(&c, 0).data == NULL);
}

TEST(numbers_are_big_endian)
{
    struct cursor c = cursor_of(TEXT("\x01\x02\x03\x04\x05\x06\x07\x08\xff\xfe\xfd\xfc"));
    CHECK(cursor_u64(&c) == 0x0102030405060708u);
    CHECK(cursor_u32(&c) == 0xfffefdfcu);
    CHECK(cursor_ok(&c) && cursor_is_done(&c));
}

TEST(taking_until_a_byte_takes_the_byte_too_and_wants_it_there)
{
    struct cursor c = cursor_of(TEXT("name=value"));
    CHECK(text_equals(cursor_take_until(&c, '='), TEXT("name")));
    CHECK(cursor_skip(&c, TEXT("val")));
    CHECK(!cursor_skip(&c, TEXT("x")));
    CHECK_EQ(cursor_peek(&c), 'u');
    cursor_take_until(&c, '=');
    CHECK(!cursor_ok(&c));
}

TEST(a_cursor_over_nothing_is_done)
{
    struct cursor c = cursor_of((text){NULL, 0});
    CHECK(cursor_is_done(&c) && cursor_ok(&c));
    CHECK_EQ(cursor_peek(&c), -1);
    CHECK_EQ(cursor_rest(&c).size, 0);
}
