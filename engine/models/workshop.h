/* workshop: memory that is gone when what is made of a service's file is made, and the file in it
 * as a JSON tree with its sdk-extras merged in. */
#ifndef MODELS_WORKSHOP_H
#define MODELS_WORKSHOP_H

#include "models.h"

enum { MODELS_MOST_MEMORY = 512 << 20, MODELS_BLOCKS_PER_CHUNK = 32 };

struct workshop {
    struct budget budget;
    struct slab blocks;
    struct arena arena;
    struct json_parser *parser;
};

bool workshop_open(struct workshop *workshop) MUST_USE; /* false: no memory */
void workshop_close(struct workshop *workshop);         /* also when opening failed */

/* The tree of a file's bytes without its documentation; file is what errors call it. extras: of the
 * file's sdk-extras, absent if there are none. NULL with one line: INIA_BAD_CONFIG, INIA_NO_MEMORY.
 */
struct json_value *workshop_parse(
    struct workshop *workshop, text file, text bytes, text extras, inia_error *error);

/* The same as an outline, made where the bytes are (they must be ours, as must JSON_PADDING behind
 * them), without extras: each operation and shape is a text. The place of a problem may be wrong.
 */
struct json_value *workshop_outline(
    struct workshop *workshop, text file, text bytes, inia_error *error);

/* For what is not read by workshop_parse(): what extras say, in arena (NULL: nothing), and the
 * merging of that into the top of an outline, or of a file's start. false: with a line. */
bool workshop_read_extras(
    struct workshop *workshop, text file, text extras, struct arena *arena,
    const struct json_value **extra, inia_error *error) MUST_USE;
bool workshop_merge_top(
    struct workshop *workshop, text file, struct json_value *root, const struct json_value *extra,
    inia_error *error) MUST_USE;

/* Members of sdk-extras over those of an object, and one more in an object; false: no memory. */
bool workshop_merge(
    struct arena *arena, struct json_value *into, const struct json_value *extra) MUST_USE;
bool workshop_add_member(
    struct arena *arena, struct json_value *object, text name,
    const struct json_value *value) MUST_USE;

/* The same of the service's file name with ".json" behind it, if it has one, and the file's path
 * for error lines. true with a root of NULL: it has none. */
bool workshop_read(
    struct workshop *workshop, const char *folders, text service, text version, const char *name,
    text *path, struct json_value **root, inia_error *error) MUST_USE;

#endif
