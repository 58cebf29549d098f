#include "secret.h"

void memory_wipe(void *memory, size_t size)
{
    explicit_bzero(memory, size);
}

bool secret_set(struct secret *secret, text bytes)
{
    secret_clear(secret);
    if (bytes.size > SECRET_MOST)
        return false;
    if (bytes.size)
        memcpy(secret->bytes, bytes.data, bytes.size);
    secret->size = bytes.size;
    return true;
}

void secret_clear(struct secret *secret)
{
    memory_wipe(secret, sizeof *secret);
}

bool secret_equals(text a, text b)
{
    if (a.size != b.size)
        return false;
    unsigned char difference = 0;
    for (size_t i = 0; i < a.size; i++)
        difference |= (unsigned char)(a.data[i] ^ b.data[i]);
    return difference == 0;
}
