/* packed: a file of model data as it lies on the disk, plain or as gzip. Nothing is unpacked before
 * it is wanted. */
#ifndef MODELS_PACKED_H
#define MODELS_PACKED_H

#include "models.h"

enum { MODELS_MAX_FILE = 64 << 20 }; /* bytes, unpacked */

struct packed {
    text bytes; /* absent: no file */
    bool is_gzip;
};

/* All of it: unpacked, with a NUL and room of JSON_PADDING behind, in arena; or if it is plain the
 * file's own bytes. path: what errors call it. INIA_BAD_CONFIG, INIA_NO_MEMORY with a line. */
inia_status packed_open(
    const struct packed *file, text path, struct arena *arena, text *bytes,
    inia_error *error) MUST_USE;

/* The same, in arena in any case: may be changed. */
inia_status packed_copy(
    const struct packed *file, text path, struct arena *arena, text *bytes,
    inia_error *error) MUST_USE;

/* Some thousand bytes of its start, for little work; absent if they cannot be had. */
text packed_start(const struct packed *file, struct arena *arena);

#endif
