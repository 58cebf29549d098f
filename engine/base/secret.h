/*
 * secret: key material. Wiped when cleared, compared in constant time, and never given to a
 * printing function: only signing may look at its bytes.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include "text.h"

enum { SECRET_MOST = 256 }; /* bytes; AWS secret keys are 40, tokens are no secrets of this kind */

struct secret {
    unsigned char bytes[SECRET_MOST];
    size_t size;
};

bool secret_set(struct secret *secret, text bytes); /* false if too long: nothing is kept */
void secret_clear(struct secret *secret);
bool secret_equals(text a, text b);          /* time depends on the sizes alone */
void memory_wipe(void *memory, size_t size); /* not optimised away */

static inline text secret_text(const struct secret *secret)
{
    return (text){(const char *)secret->bytes, secret->size};
}

#endif
