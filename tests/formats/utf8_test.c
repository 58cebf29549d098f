#include "formats/utf8.h"

#include "test.h"

TEST(every_character_reads_back_as_it_was_written)
{
    char bytes[4];
    for (uint32_t character = 1; character <= 0x10FFFF; character++) {
        size_t size = utf8_encode(character, bytes);
        if (character >= 0xD800 && character <= 0xDFFF) {
            CHECK_EQ(size, 0);
            continue;
        }
        CHECK_EQ(utf8_sequence_size((text){bytes, size}), size);
        CHECK_EQ(utf8_decode((text){bytes, size}, size), character);
    }
}

TEST(bytes_are_valid_when_every_sequence_is)
{
    CHECK(utf8_is_valid(TEXT("")));
    CHECK(utf8_is_valid(TEXT("na\xC3\xAFve \xF0\x9F\x98\x80")));
    CHECK(!utf8_is_valid(TEXT("na\xC3ve")));
    CHECK(!utf8_is_valid(TEXT("cut \xF0\x9F\x98")));
}

TEST(what_is_beyond_unicode_is_not_written)
{
    char bytes[4];
    CHECK_EQ(utf8_encode(0x110000, bytes), 0);
    CHECK_EQ(utf8_encode(UINT32_MAX, bytes), 0);
}

TEST(what_is_no_utf8_starts_no_sequence)
{
    static const char *const wrong[] = {"\x80",         "\xC0\xAF",         "\xC3", "\xE0\x80\x80",
                                        "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xFF"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        CHECK_EQ(utf8_sequence_size(text_of(wrong[i])), 0);
}
