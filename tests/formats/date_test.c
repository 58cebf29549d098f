#include "formats/formats.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>

static const char *written_by(
    void (*write)(struct buffer *, struct date), int64_t seconds, uint32_t nanoseconds)
{
    static char memory[64];
    struct buffer out;
    buffer_init_fixed(&out, memory, sizeof memory);
    write(&out, (struct date){seconds, nanoseconds});
    return buffer_string(&out);
}

TEST(a_moment_is_written_in_every_form)
{
    CHECK_TEXT(written_by(date_write_iso8601, 1576540098, 0), "2019-12-16T23:48:18Z");
    CHECK_TEXT(written_by(date_write_iso8601, 1576540098, 120000000), "2019-12-16T23:48:18.12Z");
    CHECK_TEXT(written_by(date_write_http, 1576540098, 0), "Mon, 16 Dec 2019 23:48:18 GMT");
    CHECK_TEXT(written_by(date_write_epoch, 1576540098, 5000000), "1576540098.005");
    CHECK_TEXT(written_by(date_write_epoch, -1, 500000000), "-0.5");
    CHECK_TEXT(written_by(date_write_epoch, -2, 750000000), "-1.25");
    CHECK_TEXT(written_by(date_write_iso8601, -62135596800, 0), "0001-01-01T00:00:00Z");
    CHECK_TEXT(written_by(date_write_iso8601, 253402300799, 0), "9999-12-31T23:59:59Z");
    char basic[17] = "";
    date_write_basic(basic, 1576540098);
    CHECK_TEXT(basic, "20191216T234818Z");
}

TEST(all_forms_of_a_moment_are_understood)
{
    static const struct {
        const char *written;
        int64_t seconds;
        uint32_t nanoseconds;
    } good[] = {
        {"2019-12-16T23:48:18Z", 1576540098, 0},
        {"2019-12-16T23:48:18.123Z", 1576540098, 123000000},
        {"2019-12-16T23:48:18.1234567891Z", 1576540098, 123456789},
        {"2019-12-17T00:48:18+01:00", 1576540098, 0},
        {"2019-12-16T18:18:18-0530", 1576540098, 0},
        {"2019-12-16T23:48:18", 1576540098, 0},
        {"2019-12-16 23:48:18", 1576540098, 0},
        {"20191216T234818Z", 1576540098, 0},
        {"2019-12-16", 1576454400, 0},
        {"2016-02-29", 1456704000, 0},
        {"2016-12-31T23:59:60Z", 1483228800, 0},
        {"Mon, 16 Dec 2019 23:48:18 GMT", 1576540098, 0},
        {"Mon, 16 Dec 2019 23:48:18.5 GMT", 1576540098, 500000000},
        {"Sunday, 06-Nov-94 08:49:37 GMT", 784111777, 0},
        {"Sun Nov  6 08:49:37 1994", 784111777, 0},
        {"1576540098", 1576540098, 0},
        {"1576540098.25", 1576540098, 250000000},
        {"1.576540098E9", 1576540098, 0},
        {"-1.5", -2, 500000000},
        {"0", 0, 0},
        {"20191216", 20191216, 0},
    };
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        struct date date;
        if (!date_parse(text_of(good[i].written), &date))
            FAIL("not understood: %s", good[i].written);
        if (date.seconds != good[i].seconds || date.nanoseconds != good[i].nanoseconds)
            FAIL("%s: %lld.%09u", good[i].written, (long long)date.seconds, date.nanoseconds);
    }
}

TEST(what_is_no_moment_is_refused)
{
    static const char *const bad[] = {
        "",
        " ",
        "x",
        "2019-13-01",
        "2019-02-29",
        "2019-00-10",
        "0000-01-01",
        "2019-12-16T24:00:00Z",
        "2019-12-16T23:60:00Z",
        "2019-12-16T23:48:18.Z",
        "2019-12-16T23:48:18+25:00",
        "2019-12-16T23:48:18Zx",
        "2019-12-1",
        "Mon, 16 Dez 2019 23:48:18 GMT",
        "Xyz, 16 Dec 2019 23:48:18 GMT",
        "Mon, 16 Dec 2019 23:48 GMT",
        "1e400",
        "nan",
        "1.5.5",
        "-",
        "9999999999999",
        "9999-12-31T23:59:59-01:00"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct date date;
        if (date_parse(text_of(bad[i]), &date))
            FAIL("taken: %s", bad[i]);
    }
}

