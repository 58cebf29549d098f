/* pattern_class: one character of a pattern: a class in brackets, an escape, a dot, or itself. */
#ifndef EVERY_PATTERN_CLASS_H
#define EVERY_PATTERN_CLASS_H

#include "base/base.h"

enum { PATTERN_RANGES = 96 };

struct pattern_class {
    bool negated;
    size_t count;
    struct {
        uint32_t from, to;
    } ranges[PATTERN_RANGES];
};

/* The size of what the pattern starts with; 0: it is not understood. */
size_t pattern_class_read(struct pattern_class *class, text pattern);
/* One of its characters. false: it has none that is known here. */
bool pattern_class_choose(const struct pattern_class *class, uint32_t number, uint32_t *character);

void pattern_put(struct buffer *out, uint32_t character); /* as UTF-8 */

#endif
