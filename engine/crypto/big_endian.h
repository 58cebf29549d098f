/* big_endian: numbers as bytes, the most significant first, handled in a time that depends on their
 * size alone. */
#ifndef CRYPTO_BIG_ENDIAN_H
#define CRYPTO_BIG_ENDIAN_H

#include "base/base.h"

/* -1, 0 or 1. */
static inline int big_endian_compare(const unsigned char *a, const unsigned char *b, size_t size)
{
    int order = 0;
    for (size_t i = size; i > 0; i--) {
        int difference = (a[i - 1] > b[i - 1]) - (a[i - 1] < b[i - 1]);
        int keep = (difference * difference) - 1; /* all ones where the bytes are equal */
        order = (order & keep) | (difference & ~keep);
    }
    return order;
}

/* The largest number becomes 0. */
static inline void big_endian_add_one(unsigned char *bytes, size_t size)
{
    unsigned carry = 1;
    for (size_t i = size; i > 0; i--) {
        carry += bytes[i - 1];
        bytes[i - 1] = (unsigned char)carry;
        carry >>= 8;
    }
}

#endif
