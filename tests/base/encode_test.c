#include "base/base.h"
#include "test.h"

#include <stdio.h>

TEST(base64_comes_back_as_it_went_for_every_length)
{
    unsigned char bytes[64], back[70];
    char encoded[100];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 37 + 11);
    for (size_t size = 0; size <= sizeof bytes; size++) {
        base64_encode(encoded, text_from(bytes, size));
        size_t length = base64_encoded_size(size);
        CHECK_EQ(base64_decode(back, (text){encoded, length}), size);
        CHECK_BYTES(back, size, bytes, size);
    }
}

TEST(base64_without_padding_is_taken_and_what_is_not_base64_is_not)
{
    char out[16];
    CHECK_EQ(base64_decode(out, TEXT("TWE")), 2);
    CHECK_EQ(base64_decode(out, TEXT("TWE=")), 2);
    CHECK_EQ(base64_decode(out, TEXT("TQ==")), 1);
    CHECK(base64_decode(out, TEXT("T")) == SIZE_MAX);
    CHECK(base64_decode(out, TEXT("TW E")) == SIZE_MAX);
    CHECK(base64_decode(out, TEXT("TWE=TWE=")) == SIZE_MAX);
    CHECK(base64_decode(out, TEXT("TW-_")) == SIZE_MAX);
}

TEST(base64_has_64_letters_and_is_decoded_where_it_is)
{
    char four[] = "AAAA", whole[] = "QUJDREVGR0hJSg==";
    size_t letters = 0;
    for (int byte = 0; byte < 256; byte++) {
        four[2] = (char)byte;
        letters += base64_decode((char[4]){0}, (text){four, 4}) != SIZE_MAX;
    }
    CHECK_EQ(letters, 64);
    CHECK_EQ(base64_decode(whole, (text){whole, 16}), 10);
    CHECK_BYTES(whole, 10, "ABCDEFGHIJ", 10);
}

TEST(hex_is_read_in_either_case_and_refused_if_odd_or_foreign)
{
    unsigned char out[4];
    CHECK(hex_decode(out, TEXT("00fFaB")));
    CHECK(out[0] == 0 && out[1] == 255 && out[2] == 0xab);
    CHECK(!hex_decode(out, TEXT("abc")));
    CHECK(!hex_decode(out, TEXT("0g")));
}

TEST(every_byte_has_two_digits_wherever_it_stands)
{
    unsigned char bytes[256 + 3];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)i;
    for (size_t from = 0; from < 4; from++) {
        char out[2 * sizeof bytes + 1] = {0};
        hex_encode(out, bytes + from, 255);
        CHECK(out[2 * 255] == 0);
        for (size_t i = 0; i < 255; i++) {
            char two[3];
            snprintf(two, sizeof two, "%02x", bytes[from + i]);
            CHECK_BYTES(out + 2 * i, 2, two, 2);
        }
    }
}

TEST(percent_encoding_comes_back_and_a_broken_escape_stays)
{
    char encoded[32], decoded[32];
    size_t size = percent_encode(encoded, TEXT("\xc3\xa9 &="), PERCENT_UNRESERVED);
    CHECK_BYTES(encoded, size, "%C3%A9%20%26%3D", 15);
    size = percent_decode(decoded, (text){encoded, size});
    CHECK_BYTES(decoded, size, "\xc3\xa9 &=", 5);
    size = percent_decode(decoded, TEXT("100%+%4"));
    CHECK_BYTES(decoded, size, "100%+%4", 7);
}
