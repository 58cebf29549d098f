/* copy: an endpoint in one piece of memory, which can be copied again without walking through it.
 */
#ifndef ENDPOINTS_COPY_H
#define ENDPOINTS_COPY_H

#include "endpoints.h"

/* A block that begins with a struct endpoint; every pointer in it points into it. */
struct endpoint_block {
    const char *bytes; /* NULL: none */
    size_t size;
    const uint32_t *pointers; /* where in the block they are */
    size_t pointer_count;
};

MUST_USE bool endpoint_block_make(
    struct endpoint_block *block, const struct endpoint *from, struct arena *arena);

/* A copy of its own of the endpoint in the block; false: no memory. */
MUST_USE bool endpoint_block_copy(
    const struct endpoint_block *block, struct endpoint *to, struct arena *arena);

#endif
