/* utf8: characters as UTF-8 (RFC 3629). */
#ifndef FORMATS_UTF8_H
#define FORMATS_UTF8_H

#include "base/base.h"

/* The size of the sequence that the bytes start with, 1 to 4; 0 if they start with none. */
size_t utf8_sequence_size(text bytes);

/* Whether the bytes are sequences and nothing else. */
bool utf8_is_valid(text bytes);

/* The character of the sequence of that size, not 0, that the bytes start with. */
uint32_t utf8_decode(text bytes, size_t size);

/* The sequence of a character, in bytes; its size. 0 for surrogates and what is beyond Unicode. */
size_t utf8_encode(uint32_t character, char bytes[4]);

#endif
