/* date: points in time as the services write them. Unix seconds and nanoseconds, UTC, years 0001 to
 * 9999. */
#ifndef FORMATS_DATE_H
#define FORMATS_DATE_H

#include "base/base.h"

struct date {
    int64_t seconds;
    uint32_t nanoseconds;
};

/* Any of: 2019-12-16T23:48:18.123Z, with an offset (+01:00) or none, date alone; Mon, 16 Dec 2019
 * 23:48:18 GMT (RFC 9110's three forms, fractions allowed); a number of seconds, fraction and
 * exponent allowed. false if none of them. */
bool date_parse(text written, struct date *date);
bool date_parse_iso8601(text written, struct date *date);
bool date_parse_http(text written, struct date *date);
bool date_parse_epoch(text written, struct date *date);
/* The same, of a number that was a double before it was written: the nearest microsecond of that
 * double, half to even, as Python's datetime.fromtimestamp() takes it. */
bool date_parse_real(text written, struct date *date);

void date_write_iso8601(
    struct buffer *out, struct date date); /* 2019-12-16T23:48:18Z; .123456 as far as not zero */
void date_write_http(struct buffer *out, struct date date);  /* Mon, 16 Dec 2019 23:48:18 GMT */
void date_write_epoch(struct buffer *out, struct date date); /* 1576540098; .123 only if not zero */
void date_write_basic(char out[16], int64_t seconds);        /* 20191216T234818Z, SigV4's; no NUL */

#endif
