/*
 * wire: fetches over the engine's pool of connections. One per engine. A request that was cancelled
 * stays here until the kernel has let go of its memory.
 */
#ifndef IDENTITY_WIRE_H
#define IDENTITY_WIRE_H

#include "fetch.h"

struct wire;

struct wire_config {
    struct ring *ring;
    struct http_pool *pool;
    struct budget *memory;
    struct slab *arena_blocks;
    struct random_source *random;
};

struct wire *wire_new(const struct wire_config *config); /* NULL: no memory */
struct identity_wire *wire_identity(struct wire *wire);
bool wire_is_idle(const struct wire *wire); /* none underway, cancelled ones included */
void wire_free(struct wire *wire);          /* it must be idle; NULL does nothing */

#endif