TEST(every_day_of_four_centuries_comes_back)
{
    for (int64_t day = -719162; day < 400 * 366; day += 13) {
        char memory[64];
        struct buffer out;
        struct date back;
        buffer_init_fixed(&out, memory, sizeof memory);
        date_write_http(&out, (struct date){day * 86400 + 86399, 0});
        CHECK(date_parse_http(buffer_text(&out), &back));
        CHECK_EQ(back.seconds, day * 86400 + 86399);
    }
}

/* ---- Vectors ---------------------------------------------------------------------- */

struct form {
    const char *name;
    void (*write)(struct buffer *, struct date);
    bool (*parse)(text, struct date *);
};

static bool case_passes(const struct json_value *one, const struct form *form, bool formats)
{
    struct date date = {0};
    int64_t seconds = 0;
    text written = json_text(json_member(one, TEXT("smithy_format_value")));
    CHECK(text_to_i64(json_text(json_member(one, TEXT("canonical_seconds"))), &seconds));
    uint32_t nanoseconds = (uint32_t)json_i64(json_member(one, TEXT("canonical_nanos")), 0);
    bool error = json_is_true(json_member(one, TEXT("error")));
    if (!formats) {
        bool parsed = form->parse(written, &date);
        return error ? !parsed
                     : parsed && date.seconds == seconds && date.nanoseconds == nanoseconds;
    }
    char memory[64];
    struct buffer out;
    buffer_init_fixed(&out, memory, sizeof memory);
    form->write(&out, (struct date){seconds, nanoseconds});
    return text_equals(buffer_text(&out), written);
}

/* There the vectors write -1.25 for 1.25 s before 1970 minus 0.5 s: the fraction counted upwards.
 */
static bool is_negative_fraction(const struct json_value *one)
{
    text written = json_text(json_member(one, TEXT("smithy_format_value")));
    return text_starts_with(written, TEXT("-")) &&
           json_i64(json_member(one, TEXT("canonical_nanos")), 0);
}

static void run_forms(const struct json_value *root, const char *verb, const struct form *form)
{
    char section[64];
    bool formats = verb[0] == 'f';
    snprintf(section, sizeof section, "%s_%s", verb, form->name);
    const struct json_value *cases = json_member(root, text_of(section));
    size_t passed = 0, left_out = 0;
    for (size_t i = 0; i < cases->count; i++) {
        const struct json_value *one = json_item(cases, i);
        text iso = json_text(json_member(one, TEXT("iso8601")));
        if (text_starts_with(iso, TEXT("-")) || text_starts_with(iso, TEXT("0000")) ||
            (form->parse == date_parse_epoch && is_negative_fraction(one))) {
            left_out++;
            continue;
        }
        if (!case_passes(one, form, formats))
            FAIL("%s %.*s", section, TEXT_ARGS(iso));
        passed++;
    }
    printf(
        "protocols/timestamps/%s: %zu/%zu (%zu left out: years before 0001 and fractions of "
        "seconds "
        "before 1970, which no service sends)\n",
        section, passed, passed, left_out);
}

TEST(smithys_timestamps_are_read_and_written)
{
    static const struct form forms[] = {
        {"epoch_seconds", date_write_epoch, date_parse_epoch},
        {"http_date", date_write_http, date_parse_http},
        {"date_time", date_write_iso8601, date_parse_iso8601}};
    char path[4096];
    size_t size;
    snprintf(
        path, sizeof path, "%s/protocols/timestamps/date_time_format_test_suite.json",
        test_vectors());
    char *file = test_read_file(path, &size);
    struct budget budget;
    struct slab blocks;
    struct arena arena;
    struct json_problem problem;
    budget_init(&budget, 64 << 20);
    slab_init(&blocks, &budget, ARENA_BLOCK_SIZE, 8);
    arena_init(&arena, &blocks);
    struct json_parser *parser = json_parser_new();
    const struct json_value *root = json_parse(parser, text_from(file, size), &arena, &problem);
    CHECK(root);
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        run_forms(root, "format", &forms[i]);
        run_forms(root, "parse", &forms[i]);
    }
    json_parser_free(parser);
    arena_release(&arena);
    slab_release(&blocks);
    free(file);
}
