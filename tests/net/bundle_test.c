#include "net/bundle.h"
#include "test.h"

#include <string.h>

static text first_of(const char *written, text *rest)
{
    static char room[512];
    *rest = text_of(written);
    return bundle_next(rest, room);
}

#define BEGIN "-----BEGIN CERTIFICATE-----"
#define END "-----END CERTIFICATE-----"

TEST(certificates_come_one_by_one)
{
    char room[512];
    text rest = TEXT("# authorities\n" BEGIN "\nQUJD\r\nREVG\n  R0g=  \n" END "\nbetween\n" BEGIN
                     "\nSUo=\n" END);
    CHECK(text_equals(bundle_next(&rest, room), TEXT("ABCDEFGH")));
    CHECK(text_equals(bundle_next(&rest, room), TEXT("IJ")));
    CHECK(!bundle_next(&rest, room).data);
    CHECK(!bundle_next(&rest, room).data);
}

TEST(what_is_no_certificate_is_passed_over)
{
    static const char *const none[] = {
        "",
        "QUJD",
        BEGIN,
        BEGIN "\nQUJD\n",
        BEGIN END,
        BEGIN "\n\n" END,
        BEGIN "\nQ*JD\n" END,
        "-----BEGIN PRIVATE KEY-----\nQUJD\n-----END PRIVATE KEY-----\n"};
    text rest;
    for (size_t i = 0; i < COUNT_OF(none); i++) {
        if (first_of(none[i], &rest).data)
            FAIL("taken: %s", none[i]);
    }
    CHECK(text_equals(first_of(BEGIN "\n!\n" END BEGIN "\nQUJD\n" END, &rest), TEXT("ABC")));
}
