#include "net/address.h"

#include "test.h"

TEST(literals_are_parsed_and_written)
{
    union net_address address;
    char words[ADDRESS_TEXT_SIZE];
    CHECK(address_parse(&address, TEXT("127.0.0.1")));
    address_set_port(&address, 443);
    CHECK_TEXT(address_text(&address, words), "127.0.0.1:443");
    CHECK_EQ(address_port(&address), 443);
    CHECK(address_parse(&address, TEXT("fd00::1")));
    address_set_port(&address, 8080);
    CHECK_TEXT(address_text(&address, words), "[fd00::1]:8080");
    CHECK_EQ(address_bytes(&address).size, 16);
}

TEST(what_is_no_address_is_refused)
{
    static const char *const bad[] = {"",       "localhost", "127.0.0.1.",   "1.2.3", "[::1]",
                                      "::1%lo", "256.0.0.1", "127.0.0.1:80", "0x7f.1"};
    union net_address address;
    char words[ADDRESS_TEXT_SIZE];
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (address_parse(&address, text_of(bad[i])))
            FAIL("%s is none", bad[i]);
    CHECK(!address_parse(&address, TEXT("1.2.3.4\0")));
    CHECK_TEXT(address_text(&address, words), "");
}

TEST(addresses_are_equal_whatever_their_port)
{
    union net_address a, b, c;
    CHECK(address_parse(&a, TEXT("10.0.0.1")));
    CHECK(address_parse(&b, TEXT("10.0.0.1")));
    CHECK(address_parse(&c, TEXT("::1")));
    address_set_port(&b, 1);
    CHECK(address_equals(&a, &b));
    CHECK(!address_equals(&a, &c));
}
