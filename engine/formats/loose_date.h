/* loose_date: points in time as people write them: headers hold what was once typed into them. */
#ifndef FORMATS_LOOSE_DATE_H
#define FORMATS_LOOSE_DATE_H

#include "date.h"

/* What date_parse() takes, and: "10/21/2018" (the month first), "01 dec 2100", "Sun, 22 Oct 23
 * 00:45:02 UTC", "2023-11-02 08:43:04 -0400". Day, month and year must be there; a year of two
 * digits is one from 1970 to 2069; without a zone it is UTC. false: none of these, or there is a
 * word too many. */
bool date_parse_loosely(text written, struct date *date);

#endif
