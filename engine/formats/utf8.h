/* utf8: whether bytes are UTF-8 (RFC 3629). */
#ifndef FORMATS_UTF8_H
#define FORMATS_UTF8_H

#include "base/base.h"

/* The size of the sequence that the bytes start with, 1 to 4; 0 if they start with none. */
size_t utf8_sequence_size(text bytes);

#endif
