#include "loose_date.h"

struct loose {
    text year, month, day, clock, zone; /* absent: not seen yet */
    unsigned month_number;              /* 0: month is digits */
};

static bool is_digits(text word)
{
    for (size_t i = 0; i < word.size; i++) {
        if (word.data[i] < '0' || word.data[i] > '9')
            return false;
    }
    return word.size > 0;
}

/* From 1; 0: none. At least its first three letters, and no others. */
static unsigned place_among(text word, const text *names, unsigned count)
{
    for (unsigned i = 0; i < count && word.size >= 3; i++) {
        if (word.size <= names[i].size &&
            text_equals_ignoring_case(word, text_from(names[i].data, word.size)))
            return i + 1;
    }
    return 0;
}

static bool take_name(struct loose *loose, text word)
{
    static const text days[] = {TEXT_INIT("monday"),   TEXT_INIT("tuesday"), TEXT_INIT("wednesday"),
                                TEXT_INIT("thursday"), TEXT_INIT("friday"),  TEXT_INIT("saturday"),
                                TEXT_INIT("sunday")};
    static const text months[] = {
        TEXT_INIT("january"), TEXT_INIT("february"), TEXT_INIT("march"),
        TEXT_INIT("april"),   TEXT_INIT("may"),      TEXT_INIT("june"),
        TEXT_INIT("july"),    TEXT_INIT("august"),   TEXT_INIT("september"),
        TEXT_INIT("october"), TEXT_INIT("november"), TEXT_INIT("december")};
    bool is_zone = text_equals_ignoring_case(word, TEXT("GMT")) ||
                   text_equals_ignoring_case(word, TEXT("UTC")) ||
                   text_equals_ignoring_case(word, TEXT("Z"));
    unsigned month = place_among(word, months, COUNT_OF(months));
    if (is_zone && !loose->zone.size)
        loose->zone = TEXT("Z");
    else if (month && !loose->month.size)
        loose->month = word;
    else
        return place_among(word, days, COUNT_OF(days)) > 0;
    loose->month_number = month ? month : loose->month_number;
    return true;
}

static bool take_number(struct loose *loose, text word)
{
    if (!is_digits(word) || (word.size > 2 && word.size != 4))
        return false;
    text *part = word.size == 4 || loose->day.size ? &loose->year : &loose->day;
    if (part->size)
        return false;
    *part = word;
    return true;
}

/* Three numbers with something between them, in the order of parts. */
static bool take_parts(text word, char between, text *const parts[3])
{
    for (size_t i = 0; i < 3; i++) {
        text part = text_split(word, between, &word);
        if (!is_digits(part) || parts[i]->size || (i == 2) != !word.data)
            return false;
        *parts[i] = part;
    }
    return true;
}

static bool take_word(struct loose *loose, text word)
{
    char first = word.data[0];
    bool is_letter = (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z');
    if (is_letter)
        return take_name(loose, word);
    if ((first == '+' || first == '-') && loose->clock.size && !loose->zone.size) {
        loose->zone = word;
        return true;
    }
    if (text_find(word, '/') < word.size)
        return take_parts(word, '/', (text *const[]){&loose->month, &loose->day, &loose->year});
    if (text_find(word, '-') < word.size)
        return take_parts(word, '-', (text *const[]){&loose->year, &loose->month, &loose->day});
    if (text_find(word, ':') == word.size)
        return take_number(loose, word);
    bool is_first = !loose->clock.size;
    loose->clock = word;
    return is_first;
}

static void add_two(struct buffer *out, text digits)
{
    if (digits.size < 2)
        buffer_add_char(out, '0');
    buffer_add(out, digits);
}

/* "+0100" is "+01:00". */
static void add_zone(struct buffer *out, text zone)
{
    if (zone.size != 5 || text_find(zone, ':') < zone.size) {
        buffer_add(out, zone.size ? zone : TEXT("Z"));
        return;
    }
    buffer_add(out, text_from(zone.data, 3));
    buffer_add_char(out, ':');
    buffer_add(out, text_after(zone, 3));
}

static void add_year(struct buffer *out, text year)
{
    if (year.size == 2)
        buffer_add(out, year.data[0] < '7' ? TEXT("20") : TEXT("19"));
    buffer_add(out, year);
}

bool date_parse_loosely(text written, struct date *date)
{
    struct loose loose = {.month_number = 0};
    char memory[96];
    struct buffer iso;
    if (date_parse(written, date))
        return true;
    for (size_t i = 0, start = 0; i <= written.size; i++) {
        bool ends = i == written.size || written.data[i] == ' ' || written.data[i] == ',';
        if (ends && i > start && !take_word(&loose, text_from(written.data + start, i - start)))
            return false;
        start = ends ? i + 1 : start;
    }
    if (!loose.year.size || !loose.month.size || !loose.day.size)
        return false;
    buffer_init_fixed(&iso, memory, sizeof memory);
    add_year(&iso, loose.year);
    buffer_add_char(&iso, '-');
    if (loose.month_number)
        buffer_add_format(&iso, "%02u", loose.month_number);
    else
        add_two(&iso, loose.month);
    buffer_add_char(&iso, '-');
    add_two(&iso, loose.day);
    buffer_add_char(&iso, 'T');
    buffer_add(&iso, loose.clock.size ? loose.clock : TEXT("00:00:00"));
    if (loose.clock.size == 5)
        buffer_add(&iso, TEXT(":00"));
    add_zone(&iso, loose.zone);
    return buffer_ok(&iso) && date_parse_iso8601(buffer_text(&iso), date);
}
