/* same: whether two JSON values say the same, whatever the order of their members. */
#ifndef EVERY_SAME_H
#define EVERY_SAME_H

#include "formats/formats.h"

/* Instants are the same in any way they are written, numbers in any way that loses nothing. If they
 * differ, why gets the first place and both values there. */
bool same_values(
    const struct json_value *expected, const struct json_value *actual, struct buffer *why);

#endif
