#include "formats/formats.h"

#include "test.h"

static int64_t seconds_of(const char *written)
{
    struct date date;
    return date_parse_loosely(text_of(written), &date) ? date.seconds : INT64_MIN;
}

TEST(dates_are_understood_as_people_write_them)
{
    CHECK_EQ(seconds_of("10/21/2018"), 1540080000);
    CHECK_EQ(seconds_of("01 dec 2100"), 4131302400);
    CHECK_EQ(seconds_of("1 December, 2100"), 4131302400);
    CHECK_EQ(seconds_of("Sun, 22 Oct 23 00:45:02 UTC"), 1697935502);
    CHECK_EQ(seconds_of("22 Oct 2023 00:45:02.5"), 1697935502);
    CHECK_EQ(seconds_of("2023-11-02 08:43:04 -0400"), 1698928984);
    CHECK_EQ(seconds_of("2023-11-02 08:43 +01:00"), 1698910980);
    CHECK_EQ(seconds_of("Thu, 01 Jan 1970 00:00:00 GMT"), 0);
    CHECK_EQ(seconds_of("5 may 70"), 10713600);
    CHECK_EQ(seconds_of("5 may 69"), 3134937600);
}

TEST(what_is_no_date_is_none)
{
    static const char *const none[] = {
        "",
        " , ,",
        "Invalid Date",
        "access plus 1 month",
        "{ts '2023-10-10 09:27:14'}",
        "Expires: Thu, 9 Sep 2013 14:19:41 GMT",
        "-33702800404003370280040400",
        "10/21",
        "10/21/2018/1",
        "13/21/2018",
        "31 feb 2018",
        "1 2 3 4",
        "1 jan feb 2018",
        "1 jan 2018 10:00 11:00",
        "1 jan 2018 25:00:00",
        "1 jan 2018 GMT UTC",
        "1 jan 2018 +0100",
        "1 ja 2018",
        "1 januaryy 2018",
        "111 jan 2018",
        "1 jan 20188",
        "2018-1-",
        "//",
    };
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        if (seconds_of(none[i]) != INT64_MIN)
            FAIL("'%s' was understood", none[i]);
    }
}
