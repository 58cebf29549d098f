/*
 * pattern: strings made from the regular expressions of the models: classes (POSIX names and
 * \p{...} too), groups, alternatives, repetition, anchors. What must follow, and classes less
 * others, are not understood; what must not follow is believed not to.
 */
#ifndef EVERY_PATTERN_H
#define EVERY_PATTERN_H

#include "base/base.h"

struct pattern_limits {
    size_t least, most; /* characters */
};

/* A string that fits, of a length within the limits; numbers give different ones where the pattern
 * lets them. Absent: the pattern is not understood, or none of some tries has that length. */
text pattern_sample(
    text pattern, struct pattern_limits limits, uint32_t number, struct arena *arena);

#endif
