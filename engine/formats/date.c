#include "date.h"

#include <math.h>
#include <stdlib.h>

enum { DAY_SECONDS = 86400, NANOSECONDS = 1000000000 };

struct moment {
    unsigned year, month, day, hour, minute, second;
    uint32_t nanoseconds;
    int offset_seconds;
};

static const int64_t first_second = -62135596800; /* 0001-01-01T00:00:00Z */
static const int64_t last_second = 253402300799;  /* 9999-12-31T23:59:59Z */

static const char month_names[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
static const char day_names[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

/* ---- The calendar: days since 0000-03-01, in years of the Gregorian calendar that begin in March,
 * ---- so that no number is negative */

enum { DAYS_TO_1970 = 719468 };

static uint32_t days_of(unsigned year, unsigned month, unsigned day)
{
    uint32_t y = year - (month <= 2), era = y / 400, year_of_era = y % 400;
    uint32_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
}

static void split_days(uint32_t days, struct moment *moment)
{
    uint32_t era = days / 146097, day_of_era = days % 146097;
    uint32_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    uint32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    uint32_t march_month = (5 * day_of_year + 2) / 153;
    moment->day = day_of_year - (153 * march_month + 2) / 5 + 1;
    moment->month = march_month < 10 ? march_month + 3 : march_month - 9;
    moment->year = year_of_era + era * 400 + (moment->month <= 2);
}

static bool date_of(const struct moment *moment, struct date *date)
{
    static const unsigned char lengths[12] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = moment->year % 4 == 0 && (moment->year % 100 != 0 || moment->year % 400 == 0);
    if (moment->year < 1 || moment->year > 9999 || moment->month < 1 || moment->month > 12 ||
        moment->day < 1 || moment->day > lengths[moment->month - 1] ||
        (moment->month == 2 && moment->day == 29 && !leap) || moment->hour > 23 ||
        moment->minute > 59 || moment->second > 60)
        return false;
    int64_t days = (int64_t)days_of(moment->year, moment->month, moment->day) - DAYS_TO_1970;
    date->seconds = days * DAY_SECONDS + moment->hour * 3600 + moment->minute * 60 +
                    moment->second - moment->offset_seconds;
    date->nanoseconds = moment->nanoseconds;
    return date->seconds >= first_second && date->seconds <= last_second;
}

static struct moment moment_of(int64_t seconds)
{
    seconds = seconds < first_second ? first_second : seconds > last_second ? last_second : seconds;
    struct moment moment = {0};
    uint64_t since = (uint64_t)(seconds + (int64_t)DAYS_TO_1970 * DAY_SECONDS);
    unsigned second = (unsigned)(since % DAY_SECONDS);
    split_days((uint32_t)(since / DAY_SECONDS), &moment);
    moment.hour = second / 3600;
    moment.minute = second / 60 % 60;
    moment.second = second % 60;
    return moment;
}

/* ---- Reading ---------------------------------------------------------------------- */

static bool take_digits(struct cursor *cursor, size_t count, unsigned *number)
{
    text digits = cursor_take(cursor, count);
    uint64_t value;
    if (!cursor_ok(cursor) || !text_to_u64(digits, &value))
        return false;
    *number = (unsigned)value;
    return true;
}

static bool take_char(struct cursor *cursor, char expected)
{
    return cursor_skip(cursor, (text){&expected, 1});
}

/* ".123": digits beyond nanoseconds are read and dropped. Nothing there is fine. */
static bool take_fraction(struct cursor *cursor, uint32_t *nanoseconds)
{
    *nanoseconds = 0;
    if (!take_char(cursor, '.'))
        return true;
    uint32_t unit = NANOSECONDS;
    bool any = false;
    for (int byte; (byte = cursor_peek(cursor)) >= '0' && byte <= '9'; cursor_u8(cursor)) {
        unit /= 10;
        *nanoseconds += unit * (uint32_t)(byte - '0');
        any = true;
    }
    return any;
}

static bool take_offset(struct cursor *cursor, int *seconds)
{
    *seconds = 0;
    if (cursor_is_done(cursor) || take_char(cursor, 'Z') || take_char(cursor, 'z'))
        return true;
    bool west = cursor_peek(cursor) == '-';
    if (!take_char(cursor, '-') && !take_char(cursor, '+'))
        return false;
    unsigned hours, minutes = 0;
    if (!take_digits(cursor, 2, &hours))
        return false;
    bool colon = take_char(cursor, ':');
    if ((colon || !cursor_is_done(cursor)) && !take_digits(cursor, 2, &minutes))
        return false;
    if (hours > 23 || minutes > 59)
        return false;
    *seconds = (int)(hours * 3600 + minutes * 60) * (west ? -1 : 1);
    return true;
}

static bool take_clock(struct cursor *cursor, struct moment *moment, bool colons)
{
    return take_digits(cursor, 2, &moment->hour) && (!colons || take_char(cursor, ':')) &&
           take_digits(cursor, 2, &moment->minute) && (!colons || take_char(cursor, ':')) &&
           take_digits(cursor, 2, &moment->second) && take_fraction(cursor, &moment->nanoseconds);
}

bool date_parse_iso8601(text written, struct date *date)
{
    struct cursor cursor = cursor_of(text_trim(written));
    struct moment moment = {0};
    if (!take_digits(&cursor, 4, &moment.year))
        return false;
    bool hyphens = take_char(&cursor, '-');
    if (!take_digits(&cursor, 2, &moment.month) || (hyphens && !take_char(&cursor, '-')) ||
        !take_digits(&cursor, 2, &moment.day))
        return false;
    if (!cursor_is_done(&cursor) || !hyphens) {
        if (!take_char(&cursor, 'T') && !take_char(&cursor, 't') && !take_char(&cursor, ' '))
            return false;
        if (!take_clock(&cursor, &moment, hyphens) || !take_offset(&cursor, &moment.offset_seconds))
            return false;
    }
    return cursor_is_done(&cursor) && date_of(&moment, date);
}

static bool is_name(const char *written, const char name[4])
{
    return written[0] == name[0] && (written[1] | 0x20) == name[1] &&
           (written[2] | 0x20) == name[2];
}

static bool is_day(text written)
{
    for (size_t i = 0; i < 7 && written.size >= 3; i++) {
        if (is_name(written.data, day_names[i]))
            return true;
    }
    return false;
}

/* 1 to 12; 0 if these three letters name none. */
static unsigned month_of(const char *name)
{
    for (unsigned i = 0; i < 12; i++) {
        if (is_name(name, month_names[i]))
            return i + 1;
    }
    return 0;
}

static bool take_month(struct cursor *cursor, unsigned *month)
{
    text name = cursor_take(cursor, 3);
    *month = cursor_ok(cursor) ? month_of(name.data) : 0;
    return *month != 0;
}

/* "06 Nov 1994 08:49:37 GMT", or with hyphens and a year of two digits. */
static bool take_day_first(struct cursor *cursor, struct moment *moment)
{
    while (take_char(cursor, ' '))
        continue;
    if (!take_digits(cursor, 2, &moment->day))
        return false;
    char between = take_char(cursor, '-') ? '-' : ' ';
    if ((between == ' ' && !take_char(cursor, ' ')) || !take_month(cursor, &moment->month) ||
        !take_char(cursor, between))
        return false;
    text rest = {cursor->at, cursor_left(cursor)};
    bool short_year = text_find(rest, ' ') == 2;
    if (!take_digits(cursor, short_year ? 2 : 4, &moment->year) || !take_char(cursor, ' '))
        return false;
    if (short_year)
        moment->year += moment->year < 70 ? 2000 : 1900;
    if (!take_clock(cursor, moment, true) || !take_char(cursor, ' '))
        return false;
    return cursor_skip(cursor, TEXT("GMT")) || cursor_skip(cursor, TEXT("UTC")) ||
           take_offset(cursor, &moment->offset_seconds);
}

/* asctime's "Nov  6 08:49:37 1994". */
static bool take_month_first(struct cursor *cursor, struct moment *moment)
{
    if (!take_char(cursor, ' ') || !take_month(cursor, &moment->month) || !take_char(cursor, ' '))
        return false;
    size_t digits = take_char(cursor, ' ') ? 1 : 2;
    return take_digits(cursor, digits, &moment->day) && take_char(cursor, ' ') &&
           take_clock(cursor, moment, true) && take_char(cursor, ' ') &&
           take_digits(cursor, 4, &moment->year);
}

/* A number that no field of a date may be if they are not both digits. */
static unsigned two_digits(const char *at)
{
    unsigned tens = (unsigned)(unsigned char)at[0] - '0',
             ones = (unsigned)(unsigned char)at[1] - '0';
    return tens <= 9 && ones <= 9 ? tens * 10 + ones : 10000;
}

/* "Mon, 16 Dec 2019 23:48:18 GMT" to the byte, which is what servers send. */
static bool parse_imf(text written, struct date *date)
{
    enum { SIZE = 29 };
    const char *at = written.data;
    if (written.size != SIZE || at[3] != ',' || at[4] != ' ' || at[7] != ' ' || at[11] != ' ' ||
        at[16] != ' ' || at[19] != ':' || at[22] != ':' || memcmp(at + 25, " GMT", 4) != 0 ||
        !is_day(written))
        return false;
    struct moment moment = {
        .year = two_digits(at + 12) * 100 + two_digits(at + 14),
        .month = month_of(at + 8),
        .day = two_digits(at + 5),
        .hour = two_digits(at + 17),
        .minute = two_digits(at + 20),
        .second = two_digits(at + 23)};
    return date_of(&moment, date);
}

bool date_parse_http(text written, struct date *date)
{
    struct moment moment = {0};
    written = text_trim(written);
    if (parse_imf(written, date))
        return true;
    size_t comma = text_find(written, ',');
    text day = {written.data, comma < written.size ? comma : written.size < 3 ? written.size : 3};
    if (!is_day(day))
        return false;
    struct cursor cursor = cursor_of(text_after(written, day.size));
    bool good = take_char(&cursor, ',') ? take_day_first(&cursor, &moment)
                                        : take_month_first(&cursor, &moment);
    return good && cursor_is_done(&cursor) && date_of(&moment, date);
}

bool date_parse_real(text written, struct date *date)
{
    char digits[64];
    if (written.size == 0 || written.size >= sizeof digits)
        return false;
    for (size_t i = 0; i < written.size; i++) {
        if (!strchr("0123456789.eE+-", written.data[i]) || written.data[i] == '\0')
            return false;
    }
    memcpy(digits, written.data, written.size);
    digits[written.size] = '\0';
    char *end;
    double seconds = strtod(digits, &end);
    if (end != digits + written.size || !(fabs(seconds) < 1e12))
        return false;
    double whole = floor(seconds);
    int64_t microseconds = (int64_t)rint((seconds - whole) * 1e6);
    date->seconds = (int64_t)whole + microseconds / 1000000;
    date->nanoseconds = (uint32_t)(microseconds % 1000000) * 1000;
    return true;
}

bool date_parse_epoch(text written, struct date *date)
{
    written = text_trim(written);
    struct cursor cursor = cursor_of(written);
    bool negative = take_char(&cursor, '-');
    const char *start = cursor.at;
    while (cursor_peek(&cursor) >= '0' && cursor_peek(&cursor) <= '9')
        cursor_u8(&cursor);
    text digits = {start, (size_t)(cursor.at - start)};
    uint64_t seconds;
    uint32_t nanoseconds;
    if (digits.size == 0 || digits.size > 12 || !take_fraction(&cursor, &nanoseconds) ||
        !cursor_is_done(&cursor))
        return date_parse_real(written, date); /* an exponent, or more digits than a date has */
    if (!text_to_u64(digits, &seconds))
        return false;
    date->seconds = negative ? -(int64_t)seconds : (int64_t)seconds;
    date->nanoseconds = nanoseconds;
    if (negative && nanoseconds) {
        date->seconds--;
        date->nanoseconds = NANOSECONDS - nanoseconds;
    }
    return true;
}

bool date_parse(text written, struct date *date)
{
    return parse_imf(written, date) || date_parse_iso8601(written, date) ||
           date_parse_http(written, date) || date_parse_epoch(written, date);
}

/* ---- Writing ---------------------------------------------------------------------- */

static char *put_digits(char *out, unsigned number, unsigned count)
{
    for (unsigned i = count; i-- > 0; number /= 10)
        out[i] = (char)('0' + number % 10);
    return out + count;
}

/* Of a number below 100. */
static char *put_two(char *out, unsigned number)
{
    static const char pairs[] = "0001020304050607080910111213141516171819"
                                "2021222324252627282930313233343536373839"
                                "4041424344454647484950515253545556575859"
                                "6061626364656667686970717273747576777879"
                                "8081828384858687888990919293949596979899";
    memcpy(out, pairs + 2 * number, 2);
    return out + 2;
}

static char *put_year(char *out, unsigned year)
{
    return put_two(put_two(out, year / 100), year % 100);
}

static char *put_clock(char *out, const struct moment *moment)
{
    out = put_two(out, moment->hour);
    *out++ = ':';
    out = put_two(out, moment->minute);
    *out++ = ':';
    return put_two(out, moment->second);
}

/* ".123", as many digits as it takes; nothing for 0. */
static char *put_fraction(char *out, uint32_t nanoseconds)
{
    if (nanoseconds == 0)
        return out;
    *out = '.';
    char *end = put_digits(out + 1, nanoseconds, 9);
    while (end[-1] == '0')
        end--;
    return end;
}

void date_write_iso8601(struct buffer *out, struct date date)
{
    struct moment moment = moment_of(date.seconds);
    char written[40], *at = put_year(written, moment.year);
    *at++ = '-';
    at = put_two(at, moment.month);
    *at++ = '-';
    at = put_two(at, moment.day);
    *at++ = 'T';
    at = put_fraction(put_clock(at, &moment), date.nanoseconds / 1000 * 1000);
    *at++ = 'Z';
    buffer_add(out, (text){written, (size_t)(at - written)});
}

void date_write_http(struct buffer *out, struct date date)
{
    struct moment moment = moment_of(date.seconds);
    uint32_t days = days_of(moment.year, moment.month, moment.day);
    char written[48], *at = written;
    memcpy(at, day_names[(days + 3) % 7], 3); /* 0000-03-01 was a Wednesday */
    memcpy(at + 3, ", ", 2);
    at = put_two(at + 5, moment.day);
    *at++ = ' ';
    memcpy(at, month_names[moment.month - 1], 3);
    at[3] = ' ';
    at = put_year(at + 4, moment.year);
    *at++ = ' ';
    at = put_clock(at, &moment);
    memcpy(at, " GMT", 4);
    buffer_add(out, (text){written, (size_t)(at - written) + 4});
}

void date_write_epoch(struct buffer *out, struct date date)
{
    char fraction[16];
    int64_t seconds = date.seconds;
    uint32_t nanoseconds = date.nanoseconds;
    if (seconds < 0 && nanoseconds) {
        seconds++;
        nanoseconds = NANOSECONDS - nanoseconds;
        if (seconds == 0)
            buffer_add_char(out, '-');
    }
    buffer_add_i64(out, seconds);
    buffer_add(out, (text){fraction, (size_t)(put_fraction(fraction, nanoseconds) - fraction)});
}

void date_write_basic(char out[16], int64_t seconds)
{
    struct moment moment = moment_of(seconds);
    out = put_year(out, moment.year);
    out = put_two(out, moment.month);
    out = put_two(out, moment.day);
    *out++ = 'T';
    out = put_two(out, moment.hour);
    out = put_two(out, moment.minute);
    out = put_two(out, moment.second);
    *out = 'Z';
}
